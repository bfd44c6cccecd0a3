/* SPDX-License-Identifier: MIT */
#include "ask.h"

#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "libcommon/osfile.h"
#include "libcommon/proc.h"

#define ASK_MS (60 * 1000)

static struct {
	pid_t   pid; /* 0: none */
	int     fd;
	int64_t until;
	char    text[64];
	size_t  len;
} now;

/* In a child. */
static _Noreturn void
become(const char *program, const char *question, int out)
{
	(void)setenv("SSH_ASKPASS_PROMPT", "confirm", 1);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGHUP, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGQUIT, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	wx_proc_die_with_parent(SIGKILL);
	/* All else of the gate's closes by itself, but a log that the caller gave. */
	if (dup2(out, STDOUT_FILENO) != -1) {
		wx_proc_close_from(STDERR_FILENO + 1);
		(void)execlp(program, program, question, (char *)NULL);
	}
	_exit(WX_CHAIN);
}

int
ask_begin(const struct policy *p, const struct verdict *v)
{
	const char *program = getenv("SSH_ASKPASS");
	const struct policy_dest *d = v->dest == -1 ? NULL : &p->dests[v->dest];
	char question[1024];
	int fds[2];

	if (d != NULL)
		(void)snprintf(question, sizeof(question), "Allow key '%s' to log in as %s at %s?", p->keys[v->key].name,
		    d->user, d->host);
	else
		(void)snprintf(question, sizeof(question), "Allow key '%s' to sign a commit or tag of git?",
		    p->keys[v->key].name);
	if (program == NULL || wx_pipe(fds) == -1)
		return -1;
	now.pid = fork();
	if (now.pid == 0)
		become(program, question, fds[1]);
	(void)close(fds[1]);
	if (now.pid == -1) {
		(void)close(fds[0]);
		now.pid = 0;
		return -1;
	}
	now.fd = fds[0];
	now.len = 0;
	now.until = wx_clock_ms() + ASK_MS;
	(void)fcntl(now.fd, F_SETFL, O_NONBLOCK);
	return now.fd;
}

/* Its status, or -1: it did not end by itself. */
static int
reap(void)
{
	int status = -1;

	(void)close(now.fd);
	while (waitpid(now.pid, &status, 0) == -1 && errno == EINTR)
		;
	now.pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool
ask_end(bool *yes)
{
	ssize_t n = read(now.fd, now.text + now.len, sizeof(now.text) - 1 - now.len);

	if (n == -1)
		return false;
	now.len += (size_t)n;
	if (n > 0 && now.len < sizeof(now.text) - 1)
		return false;
	/* Too long for a yes. It ends by SIGPIPE, or now. */
	if (n > 0)
		(void)kill(now.pid, SIGKILL);
	now.text[now.len] = '\0';
	now.text[strcspn(now.text, "\r\n")] = '\0';
	*yes = reap() == 0 && (now.text[0] == '\0' || strcasecmp(now.text, "yes") == 0);
	return true;
}

int
ask_left(void)
{
	int64_t left = now.until - wx_clock_ms();

	return now.pid == 0 ? -1 : left < 0 ? 0 : (int)left;
}

void
ask_cut(void)
{
	if (now.pid == 0)
		return;
	(void)kill(now.pid, SIGKILL);
	(void)reap();
}
