/* SPDX-License-Identifier: MIT */
#ifndef WX_PROC_H
#define WX_PROC_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * Call this first in main. Opens descriptors 0-2 on /dev/null where the caller closed them, sets close-on-exec on all
 * others, and forbids core dumps and ptrace(2) by the same user until the next exec (prctl(2),
 * PR_SET_DUMPABLE). Returns 0, or -1 with errno.
 */
int  wx_proc_harden(void);

/*
 * The same for a chain-loading program such as env(1): descriptors above 2 stay as they are, since the command may
 * need them, and nothing that survives exec is changed (so outside Linux core dumps and ptrace
 * stay allowed).
 */
int  wx_proc_harden_chain(void);

/*
 * execvp(3) with the environment ENVP, searching this process's PATH. A file of unknown format (ENOEXEC) is run by
 * /bin/sh with every libc. Returns only on failure, with errno.
 */
void wx_proc_exec(const char *file, char *const argv[], char *const envp[]);

/* Close all descriptors >= LOW. */
void wx_proc_close_from(int low);

/* Close all descriptors above 2 except the N in KEEP. */
void wx_proc_keep(const int keep[], size_t n);

/*
 * Open a pidfd of this process, close-on-exec, by which a child can wait for its end. Returns -1 where the system has none
 * (Linux before 5.3, other systems).
 */
int  wx_proc_self_fd(void);

/* The same of process PID: -1 with errno if there is no such process or the system has no pidfd. */
int  wx_proc_fd(pid_t pid);

/* Send SIG with VALUE (sigqueue(3)) to the process of the pidfd FD or, if FD is -1, SIG alone to PID. Returns 0, or -1
 * with errno. */
int  wx_proc_signal(int fd, pid_t pid, int sig, int value);

/*
 * Wait until the process of the pidfd FD has ended or, if FD is -1, process PID, which is polled five times a
 * second.
 */
void wx_proc_await(int fd, pid_t pid);

/* In a child: ask for SIG when the parent ends (prctl(2), PR_SET_PDEATHSIG). Does nothing on other
 * systems. */
void wx_proc_die_with_parent(int sig);

/*
 * Return whether process PID exists in our own PID namespace and not in a child namespace, as a sandbox's are
 * (pid_namespaces(7)). On other systems: whether it exists.
 */
bool wx_proc_alongside(pid_t pid);

/* Return the inode number of this PID namespace (namespaces(7)); 0 where there are no namespaces. */
unsigned long long wx_proc_pid_namespace(void);

/* Return whether the peer of the AF_UNIX socket FD is this user or root (SO_PEERCRED). */
bool wx_proc_peer_is_own(int fd);

/* Return the path of this process's executable, which the caller frees; NULL if the system does not
 * tell. */
char *wx_proc_program(void);

/* Overwrite LEN bytes at P with zeros; never optimised away (explicit_bzero(3)). */
void wx_wipe(void *p, size_t len);

#endif
