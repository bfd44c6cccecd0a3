/* SPDX-License-Identifier: MIT */
#ifndef WX_USERSYSTEMD_H
#define WX_USERSYSTEMD_H

#include <sys/types.h>

#include <stdbool.h>

/* Return whether the user's service manager can be reached, by $XDG_RUNTIME_DIR/systemd/private as
 * systemctl --user does. */
bool wx_usersystemd(void);

/*
 * Store in BUF, of CAP bytes, the line of cgroup v2 controllers that are delegated to the service manager of user UID; ""
 * if there are none. See systemd.resource-control(5) and Linux, Documentation/admin-guide/cgroup-v2.rst.
 */
void wx_usersystemd_controllers(uid_t uid, char *buf, size_t cap);

/* Return whether the controller NAME is delegated to it. */
bool wx_usersystemd_controls(uid_t uid, const char *name);

#endif
