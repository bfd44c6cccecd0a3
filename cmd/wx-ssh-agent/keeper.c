/* SPDX-License-Identifier: MIT */
/*
 * Who ends the ssh-agent, and when:
 *
 *   keeper: waits for the end of the command, ends the agent, removes the folder
 *     |- cat: ssh-agent's own "command"; reads from a pipe of the keeper's
 *     |    `- ssh-agent: looks each 10 s whether cat is still there, and ends if not
 *     `- filter: has the socket that the command gets; reads from another pipe
 *
 * So neither filter nor agent outlives the command, and not by much a keeper that was killed. The
 * keeper is no child of the command's, which may wait for, or end, all that it has.
 */
#include "keeper.h"

#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "filter.h"

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "libcommon/proc.h"

/* Where the keeper has what it needs; all above is closed. */
enum { FD_FOLDER = 3, FD_READY, FD_COMMAND, FD_ABOVE };

/* Those of the filter. */
enum { FD_LISTEN = 3, FD_STOP, FD_FILTER_ABOVE };

/* The agent, and the process that it takes for the one that it serves; the filter. */
struct agent {
	pid_t pid, served, filter;
	int   pipe; /* as long as it is open, SERVED runs */
	int   stop; /* and as long as this is, the filter */
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

/* Standard error stays until the agent is there, or has said why not. */
static void
be_quiet(void)
{
	int fd, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (fd = STDIN_FILENO; null != -1 && fd <= STDERR_FILENO; fd++)
		(void)dup2(null, fd);
	(void)close(null);
}

/* In a child. What the keeper holds would look alive if it was held here as well. */
static _Noreturn void
become_filter(const char *folder, int listener, int stop)
{
	char agent[FOLDER_SOCKET];

	(void)snprintf(agent, sizeof(agent), "%s" FOLDER_OWN_SOCKET, folder);
	if (dup2(listener, FD_LISTEN) == -1 || dup2(stop, FD_STOP) == -1)
		_exit(WX_CHAIN);
	wx_proc_close_from(FD_FILTER_ABOVE);
	be_quiet();
	filter_serve(FD_LISTEN, agent, FD_STOP);
}

/* False if it does not start; it has said why. */
static bool
filter_start(struct agent *a, const char *folder)
{
	char sock[FOLDER_SOCKET];
	int stop[2], listener;

	(void)snprintf(sock, sizeof(sock), "%s" FOLDER_GIVEN_SOCKET, folder);
	listener = filter_listen(sock);
	if (listener == -1 || wx_pipe(stop) == -1) {
		warn("cannot make socket '%s'", sock);
		return false;
	}
	a->filter = fork();
	if (a->filter == 0)
		become_filter(folder, listener, stop[0]);
	(void)close(listener);
	(void)close(stop[0]);
	a->stop = stop[1];
	return a->filter != -1;
}

/* The filter before the agent: it waits for nobody. */
static void
filter_end(const struct agent *a)
{
	if (a->filter == -1)
		return;
	(void)close(a->stop);
	while (waitpid(a->filter, NULL, 0) == -1 && errno == EINTR)
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
leave(const struct folder *f, int ready, int command)
{
	int folder = fcntl(f->fd, F_DUPFD_CLOEXEC, FD_ABOVE);

	ready = fcntl(ready, F_DUPFD_CLOEXEC, FD_ABOVE);
	if (command != -1)
		command = fcntl(command, F_DUPFD_CLOEXEC, FD_ABOVE);
	place(folder, FD_FOLDER);
	place(ready, FD_READY);
	place(command, FD_COMMAND);
	wx_proc_close_from(FD_ABOVE);
	(void)setsid();
	if (chdir("/") == -1)
		_exit(WX_CHAIN);
	signals(SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
}

static _Noreturn void
keep(struct folder f, int ready, int command, pid_t pid)
{
	struct agent a = { .pid = -1, .served = -1, .filter = -1 };

	leave(&f, ready, command);
	f.fd = FD_FOLDER;
	if (agent_start(&a, f.path) && filter_start(&a, f.path) &&
	    wx_write_all(FD_READY, "", 1) == 0) {
		be_quiet();
		(void)close(FD_READY);
		wx_proc_await(command == -1 ? -1 : FD_COMMAND, pid);
	}
	filter_end(&a);
	agent_end(&a);
	folder_remove(&f);
	_exit(WX_OK);
}

/* In a child of a child that has ended. */
static void
fork_keeper(const struct folder *f, int ready)
{
	int command = wx_proc_self_fd();
	pid_t own = getpid(), pid = fork();

	if (pid == -1)
		err(WX_CHAIN, "cannot start a process");
	if (pid == 0) {
		pid = fork();
		if (pid == 0)
			keep(*f, ready, command, own);
		_exit(pid == -1 ? WX_CHAIN : WX_OK);
	}
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	if (command != -1)
		(void)close(command);
}

void
keeper_start(const struct folder *f)
{
	int ready[2];
	ssize_t n;
	char word;

	if (pipe(ready) == -1 || fcntl(ready[0], F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(ready[1], F_SETFD, FD_CLOEXEC) == -1)
		err(WX_CHAIN, "cannot make a pipe");
	fork_keeper(f, ready[1]);
	(void)close(ready[1]);
	do
		n = read(ready[0], &word, 1);
	while (n == -1 && errno == EINTR);
	(void)close(ready[0]);
	if (n != 1)
		errx(WX_CHAIN, "ssh-agent did not start");
}
