/* SPDX-License-Identifier: MIT */
#include "api.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "say/say.h"

#define URL_MAX   (HTTP_LINE + FORGE_BASE + 512)
#define APART_NS  INT64_C(1000000000) /* between two changes: GitHub's own advice */

void
api_about(struct api *a, const char *repo)
{
	a->repo = repo;
	a->movable = repo != NULL;
	a->host->forge->base(a->base, repo);
}

struct refusal
api_refusal(const struct api *a, enum verb verb)
{
	return (struct refusal){ .host = a->host, .ans = &a->ans, .token_from = a->token_from, .verb = verb, .repo = a->repo };
}

static void
sleep_ns(int64_t ns)
{
	struct timespec t = { .tv_sec = (time_t)(ns / APART_NS), .tv_nsec = (long)(ns % APART_NS) };

	while (nanosleep(&t, &t) == -1 && errno == EINTR)
		;
}

static void
keep_apart(struct api *a)
{
	struct timespec now;
	int64_t past;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	past = (now.tv_sec - a->changed.tv_sec) * APART_NS + (now.tv_nsec - a->changed.tv_nsec);
	if (a->changed.tv_sec != 0 && past < APART_NS)
		sleep_ns(APART_NS - past);
	(void)clock_gettime(CLOCK_MONOTONIC, &a->changed);
}

static _Noreturn void
limit_is_long(int64_t wait)
{
	time_t at = time(NULL) + (time_t)wait;
	struct tm tm;
	char text[32] = "later";

	if (gmtime_r(&at, &tm) != NULL)
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	say_die(WX_TEMP, "rate limit reached: try again after %s (in %" PRId64 " s)", text, wait);
}

/* Was it about a limit, and was that waited for? */
static bool
limited(struct api *a)
{
	struct problem p;
	int64_t wait;

	if (a->ans.status != 403 && a->ans.status != 429)
		return false;
	keyjson_problem(a->ans.body, a->ans.len, &p);
	wait = ratelimit_wait(a->ans.status, &a->ans.limit, strcasestr(p.message, "rate limit") != NULL,
	    (int64_t)time(NULL));
	if (wait == -1)
		return false;
	if (a->waited + wait > RATELIMIT_MAX)
		limit_is_long(wait);
	if (isatty(STDERR_FILENO) == 1)
		say("rate limit reached: waiting %" PRId64 " s", wait);
	a->waited += wait;
	sleep_ns(wait * APART_NS);
	return true;
}

/* Has the repository another name, by which it is asked for from now on? */
static bool
moved(struct api *a, const char *tail)
{
	const struct forge *f = a->host->forge;

	if (!a->movable || f->moved == NULL || !f->moved(a->host, &a->ans, a->base, tail))
		return false;
	/* Who takes the old name next gets what is sent to it. */
	say("warning: '%s' has a new name; use that", a->repo);
	a->movable = false;
	return true;
}

static _Noreturn void
bad_token(const struct api *a)
{
	const char *const *how = a->host->forge->new_token;
	struct problem p;

	keyjson_problem(a->ans.body, a->ans.len, &p);
	say_die(WX_FAIL, "'%s' does not accept the token from %s (%s); log in anew with: %s%s%s", a->host->name, a->token_from,
	    p.message[0] != '\0' ? p.message : "401", how[0], a->host->name, how[1]);
}

static enum outcome
send_once(struct api *a, const char *method, const char *url, const char *body)
{
	switch (http_send(a->http, method, url, body, &a->ans)) {
	case HTTP_ANSWER:
		break;
	case HTTP_UNREACHED:
		say_die(WX_TEMP, "cannot connect to '%s': %s", a->host->name, a->ans.why);
	case HTTP_UNTRUSTED:
		say_die(WX_FAIL, "cannot trust '%s': %s", a->host->name, a->ans.why);
	case HTTP_PROXY:
		say_die(WX_FAIL, "cannot connect to '%s': %s", a->host->name, a->ans.why);
	case HTTP_UNSURE:
		return API_UNSURE;
	}
	if (a->ans.status == 401 && !forge_denied(a->host->forge, &a->ans))
		bad_token(a);
	if (a->ans.status >= 200 && a->ans.status < 300)
		return API_DONE;
	if (a->ans.status >= 300 && a->ans.status < 500 && a->ans.status != 408 && !forge_unreadable(&a->ans))
		return API_REFUSED;
	(void)snprintf(a->ans.why, sizeof(a->ans.why), "the answer is HTTP %d", a->ans.status);
	return API_UNSURE;
}

enum outcome
api_call(struct api *a, const char *method, const char *tail, const char *body)
{
	bool change = strcmp(method, "GET") != 0;
	char url[URL_MAX];
	enum outcome got;

	for (;;) {
		(void)snprintf(url, sizeof(url), "https://%s%s%s%s", a->host->authority, a->host->prefix, a->base, tail);
		if (change && a->many)
			keep_apart(a);
		got = send_once(a, method, url, body);
		if (got == API_REFUSED && (limited(a) || moved(a, tail)))
			continue;
		return got;
	}
}

enum outcome
api_get(struct api *a, const char *path)
{
	char url[URL_MAX];
	enum outcome got;

	(void)snprintf(url, sizeof(url), "https://%s%s", a->host->authority, path);
	do
		got = send_once(a, "GET", url, NULL);
	while (got == API_REFUSED && limited(a));
	return got;
}
