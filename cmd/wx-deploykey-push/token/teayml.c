/* SPDX-License-Identifier: MIT */
/*
 * tea keeps a list of maps under "logins"; all else in its file is passed by. Keys of an item that
 * hold lists or maps of their own are, too.
 */
#include "teayml.h"

#include <stdbool.h>
#include <strings.h>

#include "libcommon/proc.h"
#include "yamlline.h"

#define URL_LEN 512

/* The item that is being read. */
struct login {
	bool open;
	size_t dash;           /* the indentation of its '-' */
	size_t indent;         /* of its keys */
	char url[URL_LEN];
	bool url_twice, token_twice;
	char token[4097];
};

static size_t
blanks(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] == ' ')
		n++;
	return n;
}

static bool
is_for(const char *url, const char *host)
{
	static const char lead[] = "https://";
	size_t n = strlen(host);

	if (strncasecmp(url, lead, strlen(lead)) != 0 || strncasecmp(url + strlen(lead), host, n) != 0)
		return false;
	return strcmp(url + strlen(lead) + n, "") == 0 || strcmp(url + strlen(lead) + n, "/") == 0;
}

static bool
is_key(const struct yamlline *l, const char *key)
{
	return l->key_len == strlen(key) && memcmp(l->key, key, l->key_len) == 0;
}

static bool
keep(const struct yamlline *l, char *to, size_t cap, bool *twice)
{
	if (l->value_len >= cap)
		return false;
	*twice |= to[0] != '\0';
	memcpy(to, l->value, l->value_len);
	to[l->value_len] = '\0';
	return true;
}

/* Does S of LEN bytes begin an item of the list, and not one of a list in it? */
static bool
begins_item(const struct login *in, const char *s, size_t len)
{
	size_t at = blanks(s, len);

	return at + 1 < len && s[at] == '-' && s[at + 1] == ' ' && (!in->open || at <= in->dash);
}

/* One line of the list, S of LEN bytes. False if it is not of the form. */
static bool
take(struct login *in, const char *s, size_t len)
{
	size_t at = blanks(s, len);
	struct yamlline l;

	if (begins_item(in, s, len)) {
		*in = (struct login){ .open = true, .dash = at };
		in->indent = at + 1 + blanks(s + at + 1, len - at - 1);
		at = in->indent;
	}
	if (!in->open)
		return false;
	/* What is deeper is of a key that we do not ask for, and so is a list at the keys' own depth. */
	if (at > in->indent || (at < len && s[at] == '-'))
		return true;
	if (at < in->indent || !yamlline_split(s + at, len - at, &l))
		return false;
	if (is_key(&l, "url"))
		return keep(&l, in->url, sizeof(in->url), &in->url_twice);
	if (is_key(&l, "token"))
		return keep(&l, in->token, sizeof(in->token), &in->token_twice);
	return true;
}

/* Is IN, which ends here, the login for HOST? Its token to TOKEN. */
static enum hostsyml
settle(const struct login *in, const char *host, char *token, size_t cap)
{
	if (!in->open || !is_for(in->url, host) || in->token[0] == '\0')
		return HOSTSYML_NONE;
	if (in->url_twice || in->token_twice || strlen(in->token) >= cap)
		return HOSTSYML_BAD;
	memcpy(token, in->token, strlen(in->token) + 1);
	return HOSTSYML_TOKEN;
}

enum hostsyml
teayml_token(const char *text, size_t len, const char *host, char *token, size_t cap, size_t *line)
{
	const char *s = text, *end = text + len, *eol;
	struct login in = { .open = false };
	enum hostsyml got = HOSTSYML_NONE;
	bool inside = false;
	size_t w;

	for (*line = 1; s < end && got == HOSTSYML_NONE; s = eol + 1, (*line)++) {
		eol = memchr(s, '\n', (size_t)(end - s));
		if (eol == NULL)
			eol = end;
		w = (size_t)(eol - s);
		if (w > 0 && s[w - 1] == '\r')
			w--;
		if (!yamlline_text_ok(s, w))
			return HOSTSYML_BAD;
		if (yamlline_empty(s, w))
			continue;
		if (s[0] != ' ' && s[0] != '-') {
			got = settle(&in, host, token, cap);
			in.open = false;
			inside = w >= 7 && memcmp(s, "logins:", 7) == 0;
			continue;
		}
		if (inside && begins_item(&in, s, w))
			got = settle(&in, host, token, cap);
		if (inside && got == HOSTSYML_NONE && !take(&in, s, w))
			return HOSTSYML_BAD;
	}
	if (got == HOSTSYML_NONE)
		got = settle(&in, host, token, cap);
	wx_wipe(&in, sizeof(in));
	return got;
}
