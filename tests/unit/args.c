/* SPDX-License-Identifier: MIT */
/* libcommon/tool/args.h: the setters, where the operands begin, what was met. That -h is the SYNOPSIS, and what is no
 * option, tests/every-tool.bats has for each tool. */
#include "libcommon/tool/args.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/tool/strv.h"

struct want {
	bool        all, deep;
	const char *name;
	struct strv list;
	int         letter;
};

static void
note(void *want, const struct args_option *o, const char *arg)
{
	((struct want *)want)->letter = o->letter == 0 ? *arg : o->letter;
}

static const struct args_option options[] = {
	{ 'a', "all", NULL, ARGS(args_flag, struct want, all) },
	{ 'l', "list", "word", ARGS(args_list, struct want, list) },
	{ 'n', "name", "name", ARGS(args_text, struct want, name) },
	{ 'x', "note", NULL, ARGS_CALL(note) },
	{ 0, "deep", NULL, ARGS_APART(args_flag, struct want, deep) },
	{ 0, "deeper", "word", ARGS_CALL(note) },
};
static const struct args args = { "made-up", "@ [word ...]\n--deep", ARGS_COUNT(options), false, NULL };
static const struct args loose = { "made-up", "@", ARGS_COUNT(options), true, NULL };

static int n, bad;

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

/* The words of LINE to the options of A; how many operands are left. */
static int
parse(const struct args *a, struct want *w, char *line)
{
	static char *argv[32];
	char *save = NULL;
	int argc = 0;

	*w = (struct want){ 0 };
	for (line = strtok_r(line, " ", &save); line != NULL; line = strtok_r(NULL, " ", &save))
		argv[argc++] = line;
	argv[argc] = NULL;
	optind = 0;   /* getopt(3) of GNU: from the beginning */
	return argc - args_parse(a, argc, argv, w);
}

int
main(void)
{
	char first[] = "made-up -al one --list=two -n x --name y operand -x", second[] = "made-up --deep -- -x",
	    third[] = "made-up operand -x --deeper word", fourth[] = "made-up";
	struct want w;

	ok(parse(&args, &w, fourth) == 0 && !w.all && w.name == NULL && w.list.n == 0, "nothing is set by nothing");
	ok(args_only(&args, "", ""), "and nothing was met");
	ok(parse(&args, &w, first) == 2 && w.letter == 0, "options end at the first operand");
	ok(w.all && !w.deep && strcmp(w.name, "y") == 0, "a flag, and of a text the last");
	ok(w.list.n == 2 && strcmp(w.list.v[0], "one") == 0 && strcmp(w.list.v[1], "two") == 0, "a list has all, in order");
	ok(args_only(&args, "aln", "") && !args_only(&args, "an", ""), "what was met is of these letters");
	ok(parse(&args, &w, second) == 1 && w.deep && w.letter == 0, "-- ends options");
	ok(args_only(&args, "aln", "deeper deep") && !args_only(&args, "aln", "deeper"), "a word is met whole");
	ok(parse(&loose, &w, third) == 1 && w.letter == 'w', "behind operands where that is meant");
	printf("1..%d\n", n);
	return bad;
}
