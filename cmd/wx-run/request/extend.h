/* SPDX-License-Identifier: MIT */
#ifndef EXTEND_H
#define EXTEND_H

#include "request.h"

#define EXTEND_DEPTH 8   /* profiles of a chain */

/*
 * The file of the profile NAME, if it has no slash: the user's own of that name, one that came with us, a file here.
 * Dies with a line if there is none. The caller owns it.
 */
char *extend_find(const struct plan *p, const char *name);

/*
 * Read the JSON profile PATH into R where the options said nothing, then the profile that it extends where neither
 * did, and so on; see wrapix-profile(5). A profile is the user's word: one that the sandbox can write, in the
 * project of P, is refused, unless R trusts it. Dies with 125 and a line that names the file and the key.
 */
void extend_read(struct request *r, const struct plan *p, const char *path);

/* One profile, and no more. TEXT has PROFILE_MAX + 1 bytes for it; how many there are. Dies. */
size_t extend_text(const char *path, int fd, char *text);

#endif
