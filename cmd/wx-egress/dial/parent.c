/* SPDX-License-Identifier: MIT */
#include "parent.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <fcntl.h>
#include <unistd.h>

#include "libcommon/base64.h"
#include "libcommon/fileio.h"
#include "resolve.h"

#define HEAD_MAX 8192

/* The proxy's head and no byte behind it, which would be the server's. False: none that is whole. */
static bool
read_head(int fd, char head[static HEAD_MAX])
{
	size_t len;

	for (len = 0; len < HEAD_MAX - 1; len++) {
		if (read(fd, head + len, 1) != 1)
			return false;
		head[len + 1] = '\0';
		if (len >= 3 && memcmp(head + len - 3, "\r\n\r\n", 4) == 0)
			return true;
	}
	return false;
}

static enum reason
answer_of(int fd)
{
	static char head[HEAD_MAX];

	if (!read_head(fd, head) || strncmp(head, "HTTP/1.", 7) != 0 || (head[7] != '0' && head[7] != '1') || head[8] != ' ')
		return REASON_UNREACHABLE;
	if (head[9] == '2')
		return REASON_ALLOWED;
	if (strncmp(head + 9, "504", 3) == 0)
		return REASON_TIMEOUT;
	return REASON_REFUSED;
}

static bool
ask(int fd, const struct parent *p, const char *name, uint16_t port)
{
	char text[1024 + 2 * WX_HOSTNAME_MAX], word[WX_BASE64_LEN(sizeof(p->credentials)) + 1];
	bool v6 = strchr(name, ':') != NULL;
	int n;

	(void)wx_base64_encode((const unsigned char *)p->credentials, strlen(p->credentials), word);
	n = snprintf(text, sizeof(text), "CONNECT %s%s%s:%u HTTP/1.1\r\nHost: %s%s%s:%u\r\n%s%s%s\r\n", v6 ? "[" : "", name,
	    v6 ? "]" : "", port, v6 ? "[" : "", name, v6 ? "]" : "", port, word[0] != '\0' ? "Proxy-Authorization: Basic " : "",
	    word, word[0] != '\0' ? "\r\n" : "");
	return n > 0 && (size_t)n < sizeof(text) && wx_write_all(fd, text, (size_t)n) == 0;
}

int
parent_connect(const struct parent *p, const char *name, uint16_t port, int ms, enum reason *why)
{
	struct timeval limit = { .tv_sec = ms / 1000 };
	struct address to[RACE_MAX];
	size_t n = resolve_any(p->host, p->port, to), winner;
	int fd;

	*why = REASON_DNS;
	fd = n == 0 ? -1 : race_connect(to, n, ms, &winner, why);
	if (fd == -1)
		return -1;
	(void)fcntl(fd, F_SETFL, 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	*why = ask(fd, p, name, port) ? answer_of(fd) : REASON_UNREACHABLE;
	if (*why != REASON_ALLOWED) {
		(void)close(fd);
		return -1;
	}
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}
