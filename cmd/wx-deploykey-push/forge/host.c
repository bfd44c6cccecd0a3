/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <strings.h>

#include "forge.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz0123456789"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Labels of letters, digits and inner '-', with '.' between. */
static bool
name_ok(const char *s)
{
	size_t n;

	for (;; s += n + 1) {
		n = strspn(s, LOWER "-");
		if (n == 0 || n > 63 || s[0] == '-' || s[n - 1] == '-')
			return false;
		if (s[n] != '.')
			return s[n] == '\0';
	}
}

/* The decimal number S, 1 to 65535; 0 if it is none. */
static unsigned
port_of(const char *s)
{
	size_t n = strspn(s, "0123456789");
	long port;

	if (n == 0 || n > 5 || s[n] != '\0' || s[0] == '0')
		return 0;
	port = strtol(s, NULL, 10);
	return port <= 65535 ? (unsigned)port : 0;
}

void
host_own_api(struct host *h, const char *prefix)
{
	h->own = true;
	(void)snprintf(h->prefix, sizeof(h->prefix), "%s", prefix);
	if (h->port == 443)
		(void)snprintf(h->authority, sizeof(h->authority), "%s", h->web);
	else
		(void)snprintf(h->authority, sizeof(h->authority), "%s:%u", h->web, h->port);
}

const char *
host_set(struct host *h, const struct forge *forge, const char *arg)
{
	const char *colon = strchr(arg, ':');
	size_t len = colon != NULL ? (size_t)(colon - arg) : strlen(arg), i;
	const char *p;

	*h = (struct host){ .forge = forge };
	if (len > HOST_NAME)
		return "it is too long";
	for (i = 0; i < len; i++) {
		p = arg[i] != '\0' ? strchr(UPPER, arg[i]) : NULL;
		h->web[i] = p != NULL ? LOWER[p - UPPER] : arg[i];
	}
	h->web[len] = '\0';
	if (!name_ok(h->web))
		return "it is not HOST or HOST:PORT";
	h->port = 443;
	if (colon != NULL)
		h->port = port_of(colon + 1);
	if (h->port == 0)
		return "its port is not a number from 1 to 65535";
	if (colon != NULL)
		(void)snprintf(h->name, sizeof(h->name), "%s:%u", h->web, h->port);
	else
		(void)snprintf(h->name, sizeof(h->name), "%s", h->web);
	return forge->place(h, colon != NULL);
}

static bool
plain(const char *s)
{
	return s[strspn(s, LOWER UPPER "-._~:/?&=%+,")] == '\0';
}

/* What stands behind HOST in URL, if URL is https and HOST its whole host; or NULL. */
static const char *
behind_host(const char *url, const char *host)
{
	size_t n = strlen(host);

	if (strncasecmp(url, "https://", 8) != 0 || strncasecmp(url + 8, host, n) != 0)
		return NULL;
	return url + 8 + n;
}

const char *
host_path(const struct host *h, const char *url)
{
	const char *p = url;

	if (!plain(url) || strstr(url, "/../") != NULL)
		return NULL;
	if (url[0] != '/') {
		p = behind_host(url, h->authority);
		if (p != NULL && h->port == 443 && strncmp(p, ":443/", 5) == 0)
			p += 4;
	}
	return p != NULL && p[0] == '/' && p[1] != '/' ? p : NULL;
}

bool
host_web_url(const struct host *h, const char *url)
{
	const char *p = behind_host(url, h->name);

	return p != NULL && p[0] == '/' && plain(p) && strlen(url) < 1000;
}
