/* SPDX-License-Identifier: MIT */
#ifndef WX_TOOL_OPTION_H
#define WX_TOOL_OPTION_H

#include <getopt.h>
#include <stddef.h>

/*
 * getopt_long(3) without an index. Where it meets a word that is no option, its message is followed by the
 * nearest word of OPTIONS, if one is near.
 */
int option_next(int argc, char *argv[], const char *letters, const struct option *options);

/*
 * The one of N NAMES that WORD is most likely meant to be: by letters left out, added, changed or swapped, a third of the
 * word at the most. NULL if none is near.
 */
const char *word_nearest(const char *word, const char *const names[], size_t n);

#endif
