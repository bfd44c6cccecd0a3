/* SPDX-License-Identifier: MIT */
#ifndef PAIR_H
#define PAIR_H

#include <sys/stat.h>

#include <limits.h>
#include <stdbool.h>

#include "key/key.h"

#define NAME_LEN 200 /* so that every name which is made of it fits NAME_MAX */

/* Where a key pair lies: a folder, open, and the name of the private half in it. */
struct place {
	int dir;
	char folder[PATH_MAX];
	char prefix[PATH_MAX]; /* before a name, to show it as the caller wrote it */
	char name[NAME_MAX + 1];
};

/*
 * Take PATH apart, check the name, open the folder; with MAKE, make it (0700) if
 * it is not there. Dies if the folder is not for its owner alone.
 */
void        place_open(struct place *p, const char *path, bool make);

/*
 * Keep other runs out, and signals that would end this one between two files.
 * Dies (WX_TEMP) if another holds it for 5 s.
 */
void        place_lock(const struct place *p);
void        place_unlock(const struct place *p);

/* NAME in this folder, for a message; valid until the next call but one. */
const char *place_path(const struct place *p, const char *name);

/* The exit code for what errno says. */
int         fail_code(void);

/*
 * A pair is NAME and NAME.pub. It is written as one transaction: both halves go to
 * temporary files and to the disk; the public half that was there steps aside, for
 * ssh would take it and fail with the new private one; the private half gets its
 * name, then the public one. The temporary files are the journal: pair_recover
 * makes of what a killed run left the new pair, if its private half had its name,
 * and else the old one.
 */

struct half {
	bool there;
	struct stat st;
};

struct pair {
	bool deep;                           /* asked for: PRIVKEY_OK only if the private half is sound */
	struct half private, public;
	enum privkey_status private_status;
	struct privkey key;                  /* of the private half, if PRIVKEY_OK */
	enum wx_pubkey_status public_status;
	char line[WX_PUBKEY_LINE_MAX + 1];   /* of the public half, without its end */
	struct wx_pubkey public_key;         /* and this points into it */
	bool match;                          /* both are good, and of one key */
	const char *bad;                     /* the file that could not be read */
};

bool same_key(const struct wx_pubkey *a, const struct wx_pubkey *b);

/*
 * Look at the pair NAME in the folder DIR; FLAGS are more for open(2). 0, or -1
 * with errno: OUT->bad cannot be read. What is read of the private half is wiped.
 */
int  pair_look(int dir, const char *name, int flags, struct pair *out);

/* The public half alone, which is the file FILE. */
int  pair_look_public(int dir, const char *file, int flags, struct pair *out);

/* The same as pair_look where it will be written; dies if it cannot be read or is no regular file. */
void pair_check(const struct place *p, const char *name, struct pair *out);

/* Dies if the pair NAME, which is to be replaced, is of a key in hardware: no -f is meant for that. */
void pair_check_hardware(const struct place *p, const char *name, const struct pair *pair);

/*
 * Read the private half NAME into TEXT (PRIVKEY_MAX + 1 bytes), which ends with a NUL,
 * and take it apart. Dies if it is not there, not for its owner alone, or not
 * a private key in OpenSSH's format.
 */
void private_read(const struct place *p, const char *name, char *text, struct privkey *key);

/* Dies if the file is not for its owner alone; PATH is for the message. */
void private_check_mode(const struct stat *st, const char *path);

/* Why STATUS is no good, to go behind "refusing 'FILE': ". */
const char *privkey_error(enum privkey_status status);

enum recovered { RECOVERED_NOTHING, RECOVERED_OLD, RECOVERED_NEW };

/* See above. The lock is held. Dies if it cannot be done. */
enum recovered pair_recover(const struct place *p, const char *name);

/*
 * Write KEY's halves to their temporary files, with SYNC to the disk; then give
 * them their names, which with REPLACE may be taken. 0, or -1 with errno: then
 * pair_recover mends what there is.
 */
int  pair_write(const struct place *p, const char *name, const struct sshkey *key, const char *line, bool sync);
int  pair_publish(const struct place *p, const char *name, bool replace);

/* The public half's line of KEY with COMMENT ("": none), with its end. LINE takes WX_PUBKEY_LINE_MAX. */
void public_line(const struct privkey *key, const char *comment, char line[static WX_PUBKEY_LINE_MAX]);

/* Put LINE in place as the file NAME; dies. */
void public_replace(const struct place *p, const char *name, const char *line);

/* NAME with SUFFIX behind; the last four are kept. */
const char *with(const char *name, const char *suffix);

#endif
