/* SPDX-License-Identifier: MIT */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdio.h>

#include "forge/forge.h"

/*
 * One line: the key K, of REPO (NULL: a signing key) on HOST, as a JSON object
 * in ASCII. K may lack an id (0), and does before it is there. Errors stay in FP.
 */
void output_key(FILE *fp, const struct key *k, const char *repo, const char *host, const char *action);

#endif
