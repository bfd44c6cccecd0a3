/* SPDX-License-Identifier: MIT */
#include "route.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "routefile.h"

#include "libcommon/envline.h"
#include "libcommon/http1.h"
#include "libcommon/number.h"
#include "libcommon/secretkind.h"

#define FILE_MAX     (64 << 10)
#define BODY_DEFAULT (UINT64_C(64) << 20)
#define IDLE_DEFAULT 900

/* A route that is being read: all its faults are said, one a line. */
struct reader {
	struct route        *r;
	const char          *what;
	const struct define *defines;
	size_t               ndefines;
	bool                 bad;
};

__attribute__((format(printf, 2, 3))) static void
fault(struct reader *d, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap); /* NOLINT(clang-analyzer-valist.Uninitialized) */
	va_end(ap);
	warnx("route '%s': %s", d->what, text);
	d->bad = true;
}

/* --- values */

/* The string V into OUT; false, and a fault, if it is none, empty, too long or no line. */
static bool
take_string(struct reader *d, const char *key, const struct json *v, char *out, size_t cap)
{
	const char *s = json_string(v);

	if (s == NULL || !wx_env_value_ok(s, strlen(s)) || strlen(s) >= cap) {
		fault(d, "%s is not a string of 1 to %zu bytes", key, cap - 1);
		return false;
	}
	memcpy(out, s, strlen(s) + 1);
	return true;
}

static void
take_bool(struct reader *d, const char *key, const struct json *v, bool *out)
{
	int b = json_bool(v);

	if (b == -1)
		fault(d, "%s is neither true nor false", key);
	else
		*out = b == 1;
}

/* A number, or a size as "64M". */
static void
take_size(struct reader *d, const char *key, const struct json *v, uint64_t *out)
{
	int64_t n = json_number(v);
	const char *s = json_string(v);

	if (n > 0)
		*out = (uint64_t)n;
	else if (s == NULL || wx_size(s, out) == -1)
		fault(d, "%s is neither a number above 0 nor a size", key);
}

static void
take_number(struct reader *d, const char *key, const struct json *v, int64_t most, unsigned *out)
{
	int64_t n = json_number(v);

	if (n < 1 || n > most)
		fault(d, "%s is not a number from 1 to %lld", key, (long long)most);
	else
		*out = (unsigned)n;
}

/* A list of strings, MOST of them at the most. */
static void
take_names(struct reader *d, const char *key, const struct json *v, char (*out)[RULE_NAME], size_t most, size_t *n)
{
	const struct json *e;

	if (!json_is_list(v)) {
		fault(d, "%s is not a list", key);
		return;
	}
	for (e = json_first(v); e != NULL; e = json_next(e)) {
		if (*n == most) {
			fault(d, "%s has more than %zu entries", key, most);
			return;
		}
		if (take_string(d, key, e, out[*n], RULE_NAME))
			(*n)++;
	}
}

/* --- rules */

/* PATH with each "{NAME}" replaced into OUT. */
static bool
expand(struct reader *d, const char *path, char out[static RULE_PATH])
{
	const char *end, *s;
	size_t at = 0, i, len;

	for (s = path; *s != '\0'; s++) {
		if (*s != '{') {
			if (at == RULE_PATH - 1)
				return false;
			out[at++] = *s;
			continue;
		}
		end = strchr(s, '}');
		for (i = 0; end != NULL && i < d->ndefines; i++)
			if (d->defines[i].len == (size_t)(end - s) - 1 && memcmp(d->defines[i].name, s + 1, d->defines[i].len) == 0)
				break;
		if (end == NULL || i == d->ndefines) {
			fault(d, "allow: path '%s' wants a value (-D)", path);
			return false;
		}
		len = strlen(d->defines[i].value);
		if (len >= RULE_PATH - at)
			return false;
		memcpy(out + at, d->defines[i].value, len);
		at += len;
		s = end;
	}
	out[at] = '\0';
	return true;
}

static void
take_path(struct reader *d, const struct json *v, struct rule *u)
{
	char path[RULE_PATH];
	const char *why;

	if (!take_string(d, "allow: path", v, path, sizeof(path)))
		return;
	if (!expand(d, path, u->path)) {
		u->path[0] = '\0';
		d->bad = true;
		return;
	}
	why = rule_path_fault(u->path);
	if (why != NULL)
		fault(d, "allow: path '%s': %s", u->path, why);
}

static void
take_methods(struct reader *d, const struct json *v, struct rule *u)
{
	const struct json *e;
	const char *s;
	int m;

	for (e = json_is_list(v) ? json_first(v) : NULL; e != NULL; e = json_next(e)) {
		s = json_string(e);
		m = s != NULL ? rule_method(s, strlen(s)) : -1;
		if (m == -1)
			fault(d, "allow: methods: only GET, HEAD, POST, PUT, PATCH and DELETE");
		else
			u->methods |= 1U << m;
	}
	if (u->methods == 0)
		fault(d, "allow: methods is not a list with something in it");
}

static void
take_rule(struct reader *d, const struct json *v)
{
	static const char known[] = " methods path query prefix open ";
	const struct json *m, *query = json_get(v, "query");
	struct rule *u;
	char key[RULE_NAME];

	if (d->r->nrules == ROUTE_RULES) {
		fault(d, "allow has more than %d entries", ROUTE_RULES);
		return;
	}
	u = &d->r->rules[d->r->nrules++];
	if (!json_is_object(v)) {
		fault(d, "allow: an entry is not an object");
		return;
	}
	for (m = json_first(v); m != NULL; m = json_next(m)) {
		(void)snprintf(key, sizeof(key), " %.40s ", json_key(m));
		if (strstr(known, key) == NULL)
			fault(d, "allow: unknown key '%.40s'", json_key(m));
	}
	take_methods(d, json_get(v, "methods"), u);
	take_path(d, json_get(v, "path"), u);
	if (json_bool(query) == 1)
		u->any_query = true;
	else if (query != NULL)
		take_names(d, "allow: query", query, u->query, RULE_PARAMS, &u->nquery);
	if (json_get(v, "prefix") != NULL)
		take_bool(d, "allow: prefix", json_get(v, "prefix"), &u->prefix);
	if (json_get(v, "open") != NULL)
		take_bool(d, "allow: open", json_get(v, "open"), &u->open);
}

/* --- the secret */

static bool
is_field_name(const char *s)
{
	return s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static void
take_kind(struct reader *d, const char *kind, const struct json *v)
{
	struct auth *a;
	const char *hole;

	if (d->r->nauth == ROUTE_KINDS || (strcmp(kind, "default") != 0 && !wx_secret_kind_known(kind))) {
		fault(d, "auth: '%.40s' is no kind of secret", kind);
		return;
	}
	a = &d->r->auth[d->r->nauth++];
	(void)snprintf(a->kind, sizeof(a->kind), "%s", kind);
	if (!take_string(d, "auth: header", json_get(v, "header"), a->header, sizeof(a->header)) ||
	    !take_string(d, "auth: format", json_get(v, "format"), a->format, sizeof(a->format)))
		return;
	if (!is_field_name(a->header))
		fault(d, "auth: header is not the name of a field");
	hole = strstr(a->format, "{}");
	if (hole == NULL || strstr(hole + 2, "{}") != NULL)
		fault(d, "auth: format has not one '{}'");
	if (json_get(v, "agent") != NULL)
		(void)take_string(d, "auth: agent", json_get(v, "agent"), a->agent, sizeof(a->agent));
}

/* --- the file's keys */

static void
set_upstream(struct reader *d, const struct json *v)
{
	static const char tls[] = "https://", plain[] = "http://";
	const char *s, *host;
	unsigned port;
	size_t n;

	if (!take_string(d, "upstream", v, d->r->upstream, sizeof(d->r->upstream)))
		return;
	s = d->r->upstream;
	host = strncmp(s, tls, 8) == 0 ? s + 8 : strncmp(s, plain, 7) == 0 ? s + 7 : NULL;
	n = host != NULL ? wx_http1_authority(host, strlen(host), &port) : 0;
	if (n == 0)
		fault(d, "upstream is not https://HOST or https://HOST:PORT");
	else if (host == s + 7 && (n != 9 || memcmp(host, "127.0.0.1", 9) != 0) && (n != 5 || memcmp(host, "[::1]", 5) != 0))
		fault(d, "upstream without TLS is not 127.0.0.1 or [::1]");
}

static void
set_secret(struct reader *d, const struct json *v)
{
	if (take_string(d, "secret", v, d->r->secret, sizeof(d->r->secret)) &&
	    !wx_env_name_ok(d->r->secret, strlen(d->r->secret)))
		fault(d, "secret is not the name of a variable");
}

static void
set_shape(struct reader *d, const struct json *v)
{
	static const char *const shapes[] = {
		[SHAPE_TEXT] = "text", [SHAPE_ANTHROPIC] = "anthropic", [SHAPE_OPENAI] = "openai", [SHAPE_GEMINI] = "gemini",
	};
	const char *s = json_string(v);
	size_t i;

	for (i = 0; s != NULL && i < sizeof(shapes) / sizeof(*shapes); i++)
		if (strcmp(s, shapes[i]) == 0) {
			d->r->shape = (enum shape)i;
			return;
		}
	fault(d, "shape is none of anthropic, openai, gemini, text");
}

static void
set_auth(struct reader *d, const struct json *v)
{
	const struct json *m;

	if (!json_is_object(v))
		fault(d, "auth is not an object");
	for (m = json_is_object(v) ? json_first(v) : NULL; m != NULL; m = json_next(m))
		take_kind(d, json_key(m), m);
}

static void
set_allow(struct reader *d, const struct json *v)
{
	const struct json *e;

	if (!json_is_list(v))
		fault(d, "allow is not a list");
	for (e = json_is_list(v) ? json_first(v) : NULL; e != NULL; e = json_next(e))
		take_rule(d, e);
}

static void
set_budget(struct reader *d, const struct json *v)
{
	const struct json *m;
	const char *key;

	if (!json_is_object(v))
		fault(d, "budget is not an object");
	for (m = json_is_object(v) ? json_first(v) : NULL; m != NULL; m = json_next(m)) {
		key = json_key(m);
		if (strcmp(key, "requests") == 0)
			take_size(d, "budget: requests", m, &d->r->budget.requests);
		else if (strcmp(key, "bytes") == 0)
			take_size(d, "budget: bytes", m, &d->r->budget.bytes);
		else if (strcmp(key, "tokens") == 0)
			take_size(d, "budget: tokens", m, &d->r->budget.tokens);
		else
			fault(d, "budget: unknown key '%.40s'", key);
	}
}

static void
set_drop_request(struct reader *d, const struct json *v)
{
	take_names(d, "drop_request", v, d->r->drop_request, ROUTE_FIELDS, &d->r->ndrop_request);
}

static void
set_drop_response(struct reader *d, const struct json *v)
{
	take_names(d, "drop_response", v, d->r->drop_response, ROUTE_FIELDS, &d->r->ndrop_response);
}

static void
set_identity(struct reader *d, const struct json *v)
{
	take_bool(d, "identity", v, &d->r->identity);
}

static void
set_body(struct reader *d, const struct json *v)
{
	take_size(d, "body", v, &d->r->body);
}

static void
set_idle(struct reader *d, const struct json *v)
{
	take_number(d, "idle", v, 86400, &d->r->idle);
}

static void
set_port(struct reader *d, const struct json *v)
{
	take_number(d, "port", v, 65535, &d->r->port);
}

static void
set_version(struct reader *d, const struct json *v)
{
	if (json_number(v) != 1)
		fault(d, "version is not 1");
}

static void
take_guest(struct reader *d, const char *name, const struct json *v)
{
	struct guest *g;

	if (d->r->nguests == ROUTE_GUESTS) {
		fault(d, "guest has more than %d variables", ROUTE_GUESTS);
		return;
	}
	g = &d->r->guests[d->r->nguests++];
	if (!wx_env_name_ok(name, strlen(name)) || strlen(name) >= sizeof(g->name))
		fault(d, "guest: '%.40s' is not the name of a variable", name);
	else if (take_string(d, "guest: a value", v, g->value, sizeof(g->value)))
		memcpy(g->name, name, strlen(name) + 1);
}

static void
set_guest(struct reader *d, const struct json *v)
{
	const struct json *m;

	if (!json_is_object(v))
		fault(d, "guest is not an object");
	for (m = json_is_object(v) ? json_first(v) : NULL; m != NULL; m = json_next(m))
		take_guest(d, json_key(m), m);
}

static const struct {
	const char *key;
	bool        must;
	void      (*set)(struct reader *d, const struct json *v);
} keys[] = {
	{ "version", true, set_version }, { "upstream", true, set_upstream }, { "secret", true, set_secret },
	{ "shape", false, set_shape }, { "auth", true, set_auth }, { "allow", true, set_allow },
	{ "drop_request", false, set_drop_request }, { "drop_response", false, set_drop_response },
	{ "identity", false, set_identity }, { "budget", false, set_budget }, { "body", false, set_body },
	{ "idle", false, set_idle }, { "port", false, set_port }, { "guest", false, set_guest },
};

#define NKEYS (sizeof(keys) / sizeof(*keys))

static void
take_keys(struct reader *d, const struct json *root)
{
	bool seen[NKEYS] = { false };
	const struct json *m;
	size_t i;

	for (m = json_first(root); m != NULL; m = json_next(m)) {
		for (i = 0; i < NKEYS && strcmp(json_key(m), keys[i].key) != 0; i++)
			;
		if (i == NKEYS || seen[i]) {
			fault(d, "%s key '%.40s'", i == NKEYS ? "unknown" : "twice the", json_key(m));
			continue;
		}
		seen[i] = true;
		keys[i].set(d, m);
	}
	for (i = 0; i < NKEYS; i++)
		if (keys[i].must && !seen[i])
			fault(d, "no key '%s'", keys[i].key);
}

/* "anthropic", or the same of "/path/anthropic.json". */
static void
set_name(struct reader *d)
{
	const char *s = strrchr(d->what, '/');
	size_t len;

	s = s != NULL ? s + 1 : d->what;
	len = strlen(s);
	if (len > 5 && strcmp(s + len - 5, ".json") == 0)
		len -= 5;
	if (len == 0 || len >= ROUTE_NAME || strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") < len)
		fault(d, "its name is not of 1 to %d bytes of a-z, 0-9, '-' and '_'", ROUTE_NAME - 1);
	else
		memcpy(d->r->name, s, len);
}

bool
route_read(struct route *r, const char *what, const struct define *defines, size_t ndefines)
{
	static char text[FILE_MAX + 1];
	struct reader d = { .r = r, .what = what, .defines = defines, .ndefines = ndefines };
	struct json *root;
	ssize_t len;

	*r = (struct route){ .body = BODY_DEFAULT, .idle = IDLE_DEFAULT };
	len = routefile_read(what, r->file, text, sizeof(text));
	if (len == -1)
		return false;
	set_name(&d);
	root = json_parse(text, (size_t)len);
	if (!json_is_object(root))
		fault(&d, "it is not an object in JSON");
	else
		take_keys(&d, root);
	json_free(root);
	return !d.bad;
}

const struct auth *
route_auth(const struct route *r, const char *kind)
{
	const struct auth *a, *other = NULL;

	for (a = r->auth; a < r->auth + r->nauth; a++) {
		if (strcmp(a->kind, kind) == 0)
			return a;
		if (strcmp(a->kind, "default") == 0)
			other = a;
	}
	return other;
}
