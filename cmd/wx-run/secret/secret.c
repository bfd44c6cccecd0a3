/* SPDX-License-Identifier: MIT */
#include "secret.h"

#include <sys/ioctl.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
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

static void
read_lines(struct secrets *s, const struct plan *p, int fd)
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

/* What others can read is no secret (as wx-token-env has it); a file without a
 * name, a here-document's or a memfd, is opened by nobody else. */
static void
check_source(int fd)
{
	struct stat st;
	mode_t may;

	if (fstat(fd, &st) == -1)
		err(WX_CHAIN, "cannot read secrets from descriptor %d", fd);
	if (isatty(fd) == 1)
		errx(WX_CHAIN, "refusing to read secrets from a terminal, which would show them; "
		    "pipe them in");
	may = st.st_uid == 0 ? S_IRWXU | S_IRGRP : S_IRWXU;
	if (S_ISREG(st.st_mode) && st.st_nlink > 0 && (st.st_mode & 0777 & ~may) != 0)
		errx(WX_CHAIN, "refusing secrets of descriptor %d: others have access to the file "
		    "(mode %04o); mend it with: chmod %s -- FILE", fd,
		    (unsigned)(st.st_mode & 07777), st.st_uid == 0 ? "g-wx,o=" : "go=");
}

/* A standard input that secrets came by is the terminal again, as with xargs -o, or nothing. */
static void
renew_input(void)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (tty == -1)
		tty = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (tty == -1 || dup2(tty, STDIN_FILENO) == -1)
		err(WX_CHAIN, "cannot open a new standard input");
	(void)close(tty);
}

struct secrets *
secret_take(const struct plan *p, int fd)
{
	struct secrets *s;

	if (fd == -1)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	check_source(fd);
	read_lines(s, p, fd);
	if (fd == STDIN_FILENO)
		renew_input();
	return s;
}

/* Wait for what FD is to give, as long as that takes, and leave it there. */
static void
wait_for(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int n = 0;

	while (poll(&pfd, 1, -1) == -1)
		if (errno != EINTR)
			err(WX_CHAIN, "cannot wait for secrets of descriptor %d", fd);
	if (ioctl(fd, FIONREAD, &n) == -1 || n == 0)
		errx(WX_CHAIN, "no secret on descriptor %d: the left side of the pipe said nothing", fd);
}

int
secret_keep(int fd)
{
	int kept;

	if (fd == -1)
		return -1;
	check_source(fd);
	wait_for(fd);
	kept = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (kept == -1)
		err(WX_CHAIN, "cannot keep descriptor %d", fd);
	if (fd == STDIN_FILENO)
		renew_input();
	else
		(void)close(fd);
	return kept;
}
