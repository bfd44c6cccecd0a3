/* SPDX-License-Identifier: MIT */
/*
 * wx-ssh-agent: run a command with an ssh-agent that has some keys, for some uses, and ends with it. The agent is
 * OpenSSH's, which is started for it, or the user's own; ours is the filter before it, that binds each key to what it
 * is for, and that nothing is left behind.
 */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "add.h"
#include "folder.h"
#include "gitssh.h"
#include "keeper.h"
#include "keys.h"

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/knownhosts.h"
#include "libcommon/number.h"
#include "libcommon/proc.h"
#include "libcommon/tool/args.h"
#include "libcommon/tool/exit.h"

#define HOSTS_MAX  (4 << 20) /* bytes of a known_hosts file */
#define SIGNATURES 10000     /* that are let through, if nothing is said */

struct want {
	struct key    keys[POLICY_KEYS];
	size_t        nkeys;
	const char   *dest;        /* for the keys that follow, or NULL */
	const char   *known_hosts; /* or NULL: ours, and the user's */
	const char   *log;         /* or NULL */
	bool          users;       /* the agent is the user's own */
	bool          session;     /* one of the keys is made here */
	struct policy policy;
};

static const struct args args;   /* below */

static void
want_key(struct want *w, const char *file)
{
	if (file != NULL && (*file == '\0' || file[strlen(file) - 1] == '/'))
		args_misused(&args, "the key has no name");
	if (w->nkeys == POLICY_KEYS)
		args_misused(&args, "more than 64 keys");
	w->keys[w->nkeys++] = (struct key){ .file = file, .dest = w->dest };
}

/* A number of LEAST to MOST, or a usage error that says WHY. */
static unsigned
number(const char *s, long most, const char *why)
{
	long n = wx_number(s, 1, most);

	if (n == -1)
		args_misused(&args, why);
	return (unsigned)n;
}

static void
set_option(void *want, const struct args_option *o, const char *arg)
{
	struct want *w = want;

	switch (o->letter) {
	case 'd':
		if (!keys_is_dest(arg))
			args_misused(&args, "the destination (-d) is not USER@HOST or USER@[HOST]:PORT");
		w->dest = arg;
		break;
	case 'K':
		if (w->session)
			args_misused(&args, "more than one key of a session (-K)");
		if (w->dest == NULL)
			args_misused(&args, "the key of a session (-K) logs in nowhere: name the host before it (-d)");
		w->session = true;
		want_key(w, NULL);
		break;
	case 'k': want_key(w, arg); break;
	case 'n':
		w->policy.signatures = number(arg, 9999999, "the number of signatures (-n) is not one of 1 to 9999999");
		break;
	case 't':
		w->policy.seconds = number(arg, 9999999, "the time (-t) is not a number of seconds, of 1 to 9999999");
		break;
	}
}

static const struct args_option options[] = {
	{ 'A', "agent", NULL, ARGS(args_flag, struct want, users) },
	{ 'c', "confirm", NULL, ARGS(args_flag, struct want, policy.ask) },
	{ 'd', "destination", "user@host", ARGS_CALL(set_option) },
	{ 'H', "known-hosts", "file", ARGS(args_text, struct want, known_hosts) },
	{ 'h', "help", NULL, ARGS_INFO },
	{ 'K', "session-key", NULL, ARGS_CALL(set_option) },
	{ 'k', "key", "key", ARGS_CALL(set_option) },
	{ 'l', "log", "file", ARGS(args_text, struct want, log) },
	{ 'n', "signatures", "signatures", ARGS_CALL(set_option) },
	{ 't', "time", "seconds", ARGS_CALL(set_option) },
	{ 'V', "version", NULL, ARGS_INFO },
};
static const struct args args = { "wx-ssh-agent",
    "[-AcK] [-H file] [-l file] [-n signatures] [-t seconds] [-k key] [-d user@host] [-k key] "
    "[--] command [argument ...]\n"
    "-h | -V", ARGS_COUNT(options), false, NULL };

/* The user's own known_hosts of wrapix; NULL: no home. */
static const char *
own_known_hosts(char *path, size_t cap)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int n;

	if (config != NULL && *config != '\0')
		n = snprintf(path, cap, "%s/wrapix/known_hosts", config);
	else if (home != NULL && *home != '\0')
		n = snprintf(path, cap, "%s/.config/wrapix/known_hosts", home);
	else
		return NULL;
	return n > 0 && (size_t)n < cap ? path : NULL;
}

/* The file PATH behind what LEN bytes of BUF hold; the new length. */
static size_t
append(char *buf, size_t len, const char *path, bool must)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n;

	if (fd == -1 && errno == ENOENT && !must)
		return len;
	n = fd == -1 ? -1 : wx_read_all(fd, buf + len, HOSTS_MAX);
	if (n == -1)
		err(WX_CHAIN, "cannot read host keys from '%s'", path);
	(void)close(fd);
	return len + (size_t)n;
}

/* One file for ssh-add, whatever the keys come from. */
static void
write_known_hosts(const struct want *w, const struct folder *f)
{
	char path[4096], *buf = malloc(HOSTS_MAX + strlen(wx_known_hosts));
	const char *own;
	size_t len = 0;

	if (buf == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	if (w->known_hosts != NULL) {
		len = append(buf, 0, w->known_hosts, true);
	} else {
		len = strlen(wx_known_hosts);
		memcpy(buf, wx_known_hosts, len);
		own = own_known_hosts(path, sizeof(path));
		if (own != NULL)
			len = append(buf, len, own, false);
	}
	folder_write(f, "known_hosts", buf, len);
	free(buf);
}

/* The other variable is of an agent that the caller may have, for ssh-agent -k. */
static void
set_socket(const char *path)
{
	if (setenv("SSH_AUTH_SOCK", path, 1) == -1 || unsetenv("SSH_AGENT_PID") == -1)
		err(WX_CHAIN, "cannot set 'SSH_AUTH_SOCK'");
}

/* Where lines are to go, or -1. "/dev/fd/N", of a caller who has it open, need not be what can be opened. */
static int
open_log(const char *path)
{
	static const char fds[] = "/dev/fd/";
	int fd;

	if (path == NULL)
		return -1;
	if (strncmp(path, fds, strlen(fds)) == 0)
		fd = fcntl((int)wx_number(path + strlen(fds), 0, 9999999), F_DUPFD_CLOEXEC, 3);
	else
		fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd == -1)
		err(WX_CHAIN, "cannot write to '%s'", path);
	return fd;
}

/* The user's own, which the command is not to have beside the filter. */
static void
set_agent(struct want *w, const struct folder *f)
{
	const char *sock = getenv("SSH_AUTH_SOCK");
	int n;

	if (w->users && (sock == NULL || *sock == '\0'))
		errx(WX_CHAIN, "no ssh-agent to put a filter before: SSH_AUTH_SOCK is not set");
	n = w->users ? snprintf(w->policy.agent, sizeof(w->policy.agent), "%s", sock) :
	    snprintf(w->policy.agent, sizeof(w->policy.agent), "%s" FOLDER_OWN_SOCKET, f->path);
	if (n < 0 || (size_t)n >= sizeof(w->policy.agent))
		errx(WX_CHAIN, "the name of the ssh-agent's socket is too long");
	if (w->policy.agent[0] != '/')
		errx(WX_CHAIN, "the name of the ssh-agent's socket does not begin with '/': '%s'", w->policy.agent);
	w->policy.watch = !w->users;
	if (!w->users)
		set_socket(w->policy.agent);
}

static void
start(struct want *w)
{
	char path[FOLDER_PATH + sizeof("/known_hosts")], socket[FOLDER_SOCKET];
	struct folder f = { .fd = -1 };
	int keeper, log = open_log(w->log);

	folder_make(&f);
	keeper = keeper_start(&f, !w->users, log);
	set_agent(w, &f);
	write_known_hosts(w, &f);
	(void)snprintf(path, sizeof(path), "%s/known_hosts", f.path);
	keys_dests(&w->policy, w->keys, w->nkeys, path);
	if (w->users)
		keys_name(&w->policy, w->keys, w->nkeys);
	else
		keys_give(&w->policy, w->keys, w->nkeys, path);
	keeper_serve(keeper, &w->policy);
	(void)snprintf(socket, sizeof(socket), "%s" FOLDER_GIVEN_SOCKET, f.path);
	set_socket(socket);
	gitssh_set(&f, &w->policy);
	if (log != -1)
		(void)close(log);
}

/* What is wrong with all of them together. */
static void
check(const struct want *w)
{
	const char *askpass = getenv("SSH_ASKPASS");

	if (w->nkeys == 0)
		args_misused(&args, "no key (-k)");
	if (w->keys[w->nkeys - 1].dest != w->dest)
		args_misused(&args, "no key (-k) after the last destination (-d), which binds none");
	if (w->users && w->session)
		args_misused(&args, "a key of a session (-K) is not for an agent of the user's (-A)");
	if (w->policy.ask && (askpass == NULL || *askpass == '\0'))
		args_misused(&args, "nobody can be asked (-c): SSH_ASKPASS names no program");
}

int
main(int argc, char *argv[])
{
	static struct want w;
	struct sigaction dfl = { .sa_handler = SIG_DFL }, old;
	int at, error;

	if (wx_proc_harden_chain() == -1)
		err(WX_CHAIN, "cannot harden process");
	w.policy.signatures = SIGNATURES;
	exit_chain();
	at = args_parse(&args, argc, argv, &w);
	if (at == argc)
		args_misused(&args, "no command");
	check(&w);
	/* Ignored, it would have the kernel reap our children for us. */
	(void)sigaction(SIGCHLD, &dfl, &old);
	start(&w);
	(void)sigaction(SIGCHLD, &old, NULL);
	(void)execvp(argv[at], argv + at);
	error = errno;
	err(error == ENOENT ? WX_NOCMD : WX_NOEXEC, "cannot run '%s'", argv[at]);
}
