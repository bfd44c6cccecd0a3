/* SPDX-License-Identifier: MIT */
#ifndef WX_USERSYSTEMD_H
#define WX_USERSYSTEMD_H

#include <sys/types.h>

#include <stdbool.h>

/* Does a systemd of the user's own take calls ($XDG_RUNTIME_DIR/systemd/private, by which
 * systemctl --user and systemd-run --user reach it)? */
bool wx_usersystemd(void);

/*
 * The cgroup controllers that the systemd of the user UID has been given, of cgroup
 * version 2, in a line in BUF, CAP bytes at the least; "" where there are none.
 * systemd.resource-control(5); Documentation/admin-guide/cgroup-v2.rst of Linux.
 */
void wx_usersystemd_controllers(uid_t uid, char *buf, size_t cap);

/* Is NAME one of them? */
bool wx_usersystemd_controls(uid_t uid, const char *name);

#endif
