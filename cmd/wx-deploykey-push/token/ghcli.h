/* SPDX-License-Identifier: MIT */
#ifndef GHCLI_H
#define GHCLI_H

#include <sys/types.h>

/*
 * What "gh auth token" prints for HOST, at most CAP bytes, into BUF: their
 * number; -1 if there is no gh, or it knows no token, or prints more. It may ask
 * the user's keyring. Its environment is built from an allow-list, without any token.
 */
ssize_t ghcli_token(const char *host, char *buf, size_t cap);

#endif
