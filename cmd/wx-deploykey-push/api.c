/* SPDX-License-Identifier: MIT */
#include "api.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "keyjson.h"
#include "libcommon/exitcode.h"
#include "say.h"

#define URL_MAX   (HTTP_LINE + 512)
#define APART_NS  INT64_C(1000000000) /* between two changes: GitHub's own advice */

void
api_about(struct api *a, const char *repo)
{
	a->movable = repo != NULL;
	if (repo != NULL)
		(void)snprintf(a->base, sizeof(a->base), "/repos/%s", repo);
	else
		(void)snprintf(a->base, sizeof(a->base), "/user");
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

/*
 * GitHub answers for a repository that was renamed or moved with its number:
 * 301 or 307 to /repositories/ID and the rest of the path. That very form, of
 * this origin, becomes the new base; no other redirect is obeyed.
 */
static bool
moved(struct api *a, const char *tail)
{
	const char *path = host_path(a->host, a->ans.location), *rest;
	size_t digits, tail_len = strcspn(tail, "?");
	static const char by_id[] = "/repositories/";

	if (!a->movable || (a->ans.status != 301 && a->ans.status != 307 && a->ans.status != 308))
		return false;
	if (path == NULL || strncmp(path, a->host->prefix, strlen(a->host->prefix)) != 0)
		return false;
	path += strlen(a->host->prefix);
	if (strncmp(path, by_id, strlen(by_id)) != 0)
		return false;
	digits = strspn(path + strlen(by_id), "0123456789");
	rest = path + strlen(by_id) + digits;
	if (digits == 0 || digits > 19 || strcspn(rest, "?") != tail_len || memcmp(rest, tail, tail_len) != 0)
		return false;
	/* Who takes the old name next gets what is sent to it. */
	say("warning: '%s' has a new name; use that", a->base + strlen("/repos/"));
	(void)snprintf(a->base, sizeof(a->base), "%.*s", (int)(rest - path), path);
	a->movable = false;
	return true;
}

static _Noreturn void
bad_token(const struct api *a)
{
	struct problem p;

	keyjson_problem(a->ans.body, a->ans.len, &p);
	say_die(WX_FAIL, "'%s' does not accept the token from %s (%s); log in anew with: gh auth login -h %s",
	    a->host->name, a->token_from, p.message[0] != '\0' ? p.message : "401", a->host->name);
}

/* Did the answer, cut or garbled on its way, lose what it says? 422 has several meanings. */
static bool
unreadable(const struct api *a)
{
	struct problem p;

	if (a->ans.status != 422)
		return false;
	keyjson_problem(a->ans.body, a->ans.len, &p);
	return p.message[0] == '\0';
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
	case HTTP_UNSURE:
		return API_UNSURE;
	}
	if (a->ans.status == 401)
		bad_token(a);
	if (a->ans.status >= 200 && a->ans.status < 300)
		return API_DONE;
	if (a->ans.status >= 300 && a->ans.status < 500 && a->ans.status != 408 && !unreadable(a))
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
