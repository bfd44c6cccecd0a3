/* SPDX-License-Identifier: MIT */
#include "libcommon/gitconfig.h"

#include <ctype.h>

struct reader {
	const char *p;
	char section[WX_GITCONFIG_WORD], subsection[WX_GITCONFIG_WORD], key[WX_GITCONFIG_WORD], value[WX_GITCONFIG_WORD];
};

static bool
put(char *word, size_t *len, char c)
{
	if (*len + 1 >= WX_GITCONFIG_WORD)
		return false;
	word[(*len)++] = c;
	word[*len] = '\0';
	return true;
}

static void
skip_blanks(struct reader *r)
{
	while (*r->p == ' ' || *r->p == '\t')
		r->p++;
}

static void
skip_line(struct reader *r)
{
	while (*r->p != '\0' && *r->p != '\n')
		r->p++;
}

/* A name of letters, digits, '-' and, if DOTS, '.', in lower case. */
static bool
name(struct reader *r, char *word, bool dots)
{
	size_t len = 0;

	word[0] = '\0';
	while (isalnum((unsigned char)*r->p) || *r->p == '-' || (dots && *r->p == '.'))
		if (!put(word, &len, (char)tolower((unsigned char)*r->p++)))
			return false;
	return len > 0;
}

/* What stands between the quotes of [section "subsection"]. */
static bool
quoted(struct reader *r)
{
	size_t len = 0;

	for (r->p++; *r->p != '"'; r->p++) {
		if (*r->p == '\\')
			r->p++;
		if (*r->p == '\0' || *r->p == '\n' || !put(r->subsection, &len, *r->p))
			return false;
	}
	r->p++;
	return true;
}

/* [section], [section "subsection"], or, as once was the way, [section.subsection]. */
static bool
header(struct reader *r)
{
	char *dot;

	r->p++;
	r->subsection[0] = '\0';
	if (!name(r, r->section, true))
		return false;
	dot = strchr(r->section, '.');
	if (dot != NULL) {
		*dot = '\0';
		(void)snprintf(r->subsection, sizeof(r->subsection), "%s", dot + 1);
	}
	skip_blanks(r);
	if (*r->p == '"' && (dot != NULL || !quoted(r)))
		return false;
	return *r->p++ == ']';
}

/* The character that the escape at R stands for; 0 for none of git's. */
static char
escaped(const struct reader *r)
{
	switch (*r->p) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'b':
		return '\b';
	case '"':
	case '\\':
		return *r->p;
	default:
		return '\0';
	}
}

/* To the end of its last line: blanks at the end and a comment are cut off, unless quoted. */
static bool
value(struct reader *r)
{
	size_t len = 0, keep = 0;
	bool in = false;
	char c;

	r->value[0] = '\0';
	skip_blanks(r);
	for (; *r->p != '\0' && *r->p != '\n'; r->p++) {
		c = *r->p;
		if (!in && (c == '#' || c == ';')) {
			skip_line(r);
			break;
		}
		if (c == '"') {
			in = !in;
			keep = len;
			continue;
		}
		if (c == '\\') {
			r->p += r->p[1] == '\r' && r->p[2] == '\n' ? 2 : 1;
			if (*r->p == '\n')
				continue;
			c = escaped(r);
			if (c == '\0' || !put(r->value, &len, c))
				return false;
			keep = len;
			continue;
		}
		if (!put(r->value, &len, c))
			return false;
		if (in || !isspace((unsigned char)c))
			keep = len;
	}
	r->value[keep] = '\0';
	return !in;
}

static bool
variable(struct reader *r)
{
	if (!isalpha((unsigned char)*r->p) || !name(r, r->key, false))
		return false;
	skip_blanks(r);
	r->value[0] = '\0';
	if (*r->p == '=') {
		r->p++;
		return value(r);
	}
	if (*r->p == '#' || *r->p == ';')
		skip_line(r);
	return *r->p == '\0' || *r->p == '\n' || (*r->p == '\r' && r->p[1] == '\n');
}

bool
wx_gitconfig_read(const char *text, size_t len, wx_gitconfig_each *each, void *user)
{
	static struct reader r;

	r = (struct reader){ .p = text };
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		r.p += 3;
	while (*r.p != '\0') {
		if (isspace((unsigned char)*r.p))
			r.p++;
		else if (*r.p == '#' || *r.p == ';')
			skip_line(&r);
		else if (*r.p == '[') {
			if (!header(&r))
				return false;
		} else {
			if (!variable(&r))
				return false;
			each(r.section, r.subsection, r.key, r.value, user);
		}
	}
	return r.p == text + len;
}
