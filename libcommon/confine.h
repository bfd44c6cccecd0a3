/* SPDX-License-Identifier: MIT */
#ifndef WX_CONFINE_H
#define WX_CONFINE_H

#include <stdbool.h>

/*
 * From here on this process and its children open, make, rename and remove files
 * only beneath the folder DIR, an open descriptor (-1: nowhere), whatever a library that
 * they call is brought to do; they run no program, trace no process and make no socket.
 * What is open stays so. By Landlock and a short seccomp filter, on Linux; each is
 * left out where the kernel has it not, so there is nothing to return.
 */
void wx_confine(int dir);

/*
 * The same for one that talks to servers: it may make sockets, reads what resolver, TLS and the plug-ins of both
 * read (/etc, the libraries, a Nix store) and the file or folder ALSO, which may be NULL, and writes nowhere.
 */
void wx_confine_client(const char *also);

/*
 * For a process that parses what an attacker sends, on sockets that it was given: it opens no file, runs no program, signals
 * nobody, and makes no connection, not of a socket that it has either. With PAIRS it may make pairs of AF_UNIX.
 */
void wx_confine_parser(bool pairs);

#endif
