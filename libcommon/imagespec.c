/* SPDX-License-Identifier: MIT */
#include "imagespec.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const struct {
	const char *word;
	enum wx_image  kind;
	const char *what;
} kinds[] = {
	{ "docker-archive:", WX_IMAGE_DOCKER, "names no file: say docker-archive:FILE" },
	{ "oci-archive:", WX_IMAGE_OCI, "names no file: say oci-archive:FILE" },
	{ "rootfs:", WX_IMAGE_ROOTFS, "names no folder: say rootfs:DIR" },
};
#define NKINDS (sizeof(kinds) / sizeof(*kinds))

/* Can NAME be an image's, and nothing else to podman: no option, no path? */
static bool
name_ok(const char *name)
{
	const char *c;

	if (!isalnum((unsigned char)*name) || strlen(name) > 512)
		return false;
	for (c = name; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr("._-/:@", *c) == NULL)
			return false;
	return strstr(name, "//") == NULL;
}

enum wx_image
wx_image_parse(const char *spec, const char **rest)
{
	/* podman's others (containers-transports(5)), which it would take for more than a name. */
	static const char *const others[] = { "atomic:", "containers-storage:", "dir:", "docker:",
	    "docker-daemon:", "oci:", "ostree:", "sif:", "tarball:", NULL };
	const char *const *o;
	size_t i;

	for (i = 0; i < NKINDS; i++) {
		if (strncmp(spec, kinds[i].word, strlen(kinds[i].word)) != 0)
			continue;
		*rest = spec + strlen(kinds[i].word);
		if (**rest != '\0')
			return kinds[i].kind;
		*rest = kinds[i].what;
		return WX_IMAGE_BAD;
	}
	*rest = "is no image that wx-run can take: say NAME, docker-archive:FILE, "
	    "oci-archive:FILE or rootfs:DIR";
	if (strstr(spec, ":/") != NULL)
		return WX_IMAGE_BAD;
	for (o = others; *o != NULL; o++)
		if (strncmp(spec, *o, strlen(*o)) == 0)
			return WX_IMAGE_BAD;
	*rest = "is no name of an image";
	if (!name_ok(spec))
		return WX_IMAGE_BAD;
	*rest = spec;
	return WX_IMAGE_NAME;
}
