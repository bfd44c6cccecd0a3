/* SPDX-License-Identifier: MIT */
#include "agent.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard/guard.h"
#include "libcommon/tool/text.h"
#include "show/show.h"

#define NAMES_TOLD 40   /* hosts, to the agent */

static void
write_name(FILE *fp, const char *before, const char *entry)
{
	char *host = listed_host(entry), *text = escaped(host);

	(void)fprintf(fp, "%s%s", before, text);
	free(text);
	free(host);
}

/* What is reached, and that a refusal is meant. */
static void
write_listed(FILE *fp, const struct plan *p)
{
	const struct strv *w = &p->listed.allow;
	size_t i;

	(void)fputs(w->n == 0 ? " The network reaches no host." : " The network reaches these hosts only: ", fp);
	for (i = 0; i < w->n && i < NAMES_TOLD; i++)
		write_name(fp, i == 0 ? "" : ", ", w->v[i]);
	if (w->n > NAMES_TOLD)
		(void)fprintf(fp, " and %zu more", w->n - NAMES_TOLD);
	(void)fprintf(fp, "%s A refusal shows as the status 403 with a text, as the TLS alert \"access denied\", or as an ssh "
	    "disconnect that begins with \"wrapix:\". It is a decision and no fault: do not retry it, and try no mirror, "
	    "tunnel or -k. curl -s http://wrapix.internal/ says what is allowed and what was refused. If you need another "
	    "host, name it to the user and go on with what can be done.", w->n == 0 ? "" : ".");
}

static void
write_prompt(FILE *fp, const struct request *r, const struct plan *p, const struct guards *g)
{
	char *read_only = summary_read_only(g);
	size_t i;

	(void)fprintf(fp, "You work in a sandbox made by wrapix. The project is %s: only it can be "
	    "written and is kept; the home and /tmp are gone afterwards. Of the host you see the "
	    "programs, read-only.", p->at);
	if (p->net == NET_NONE)
		(void)fputs(" There is no network.", fp);
	else if (p->net == NET_OPEN)
		(void)fputs(" The network leads out, but not to this machine's own services.", fp);
	else if (p->net == NET_LISTED)
		write_listed(fp, p);
	for (i = 0; i < p->npublished; i++)
		(void)fprintf(fp, " The user reaches a server that you start at port %u at http://127.0.0.1:%u.",
		    p->published[i].port, p->published[i].host);
	for (i = 0; p->net != NET_LISTED && i < r->network_names.n; i++)
		write_name(fp, i == 0 ? " The work may want " : ", ", r->network_names.v[i]);
	(void)fprintf(fp, "%s Read-only in the project are %s. %s says more of it.%s%s",
	    i > 0 ? "." : "", read_only, POLICY_PATH, *r->agent_prompt == '\0' ? "" : " ", r->agent_prompt);
	free(read_only);
}

/*
 * Words at the beginning of what is run that are the agent: all of the profile's command,
 * or, where the user gave one, the profile's words before its first option. 0: another
 * program, or it is told by the user.
 */
static size_t
agent_words(const struct request *r)
{
	const struct strv *agent = &r->agent.command, *given = &r->command;
	size_t n, i;

	if (given->n == 0)
		return agent->n;
	if (*given->v[0] == '-') {
		for (i = 0; i < given->n; i++)
			if (strcmp(given->v[i], r->agent.prompt) == 0)
				return 0;
		return agent->n;
	}
	for (n = 0; n < agent->n && (n == 0 || *agent->v[n] != '-'); n++)
		if (n >= given->n || strcmp(given->v[n], agent->v[n]) != 0)
			return 0;
	for (i = n; i < given->n; i++)
		if (strcmp(given->v[i], r->agent.prompt) == 0)
			return 0;
	return n;
}

/* Before what the user has there. */
static void
tell_file(const struct request *r, struct plan *p, const struct guards *g)
{
	struct mount *m;
	size_t len, i;
	char *text;
	FILE *fp;

	for (i = 0; i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		if (strcmp(m->why, "told") != 0)
			continue;
		fp = text_open(&text, &len);
		write_prompt(fp, r, p, g);
		(void)fprintf(fp, "\n%s%s", m->len > 0 ? "\n" : "", m->content);
		free(m->content);
		text_close(fp);
		m->content = text;
		m->len = len;
	}
}

void
tell_agent(const struct request *r, struct plan *p, const struct guards *g)
{
	struct strv all = { 0 };
	size_t len, at, i;
	char *text;
	FILE *fp;

	tell_file(r, p, g);
	if (r->agent.prompt == NULL || r->agent_prompt == NULL || (at = agent_words(r)) == 0)
		return;
	fp = text_open(&text, &len);
	write_prompt(fp, r, p, g);
	/* Before what the user gave: after "--" it would be no option. */
	for (i = 0; i < at; i++)
		strv_add(&all, p->command.v[i]);
	strv_add(&all, r->agent.prompt);
	text_close(fp);
	strv_add(&all, text);
	for (; i < p->command.n; i++)
		strv_add(&all, p->command.v[i]);
	p->command = all;
	free(text);
}
