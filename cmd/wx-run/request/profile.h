/* SPDX-License-Identifier: MIT */
#ifndef PROFILE_H
#define PROFILE_H

#include "request.h"

#define PROFILE_MAX   262144  /* bytes of a profile */
#define PROFILE_DEPTH 8       /* of nesting; the schema needs 3 */
#define PROFILE_ITEMS 1024    /* of one list */

/*
 * Read the JSON profile PATH into R where the options said nothing; see
 * wrapix-profile(5). Dies with 125 and a line that names the file and the key.
 */
void profile_read(struct request *r, const char *path);

/*
 * The same of LEN bytes of TEXT. NULL, or what is wrong with it (static or
 * owned by the caller; for messages and the fuzzer).
 */
const char *profile_parse(struct request *r, const char *text, size_t len);

#endif
