/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "make.h"
#include "pass.h"

#include "libcommon/atomic.h"
#include "libcommon/confine.h"
#include "libcommon/exitcode.h"
#include "libcommon/proc.h"

/* The key, the one staged, and what the forge must forget; all of one folder. */
struct rotation {
	struct place place;
	const char *path;
	char next[NAME_MAX + 1];
	char old_public[NAME_MAX + 1];
	struct pair now, staged;
};

static struct rotation rot;

/* Take the lock, mend what a killed run left, and look. */
static void
look(struct rotation *r)
{
	place_lock(&r->place);
	(void)pair_recover(&r->place, r->place.name);
	(void)pair_recover(&r->place, r->next);
	(void)pair_recover(&r->place, with(r->place.name, ".old"));
	pair_check(&r->place, r->place.name, &r->now);
	pair_check(&r->place, r->next, &r->staged);
}

static void
open_rotation(struct rotation *r, const char *path, bool make)
{
	r->path = path;
	place_open(&r->place, path, make);
	(void)snprintf(r->next, sizeof(r->next), "%.200s.next", r->place.name);
	(void)snprintf(r->old_public, sizeof(r->old_public), "%.200s.old.pub", r->place.name);
}

/* Is the private half in its place, and the public one not yet? */
static bool
half_committed(const struct rotation *r)
{
	return !r->staged.private.there && r->staged.public.there && r->now.private.there &&
	    r->now.private_status == PRIVKEY_OK && r->staged.public_status == WX_PUBKEY_OK &&
	    same_key(&r->now.key.key, &r->staged.public_key);
}

/* The staged key must be one that can take the place of a good one. */
static void
check_staged(const struct rotation *r)
{
	static char text[PRIVKEY_MAX + 1];
	static struct privkey key;
	bool opens;

	private_read(&r->place, r->next, text, &key);
	opens = key.encrypted || sshkey_opens(text, &key, NULL, place_path(&r->place, r->next));
	wx_wipe(text, sizeof(text));
	if (!opens)
		errx(WX_FAIL, "refusing '%s': the private key is damaged", place_path(&r->place, r->next));
}

/* The staged private half decides: have its public half right. */
static void
mend_staged(struct rotation *r, const struct want *w)
{
	char line[WX_PUBKEY_LINE_MAX];

	if (r->staged.match)
		return;
	public_line(&r->staged.key, make_comment(w), line);
	public_replace(&r->place, with(r->next, ".pub"), line);
	pair_check(&r->place, r->next, &r->staged);
}

/* True if there is one already, which was said and printed. */
static bool
staged_already(struct rotation *r, const struct want *w)
{
	if (half_committed(r))
		errx(WX_FAIL, "cannot stage a key for '%s': a commit was interrupted; finish it first with: "
		    "wx-keygen --commit FILE", r->path);
	/* A commit would put the new key in its place. */
	pair_check_hardware(&r->place, r->place.name, &r->now);
	if (w->force) {
		pair_check_hardware(&r->place, r->next, &r->staged);
		return false;
	}
	if (!r->staged.private.there && r->staged.public.there)
		errx(WX_FAIL, "refusing to replace '%s.next.pub', whose private half is missing; have the forge "
		    "forget it and remove it, or use -f", r->path);
	if (!r->staged.private.there)
		return false;
	check_staged(r);
	mend_staged(r, w);
	warnx("a key is staged for '%s' already", r->path);
	make_print(r->staged.line);
	return true;
}

int
stage_run(const struct want *w)
{
	struct rotation *r = &rot;
	struct want done = *w;
	const char *pass;

	done.comment = make_comment(w);
	open_rotation(r, w->operands[0], true);
	if (w->ask) {
		look(r);
		if (staged_already(r, &done))
			return WX_OK;
		place_unlock(&r->place);
	}
	pass = make_pass(w, place_path(&r->place, r->next));
	wx_confine(r->place.dir);
	look(r);
	if (staged_already(r, &done))
		return WX_OK;
	if (pass == NULL && r->now.private.there && r->now.private_status == PRIVKEY_OK && r->now.key.encrypted)
		warnx("warning: '%s' has a passphrase, and the key staged for it has none", r->path);
	make_pair(&done, &r->place, r->next, pass, w->force);
	place_unlock(&r->place);
	return WX_OK;
}

/* NAME.old.pub, if it is there: is it the public half of KEY? */
static bool
old_is(const struct rotation *r, const struct wx_pubkey *key)
{
	static struct pair old;

	return pair_look_public(r->place.dir, r->old_public, O_NOFOLLOW, &old) == 0 && old.public.there &&
	    old.public_status == WX_PUBKEY_OK && key != NULL && same_key(&old.public_key, key);
}

static bool
old_there(const struct rotation *r)
{
	return faccessat(r->place.dir, r->old_public, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The key that goes: what its private half says, else its public half; NULL if there is none. */
static const struct wx_pubkey *
outgoing(const struct rotation *r)
{
	if (r->now.private.there && r->now.private_status == PRIVKEY_OK)
		return &r->now.key.key;
	if (r->now.public.there && r->now.public_status == WX_PUBKEY_OK)
		return &r->now.public_key;
	return NULL;
}

/*
 * Keep the public half of the key that goes, as FILE.old.pub, and have it out of
 * the way: ssh would take it, and fail with the new private half.
 */
static void
keep_old(const struct rotation *r, const struct want *w)
{
	const struct wx_pubkey *key = outgoing(r);
	const char *public = with(r->place.name, ".pub");
	char line[WX_PUBKEY_LINE_MAX];
	bool kept = key != NULL && old_is(r, key);

	if (!kept && old_there(r) && key != NULL && !w->force)
		errx(WX_FAIL, "cannot commit '%s': '%s' names an older key; have the forge forget it and remove it, "
		    "or use -f", r->path, place_path(&r->place, r->old_public));
	if (key != NULL && r->now.public.there && r->now.public_status == WX_PUBKEY_OK &&
	    same_key(key, &r->now.public_key)) {
		if (renameat(r->place.dir, public, r->place.dir, r->old_public) == -1)
			err(WX_FAIL, "cannot rename '%s'", place_path(&r->place, public));
	} else if (key != NULL && !kept) {
		public_line(&r->now.key, "", line);
		public_replace(&r->place, r->old_public, line);
	}
	if (unlinkat(r->place.dir, public, 0) == -1 && errno != ENOENT)
		err(WX_FAIL, "cannot remove '%s'", place_path(&r->place, public));
	if (wx_dir_sync(r->place.dir) == -1)
		err(WX_FAIL, "cannot write folder '%s'", r->place.folder);
}

static void
take_place(const struct rotation *r, const char *from, const char *to)
{
	if (renameat(r->place.dir, from, r->place.dir, to) == -1)
		err(WX_FAIL, "cannot rename '%s'", place_path(&r->place, from));
}

int
commit_run(const struct want *w)
{
	struct rotation *r = &rot;
	struct want done = *w;

	done.comment = make_comment(w);
	open_rotation(r, w->operands[0], false);
	wx_confine(r->place.dir);
	look(r);
	if (r->staged.private.there) {
		pair_check_hardware(&r->place, r->place.name, &r->now);
		check_staged(r);
		mend_staged(r, &done);
		keep_old(r, w);
		take_place(r, r->next, r->place.name);
	} else if (r->now.match && !r->staged.public.there && old_there(r)) {
		warnx("no key is staged for '%s': it is committed already", r->path);
		return WX_OK;
	} else if (!half_committed(r))
		errx(WX_FAIL, "cannot commit '%s': no key is staged; begin with: wx-keygen --stage FILE", r->path);
	take_place(r, with(r->next, ".pub"), with(r->place.name, ".pub"));
	if (wx_dir_sync(r->place.dir) == -1)
		err(WX_FAIL, "cannot write folder '%s'", r->place.folder);
	place_unlock(&r->place);
	return WX_OK;
}
