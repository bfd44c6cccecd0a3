/* SPDX-License-Identifier: MIT */
#include "change.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>

#include "pair/pair.h"
#include "pass.h"

#include "libcommon/atomic.h"
#include "libcommon/confine.h"
#include "libcommon/exitcode.h"
#include "libcommon/proc.h"

static char text[PRIVKEY_MAX + 1];
static struct privkey key;

/* Under the lock, what is there now. */
static void
read_key(const struct place *p)
{
	place_lock(p);
	(void)pair_recover(p, p->name);
	private_read(p, p->name, text, &key);
	if (strncmp(key.public, "ssh-ed25519 ", 12) != 0)
		errx(WX_FAIL, "refusing '%s': only ed25519 keys; for others use: ssh-keygen -p -f FILE",
		    place_path(p, p->name));
}

static const char *
old_pass(const struct want *w, const char *path)
{
	char prompt[PATH_MAX + 64];

	if (!key.encrypted)
		return NULL;
	if (w->pass_fd != -1)
		return pass_read(w->pass_fd);
	(void)snprintf(prompt, sizeof(prompt), "Passphrase for '%s': ", path);
	return pass_ask(prompt, false);
}

static const char *
new_pass(const struct want *w, const char *path)
{
	char prompt[PATH_MAX + 64];
	const char *pass;

	(void)snprintf(prompt, sizeof(prompt), "New passphrase for '%s' (empty: none): ", path);
	pass = w->new_pass_fd != -1 ? pass_read(w->new_pass_fd) : pass_ask(prompt, true);
	return *pass == '\0' ? NULL : pass;
}

/*
 * The file keeps its time: a new passphrase makes the key no younger, and the
 * audit must not think so.
 */
static int
keep_time(const struct place *p)
{
	return wx_temp_keep_times(p->dir, p->name);
}

int
change_run(const struct want *w)
{
	static struct place p;
	static struct sshkey out;
	static char was[PRIVKEY_MAX + 1];
	const char *path = w->operands[0], *old, *new;
	int saved;

	place_open(&p, path, false);
	read_key(&p);
	place_unlock(&p);
	old = old_pass(w, path);
	if (!sshkey_opens(text, &key, old, path))
		errx(WX_FAIL, "cannot open '%s': %s", path, key.encrypted ? "the passphrase is wrong" : "it is damaged");
	new = new_pass(w, path);
	wx_confine(p.dir);
	memcpy(was, text, sizeof(was));
	read_key(&p);
	if (strcmp(was, text) != 0)
		errx(WX_TEMP, "cannot change '%s': somebody else changed it meanwhile", path);
	sshkey_change(text, &key, old, new, &out);
	if (wx_temp_write(p.dir, p.name, 0600, out.text, out.len, true) == -1 || keep_time(&p) == -1 ||
	    wx_temp_rename(p.dir, p.name) == -1 || wx_dir_sync(p.dir) == -1) {
		saved = errno;
		(void)wx_temp_remove(p.dir, p.name);
		errno = saved;
		err(fail_code(), "cannot write '%s'", path);
	}
	place_unlock(&p);
	wx_wipe(text, sizeof(text));
	wx_wipe(was, sizeof(was));
	wx_wipe(&out, sizeof(out));
	return WX_OK;
}
