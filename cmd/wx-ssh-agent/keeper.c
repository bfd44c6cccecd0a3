/* SPDX-License-Identifier: MIT */
/*
 * Who ends the ssh-agent, and when:
 *
 *   keeper: waits for the end of the command, ends the agent, removes the folder
 *     |- cat: ssh-agent's own "command"; reads from a pipe of the keeper's
 *     |    `- ssh-agent: looks each 10 s whether cat is still there, and ends if not
 *     `- gate: has the socket that the command gets; reads from another pipe
 *          `- filter: reads from a socket of the gate's
 *
 * So neither filter nor agent outlives the command, and not by much a keeper that was killed. The
 * keeper is no child of the command's, which may wait for, or end, all that it has. With the user's own agent
 * there is no cat.
 */
#include "keeper.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "libcommon/proc.h"

/* Where the keeper has what it needs; all above is closed. */
enum { FD_FOLDER = 3, FD_MAIN, FD_COMMAND, FD_LOG, FD_ABOVE };

#define GATE_WAITS 100 /* of 10 ms */

/* The agent, and the process that it takes for the one that it serves; the gate. */
struct agent {
	pid_t pid, served, gate;
	int   pipe; /* as long as it is open, SERVED runs */
	int   stop; /* and as long as this is, the gate */
};

/* What the caller wants kept. */
struct wish {
	struct folder folder;
	bool          agent;
	int           log;
};

static const int passing[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE };

/* The end of the command is the keeper's, and no signal but one that nobody can ignore. */
static void
signals(void (*to)(int))
{
	size_t i;

	for (i = 0; i < sizeof(passing) / sizeof(*passing); i++)
		(void)signal(passing[i], to);
}

/* In a child: ssh-agent, and in its parent the shell, which says who the agent is. */
static _Noreturn void
become_agent(const char *folder, int in, int out)
{
	static const char serve[] = "echo \"$SSH_AGENT_PID\"; exec cat >/dev/null 2>&1";
	char sock[FOLDER_SOCKET];
	/* -P: no library is loaded, wherever it is, for PKCS#11 or for a hardware key. */
	const char *const argv[] = { "ssh-agent", "-a", sock, "-P", "", "sh", "-c", serve, NULL };

	(void)snprintf(sock, sizeof(sock), "%s" FOLDER_OWN_SOCKET, folder);
	signals(SIG_DFL);
	if (dup2(in, STDIN_FILENO) != -1 && dup2(out, STDOUT_FILENO) != -1)
		(void)execvp(argv[0], (char *const *)argv);
	warn("cannot run '%s'", argv[0]);
	_exit(WX_CHAIN);
}

/* The first line from FD, a number, or -1. */
static pid_t
read_pid(int fd)
{
	char line[32];
	size_t len = 0;
	ssize_t n = 1;
	char *end;
	long pid;

	while (n != 0 && len < sizeof(line) - 1) {
		n = read(fd, line + len, 1);
		if (n == -1 && errno != EINTR)
			return -1;
		if (n == 1 && line[len++] == '\n')
			break;
	}
	line[len] = '\0';
	pid = strtol(line, &end, 10);
	return pid > 1 && *end == '\n' ? (pid_t)pid : -1;
}

/* False if it does not start; it has said why. */
static bool
agent_start(struct agent *a, const char *folder)
{
	int in[2], out[2];

	if (pipe(in) == -1 || pipe(out) == -1 || fcntl(in[1], F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(out[0], F_SETFD, FD_CLOEXEC) == -1)
		return false;
	a->served = fork();
	if (a->served == -1)
		return false;
	if (a->served == 0)
		become_agent(folder, in[0], out[1]);
	(void)close(in[0]);
	(void)close(out[1]);
	a->pipe = in[1];
	a->pid = read_pid(out[0]);
	(void)close(out[0]);
	return a->pid != -1;
}

/* Standard error stays until agent and filter are there, or have said why not. */
static void
be_quiet(void)
{
	int fd, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (fd = STDIN_FILENO; null != -1 && fd <= STDERR_FILENO; fd++)
		(void)dup2(null, fd);
	(void)close(null);
}

/* False if it does not start; it has said why. */
static bool
gate_start(struct agent *a, const char *folder, int log, const struct policy *p)
{
	char sock[FOLDER_SOCKET];
	int stop[2], listener;

	(void)snprintf(sock, sizeof(sock), "%s" FOLDER_GIVEN_SOCKET, folder);
	listener = filter_listen(sock);
	if (listener == -1 || wx_pipe(stop) == -1) {
		warn("cannot make socket '%s'", sock);
		return false;
	}
	a->gate = fork();
	if (a->gate == 0) {
		be_quiet();
		filter_serve(listener, stop[0], log, p);
	}
	(void)close(listener);
	(void)close(stop[0]);
	a->stop = stop[1];
	return a->gate != -1;
}

/* It writes its last lines, for which it may wait for somebody who does not read them. */
static void
gate_end(const struct agent *a)
{
	const struct timespec wait = { 0, 10 * 1000000L };
	int i;

	if (a->gate == -1)
		return;
	(void)close(a->stop);
	for (i = 0; i < GATE_WAITS; i++) {
		if (waitpid(a->gate, NULL, WNOHANG) != 0)
			return;
		(void)nanosleep(&wait, NULL);
	}
	(void)kill(a->gate, SIGKILL);
	while (waitpid(a->gate, NULL, 0) == -1 && errno == EINTR)
		;
}

/* SERVED is the agent's parent and does not ask for its status, so until it ends the number
 * is that of the agent, whether that is alive or not. */
static void
agent_end(const struct agent *a)
{
	if (a->served == -1)
		return;
	if (a->pid != -1)
		(void)kill(a->pid, SIGTERM);
	(void)close(a->pipe);
	while (waitpid(a->served, NULL, 0) == -1 && errno == EINTR)
		;
}

/* FROM as TO, and close-on-exec; none stays none. */
static void
place(int from, int to)
{
	if (from != -1 && (dup2(from, to) == -1 || fcntl(to, F_SETFD, FD_CLOEXEC) == -1))
		_exit(WX_CHAIN);
}

/* Nothing of the caller's stays open in it: neither his terminal nor a pipe of his. */
static void
leave(struct wish *w, int to_main, int command)
{
	int folder = fcntl(w->folder.fd, F_DUPFD_CLOEXEC, FD_ABOVE);

	to_main = fcntl(to_main, F_DUPFD_CLOEXEC, FD_ABOVE);
	if (command != -1)
		command = fcntl(command, F_DUPFD_CLOEXEC, FD_ABOVE);
	if (w->log != -1)
		w->log = fcntl(w->log, F_DUPFD_CLOEXEC, FD_ABOVE);
	place(folder, FD_FOLDER);
	place(to_main, FD_MAIN);
	place(command, FD_COMMAND);
	place(w->log, FD_LOG);
	if (command == -1)
		(void)close(FD_COMMAND);
	if (w->log == -1)
		(void)close(FD_LOG);
	wx_proc_close_from(FD_ABOVE);
	w->folder.fd = FD_FOLDER;
	w->log = w->log == -1 ? -1 : FD_LOG;
	(void)setsid();
	if (chdir("/") == -1)
		_exit(WX_CHAIN);
	signals(SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
}

/* LEN bytes; false if the other end is closed before. */
static bool
read_exactly(int fd, void *buf, size_t len)
{
	char *at = buf;
	ssize_t n;

	for (; len > 0; at += n, len -= (size_t)n) {
		n = read(fd, at, len);
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			return false;
	}
	return true;
}

static _Noreturn void
keep(struct wish w, int to_main, int command, pid_t pid)
{
	static struct policy policy;
	struct agent a = { .pid = -1, .served = -1, .gate = -1 };

	leave(&w, to_main, command);
	if ((!w.agent || agent_start(&a, w.folder.path)) && wx_write_all(FD_MAIN, "", 1) == 0 &&
	    read_exactly(FD_MAIN, &policy, sizeof(policy)) &&
	    gate_start(&a, w.folder.path, w.log, &policy) && wx_write_all(FD_MAIN, "", 1) == 0) {
		be_quiet();
		(void)close(FD_MAIN);
		(void)close(FD_LOG);
		wx_proc_await(command == -1 ? -1 : FD_COMMAND, pid);
	}
	gate_end(&a);
	agent_end(&a);
	folder_remove(&w.folder);
	_exit(WX_OK);
}

/* In a child of a child that has ended. */
static void
fork_keeper(const struct wish *w, int to_main)
{
	int command = wx_proc_self_fd();
	pid_t own = getpid(), pid = fork();

	if (pid == -1)
		err(WX_CHAIN, "cannot start a process");
	if (pid == 0) {
		pid = fork();
		if (pid == 0)
			keep(*w, to_main, command, own);
		_exit(pid == -1 ? WX_CHAIN : WX_OK);
	}
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	if (command != -1)
		(void)close(command);
}

/* Until it says so, or has ended. */
static bool
is_ready(int keeper)
{
	char word;

	return read_exactly(keeper, &word, 1);
}

int
keeper_start(const struct folder *f, bool agent, int log)
{
	const struct wish w = { .folder = *f, .agent = agent, .log = log };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 || fcntl(pair[0], F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(pair[1], F_SETFD, FD_CLOEXEC) == -1)
		err(WX_CHAIN, "cannot make a pair of sockets");
	fork_keeper(&w, pair[1]);
	(void)close(pair[1]);
	if (!is_ready(pair[0]))
		errx(WX_CHAIN, "ssh-agent did not start");
	return pair[0];
}

void
keeper_serve(int keeper, const struct policy *p)
{
	if (wx_write_all(keeper, p, sizeof(*p)) == -1 || !is_ready(keeper))
		errx(WX_CHAIN, "the filter before the ssh-agent did not start");
	(void)close(keeper);
}
