/* SPDX-License-Identifier: MIT */
#include "sides.h"

#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "libcommon/tool/strv.h"
#include "private/private.h"
#include "state/state.h"

/* "" where there is no directory DIR. */
static char *
identity(const char *dir)
{
	int fd = wx_dir_open(AT_FDCWD, dir);
	char *text = fd == -1 ? xstrdup("") : private_identity(fd);

	if (fd != -1)
		(void)close(fd);
	return text;
}

static char *
noted(const char *file)
{
	char buf[256];

	return wx_read_text(AT_FDCWD, file, O_NOFOLLOW, buf, sizeof(buf)) == -1 ? NULL : xstrdup(buf);
}

static void
note(const char *file, const char *text)
{
	char *new = xprintf("%s.%ld", file, (long)getpid());
	int fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd == -1 || wx_write_all(fd, text, strlen(text)) == -1 || rename(new, file) == -1)
		warn("cannot write '%s'", file);
	if (fd != -1)
		(void)close(fd);
	free(new);
}

/* Is what is there at GIT what a run that began without a repository left? */
static bool
noted_inside(const struct plan *p, const char *git, bool begins)
{
	char *file = xprintf("%s/made-inside", p->run_dir), *was = noted(file), *is = identity(git);
	bool inside = false;

	if (*is == '\0') {
		if (begins && was == NULL)
			note(file, "");
		else if (!begins)
			(void)unlink(file);
	} else if (was != NULL && *was == '\0') {
		/* Made in the run that ends, or in one that was killed. */
		note(file, is);
		inside = true;
	} else if (was != NULL) {
		inside = strcmp(was, is) == 0;
		if (!inside)
			(void)unlink(file);   /* the user's own, in its place */
	}
	free(is);
	free(was);
	free(file);
	return inside;
}

void
made_note(const struct plan *p, bool begins)
{
	char *git = xprintf("%s/.git", p->project);

	(void)noted_inside(p, git, begins);
	free(git);
}

/* Is A not before B, or not known? */
static bool
not_before(const struct timespec *a, const struct timespec *b)
{
	return (a->tv_sec == 0 && a->tv_nsec == 0) || a->tv_sec > b->tv_sec ||
	    (a->tv_sec == b->tv_sec && a->tv_nsec >= b->tv_nsec);
}

/* The git directory that COMMON is, or is in: that of a submodule is in the one around it. */
static char *
outer_git(const char *common)
{
	const char *modules = strstr(common, "/.git/modules/");

	return modules == NULL ? xstrdup(common) : xprintf("%.*s", (int)(modules - common) + 5, common);
}

/* In a run with a directory above. */
static bool
made_below(const struct plan *p)
{
	char *git = outer_git(p->repo.common), *list = xprintf("%s/objects/info/alternates", p->repo.common);
	char *dir = p->repo.file ? xstrdup(git) : xstrdup(p->repo.top), *slash = strrchr(dir, '/');
	struct timespec since, born = { 0 }, changed;
	struct stat st;
	int fd = wx_dir_open(AT_FDCWD, git);
	bool inside = false;

	*slash = '\0';
	if (state_since(p, dir, &since)) {
		if (fd != -1)
			born = wx_beneath_born(fd, "");
		inside = not_before(&born, &since);
		if (!inside && lstat(list, &st) == 0) {
			changed = wx_stat_ctime(&st);
			inside = not_before(&changed, &since);
		}
	}
	if (fd != -1)
		(void)close(fd);
	free(dir);
	free(list);
	free(git);
	return inside;
}

bool
made_inside(const struct plan *p)
{
	bool inside = !p->repo.file && noted_inside(p, p->repo.dir, true);

	return made_below(p) || inside;
}
