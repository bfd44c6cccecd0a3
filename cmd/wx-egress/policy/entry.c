/* SPDX-License-Identifier: MIT */
#include "policy.h"

#include <err.h>

#include "libcommon/exitcode.h"
#include "libcommon/number.h"

#define PORT_TLS 443
#define PORT_SSH 22

static bool
no(char *why, const char *text)
{
	(void)snprintf(why, ENTRY_WHY, "%s", text);
	return false;
}

static bool
is_ascii(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] >= 0x80)
			return false;
	return true;
}

/* The name behind "*.": a label before it makes it one that wx_hostname takes. */
static bool
wildcard(struct entry *e, const char *host, size_t len, bool deny, char *why)
{
	char name[WX_HOSTNAME_MAX + 2], full[WX_HOSTNAME_MAX];
	int n = snprintf(name, sizeof(name), "x.%.*s", (int)len, host);

	if (n < 0 || (size_t)n >= sizeof(name) || wx_hostname(name, (size_t)n, full) == -1)
		return no(why, "not the name of a host behind '*.'");
	(void)snprintf(e->host, sizeof(e->host), "%s", full + 2);
	e->wildcard = true;
	/* A network's own, as "corp": that is in no list, as "com" is. */
	if (!deny && suffix_public(e->host) && !(e->private && !suffix_listed(e->host)))
		return no(why, "anybody can have a name below it (it is a public suffix): list the names that are meant");
	return true;
}

bool
entry_host(struct entry *e, const char *host, size_t len, bool deny, char why[static ENTRY_WHY])
{
	if (!is_ascii(host, len))
		return no(why, "not ASCII: write the name in the form that begins with 'xn--'");
	if (len == 1 && *host == '*')
		return no(why, deny ? "nothing would be left: allow nothing instead" :
		    "everything: that is an open network, and not this one");
	if (len > 2 && host[0] == '*' && host[1] == '.')
		return wildcard(e, host + 2, len - 2, deny, why);
	if (memchr(host, '*', len) != NULL)
		return no(why, "a '*' can only be all of the first label: '*.example.org'");
	if (len > 1 && host[0] == '[' && host[len - 1] != ']')
		return no(why, "']' is missing");
	if (wx_hostname(host, len, e->host) == 0)
		return true;
	{
		unsigned char addr[16];

		if (wx_hostname_literal(host, len, &e->family, addr, e->host))
			return true;
	}
	e->family = 0;
	return no(why, memchr(host, '.', len) == NULL ? "a name of one label, or none: only names with a dot can be listed" :
	    "not the name of a host, nor an address in its usual form");
}

bool
entry_port(struct entry *e, long port, char why[static ENTRY_WHY])
{
	if (port < 1 || port > 65535)
		return no(why, "a port is a number from 1 to 65535");
	if (e->nports == ENTRY_PORTS)
		return no(why, "more than 16 ports");
	e->ports[e->nports++] = (uint16_t)port;
	return true;
}

static bool
ports(struct entry *e, const char *s, size_t len, char *why)
{
	char one[8];
	size_t n;

	for (;; s += n + 1, len -= n + 1) {
		const char *comma = memchr(s, ',', len);

		n = comma != NULL ? (size_t)(comma - s) : len;
		if (n >= sizeof(one))
			return entry_port(e, -1, why);
		memcpy(one, s, n);
		one[n] = '\0';
		if (!entry_port(e, wx_number(one, 1, 65535), why))
			return false;
		if (comma == NULL)
			return true;
	}
}

/* Where the ports begin in WORD, its colon, or NULL; of an IPv6 address behind its bracket. */
static const char *
colon_of(const char *word, size_t len)
{
	const char *from = word[0] == '[' ? memchr(word, ']', len) : word;

	if (from == NULL)
		return NULL;
	return memchr(from, ':', len - (size_t)(from - word));
}

static bool
option(struct entry *e, const char *word, size_t len, char *why)
{
	char size[24];

	if (len == 7 && memcmp(word, "private", 7) == 0) {
		e->private = true;
		return true;
	}
	if (len > 3 && len - 3 < sizeof(size) && memcmp(word, "up=", 3) == 0) {
		memcpy(size, word + 3, len - 3);
		size[len - 3] = '\0';
		if (wx_size(size, &e->up) == 0)
			return true;
		return no(why, "'up=' wants a size, as 'up=8M'");
	}
	return no(why, "behind the host there can be 'private' and 'up=SIZE' only");
}

bool
entry_finish(struct entry *e, bool deny, char why[static ENTRY_WHY])
{
	size_t i;

	if (deny && (e->private || e->up != 0 || e->nmethods > 0 || e->npaths > 0))
		return no(why, "what is refused has a host and ports only");
	if (e->nports == 0 && !deny)
		e->ports[e->nports++] = PORT_TLS;
	for (i = 0; i < e->nports && (e->nmethods > 0 || e->npaths > 0); i++)
		if (e->ports[i] == PORT_TLS || e->ports[i] == PORT_SSH)
			return no(why, "methods and paths can be told apart in plain HTTP only: TLS is not opened, nor is SSH");
	return true;
}

static bool
parse(const char *text, bool deny, struct entry *e, char *why)
{
	static const char blank[] = " \t";
	const char *host = text + strspn(text, blank), *colon, *word;
	size_t len = strcspn(host, blank), n;

	if (len == 0)
		return no(why, "empty");
	/* The options first: with 'private' a wildcard may be of one label. */
	for (word = host + len; *(word += strspn(word, blank)) != '\0'; word += n) {
		n = strcspn(word, blank);
		if (!option(e, word, n, why))
			return false;
	}
	colon = colon_of(host, len);
	if (colon != NULL && *host != '[' && memchr(colon + 1, ':', len - (size_t)(colon + 1 - host)) != NULL)
		return no(why, "an IPv6 address stands in brackets");
	if (!entry_host(e, host, colon != NULL ? (size_t)(colon - host) : len, deny, why))
		return false;
	if (colon != NULL && !ports(e, colon + 1, len - (size_t)(colon + 1 - host), why))
		return false;
	return entry_finish(e, deny, why);
}

bool
entry_parse(const char *text, bool deny, struct entry *e, char why[static ENTRY_WHY])
{
	*e = (struct entry){ .text = strdup(text) };
	if (e->text == NULL)
		err(WX_TEMP, "cannot allocate memory");
	if (parse(text, deny, e, why))
		return true;
	entry_free(e);
	return false;
}

bool
entry_covers(const struct entry *e, const char *name, bool literal)
{
	size_t n = strlen(name), h = strlen(e->host);

	if (!e->wildcard)
		return strcmp(e->host, name) == 0;
	return !literal && n > h + 1 && name[n - h - 1] == '.' && strcmp(name + n - h, e->host) == 0;
}

bool
entry_covers_entry(const struct entry *e, const struct entry *other)
{
	size_t i, j;

	if (other->wildcard && !(e->wildcard && (strcmp(e->host, other->host) == 0 || entry_covers(e, other->host, false))))
		return false;
	if (!other->wildcard && !entry_covers(e, other->host, other->family != 0))
		return false;
	for (i = 0; i < other->nports && e->nports > 0; i++) {
		for (j = 0; j < e->nports && e->ports[j] != other->ports[i]; j++)
			;
		if (j == e->nports)
			return false;
	}
	return true;
}

void
entry_free(struct entry *e)
{
	size_t i;

	free(e->text);
	for (i = 0; i < e->nmethods; i++)
		free(e->methods[i]);
	for (i = 0; i < e->npaths; i++)
		free(e->paths[i]);
	*e = (struct entry){ .text = NULL };
}
