/* SPDX-License-Identifier: MIT */
#ifndef RUN_H
#define RUN_H

/*
 * Connect to the wx-egress of a run: by its SOCKET, or, where that is NULL, of the one run of the project in the directory
 * DIR, whose socket is $XDG_RUNTIME_DIR/wrapix/net.HASH.PID/control. A descriptor; dies with WX_TEMP where there is no
 * run, with WX_FAIL where there are several.
 */
int run_connect(const char *socket, const char *dir);

#endif
