/* SPDX-License-Identifier: MIT */
#include "secrets.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"

const char env_name_wrong[] = "not a name of a variable, or one that the loader obeys";

bool
env_name_allowed(const char *name, size_t len)
{
	return wx_env_name_ok(name, len) && strncmp(name, "LD_", 3) != 0 &&
	    strncmp(name, "GLIBC_TUNABLES", 14) != 0;
}

static void
check_line(const struct secrets *s, const struct plan *p, char *line, size_t number)
{
	char *eq = strchr(line, '='), *name;
	size_t len = eq == NULL ? 0 : (size_t)(eq - line), i;

	if (eq == NULL || !env_name_allowed(line, len))
		errx(WX_CHAIN, "line %zu of the secrets is not NAME=value", number);
	name = strndup(line, len);
	if (name == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	if (!wx_env_value_ok(eq + 1, strlen(eq + 1)))
		errx(WX_CHAIN, "secret '%s' is empty or not one printable line (%zu bytes)",
		    name, strlen(eq + 1));
	if (env_get(&p->env, name) != NULL)
		errx(WX_CHAIN, "secret '%s' has the name of a variable of the sandbox", name);
	for (i = 0; i < s->n; i++)
		if (strncmp(s->line[i], line, len + 1) == 0)
			errx(WX_CHAIN, "secret '%s' stands twice", name);
	free(name);
}

void
secrets_read(struct secrets *s, const struct plan *p, int fd)
{
	ssize_t n = wx_read_all(fd, s->buf, WX_SECRET_MAX);
	char *line, *end;
	size_t number = 0;

	if (n == -1 && errno == EMSGSIZE)
		errx(WX_CHAIN, "secrets from descriptor %d are longer than %d bytes", fd,
		    WX_SECRET_MAX);
	if (n == -1)
		err(WX_CHAIN, "cannot read secrets from descriptor %d", fd);
	if (fd > STDERR_FILENO)
		(void)close(fd);
	s->buf[n] = '\0';
	if (memchr(s->buf, '\0', (size_t)n) != NULL)
		errx(WX_CHAIN, "secrets from descriptor %d hold a NUL", fd);
	s->n = 0;
	for (line = s->buf; *line != '\0'; line = end) {
		end = line + strcspn(line, "\n");
		if (*end != '\0')
			*end++ = '\0';
		number++;
		check_line(s, p, line, number);
		if (s->n == SECRETS_COUNT)
			errx(WX_CHAIN, "more than %d secrets", SECRETS_COUNT);
		s->line[s->n++] = line;
	}
	s->used = (size_t)n + 1;
	if (s->n == 0)
		errx(WX_CHAIN, "no secret on descriptor %d: the left side of the pipe "
		    "said nothing", fd);
}

void
secrets_add(struct secrets *s, const struct plan *p, const char *name, const char *value)
{
	size_t room = sizeof(s->buf) - s->used;
	char *line = s->buf + s->used;
	int n = snprintf(line, room, "%s=%s", name, value);

	if (n < 0 || (size_t)n >= room || s->n == SECRETS_COUNT)
		errx(WX_CHAIN, "no room for the secret '%s'", name);
	check_line(s, p, line, s->n + 1);
	s->line[s->n++] = line;
	s->used += (size_t)n + 1;
}
