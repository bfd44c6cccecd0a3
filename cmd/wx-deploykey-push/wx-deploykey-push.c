/* SPDX-License-Identifier: MIT */
/*
 * wx-deploykey-push: make a forge know, or forget, the public key on standard
 * input: as a deploy key of a repository, or as a signing key of the user.
 */
#include <err.h>
#include <getopt.h>
#include <unistd.h>

#include "client/client.h"
#include "confine.h"
#include "forge/forge.h"
#include "http/http.h"
#include "kind.h"
#include "say/say.h"
#include "token/token.h"
#include "want/want.h"

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/number.h"
#include "libcommon/proc.h"
#include "libcommon/version.h"

static const char usage_text[] =
    "usage: wx-deploykey-push [-hnrV] [-d | -l | -v] [-c file] [-e days] [-F kind]\n"
    "                         [-H host] [-m seconds] [-T fd] [-t title]\n"
    "                         [-w seconds] repo\n"
    "       wx-deploykey-push -s [-n] [-d | -l | -v] [-c file] [-e days] [-F kind]\n"
    "                         [-H host] [-m seconds] [-T fd] [-t title]\n"
    "                         [-w seconds]\n"
    "       wx-deploykey-push -b [-nr] [-d | -l | -v] [-c file] [-e days] [-F kind]\n"
    "                         [-H host] [-m seconds] [-T fd]\n"
    "       wx-deploykey-push -k [-F kind] [-H host] [repo]\n";

static const struct option options[] = {
	{ "batch",     no_argument,       NULL, 'b' },
	{ "cacert",    required_argument, NULL, 'c' },
	{ "delete",    no_argument,       NULL, 'd' },
	{ "dry-run",   no_argument,       NULL, 'n' },
	{ "expires",   required_argument, NULL, 'e' },
	{ "forge",     required_argument, NULL, 'F' },
	{ "help",      no_argument,       NULL, 'h' },
	{ "host",      required_argument, NULL, 'H' },
	{ "kind",      no_argument,       NULL, 'k' },
	{ "list",      no_argument,       NULL, 'l' },
	{ "max-time",  required_argument, NULL, 'm' },
	{ "read-only", no_argument,       NULL, 'r' },
	{ "signing",   no_argument,       NULL, 's' },
	{ "title",     required_argument, NULL, 't' },
	{ "token-fd",  required_argument, NULL, 'T' },
	{ "verify",    no_argument,       NULL, 'v' },
	{ "version",   no_argument,       NULL, 'V' },
	{ "wait",      required_argument, NULL, 'w' },
	{ NULL,        0,                 NULL, 0 },
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

static int
number(const char *s, int least, int most, const char *why)
{
	long n = wx_number(s, least, most);

	if (n == -1)
		usage_error(why);
	return (int)n;
}

static void
set_verb(struct want *w, enum verb verb)
{
	if (w->verb != VERB_ADD)
		usage_error("more than one of -d, -v and -l");
	w->verb = verb;
}

static void
set_host(struct host *h, const struct want *w, bool *sure)
{
	const char *why = kind_set_host(h, w->host, w->kind, sure);

	if (why != NULL) {
		say("no host '%s': %s", w->host != NULL ? w->host : w->kind, why);
		usage_error(NULL);
	}
}

static void
set_title(struct want *w, const char *arg)
{
	const char *why = forge_title_fault(arg);

	if (why != NULL) {
		say("no title: %s", why);
		usage_error(NULL);
	}
	w->title = arg;
}

static void
set_value(struct want *w, int ch, const char *arg)
{
	switch (ch) {
	case 'c':
		w->cacert = arg;
		break;
	case 'e':
		w->days = number(arg, 1, 3650, "the expiry is not a number of days from 1 to 3650");
		break;
	case 'F':
		w->kind = arg;
		break;
	case 'H':
		w->host = arg;
		break;
	case 'm':
		w->max_time = number(arg, 1, 3600, "the time is not a number of seconds from 1 to 3600");
		break;
	case 't':
		set_title(w, arg);
		break;
	case 'T':
		w->token_fd = number(arg, 0, 9999999, "not the number of a descriptor");
		break;
	case 'w':
		w->wait = number(arg, 1, 3600, "the wait is not a number of seconds from 1 to 3600");
		break;
	default:
		usage_error(NULL);
	}
}

static void
set_option(struct want *w, int ch, const char *arg)
{
	switch (ch) {
	case 'b':
		w->batch = true;
		break;
	case 'd':
		set_verb(w, VERB_DELETE);
		break;
	case 'h':
		inform(usage_text);
	case 'k':
		w->tell_kind = true;
		break;
	case 'l':
		set_verb(w, VERB_LIST);
		break;
	case 'n':
		w->dry_run = true;
		break;
	case 'r':
		w->read_only = true;
		break;
	case 's':
		w->signing = true;
		break;
	case 'v':
		set_verb(w, VERB_VERIFY);
		break;
	case 'V':
		inform("wx-deploykey-push " WX_VERSION "\n");
	default:
		set_value(w, ch, arg);
	}
}

static void
set_repo(struct want *w, const struct forge *forge, char **operands)
{
	const char *why;

	if (operands[0] == NULL || operands[1] != NULL)
		usage_error("one repository, please");
	why = forge->repo_fault(operands[0]);
	if (why != NULL) {
		say("no repository '%s': %s", operands[0], why);
		usage_error(NULL);
	}
	w->repo = operands[0];
}

/* What the options say together, and the operand. */
static void
check(struct want *w, const struct forge *forge, char **operands)
{
	bool reads_stdin = w->batch || w->verb != VERB_LIST;

	if (w->signing && w->batch)
		usage_error("-s and -b exclude each other");
	if (w->title != NULL && (w->batch || w->verb != VERB_ADD))
		usage_error("-t is for one key to add");
	if (w->read_only && (w->signing || w->verb == VERB_DELETE || w->verb == VERB_LIST))
		usage_error("-r is for deploy keys to add or verify");
	if (w->days > 0 && w->verb != VERB_ADD)
		usage_error("-e is for keys to add");
	if (w->wait > 0 && (w->verb != VERB_VERIFY || w->batch))
		usage_error("-w is for one key to verify");
	if (w->token_fd == STDOUT_FILENO || w->token_fd == STDERR_FILENO)
		usage_error("descriptors 1 and 2 are for output");
	if (w->token_fd == STDIN_FILENO && reads_stdin)
		usage_error("standard input is for the key");
	if (w->signing || w->batch) {
		if (operands[0] != NULL)
			usage_error("-s and -b take no repository");
		return;
	}
	set_repo(w, forge, operands);
}

/* What the kind of the forge cannot do. */
static void
check_forge(const struct want *w, const struct forge *f)
{
	if (w->signing && f->signing_list == NULL)
		errx(WX_FAIL, "%s: %s", f->name, f->no_signing);
	if (w->days > 0 && !f->expires)
		errx(WX_FAIL, "%s: its keys have no expiry; leave -e out, and rotate them with setup-deploy-key -f", f->name);
	if (f->only_reads && !w->read_only && w->verb == VERB_ADD)
		errx(WX_FAIL, "%s: its access keys only read, and one that writes would be an account's or a workspace's and "
		    "open all of it; for a key that reads say -r", f->name);
}

static int
run_batch(struct client *c, struct input *in)
{
	struct job job;
	const char *why;
	size_t n;
	int rc = WX_OK;

	for (n = 1; input_line(stdin, in); n++) {
		say_line(n);
		why = input_job(in, c->api.host->forge, c->want->verb, &job);
		if (why != NULL)
			say("refusing the line: %s", why);
		if (why != NULL || client_do(c, &job) != WX_OK)
			rc = WX_FAIL;
	}
	say_line(0);
	return rc;
}

/* Everything that reads files and runs programs is done: keep only the network. */
static void
confine_to(const struct http *http, const struct host *h)
{
	unsigned ports[HTTP_PORTS + 1];
	size_t n = http_proxy_ports(ports);

	ports[n++] = h->port;
	confine(http_authorities(http), ports, n);
}

int
main(int argc, char *argv[])
{
	static struct client c;
	static struct token token;
	static struct input in;
	static struct host host;
	static struct want w = { .token_fd = -1, .max_time = 30 };
	struct job job = { 0 };
	bool sure;
	int ch, rc;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	/* libcurl would write the keys of the TLS session there. */
	(void)unsetenv("SSLKEYLOGFILE");
	while ((ch = getopt_long(argc, argv, "+bc:de:F:hH:klm:nrst:T:vVw:", options, NULL)) != -1)
		set_option(&w, ch, optarg);
	set_host(&host, &w, &sure);
	if (w.tell_kind) {
		if (argv[optind] != NULL)
			set_repo(&w, host.forge, argv + optind);
		kind_print(stdout, &host, sure);
		inform("");
	}
	check(&w, host.forge, argv + optind);
	check_forge(&w, host.forge);

	job.repo = w.repo;
	if (!w.batch && w.verb != VERB_LIST)
		input_key(&in, w.verb, w.title, &job);
	token_find(&host, w.token_fd, &token);
	say_hide(token.value);
	c.want = &w;
	c.token = token.value;
	c.api.http = http_open(host.forge->fields, token.value, w.cacert, w.max_time);
	c.api.host = &host;
	c.api.token_from = token.where;
	c.api.many = w.batch;
	confine_to(c.api.http, &host);

	rc = w.batch ? run_batch(&c, &in) : client_do(&c, &job);
	http_close(c.api.http);
	wx_wipe(&token, sizeof(token));
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
	return rc;
}
