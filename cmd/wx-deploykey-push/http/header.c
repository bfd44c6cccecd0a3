/* SPDX-License-Identifier: MIT */
#include "header.h"

#include <stddef.h>
#include <strings.h>
#include <time.h>

static int64_t
number_of(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n > 0 && n <= 15 && s[n] == '\0' ? strtoll(s, NULL, 10) : -1;
}

/* A date of HTTP (RFC 9110, section 5.6.7) in seconds since the epoch, or -1. */
static int64_t
date_of(const char *s)
{
	struct tm tm = { 0 };
	const char *end = strptime(s, "%a, %d %b %Y %H:%M:%S GMT", &tm);

	return end != NULL && *end == '\0' ? (int64_t)timegm(&tm) : -1;
}

/* Retry-After is a number of seconds or a date (RFC 9110, section 10.2.3). */
static int64_t
retry_of(const char *s)
{
	int64_t n = number_of(s), at;

	if (n != -1)
		return n;
	at = date_of(s);
	if (at == -1)
		return -1;
	n = at - (int64_t)time(NULL);
	return n > 0 ? n : 0;
}

static bool
is_json(const char *s)
{
	return strncasecmp(s, "application/json", 16) == 0 && (s[16] == '\0' || s[16] == ';' || s[16] == ' ');
}

static void
reset_answer(struct http_answer *a)
{
	a->status = 0;
	a->json = a->has_scopes = false;
	a->limit = (struct ratelimit){ -1, -1, -1, -1 };
	a->link[0] = a->location[0] = a->total[0] = a->sso[0] = a->scopes[0] = '\0';
	a->accepted[0] = a->permissions[0] = a->why[0] = a->body[0] = '\0';
	a->len = 0;
}

/* Fields of one name are one list (RFC 9110, section 5.3). False if it is too long. */
static bool
keep(char to[static HTTP_LINE], const char *value)
{
	size_t had = strlen(to);
	int n = snprintf(to + had, HTTP_LINE - had, "%s%s", had > 0 ? ", " : "", value);

	return n >= 0 && (size_t)n < HTTP_LINE - had;
}

/* The fields that are kept as text. */
static const struct text_field {
	const char *name;
	size_t at; /* in struct http_answer */
} text_fields[] = {
	{ "link", offsetof(struct http_answer, link) },
	{ "location", offsetof(struct http_answer, location) },
	{ "x-total-count", offsetof(struct http_answer, total) },
	{ "x-github-sso", offsetof(struct http_answer, sso) },
	{ "x-oauth-scopes", offsetof(struct http_answer, scopes) },
	{ "x-accepted-oauth-scopes", offsetof(struct http_answer, accepted) },
	{ "x-accepted-github-permissions", offsetof(struct http_answer, permissions) },
};

/* The one whose NAME is of LEN bytes; NULL if it is none of them. */
static const struct text_field *
text_field(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(text_fields) / sizeof(text_fields[0]); i++)
		if (strlen(text_fields[i].name) == len && strncasecmp(text_fields[i].name, name, len) == 0)
			return &text_fields[i];
	return NULL;
}

static bool
take_field(struct http_answer *a, const char *name, const char *value)
{
	const struct text_field *text = text_field(name, strlen(name));

	if (text != NULL) {
		a->has_scopes |= text->at == offsetof(struct http_answer, scopes);
		return keep((char *)a + text->at, value);
	}
	if (strcasecmp(name, "content-type") == 0)
		a->json = is_json(value);
	else if (strcasecmp(name, "retry-after") == 0)
		a->limit.retry_after = retry_of(value);
	else if (strcasecmp(name, "x-ratelimit-remaining") == 0 || strcasecmp(name, "ratelimit-remaining") == 0)
		a->limit.remaining = number_of(value);
	else if (strcasecmp(name, "x-ratelimit-reset") == 0 || strcasecmp(name, "ratelimit-reset") == 0)
		a->limit.reset = number_of(value);
	else if (strcasecmp(name, "date") == 0)
		a->limit.date = date_of(value);
	return true;
}

void
header_begin(struct header *h, struct http_answer *ans)
{
	*h = (struct header){ .ans = ans };
	reset_answer(ans);
}

/* The LEN bytes at S go on with the line before, as they may no more (RFC 9112, section 5.2). */
static bool
go_on(struct header *h, const char *s, size_t len)
{
	char *to = h->last, *had;

	if (to == NULL)
		return true;
	had = to + strlen(to);
	if (len >= HTTP_LINE - (size_t)(had - to) || memchr(s, '\0', len) != NULL)
		return false;
	memcpy(had, s, len);
	had[len] = '\0';
	return true;
}

/* One line, without its end. */
static bool
take_line(struct header *h, const char *s, size_t len)
{
	char field[HTTP_LINE], *colon, *value;
	const struct text_field *text;

	if (len > 0 && (s[0] == ' ' || s[0] == '\t'))
		return go_on(h, s, len);
	h->last = NULL;
	/* A status line: an answer begins, and an interim one (1xx) before it is void. */
	if (len >= 5 && memcmp(s, "HTTP/", 5) == 0) {
		reset_answer(h->ans);
		return true;
	}
	/* A list whose Link is passed by would seem to end there. */
	colon = memchr(s, ':', len);
	if (len >= sizeof(field))
		return colon == NULL || text_field(s, (size_t)(colon - s)) == NULL;
	if (colon == NULL || memchr(s, '\0', len) != NULL)
		return true;
	memcpy(field, s, len);
	field[len] = '\0';
	colon = field + (colon - s);
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	text = text_field(field, strlen(field));
	h->last = text != NULL ? (char *)h->ans + text->at : NULL;
	return take_field(h->ans, field, value);
}

bool
header_line(struct header *h, const char *s, size_t len)
{
	h->bytes += len;
	h->too_large |= h->bytes > HTTP_HEADERS;
	while (len > 0 && (s[len - 1] == '\r' || s[len - 1] == '\n' || s[len - 1] == ' '))
		len--;
	h->too_large = h->too_large || !take_line(h, s, len);
	return !h->too_large;
}
