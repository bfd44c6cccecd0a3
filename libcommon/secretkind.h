/* SPDX-License-Identifier: MIT */
#ifndef WX_SECRETKIND_H
#define WX_SECRETKIND_H

#include <stdbool.h>

/* What kind of secret VALUE is, by its published prefix: "claude-oauth", "github-app"; "unknown" if by none. */
const char *wx_secret_kind(const char *value);

/* Is NAME one that wx_secret_kind may return, "unknown" left out? */
bool wx_secret_kind_known(const char *name);

#endif
