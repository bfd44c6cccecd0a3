/* SPDX-License-Identifier: MIT */
#ifndef WX_SECRETKIND_H
#define WX_SECRETKIND_H

#include <stdbool.h>

/* Return the kind of the secret VALUE by its published prefix, such as "claude-oauth" or "github-app"; "unknown" if none
 * matches. */
const char *wx_secret_kind(const char *value);

/* Return whether NAME is a kind that wx_secret_kind returns, "unknown" excepted. */
bool wx_secret_kind_known(const char *name);

#endif
