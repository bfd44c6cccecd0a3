/* SPDX-License-Identifier: MIT */
#ifndef SSHKEY_H
#define SSHKEY_H

#include "privkey.h"

#define SSHKEY_MAX 4096 /* bytes of the private file of an ed25519 key */

struct sshkey {
	char text[SSHKEY_MAX]; /* the private file, in OpenSSH's format */
	size_t len;
	struct privkey half;   /* its public half */
};

/* A new ed25519 key, encrypted if PASS is not NULL. Dies if it cannot be made. */
void sshkey_make(const char *pass, struct sshkey *out);

/*
 * Does PASS (NULL: none) open the private key TEXT, of which HALF is what it says
 * without? True or false; dies if its cipher is one that libssh cannot read. NAME is for that message.
 */
bool sshkey_opens(const char *text, const struct privkey *half, const char *pass, const char *name);

/*
 * The same key under another passphrase: OLD opens TEXT, NEW (NULL: none) will open
 * OUT, which has been tried. Dies if it cannot be done.
 */
void sshkey_change(const char *text, const struct privkey *half, const char *old, const char *new,
    struct sshkey *out);

#endif
