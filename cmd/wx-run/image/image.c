/* SPDX-License-Identifier: MIT */
#include "image.h"

#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kept.h"
#include "libcommon/exitcode.h"
#include "libcommon/imagespec.h"
#include "libcommon/tool/path.h"
#include "libcommon/tool/task.h"
#include "load.h"
#include "state/state.h"

char *
image_spec(const char *spec, const char *home)
{
	const char *rest;
	enum wx_image kind = wx_image_parse(spec, &rest);
	char *cwd, *path, *out;

	if (kind == WX_IMAGE_BAD)
		errx(WX_CHAIN, "'%s' %s", escaped(spec), rest);
	if (kind == WX_IMAGE_NAME)
		return xstrdup(spec);
	if (strncmp(rest, "~/", 2) == 0) {
		path = path_clean(home, rest + 2);
	} else {
		cwd = getcwd(NULL, 0);
		path = path_clean(cwd == NULL ? "/" : cwd, rest);
		free(cwd);
	}
	out = xprintf("%.*s%s", (int)(rest - spec), spec, path);
	free(path);
	return out;
}

/* --- Whether it may be used */

/* The archive, open, and what it is. */
static int
open_archive(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd == -1 || fstat(fd, st) == -1)
		err(WX_CHAIN, "cannot open image archive '%s'", escaped(path));
	if (S_ISDIR(st->st_mode))
		errx(WX_CHAIN, "image archive '%s' is a folder: name the file, or say rootfs:DIR",
		    escaped(path));
	/* Its content is read for the hash, and read again. */
	if (!S_ISREG(st->st_mode) || path_within(path, "/dev") || path_within(path, "/proc"))
		errx(WX_CHAIN, "image archive '%s' is no file that can be read twice: write it to "
		    "one first", escaped(path));
	return fd;
}

static void
check_rootfs(const struct plan *p, const char *path)
{
	char *real = realpath(path, NULL);
	struct stat st;
	size_t i;

	if (real == NULL || stat(real, &st) == -1)
		err(WX_CHAIN, "cannot open image folder '%s'", escaped(path));
	if (!S_ISDIR(st.st_mode))
		errx(WX_CHAIN, "image folder '%s' is a file: unpack it, or say docker-archive:FILE "
		    "or oci-archive:FILE", escaped(path));
	if (access(real, R_OK | X_OK) == -1)
		err(WX_CHAIN, "cannot read image folder '%s'", escaped(path));
	/* The kernel's words for overlay are parted by commas. */
	if (strpbrk(path, ",\\") != NULL)
		errx(WX_CHAIN, "cannot use image folder '%s': overlay takes no path with a comma or "
		    "backslash; rename it", escaped(path));
	if (path_inside(p->host_home, real))
		errx(WX_CHAIN, "cannot use image folder '%s': your home with all its keys is in it",
		    escaped(path));
	for (i = 0; i < p->mounts.n; i++)
		if (p->mounts.v[i].kind == MOUNT_RW && path_inside(p->mounts.v[i].src, real))
			errx(WX_CHAIN, "cannot use image folder '%s': '%s', which the sandbox can "
			    "write, is in it", escaped(path), escaped(p->mounts.v[i].src));
	free(real);
}

void
image_check(const struct plan *p, bool pull)
{
	const char *path;
	enum wx_image kind;
	struct stat st;
	size_t i;

	if (pull && p->engine != ENGINE_PODMAN)
		errx(WX_CHAIN, "engine '%s' pulls no image: leave --pull out",
		    engine_name(p->engine));
	if (p->engine == ENGINE_BWRAP)
		return;
	kind = wx_image_parse(p->image, &path);
	if (kind == WX_IMAGE_NAME)
		return;
	if (p->engine != ENGINE_PODMAN)
		errx(WX_CHAIN, "engine '%s' takes no image but by its name, not '%s'",
		    engine_name(p->engine), escaped(p->image));
	if (pull)
		errx(WX_CHAIN, "only a name can be pulled, not '%s': leave --pull out",
		    escaped(p->image));
	for (i = 0; i < p->mounts.n; i++)
		if (p->mounts.v[i].kind == MOUNT_RW && path_inside(path, p->mounts.v[i].src))
			errx(WX_CHAIN, "image '%s' lies in '%s', where the sandbox can write it: "
			    "move it", escaped(p->image), escaped(p->mounts.v[i].src));
	if (kind == WX_IMAGE_ROOTFS)
		check_rootfs(p, path);
	else
		(void)close(open_archive(path, &st));
}

/* --- podman */

/* In the foreground: its progress, and what goes wrong, is seen. */
static void
pull_name(const struct plan *p, const char *name)
{
	const char *const argv[] = { p->podman, "pull", "--", name, NULL };
	int status;

	if (load_exists(p, name))
		return;
	status = task_wait(task_start(argv, load_environment(true), "/", -1, -1, STDERR_FILENO));
	load_heed_signals();
	if (status != 0)
		errx(WX_CHAIN, "cannot pull image '%s': podman pull failed", name);
}

static void
name_image(struct load *l)
{
	free(l->image);
	l->image = xprintf(LOAD_OURS "%s:%.*s", l->base, LOAD_TAG, l->hash);
}

static char *
ready_archive(const struct plan *p, enum archive kind, const char *path)
{
	struct load l = { .plan = p, .path = path, .kind = kind, .lock = -1, .base = load_base(path) };
	char *folder = kept_states(p);

	l.fd = open_archive(path, &l.st);
	l.dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l.dir == -1)
		err(WX_CHAIN, "cannot open '%s'", folder);
	if (kept_find(&l))
		name_image(&l);
	if (l.image == NULL || !load_exists(p, l.image)) {
		kept_lock(&l);
		if (!kept_find(&l)) {
			load_hash(&l);
			kept_add(&l);
		}
		name_image(&l);
		if (!load_exists(p, l.image))
			load_and_name(&l);
	}
	kept_remember(&l);
	(void)close(l.fd);
	(void)close(l.dir);
	if (l.lock != -1)
		(void)close(l.lock);
	free(l.base);
	free(folder);
	return l.image;
}

char *
image_ready(const struct plan *p, bool pull)
{
	const char *rest;
	enum wx_image kind;
	char *image;

	if (p->engine != ENGINE_PODMAN)
		return NULL;
	kind = wx_image_parse(p->image, &rest);
	if (kind == WX_IMAGE_ROOTFS || (kind == WX_IMAGE_NAME && !pull))
		return xstrdup(p->image);
	state_make(p);
	if (atexit(load_clean) != 0)
		errx(WX_CHAIN, "cannot set up an exit");
	task_begin();
	if (kind == WX_IMAGE_NAME) {
		pull_name(p, rest);
		image = xstrdup(p->image);
	} else {
		image = ready_archive(p, kind == WX_IMAGE_DOCKER ? ARCHIVE_DOCKER : ARCHIVE_OCI, rest);
	}
	task_end();
	return image;
}
