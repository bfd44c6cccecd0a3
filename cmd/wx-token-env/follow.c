/* SPDX-License-Identifier: MIT */
#include "follow.h"

#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "libcommon/proc.h"
#include "libcommon/sha256.h"
#include "libcommon/watch.h"

#define LOOK_MS   5000 /* where nothing tells that a file has changed */
#define SETTLE_MS 100  /* without a change, until a file is read that may just be written */
#define SETTLE_MAX 20  /* such times: others may write in the same directory without end */

/* What a process that has read the source says of it: not the secret. */
struct report {
	unsigned char hash[WX_SHA256_LEN];
	char          path[PATH_MAX]; /* "": it is no file */
};

/* Standard output that nobody reads any more. */
static bool
is_gone(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

/* In a child: print the line, if it is another than LAST was of; say so by OUT. */
static _Noreturn void
look(const struct want *w, char *line, struct token *t, size_t (*make)(const struct want *w, struct token *t),
    const struct report *last, int out)
{
	static struct report now;
	size_t len = make(w, t);
	int rc = 0;

	wx_sha256(line, len, now.hash);
	memcpy(now.path, t->path, sizeof(now.path));
	wx_wipe(t, sizeof(*t));
	line[len] = '\n';
	if (memcmp(now.hash, last->hash, sizeof(now.hash)) != 0)
		rc = wx_write_all(STDOUT_FILENO, line, len + 1);
	wx_wipe(line, len + 1);
	if (rc == -1)
		err(WX_FAIL, "cannot write to standard output");
	_exit(wx_write_all(out, &now, sizeof(now)) == 0 ? WX_OK : WX_FAIL);
}

/* Has the source been read? *LAST is of it then; else *STATUS is that of the process, which has said why, unless it is to be QUIET. */
static bool
read_source(const struct want *w, char *line, struct token *t, size_t (*make)(const struct want *w, struct token *t),
    struct report *last, bool quiet, int *status)
{
	struct report now;
	int p[2];
	ssize_t n;
	pid_t pid;

	if (wx_pipe(p) == -1 || (pid = fork()) == -1)
		err(WX_TEMP, "cannot start a process");
	if (pid == 0) {
		(void)close(p[0]);
		if (quiet && freopen("/dev/null", "w", stderr) == NULL)
			_exit(WX_FAIL);
		look(w, line, t, make, last, p[1]);
	}
	(void)close(p[1]);
	n = wx_read_all(p[0], &now, sizeof(now));
	(void)close(p[0]);
	while (waitpid(pid, status, 0) == -1 && errno == EINTR)
		;
	if (n != (ssize_t)sizeof(now))
		return false;
	*last = now;
	return true;
}

/* The folder of the file, and that of what it leads to. False: one cannot be watched. */
static bool
watch(int fd, const char *path)
{
	char copy[PATH_MAX], *real = realpath(path, NULL);
	bool ok;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	ok = fd != -1 && wx_watch_add(fd, dirname(copy)) == 0 && (real == NULL || wx_watch_add(fd, dirname(real)) == 0);
	free(real);
	return ok;
}

/* Until the source may be another; false: nobody reads any more. */
static bool
wait_for_change(int fd, bool watched)
{
	struct pollfd p[2] = { { .fd = STDOUT_FILENO }, { .fd = watched ? fd : -1, .events = POLLIN } };
	int n, i;

	do
		n = poll(p, 2, watched ? -1 : LOOK_MS);
	while (n == -1 && errno == EINTR);
	for (i = 0; n > 0 && p[0].revents == 0 && p[1].revents != 0 && i < SETTLE_MAX; i++) {
		wx_watch_clear(fd);
		p[1].revents = 0;
		(void)poll(p, 2, SETTLE_MS);
	}
	return !is_gone();
}

int
follow(const struct want *w, char *line, struct token *t, size_t (*make)(const struct want *w, struct token *t))
{
	static struct report last;
	int fd = wx_watch_open(), status = 0;
	bool watched, well = true;

	if (!read_source(w, line, t, make, &last, false, &status))
		return WIFEXITED(status) ? WEXITSTATUS(status) : is_gone() ? WX_OK : WX_FAIL;
	do {
		/* What changed while it was read is not missed: the watch stands first. */
		watched = last.path[0] != '\0' && watch(fd, last.path);
		well = read_source(w, line, t, make, &last, !well, &status);
	} while (wait_for_change(fd, watched));
	return WX_OK;
}
