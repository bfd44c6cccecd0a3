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
#include "libcommon/tool/program.h"
#include "libcommon/tool/task.h"
#include "load.h"

/* The archive, open, and what it is. */
static int
open_archive(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd == -1 || fstat(fd, st) == -1)
		err(WX_FAIL, "cannot open image archive '%s'", escaped(path));
	if (S_ISDIR(st->st_mode))
		errx(WX_FAIL, "image archive '%s' is a folder: name the file, or say rootfs:DIR",
		    escaped(path));
	/* Its content is read for the hash, and read again. */
	if (!S_ISREG(st->st_mode) || path_within(path, "/dev") || path_within(path, "/proc"))
		errx(WX_FAIL, "image archive '%s' is no file that can be read twice: write it to "
		    "one first", escaped(path));
	return fd;
}

static void
check_rootfs(const char *path)
{
	char *real = realpath(path, NULL);
	struct stat st;

	if (real == NULL || stat(real, &st) == -1)
		err(WX_FAIL, "cannot open image folder '%s'", escaped(path));
	if (!S_ISDIR(st.st_mode))
		errx(WX_FAIL, "image folder '%s' is a file: unpack it, or say docker-archive:FILE "
		    "or oci-archive:FILE", escaped(path));
	if (access(real, R_OK | X_OK) == -1)
		err(WX_FAIL, "cannot read image folder '%s'", escaped(path));
	/* The kernel's words for overlay are parted by commas. */
	if (strpbrk(path, ",\\") != NULL)
		errx(WX_FAIL, "cannot use image folder '%s': overlay takes no path with a comma or "
		    "backslash; rename it", escaped(path));
	free(real);
}

/* In the foreground: its progress, and what goes wrong, is seen. */
static void
pull_name(const char *podman, const char *name)
{
	const char *const argv[] = { podman, "pull", "--", name, NULL };
	int status;

	if (load_exists(podman, name))
		return;
	status = task_wait(task_start(argv, load_environment(true), "/", -1, -1, STDERR_FILENO));
	load_heed_signals();
	if (status != 0)
		errx(WX_FAIL, "cannot pull image '%s': podman pull failed", name);
}

static void
name_image(struct load *l)
{
	free(l->image);
	l->image = xprintf(LOAD_OURS "%s:%.*s", l->base, LOAD_TAG, l->hash);
}

static char *
ready_archive(const struct want *w, const char *podman, enum archive kind, const char *path)
{
	struct load l = { .podman = podman, .states = w->states, .user = w->user, .path = path, .kind = kind, .lock = -1,
	    .base = load_base(path) };

	l.fd = open_archive(path, &l.st);
	l.dir = open(w->states, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l.dir == -1)
		err(WX_FAIL, "cannot open '%s'", w->states);
	if (kept_find(&l))
		name_image(&l);
	if (l.image == NULL || !load_exists(podman, l.image)) {
		kept_lock(&l);
		if (!kept_find(&l)) {
			load_hash(&l);
			kept_add(&l);
		}
		name_image(&l);
		if (!load_exists(podman, l.image))
			load_and_name(&l);
	}
	if (l.user != NULL)
		kept_remember(&l);
	(void)close(l.fd);
	(void)close(l.dir);
	if (l.lock != -1)
		(void)close(l.lock);
	free(l.base);
	return l.image;
}

char *
image_ready(const struct want *w)
{
	char *podman = program_in(getenv("PATH"), "podman"), *image = xstrdup(w->spec);
	const char *rest;
	enum wx_image kind = wx_image_parse(w->spec, &rest);

	if (kind == WX_IMAGE_ROOTFS)
		check_rootfs(rest);
	if (kind == WX_IMAGE_ROOTFS || (kind == WX_IMAGE_NAME && !w->pull))
		return image;
	if (podman == NULL)
		errx(WX_FAIL, "podman is not on PATH: install it (apt install podman)");
	if (atexit(load_clean) != 0)
		errx(WX_FAIL, "cannot set up an exit");
	task_begin();
	if (kind == WX_IMAGE_NAME) {
		pull_name(podman, rest);
	} else {
		free(image);
		image = ready_archive(w, podman, kind == WX_IMAGE_DOCKER ? ARCHIVE_DOCKER : ARCHIVE_OCI, rest);
	}
	task_end();
	free(podman);
	return image;
}
