/* SPDX-License-Identifier: MIT */
#ifndef WX_TOOL_ARGS_H
#define WX_TOOL_ARGS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The options of a tool as one table, of which what getopt_long(3) wants, the usage and the work are made. A row is
 *
 *     { LETTER, WORD, ARG, ARGS(SETTER, TYPE, FIELD) }
 *
 * LETTER is 0 where there is the word alone; ARG is what the usage calls its argument, NULL where it takes none.
 */
struct args_option {
	int         letter;
	const char *word, *arg;
	void      (*set)(void *at, const struct args_option *o, const char *arg);   /* NULL: -h and -V */
	size_t      at;      /* of what is set, in what args_parse is given */
	bool        apart;   /* is in a usage line of its own, and not in '@' */
};
#define ARGS_MAX 80

/* What a row ends with: SETTER is given the address of FIELD, or that of the whole; ARGS_INFO is for -h and -V. */
#define ARGS(setter, type, field)       (setter), offsetof(type, field), false
#define ARGS_APART(setter, type, field) (setter), offsetof(type, field), true
#define ARGS_CALL(setter)               (setter), 0, false
#define ARGS_INFO                       NULL, 0, false

/* Setters: of a bool; of a const char *, to the argument itself; of a struct strv, to which it is added. */
void args_flag(void *at, const struct args_option *o, const char *arg);
void args_text(void *at, const struct args_option *o, const char *arg);
void args_list(void *at, const struct args_option *o, const char *arg);

struct args {
	const char *tool;      /* its name */
	/* Lines of usage without the name, ended by '\n' but for the last. Of a '@' at the beginning of one all options are
	 * made that are not apart. */
	const char *usage;
	const struct args_option *options;
	size_t      n;
	bool        permute;   /* options may stand behind operands */
	const char *built;     /* more lines of -V, or NULL */
};
#define ARGS_COUNT(options) (options), sizeof(options) / sizeof(*(options))

/*
 * Set what the options of ARGV ask for in WANT. The index of the first operand. -h and -V end the program; so does what
 * is no option, with the usage on standard error and exit_code(WX_USAGE).
 */
int  args_parse(const struct args *a, int argc, char *argv[], void *want);

/* Were all options that the last args_parse met of these LETTERS, or, without a letter, of WORDS, parted by blanks? */
bool args_only(const struct args *a, const char *letters, const char *words);

/* End with WHY, a line (or NULL), and the usage on standard error. */
_Noreturn void args_misused(const struct args *a, const char *why);

#endif
