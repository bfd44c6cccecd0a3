/* SPDX-License-Identifier: MIT */
#ifndef WX_CONFINE_H
#define WX_CONFINE_H

#include <stdbool.h>

/*
 * Restrict this process and its children for good: they open, create, rename and remove files only beneath the directory
 * DIR, an open descriptor (-1: nowhere); they execute no program, trace no process and create no socket. Open
 * descriptors stay usable. Uses Landlock and a seccomp filter on Linux. A layer that the kernel
 * lacks is left out in silence: this is a second line of defence, so nothing is returned.
 */
void wx_confine(int dir);

/*
 * The same for a network client: it may create sockets and read what the resolver, TLS and their plug-ins
 * read (/etc, libraries, a Nix store) and the file or directory ALSO (may be NULL). It writes nowhere.
 */
void wx_confine_client(const char *also);

/*
 * The same for a process that parses hostile input from inherited sockets: it opens no file, executes no program, signals
 * no other process and connects no socket, inherited ones included. With PAIRS it may call socketpair(2) of AF_UNIX.
 */
void wx_confine_parser(bool pairs);

#endif
