/* SPDX-License-Identifier: MIT */
#include "keys.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "held.h"
#include "hosts.h"

#include "libcommon/base64.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/pubkey.h"

bool
keys_is_dest(const char *dest)
{
	const char *at = strrchr(dest, '@');

	return at != NULL && at != dest && at[1] != '\0' && *dest != '-' && at[1] != '-' &&
	    dest[strspn(dest, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_@[]:%+")] == '\0';
}

static int
dest_number(struct policy *p, const char *dest)
{
	const char *at;

	if (dest == NULL)
		return POLICY_SIGN;
	at = strrchr(dest, '@');
	return policy_dest(p, dest, (size_t)(at - dest), at + 1);
}

void
keys_dests(struct policy *p, const struct key *keys, size_t n, const char *known_hosts)
{
	unsigned before;
	size_t i;
	int d;

	for (i = 0; i < n; i++) {
		before = p->ndests;
		if (keys[i].dest == NULL)
			continue;
		d = dest_number(p, keys[i].dest);
		if (d == -1)
			errx(WX_CHAIN, "destination '%s' is too long", keys[i].dest);
		if (p->ndests != before && hosts_find(p, known_hosts, p->dests[d].host) == 0)
			errx(WX_CHAIN, "no host key of '%s' is known, so no key can be bound to it: put its line into "
			    "~/.config/wrapix/known_hosts, or name a file that has it (-H)", p->dests[d].host);
	}
}

static void
may(struct policy *p, const char *name, const struct wx_sshwire *blob, const char *dest)
{
	int key = policy_key(p, name, blob->p, blob->len);

	if (key == -1 || policy_use(p, (unsigned)key, dest_number(p, dest)) == -1)
		errx(WX_CHAIN, "more than %d keys", POLICY_KEYS);
}

/* One that has a second use, which the agent's own bind would not let it have, is held by the filter alone. */
static bool
has_other_use(const struct key *keys, size_t n, const struct key *k)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (k->file != NULL && keys[i].file != NULL && strcmp(keys[i].file, k->file) == 0 && ((keys[i].dest == NULL) != (k->dest == NULL) ||
		    (k->dest != NULL && strcmp(keys[i].dest, k->dest) != 0)))
			return true;
	return false;
}

/* What came into the agent with the key: that, and its certificate, if it has one. How many. */
static unsigned
new_ones(struct policy *p, const struct key *k, const struct held *now, const struct held *before)
{
	struct wx_sshwire at = { NULL, 0 }, blob, comment;
	char name[256];
	unsigned n = 0;

	while (held_next(now, &at, &blob, &comment)) {
		if (held_has(before, blob.p, blob.len))
			continue;
		(void)snprintf(name, sizeof(name), "%.*s", (int)(comment.len < sizeof(name) ? comment.len : sizeof(name) - 1),
		    (const char *)comment.p);
		may(p, name, &blob, k->dest);
		n++;
	}
	return n;
}

/* The key KEYS[I] was given before: what that may, this use it has as well. */
static void
again(struct policy *p, const struct key *keys, size_t i, const unsigned first[], const unsigned count[])
{
	size_t j;
	unsigned k;

	for (j = 0; j < i && (keys[j].file == NULL || strcmp(keys[j].file, keys[i].file) != 0); j++)
		;
	if (j == i)
		errx(WX_CHAIN, "key '%s' was given before, by another name: give it by the same", keys[i].file);
	for (k = first[j]; k < first[j] + count[j]; k++)
		if (policy_use(p, k, dest_number(p, keys[i].dest)) == -1)
			errx(WX_CHAIN, "more than %d keys", POLICY_KEYS);
}

/* For wx-deploykey-push -S. */
static void
tell_session(struct policy *p, unsigned key)
{
	static const char type[] = "ssh-ed25519 ";
	const struct blob *b = &p->keys[key].blob;
	char line[sizeof(type) + WX_BASE64_LEN(128) + 1];

	if (key == p->nkeys || b->len > 128)
		errx(WX_CHAIN, "no key was made for the session");
	memcpy(line, type, sizeof(type));
	(void)wx_base64_encode(policy_blob(p, b), b->len, line + sizeof(type) - 1);
	(void)snprintf(p->keys[key].name, sizeof(p->keys[key].name), "session");
	if (setenv("WX_SESSION_KEY", line, 1) == -1)
		err(WX_CHAIN, "cannot set 'WX_SESSION_KEY'");
}

void
keys_give(struct policy *p, const struct key *keys, size_t n, const char *known_hosts)
{
	struct held *before = held_ask(p->agent), *now;
	unsigned first[POLICY_KEYS], count[POLICY_KEYS];
	struct key k;
	size_t i;

	for (i = 0; i < n; i++) {
		k = keys[i];
		if (has_other_use(keys, n, &k))
			k.dest = NULL;
		add_key(&k, known_hosts, p->seconds);
		now = held_ask(p->agent);
		first[i] = p->nkeys;
		count[i] = new_ones(p, &keys[i], now, before);
		if (keys[i].file == NULL)
			tell_session(p, first[i]);
		if (count[i] == 0)
			again(p, keys, i, first, count);
		free(before);
		before = now;
	}
	free(before);
}

/* The file's name, without its folder and ".pub". */
static void
name_of(const char *file, char *out, size_t cap)
{
	const char *slash = strrchr(file, '/');
	size_t len;

	(void)snprintf(out, cap, "%s", slash == NULL ? file : slash + 1);
	len = strlen(out);
	if (len > 4 && strcmp(out + len - 4, ".pub") == 0)
		out[len - 4] = '\0';
}

void
keys_name(struct policy *p, const struct key *keys, size_t n)
{
	struct held *held = held_ask(p->agent);
	unsigned char raw[WX_PUBKEY_RAW_MAX];
	char line[WX_PUBKEY_LINE_MAX + 1], name[256];
	enum wx_pubkey_status status;
	struct wx_sshwire blob;
	struct wx_pubkey key;
	ssize_t len;
	size_t i;

	for (i = 0; i < n; i++) {
		len = wx_read_text(AT_FDCWD, keys[i].file, 0, line, sizeof(line));
		if (len == -1)
			err(WX_CHAIN, "cannot read '%s'", keys[i].file);
		status = wx_pubkey_parse(line, (size_t)len, &key);
		if (status != WX_PUBKEY_OK)
			errx(WX_CHAIN, "refusing '%s': %s", keys[i].file, wx_pubkey_error(status));
		len = wx_base64_decode(key.blob, key.blob_len, raw, sizeof(raw));
		blob = (struct wx_sshwire){ .p = raw, .len = (size_t)len };
		if (!held_has(held, blob.p, blob.len))
			errx(WX_CHAIN, "the ssh-agent of SSH_AUTH_SOCK does not hold the key of '%s': unlock it, plug it in, or "
			    "add it (ssh-add -l lists what it holds)", keys[i].file);
		name_of(keys[i].file, name, sizeof(name));
		may(p, name, &blob, keys[i].dest);
	}
	free(held);
}
