/* SPDX-License-Identifier: MIT */
#ifndef IMAGESPEC_H
#define IMAGESPEC_H

enum image { IMAGE_BAD, IMAGE_NAME, IMAGE_DOCKER, IMAGE_OCI, IMAGE_ROOTFS };

/*
 * What SPEC of option -i stands for, by its words alone. *REST is what follows the kind
 * in SPEC: a path or the name; with IMAGE_BAD what is wrong, to follow "'SPEC' ".
 */
enum image image_parse(const char *spec, const char **rest);

/* SPEC with its path made absolute, a leading "~/" by HOME. Dies with a line if it is
 * bad. The caller owns it. */
char *image_spec(const char *spec, const char *home);

#endif
