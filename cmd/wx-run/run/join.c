/* SPDX-License-Identifier: MIT */
#include "join.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inside/inside.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"

static bool
put(int fd, const void *data, uint32_t len)
{
	return wx_write_all(fd, &len, sizeof(len)) == 0 && wx_write_all(fd, data, len) == 0;
}

/* KIND, then LEN bytes of DATA: a word of init.h. */
static bool
put_word(int fd, char kind, const void *data, size_t len)
{
	char *word = malloc(len + 1);
	bool ok = word != NULL && len < WORD_MAX;

	if (ok) {
		word[0] = kind;
		memcpy(word + 1, data, len);
		ok = put(fd, word, (uint32_t)len + 1);
	}
	free(word);
	return ok;
}

static bool
put_all(int fd, const struct plan *p)
{
	char *cwd = xprintf("%s%s%s", p->at, p->sub == NULL ? "" : "/", p->sub == NULL ? "" : p->sub), *line;
	bool ok = put(fd, cwd, (uint32_t)strlen(cwd) + 1);
	const void *filter;
	size_t len, i;

	/* An engine sets PWD for the run's own, if any does. */
	line = xprintf("PWD=%s", cwd);
	ok = ok && put_word(fd, WORD_VARIABLE, line, strlen(line) + 1);
	free(line);
	free(cwd);
	/* bwrap's is in force where the new process comes from. */
	filter = seccomp_filter(&len);
	if (ok && p->engine->detached)
		ok = put_word(fd, WORD_FILTER, filter, len);
	for (i = 0; ok && i < p->env.n; i++) {
		line = xprintf("%s=%s", p->env.v[i].name, p->env.v[i].value);
		ok = put_word(fd, WORD_VARIABLE, line, strlen(line) + 1);
		free(line);
	}
	return ok;
}

int
join_offer(const struct plan *p)
{
	int fd = memfd_create("wx-run", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd != -1 && put_all(fd, p) && lseek(fd, 0, SEEK_SET) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0)
		return fd;
	if (fd != -1)
		(void)close(fd);
	return -1;
}

/* The next word of WORDS, ended by NUL, of *LEN bytes without that; NULL after the last. */
static char *
next_word(int words, size_t *len)
{
	static char buf[WORD_MAX + 1];
	uint32_t n = 0;

	if (read(words, &n, sizeof(n)) != (ssize_t)sizeof(n) || n > WORD_MAX ||
	    read(words, buf, n) != (ssize_t)n)
		return NULL;
	buf[n] = '\0';
	*len = n;
	return buf;
}

static bool
say(int sock, const char *data, size_t len)
{
	return send(sock, data, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool
argument(int sock, const char *text)
{
	char *word = xprintf("%c%s", WORD_ARGUMENT, text);
	size_t len = strlen(word);
	bool ok;

	if (len > WORD_MAX)
		errx(WX_NOEXEC, "an argument is too long");
	ok = say(sock, word, len);
	free(word);
	return ok;
}

bool
join_command(const struct plan *p, int sock, int words, unsigned long ignored, const char *stdio)
{
	static const char end = WORD_END;
	char *bits = xprintf("%lx", ignored), *cwd;
	size_t len, i;
	bool ok;

	cwd = next_word(words, &len);
	ok = cwd != NULL && argument(sock, "") && argument(sock, "") &&
	    argument(sock, p->sub == NULL ? cwd : p->sub) && argument(sock, bits) && argument(sock, stdio) &&
	    argument(sock, "");
	for (i = 0; ok && i < p->command.n; i++)
		ok = argument(sock, p->command.v[i]);
	free(bits);
	return ok && say(sock, &end, 1);
}

bool
join_words(const struct plan *p, int words, int sock)
{
	bool ok = true;
	char *word;
	size_t len, i;

	while (ok && (word = next_word(words, &len)) != NULL)
		ok = say(sock, word, len);
	for (i = 0; ok && i < p->env.n; i++) {
		word = xprintf("%c%s=%s", WORD_VARIABLE, p->env.v[i].name, p->env.v[i].value);
		len = strlen(word) + 1;
		if (len > WORD_MAX)
			errx(WX_NOEXEC, "the variable '%s' is too long", p->env.v[i].name);
		ok = say(sock, word, len);
		free(word);
	}
	return ok;
}
