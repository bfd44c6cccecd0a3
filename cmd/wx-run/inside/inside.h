/* SPDX-License-Identifier: MIT */
#ifndef INSIDE_H
#define INSIDE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "libcommon/envline.h"

#define FD_SOCKET 3   /* wx-run's end inside: hello, go, error */

/* What is said on FD_SOCKET, one message each; with INIT and PTY comes a descriptor. */
struct hello {
	char what;
	int  value;
};

/*
 * What wx-run says to the command to be, one message each, the last of them GO: its
 * secrets, NAME=value and NUL each. Before it, in a container, where bwrap does not
 * do it: FILE: four octal digits of its mode, its path, NUL, what is in it; FILTER:
 * a seccomp program; VARIABLE: one, as those of GO.
 */
enum {
	WORD_GO        = 'G',
	WORD_FILE      = 'F',
	WORD_FILTER    = 'B',
	WORD_VARIABLE  = 'V',
	WORD_STREAMS   = 'S',   /* before all: with it three descriptors */
	WORD_ARGUMENT  = 'A',   /* of a command that joins a run (below) */
	WORD_END       = '.',   /* of these */
};
/* All secrets are less, a file of one, and a variable, which is 128 KiB at the most
 * (execve(2), MAX_ARG_STRLEN): no word is too long. */
#define WORD_MAX ((128 << 10) + (4 << 10))

enum {
	HELLO_INIT  = 'I',   /* by the first process: here I am, and hear on this socket */
	HELLO_PTY   = 'P',   /* by the same: the master of the command's terminal */
	HELLO_READY = 'H',   /* by the command to be: the sandbox stands */
	HELLO_ERROR = 'E',   /* by the same: exec failed, VALUE is errno */
	HELLO_STOP  = 'S',   /* by the first process: the signal that stopped it */
	HELLO_MEMORY = 'M',  /* by the same: it ended VALUE processes for their memory (memory.h) */
	HELLO_END   = 'X',   /* by the same: its wait status */
	/* By wx-run on that socket: the foreground of the command's terminal is the command's;
	 * is so again if the first process took it; is not if it was; stays. Then the command's
	 * group gets the signal VALUE, if that is not 0, and the first process says so. */
	HELLO_GIVE  = 'G',
	HELLO_BACK  = 'B',
	HELLO_TAKE  = 'T',
	HELLO_KILL  = 'K',
	HELLO_DONE  = 'D',
	/* By wx-run there: a command joins the run; with it comes the socket of who wants it. */
	HELLO_JOIN  = 'J',
};

/* After "pty" in STDIO, beside the numbers of the streams that it is. */
enum {
	STDIO_KEYS  = 'k',   /* the command controls it: /dev/tty, job control, what is typed */
	STDIO_FRONT = 'f',   /* and has its foreground from the start */
};

/*
 * wx-run as the first process inside, made known by its name INIT_PATH:
 * PIDS MEMORY IGNORED-SIGNALS STDIO FILE COMMAND... MEMORY: bytes, or 0 where a cgroup holds it; STDIO: "own", the standard
 * streams are those of wx-run; "sent", they come by the socket, for an engine that
 * starts us elsewhere; "pty..." (above), they do, and those that are a terminal are one made
 * inside for the command, whose other end wx-run gets. The session is one of our own. Our
 * child tells wx-run that the sandbox stands, waits for its word, sets limits and variables,
 * gives signals their default, and becomes COMMAND. The first process buries what dies, tells
 * wx-run where the command was stopped, and ends with it, or with wx-run: then the kernel ends
 * all inside. Never returns.
 *
 * A command that joins later (wx-run --exec) is the same once more, of a child of the first process, on a
 * socket that comes with HELLO_JOIN: so it has that one's namespaces, cgroup, filter and want of powers
 * by birth, and nobody enters from outside. Words to it, ARGUMENT each, up to END: two that are the run's
 * in any case, its directory, IGNORED-SIGNALS, STDIO, "", COMMAND...
 */
_Noreturn void init_main(int argc, char *argv[]);

/*
 * A close-on-exec descriptor, at its start, that holds the sandbox's filter as
 * bwrap's --seccomp reads it: the BPF program of this machine's architecture.
 * -1 with errno.
 */
int seccomp_filter_fd(void);

/* The same program itself, *LEN bytes. */
const void *seccomp_filter(size_t *len);

#define FDPASS_MAX 3

/*
 * Send LEN bytes of DATA, and with them N descriptors of FDS, FDPASS_MAX at the most, in
 * one message on the socket SOCK (unix(7), SCM_RIGHTS). They stay the caller's. FLAGS as
 * send(2) has them. False with errno.
 */
bool fdpass_send(int sock, void *data, size_t len, const int fds[], size_t n, int flags);

/*
 * One message of SOCK, LEN bytes of it at the most, to DATA; the descriptors that came with it,
 * close-on-exec and the caller's, to FDS, N of them at the most, -1 where there is none. PID, if not NULL:
 * who sent it, where the socket tells (SO_PASSCRED), or 0. What recvmsg(2) returns, with errno.
 */
ssize_t fdpass_receive(int sock, void *data, size_t len, int fds[], size_t n, pid_t *pid, int flags);

#endif
