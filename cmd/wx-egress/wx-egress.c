/* SPDX-License-Identifier: MIT */
/*
 * wx-egress: connect to the hosts that are listed, and to no others, for who reaches it by a proxy
 * protocol or by an address that stands for a name. A process that reads what clients send and may
 * open nothing, some that decide and connect and read nothing of it, and one that keeps both.
 */
#include <err.h>
#include <stdbool.h>
#include <unistd.h>

#include "policy/policy.h"

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/number.h"
#include "libcommon/proc.h"
#include "libcommon/tool/args.h"
#include "libcommon/tool/exit.h"
#include "super/super.h"

#define WORDS_MAX 1024

/* What is asked for. */
struct want {
	struct super super;
	const char  *allow[WORDS_MAX], *deny[WORDS_MAX];
	size_t       nallow, ndeny;
	const char  *why;
	bool         check;
};

static const struct args args;   /* below */

static void
add_word(const char *list[], size_t *n, const char *word)
{
	if (*n == WORDS_MAX)
		args_misused(&args, "more than 1024 entries");
	list[(*n)++] = word;
}

static void
set_option(void *want, const struct args_option *o, const char *arg)
{
	struct want *w = want;
	struct super *s = &w->super;

	switch (o->letter) {
	case 'a': add_word(w->allow, &w->nallow, arg); break;
	case 'd': add_word(w->deny, &w->ndeny, arg); break;
	case 'R':
		s->ready = (int)wx_number(arg, STDERR_FILENO + 1, 65535);
		if (s->ready == -1)
			args_misused(&args, "-R wants the number of a descriptor above 2");
		break;
	default:
		if (s->nwants == SUPER_WANTS)
			args_misused(&args, "more than 128 sockets");
		s->wants[s->nwants++] = (struct super_want){ .listen = o->letter == 'l', .word = arg };
	}
}

static const struct args_option options[] = {
	{ 'a', "allow", "entry", ARGS_CALL(set_option) },
	{ 'C', "check", NULL, ARGS(args_flag, struct want, check) },
	{ 'c', "control", "socket", ARGS(args_text, struct want, super.control) },
	{ 'd', "deny", "entry", ARGS_CALL(set_option) },
	{ 'f', "force", NULL, ARGS(args_flag, struct want, super.force) },
	{ 'h', "help", NULL, ARGS_INFO },
	{ 'l', "listen", "address:port", ARGS_CALL(set_option) },
	{ 'q', "quiet", NULL, ARGS(args_flag, struct want, super.quiet) },
	{ 'R', "ready", "fd", ARGS_CALL(set_option) },
	{ 's', "socket", "kind=fd", ARGS_CALL(set_option) },
	{ 'V', "version", NULL, ARGS_INFO },
	{ 'w', "why", "host[:port]", ARGS(args_text, struct want, why) },
};
static const struct args args = { "wx-egress",
    "[-fhqV] [-a entry] [-c socket] [-d entry] [-l address:port] [-R fd] [-s kind=fd]\n"
    "[-a entry] [-d entry] -C\n"
    "[-a entry] [-d entry] -w host[:port]", ARGS_COUNT(options), true, NULL };

static void
say_fault(const char *text, void *user)
{
	(void)user;
	warnx("%s", text);
}

/* Standard input and the options' entries. All faults are said, then it is over. */
static void
read_policy(struct policy *p, const struct want *w)
{
	char *text = malloc(POLICY_TEXT_MAX + 1);
	ssize_t n;
	bool good = true;
	size_t i;

	policy_init(p);
	if (text == NULL)
		err(WX_TEMP, "cannot allocate memory");
	n = wx_read_all(STDIN_FILENO, text, POLICY_TEXT_MAX);
	if (n == -1)
		err(WX_FAIL, "cannot read the policy from standard input");
	text[n] = '\0';
	good &= policy_read(p, text, (size_t)n, say_fault, NULL);
	free(text);
	for (i = 0; i < w->nallow; i++)
		good &= policy_add(p, false, w->allow[i], say_fault, NULL);
	for (i = 0; i < w->ndeny; i++)
		good &= policy_add(p, true, w->deny[i], say_fault, NULL);
	good &= policy_check(p, say_fault, NULL);
	if (!good)
		exit(WX_FAIL);
}

/* --why: the verdict about HOST[:PORT], and the entry that gives it. */
static _Noreturn void
why(const struct policy *p, const char *word)
{
	const char *from = *word == '[' ? strchr(word, ']') : word, *colon = from == NULL ? NULL : strchr(from, ':');
	struct wish w = { .host = word, .len = colon != NULL ? (size_t)(colon - word) : strlen(word), .port = 443 };
	long port = colon == NULL ? 443 : wx_number(colon + 1, 1, 65535);
	struct verdict v;
	bool good;

	if (port == -1)
		args_misused(&args, "--why wants HOST or HOST:PORT");
	w.port = (uint16_t)port;
	decide(p, &w, &v);
	good = v.reason == REASON_ALLOWED || v.reason == REASON_NEEDS_HTTP;
	(void)printf("%s %s:%u", good ? "allowed" : "refused", v.name[0] != '\0' ? v.name : "-", w.port);
	if (!good)
		(void)printf(" (%s)", reason_name(v.reason));
	if (v.entry != NULL)
		(void)printf(" by '%s'", v.entry->text);
	if (v.reason == REASON_NEEDS_HTTP)
		(void)printf(", some requests");
	(void)putchar('\n');
	exit_flushed(good ? WX_OK : WX_FAIL);
}

int
main(int argc, char *argv[])
{
	static struct want w = { .super.ready = -1 };
	struct super *s = &w.super;

	if (wx_proc_harden_chain() == -1)
		err(WX_FAIL, "cannot harden process");
	if (args_parse(&args, argc, argv, &w) != argc)
		args_misused(&args, "there are no operands");
	if ((w.check || w.why != NULL) && s->nwants > 0)
		args_misused(&args, "-C and -w look at the policy alone");
	if (w.check || w.why != NULL) {
		read_policy(&s->policy, &w);
		if (w.why != NULL)
			why(&s->policy, w.why);
		return WX_OK;
	}
	if (s->nwants == 0)
		args_misused(&args, "nowhere to listen: -l ADDRESS:PORT, or -s KIND=FD");
	super_open(s);
	read_policy(&s->policy, &w);
	super_run(s);
}
