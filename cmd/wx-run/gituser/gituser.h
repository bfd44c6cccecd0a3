/* SPDX-License-Identifier: MIT */
#ifndef GITUSER_H
#define GITUSER_H

#include "libcommon/tool/capture.h"
#include "plan/plan.h"

/*
 * What git on the host, in the project's repository, goes by: the user's name and address, and
 * which files of the work tree its settings name. Plain files are read here; git itself is asked
 * about every other, beside us, between _start and _finish. It only reads its configuration, from
 * / and with no work tree: nothing of the project is run.
 *
 * _finish fills P->git and P->git_named, and adds ~/.gitconfig to the mounts.
 */
void gitsettings_start(struct plan *p, struct capture *c);
void gitsettings_finish(struct plan *p, struct capture *c);

#endif
