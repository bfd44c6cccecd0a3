/* SPDX-License-Identifier: MIT */
#include "mark.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "private.h"

#define FILES_MAX 50000

struct mark {
	unsigned long long hash;
	unsigned long      left;
};

static void
mix(struct mark *m, const void *data, size_t len)
{
	const unsigned char *p = data;

	while (len-- > 0)
		m->hash = (m->hash ^ *p++) * 0x100000001b3ULL;
}

/* A file by its inode and its times, which the sandbox cannot set back (ctime). */
static void
mark_entry(struct mark *m, int at, const char *name, int depth)
{
	struct timespec changed;
	struct dirent *e;
	struct stat st;
	DIR *dir;

	if (m->left == 0 || fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	m->left--;
	changed = wx_stat_ctime(&st);
	mix(m, name, strlen(name) + 1);
	mix(m, &st.st_ino, sizeof(st.st_ino));
	mix(m, &changed, sizeof(changed));
	dir = S_ISDIR(st.st_mode) && depth < PRIVATE_DEPTH * 4 ? wx_dir_list(at, name) : NULL;
	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			mark_entry(m, dirfd(dir), e->d_name, depth + 1);
	if (dir != NULL)
		(void)closedir(dir);
}

/* Of a git directory, and of its submodules'. */
static void
mark_git(struct mark *m, int at, const char *name, int depth)
{
	static const char *const parts[] = { "HEAD", "packed-refs", "refs", "MERGE_HEAD",
	    "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG", "rebase-merge", "rebase-apply", "sequencer",
	    NULL };
	int git = wx_dir_open(at, name);
	const char *const *part;
	struct dirent *e;
	DIR *dir;

	if (git == -1)
		return;
	for (part = parts; *part != NULL; part++)
		mark_entry(m, git, *part, 0);
	/* The name of a submodule can have slashes. */
	dir = depth >= PRIVATE_DEPTH ? NULL :
	    wx_dir_list(git, faccessat(git, "HEAD", F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? "modules" : ".");
	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (*e->d_name != '.')
			mark_git(m, dirfd(dir), e->d_name, depth + 1);
	if (dir != NULL)
		(void)closedir(dir);
	mark_entry(m, git, "worktrees", 0);
	(void)close(git);
}

unsigned long long
mark_of(int at, const char *name)
{
	struct mark m = { .hash = 0xcbf29ce484222325ULL, .left = FILES_MAX };

	mark_git(&m, at, name, 0);
	return m.left == 0 ? 0 : m.hash;
}
