/* SPDX-License-Identifier: MIT */
#include "image.h"

#include <sys/wait.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "libcommon/exitcode.h"
#include "libcommon/imagespec.h"
#include "libcommon/tool/path.h"
#include "libcommon/tool/program.h"
#include "libcommon/tool/task.h"
#include "state/state.h"

#define NAME_MAX_LEN 4096

/* Is it, by whatever name, where the sandbox can write, or around the home? What is not there wx-image says. */
static void
check_rootfs(const struct plan *p, const char *path)
{
	char *real = realpath(path, NULL);
	size_t i;

	if (real == NULL)
		return;
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
	size_t i;

	if (pull && !p->engine->detached)
		errx(WX_CHAIN, "engine '%s' pulls no image: leave --pull out",
		    p->engine->name);
	if (!p->engine->needs_image)
		return;
	kind = wx_image_parse(p->image, &path);
	if (kind == WX_IMAGE_NAME)
		return;
	if (!p->engine->detached)
		errx(WX_CHAIN, "engine '%s' takes no image but by its name, not '%s'",
		    p->engine->name, escaped(p->image));
	if (pull)
		errx(WX_CHAIN, "only a name can be pulled, not '%s': leave --pull out",
		    escaped(p->image));
	for (i = 0; i < p->mounts.n; i++)
		if (p->mounts.v[i].kind == MOUNT_RW && path_inside(path, p->mounts.v[i].src))
			errx(WX_CHAIN, "image '%s' lies in '%s', where the sandbox can write it: "
			    "move it", escaped(p->image), escaped(p->mounts.v[i].src));
	if (kind == WX_IMAGE_ROOTFS)
		check_rootfs(p, path);
}

/* The line that wx-image printed to FD, which is closed. The caller owns it. */
static char *
name_of(int fd)
{
	char buf[NAME_MAX_LEN];
	ssize_t n = pread(fd, buf, sizeof(buf) - 1, 0);

	(void)close(fd);
	if (n < 2 || buf[n - 1] != '\n')
		errx(WX_CHAIN, "wx-image does not say what the image is called");
	buf[n - 1] = '\0';
	return xstrdup(buf);
}

char *
image_ready(const struct plan *p, bool pull)
{
	const char *rest;
	enum wx_image kind = wx_image_parse(p->image, &rest);
	char *program = program_beside("wx-image");
	const char *const argv[] = { program, "-u", p->run_dir, pull ? "-p" : "--", pull ? "--" : p->image,
	    pull ? p->image : NULL, NULL };
	int out, status;

	if (kind == WX_IMAGE_NAME && !pull)
		return xstrdup(p->image);
	if (program == NULL)
		errx(WX_CHAIN, "wx-image, which has images ready, is neither beside wx-run nor on PATH");
	state_make(p);
	task_begin();
	out = task_file();
	status = task_wait(task_start(argv, environ, "/", -1, out, STDERR_FILENO));
	task_end();
	free(program);
	if (WIFSIGNALED(status))
		errx(WX_CHAIN, "wx-image was killed");
	if (status != 0)   /* it has said why */
		exit(WX_CHAIN);
	return kind == WX_IMAGE_ROOTFS ? xstrdup(p->image) : name_of(out);
}
