/* SPDX-License-Identifier: MIT */
#ifndef WX_TOOL_PROGRAM_H
#define WX_TOOL_PROGRAM_H

#include "libcommon/tool/strv.h"

/*
 * The program NAME in the directories of PATH (the value of the variable; NULL or "": those of the system). An entry
 * that is not absolute, which would be the current directory's, is passed over. The caller owns it; NULL with errno.
 */
char *program_in(const char *path, const char *name);

/* The program NAME beside the one that runs, else on PATH. The caller owns it; NULL with errno. */
char *program_beside(const char *name);

/* The name of what connects a network namespace to the network, of those on PATH the first choice; or NULL. */
const char *program_net_helper(void);

/*
 * Add to ENV the variables by which podman finds its storage and configuration, and no other of ours. CONF, unless NULL, is
 * the file whose settings take the place of the user's (CONTAINERS_CONF, containers.conf(5)).
 */
void  program_podman_environment(const char *conf, struct strv *env);

#endif
