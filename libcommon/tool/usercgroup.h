/* SPDX-License-Identifier: MIT */
#ifndef WX_TOOL_USERCGROUP_H
#define WX_TOOL_USERCGROUP_H

#include <sys/types.h>

#include <stdbool.h>

/* What the service manager of a user can limit here, by cgroups and systemd-run(1). */
struct usercgroup {
	bool limits;   /* memory and processes */
	bool cpus;     /* and processors */
};
struct usercgroup usercgroup(uid_t uid);

#endif
