/* SPDX-License-Identifier: MIT */
/*
 * wx-builder: run a Nix builder in a container that only this machine can reach,
 * and talk to it.
 */
#include <sys/stat.h>

#include <err.h>
#include <unistd.h>

#include "verbs.h"
#include "want.h"

#include "libcommon/exitcode.h"
#include "libcommon/number.h"
#include "libcommon/proc.h"
#include "libcommon/tool/args.h"
#include "libcommon/tool/exit.h"
#include "libcommon/tool/option.h"

static const struct args args;   /* below */

/* The verbs, and the options that each takes. */
static const struct verb {
	const char *name, *options;
	int (*run)(const struct want *w);
} verbs[] = {
	{ "authorize", "CN",         authorize_run },
	{ "block",     "Np",         block_run },
	{ "config",    "CDfjJNOsS",  config_run },
	{ "exec",      "CNPT",       exec_run },
	{ "listen",    "bciImNpT",   listen_run },
	{ "load",      "ei",         load_run },
	{ "machine",   "CfjJNs",     machine_run },
	{ "restart",   "CcdeijmNpT", restart_run },
	{ "start",     "CcdeijmNpT", start_run },
	{ "status",    "aCejN",      status_run },
	{ "stop",      "bCeN",       stop_run },
	{ "wait",      "CejNT",      wait_run },
};
#define NVERBS (sizeof(verbs) / sizeof(*verbs))

static long
number(const char *s, long least, long most, const char *why)
{
	long n = wx_number(s, least, most);

	if (n == -1)
		args_misused(&args, why);
	return n;
}

static uint64_t
size(const char *s, const char *why)
{
	uint64_t n;

	if (wx_size(s, &n) == -1)
		args_misused(&args, why);
	return n;
}

static const char *
checked_name(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > 32 || strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != len || *s == '-')
		args_misused(&args, "refusing the name: small letters, digits and -, 32 at the most, no - at the beginning");
	return s;
}

static const char *
checked_connection(const char *s)
{
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
	size_t len = strlen(s);

	if (len == 0 || len > 64 || strspn(s, chars) != len || *s == '-')
		args_misused(&args, "refusing the connection: letters, digits, _, - and ., 64 at the most, no - at the beginning");
	return s;
}

/* What goes into a list of Nix's: names with commas between. */
static const char *
checked_list(const char *s)
{
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-:.,";

	if (*s == '\0' || strlen(s) > 512 || strspn(s, chars) != strlen(s) || *s == ',' ||
	    s[strlen(s) - 1] == ',' || strstr(s, ",,") != NULL)
		args_misused(&args, "not a list of names with commas between");
	return s;
}

static enum engine
engine(const char *s)
{
	if (strcmp(s, "auto") == 0)
		return ENGINE_AUTO;
	if (strcmp(s, "podman") == 0)
		return ENGINE_PODMAN;
	if (strcmp(s, "container") == 0)
		return ENGINE_CONTAINER;
	args_misused(&args, "the engine is one of auto, podman, container");
}

static void
set_form(struct want *w, enum form form)
{
	if (w->form != FORM_SYSTEM && w->form != form)
		args_misused(&args, "more than one of -D, -O, -S");
	w->form = form;
}

static void
set_option(void *want, const struct args_option *o, const char *arg)
{
	struct want *w = want;

	switch (o->letter) {
	case 'C': w->connection = checked_connection(arg); break;
	case 'c': w->cpus = number(arg, 1, 4096, "not a number of processors"); break;
	case 'D': set_form(w, FORM_DARWIN); break;
	case 'd': w->min_free = strcmp(arg, "0") == 0 ? 0 : (int64_t)size(arg, "not a size, such as 10G"); break;
	case 'e': w->engine = engine(arg); break;
	case 'f': w->features = checked_list(arg); break;
	case 'I': w->idle = number(arg, 1, 31536000, "not a number of seconds, 1 to 31536000"); break;
	case 'J': w->jobs = number(arg, 1, 4096, "not a number of jobs"); break;
	case 'm': w->memory = size(arg, "not a size, such as 4G"); break;
	case 'N': w->name = checked_name(arg); break;
	case 'O': set_form(w, FORM_NIXOS); break;
	case 'p': w->port = (int)number(arg, 1, 65535, "not a port, 1 to 65535"); break;
	case 'S': set_form(w, FORM_SSH); break;
	case 's': w->systems = checked_list(arg); break;
	case 'T': w->seconds = number(arg, 1, 86400, "not a number of seconds, 1 to 86400"); break;
	}
}

static const struct args_option options[] = {
	{ 'a', "all", NULL, ARGS(args_flag, struct want, all) },
	{ 'b', "background", NULL, ARGS(args_flag, struct want, background) },
	{ 'C', "connection", "connection", ARGS_CALL(set_option) },
	{ 'c', "cpus", "cpus", ARGS_CALL(set_option) },
	{ 'D', "nix-darwin", NULL, ARGS_CALL(set_option) },
	{ 'd', "disk-min-free", "size", ARGS_CALL(set_option) },
	{ 'e', "engine", "engine", ARGS_CALL(set_option) },
	{ 'f', "features", "features", ARGS_CALL(set_option) },
	{ 'h', "help", NULL, ARGS_INFO },
	{ 'I', "idle", "seconds", ARGS_CALL(set_option) },
	{ 'i', "image", "image", ARGS(args_text, struct want, image) },
	{ 'J', "max-jobs", "jobs", ARGS_CALL(set_option) },
	{ 'j', "json", NULL, ARGS(args_flag, struct want, json) },
	{ 'm', "memory", "size", ARGS_CALL(set_option) },
	{ 'N', "name", "name", ARGS_CALL(set_option) },
	{ 'O', "nixos", NULL, ARGS_CALL(set_option) },
	{ 'P', "print-ssh-command", NULL, ARGS(args_flag, struct want, print_ssh) },
	{ 'p', "port", "port", ARGS_CALL(set_option) },
	{ 'S', "ssh", NULL, ARGS_CALL(set_option) },
	{ 's', "systems", "systems", ARGS_CALL(set_option) },
	{ 'T', "timeout", "seconds", ARGS_CALL(set_option) },
	{ 'V', "version", NULL, ARGS_INFO },
};
static const struct args args = { "wx-builder",
    "start [-j] [-C connection] [-c cpus] [-d size] [-e engine] [-i image] [-m size] [-N name] [-p port] [-T seconds]\n"
    "restart [-j] [-C connection] [-c cpus] [-d size] [-e engine] [-i image] [-m size] [-N name] [-p port] [-T seconds]\n"
    "wait [-j] [-C connection] [-e engine] [-N name] [-T seconds]\n"
    "stop [-b] [-C connection] [-e engine] [-N name]\n"
    "status [-aj] [-C connection] [-e engine] [-N name]\n"
    "exec [-P] [-C connection] [-N name] [-T seconds] [--] [command ...]\n"
    "config [-DjOS] [-C connection] [-f features] [-J jobs] [-N name] [-s systems]\n"
    "machine [-j] [-C connection] [-f features] [-J jobs] [-N name] [-s systems]\n"
    "authorize [-C connection] [-N name]\n"
    "block -p port [-N name] key known_hosts [socket]\n"
    "listen [-b] [-c cpus] [-I seconds] [-i image] [-m size] [-N name] [-p port] [-T seconds]\n"
    "load -i image [-e engine]\n"
    "-h | -V", ARGS_COUNT(options), false, NULL };

static const struct verb *
verb(const char *name)
{
	const char *names[NVERBS], *near;
	size_t i;

	for (i = 0; i < NVERBS; i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
		names[i] = verbs[i].name;
	}
	near = word_nearest(name, names, NVERBS);
	if (near != NULL)
		warnx("did you mean '%s'?", near);
	args_misused(&args, "no such command");
}

int
main(int argc, char *argv[])
{
	struct want w = { .name = "default", .min_free = -1 };
	const struct verb *v;
	int at;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	(void)umask(S_IRWXG | S_IRWXO);
	at = args_parse(&args, argc, argv, &w);
	if (at == argc)
		args_misused(&args, NULL);
	v = verb(argv[at]);
	/* Options may stand before the verb, too. */
	optind = at + 1;
	if (v->run == exec_run)
		exit_chain();
	at = args_parse(&args, argc, argv, &w);
	w.operands = argv + at;
	if (!args_only(&args, v->options, ""))
		args_misused(&args, "these options do not go together");
	if (at != argc && v->run != exec_run && v->run != block_run)
		args_misused(&args, "no operand is expected");
	if (w.all && !args_only(&args, "aej", ""))
		args_misused(&args, "-a does not go with -C or -N");
	/* No module that a config file names comes into the process that holds a key. */
	if (setenv("OPENSSL_CONF", "", 1) == -1)
		err(exit_code(WX_TEMP), "cannot set up OpenSSL");
	builder_program(argv[0]);
	exit(v->run(&w));
}
