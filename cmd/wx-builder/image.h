/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_H
#define IMAGE_H

#include <stdbool.h>

/* Is IMAGE, as the user says it, an archive: "docker-archive:FILE", "oci-archive:FILE"? */
bool image_is_archive(const char *image);

/*
 * Bring an archive in; the name of the image in it, which the caller owns. Ends the program with a line if it is
 * none of a builder; then no name that an image had before is another's.
 */
char *image_load(const char *image);

/* Give the image NAME the name DEFAULT_IMAGE too. */
void  image_tag(const char *name);

#endif
