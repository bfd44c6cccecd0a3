/* SPDX-License-Identifier: MIT */
/* libcommon/imagespec.h: what is a name, what an archive, what a directory, and what podman would take for more. */
#include "libcommon/imagespec.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int n, bad;

static void
is(const char *spec, enum wx_image want, const char *rest)
{
	const char *got;
	enum wx_image kind = wx_image_parse(spec, &got);
	bool cond = kind == want && strcmp(got, rest) == 0;

	printf("%sok %d - '%s'\n", cond ? "" : "not ", ++n, spec);
	bad |= !cond;
}

int
main(void)
{
	static const char *const others[] = { "docker://x", "dir:x", "oci:x", "oci:/x", "containers-storage:x", "foo:/x",
	    "docker-daemon:x:1", "sif:x", "tarball:x", "" };
	static const char *const names[] = { "debian:12", "localhost/a/b:1", "quay.io:5000/x@sha256:ab", "A", "" };
	static const char *const bad_names[] = { "--rm", "-", "a b", "a//b", "a;b", ".x", "" };
	char none[] = "is no image that wx-run can take: say NAME, docker-archive:FILE, oci-archive:FILE or rootfs:DIR";
	size_t i;

	is("docker-archive:a b", WX_IMAGE_DOCKER, "a b");
	is("oci-archive:/x:y", WX_IMAGE_OCI, "/x:y");
	is("rootfs:~/r", WX_IMAGE_ROOTFS, "~/r");
	is("docker-archive:", WX_IMAGE_BAD, "names no file: say docker-archive:FILE");
	is("oci-archive:", WX_IMAGE_BAD, "names no file: say oci-archive:FILE");
	is("rootfs:", WX_IMAGE_BAD, "names no folder: say rootfs:DIR");
	for (i = 0; *others[i] != '\0'; i++)
		is(others[i], WX_IMAGE_BAD, none);
	for (i = 0; *names[i] != '\0'; i++)
		is(names[i], WX_IMAGE_NAME, names[i]);
	for (i = 0; *bad_names[i] != '\0'; i++)
		is(bad_names[i], WX_IMAGE_BAD, "is no name of an image");
	printf("1..%d\n", n);
	return bad;
}
