/* SPDX-License-Identifier: MIT */
#ifndef GITNAMES_H
#define GITNAMES_H

#include "libcommon/tool/strv.h"

/*
 * What a configuration of git names that git runs, reads or sends to: TEXT, of LEN bytes and
 * a NUL behind, as one word each in OUT, as it stands behind a letter: 'h' core.hooksPath,
 * 'i' an include, 'r' a remote's URL, 'p' a word of a program's command line. False if it is
 * not of git's syntax; OUT then has what came before.
 */
bool gitnames(const char *text, size_t len, struct strv *out);

#endif
