/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>

#include <cjson/cJSON.h>
#include <err.h>
#include <stdarg.h>

#include "libcommon/exitcode.h"
#include "libcommon/number.h"
#include "libcommon/utf8.h"
#include "policy.h"

struct reading {
	struct policy *p;
	policy_fault  *fault;
	void          *user;
	bool           good;
};

static void
bad(struct reading *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* NOLINT: clang-tidy 14 forgets va_start in all files but the first that it is given. */
static void
bad(struct reading *r, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* NOLINT(clang-analyzer-valist.Uninitialized) */
	va_end(ap);
	r->fault(wx_utf8_clean(text), r->user);
	r->good = false;
}

/* What cJSON lets pass: bytes that are no UTF-8, and a NUL at which it would end a string. */
static bool
sound(const char *s, size_t len)
{
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = wx_utf8_len(s + i, len - i);
		if (n == 0 || s[i] == '\0' || (len - i >= 6 && memcmp(s + i, "\\u0000", 6) == 0))
			return false;
	}
	return true;
}

static cJSON *
parse_json(const char *text, size_t len)
{
	return sound(text, len) ? cJSON_ParseWithLengthOpts(text, len + 1, NULL, 1) : NULL;
}

static bool
twice(const cJSON *item)
{
	const cJSON *i;

	for (i = item->next; i != NULL; i = i->next)
		if (i->string != NULL && strcmp(i->string, item->string) == 0)
			return true;
	return false;
}

static long
whole(const cJSON *item, long least, long most)
{
	if (!cJSON_IsNumber(item) || item->valuedouble < (double)least || item->valuedouble > (double)most ||
	    item->valuedouble != (double)(long)item->valuedouble)
		return -1;
	return (long)item->valuedouble;
}

static bool
because(char *why, const char *text)
{
	(void)snprintf(why, ENTRY_WHY, "%s", text);
	return false;
}

static bool
plain(const char *s)
{
	for (; *s > 0x20 && *s < 0x7f; s++)
		;
	return *s == '\0';
}

static bool
entry_words(const cJSON *list, char *to[], size_t *n, bool path, char *why)
{
	const cJSON *item;

	if (!cJSON_IsArray(list) || list->child == NULL)
		return because(why, "'methods' and 'paths' are lists of strings");
	cJSON_ArrayForEach(item, list) {
		if (!cJSON_IsString(item) || *item->valuestring == '\0' || !plain(item->valuestring))
			return because(why, "'methods' and 'paths' are lists of strings");
		if (path && (*item->valuestring != '/' || strpbrk(item->valuestring, "?#%\\") != NULL))
			return because(why, "a path begins with '/', and has none of '?', '#', '%' and '\\'");
		if (*n == ENTRY_RULES)
			return because(why, "more than 32 methods or paths");
		to[*n] = strdup(item->valuestring);
		if (to[(*n)++] == NULL)
			err(WX_TEMP, "cannot allocate memory");
	}
	return true;
}

static bool
entry_ports(const cJSON *list, struct entry *e, char *why)
{
	const cJSON *item;

	if (!cJSON_IsArray(list) || list->child == NULL)
		return because(why, "'ports' is a list of numbers");
	cJSON_ArrayForEach(item, list)
		if (!entry_port(e, whole(item, 1, 65535), why))
			return false;
	return true;
}

static bool
entry_member(const cJSON *item, struct entry *e, char *why)
{
	if (twice(item))
		return because(why, "a key stands there twice");
	if (strcmp(item->string, "host") == 0 || strcmp(item->string, "group") == 0)
		return cJSON_IsString(item) || because(why, "'host' and 'group' are strings");
	if (strcmp(item->string, "ports") == 0)
		return entry_ports(item, e, why);
	if (strcmp(item->string, "methods") == 0)
		return entry_words(item, e->methods, &e->nmethods, false, why);
	if (strcmp(item->string, "paths") == 0)
		return entry_words(item, e->paths, &e->npaths, true, why);
	if (strcmp(item->string, "private") == 0 && cJSON_IsBool(item)) {
		e->private = cJSON_IsTrue(item);
		return true;
	}
	if (strcmp(item->string, "up") == 0)
		return (cJSON_IsString(item) && wx_size(item->valuestring, &e->up) == 0) || because(why, "'up' is a size, as \"8M\"");
	return because(why, "unknown key: an entry has 'host', 'ports', 'methods', 'paths', 'private', 'up' and 'group'");
}

static bool
entry_object(const cJSON *o, bool deny, struct entry *e, char *why)
{
	const cJSON *item, *host = cJSON_GetObjectItemCaseSensitive(o, "host"),
	    *group = cJSON_GetObjectItemCaseSensitive(o, "group");

	if (!cJSON_IsString(host))
		return because(why, "'host' is missing");
	cJSON_ArrayForEach(item, o)
		if (!entry_member(item, e, why))
			return false;
	if (!entry_host(e, host->valuestring, strlen(host->valuestring), deny, why))
		return false;
	if (asprintf(&e->text, "%s%s", group != NULL ? "@" : "", group != NULL ? group->valuestring : e->host) == -1)
		err(WX_TEMP, "cannot allocate memory");
	return entry_finish(e, deny, why);
}

bool
entry_parse_object(const char *text, bool deny, struct entry *e, char why[static ENTRY_WHY])
{
	cJSON *o = parse_json(text, strlen(text));
	bool good;

	*e = (struct entry){ .text = NULL };
	good = cJSON_IsObject(o) ? entry_object(o, deny, e, why) : because(why, "not a JSON object");
	cJSON_Delete(o);
	if (!good)
		entry_free(e);
	return good;
}

static void
take_entries(struct reading *r, const cJSON *list, bool deny)
{
	const cJSON *item;
	char why[ENTRY_WHY];
	struct entry e;

	if (!cJSON_IsArray(list)) {
		bad(r, "cannot take the policy: '%s' is a list", list->string);
		return;
	}
	cJSON_ArrayForEach(item, list) {
		e = (struct entry){ .text = NULL };
		if (r->p->allow.n + r->p->deny.n >= ENTRIES_MAX) {
			bad(r, "cannot take the policy: more than 4096 entries");
			return;
		}
		if (cJSON_IsString(item)) {
			r->good &= policy_add(r->p, deny, item->valuestring, r->fault, r->user);
		} else if (!cJSON_IsObject(item)) {
			bad(r, "cannot take the policy: an entry is a string or an object");
		} else if (entry_object(item, deny, &e, why)) {
			policy_put(r->p, deny, &e, NULL);
		} else {
			bad(r, "cannot take '%.160s': %s", e.host[0] != '\0' ? e.host : "an entry", why);
			entry_free(&e);
		}
	}
}

/* "127.0.0.1:5432", "[::1]:5432": of this machine alone. */
static bool
loopback(const char *text, struct forward *f)
{
	const char *colon = strrchr(text, ':');
	char host[WX_HOSTNAME_MAX];
	unsigned char addr[16];
	int family;
	long port = colon == NULL ? -1 : wx_number(colon + 1, 1, 65535);

	if (port == -1 || !wx_hostname_literal(text, (size_t)(colon - text), &family, addr, host))
		return false;
	if (family == AF_INET) {
		struct sockaddr_in *in = (struct sockaddr_in *)&f->addr;

		*in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
		memcpy(&in->sin_addr, addr, 4);
		f->len = sizeof(*in);
		return addr[0] == 127;
	} else {
		struct sockaddr_in6 *in = (struct sockaddr_in6 *)&f->addr;

		*in = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
		memcpy(&in->sin6_addr, addr, 16);
		f->len = sizeof(*in);
		return IN6_IS_ADDR_LOOPBACK(&in->sin6_addr);
	}
}

static void
take_forward(struct reading *r, const cJSON *list)
{
	const cJSON *item, *to;
	struct forward *f;
	long port;

	if (!cJSON_IsArray(list)) {
		bad(r, "cannot take the policy: 'forward' is a list");
		return;
	}
	cJSON_ArrayForEach(item, list) {
		port = whole(cJSON_GetObjectItemCaseSensitive(item, "port"), 1, 65535);
		to = cJSON_GetObjectItemCaseSensitive(item, "to");
		if (r->p->nforward == FORWARDS_MAX) {
			bad(r, "cannot take the policy: more than 64 forwards");
			return;
		}
		f = &r->p->forward[r->p->nforward];
		if (port == -1 || !cJSON_IsString(to) || cJSON_GetArraySize(item) != 2 || !loopback(to->valuestring, f)) {
			bad(r, "cannot take the policy: a forward is {\"port\": N, \"to\": \"127.0.0.1:N\"}, to an address of this machine's loopback");
			continue;
		}
		f->port = (uint16_t)port;
		(void)snprintf(f->to, sizeof(f->to), "%s", to->valuestring);
		r->p->nforward++;
	}
}

/* "http://[USER:PASSWORD@]HOST[:PORT][/]"; the text is never shown, for it may have a password. */
static bool
parent_url(const char *url, struct parent *to)
{
	const char *host = url + 7, *at, *end, *colon;
	char name[WX_HOSTNAME_MAX];
	unsigned char addr[16];
	int family;
	long port = 3128;

	if (strncmp(url, "http://", 7) != 0 || !plain(url))
		return false;
	end = host + strcspn(host, "/");
	at = memchr(host, '@', (size_t)(end - host));
	if (at != NULL) {
		if ((size_t)(at - host) >= sizeof(to->credentials))
			return false;
		memcpy(to->credentials, host, (size_t)(at - host));
		host = at + 1;
	}
	colon = memchr(host, ':', (size_t)(end - host));
	if (colon != NULL) {
		char text[8];

		(void)snprintf(text, sizeof(text), "%.*s", (int)(end - colon - 1), colon + 1);
		port = wx_number(text, 1, 65535);
	} else {
		colon = end;
	}
	if (port == -1 || end[end[0] == '/'] != '\0')
		return false;
	if (wx_hostname(host, (size_t)(colon - host), name) == -1 &&
	    !wx_hostname_literal(host, (size_t)(colon - host), &family, addr, name))
		return false;
	(void)snprintf(to->host, sizeof(to->host), "%s", name);
	to->port = (uint16_t)port;
	to->set = true;
	return true;
}

static void
no_proxy_word(struct parent *to, const char *word, size_t len)
{
	if (len == 0 || to->nno_proxy == ENTRY_RULES)
		return;
	to->no_proxy[to->nno_proxy] = strndup(word, len);
	if (to->no_proxy[to->nno_proxy++] == NULL)
		err(WX_TEMP, "cannot allocate memory");
}

static bool
parent_environment(struct parent *to)
{
	const char *url = getenv("HTTPS_PROXY"), *no_proxy = getenv("NO_PROXY");

	url = url != NULL ? url : getenv("https_proxy");
	no_proxy = no_proxy != NULL ? no_proxy : getenv("no_proxy");
	if (url == NULL || *url == '\0')
		return true;
	for (; no_proxy != NULL && *no_proxy != '\0'; no_proxy += strspn(no_proxy, ", ")) {
		size_t n = strcspn(no_proxy, ", ");

		no_proxy_word(to, no_proxy, n);
		no_proxy += n;
	}
	return parent_url(url, to);
}

static bool
take_parent(const cJSON *item, struct parent *to)
{
	const cJSON *url = cJSON_GetObjectItemCaseSensitive(item, "url"),
	    *list = cJSON_GetObjectItemCaseSensitive(item, "no_proxy"), *one;

	if (cJSON_IsNull(item))
		return true;
	if (cJSON_IsString(item) && strcmp(item->valuestring, "environment") == 0)
		return parent_environment(to);
	if (cJSON_IsString(item))
		return parent_url(item->valuestring, to);
	if (!cJSON_IsObject(item) || !cJSON_IsString(url) || cJSON_GetArraySize(item) != 1 + (list != NULL) ||
	    (list != NULL && !cJSON_IsArray(list)))
		return false;
	cJSON_ArrayForEach(one, list) {
		if (!cJSON_IsString(one))
			return false;
		no_proxy_word(to, one->valuestring, strlen(one->valuestring));
	}
	return parent_url(url->valuestring, to);
}

static bool
take_range(const cJSON *item, struct policy *p)
{
	char text[INET_ADDRSTRLEN];
	const char *slash = cJSON_IsString(item) ? strchr(item->valuestring, '/') : NULL;
	uint32_t a;
	long bits = slash == NULL ? -1 : wx_number(slash + 1, 15, 24);

	if (bits == -1 || (size_t)(slash - item->valuestring) >= sizeof(text))
		return false;
	(void)snprintf(text, sizeof(text), "%.*s", (int)(slash - item->valuestring), item->valuestring);
	if (inet_pton(AF_INET, text, p->range) != 1)
		return false;
	p->range_bits = (unsigned)bits;
	a = (uint32_t)p->range[0] << 24 | (uint32_t)p->range[1] << 16 | (uint32_t)p->range[2] << 8 | p->range[3];
	return (a & (UINT32_MAX >> bits)) == 0 && p->range[0] != 127 && p->range[0] != 0;
}

static void
take_number(struct reading *r, const cJSON *item, long least, long most, unsigned *to)
{
	long n = whole(item, least, most);

	if (n == -1)
		bad(r, "cannot take the policy: '%s' is a whole number from %ld to %ld", item->string, least, most);
	else
		*to = (unsigned)n;
}

static void
take_limits(struct reading *r, const cJSON *o)
{
	const cJSON *item;

	if (!cJSON_IsObject(o)) {
		bad(r, "cannot take the policy: 'limits' is an object");
		return;
	}
	cJSON_ArrayForEach(item, o) {
		if (strcmp(item->string, "connections") == 0)
			take_number(r, item, 1, 256, &r->p->connections);
		else
			bad(r, "cannot take the policy: unknown key '%.64s' of 'limits'", item->string);
	}
}

static bool
is_key(const cJSON *item, const char *name)
{
	return strcmp(item->string, name) == 0;
}

static void
take_member(struct reading *r, const cJSON *item)
{
	if (twice(item)) {
		bad(r, "cannot take the policy: the key '%.64s' stands there twice", item->string);
	} else if (is_key(item, "version")) {
		if (whole(item, 1, 1) == -1)
			bad(r, "cannot take the policy: its 'version' is not 1");
	} else if (is_key(item, "allow") || is_key(item, "deny")) {
		take_entries(r, item, is_key(item, "deny"));
	} else if (is_key(item, "forward")) {
		take_forward(r, item);
	} else if (is_key(item, "parent")) {
		if (!take_parent(item, &r->p->parent))
			bad(r, "cannot take the policy: 'parent' is null, \"environment\", or a URL http://HOST:PORT, alone or with a list 'no_proxy'");
	} else if (is_key(item, "ask")) {
		take_number(r, item, 0, 3600, &r->p->ask);
	} else if (is_key(item, "ech")) {
		r->p->ech_deny = cJSON_IsString(item) && strcmp(item->valuestring, "deny") == 0;
		if (!cJSON_IsString(item) || (!r->p->ech_deny && strcmp(item->valuestring, "allow") != 0))
			bad(r, "cannot take the policy: 'ech' is \"allow\" or \"deny\"");
	} else if (is_key(item, "range")) {
		if (!take_range(item, r->p))
			bad(r, "cannot take the policy: 'range' is an IPv4 block of 15 to 24 bits, as \"198.18.0.0/15\"");
	} else if (is_key(item, "limits")) {
		take_limits(r, item);
	} else {
		bad(r, "cannot take the policy: unknown key '%.64s'", item->string);
	}
}

bool
policy_read(struct policy *p, const char *text, size_t len, policy_fault *fault, void *user)
{
	struct reading r = { .p = p, .fault = fault, .user = user, .good = true };
	const cJSON *item;
	cJSON *o;
	size_t i;

	for (i = 0; i < len && strchr(" \t\r\n", text[i]) != NULL && text[i] != '\0'; i++)
		;
	if (i == len)
		return true;
	o = parse_json(text, len);
	if (!cJSON_IsObject(o))
		bad(&r, "cannot take the policy: not a JSON object");
	else if (cJSON_GetObjectItemCaseSensitive(o, "version") == NULL)
		bad(&r, "cannot take the policy: its 'version' is missing");
	for (item = cJSON_IsObject(o) ? o->child : NULL; item != NULL; item = item->next)
		take_member(&r, item);
	cJSON_Delete(o);
	return r.good;
}
