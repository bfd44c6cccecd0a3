/* SPDX-License-Identifier: MIT */
#include "gitfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "git/git.h"
#include "gitident.h"
#include "host/host.h"
#include "libcommon/envline.h"
#include "libcommon/fileio.h"
#include "libcommon/tool/path.h"
#include "libcommon/tool/text.h"

#define TEXT_MAX 65536

char *
gitfile_place(const struct plan *p, const char *name)
{
	const char *config = getenv("XDG_CONFIG_HOME");

	if (config != NULL && *config == '/')
		return xprintf("%s/git/%s", config, name);
	return xprintf("%s/.config/git/%s", p->host_home, name);
}

static void
put_value(FILE *fp, const char *key, const char *value)
{
	char *quoted;

	if (value == NULL || !wx_env_value_ok(value, strlen(value)))
		return;
	quoted = quote_git(value);
	(void)fprintf(fp, "\t%s = %s\n", key, quoted);
	free(quoted);
}

/* "section.key", or "section.subsection.key": git takes both in a section of its own. */
static void
put_setting(FILE *fp, const char *key, const char *value)
{
	const char *first = strchr(key, '.'), *last = strrchr(key, '.');
	char *sub, *quoted;

	if (first == last) {
		(void)fprintf(fp, "[%.*s]\n", (int)(first - key), key);
	} else {
		sub = xprintf("%.*s", (int)(last - first - 1), first + 1);
		quoted = quote_git(sub);
		(void)fprintf(fp, "[%.*s %s]\n", (int)(first - key), key, quoted);
		free(quoted);
		free(sub);
	}
	put_value(fp, last + 1, value);
}

/* The text of PATH as ~/.config/git/NAME. False: it is no file of the user's that can be read, or too long. */
static bool
carry(struct plan *p, const char *path, const char *name)
{
	char buf[TEXT_MAX], *full = strncmp(path, "~/", 2) == 0 ? xprintf("%s%s", p->host_home, path + 1) :
	    xstrdup(path), *real = path_apart(full, p->project), *dest;
	ssize_t n = real == NULL ? -1 : wx_read_text(AT_FDCWD, real, O_NOFOLLOW, buf, sizeof(buf));

	free(full);
	free(real);
	if (n == -1)
		return false;
	dest = xprintf("%s/.config/git/%s", p->home, name);
	mount_file(&p->mounts, dest, 0644, buf, (size_t)n);
	free(dest);
	return true;
}

/* What git has where nothing names one (gitignore(5), gitattributes(5)). */
static bool
carry_default(struct plan *p, const char *name)
{
	char *path = gitfile_place(p, name);
	bool ok = carry(p, path, name);

	free(path);
	return ok;
}

/* The last value of KEY, or NULL. */
static const char *
last_of(const struct gitident *g, const char *key)
{
	size_t n = strlen(key), i;

	for (i = g->how.n; i > 0; i--)
		if (strncmp(g->how.v[i - 1], key, n) == 0 && g->how.v[i - 1][n] == '=')
			return g->how.v[i - 1] + n + 1;
	return NULL;
}

static void
carry_named(FILE *fp, struct plan *p, const char *key, const char *name)
{
	const char *path = last_of(&p->git, key);
	bool is = path == NULL ? carry_default(p, name) : carry(p, path, name);
	char *there;

	/* There they are elsewhere (engine->files). */
	if (!is || p->engine->files == NULL)
		return;
	there = xprintf("%s/%s", p->engine->files, name);
	put_setting(fp, key, there);
	free(there);
}

static void
put_all(FILE *fp, struct plan *p)
{
	const char *template = last_of(&p->git, "commit.template");
	char *key;
	size_t i;

	if (p->git.name != NULL || p->git.email != NULL)
		(void)fputs("[user]\n", fp);
	put_value(fp, "name", p->git.name);
	put_value(fp, "email", p->git.email);
	for (i = 0; i < p->git.how.n; i++) {
		key = xprintf("%.*s", (int)strcspn(p->git.how.v[i], "="), p->git.how.v[i]);
		if (!gitident_names_text(key))
			put_setting(fp, key, p->git.how.v[i] + strlen(key) + 1);
		free(key);
	}
	if (template == NULL || !carry(p, template, "commit-template"))
		return;
	key = xprintf("%s/commit-template", p->engine->files == NULL ? "~/.config/git" : p->engine->files);
	put_setting(fp, "commit.template", key);
	free(key);
}

void
gitfile_add(struct plan *p)
{
	char *text = NULL, *dest;
	size_t len = 0;
	FILE *fp = text_open(&text, &len);

	put_all(fp, p);
	carry_named(fp, p, "core.excludesfile", "ignore");
	carry_named(fp, p, "core.attributesfile", "attributes");
	text_close(fp);
	if (len > 0) {
		dest = xprintf("%s/.gitconfig", p->home);
		mount_file(&p->mounts, dest, 0644, text, len);
		free(dest);
	}
	free(text);
}
