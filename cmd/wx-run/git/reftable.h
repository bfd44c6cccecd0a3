/* SPDX-License-Identifier: MIT */
#ifndef REFTABLE_H
#define REFTABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "libcommon/tool/strv.h"

/*
 * A repository whose refs are a reftable (git init --ref-format=reftable): binary tables that only git
 * reads. The run's own git directory has them as files, so that an older git works in it as well; the
 * host's stay as they are, and git itself moves them. DIR is a git directory of the host's: of a
 * repository, or of one linked work tree.
 */
bool reftable_in(const char *dir);

/* What the file HEAD of DIR says, or would say if the refs were files: "ref: NAME", or an object. NULL:
 * there is none, or git cannot tell. The caller owns it. PROGRAM is git's path. */
char *reftable_head(const char *program, const char *dir);

/*
 * All refs of DIR as the text of a packed-refs file, *TEXT of *LEN bytes, the caller's; of a linked work tree
 * none but its own are kept (gitrepository-layout(5)). The names of symbolic refs, and of refs that
 * lie beside "refs" (ORIG_HEAD, CHERRY_PICK_HEAD; but HEAD), are appended to LOOSE, each followed by what its
 * file would say. refs/wrapix is left out. False: git cannot read them; WRONG says why.
 */
bool reftable_refs(const char *program, const char *dir, bool linked, char **text, size_t *len,
    struct strv *loose, char wrong[static 512]);

/* The reflog of the stash, as the file logs/refs/stash; NULL if there is none. The caller owns it. */
char *reftable_stash(const char *program, const char *dir);

/* Remove the root ref NAME of DIR, if it is there. True if it was. */
bool reftable_drop(const char *program, const char *dir, const char *name);

#endif
