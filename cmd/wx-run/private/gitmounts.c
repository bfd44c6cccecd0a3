/* SPDX-License-Identifier: MIT */
#include "private.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git/git.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"

static _Noreturn void
refuse(const struct plan *p, const char *what)
{
	errx(WX_CHAIN, "cannot use '%s': %s; %srun without it: --git none", escaped(p->repo.common), what,
	    *p->label == '\0' ? "" : "mount it read-only, or ");
}

/* A directory of the repository's, by no symbolic link: one could have been planted. */
static bool
own_dir(const struct plan *p, const char *name, char **path)
{
	struct stat st;

	*path = xprintf("%s/%s", p->repo.common, name);
	if (lstat(*path, &st) == -1)
		return false;
	if (!S_ISDIR(st.st_mode)) {
		char *what = xprintf("its '%s' is no directory", name);

		refuse(p, what);
	}
	return true;
}

/* The objects directories that OBJECTS borrows from, and those from which these do. */
static void
alternates(const struct plan *p, const char *objects, struct strv *out, int depth)
{
	char *path = xprintf("%s/info/alternates", objects), buf[65536], *line, *save = NULL, *full, *real;

	if ((wx_read_text(AT_FDCWD, path, O_NOFOLLOW, buf, sizeof(buf)) == -1 && errno != ENOENT) || depth > 5)
		refuse(p, "its alternates cannot be read");
	for (line = strtok_r(buf, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		if (*line == '#')
			continue;
		full = *line == '/' ? xstrdup(line) : xprintf("%s/%s", objects, line);
		real = realpath(full, NULL);
		if (real != NULL && !strv_has(out, real)) {
			strv_add(out, real);
			alternates(p, real, out, depth + 1);
		}
		free(real);
		free(full);
	}
	free(path);
}

/* A made file over DEST, which wx-run mounts itself: see mountns/mountns.h. */
static void
cover(struct plan *p, const char *dest, const char *s)
{
	struct mount *m = mount_file(&p->mounts, dest, 0444, s, strlen(s));

	m->why = "hide";
	m->late = true;
}

/* What it borrows is named by the private directory, by its place inside; its own list names places
 * of the host. */
static void
cover_list(struct plan *p, const char *objects, const char *dest)
{
	char *path = xprintf("%s/info/alternates", objects);

	if (access(path, F_OK) == 0) {
		free(path);
		path = xprintf("%s/info/alternates", dest);
		cover(p, path, "");
	}
	free(path);
}

static void
show_objects(struct plan *p)
{
	struct strv others = { 0 };
	char *objects, *base = xprintf("%s/" PRIVATE_OBJECTS, p->git_base), *dest;
	size_t i;

	if (!own_dir(p, "objects", &objects))
		refuse(p, "it has no 'objects'");
	alternates(p, objects, &others, 0);
	if (others.n > 0 && p->engine->machine)
		refuse(p, "it borrows objects, which engine 'container' cannot show");
	if (p->repo_inside && others.n > 0)
		refuse(p, "a sandbox may have made it, and it borrows objects of another repository; if these are to be "
		    "had inside, git repack -a -d and remove its objects/info/alternates");
	/* Only git reads these tables, and no git of the host's is to read what a sandbox wrote. */
	if (p->repo_inside && reftable_in(p->repo.common))
		refuse(p, "a sandbox may have made it, and its refs are a reftable");
	(void)mount_add(&p->mounts, MOUNT_RO, objects, base, "objects");
	if (p->engine->files == NULL)
		cover_list(p, objects, base);
	for (i = 0; i < others.n; i++) {
		dest = xprintf("%s-%zu", base, i + 1);
		(void)mount_add(&p->mounts, MOUNT_RO, others.v[i], dest, "objects");
		cover_list(p, others.v[i], dest);
		free(dest);
	}
	free(base);
	free(objects);
}

/* The directory NAME of the repository's, if it has one, at the name DEST. */
static void
show_dir(struct plan *p, const char *name, const char *dest)
{
	char *path, *at = xprintf("%s/%s", p->git_base, dest);

	if (own_dir(p, name, &path))
		(void)mount_add(&p->mounts, MOUNT_RO, path, at, "objects");
	free(path);
	free(at);
}

void
gitmounts_plan(struct plan *p)
{
	char *path, *text_of, wrong[512];

	if (!plain_git(p->repo.common, wrong))
		refuse(p, wrong);
	show_objects(p);
	show_dir(p, "modules", PRIVATE_MODULES);
	show_dir(p, "lfs", PRIVATE_LFS);
	path = xprintf("%s/%s/git", p->run_dir, p->run);
	p->git_dest = p->repo.file ? xstrdup(p->repo.common) : xprintf("%s/.git", p->at);
	if (p->repo.file && p->engine->files != NULL)
		errx(WX_CHAIN, "engine 'container' mounts no single file, so '%s/.git' cannot be "
		    "covered: use the main work tree, or --git none", p->project);
	(void)mount_add(&p->mounts, MOUNT_RW, path, p->git_dest, "git");
	free(path);
	if (!p->repo.file)
		return;
	text_of = xprintf("gitdir: %s\n", p->repo.dir);
	path = xprintf("%s/.git", p->at);
	cover(p, path, text_of);
	free(path);
	free(text_of);
}
