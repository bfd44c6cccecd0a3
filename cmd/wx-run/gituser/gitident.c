/* SPDX-License-Identifier: MIT */
/*
 * git itself takes a third of the time that bwrap needs to build the whole
 * sandbox. Most files say what we want in plain lines: those are read here, and
 * git is asked about every other (git-config(1), "Syntax").
 */
#include "gitident.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "libcommon/fileio.h"

#define CONFIG_MAX 65536

static char **
slot(struct gitident *g, const char *section, const char *key)
{
	if (strcasecmp(section, "user") == 0 && strcasecmp(key, "name") == 0)
		return &g->name;
	if (strcasecmp(section, "user") == 0 && strcasecmp(key, "email") == 0)
		return &g->email;
	if (strcasecmp(section, "core") == 0 && strcasecmp(key, "hookspath") == 0)
		return &g->hooks;
	return NULL;
}

bool
gitident_how(const char *key, const char *value)
{
	static const char *const exact[] = { "apply.whitespace", "branch.autosetupmerge", "branch.autosetuprebase",
		"branch.sort", "column.ui", "commit.cleanup", "commit.status", "commit.verbose", "core.abbrev", "core.autocrlf",
		"core.commentchar", "core.eol", "core.precomposeunicode", "core.quotepath", "core.safecrlf",
		"core.whitespace", "diff.algorithm", "diff.colormoved", "diff.context", "diff.indentheuristic",
		"diff.mnemonicprefix", "diff.noprefix", "diff.renamelimit", "diff.renames", "diff.submodule",
		"diff.wordregex", "fetch.prune", "fetch.prunetags", "format.pretty", "grep.linenumber", "grep.patterntype",
		"help.autocorrect", "i18n.commitencoding", "i18n.logoutputencoding", "init.defaultbranch", "log.abbrevcommit",
		"log.date", "log.decorate", "log.follow", "merge.conflictstyle", "merge.ff", "merge.renames", "merge.stat",
		"pull.ff", "pull.rebase", "push.autosetupremote", "push.default", "push.followtags", "rebase.abbreviatecommands",
		"rebase.autosquash", "rebase.autostash", "rebase.missingcommitscheck", "rebase.stat", "rebase.updaterefs",
		"rerere.autoupdate", "rerere.enabled", "stash.showpatch", "stash.showstat", "status.branch",
		"status.relativepaths", "status.short", "status.showstash", "status.showuntrackedfiles", "tag.sort",
		"transfer.fsckobjects", "user.useconfigonly", "versionsort.suffix", NULL };
	static const char *const heads[] = { "advice.", "color.", "pretty.", NULL };
	const char *const *s;

	for (s = exact; *s != NULL; s++)
		if (strcmp(key, *s) == 0)
			return true;
	for (s = heads; *s != NULL; s++)
		if (strncmp(key, *s, strlen(*s)) == 0)
			return true;
	if (strncmp(key, "alias.", 6) == 0)
		return *value != '!';
	return strcmp(key, "filter.lfs.required") == 0 ||
	    (strncmp(key, "filter.lfs.", 11) == 0 && strncmp(value, "git-lfs ", 8) == 0);
}

bool
gitident_names_text(const char *key)
{
	return strcmp(key, "core.excludesfile") == 0 || strcmp(key, "core.attributesfile") == 0 ||
	    strcmp(key, "commit.template") == 0;
}

static char *
trim(char *s)
{
	char *end;

	while (*s == ' ' || *s == '\t')
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

/* "[section]", alone on its line; "" for a subsection, whose keys are not ours. */
static int
section_line(char *line, char section[static 64])
{
	char *end = strchr(line, ']');
	size_t n;

	if (end == NULL || *trim(end + 1) != '\0')
		return -1;
	*end = '\0';
	n = strlen(line + 1);
	/* That of git-lfs is one of ours. */
	if (strncasecmp(line + 1, "filter", 6) == 0)
		return -1;
	if (strpbrk(line + 1, " \t\".") != NULL)
		n = 0;
	if (n > 63)
		return -1;
	memcpy(section, line + 1, n);
	section[n] = '\0';
	return 0;
}

static int
one_line(char *line, char section[static 64], struct gitident *out)
{
	char *eq, *value, **at, *key, *p;
	int rc = 0;

	line = trim(line);
	if (*line == '\0' || *line == '#' || *line == ';')
		return 0;
	if (*line == '[')
		return section_line(line, section);
	eq = strchr(line, '=');
	if (eq == NULL)
		return -1;
	*eq = '\0';
	at = slot(out, section, trim(line));
	key = xprintf("%s.%s", section, trim(line));
	for (p = key; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	value = trim(eq + 1);
	if (at != NULL || gitident_names_text(key) || gitident_how(key, value))
		/* A comment, a quote, an expansion: git knows better. */
		rc = *value == '\0' || strpbrk(value, "\"#;\\") != NULL ? -1 : 1;
	if (rc == 1 && at != NULL) {
		free(*at);
		*at = xstrdup(value);
	} else if (rc == 1) {
		strv_addf(&out->how, "%s=%s", key, value);
	}
	free(key);
	return rc == -1 ? -1 : 0;
}

int
gitident_parse(const char *text, size_t len, struct gitident *out)
{
	char *copy, *line, *next, section[64] = "";
	int rc = 0;

	/* A backslash may continue a line, and a line may be an include. */
	if (memchr(text, '\0', len) != NULL || memchr(text, '\\', len) != NULL)
		return -1;
	copy = xprintf("%.*s", (int)len, text);
	if (strcasestr(copy, "include") != NULL)
		rc = -1;
	for (line = copy; rc == 0 && *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next != '\0')
			*next++ = '\0';
		rc = one_line(line, section, out);
	}
	free(copy);
	return rc;
}

int
gitident_read(const char *path, struct gitident *out)
{
	char buf[CONFIG_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n;

	if (fd == -1)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	n = wx_read_all(fd, buf, sizeof(buf));
	(void)close(fd);
	return n == -1 ? -1 : gitident_parse(buf, (size_t)n, out);
}
