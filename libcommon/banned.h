/* SPDX-License-Identifier: MIT */
#ifndef WX_BANNED_H
#define WX_BANNED_H

/* The Makefile puts this first in every file; these names then do not compile. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets
#pragma GCC poison mktemp tmpnam atoi atol strtok system popen

#endif
