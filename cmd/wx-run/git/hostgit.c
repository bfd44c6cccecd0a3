/* SPDX-License-Identifier: MIT */
#include "git.h"

#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "libcommon/osfile.h"
#include "libcommon/proc.h"
#include "libcommon/tool/strv.h"
#include "libcommon/utf8.h"

#define LOOK_MS 100   /* how often we look for a signal */

/* Seconds that what is not to be left half done may take: a file that a setting includes can be a pipe, on which
 * git waits for ever. After a signal; and to remove its locks. */
#define WHOLE_MAX  120
#define WHOLE_SOON 5
#define WHOLE_END  2

/* See githooks(5), git-config(1): what runs a program, and what reaches further. */
static const char *const settings[] = {
	"core.hooksPath=/dev/null", "core.fsmonitor=false", "core.alternateRefsCommand=exit 0; :",
	"core.pager=cat", "core.sshCommand=false", "gc.auto=0", "maintenance.auto=false",
	"gc.recentObjectsHook=", "protocol.allow=never", "protocol.file.allow=always",
	"fetch.fsckObjects=true", "transfer.fsckObjects=true", "fetch.recurseSubmodules=false",
	"submodule.recurse=false", "fetch.writeCommitGraph=false", "log.showSignature=false",
	"core.logAllRefUpdates=true", "core.quotePath=false", NULL
};

struct stream {
	int    fd;
	char  *buf;
	size_t len, cap, max;
	bool   cut;
};

int
hostgit_signal(void)
{
	static const int deadly[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t pending;
	size_t i;

	if (sigpending(&pending) == -1)
		return 0;
	for (i = 0; i < sizeof(deadly) / sizeof(*deadly); i++)
		if (sigismember(&pending, deadly[i]) == 1)
			return deadly[i];
	return 0;
}

static void
environment(const struct hostgit *g, struct strv *env)
{
	const char *path = getenv("PATH");

	strv_addf(env, "PATH=%s", path == NULL ? "/usr/local/bin:/usr/bin:/bin" : path);
	strv_add(env, "HOME=/nonexistent");
	strv_add(env, "LC_ALL=C");
	strv_add(env, "GIT_CONFIG_NOSYSTEM=1");
	strv_add(env, "GIT_CONFIG_GLOBAL=/dev/null");
	strv_add(env, "GIT_TERMINAL_PROMPT=0");
	strv_add(env, "GIT_NO_LAZY_FETCH=1");
	strv_add(env, "GIT_OPTIONAL_LOCKS=0");
	strv_addf(env, "GIT_DIR=%s", g->dir);
	strv_addf(env, "GIT_COMMITTER_NAME=%s", g->name == NULL ? "wrapix" : g->name);
	strv_addf(env, "GIT_COMMITTER_EMAIL=%s", g->email == NULL ? "wrapix@localhost" : g->email);
	if (g->objects != NULL)
		strv_addf(env, "GIT_OBJECT_DIRECTORY=%s", g->objects);
	if (g->borrowed != NULL)   /* in quotes: a colon in it would end it (git(1)) */
		strv_addf(env, "GIT_ALTERNATE_OBJECT_DIRECTORIES=%s", g->borrowed);
	if (g->tree != NULL)
		strv_addf(env, "GIT_WORK_TREE=%s", g->tree);
	if (getenv("XDG_RUNTIME_DIR") != NULL)   /* podman, if that serves the objects */
		strv_addf(env, "XDG_RUNTIME_DIR=%s", getenv("XDG_RUNTIME_DIR"));
	if (getenv("TMPDIR") != NULL)
		strv_addf(env, "TMPDIR=%s", getenv("TMPDIR"));
}

static void
arguments(const char *const argv[], struct strv *out)
{
	const char *const *s;

	strv_add(out, "git");
	for (s = settings; *s != NULL; s++) {
		strv_add(out, "-c");
		strv_add(out, *s);
	}
	strv_addv(out, argv);
}

/* In a process group of its own: ^C is for us to hear, and we end the whole group. */
static _Noreturn void
become(const struct hostgit *g, const struct strv *argv, const struct strv *env, const int fds[3])
{
	sigset_t none;
	int i, sig;

	for (i = 0; i < 3; i++)
		if (dup2(fds[i], i) == -1)
			_exit(WX_CHAIN);
	for (sig = 1; sig < 32; sig++)
		(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setpgid(0, 0);
	if (!g->whole)
		wx_proc_die_with_parent(SIGTERM);
	if (chdir("/") == 0)
		(void)execve(g->program, argv->v, env->v);
	_exit(WX_NOCMD);
}

static void
take(struct stream *s)
{
	char buf[16384];
	ssize_t n = read(s->fd, buf, sizeof(buf));
	size_t room = s->max - s->len;

	if (n == 0 || (n == -1 && errno != EINTR && errno != EAGAIN)) {
		(void)close(s->fd);
		s->fd = -1;
	}
	if (n <= 0)
		return;
	s->cut |= (size_t)n > room;
	if ((size_t)n > room)
		n = (ssize_t)room;
	while (s->cap < s->len + (size_t)n + 1)
		s->buf = xgrow(s->buf, &s->cap, 1);
	memcpy(s->buf + s->len, buf, (size_t)n);
	s->len += (size_t)n;
	s->buf[s->len] = '\0';
}

static void
give(int *fd, const char *in, size_t len, size_t *done)
{
	ssize_t n = *done < len ? write(*fd, in + *done, len - *done) : 0;

	if (n > 0)
		*done += (size_t)n;
	if (*done == len || (n == -1 && errno != EINTR && errno != EAGAIN)) {
		(void)close(*fd);
		*fd = -1;
	}
}

/* Is it to be ended now? *LIMIT is when a whole one is. */
static bool
is_over(const struct hostgit *g, double *limit)
{
	double now = wx_clock_seconds();

	if (!g->whole)
		return hostgit_signal() != 0 || (g->until > 0 && now > g->until);
	if (hostgit_signal() != 0 && *limit > now + WHOLE_SOON)
		*limit = now + WHOLE_SOON;
	return now > *limit;
}

/* Until it has closed its output. False: it was to be ended. */
static bool
attend(const struct hostgit *g, int to, const char *in, size_t len, struct stream *out, struct stream *errs)
{
	double limit = wx_clock_seconds() + WHOLE_MAX;
	struct pollfd pfd[3];
	size_t done = 0;

	while (out->fd != -1 || errs->fd != -1) {
		pfd[0] = (struct pollfd){ .fd = to, .events = POLLOUT };
		pfd[1] = (struct pollfd){ .fd = out->fd, .events = POLLIN };
		pfd[2] = (struct pollfd){ .fd = errs->fd, .events = POLLIN };
		(void)poll(pfd, 3, LOOK_MS);
		if (to != -1 && pfd[0].revents != 0)
			give(&to, in, len, &done);
		if (out->fd != -1 && pfd[1].revents != 0)
			take(out);
		if (errs->fd != -1 && pfd[2].revents != 0)
			take(errs);
		if (is_over(g, &limit))
			break;
	}
	if (to != -1)
		(void)close(to);
	return out->fd == -1 && errs->fd == -1;
}

/* Does the line say what is wrong, and not what may be done about it? */
static bool
says_why(const char *line)
{
	static const char *const heads[] = { "fatal: ", "error: ", "remote: ", "wx-run: ", NULL };
	const char *const *h;

	for (h = heads; *h != NULL; h++)
		if (strncmp(line, *h, strlen(*h)) == 0)
			return strcmp(line, "fatal: Could not read from remote repository.") != 0;
	return false;
}

/* The line that says why, the first of them, or the last that is not empty; without what does
 * not print. */
static void
last_line(const struct stream *s, char out[static 512])
{
	const char *p, *end, *best = "";
	size_t len = 0;
	char *text;

	for (p = s->buf == NULL ? "" : s->buf; *p != '\0'; p = *end == '\0' ? end : end + 1) {
		end = p + strcspn(p, "\n");
		/* git's hint lines are for another command. */
		if (end > p && strncmp(p, "hint:", 5) != 0) {
			best = p;
			len = (size_t)(end - p);
		}
		if (end > p && says_why(p))
			break;
	}
	text = xprintf("%.*s", (int)(len > 400 ? 400 : len), best);
	end = escaped(wx_utf8_clean(text));
	(void)snprintf(out, 512, "%s", end);
}

/* No child of ours blocks us for longer than the kill takes. A whole one may remove its locks. */
static int
reap(pid_t pid, bool ended, bool whole)
{
	double limit = wx_clock_seconds() + WHOLE_END;
	int status;
	pid_t got = 0;

	if (!ended && whole) {
		(void)kill(-pid, SIGTERM);
		while ((got = waitpid(pid, &status, WNOHANG)) == 0 && wx_clock_seconds() < limit)
			(void)poll(NULL, 0, LOOK_MS);
	}
	if (!ended)
		(void)kill(-pid, SIGKILL);
	while (got != pid && waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	return ended && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool
three_pipes(int fds[6])
{
	int i;

	for (i = 0; i < 6; i += 2)
		if (wx_pipe(fds + i) == -1)
			err(WX_CHAIN, "cannot make a pipe");
	(void)fcntl(fds[1], F_SETFL, O_NONBLOCK);
	return true;
}

int
hostgit(const struct hostgit *g, const char *const argv[], const char *in, size_t in_len,
    size_t max, struct hostgit_said *said)
{
	struct strv words = { 0 }, env = { 0 };
	struct stream out = { .max = max }, errs = { .max = 65536 };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old;
	int fds[6], status;
	bool ended;
	pid_t pid;

	arguments(argv, &words);
	environment(g, &env);
	(void)three_pipes(fds);
	(void)sigaction(SIGPIPE, &ignore, &old);
	pid = fork();
	if (pid == 0)
		become(g, &words, &env, (int[]){ fds[0], fds[3], fds[5] });
	if (pid == -1)
		err(WX_CHAIN, "cannot fork");
	(void)close(fds[0]);
	(void)close(fds[3]);
	(void)close(fds[5]);
	out.fd = fds[2];
	errs.fd = fds[4];
	ended = attend(g, fds[1], in, in_len, &out, &errs);
	status = reap(pid, ended, g->whole);
	(void)sigaction(SIGPIPE, &old, NULL);
	if (out.fd != -1)
		(void)close(out.fd);
	if (errs.fd != -1)
		(void)close(errs.fd);
	if (said != NULL) {
		*said = (struct hostgit_said){ .out = out.buf == NULL ? xstrdup("") : out.buf, .len = out.len,
		    .cut = out.cut };
		last_line(&errs, said->err);
		if (!ended && g->whole)
			(void)snprintf(said->err, sizeof(said->err), "git does not end; is a file that its settings include "
			    "a pipe?");
	} else {
		free(out.buf);
	}
	free(errs.buf);
	return status;
}
