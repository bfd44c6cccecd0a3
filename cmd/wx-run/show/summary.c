/* SPDX-License-Identifier: MIT */
#include "show.h"

#include <sys/stat.h>

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "guard/guard.h"
#include "libcommon/tool/text.h"
#include "libcommon/utf8.h"

/* In a line: project, engine, network, limits. The caller owns it. */
static char *
sandbox_line(const struct plan *p)
{
	uint64_t memory = p->limits.memory;
	char *text;
	size_t len;
	FILE *fp = text_open(&text, &len);
	char *project = escaped(p->project);

	(void)fprintf(fp, "%s, by %s, network %s", project, p->engine->name, net_name(p->net));
	if (p->net == NET_LISTED)
		(void)fprintf(fp, " (%zu)", p->listed.allow.n);
	(void)fputs(", ", fp);
	if (memory % (1ULL << 30) == 0)
		(void)fprintf(fp, "%" PRIu64 " GiB", memory >> 30);
	else
		(void)fprintf(fp, "%" PRIu64 " MiB", memory >> 20);
	(void)fprintf(fp, ", %" PRIu64 " processes", p->limits.pids);
	if (p->limits.seconds > 0)
		(void)fprintf(fp, ", %g s", p->limits.seconds);
	free(project);
	text_close(fp);
	return text;
}

char *
summary_read_only(const struct guards *g)
{
	struct strv fixed = { 0 };
	char *text;
	size_t len;
	FILE *fp = text_open(&text, &len);
	char *rel;
	size_t i;

	fixed_read_only(g, g->roots.v[0].host, &fixed);
	for (i = 0; i < fixed.n; i++) {
		rel = escaped(fixed.v[i]);
		(void)fprintf(fp, "%s%s", i == 0 ? "" : ", ", rel);
		free(rel);
	}
	if (fixed.n == 0)
		(void)fputs("nothing is there to be protected", fp);
	text_close(fp);
	return text;
}

static void
line(FILE *fp, const char *key, const char *value)
{
	char *text = escaped(value == NULL ? "-" : value);

	(void)fprintf(fp, "%s\t%s\n", key, text);
	free(text);
}

/* A path is for the script to open: as it is, but for what would do more than show itself. */
static void
path_line(FILE *fp, const char *key, const char *path)
{
	char *clean = wx_utf8_clean(xstrdup(path));

	if (strcmp(clean, path) == 0)
		(void)fprintf(fp, "%s\t%s\n", key, path);
	else
		line(fp, key, path);
	free(clean);
}

/* When a run last came or went, as RFC 3339 writes it: each makes and removes a file in
 * that folder. */
static void
last_run(FILE *fp, const struct plan *p)
{
	char when[32];
	struct stat st;
	struct tm tm;

	if (stat(p->run_dir, &st) == 0 && gmtime_r(&st.st_mtime, &tm) != NULL &&
	    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		line(fp, "last_run", when);
	else
		line(fp, "last_run", NULL);
}

/* Made for people, and safe to be shown. */
static void
about(FILE *fp, const char *key, char *text)
{
	(void)fprintf(fp, "%s\t%s\n", key, text);
	free(text);
}

static void
limits(FILE *fp, const struct limits *l)
{
	(void)fprintf(fp, "memory\t%" PRIu64 "\n", l->memory);
	(void)fprintf(fp, "pids\t%" PRIu64 "\n", l->pids);
	if (l->cpu_cgroup)
		(void)fprintf(fp, "cpus\t%" PRIu64 "\n", l->cpus);
	else
		line(fp, "cpus", NULL);
	if (l->seconds > 0)
		(void)fprintf(fp, "seconds\t%.3f\n", l->seconds);
	else
		line(fp, "seconds", NULL);
}

void
summary_write(FILE *fp, const struct request *r, const struct plan *p, const struct guards *g)
{
	const struct strv *names;
	const struct guard *gd;
	char *path, *inbox;
	size_t i;

	path_line(fp, "project", p->project);
	path_line(fp, "state", p->state);
	inbox = xprintf("%s/inbox", p->run_dir);
	path_line(fp, "inbox", inbox);
	free(inbox);
	last_run(fp, p);
	about(fp, "sandbox", sandbox_line(p));
	about(fp, "read_only", summary_read_only(g));
	line(fp, "engine", p->engine->name);
	line(fp, "image", p->image);
	line(fp, "network", net_name(p->net));
	limits(fp, &p->limits);
	line(fp, "command", p->command.v[0]);
	line(fp, "agent", r->agent.command.n > 0 ? r->agent.command.v[0] : NULL);
	line(fp, "token", r->agent.token);
	line(fp, "broker", r->agent.broker);
	line(fp, "otherwise", r->agent.otherwise);
	line(fp, "agent_state", r->agent.states.n == 0 ? NULL : r->agent.states.v[0]);
	for (i = 0; i < g->list.n; i++) {
		gd = &g->list.v[i];
		if (gd->kind != GUARD_RO)
			continue;
		path = xprintf("%s%s", g->roots.v[gd->root].label, gd->rel);
		line(fp, "protected", path);
		free(path);
	}
	for (i = 0; i < p->mounts.n; i++) {
		if (strcmp(p->mounts.v[i].why, "cache") == 0)
			path_line(fp, "cache", p->mounts.v[i].src);
		else if (strcmp(p->mounts.v[i].why, "share") == 0)
			path_line(fp, "share", p->mounts.v[i].dest);
	}
	for (i = 0; i < p->npublished; i++)
		(void)fprintf(fp, "published\t%u:%u\n", p->published[i].host, p->published[i].port);
	for (i = 0; i < p->left_out.n; i++)
		line(fp, "path_left_out", p->left_out.v[i]);
	names = p->net == NET_LISTED ? &p->listed.allow : &r->network_names;
	for (i = 0; i < names->n; i++)
		line(fp, "network_name", names->v[i]);
}
