/* SPDX-License-Identifier: MIT */
#include "show.h"

#include <inttypes.h>
#include <stdlib.h>

#include "libcommon/json.h"

static void
string_or_null(FILE *fp, const char *s)
{
	if (s == NULL)
		(void)fputs("null", fp);
	else
		wx_json_string(fp, s);
}

static void
field(FILE *fp, const char *name, const char *value)
{
	(void)fprintf(fp, "  \"%s\": ", name);
	string_or_null(fp, value);
	(void)fputs(",\n", fp);
}

static void
list(FILE *fp, const struct strv *w)
{
	size_t i;

	(void)fputc('[', fp);
	for (i = 0; i < w->n; i++) {
		if (i > 0)
			(void)fputs(", ", fp);
		wx_json_string(fp, w->v[i]);
	}
	(void)fputc(']', fp);
}

static int
by_name(const void *a, const void *b)
{
	const struct env_var *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
environment(FILE *fp, const struct env *e)
{
	struct env_var *v = calloc(e->n + 1, sizeof(*v));
	size_t i;

	if (v == NULL || e->n == 0) {
		(void)fputs("  \"environment\": {},\n", fp);
		free(v);
		return;
	}
	memcpy(v, e->v, e->n * sizeof(*v));
	qsort(v, e->n, sizeof(*v), by_name);
	(void)fputs("  \"environment\": {", fp);
	for (i = 0; i < e->n; i++) {
		(void)fputs(i == 0 ? "\n    " : ",\n    ", fp);
		wx_json_string(fp, v[i].name);
		(void)fputs(": ", fp);
		string_or_null(fp, v[i].passed ? NULL : v[i].value);
	}
	(void)fputs("\n  },\n", fp);
	free(v);
}

static void
one_mount(FILE *fp, const struct mount *m)
{
	static const char *const kinds[] = { "ro", "rw", "tmpfs", "dir", "symlink", "file", "dev" };

	(void)fputs("{\"dest\": ", fp);
	wx_json_string(fp, m->dest);
	(void)fprintf(fp, ", \"kind\": \"%s\"", kinds[m->kind]);
	if (m->src != NULL) {
		(void)fputs(", \"source\": ", fp);
		wx_json_string(fp, m->src);
	}
	if (m->kind == MOUNT_TMPFS && m->size > 0)
		(void)fprintf(fp, ", \"size\": %" PRIu64, m->size);
	if (m->kind == MOUNT_FILE)
		(void)fprintf(fp, ", \"bytes\": %zu", m->len);
	(void)fprintf(fp, "%s, \"for\": \"%s\"}", m->optional ? ", \"optional\": true" : "", m->why);
}

static void
mounts(FILE *fp, const struct plan *p)
{
	size_t i;

	(void)fputs("  \"mounts\": [", fp);
	for (i = 0; i < p->mounts.n; i++) {
		(void)fputs(i == 0 ? "\n    " : ",\n    ", fp);
		one_mount(fp, &p->mounts.v[i]);
	}
	(void)fputs("\n  ],\n", fp);
}

static void
network(FILE *fp, const struct plan *p)
{
	(void)fprintf(fp, "  \"network\": {\"mode\": \"%s\", \"helper\": ", net_name(p->net));
	string_or_null(fp, helper_name(p->helper));
	(void)fputs(", \"dns_forward\": ", fp);
	string_or_null(fp, p->dns_forward);
	(void)fputs(",\n    \"names\": ", fp);
	listed_entries(fp, &p->listed.allow);
	(void)fputs(", \"deny\": ", fp);
	listed_entries(fp, &p->listed.deny);
	(void)fputs(", \"forward\": ", fp);
	listed_forwards(fp, &p->listed);
	(void)fprintf(fp, ", \"ask\": %u, \"parent\": ", p->listed.ask);
	string_or_null(fp, p->listed.parent);
	(void)fputs("},\n", fp);
}

static void
brokers(FILE *fp, const struct brokered *b)
{
	size_t i;

	(void)fputs("  \"brokers\": [", fp);
	for (i = 0; i < b->n; i++) {
		(void)fputs(i == 0 ? "{\"name\": " : ", {\"name\": ", fp);
		wx_json_string(fp, b->routes[i].name);
		(void)fputs(", \"file\": ", fp);
		wx_json_string(fp, b->routes[i].file);
		(void)fputs(", \"url\": ", fp);
		wx_json_string(fp, b->routes[i].url);
		(void)fputs(", \"upstream\": ", fp);
		wx_json_string(fp, b->routes[i].upstream);
		(void)fputc('}', fp);
	}
	(void)fputs("],\n", fp);
}

static void
published(FILE *fp, const struct plan *p)
{
	size_t i;

	for (i = 0; i < p->npublished; i++)
		(void)fprintf(fp, "%s{\"host\": %u, \"port\": %u}", i == 0 ? "  \"publish\": [" : ", ",
		    p->published[i].host, p->published[i].port);
	if (p->npublished > 0)
		(void)fputs("],\n", fp);
}

/* Who enforces it. */
static const char *
by(const struct plan *p, const char *other)
{
	return p->engine->machine ? "the virtual machine" : other;
}

static void
limits(FILE *fp, const struct plan *p)
{
	const struct limits *l = &p->limits;

	(void)fprintf(fp, "  \"limits\": {\n"
	    "    \"memory\": {\"bytes\": %" PRIu64 ", \"by\": \"%s\"},\n"
	    "    \"pids\": {\"count\": %" PRIu64 ", \"by\": \"RLIMIT_NPROC of the sandbox\"},\n",
	    l->memory, by(p, l->cgroup ? "cgroup of the sandbox" : "looks of the first process (no RLIMIT_DATA)"),
	    l->pids);
	(void)fprintf(fp, "    \"cpus\": {\"count\": %" PRIu64 ", \"by\": \"%s\"},\n", l->cpus,
	    by(p, l->cpu_cgroup ? "cgroup of the sandbox" : "nothing: no user systemd"));
	if (l->seconds > 0)
		(void)fprintf(fp, "    \"seconds\": %.3f,\n", l->seconds);
	else
		(void)fputs("    \"seconds\": null,\n", fp);
	(void)fprintf(fp, "    \"shm\": %" PRIu64 ",\n    \"core\": 0\n  },\n", p->shm_size);
}

void
planjson_write(FILE *fp, const struct plan *p)
{
	struct strv unenforced = { 0 };

	(void)fputs("{\n  \"version\": 1,\n", fp);
	field(fp, "engine", p->engine->name);
	if (p->image != NULL)
		field(fp, "image", p->image);
	if (p->store != NULL) {
		(void)fputs("  \"store_paths\": {\"file\": ", fp);
		wx_json_string(fp, p->store->file);
		(void)fprintf(fp, ", \"count\": %zu},\n", p->store->paths.n);
	}
	field(fp, "project", p->project);
	field(fp, "workdir", p->at);
	(void)fputs("  \"user\": {\"name\": ", fp);
	wx_json_string(fp, p->user);
	(void)fprintf(fp, ", \"uid\": %u, \"gid\": %u, \"home\": ", (unsigned)p->uid,
	    (unsigned)p->gid);
	wx_json_string(fp, p->home);
	(void)fputs(", \"git_name\": ", fp);
	string_or_null(fp, p->git.name);
	(void)fputs(", \"git_email\": ", fp);
	string_or_null(fp, p->git.email);
	(void)fputs("},\n  \"command\": ", fp);
	list(fp, &p->command);
	(void)fputs(",\n", fp);
	field(fp, "program", p->resolved);
	environment(fp, &p->env);
	(void)fprintf(fp, "  \"secrets\": {\"variables\": %s, \"files\": %s, \"way\": \"%s\"},\n",
	    p->env_secrets ? "true" : "false", p->file_secrets ? "true" : "false",
	    p->engine->machine ? "client's environment, staged folder" : "descriptor");
	field(fp, "ssh_agent", p->agent_sock);
	network(fp, p);
	brokers(fp, &p->brokered);
	published(fp, p);
	limits(fp, p);
	mounts(fp, p);
	(void)fputs("  \"protect\": ", fp);
	list(fp, &p->protect);
	(void)fputs(",\n  \"unprotect\": ", fp);
	list(fp, &p->unprotect);
	(void)fputs(",\n  \"hide\": ", fp);
	list(fp, &p->hide);
	if (p->engine->unenforced != NULL) {
		strv_addv(&unenforced, p->engine->unenforced);
		(void)fputs(",\n  \"unenforced\": ", fp);
		list(fp, &unenforced);
	}
	(void)fputs("\n}\n", fp);
}
