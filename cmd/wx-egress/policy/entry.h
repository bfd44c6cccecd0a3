/* SPDX-License-Identifier: MIT */
#ifndef ENTRY_H
#define ENTRY_H

#include "policy.h"

#define ENTRY_WHY 256 /* bytes of a reason, NUL included */

/*
 * The string TEXT, "HOST[:PORT[,PORT...]] [private] [up=SIZE]", into *E, which is overwritten; all in
 * it is the caller's to free by entry_free. False: WHY says why not, in words to go behind "'TEXT': ".
 */
bool entry_parse(const char *text, bool deny, struct entry *e, char why[static ENTRY_WHY]);

/* HOST, as in an entry, into *E; nothing of *E is lost. False as above. */
bool entry_host(struct entry *e, const char *host, size_t len, bool deny, char why[static ENTRY_WHY]);

/* A port more. False as above. */
bool entry_port(struct entry *e, long port, char why[static ENTRY_WHY]);

/* Where all is set: what goes together, and 443 for a port that was not told. False as above. */
bool entry_finish(struct entry *e, bool deny, char why[static ENTRY_WHY]);

/* Does the entry's host cover NAME, a name or address in its one form? And all that HOST of another does? */
bool entry_covers(const struct entry *e, const char *name, bool literal);
bool entry_covers_entry(const struct entry *e, const struct entry *other);

void entry_free(struct entry *e);

/* Is NAME, in lower case, a suffix under which anybody registers names, as "com" and "github.io"? Of a
 * machine without the list of them everything is. */
bool suffix_public(const char *name);

/* The same, where the list itself has it: "corp" is only there by the rule for what is not in it. */
bool suffix_listed(const char *name);

/* Read GROUP's file, and call LINE with each line that has an entry. 0, or -1: WHY says why not. */
int  group_read(const char *group, bool (*line)(const char *text, void *user), void *user, char why[static ENTRY_WHY]);

/* The entry of the JSON object TEXT into *E, as entry_parse. */
bool entry_parse_object(const char *text, bool deny, struct entry *e, char why[static ENTRY_WHY]);

/* Put *E into the list, with GROUP, or NULL, for its text; the list owns it then. */
void policy_put(struct policy *p, bool deny, struct entry *e, const char *group);

#endif
