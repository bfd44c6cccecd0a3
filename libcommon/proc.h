/* SPDX-License-Identifier: MIT */
#ifndef WX_PROC_H
#define WX_PROC_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * First thing in main: descriptors 0-2 are open (on /dev/null where the caller
 * had closed them), all others close-on-exec, and until the next exec there is
 * no core dump of this process and no ptrace by the same user (proc(5), prctl(2)
 * PR_SET_DUMPABLE). 0, or -1 with errno.
 */
int  wx_proc_harden(void);

/*
 * The same for a program that puts itself before another, as env(1) does: what
 * is above 2 stays as it is, for the command may be meant to have it, and nothing
 * that would outlive the exec is changed (outside Linux that leaves core dumps
 * and ptrace as they are).
 */
int  wx_proc_harden_chain(void);

/*
 * execvp(3), looking on our PATH, with the environment ENVP; a file that the kernel does not
 * know is a script of /bin/sh, which not every libc has so. Returns only with errno.
 */
void wx_proc_exec(const char *file, char *const argv[], char *const envp[]);

/* Close every descriptor from LOW on. */
void wx_proc_close_from(int low);

/* Close every descriptor above 2 but the N of KEEP. */
void wx_proc_keep(const int keep[], size_t n);

/*
 * A descriptor of this process, close-on-exec, by which a child of it can wait for its end, or
 * -1 where there is none (Linux before 5.3, other systems).
 */
int  wx_proc_self_fd(void);

/* The same of the process PID: -1 with errno where it is not there, and where a system has none. */
int  wx_proc_fd(pid_t pid);

/* SIG with VALUE (sigqueue(3)) for the process of FD, or, if that is -1, SIG alone for the process PID. 0, or -1 with
 * errno. */
int  wx_proc_signal(int fd, pid_t pid, int sig, int value);

/*
 * Wait until the process of such a FD has ended, or, if that is -1, the process PID: at once,
 * or with PID within a fifth of a second.
 */
void wx_proc_await(int fd, pid_t pid);

/* Of a child: SIG for us when the process that made us ends (prctl(2)). Nothing where a
 * system has nothing like it. */
void wx_proc_die_with_parent(int sig);

/*
 * Is the process PID there, and in our PID namespace, as none of a sandbox is
 * (pid_namespaces(7))? On other systems: is it there?
 */
bool wx_proc_alongside(pid_t pid);

/* What tells the PID namespace of this process from another (stat(2), st_ino); 0 where there are none. */
unsigned long long wx_proc_pid_namespace(void);

/* Is who connected to the socket FD, of AF_UNIX, this user, or root? */
bool wx_proc_peer_is_own(int fd);

/* The path of the program that this process runs, the caller's to free; NULL where the system does not
 * tell. */
char *wx_proc_program(void);

/* Erase LEN bytes at P; never optimised away. */
void wx_wipe(void *p, size_t len);

#endif
