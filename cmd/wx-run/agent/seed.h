/* SPDX-License-Identifier: MIT */
#ifndef SEED_H
#define SEED_H

#include "request/request.h"

/*
 * Give the files of the agent's state what the profile wants to be in them (R->agent.seeds), so that it begins
 * to work and does not ask first: a member of an object that is not there is added, one that is there stays.
 * "{project}" stands for the project's path inside; a string with "{api}", for which the place of the agent's API
 * stands, is set whatever is there. The state is there (state_make); what is no JSON
 * object stays as it is. A file that cannot be written is said.
 */
void seed_apply(const struct request *r, const struct plan *p);

/* Is it the agent that is run: no command was given, or one that begins with '-', its arguments? */
bool seed_is_agent(const struct request *r);

/*
 * The agent's command as P's, with what --continue and --resume add; "{project}" as above, for "{api}" the place of the
 * agent's API (broker.h).
 */
void seed_command(const struct request *r, struct plan *p);

/* Does that, or a seed, have an "{api}"? */
bool seed_wants_api(const struct request *r);

/* TEXT with VALUE for each TOKEN. The caller owns it. */
char *seed_placed(const char *text, const char *token, const char *value);

#endif
