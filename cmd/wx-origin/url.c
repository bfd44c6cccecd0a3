/* SPDX-License-Identifier: MIT */
#include "url.h"

#include <ctype.h>
#include <stddef.h>
#include <strings.h>

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* The LEN bytes at S are characters of SET, CAP at the most, the first no '-' or '.'. */
static bool
word_ok(const char *s, size_t len, size_t cap, const char *set)
{
	return len > 0 && len <= cap && strspn(s, set) >= len && s[0] != '-' && s[0] != '.';
}

static bool
set_host(struct url *u, const char *s, size_t len)
{
	size_t i;

	if (!word_ok(s, len, URL_HOST, ALNUM "-._") || s[len - 1] == '.')
		return false;
	for (i = 0; i < len; i++)
		u->host[i] = (char)tolower((unsigned char)s[i]);
	u->host[len] = '\0';
	return true;
}

static bool
set_port(struct url *u, const char *s, size_t len)
{
	long port;

	if (len == 0 || len > 5 || strspn(s, "0123456789") < len || s[0] == '0')
		return false;
	memcpy(u->port, s, len);
	u->port[len] = '\0';
	port = strtol(u->port, NULL, 10);
	return port <= 65535;
}

/* OWNER/NAME, GROUP/.../NAME or ~USER/NAME: the kind of the forge, which may want less, is not known here. */
static const char *
check_repo(const char *s)
{
	size_t len, parts = 0;

	s += s[0] == '~';
	for (;; s += len + 1) {
		len = strcspn(s, "/");
		if (len == 0 || strspn(s, ALNUM "-_.") < len || (parts == 0 && s[0] == '-') ||
		    (len <= 2 && strspn(s, ".") >= len))
			return "its path is not OWNER/NAME";
		parts++;
		if (s[len] == '\0')
			break;
	}
	if (parts < 2)
		return "its path is not OWNER/NAME";
	return len > 4 && memcmp(s + len - 4, ".git", 4) == 0 ? "its path ends with .git twice" : NULL;
}

/* The path S, with slashes around and ".git" behind. */
static const char *
set_repo(struct url *u, const char *s)
{
	size_t len;

	s += strspn(s, "/");
	len = strlen(s);
	while (len > 0 && s[len - 1] == '/')
		len--;
	if (len > 4 && memcmp(s + len - 4, ".git", 4) == 0)
		len -= 4;
	if (len > URL_REPO)
		return "its path is too long";
	memcpy(u->repo, s, len);
	u->repo[len] = '\0';
	return check_repo(u->repo);
}

/* [user[:password]@]host[:port], LEN bytes at S. */
static const char *
set_authority(struct url *u, const char *s, size_t len)
{
	const char *at = memchr(s, '@', len), *colon;
	size_t n;

	if (at != NULL) {
		n = (size_t)(at - s);
		/* Of https it is a login, and nobody's business. */
		if (u->ssh) {
			if (!word_ok(s, n, URL_USER, ALNUM "-._"))
				return "its user is not one of letters, digits and - . _";
			memcpy(u->user, s, n);
			u->user[n] = '\0';
		}
		len -= n + 1;
		s = at + 1;
	}
	colon = memchr(s, ':', len);
	n = colon != NULL ? (size_t)(colon - s) : len;
	if (!set_host(u, s, n))
		return "its host is not a name";
	if (colon != NULL && !set_port(u, colon + 1, len - n - 1))
		return "its port is not a number from 1 to 65535";
	return NULL;
}

const char *
url_parse(const char *s, struct url *out)
{
	static const char *const ssh[] = { "ssh://", "git+ssh://", "ssh+git://" };
	const char *rest = NULL, *end, *why;
	size_t i;

	*out = (struct url){ .ssh = true };
	for (i = 0; i < 3 && rest == NULL; i++)
		if (strncasecmp(s, ssh[i], strlen(ssh[i])) == 0)
			rest = s + strlen(ssh[i]);
	if (rest == NULL && strncasecmp(s, "https://", 8) == 0) {
		out->ssh = false;
		rest = s + 8;
	}
	if (rest != NULL) {
		end = strchr(rest, '/');
	} else {
		/* As ssh and git have it: a colon, and no slash before it. */
		rest = s;
		end = strchr(s, ':');
		if (strstr(s, "://") != NULL || end == NULL || memchr(s, '/', (size_t)(end - s)) != NULL)
			return "it is not of ssh or https";
	}
	if (end == NULL)
		return "it has no path";
	why = set_authority(out, rest, (size_t)(end - rest));
	return why != NULL ? why : set_repo(out, end + 1);
}
