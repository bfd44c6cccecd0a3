/* SPDX-License-Identifier: MIT */
#ifndef HOSTSYML_H
#define HOSTSYML_H

#include <stddef.h>

enum hostsyml { HOSTSYML_TOKEN, HOSTSYML_NONE, HOSTSYML_BAD };

/*
 * The token for HOST, in lower case, in the text of gh's hosts.yml: TEXT of LEN
 * bytes, then a NUL. Old form: HOST.oauth_token. New form: that, or
 * HOST.users.NAME.oauth_token, where HOST.user is NAME. HOSTSYML_TOKEN: it is in
 * TOKEN (CAP bytes). HOSTSYML_NONE: a sound file without one, as gh leaves it where
 * a keyring holds the token. HOSTSYML_BAD: *LINE is the first that is not of the small
 * part of YAML that gh writes, or says something again.
 */
enum hostsyml hostsyml_token(const char *text, size_t len, const char *host, char *token,
    size_t cap, size_t *line);

/* The same in glab's config.yml: hosts.HOST.token. */
enum hostsyml hostsyml_glab(const char *text, size_t len, const char *host, char *token, size_t cap,
    size_t *line);

#endif
