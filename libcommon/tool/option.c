/* SPDX-License-Identifier: MIT */
#include "libcommon/tool/option.h"

#include <err.h>
#include <string.h>

#define WORD_MAX_LEN 32
#define NAMES_MAX    128

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Edits from A to B, both shorter than WORD_MAX_LEN: a letter more, less, another, or two that changed places. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned d[WORD_MAX_LEN][WORD_MAX_LEN];
	size_t i, j, m = strlen(a), n = strlen(b);

	for (i = 0; i <= m; i++)
		d[i][0] = (unsigned)i;
	for (j = 0; j <= n; j++)
		d[0][j] = (unsigned)j;
	for (i = 1; i <= m; i++)
		for (j = 1; j <= n; j++) {
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[m][n];
}

const char *
word_nearest(const char *word, const char *const names[], size_t n)
{
	const char *best = NULL;
	size_t i, len = strlen(word);
	unsigned far, nearest = (unsigned)(len + 2) / 3 + 1;

	if (len < 2 || len >= WORD_MAX_LEN)
		return NULL;
	for (i = 0; i < n; i++) {
		if (strlen(names[i]) >= WORD_MAX_LEN)
			continue;
		far = distance(word, names[i]);
		if (far > 0 && far < nearest) {
			nearest = far;
			best = names[i];
		}
	}
	return best;
}

/* WORD, which getopt_long did not take: an option's name behind two dashes, perhaps with a value. */
static void
suggest(const char *word, const struct option *options)
{
	const char *names[NAMES_MAX], *near;
	char name[WORD_MAX_LEN];
	size_t len, n = 0;

	if (word == NULL || strncmp(word, "--", 2) != 0)
		return;
	word += 2;
	len = strcspn(word, "=");
	if (len >= sizeof(name))
		return;
	memcpy(name, word, len);
	name[len] = '\0';
	for (; options->name != NULL && n < NAMES_MAX; options++) {
		/* One that wants an argument, or one of several. */
		if (strncmp(options->name, name, len) == 0)
			return;
		names[n++] = options->name;
	}
	near = word_nearest(name, names, n);
	if (near != NULL)
		warnx("did you mean '--%s'?", near);
}

int
option_next(int argc, char *argv[], const char *letters, const struct option *options)
{
	int ch = getopt_long(argc, argv, letters, options, NULL);

	if (ch == '?' && optind > 0)
		suggest(argv[optind - 1], options);
	return ch;
}
