/* SPDX-License-Identifier: MIT */
#ifndef WX_CONTAINERSCONF_H
#define WX_CONTAINERSCONF_H

#include <stddef.h>

#define WX_CONTAINERSCONF_MAX 16384

/*
 * What podman is to read in place of its settings (containers.conf(5)), by CONTAINERS_CONF, for a container of
 * ours: of the files that it would read, only which programs and directories podman itself uses. What they say
 * of containers (volumes, devices, environment, seccomp profile, ...), of hooks and of networks is left out: the
 * caller says all of that by options, and what a list of settings adds to them no option takes away.
 *
 * The text, and a NUL, into OUT, CAP bytes (WX_CONTAINERSCONF_MAX is enough for any that is sensible). Returns 0, or
 * -1 with errno, and in BAD, BAD_CAP bytes, the name of the file at fault: EINVAL, one line of it cannot be understood; EFBIG, too
 * much is said; else as open(2) and read(2) have it. A file that is not there is none.
 */
int wx_containersconf(char *out, size_t cap, char *bad, size_t bad_cap);

#endif
