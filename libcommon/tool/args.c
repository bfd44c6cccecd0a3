/* SPDX-License-Identifier: MIT */
#include "libcommon/tool/args.h"

#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/exitcode.h"
#include "libcommon/tool/exit.h"
#include "libcommon/tool/option.h"
#include "libcommon/tool/strv.h"
#include "libcommon/version.h"

#define COLUMNS 80
#define WORD    256   /* the number of an option without a letter is this, and its place in the table */

static bool met[ARGS_MAX];

void
args_flag(void *at, const struct args_option *o, const char *arg)
{
	(void)o;
	(void)arg;
	*(bool *)at = true;
}

void
args_text(void *at, const struct args_option *o, const char *arg)
{
	(void)o;
	*(const char **)at = arg;
}

void
args_list(void *at, const struct args_option *o, const char *arg)
{
	(void)o;
	strv_add(at, arg);
}

/* --- usage */

/* All options: the letters without an argument, then each with one, then each word without a letter. */
static void
all(FILE *fp, const struct args *a)
{
	const struct args_option *o, *end = a->options + a->n;
	const char *before = "[-";

	for (o = a->options; o < end; o++)
		if (!o->apart && o->letter != 0 && o->arg == NULL) {
			(void)fprintf(fp, "%s%c", before, o->letter);
			before = "";
		}
	if (*before == '\0')
		(void)fputc(']', fp);
	for (o = a->options; o < end; o++)
		if (!o->apart && o->letter != 0 && o->arg != NULL)
			(void)fprintf(fp, " [-%c %s]", o->letter, o->arg);
	for (o = a->options; o < end; o++)
		if (!o->apart && o->letter == 0)
			(void)fprintf(fp, " [--%s%s%s]", o->word, o->arg == NULL ? "" : " ", o->arg == NULL ? "" : o->arg);
}

/* The words of TEXT, of which one in brackets is one, in lines that begin below the first. */
static void
fold(FILE *to, const char *text, size_t indent)
{
	size_t column = indent, n;
	int depth;

	for (; *text != '\0'; text += n) {
		text += strspn(text, " ");
		for (n = 0, depth = 0; text[n] != '\0' && (depth > 0 || text[n] != ' '); n++)
			depth += text[n] == '[' ? 1 : text[n] == ']' ? -1 : 0;
		if (column > indent && column + n > COLUMNS) {
			(void)fprintf(to, "\n%*s", (int)indent - 1, "");
			column = indent;
		}
		if (n > 0)
			(void)fprintf(to, " %.*s", (int)n, text);
		column += n + 1;
	}
	(void)fputc('\n', to);
}

static void
print_usage(const struct args *a, FILE *to)
{
	const char *line = a->usage, *prefix = "usage: ";
	char *text = NULL;
	size_t len, n;
	FILE *fp;

	for (; *line != '\0'; line += n + (line[n] == '\n')) {
		n = strcspn(line, "\n");
		fp = open_memstream(&text, &len);
		if (fp == NULL)
			err(exit_code(WX_TEMP), "cannot allocate memory");
		if (*line == '@')
			all(fp, a);
		(void)fprintf(fp, "%.*s", (int)n - (*line == '@'), line + (*line == '@'));
		if (fclose(fp) == EOF)
			err(exit_code(WX_TEMP), "cannot allocate memory");
		(void)fprintf(to, "%s%s", prefix, a->tool);
		fold(to, text, strlen("usage: ") + strlen(a->tool) + 1);
		free(text);
		prefix = "       ";
	}
}

void
args_misused(const struct args *a, const char *why)
{
	if (why != NULL)
		warnx("%s", why);
	print_usage(a, stderr);
	exit(exit_code(WX_USAGE));
}

static _Noreturn void
inform(const struct args *a, int letter)
{
	if (letter == 'h')
		print_usage(a, stdout);
	else
		(void)printf("%s %s\n%s", a->tool, WX_VERSION, a->built == NULL ? "" : a->built);
	exit_flushed(WX_OK);
}

/* --- the words */

static int
number(const struct args *a, size_t i)
{
	return a->options[i].letter != 0 ? a->options[i].letter : WORD + (int)i;
}

/* What getopt_long(3) wants: LONGS and SHORTS of the table. */
static void
prepare(const struct args *a, struct option longs[static ARGS_MAX + 1], char shorts[static 2 * ARGS_MAX + 2])
{
	size_t i;

	if (!a->permute)
		*shorts++ = '+';
	for (i = 0; i < a->n && i < ARGS_MAX; i++) {
		longs[i] = (struct option){ a->options[i].word, a->options[i].arg != NULL ? required_argument : no_argument,
		    NULL, number(a, i) };
		if (a->options[i].letter == 0)
			continue;
		*shorts++ = (char)a->options[i].letter;
		if (a->options[i].arg != NULL)
			*shorts++ = ':';
	}
	longs[i] = (struct option){ NULL, 0, NULL, 0 };
	*shorts = '\0';
}

static size_t
find(const struct args *a, int ch)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (number(a, i) == ch)
			return i;
	args_misused(a, NULL);
}

int
args_parse(const struct args *a, int argc, char *argv[], void *want)
{
	struct option longs[ARGS_MAX + 1];
	char shorts[2 * ARGS_MAX + 2];
	const struct args_option *o;
	size_t i;
	int ch;

	prepare(a, longs, shorts);
	while ((ch = option_next(argc, argv, shorts, longs)) != -1) {
		i = find(a, ch);
		met[i] = true;
		o = &a->options[i];
		if (o->set == NULL)
			inform(a, o->letter);
		o->set((char *)want + o->at, o, optarg);
	}
	return optind;
}

/* Is WORD one of WORDS? */
static bool
among(const char *word, const char *words)
{
	size_t n;

	for (; *words != '\0'; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (strlen(word) == n && memcmp(words, word, n) == 0)
			return true;
	}
	return false;
}

bool
args_only(const struct args *a, const char *letters, const char *words)
{
	const struct args_option *o;
	size_t i;

	for (i = 0; i < a->n; i++) {
		o = &a->options[i];
		if (met[i] && !(o->letter != 0 ? strchr(letters, o->letter) != NULL : among(o->word, words)))
			return false;
	}
	return true;
}
