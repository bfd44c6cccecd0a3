/* SPDX-License-Identifier: MIT */
#ifndef LOG_H
#define LOG_H

#include "link/link.h"

/* The decisions, a line of JSON each, on standard output. Of the same refusal again within a second one line is
 * written, with their number, when that is over. */

/* QUIET: refusals alone. */
void log_begin(bool quiet);

/* Dies with WX_FAIL where a line cannot be written: what nobody could read later is not let happen. */
void log_event(const struct link_event *e);

/* Write what waits for its second to be over; ms until there is more, or -1. */
int  log_due(bool all);

/* Write a line about a grant: WHAT ("grant", "deny", "revoke") happened to ENTRY, for SECONDS (0: as long as it runs). */
void log_grant(const char *what, const char *entry, long seconds);

/* The last line that log_event wrote, with its end, or NULL if it wrote none; for those who watch. */
const char *log_line(void);

#endif
