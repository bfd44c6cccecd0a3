/* SPDX-License-Identifier: MIT */
#ifndef JOIN_H
#define JOIN_H

#include <stdbool.h>

#include "plan/plan.h"

/*
 * What a run has for a command that joins it: a file in memory of words, each behind its length. The first is
 * the directory in which the run's command began; the others go to the new process as they are (init.h): the
 * filter, where the engine has set none, and the variables, but for the secrets, which the run's command alone got.
 */

/* Such a file of P's, sealed, or -1 with errno. */
int  join_offer(const struct plan *p);

/*
 * By who wants the command: to SOCK, all that comes before it is there, of P the command and, if not NULL, the
 * directory (SUB, absolute); of WORDS its own. IGNORED, STDIO: init.h. False: the run is gone.
 */
bool join_command(const struct plan *p, int sock, int words, unsigned long ignored, const char *stdio);

/* Then, when it waits for them: the rest of WORDS, and P's variables, which come last. False with errno. */
bool join_words(const struct plan *p, int words, int sock);

#endif
