/* SPDX-License-Identifier: MIT */
#ifndef URL_H
#define URL_H

#include <stdbool.h>

#define URL_HOST 253
#define URL_USER 64
#define URL_REPO 255

/* What a URL of a remote says; "" for what it does not say. */
struct url {
	bool ssh;                  /* else https */
	char user[URL_USER + 1];   /* of ssh */
	char host[URL_HOST + 1];   /* in lower case; it may be an alias of ssh's */
	char port[6];
	char repo[URL_REPO + 1];   /* owner/name, group/.../name or ~user/name, without .git */
};

/*
 * Take S apart: [user@]host:path, ssh://[user@]host[:port]/path, or
 * https://[user[:password]@]host[:port]/path. NULL, or why it is none of these, in
 * words that show nothing of it: there may be a password in it.
 */
const char *url_parse(const char *s, struct url *out);

#endif
