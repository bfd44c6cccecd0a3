/* SPDX-License-Identifier: MIT */
/* What the back takes for a request, from a front that says anything: each is one that the rules allow, by another way to say so. */
#include <assert.h>
#include <stdint.h>

#include <err.h>
#define warnx(...) ((void)0)
#include "cmd/wx-api-broker/back/asked.c"
#include "cmd/wx-api-broker/route/field.c"
#include "cmd/wx-api-broker/frame/frame.c"
#include "cmd/wx-api-broker/route/rule.c"
#define line uses_line
#include "cmd/wx-api-broker/frame/uses.c"
#undef line

#define routes link_routes
#define nroutes link_nroutes
#include "cmd/wx-api-broker/back/link.c"

#undef routes
#undef nroutes

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t begun;
static struct secret secret;
static struct transfer { int none; } transfer;

/* Only /x, /b and what is below that; no step back in the path, nothing between the words. What is after '?' is data. */
struct transfer *
upstream_begin(const struct route *r, const char *method, const char *path, int64_t length,
    const char *const *fields, size_t n, const char *auth, void *who)
{
	size_t i;

	(void)r;
	(void)who;
	begun++;
	assert(strcmp(method, "GET") == 0 || strcmp(method, "POST") == 0);
	assert(strcmp(path, "/x") == 0 || strncmp(path, "/x?q", 4) == 0 || strcmp(path, "/x?") == 0 || strcmp(path, "/b") == 0 ||
	    strcmp(path, "/b?") == 0 || strncmp(path, "/b/", 3) == 0);
	for (i = 0; i < strcspn(path, "?"); i++)
		assert(strncmp(path + i, "/../", 4) != 0 && strncmp(path + i, "//", 2) != 0);
	assert(path[strcspn(path, "# \r\n\t")] == '\0');
	assert(length >= FRAME_NONE && length <= 1000 && auth != NULL && strcmp(auth, "Authorization: Bearer MADEUP-1") == 0);
	for (i = 0; i < n; i++) {
		assert(fields[i][strcspn(fields[i], "\r\n")] == '\0' && strchr(fields[i], ':') != NULL);
		assert(strncasecmp(fields[i], "host:", 5) != 0 && strncasecmp(fields[i], "authorization:", 14) != 0 &&
		    strncasecmp(fields[i], "content-length:", 15) != 0 && strncasecmp(fields[i], "transfer-encoding:", 18) != 0);
	}
	return &transfer;
}

void
upstream_end(struct transfer *t)
{
	assert(t == &transfer);
}

void
upstream_resume(struct transfer *t, bool up, bool down)
{
	(void)t;
	(void)up;
	(void)down;
}

struct secret *
secret_of(const char *name)
{
	(void)name;
	return &secret;
}

struct value *
secret_use(struct secret *s)
{
	return s->now;
}

void
secret_leave(struct secret *s, struct value *v, unsigned generation)
{
	(void)s;
	(void)v;
	(void)generation;
}

bool
secret_seen(const struct value *v, size_t *state, const char *buf, size_t len)
{
	(void)v;
	(void)state;
	(void)buf;
	(void)len;
	return false;
}

const struct auth *
route_auth(const struct route *r, const char *kind)
{
	(void)kind;
	return &r->auth[0];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct route r = {
		.name = "t", .secret = "TOK", .nauth = 1, .auth = { { "default", "Authorization", "Bearer {}", "" } }, .nrules = 2,
		.rules = { { .methods = 1U << METHOD_GET | 1U << METHOD_POST, .path = "/x", .query = { "q" }, .nquery = 1 },
		    { .methods = 1U << METHOD_GET, .path = "/b", .prefix = true } },
		.body = 1000, .idle = 60,
	};
	static struct link l;
	int fds[2];

	if (size > FRAME_MAX - 1 || frame_pair(fds) == -1)
		return 0;
	link_setup(&r, 1);
	secret.now = &secret.values[0];
	memcpy(secret.now->text, "MADEUP-1", 9);
	secret.now->len = 8;
	l = (struct link){ .fd = fds[0], .state = LINK_IDLE };
	begun = 0;
	(void)frame_send(fds[1], FRAME_HEAD, NULL, 0, (const char *)data, size);
	link_input(&l);
	assert(begun == (l.state == LINK_RUN && l.fd != -1));
	if (l.fd != -1)
		link_close(&l);
	(void)close(fds[1]);
	return 0;
}
