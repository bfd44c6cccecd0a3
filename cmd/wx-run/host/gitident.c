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
#include "base/words.h"

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
	char *eq, *value, **at;

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
	if (at == NULL)
		return 0;
	value = trim(eq + 1);
	/* A comment, a quote, an expansion: git knows better. */
	if (*value == '\0' || strpbrk(value, "\"#;\\") != NULL)
		return -1;
	free(*at);
	*at = xstrdup(value);
	return 0;
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
