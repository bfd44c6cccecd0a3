/* SPDX-License-Identifier: MIT */
#include "count.h"

#include <err.h>
#include <errno.h>
#include <unistd.h>

#include "make.h"

#include "libcommon/atomic.h"
#include "libcommon/confine.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"

enum todo { TODO_KEEP, TODO_MAKE, TODO_REPLACE };

struct batch {
	struct place place;
	char head[NAME_MAX + 1]; /* of the name, before and behind the number */
	char tail[NAME_MAX + 1];
	int width;
	long count;
	enum todo *todo;         /* one a pair */
	char **line;
};

static const char *
name_of(const struct batch *b, long i)
{
	static char name[3 * NAME_MAX];

	(void)snprintf(name, sizeof(name), "%s%0*ld%s", b->head, b->width, i + 1, b->tail);
	return name;
}

/* Take PATTERN apart, and open the folder, by way of its first name. */
static void
open_batch(struct batch *b, const struct want *w, const char *pattern)
{
	const char *slash = strrchr(pattern, '/'), *base = slash == NULL ? pattern : slash + 1;
	const char *mark = strstr(base, "%d");
	char first[PATH_MAX];

	if (mark == NULL || strchr(pattern, '%') != mark || strchr(mark + 1, '%') != NULL)
		errx(WX_USAGE, "refusing the pattern: --count wants -o with one %%d in the name of the key");
	b->count = w->count;
	b->width = snprintf(NULL, 0, "%ld", w->count);
	(void)snprintf(b->head, sizeof(b->head), "%.*s", (int)(mark - base), base);
	(void)snprintf(b->tail, sizeof(b->tail), "%s", mark + 2);
	if (snprintf(first, sizeof(first), "%.*s%s", (int)(base - pattern), pattern, name_of(b, 0)) >= PATH_MAX)
		errx(WX_USAGE, "refusing the pattern: it is too long");
	place_open(&b->place, first, true);
	b->todo = calloc((size_t)w->count, sizeof(*b->todo));
	b->line = calloc((size_t)w->count, sizeof(*b->line));
	if (b->todo == NULL || b->line == NULL)
		err(WX_TEMP, "cannot make %ld keys", w->count);
}

/* What there is to do; whole pairs stay only where an interrupted run made them. */
static void
plan(struct batch *b, bool force)
{
	static struct pair pair;
	bool resumed = false;
	const char *name;
	long i, kept = 0;

	for (i = 0; i < b->count; i++)
		resumed |= pair_recover(&b->place, name_of(b, i)) != RECOVERED_NOTHING;
	for (i = 0; i < b->count; i++) {
		name = name_of(b, i);
		pair_check(&b->place, name, &pair);
		pair_check_hardware(&b->place, name, &pair);
		b->todo[i] = force ? TODO_REPLACE : TODO_MAKE;
		if (force || (!pair.private.there && !pair.public.there))
			continue;
		if (!resumed || !pair.match)
			errx(WX_FAIL, "refusing to replace '%s', of which a half or both are there; use -f",
			    place_path(&b->place, name));
		b->todo[i] = TODO_KEEP;
		b->line[i] = strdup(pair.line);
		if (b->line[i] == NULL)
			err(WX_TEMP, "cannot make %ld keys", b->count);
		kept++;
	}
	if (kept > 0)
		warnx("%ld of the keys are there: an interrupted run had made them", kept);
}

static int
write_all(struct batch *b, const char *pass, const char *comment)
{
	static struct sshkey key;
	char line[WX_PUBKEY_LINE_MAX];
	long i;

	for (i = 0; i < b->count; i++) {
		if (b->todo[i] == TODO_KEEP)
			continue;
		sshkey_make(pass, &key);
		public_line(&key.half, comment, line);
		if (pair_write(&b->place, name_of(b, i), &key, line, false) == -1)
			return -1;
		line[strlen(line) - 1] = '\0';
		b->line[i] = strdup(line);
		if (b->line[i] == NULL)
			return -1;
	}
	wx_wipe(&key, sizeof(key));
	return wx_fs_sync(b->place.dir);
}

static int
publish_all(const struct batch *b)
{
	long i;

	for (i = 0; i < b->count; i++)
		if (b->todo[i] != TODO_KEEP &&
		    pair_publish(&b->place, name_of(b, i), b->todo[i] == TODO_REPLACE) == -1)
			return -1;
	return wx_dir_sync(b->place.dir);
}

int
count_run(const struct want *w, const char *pattern)
{
	static struct batch b;
	const char *pass, *comment = make_comment(w);
	int saved;
	long i;

	open_batch(&b, w, pattern);
	pass = make_pass(w, pattern);
	wx_confine(b.place.dir);
	place_lock(&b.place);
	plan(&b, w->force);
	if (write_all(&b, pass, comment) == -1 || publish_all(&b) == -1) {
		saved = errno;
		for (i = 0; i < b.count; i++)
			(void)pair_recover(&b.place, name_of(&b, i));
		errno = saved;
		err(fail_code(), "cannot write %ld keys in folder '%s'", b.count, b.place.folder);
	}
	place_unlock(&b.place);
	for (i = 0; i < b.count; i++)
		(void)puts(b.line[i]);
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
	return WX_OK;
}
