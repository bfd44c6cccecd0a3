/* SPDX-License-Identifier: MIT */
/*
 * wx-builder: run a Nix builder in a container that only this machine can reach,
 * and talk to it.
 */
#include <sys/stat.h>

#include <err.h>
#include <getopt.h>
#include <unistd.h>

#include "verbs.h"
#include "want.h"
#include "words.h"

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/number.h"
#include "libcommon/proc.h"
#include "libcommon/tool/option.h"
#include "libcommon/version.h"

static const char usage_text[] =
    "usage: wx-builder start [-j] [-C connection] [-c cpus] [-d size] [-e engine] [-i image]\n"
    "                  [-m size] [-N name] [-p port] [-T seconds]\n"
    "       wx-builder restart [-j] [-C connection] [-c cpus] [-d size] [-e engine] [-i image]\n"
    "                  [-m size] [-N name] [-p port] [-T seconds]\n"
    "       wx-builder wait [-j] [-C connection] [-e engine] [-N name] [-T seconds]\n"
    "       wx-builder stop [-b] [-C connection] [-e engine] [-N name]\n"
    "       wx-builder status [-aj] [-C connection] [-e engine] [-N name]\n"
    "       wx-builder exec [-P] [-C connection] [-N name] [-T seconds] [--] [command ...]\n"
    "       wx-builder config [-DjOS] [-C connection] [-f features] [-J jobs] [-N name]\n"
    "                  [-s systems]\n"
    "       wx-builder machine [-j] [-C connection] [-f features] [-J jobs] [-N name]\n"
    "                  [-s systems]\n"
    "       wx-builder authorize [-C connection] [-N name]\n"
    "       wx-builder block -p port [-N name] key known_hosts [socket]\n"
    "       wx-builder listen [-b] [-c cpus] [-I seconds] [-i image] [-m size] [-N name]\n"
    "                  [-p port] [-T seconds]\n"
    "       wx-builder load -i image [-e engine]\n"
    "       wx-builder -h | -V\n";

static const struct option options[] = {
	{ "all",               no_argument,       NULL, 'a' },
	{ "background",        no_argument,       NULL, 'b' },
	{ "connection",        required_argument, NULL, 'C' },
	{ "cpus",              required_argument, NULL, 'c' },
	{ "disk-min-free",     required_argument, NULL, 'd' },
	{ "engine",            required_argument, NULL, 'e' },
	{ "features",          required_argument, NULL, 'f' },
	{ "help",              no_argument,       NULL, 'h' },
	{ "idle",              required_argument, NULL, 'I' },
	{ "image",             required_argument, NULL, 'i' },
	{ "json",              no_argument,       NULL, 'j' },
	{ "max-jobs",          required_argument, NULL, 'J' },
	{ "memory",            required_argument, NULL, 'm' },
	{ "name",              required_argument, NULL, 'N' },
	{ "nix-darwin",        no_argument,       NULL, 'D' },
	{ "nixos",             no_argument,       NULL, 'O' },
	{ "port",              required_argument, NULL, 'p' },
	{ "print-ssh-command", no_argument,       NULL, 'P' },
	{ "ssh",               no_argument,       NULL, 'S' },
	{ "systems",           required_argument, NULL, 's' },
	{ "timeout",           required_argument, NULL, 'T' },
	{ "version",           no_argument,       NULL, 'V' },
	{ NULL,                0,                 NULL, 0 },
};

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

static _Noreturn void
usage_error(const char *why)
{
	if (why != NULL)
		warnx("%s", why);
	(void)fputs(usage_text, stderr);
	exit(own(WX_USAGE));
}

static _Noreturn void
inform(const char *text)
{
	(void)fputs(text, stdout);
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
	exit(WX_OK);
}

static long
number(const char *s, long least, long most, const char *why)
{
	long n = wx_number(s, least, most);

	if (n == -1)
		usage_error(why);
	return n;
}

static uint64_t
size(const char *s, const char *why)
{
	uint64_t n;

	if (wx_size(s, &n) == -1)
		usage_error(why);
	return n;
}

static const char *
checked_name(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > 32 || strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != len || *s == '-')
		usage_error("refusing the name: small letters, digits and -, 32 at the most, no - at the beginning");
	return s;
}

static const char *
checked_connection(const char *s)
{
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
	size_t len = strlen(s);

	if (len == 0 || len > 64 || strspn(s, chars) != len || *s == '-')
		usage_error("refusing the connection: letters, digits, _, - and ., 64 at the most, no - at the beginning");
	return s;
}

/* What goes into a list of Nix's: names with commas between. */
static const char *
checked_list(const char *s)
{
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-:.,";

	if (*s == '\0' || strlen(s) > 512 || strspn(s, chars) != strlen(s) || *s == ',' ||
	    s[strlen(s) - 1] == ',' || strstr(s, ",,") != NULL)
		usage_error("not a list of names with commas between");
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
	usage_error("the engine is one of auto, podman, container");
}

static void
set_form(struct want *w, enum form form)
{
	if (w->form != FORM_SYSTEM && w->form != form)
		usage_error("more than one of -D, -O, -S");
	w->form = form;
}

static void
set_option(struct want *w, int ch, const char *arg)
{
	switch (ch) {
	case 'a': w->all = true; break;
	case 'b': w->background = true; break;
	case 'c': w->cpus = number(arg, 1, 4096, "not a number of processors"); break;
	case 'C': w->connection = checked_connection(arg); break;
	case 'd': w->min_free = strcmp(arg, "0") == 0 ? 0 : (int64_t)size(arg, "not a size, such as 10G"); break;
	case 'D': set_form(w, FORM_DARWIN); break;
	case 'e': w->engine = engine(arg); break;
	case 'f': w->features = checked_list(arg); break;
	case 'h': inform(usage_text);
	case 'I': w->idle = number(arg, 1, 31536000, "not a number of seconds, 1 to 31536000"); break;
	case 'i': w->image = arg; break;
	case 'j': w->json = true; break;
	case 'J': w->jobs = number(arg, 1, 4096, "not a number of jobs"); break;
	case 'm': w->memory = size(arg, "not a size, such as 4G"); break;
	case 'N': w->name = checked_name(arg); break;
	case 'O': set_form(w, FORM_NIXOS); break;
	case 'p': w->port = (int)number(arg, 1, 65535, "not a port, 1 to 65535"); break;
	case 'P': w->print_ssh = true; break;
	case 's': w->systems = checked_list(arg); break;
	case 'S': set_form(w, FORM_SSH); break;
	case 'T': w->seconds = number(arg, 1, 86400, "not a number of seconds, 1 to 86400"); break;
	case 'V': inform("wx-builder " WX_VERSION "\n");
	default: usage_error(NULL);
	}
}

/* The options up to the first operand; those seen, as letters, go behind SEEN. */
static void
read_options(struct want *w, int argc, char *argv[], char *seen)
{
	int ch;

	while ((ch = option_next(argc, argv, "+abC:c:d:De:f:hi:I:jJ:m:N:Op:Ps:ST:V", options)) != -1) {
		set_option(w, ch, optarg);
		if (strchr(seen, ch) == NULL) {
			seen[strlen(seen) + 1] = '\0';
			seen[strlen(seen)] = (char)ch;
		}
	}
}

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
	usage_error("no such command");
}

int
main(int argc, char *argv[])
{
	struct want w = { .name = "default", .min_free = -1 };
	char seen[2 * sizeof(options) / sizeof(options[0])] = "";
	const struct verb *v;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	(void)umask(S_IRWXG | S_IRWXO);
	read_options(&w, argc, argv, seen);
	if (optind == argc)
		usage_error(NULL);
	v = verb(argv[optind++]);
	if (v->run == exec_run)
		own_chain();
	read_options(&w, argc, argv, seen);
	w.operands = argv + optind;
	if (strspn(seen, v->options) != strlen(seen))
		usage_error("these options do not go together");
	if (optind != argc && v->run != exec_run && v->run != block_run)
		usage_error("no operand is expected");
	if (w.all && strpbrk(seen, "CN") != NULL)
		usage_error("-a does not go with -C or -N");
	/* No module that a config file names comes into the process that holds a key. */
	if (setenv("OPENSSL_CONF", "", 1) == -1)
		err(own(WX_TEMP), "cannot set up OpenSSL");
	builder_program(argv[0]);
	exit(v->run(&w));
}
