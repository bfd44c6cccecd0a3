/* SPDX-License-Identifier: MIT */
#ifndef HOST_H
#define HOST_H

#include "base/capture.h"
#include "plan/plan.h"

/*
 * Find the project, and who works on it: P->project, uid, gid, user, home, shell.
 * Root becomes the project's owner, for good, before anything else is read; its
 * own environment then no longer says where HOME and the state are. Refuses, with
 * a line and 125: no folder, root's own, /, HOME or what holds it, key stores.
 */
void host_project(struct plan *p, const char *dir);

/* The user's folder for KIND ("STATE": ".local/state", "CONFIG": ".config"):
 * XDG_KIND_HOME, else the fallback under HOME. The caller owns it. */
char *host_xdg(const struct plan *p, const char *kind, const char *fallback);

/* The base of P->env: HOME USER LOGNAME SHELL LANG TERM and what a terminal and
 * the locale need. PATH comes with the command (find.h). */
void host_env(struct plan *p);

/* The user's name and address, as git has them: read, or asked of git, which then
 * runs beside us until _finish. That adds ~/.gitconfig where there is something to
 * say. */
void host_git_start(struct plan *p, struct capture *c);
void host_git_finish(struct plan *p, struct capture *c);

/* The system's part of the file system inside: /usr and its like, /etc, /dev... */
void host_system(struct plan *p);

/* /etc/resolv.conf by network mode, and P->dns_forward. */
void host_resolver(struct plan *p);

/* Can a user systemd hold limits by cgroups here? Sets P->limits.cgroup. */
void host_cgroup(struct plan *p);

/*
 * The user's PATH, as it came. Our own has no more what is relative or lies in the
 * project (host_project takes it out): a bwrap or git that the sandbox planted
 * there would run on the host.
 */
const char *host_path(void);

/* The program NAME on the user's PATH (or a path with a slash, by the current
 * folder), as the user's shell would find it. The caller owns it; NULL with errno. */
char *host_which(const char *name);

/* The program NAME that we ourselves would run: by our own PATH. */
char *host_program(const char *name);

#endif
