/* SPDX-License-Identifier: MIT */
/* All that is asked of libssh, 0.10 to 0.12. */
#include "key.h"

#include <err.h>

#include <libssh/libssh.h>

#include "libcommon/exitcode.h"
#include "libcommon/proc.h"

/* Without one, libssh lets OpenSSL ask on /dev/tty by itself, and wait. */
static int
no_question(const char *prompt, char *buf, size_t len, int echo, int verify, void *data)
{
	(void)prompt;
	(void)buf;
	(void)len;
	(void)echo;
	(void)verify;
	(void)data;
	return -1;
}

/* A shared libssh does so as it is loaded; a static one has to be told. */
static void
begin(void)
{
	if (!libcrypto_begin())
		errx(WX_FAIL, "cannot begin: OpenSSL failed");
	if (ssh_init() != 0)
		errx(WX_FAIL, "cannot begin: libssh failed");
}

static ssh_key
generate(void)
{
	ssh_key key = NULL;
	int rc;

	begin();
#if LIBSSH_VERSION_INT >= SSH_VERSION_INT(0, 12, 0)
	rc = ssh_pki_generate_key(SSH_KEYTYPE_ED25519, NULL, &key);
#else
	rc = ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key);
#endif
	if (rc != SSH_OK)
		errx(WX_FAIL, "cannot make a key: libssh failed");
	return key;
}

static ssh_key
import(const char *text, const char *pass)
{
	ssh_key key = NULL;

	begin();
	return ssh_pki_import_privkey_base64(text, pass, no_question, NULL, &key) == SSH_OK ? key : NULL;
}

/* The text of KEY, by our own hand: libssh's writing to a file obeys the umask. */
static void
export(ssh_key key, const char *pass, struct sshkey *out)
{
	char *text = NULL, *public = NULL;

	/* No function to ask: it would be asked where there is to be no passphrase. */
	if (ssh_pki_export_privkey_base64(key, pass, NULL, NULL, &text) != SSH_OK ||
	    ssh_pki_export_pubkey_base64(key, &public) != SSH_OK)
		errx(WX_FAIL, "cannot make a key: libssh failed to write it");
	out->len = strlen(text);
	if (out->len >= sizeof(out->text))
		errx(WX_FAIL, "cannot make a key: libssh wrote %zu bytes", out->len);
	memcpy(out->text, text, out->len + 1);
	wx_wipe(text, out->len);
	ssh_string_free_char(text);
	if (privkey_parse(out->text, out->len, &out->half) != PRIVKEY_OK ||
	    strlen(public) != out->half.key.blob_len ||
	    memcmp(public, out->half.key.blob, out->half.key.blob_len) != 0 ||
	    out->half.encrypted != (pass != NULL))
		errx(WX_FAIL, "cannot make a key: what libssh wrote is not what was asked for");
	ssh_string_free_char(public);
}

/*
 * libssh 0.10 dereferences NULL on ciphers that it does not know from key files
 * (aes256-gcm and chacha20, as of 'ssh-keygen -Z'): only those that it does.
 */
static bool
cipher_ok(const char *cipher)
{
	static const char *const known[] = {
		"none", "aes128-cbc", "aes192-cbc", "aes256-cbc", "aes128-ctr", "aes192-ctr", "aes256-ctr",
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(cipher, known[i]) == 0)
			return true;
	return false;
}

/* Is KEY the one of the public HALF? A private file holds that twice; OpenSSH wants both the same. */
static bool
is_of(ssh_key key, const struct wx_pubkey *half)
{
	char *public = NULL;
	bool same;

	if (ssh_pki_export_pubkey_base64(key, &public) != SSH_OK)
		return false;
	same = strlen(public) == half->blob_len && memcmp(public, half->blob, half->blob_len) == 0;
	ssh_string_free_char(public);
	return same;
}

void
sshkey_make(const char *pass, struct sshkey *out)
{
	ssh_key key = generate();

	export(key, pass, out);
	ssh_key_free(key);
}

bool
sshkey_opens(const char *text, const struct privkey *half, const char *pass, const char *name)
{
	ssh_key key;
	bool opens;

	if (!cipher_ok(half->cipher))
		errx(WX_FAIL, "cannot open '%s': libssh does not know its cipher; "
		    "mend it with: ssh-keygen -p -Z aes256-ctr -f FILE", name);
	key = import(text, pass);
	opens = key != NULL && is_of(key, &half->key);
	ssh_key_free(key);
	return opens;
}

void
sshkey_change(const char *text, const struct privkey *half, const char *old, const char *new,
    struct sshkey *out)
{
	ssh_key key = cipher_ok(half->cipher) ? import(text, old) : NULL;

	if (key == NULL)
		errx(WX_FAIL, "cannot open the key");
	export(key, new, out);
	ssh_key_free(key);
	/* It will take the place of the only copy. */
	key = import(out->text, new);
	if (key == NULL || out->half.key.blob_len != half->key.blob_len ||
	    memcmp(out->half.key.blob, half->key.blob, half->key.blob_len) != 0)
		errx(WX_FAIL, "cannot change the passphrase: the new file does not open");
	ssh_key_free(key);
}
