/* SPDX-License-Identifier: MIT */
#ifndef WX_TOOL_IMAGESPEC_H
#define WX_TOOL_IMAGESPEC_H

/*
 * SPEC (libcommon/imagespec.h) with its path made absolute, a leading "~/" by HOME. Dies with a line if it is bad. The
 * caller owns it.
 */
char *imagespec_absolute(const char *spec, const char *home);

#endif
