/* SPDX-License-Identifier: MIT */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "forge/forge.h"

#define JOURNAL_UNTIL 21 /* bytes of a time, "2026-12-01T12:00:00Z", NUL included: earlier is less, for strcmp(3) */

/* A key that a forge may have. */
struct journal {
	char kind[16], host[HOST_NAME + 12], repo[FORGE_BASE], title[TITLE_LEN + 1];
	char until[JOURNAL_UNTIL];
	char key[WX_PUBKEY_LINE_MAX + 1]; /* the public line, without its end */
};

/* The journals' directory, made where there is none, or -1 with errno. */
int  journal_dir(void);

/* The name of the journal of the key whose fingerprint is PRINT. */
void journal_name(const char *print, char name[static WX_FINGERPRINT]);

/* Write J to disk as NAME of DIR. Its descriptor, by which it is locked as long as any process has that open; or -1 with
 * errno. */
int  journal_make(int dir, const char *name, const struct journal *j);

/* Read NAME, which is locked from then on. Its descriptor, or -1 with errno: EWOULDBLOCK where somebody looks after it,
 * EBADMSG where it is none; then, and where it can be locked only, it is removed if it was never whole. */
int  journal_take(int dir, const char *name, struct journal *j);

#endif
