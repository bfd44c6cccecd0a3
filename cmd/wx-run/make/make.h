/* SPDX-License-Identifier: MIT */
#ifndef MAKE_H
#define MAKE_H

#include "guard/guard.h"
#include "plan/plan.h"
#include "request/request.h"
#include "secret/secret.h"

/*
 * The plan of R, whole, into P, which says who works where; and what is guarded, G: every check is made, every path
 * resolved, the command found, the agent told. Dies with a line. Nothing changes the plan after that.
 *
 * BEGIN, unless it is NULL: it is for a run. That begins there, with the state of the project, before it is looked at what in
 * that is to be guarded; and the last of P which only a run has is settled.
 */
void make_plan(struct request *r, struct plan *p, struct guards *g, void (*begin)(const struct request *, struct plan *));

/* As much of a plan as it takes to bring commits home. */
void make_import(const struct request *r, struct plan *p);

/*
 * The routes that R asks for, into P->brokered, whose guest's word is there already. Where no secrets come (-B) only
 * the API of the agent is looked up, if its command is to name that. Dies with a line: secrets and no route, or a
 * route and none, a route whose file others could change, an engine or a network without a place for it.
 */
void broker_plan(const struct request *r, struct plan *p);

/* Its variables: how what is run inside finds each API. */
void broker_env(struct plan *p);

/* A guest's word: 32 hexadecimal digits, of the kernel's random. The caller owns it. */
char *broker_word(void);

/*
 * With --proxy-from-env: into P the variables of the host that name proxies, where the network is one that has them reached
 * (open, host), and those that name certificates of authorities, with the files. A proxy with a password is left to
 * proxyenv_secrets.
 */
void proxyenv_add(const struct request *r, struct plan *p);

/* Are there any with a password? Then S, which may be NULL, with them; the caller owns what is returned. */
struct secrets *proxyenv_secrets(const struct request *r, const struct plan *p, struct secrets *s);

/* Without it: a line that names those of the host that this run would want. */
void proxyenv_hint(const struct request *r, const struct plan *p);

/* Print a warning if the plan brings in an ssh-agent that is not behind the filter of wx-ssh-agent(1), with the number
 * of keys that it holds. */
void sshagent_warn(const struct plan *p);

#endif
