/* SPDX-License-Identifier: MIT */
#ifndef AGENT_H
#define AGENT_H

#include <stdbool.h>

#include "guard/guard.h"
#include "plan/plan.h"
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

/*
 * Mount what of the user's own the agent is to read (agent.share), read-only over its state: a file or a directory
 * each, and what the links in the top of such a directory lead to. It must lie in HOME by way of nothing in the project;
 * what does not is left out, with a line, and so is in silence what is not there. The states must be in the plan.
 */
void share_add(const struct request *r, struct plan *p);

/*
 * Where the agent is told by a file (R->agent.told): that one among P's mounts, "told", with what the user's own has, if
 * that is shared; tell.h puts the words before that.
 */
void share_told(const struct request *r, struct plan *p);

/* Where the profile's agent is run, and takes words on top of its own: tell it where it
 * is, and what the caller wants it to know. */
void  tell_agent(const struct request *r, struct plan *p, const struct guards *g);

#define POLICY_PATH "/run/wrapix/policy"

/* The file POLICY_PATH, appended to the mounts of P: says in words what P and G make of the sandbox. Before
 * guard_mounts. */
void policy_add(struct plan *p, const struct guards *g);

#endif
