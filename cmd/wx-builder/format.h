/* SPDX-License-Identifier: MIT */
#ifndef FORMAT_H
#define FORMAT_H

#include <stddef.h>

/* As asprintf(3), into the CAP bytes at OUT; ends the program where they are too few. */
void format_into(char *out, size_t cap, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
