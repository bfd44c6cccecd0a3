/* SPDX-License-Identifier: MIT */
/*
 * wx-egress: connect to the hosts that are listed, and to no others, for who reaches it by a proxy
 * protocol or by an address that stands for a name. A process that reads what clients send and may
 * open nothing, some that decide and connect and read nothing of it, and one that keeps both.
 */
#include <err.h>
#include <getopt.h>
#include <stdbool.h>
#include <unistd.h>

#include "policy/policy.h"

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/number.h"
#include "libcommon/proc.h"
#include "libcommon/version.h"
#include "super/super.h"

#define WORDS_MAX 1024

struct words {
	const char *allow[WORDS_MAX], *deny[WORDS_MAX];
	size_t      nallow, ndeny;
	const char *why;
	bool        check;
};

static const char usage_text[] =
    "usage: wx-egress [-fhqV] [-a entry] [-c socket] [-d entry] [-l address:port]\n"
    "                 [-R fd] [-s kind=fd]\n"
    "       wx-egress [-a entry] [-d entry] -C\n"
    "       wx-egress [-a entry] [-d entry] -w host[:port]\n";

static const struct option options[] = {
	{ "allow",   required_argument, NULL, 'a' },
	{ "check",   no_argument,       NULL, 'C' },
	{ "control", required_argument, NULL, 'c' },
	{ "deny",    required_argument, NULL, 'd' },
	{ "force",   no_argument,       NULL, 'f' },
	{ "help",    no_argument,       NULL, 'h' },
	{ "listen",  required_argument, NULL, 'l' },
	{ "quiet",   no_argument,       NULL, 'q' },
	{ "ready",   required_argument, NULL, 'R' },
	{ "socket",  required_argument, NULL, 's' },
	{ "version", no_argument,       NULL, 'V' },
	{ "why",     required_argument, NULL, 'w' },
	{ NULL,      0,                 NULL, 0 },
};

static _Noreturn void
usage_error(const char *why)
{
	if (why != NULL)
		warnx("%s", why);
	(void)fputs(usage_text, stderr);
	exit(WX_USAGE);
}

static _Noreturn void
inform(const char *text)
{
	(void)fputs(text, stdout);
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
	exit(WX_OK);
}

static void
add_word(const char *list[], size_t *n, const char *word)
{
	if (*n == WORDS_MAX)
		usage_error("more than 1024 entries");
	list[(*n)++] = word;
}

static void
set_option(struct super *s, struct words *w, int ch, const char *arg)
{
	switch (ch) {
	case 'a':
		add_word(w->allow, &w->nallow, arg);
		break;
	case 'C':
		w->check = true;
		break;
	case 'c':
		s->control = arg;
		break;
	case 'd':
		add_word(w->deny, &w->ndeny, arg);
		break;
	case 'f':
		s->force = true;
		break;
	case 'h':
		inform(usage_text);
	case 'l':
	case 's':
		if (s->nwants == SUPER_WANTS)
			usage_error("more than 128 sockets");
		s->wants[s->nwants++] = (struct super_want){ .listen = ch == 'l', .word = arg };
		break;
	case 'q':
		s->quiet = true;
		break;
	case 'R':
		s->ready = (int)wx_number(arg, STDERR_FILENO + 1, 65535);
		if (s->ready == -1)
			usage_error("-R wants the number of a descriptor above 2");
		break;
	case 'V':
		inform("wx-egress " WX_VERSION "\n");
	case 'w':
		w->why = arg;
		break;
	default:
		usage_error(NULL);
	}
}

static void
say_fault(const char *text, void *user)
{
	(void)user;
	warnx("%s", text);
}

/* Standard input and the options' entries. All faults are said, then it is over. */
static void
read_policy(struct policy *p, const struct words *w)
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
static int
why(const struct policy *p, const char *word)
{
	const char *from = *word == '[' ? strchr(word, ']') : word, *colon = from == NULL ? NULL : strchr(from, ':');
	struct wish w = { .host = word, .len = colon != NULL ? (size_t)(colon - word) : strlen(word), .port = 443 };
	long port = colon == NULL ? 443 : wx_number(colon + 1, 1, 65535);
	struct verdict v;
	bool good;

	if (port == -1)
		usage_error("--why wants HOST or HOST:PORT");
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
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
	return good ? WX_OK : WX_FAIL;
}

int
main(int argc, char *argv[])
{
	static struct words w;
	static struct super s = { .ready = -1 };
	int ch;

	if (wx_proc_harden_chain() == -1)
		err(WX_FAIL, "cannot harden process");
	while ((ch = getopt_long(argc, argv, "a:Cc:d:fhl:qR:s:Vw:", options, NULL)) != -1)
		set_option(&s, &w, ch, optarg);
	if (optind != argc)
		usage_error("there are no operands");
	if ((w.check || w.why != NULL) && s.nwants > 0)
		usage_error("-C and -w look at the policy alone");
	if (w.check || w.why != NULL) {
		read_policy(&s.policy, &w);
		return w.why != NULL ? why(&s.policy, w.why) : WX_OK;
	}
	if (s.nwants == 0)
		usage_error("nowhere to listen: -l ADDRESS:PORT, or -s KIND=FD");
	super_open(&s);
	read_policy(&s.policy, &w);
	super_run(&s);
}
