/* SPDX-License-Identifier: MIT */
/*
 * wx-deploykey-push: make a forge know, or forget, the public key on standard
 * input: as a deploy key of a repository, or as a signing key of the user.
 */
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/client.h"
#include "confine.h"
#include "forge/forge.h"
#include "http/http.h"
#include "kind.h"
#include "say/say.h"
#include "session/session.h"
#include "token/token.h"
#include "want/want.h"

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/number.h"
#include "libcommon/proc.h"
#include "libcommon/tool/args.h"
#include "libcommon/tool/exit.h"

static const struct args args;   /* below */

static int
number(const char *s, int least, int most, const char *why)
{
	long n = wx_number(s, least, most);

	if (n == -1)
		args_misused(&args, why);
	return (int)n;
}

static void
set_verb(struct want *w, enum verb verb)
{
	if (w->verb != VERB_ADD)
		args_misused(&args, "more than one of -d, -v and -l");
	w->verb = verb;
}

static void
set_host(struct host *h, const struct want *w, bool *sure)
{
	const char *why = kind_set_host(h, w->host, w->kind, sure);

	if (why != NULL) {
		say("no host '%s': %s", w->host != NULL ? w->host : w->kind, why);
		args_misused(&args, NULL);
	}
}

static void
set_title(struct want *w, const char *arg)
{
	const char *why = forge_title_fault(arg);

	if (why != NULL) {
		say("no title: %s", why);
		args_misused(&args, NULL);
	}
	w->title = arg;
}

static void
set_option(void *want, const struct args_option *o, const char *arg)
{
	struct want *w = want;

	switch (o->letter) {
	case 'd': set_verb(w, VERB_DELETE); break;
	case 'e': w->days = number(arg, 1, 3650, "the expiry is not a number of days from 1 to 3650"); break;
	case 'l': set_verb(w, VERB_LIST); break;
	case 'S': w->seconds = (unsigned)number(arg, 1, 604800, "the time of a session is not a number of seconds from 1 to 604800"); break;
	case 'm': w->max_time = number(arg, 1, 3600, "the time is not a number of seconds from 1 to 3600"); break;
	case 'T': w->token_fd = number(arg, 0, 9999999, "not the number of a descriptor"); break;
	case 't': set_title(w, arg); break;
	case 'v': set_verb(w, VERB_VERIFY); break;
	case 'w': w->wait = number(arg, 1, 3600, "the wait is not a number of seconds from 1 to 3600"); break;
	}
}

static const struct args_option options[] = {
	{ 'b', "batch", NULL, ARGS(args_flag, struct want, batch) },
	{ 'c', "cacert", "file", ARGS(args_text, struct want, cacert) },
	{ 'd', "delete", NULL, ARGS_CALL(set_option) },
	{ 'e', "expires", "days", ARGS_CALL(set_option) },
	{ 'F', "forge", "kind", ARGS(args_text, struct want, kind) },
	{ 'H', "host", "host", ARGS(args_text, struct want, host) },
	{ 'h', "help", NULL, ARGS_INFO },
	{ 'k', "kind", NULL, ARGS(args_flag, struct want, tell_kind) },
	{ 'l', "list", NULL, ARGS_CALL(set_option) },
	{ 'm', "max-time", "seconds", ARGS_CALL(set_option) },
	{ 'n', "dry-run", NULL, ARGS(args_flag, struct want, dry_run) },
	{ 'r', "read-only", NULL, ARGS(args_flag, struct want, read_only) },
	{ 'R', "reap", NULL, ARGS(args_flag, struct want, reap) },
	{ 'S', "session", "seconds", ARGS_CALL(set_option) },
	{ 's', "signing", NULL, ARGS(args_flag, struct want, signing) },
	{ 'T', "token-fd", "fd", ARGS_CALL(set_option) },
	{ 't', "title", "title", ARGS_CALL(set_option) },
	{ 'V', "version", NULL, ARGS_INFO },
	{ 'v', "verify", NULL, ARGS_CALL(set_option) },
	{ 'w', "wait", "seconds", ARGS_CALL(set_option) },
};
static const struct args args = { "wx-deploykey-push",
    "[-hnrV] [-d | -l | -v] [-c file] [-e days] [-F kind] [-H host] [-m seconds] [-T fd] [-t title] [-w seconds] repo\n"
    "-s [-n] [-d | -l | -v] [-c file] [-e days] [-F kind] [-H host] [-m seconds] [-T fd] [-t title] [-w seconds]\n"
    "-b [-nr] [-d | -l | -v] [-c file] [-e days] [-F kind] [-H host] [-m seconds] [-T fd]\n"
    "-k [-F kind] [-H host] [repo]\n"
    "-S seconds [-r] [-c file] [-F kind] [-H host] [-m seconds] [-T fd] repo [--] command [argument ...]\n"
    "-R [-c file] [-F kind] [-H host] [-m seconds] [-T fd] [repo]",
    ARGS_COUNT(options), false, NULL };

static void
set_repo(struct want *w, const struct forge *forge, char *repo)
{
	const char *why = forge->repo_fault(repo);

	if (why != NULL) {
		say("no repository '%s': %s", repo, why);
		args_misused(&args, NULL);
	}
	w->repo = repo;
}

static void
set_only_repo(struct want *w, const struct forge *forge, char **operands)
{
	if (operands[0] == NULL || operands[1] != NULL)
		args_misused(&args, "one repository, please");
	set_repo(w, forge, operands[0]);
}

static void
check_session(struct want *w, const struct forge *forge, char **operands)
{
	bool command;

	if (w->seconds != 0 && w->reap)
		args_misused(&args, "-S and -R exclude each other");
	if (w->signing || w->batch || w->dry_run || w->title != NULL || w->days > 0 || w->verb != VERB_ADD ||
	    (w->reap && w->read_only))
		args_misused(&args, "-S goes with -c, -F, -H, -m, -r and -T, -R with these but -r");
	if (operands[0] != NULL)
		set_repo(w, forge, operands[0]);
	if (w->seconds == 0) {
		if (operands[0] != NULL && operands[1] != NULL)
			args_misused(&args, "one repository at the most");
		return;
	}
	command = operands[0] != NULL && operands[1] != NULL && (strcmp(operands[1], "--") != 0 || operands[2] != NULL);
	if (!command)
		args_misused(&args, "a repository and a command, please");
}

/* What the options say together, and the operand. */
static void
check(struct want *w, const struct forge *forge, char **operands)
{
	bool reads_stdin = w->batch || w->verb != VERB_LIST;

	if (w->signing && w->batch)
		args_misused(&args, "-s and -b exclude each other");
	if (w->title != NULL && (w->batch || w->verb != VERB_ADD))
		args_misused(&args, "-t is for one key to add");
	if (w->read_only && (w->signing || w->verb == VERB_DELETE || w->verb == VERB_LIST))
		args_misused(&args, "-r is for deploy keys to add or verify");
	if (w->days > 0 && w->verb != VERB_ADD)
		args_misused(&args, "-e is for keys to add");
	if (w->wait > 0 && (w->verb != VERB_VERIFY || w->batch))
		args_misused(&args, "-w is for one key to verify");
	if (w->token_fd == STDOUT_FILENO || w->token_fd == STDERR_FILENO)
		args_misused(&args, "descriptors 1 and 2 are for output");
	if (w->seconds != 0 || w->reap) {
		check_session(w, forge, operands);
		return;
	}
	if (w->token_fd == STDIN_FILENO && reads_stdin)
		args_misused(&args, "standard input is for the key");
	if (w->signing || w->batch) {
		if (operands[0] != NULL)
			args_misused(&args, "-s and -b take no repository");
		return;
	}
	set_only_repo(w, forge, operands);
}

/* What the kind of the forge cannot do. */
static void
check_forge(const struct want *w, const struct forge *f)
{
	if (w->signing && f->signing_list == NULL)
		errx(WX_FAIL, "%s: %s", f->name, f->no_signing);
	if (w->days > 0 && !f->expires)
		errx(WX_FAIL, "%s: its keys have no expiry; leave -e out, and rotate them with setup-deploy-key -f", f->name);
	if (f->only_reads && !w->read_only && !w->reap && w->verb == VERB_ADD)
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

/* The token of the host that was asked for, which a descriptor gives once. */
static struct token token;
static struct host host;

/* Have all that C needs to speak to H, and then no more than the network. */
static void
ready(struct client *c, struct host *h)
{
	if (token.len == 0 || h->forge != host.forge || strcmp(h->name, host.name) != 0)
		token_find(h, token.len == 0 ? c->want->token_fd : -1, &token);
	say_hide(token.value);
	c->token = token.value;
	c->api.http = http_open(h->forge->fields, token.value, c->want->cacert, c->want->max_time);
	c->api.host = h;
	c->api.token_from = token.where;
	c->api.many = c->want->batch;
	confine_to(c->api.http, h);
}

/* Whatever ends us before the command begins, it was not the command. */
static void
end_as_loader(void)
{
	_exit(WX_CHAIN);
}

/* A session, or what others left: the processes that speak to a forge are others. */
static _Noreturn void
run_sessions(struct client *c, struct want *w, char **operands)
{
	char *real = w->cacert == NULL ? NULL : realpath(w->cacert, NULL);

	c->api.host = &host;
	/* The keeper is in no directory of the caller's. */
	w->cacert = real == NULL ? w->cacert : real;
	if (w->seconds == 0)
		exit(session_reap(c, ready, w->repo));
	if (atexit(end_as_loader) != 0)
		exit(WX_CHAIN);
	token_find(&host, w->token_fd, &token);
	operands += strcmp(operands[1], "--") == 0 ? 2 : 1;
	session_run(c, ready, w->repo, w->seconds, operands);
}

int
main(int argc, char *argv[])
{
	static struct client c;
	static struct input in;
	static struct want w = { .token_fd = -1, .max_time = 30 };
	struct job job = { 0 };
	bool sure;
	int at, rc;

	if (wx_proc_harden_chain() == -1)
		err(WX_FAIL, "cannot harden process");
	/* libcurl would write the keys of the TLS session there. */
	(void)unsetenv("SSLKEYLOGFILE");
	at = args_parse(&args, argc, argv, &w);
	set_host(&host, &w, &sure);
	if (w.tell_kind) {
		if (argv[at] != NULL)
			set_only_repo(&w, host.forge, argv + at);
		kind_print(stdout, &host, sure);
		exit_flushed(WX_OK);
	}
	check(&w, host.forge, argv + at);
	check_forge(&w, host.forge);

	c.want = &w;
	if (w.seconds != 0 || w.reap)
		run_sessions(&c, &w, argv + at);
	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	job.repo = w.repo;
	if (!w.batch && w.verb != VERB_LIST)
		input_key(&in, w.verb, w.title, &job);
	ready(&c, &host);

	rc = w.batch ? run_batch(&c, &in) : client_do(&c, &job);
	http_close(c.api.http);
	wx_wipe(&token, sizeof(token));
	exit_flushed(rc);
}
