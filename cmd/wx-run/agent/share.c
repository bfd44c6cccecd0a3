/* SPDX-License-Identifier: MIT */
#include "agent.h"

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/tool/path.h"
#include "plan/plan.h"

#define LINKS_MAX 200   /* in a directory that is shared */
#define TOLD_MAX (256 << 10)   /* bytes of what the user tells the agent */

/* The real place of PATH, if it may be shown; else NULL, with a line where something is there. The caller owns it. */
static char *
place_of(const struct plan *p, const char *path)
{
	char *real = access(path, F_OK) == -1 ? NULL : path_apart(path, p->project);

	if (real == NULL && access(path, F_OK) == -1)
		return NULL;
	if (real != NULL && path_within(real, p->host_home) && strcmp(real, p->host_home) != 0 &&
	    !path_within(p->project, real) && !path_within(real, p->run_dir) && !path_within(real, p->state))
		return real;
	warnx("leaves out '%s' (agent.share): it leads out of your home, or into the project", escaped(path));
	free(real);
	return NULL;
}

static void
show(struct plan *p, const char *real, const char *dest)
{
	size_t i;

	for (i = 0; i < p->mounts.n; i++)
		if (strcmp(p->mounts.v[i].dest, dest) == 0)
			return;
	(void)mount_add(&p->mounts, MOUNT_RO, real, dest, "share");
}

/* Is it what such a link is for: a directory with a SKILL.md, or a text? Directories of skills are fetched from others, and
 * a link in them must not show the user's keys. */
static bool
is_text(const char *real)
{
	const char *dot = strrchr(real, '.');
	char *skill = xprintf("%s/SKILL.md", real);
	struct stat st;
	bool yes = lstat(skill, &st) == 0 ? S_ISREG(st.st_mode) :
	    lstat(real, &st) == 0 && S_ISREG(st.st_mode) && dot != NULL && strcmp(dot, ".md") == 0;

	free(skill);
	return yes;
}

/* What is kept elsewhere below HOME: where the link leads it is there inside as well. */
static void
show_linked(struct plan *p, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	struct stat st;
	char *path, *real;
	int n = 0;

	while (d != NULL && n < LINKS_MAX && (e = readdir(d)) != NULL) {
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1 || !S_ISLNK(st.st_mode))
			continue;
		n++;
		path = xprintf("%s/%s", dir, e->d_name);
		real = place_of(p, path);
		if (real != NULL && is_text(real) && !path_within(real, dir) && !plan_shows(p, real))
			show(p, real, real);
		free(real);
		free(path);
	}
	if (d != NULL)
		(void)closedir(d);
}

void
share_add(const struct request *r, struct plan *p)
{
	char *path, *real, *dest;
	struct stat st;
	size_t i;

	for (i = 0; i < r->agent.shares.n; i++) {
		path = dest_expand(p->host_home, r->agent.shares.v[i]);
		dest = dest_expand(p->home, r->agent.shares.v[i]);
		real = place_of(p, path);
		/* An engine may mount no single file. */
		if (real != NULL && stat(real, &st) == 0 &&
		    (S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && p->engine->files == NULL))) {
			show(p, real, dest);
			/* At the same path as on the host, or the links would lead nowhere. */
			if (S_ISDIR(st.st_mode) && strcmp(p->home, p->host_home) == 0)
				show_linked(p, real);
		}
		free(real);
		free(dest);
		free(path);
	}
}

void
share_told(const struct request *r, struct plan *p)
{
	static char own[TOLD_MAX];
	char *dest;
	size_t i;

	/* An engine may mount no single file. */
	if (r->agent.told == NULL || r->agent_prompt == NULL || p->engine->files != NULL)
		return;
	dest = dest_expand(p->home, r->agent.told);
	for (i = 0; i < p->mounts.n &&
	    (strcmp(p->mounts.v[i].why, "share") != 0 || strcmp(p->mounts.v[i].dest, dest) != 0); i++)
		;
	if (i < p->mounts.n && wx_read_text(AT_FDCWD, p->mounts.v[i].src, 0, own, sizeof(own)) == -1)
		err(WX_CHAIN, "cannot read '%s'", p->mounts.v[i].src);
	if (i < p->mounts.n) {
		/* One in its place. */
		memmove(p->mounts.v + i, p->mounts.v + i + 1, (p->mounts.n - i - 1) * sizeof(*p->mounts.v));
		p->mounts.n--;
	}
	mount_file(&p->mounts, dest, 0444, own, strlen(own))->why = "told";
	free(dest);
}
