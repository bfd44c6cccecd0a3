/* SPDX-License-Identifier: MIT */
#include "yamlline.h"

#include "libcommon/utf8.h"

bool
yamlline_empty(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len && s[i] == ' ')
		i++;
	return i == len || (s[i] == '#' && (i == 0 || s[i - 1] == ' '));
}

/* A quoted scalar at S: its inside. False if it has an escape or does not end. */
static bool
quoted(const char *s, size_t len, const char **value, size_t *value_len, size_t *used)
{
	const char *end = memchr(s + 1, s[0], len - 1);

	if (end == NULL)
		return false;
	*value = s + 1;
	*value_len = (size_t)(end - s - 1);
	*used = *value_len + 2;
	if (s[0] == '"' && memchr(*value, '\\', *value_len) != NULL)
		return false;
	return *used == len || s[*used] != s[0];
}

/* A plain scalar at S, up to a comment or the end. */
static bool
plain(const char *s, size_t len, const char **value, size_t *value_len, size_t *used)
{
	size_t i;

	if (strchr("[]{}&*!|>%@`,?-#", s[0]) != NULL && !(s[0] == '-' && len > 1 && s[1] != ' '))
		return false;
	for (i = 0; i < len && !(s[i] == '#' && s[i - 1] == ' '); i++)
		if (s[i] == ':' && (i + 1 == len || s[i + 1] == ' '))
			return false;
	*used = i;
	while (i > 0 && s[i - 1] == ' ')
		i--;
	*value = s;
	*value_len = i;
	return true;
}

static bool
scalar(const char *s, size_t len, struct yamlline *l)
{
	size_t used = 0;

	l->has_value = false;
	l->value = "";
	l->value_len = 0;
	while (len > 0 && *s == ' ') {
		s++;
		len--;
	}
	if (len == 0 || *s == '#')
		return true;
	l->has_value = true;
	/* glab writes its token so. */
	if (len > 7 && memcmp(s, "!!null ", 7) == 0) {
		s += 7;
		len -= 7;
	}
	if (len >= 2 && memcmp(s, "{}", 2) == 0)
		used = 2; /* an empty map, and nothing that we look for */
	else if (*s == '\'' || *s == '"') {
		if (!quoted(s, len, &l->value, &l->value_len, &used))
			return false;
	} else if (!plain(s, len, &l->value, &l->value_len, &used))
		return false;
	return yamlline_empty(s + used, len - used);
}

bool
yamlline_split(const char *s, size_t len, struct yamlline *l)
{
	size_t i = 0;

	while (i < len && s[i] == ' ')
		i++;
	l->indent = i;
	s += i;
	len -= i;
	if (*s == '"' || *s == '\'') {
		if (!quoted(s, len, &l->key, &l->key_len, &i))
			return false;
	} else {
		if (strchr("[]{}&*!|>%@`,?-#:", *s) != NULL)
			return false;
		for (i = 0; i < len && !(s[i] == ':' && (i + 1 == len || s[i + 1] == ' ')); i++)
			if (s[i] == ' ')
				return false;
		l->key = s;
		l->key_len = i;
	}
	return i < len && s[i] == ':' && l->key_len > 0 && scalar(s + i + 1, len - i - 1, l);
}

bool
yamlline_text_ok(const char *s, size_t len)
{
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = wx_utf8_len(s + i, len - i);
		if (n == 0 || (unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	}
	return true;
}
