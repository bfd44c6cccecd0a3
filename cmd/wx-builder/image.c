/* SPDX-License-Identifier: MIT */
#include "image.h"

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builder.h"
#include "child.h"
#include "engine.h"
#include "want.h"

#include "libcommon/exitcode.h"
#include "libcommon/tool/exit.h"
#include "libcommon/tool/strv.h"

bool
image_is_archive(const char *image)
{
	return strncmp(image, "docker-archive:", 15) == 0 || strncmp(image, "oci-archive:", 12) == 0;
}

/* "Loaded image: NAME", or of several the last; of old ones with an "(s)". */
static char *
loaded(char *out)
{
	static const char *const words[] = { "Loaded image: ", "Loaded image(s): " };
	char *p, *found = NULL;
	size_t i;

	for (i = 0; i < 2; i++)
		for (p = out; (p = strstr(p, words[i])) != NULL; p += strlen(words[i]))
			found = p + strlen(words[i]);
	return found == NULL ? NULL : xprintf("%.*s", (int)strcspn(found, "\n,"), found);
}

/* podman 4.3 does not load what is compressed: FD becomes the output of gzip. */
static int
unpacked(int fd, const char *file, struct child *c)
{
	char *gzip;
	unsigned char magic[2] = { 0, 0 };
	const char *argv[] = { NULL, "-dc", NULL };

	if (pread(fd, magic, 2, 0) != 2 || magic[0] != 0x1f || magic[1] != 0x8b)
		return fd;
	gzip = builder_which("gzip");
	if (gzip == NULL)
		errx(exit_code(WX_FAIL), "cannot unpack '%s': there is no gzip on PATH", file);
	argv[0] = gzip;
	child_start(c, argv, fd);
	(void)close(fd);
	return -1;
}

/* What was loaded has taken the name that start looks for: it goes back to the image ID, if there was one. */
static void
put_back(bool had, const char *id)
{
	const char *const tag[] = { "tag", id, DEFAULT_IMAGE, NULL };
	const char *const untag[] = { "untag", DEFAULT_IMAGE, NULL };
	char said[512];

	(void)engine_ask(had ? tag : untag, -1, NULL, 0, said, sizeof(said));
}

char *
image_load(const char *image)
{
	const char *file = strchr(image, ':') + 1;
	const char *const argv[] = { "load", NULL };
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct child gzip = { .pid = -1 };
	struct image_look old, i;
	char out[4096], said[512], *name;
	bool had;

	if (strcmp(engine_name(), "podman") != 0)
		errx(exit_code(WX_FAIL), "engine 'container' loads no archive: container image load --input %s", file);
	if (fd == -1)
		err(exit_code(WX_FAIL), "cannot open image archive '%s'", file);
	fd = unpacked(fd, file, &gzip);
	if (fd == -1) {
		fd = fcntl(gzip.out, F_DUPFD_CLOEXEC, 3);
		if (child_finish(&gzip, NULL, 0, said, sizeof(said)) != 0 || lseek(fd, 0, SEEK_SET) == -1)
			errx(exit_code(WX_FAIL), "cannot unpack '%s': %s", file, said);
	}
	had = engine_look_image(DEFAULT_IMAGE, &old);
	if (engine_ask(argv, fd, out, sizeof(out), said, sizeof(said)) != 0)
		errx(exit_code(WX_FAIL), "cannot load '%s': podman: %s", file, said);
	(void)close(fd);
	name = loaded(out);
	if (name == NULL)
		errx(exit_code(WX_FAIL), "cannot load '%s': podman does not say what it is", file);
	if (!engine_look_image(name, &i) || !i.ours) {
		put_back(had, old.id);
		errx(exit_code(WX_FAIL), "refusing '%s': it is no image of a builder (no label wrapix.builder=1)", file);
	}
	return name;
}

void
image_tag(const char *name)
{
	const char *const words[] = { "tag", name, DEFAULT_IMAGE, NULL };
	char said[512];

	if (strcmp(name, DEFAULT_IMAGE) != 0 && engine_ask(words, -1, NULL, 0, said, sizeof(said)) != 0)
		errx(exit_code(WX_FAIL), "cannot name image '%s': podman: %s", name, said);
}
