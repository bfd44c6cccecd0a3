/* SPDX-License-Identifier: MIT */
#include "git.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"

#define LIST_MAX ((size_t)64 << 20)
#define LOG_MAX  ((size_t)4 << 20)
#define NO_ID    "0000000000000000000000000000000000000000000000000000000000000000"

bool
reftable_in(const char *dir)
{
	char *path = xprintf("%s/reftable", dir);
	bool yes = access(path, F_OK) == 0;

	free(path);
	return yes;
}

/* What git says to ARGV, without the last newline; NULL: it failed. */
static char *
ask(const char *program, const char *dir, const char *const argv[], size_t max, char wrong[static 512])
{
	const struct hostgit g = { .program = program, .dir = dir, .whole = strcmp(argv[0], "update-ref") == 0 };
	struct hostgit_said said;
	int rc = hostgit(&g, argv, NULL, 0, max, &said);

	if (rc != 0 || said.cut) {
		(void)snprintf(wrong, 512, "%s", said.cut ? "it has too many refs" :
		    *said.err == '\0' ? "git cannot read its refs" : said.err);
		free(said.out);
		return NULL;
	}
	if (said.len > 0 && said.out[said.len - 1] == '\n')
		said.out[said.len - 1] = '\0';
	return said.out;
}

char *
reftable_head(const char *program, const char *dir)
{
	static const char *const symbolic[] = { "symbolic-ref", "-q", "HEAD", NULL };
	static const char *const detached[] = { "rev-parse", "-q", "--verify", "HEAD", NULL };
	char wrong[512], *name, *head;

	if (!reftable_in(dir))
		return repo_line_of(dir, "HEAD");
	name = ask(program, dir, symbolic, 4096, wrong);
	if (name == NULL)
		return ask(program, dir, detached, 4096, wrong);
	head = xprintf("ref: %s", name);
	free(name);
	return head;
}

/* Refs of one work tree alone: gitrepository-layout(5), "refs". */
static bool
of_one_tree(const char *name)
{
	return strncmp(name, "refs/bisect/", 12) == 0 || strncmp(name, "refs/worktree/", 14) == 0 ||
	    strncmp(name, "refs/rewritten/", 15) == 0;
}

/* "OBJECT NAME TARGET", where the target is of a symbolic ref, else empty. */
static void
add_line(char *line, bool linked, FILE *packed, struct strv *loose)
{
	char *name = strchr(line, ' '), *target = name == NULL ? NULL : strchr(name + 1, ' ');
	bool root;

	if (target == NULL)
		return;
	*name++ = *target++ = '\0';
	root = strncmp(name, "refs/", 5) != 0;
	if (strcmp(name, "HEAD") == 0 || strncmp(name, "refs/wrapix/", 12) == 0 ||
	    (linked && !root && !of_one_tree(name)))
		return;
	if (*target != '\0' || root || linked) {
		strv_add(loose, name);
		strv_addf(loose, "%s%s\n", *target == '\0' ? "" : "ref: ", *target == '\0' ? line : target);
	} else {
		(void)fprintf(packed, "%s %s\n", line, name);
	}
}

bool
reftable_refs(const char *program, const char *dir, bool linked, char **text, size_t *len,
    struct strv *loose, char wrong[static 512])
{
	static const char *const list[] = { "for-each-ref", "--include-root-refs",
	    "--format=%(objectname) %(refname) %(symref)", NULL };
	char *all = ask(program, dir, list, LIST_MAX, wrong), *line, *save = NULL;
	FILE *fp = all == NULL ? NULL : open_memstream(text, len);

	if (all == NULL)
		return false;
	if (fp == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	(void)fputs("# pack-refs with: sorted \n", fp);
	for (line = strtok_r(all, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
		add_line(line, linked, fp, loose);
	if (fclose(fp) == EOF)
		err(WX_CHAIN, "cannot allocate memory");
	free(all);
	return true;
}

/* "OBJECT TAB NAME <ADDRESS> TAB stash@{SECONDS ZONE} TAB MESSAGE" as a reflog has it, after the object BEFORE. */
static char *
log_line(char *line, const char *before)
{
	char *who = strchr(line, '\t'), *when = who == NULL ? NULL : strchr(who + 1, '\t');
	char *what = when == NULL ? NULL : strchr(when + 1, '\t'), *end;

	if (what == NULL)
		return xstrdup("");
	*who++ = *when++ = *what++ = '\0';
	when = strchr(when, '{');
	end = when == NULL ? NULL : strchr(when, '}');
	if (end == NULL)
		return xstrdup("");
	*end = '\0';
	return xprintf("%s %s %s %s\t%s\n", before, line, who, when + 1, what);
}

char *
reftable_stash(const char *program, const char *dir)
{
	static const char *const list[] = { "log", "--walk-reflogs", "--date=raw", "--format=%H%x09%gn <%ge>%x09%gd%x09%gs",
	    "refs/stash", "--", NULL };
	char wrong[512], *all = ask(program, dir, list, LOG_MAX, wrong), *line, *save = NULL, *made, *more, *text;
	struct strv lines = { 0 };
	const char *before = NULL;
	char none[sizeof(NO_ID)];

	if (all == NULL)
		return NULL;
	for (line = strtok_r(all, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
		strv_add(&lines, line);
	free(all);
	/* git says the newest first, and a reflog has the oldest first. */
	for (text = xstrdup(""); lines.n > 0; lines.n--) {
		line = lines.v[lines.n - 1];
		(void)snprintf(none, sizeof(none), "%.*s", (int)strcspn(line, "\t"), NO_ID);
		made = log_line(line, before == NULL ? none : before);
		before = line;
		more = xprintf("%s%s", text, made);
		free(made);
		free(text);
		text = more;
	}
	return text;
}

bool
reftable_drop(const char *program, const char *dir, const char *name)
{
	const char *const there[] = { "rev-parse", "-q", "--verify", name, NULL };
	const char *const drop[] = { "update-ref", "--no-deref", "-d", name, NULL };
	char wrong[512], *id = ask(program, dir, there, 4096, wrong), *said = NULL;

	if (id != NULL)
		said = ask(program, dir, drop, 4096, wrong);
	free(id);
	free(said);
	return said != NULL;
}
