/* SPDX-License-Identifier: MIT */
#include "kind.h"

#include <fcntl.h>
#include <limits.h>
#include <strings.h>
#include <unistd.h>

#include "libcommon/fileio.h"
#include "libcommon/gitconfig.h"

#define CONFIG_MAX (1 << 20)

/* What is looked for in a configuration. */
struct look {
	const char *host;
	char kind[64];
};

static void
take(const char *section, const char *subsection, const char *key, const char *value, void *user)
{
	struct look *l = user;

	if (strcmp(section, "wrapix") == 0 && strcasecmp(subsection, l->host) == 0 && strcmp(key, "forge") == 0)
		(void)snprintf(l->kind, sizeof(l->kind), "%s", value);
}

/* The file PATH, if it can be read. */
static void
look_in(const char *path, struct look *l)
{
	static char text[CONFIG_MAX + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t n;

	if (fd == -1)
		return;
	n = wx_read_all(fd, text, CONFIG_MAX);
	(void)close(fd);
	if (n == -1)
		return;
	text[n] = '\0';
	(void)wx_gitconfig_read(text, (size_t)n, take, l);
}

/* The user's own configuration of git, of which a later file counts; no project's is read. */
static void
look_up(struct look *l)
{
	const char *global = getenv("GIT_CONFIG_GLOBAL"), *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char path[PATH_MAX];

	if (global != NULL && *global != '\0') {
		look_in(global, l);
		return;
	}
	if (xdg != NULL && *xdg != '\0') {
		(void)snprintf(path, sizeof(path), "%s/git/config", xdg);
		look_in(path, l);
	} else if (home != NULL) {
		(void)snprintf(path, sizeof(path), "%s/.config/git/config", home);
		look_in(path, l);
	}
	if (home != NULL) {
		(void)snprintf(path, sizeof(path), "%s/.gitconfig", home);
		look_in(path, l);
	}
}

static const struct forge *
row_of(const char *kind, const char **why)
{
	static char text[256];
	const struct forge *f = forge_of_kind(kind);

	if (f != NULL)
		return f;
	(void)snprintf(text, sizeof(text), "its kind '%.40s' is none of %s", kind, forge_kinds());
	*why = text;
	return NULL;
}

const char *
kind_set_host(struct host *h, const char *host, const char *kind, bool *sure)
{
	static char other[128];
	struct look l = { .host = host };
	const struct forge *by_name, *f = NULL;
	const char *why = NULL, *name_why, *end;
	char web[HOST_NAME + 1];
	size_t i;

	if (kind != NULL && (f = row_of(kind, &why)) == NULL)
		return why;
	if (host == NULL)
		host = f == NULL ? "github.com" : f->home;
	if (host == NULL)
		return "give its host with -H";
	end = strchr(host, ':');
	(void)snprintf(web, sizeof(web), "%.*s", end != NULL ? (int)(end - host) : -1, host);
	for (i = 0; web[i] != '\0'; i++)
		if (web[i] >= 'A' && web[i] <= 'Z')
			web[i] = (char)(web[i] - 'A' + 'a');
	by_name = forge_of_host(web, &name_why);
	l.host = host;
	if (f == NULL && by_name == NULL)
		look_up(&l);
	if (f == NULL && l.kind[0] != '\0' && (f = row_of(l.kind, &why)) == NULL)
		return why;
	/* What everybody knows cannot be said otherwise. */
	if (by_name != NULL && f != NULL && f != by_name) {
		(void)snprintf(other, sizeof(other), "it is of kind %s", by_name->kind);
		return other;
	}
	*sure = f != NULL || (by_name != NULL && by_name->home != NULL && strcmp(by_name->home, web) == 0);
	if (f == NULL)
		f = by_name;
	if (f == NULL && name_why != NULL)
		return name_why;
	return host_set(h, f != NULL ? f : forge_of_kind("github"), host);
}

void
kind_print(FILE *fp, const struct host *h, bool sure)
{
	const struct forge *f = h->forge;

	(void)fprintf(fp, "%s\t%s\tread%s%s%s\n", f->kind, sure ? "known" : "assumed", f->only_reads ? "" : " write",
	    f->signing_list != NULL ? " sign" : "", f->expires ? " expire" : "");
}
