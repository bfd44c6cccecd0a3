/* SPDX-License-Identifier: MIT */
#ifndef WX_IMAGESPEC_H
#define WX_IMAGESPEC_H

enum wx_image { WX_IMAGE_BAD, WX_IMAGE_NAME, WX_IMAGE_DOCKER, WX_IMAGE_OCI, WX_IMAGE_ROOTFS };

/*
 * What SPEC stands for, by its words alone. *REST is what follows the kind in SPEC: a path or the name; with
 * WX_IMAGE_BAD what is wrong, to follow "'SPEC' ".
 */
enum wx_image wx_image_parse(const char *spec, const char **rest);

#endif
