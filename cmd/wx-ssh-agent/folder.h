/* SPDX-License-Identifier: MIT */
#ifndef FOLDER_H
#define FOLDER_H

/* A socket's name has 104 bytes on the BSDs and macOS, 108 on Linux (unix(7)). */
#define FOLDER_PATH 97

/* The sockets in it: the one that the command gets, the agent's own; bytes of their paths. */
#define FOLDER_GIVEN_SOCKET "/agent"
#define FOLDER_OWN_SOCKET   "/real"
#define FOLDER_SOCKET       (FOLDER_PATH + sizeof(FOLDER_GIVEN_SOCKET))

/* A private folder, locked as long as FD is open in any process. */
struct folder {
	char path[FOLDER_PATH]; /* absolute */
	int  fd;                /* close-on-exec */
};

/*
 * Make one, in $XDG_RUNTIME_DIR/wrapix or else in /tmp/wrapix-UID, and remove those there
 * that nobody holds any more. Dies with WX_CHAIN.
 */
void folder_make(struct folder *f);

/* Write LEN bytes to a new file NAME in it, 0600. Dies with WX_CHAIN. */
void folder_write(const struct folder *f, const char *name, const void *buf, size_t len);

/* Remove it and the files in it. */
void folder_remove(const struct folder *f);

#endif
