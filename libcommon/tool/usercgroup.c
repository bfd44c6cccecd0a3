/* SPDX-License-Identifier: MIT */
#include "libcommon/tool/usercgroup.h"

#include <stdlib.h>

#include "libcommon/tool/program.h"
#include "libcommon/usersystemd.h"

struct usercgroup
usercgroup(uid_t uid)
{
	struct usercgroup c = { false, false };
	char *prog;

	if (!wx_usersystemd() || !wx_usersystemd_controls(uid, "memory") || !wx_usersystemd_controls(uid, "pids"))
		return c;
	prog = program_in(getenv("PATH"), "systemd-run");
	c.limits = prog != NULL;
	c.cpus = prog != NULL && wx_usersystemd_controls(uid, "cpu");
	free(prog);
	return c;
}
