/* SPDX-License-Identifier: MIT */
#ifndef TEAYML_H
#define TEAYML_H

#include "hostsyml.h"

/*
 * The token for HOST, in lower case, in tea's config.yml: of the item of the list "logins" whose
 * "url" is https://HOST; of several, the first. Parameters and result are those of hostsyml_token().
 */
enum hostsyml teayml_token(const char *text, size_t len, const char *host, char *token, size_t cap, size_t *line);

#endif
