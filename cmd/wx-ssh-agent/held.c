/* SPDX-License-Identifier: MIT */
#include "held.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"

#include "libcommon/base64.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"

struct held {
	size_t        len;
	unsigned char text[MESSAGE_MAX];
};

static int
connect_agent(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(at.sun_path))
		errx(WX_CHAIN, "cannot ask the ssh-agent: its path is too long");
	memcpy(at.sun_path, path, strlen(path) + 1);
	if (fd == -1 || connect(fd, (struct sockaddr *)&at, sizeof(at)) == -1)
		err(WX_CHAIN, "cannot ask the ssh-agent");
	return fd;
}

static bool
read_exactly(int fd, unsigned char *buf, size_t len)
{
	ssize_t n;

	for (; len > 0; buf += n, len -= (size_t)n) {
		n = read(fd, buf, len);
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			return false;
	}
	return true;
}

struct held *
held_ask(const char *path)
{
	static const unsigned char ask[] = { 0, 0, 0, 1, MESSAGE_LIST };
	struct held *h = malloc(sizeof(*h));
	unsigned char head[MESSAGE_HEAD];
	int fd = connect_agent(path);

	if (h == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	if (wx_write_all(fd, ask, sizeof(ask)) == -1 || !read_exactly(fd, head, sizeof(head)) ||
	    (h->len = message_length(head)) > MESSAGE_MAX || !read_exactly(fd, h->text, h->len) ||
	    h->len == 0 || h->text[0] != MESSAGE_KEYS)
		errx(WX_CHAIN, "cannot ask the ssh-agent: no list of keys comes from it");
	(void)close(fd);
	return h;
}

/* The keys of H from the first on: false behind the last. */
static bool
next_key(const struct held *h, struct message_rest *at, struct message_rest *key)
{
	struct message_rest comment;

	if (at->p == NULL) {
		*at = (struct message_rest){ .p = h->text, .len = h->len };
		/* The kind, and how many there are: they end with the message. */
		if (!message_skip(at, 1 + 4))
			return false;
	}
	return message_string(at, key) && message_string(at, &comment);
}

static bool
has(const struct held *h, const struct message_rest *want)
{
	struct message_rest at = { NULL, 0 }, key;

	while (h != NULL && next_key(h, &at, &key))
		if (key.len == want->len && memcmp(key.p, want->p, key.len) == 0)
			return true;
	return false;
}

void
held_new(const struct held *now, const struct held *before,
    void (*each)(const char *line, size_t len, void *user), void *user)
{
	static char line[MESSAGE_MAX + WX_BASE64_LEN(MESSAGE_MAX) + 3];
	struct message_rest at = { NULL, 0 }, key, inner, type;
	size_t len;

	while (next_key(now, &at, &key)) {
		inner = key;
		if (has(before, &key) || !message_string(&inner, &type))
			continue;
		memcpy(line, type.p, type.len);
		line[type.len] = ' ';
		len = type.len + 1 + wx_base64_encode(key.p, key.len, line + type.len + 1);
		line[len++] = '\n';
		each(line, len, user);
	}
}
