/* SPDX-License-Identifier: MIT */
#ifndef HOST_H
#define HOST_H

#include "plan/plan.h"

/*
 * Find the project, and who works on it: P->project, uid, gid, user, home, shell.
 * GIT: the repository that DIR is in is found as well (P->repo), and the top of its work tree
 * is the project; P->sub is then where below it DIR is. Root becomes the project's owner, for good, before anything else is read; its
 * own environment then no longer says where HOME and the state are. Refuses, with
 * a line and 125: no folder, root's own, /, HOME or what holds it, key stores.
 */
void host_project(struct plan *p, const char *dir, bool git);

/* The user alone, where there is no project: a sandbox for what wx-run does itself. */
void host_user(struct plan *p);

/* The user's folder for KIND ("STATE": ".local/state", "CONFIG": ".config"):
 * XDG_KIND_HOME, else the fallback under HOME. The caller owns it. */
char *host_xdg(const struct plan *p, const char *kind, const char *fallback);

/* PATH (absolute) with the symbolic links in as much of it as is there resolved: what is
 * compared with the project must be in its real place. The caller owns it. */
char *host_real_prefix(const char *path);

/* The base of P->env: HOME USER LOGNAME SHELL LANG TERM and what a terminal and
 * the locale need. PATH comes with the command (find.h). */
void host_env(struct plan *p);

/* The system's part of the file system inside: /usr and its like, /etc, /dev... */
void host_system(struct plan *p);

/* /etc/resolv.conf by network mode, and P->dns_forward. */
void host_resolver(struct plan *p);

/*
 * The user's PATH, as it came. Our own has no more what is relative or lies in the
 * project (host_project takes it out): a bwrap or git that the sandbox planted
 * there would run on the host.
 */
const char *host_path(void);

/* The next entry of the PATH that *AT begins with, and *AT moves on; NULL after the last. The caller owns it. */
char *host_path_next(const char **at);

/* The program NAME on the user's PATH (or a path with a slash, by the current
 * folder), as the user's shell would find it. The caller owns it; NULL with errno. */
char *host_which(const char *name);

/* The program NAME that we ourselves would run: by our own PATH. */
char *host_program(const char *name);

/* Show also that of the store which PATH leads to, if it leads there. */
void closure_want(struct store *s, const char *path);

/*
 * What was wanted is listed from here on, with all that it needs; that is asked of
 * nix-store(1), once, and not at all where nothing is missing. Dies with a line where that
 * does not know.
 */
void closure_settle(struct store *s);

/*
 * The lines of TEXT, which is changed, that may be shown: headers of sections, and "KEY =
 * VALUE" with a key that is in KEYS (NULL-terminated; "*NAME" is whatever ends so) and a
 * value that holds no login. The caller owns what is returned.
 */
char *etc_harmless(char *text, const char *const *keys);

#endif
