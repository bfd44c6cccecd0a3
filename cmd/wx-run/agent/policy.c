/* SPDX-License-Identifier: MIT */
#include "agent.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard/guard.h"
#include "libcommon/tool/text.h"
#include "show/show.h"

static void
item(FILE *fp, const char *path, const char *words)
{
	char *name = escaped(path);

	(void)fprintf(fp, "  %s%s%s\n", name, words == NULL ? "" : ": ", words == NULL ? "" : words);
	free(name);
}

static void
writable(FILE *fp, const struct plan *p)
{
	const struct mount *m;
	char *words;
	size_t i;

	(void)fputs("\nCan be written:\n", fp);
	for (i = 0; i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		if (m->kind == MOUNT_RW) {
			item(fp, m->dest, strcmp(m->why, "project") == 0 ? "the project: it is kept" : why_of_mount(p, m));
		} else if (m->kind == MOUNT_TMPFS && m->size > 0) {
			words = xprintf("%s; %" PRIu64 " MiB at the most", why_of_mount(p, m), m->size >> 20);
			item(fp, m->dest, words);
			free(words);
		}
	}
	(void)fputs("All else is read-only (EROFS), or not there.\n", fp);
}

static void
protected(FILE *fp, const struct plan *p, const struct guards *g)
{
	struct strv fixed = { 0 }, hidden = { 0 };
	char *rule;
	size_t i;

	fixed_read_only(g, p->project, &fixed);
	(void)fputs("\nProtected in the project, and read-only: the host acts upon them by itself:\n", fp);
	for (i = 0; i < fixed.n; i++) {
		rule = why_protected(p, fixed.v[i]);
		item(fp, fixed.v[i], rule);
		free(rule);
	}
	if (fixed.n == 0)
		(void)fputs("  nothing is there to be protected\n", fp);
	(void)fputs("What is made of such kinds inside is reported to the user, and so is a nested repository.\n", fp);
	fixed_hidden(g, p, &hidden);
	if (hidden.n > 0)
		(void)fputs("\nHidden in the project, and empty here:\n", fp);
	for (i = 0; i < hidden.n; i++)
		item(fp, hidden.v[i], NULL);
}

static void
shown_of_host(FILE *fp, const struct plan *p)
{
	const struct mount *m;
	size_t i;

	(void)fprintf(fp, "\nShown read-only:\n  %s\n", p->engine->needs_image ?
	    "the image" : "the programs of this machine: /usr and the like");
	for (i = 0; i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		if (m->kind == MOUNT_DEV)
			item(fp, m->dest, "a device of this machine, to be read and written");
		else if (m->kind == MOUNT_RO && (strcmp(m->why, "mount") == 0 || strcmp(m->why, "share") == 0 || strcmp(m->why, "inbox") == 0 ||
		    strcmp(m->why, "path") == 0))
			item(fp, m->dest, why_of_mount(p, m));
	}
}

/* Hosts by name: each entry, and each port of the host's. */
static void
listed(FILE *fp, const struct listed *l)
{
	char *host;
	size_t i;

	(void)fputs("listed: these hosts, by name, at port 443 where none is named, and nothing else; see http://wrapix.internal/\n", fp);
	for (i = 0; i < l->allow.n; i++) {
		host = escaped(l->allow.v[i]);
		(void)fprintf(fp, "    %s\n", host);
		free(host);
	}
	for (i = 0; i < l->deny.n; i++) {
		host = escaped(l->deny.v[i]);
		(void)fprintf(fp, "    refused, whatever is allowed: %s\n", host);
		free(host);
	}
	for (i = 0; i < l->nforwards; i++)
		(void)fprintf(fp, "    127.0.0.1:%u is a service of the host's\n", l->forwards[i].port);
}

static void
network(FILE *fp, const struct plan *p)
{
	size_t i;

	(void)fputs("\nNetwork:\n  ", fp);
	if (p->net == NET_NONE)
		(void)fputs("none: nothing can be reached, no name is resolved\n", fp);
	else if (p->net == NET_LISTED)
		listed(fp, &p->listed);
	else if (p->net == NET_HOST)
		(void)fputs("the host's own: all that this machine reaches, and its services on loopback\n", fp);
	else
		(void)fprintf(fp, "open: it leads out, and not to this machine's own services; nothing comes in%s\n",
		    p->npublished > 0 ? " but to what is published" : "");
	for (i = 0; i < p->brokered.n; i++)
		(void)fprintf(fp, "  %s is the API %s, with a login that is not in here; what may be asked of it is settled\n",
		    p->brokered.routes[i].url, p->brokered.routes[i].upstream);
	for (i = 0; i < p->npublished; i++)
		(void)fprintf(fp, "  published: a server at 127.0.0.1:%u here is reached on the host at 127.0.0.1:%u\n",
		    p->published[i].port, p->published[i].host);
	if (p->agent_sock != NULL)
		(void)fputs("  an ssh-agent signs for git over SSH, to hosts whose keys are known\n", fp);
}

static void
limits(FILE *fp, const struct plan *p)
{
	const struct limits *l = &p->limits;

	(void)fprintf(fp, "\nLimits:\n  memory: %" PRIu64 " MiB, of all processes together\n  processes: %" PRIu64 "\n",
	    l->memory >> 20, l->pids);
	if (l->cpu_cgroup)
		(void)fprintf(fp, "  processors: %" PRIu64 "\n", l->cpus);
	if (l->seconds > 0)
		(void)fprintf(fp, "  time: %g seconds\n", l->seconds);
}

void
policy_add(struct plan *p, const struct guards *g)
{
	char *text = NULL, *at = escaped(p->at);
	size_t len = 0;
	FILE *fp = text_open(&text, &len);

	(void)fprintf(fp, "A sandbox of wrapix for the project %s, by %s. What is here was settled before the command\n"
	    "began, and nothing inside changes it; the user can, for the next run (wx-run(1)).\n", at, p->engine->name);
	writable(fp, p);
	protected(fp, p, g);
	shown_of_host(fp, p);
	network(fp, p);
	limits(fp, p);
	text_close(fp);
	mount_file(&p->mounts, POLICY_PATH, 0444, text, len)->why = "policy";
	free(text);
	free(at);
}
