/* SPDX-License-Identifier: MIT */
/*
 * wx-api-broker: a reverse proxy that adds a secret, for programs that are not to have it.
 *
 *   back: has the secret, by standard input; speaks TLS with the API; looks again at what is asked for
 *     `- front: parses what clients send; was there before the secret; opens no file and makes no socket
 */
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "back/back.h"
#include "frame/frame.h"
#include "front/front.h"
#include "route/route.h"

#include "libcommon/confine.h"
#include "libcommon/envline.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/number.h"
#include "libcommon/osfile.h"
#include "libcommon/proc.h"
#include "libcommon/tool/args.h"

/* "ROUTE=REST" of an option, or REST alone. */
struct place {
	int         option;
	const char *arg;
};

struct want {
	struct define   defines[DEFINES_MAX];
	size_t          ndefines;
	struct place    places[LISTENERS_MAX];
	size_t          nplaces;
	struct route    routes[ROUTES_MAX];
	size_t          nroutes;
	struct listener listeners[LISTENERS_MAX];
	const char     *word;
	const char     *cacert;
	int             ready;   /* -1: nobody is to be told */
	bool            check, print, quiet;
};

static const struct args args;   /* below */

/* Its other end is what the back waits at. */
static volatile sig_atomic_t stop_fd = -1;

static void
add_define(struct want *w, const char *arg)
{
	const char *is = strchr(arg, '=');

	if (is == NULL || is == arg || !wx_env_name_ok(arg, (size_t)(is - arg)) || is[1] == '\0')
		args_misused(&args, "a definition is not NAME=VALUE");
	else if (is[1 + strspn(is + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/")] != '\0')
		args_misused(&args, "the value of a definition has a character that no path needs");
	if (w->ndefines == DEFINES_MAX)
		args_misused(&args, "too many definitions");
	w->defines[w->ndefines++] = (struct define){ arg, (size_t)(is - arg), is + 1 };
}

static void
set_word(struct want *w, const char *arg)
{
	size_t len = strlen(arg);

	if (len < 16 || len > 128 || strspn(arg, "0123456789abcdefABCDEF") != len)
		args_misused(&args, "the guest's word is not of 16 to 128 hexadecimal digits");
	w->word = arg;
}

static void
set_option(void *want, const struct args_option *o, const char *arg)
{
	struct want *w = want;

	switch (o->letter) {
	case 'D': add_define(w, arg); break;
	case 'g': set_word(w, arg); break;
	case 'R':
		w->ready = (int)wx_number(arg, 3, 9999999);
		if (w->ready == -1)
			args_misused(&args, "not the number of a descriptor above 2");
		break;
	default:
		if (w->nplaces == LISTENERS_MAX)
			args_misused(&args, "too many sockets");
		w->places[w->nplaces++] = (struct place){ o->letter, arg };
	}
}

static const struct args_option options[] = {
	{ 'C', "cacert", "file", ARGS(args_text, struct want, cacert) },
	{ 'c', "check", NULL, ARGS(args_flag, struct want, check) },
	{ 'D', "define", "name=value", ARGS_CALL(set_option) },
	{ 'g', "guest", "hex", ARGS_CALL(set_option) },
	{ 'h', "help", NULL, ARGS_INFO },
	{ 'l', "listen", "address:port", ARGS_CALL(set_option) },
	{ 'p', "print", NULL, ARGS(args_flag, struct want, print) },
	{ 'q', "quiet", NULL, ARGS(args_flag, struct want, quiet) },
	{ 'R', "ready", "fd", ARGS_CALL(set_option) },
	{ 's', "socket", "route=fd", ARGS_CALL(set_option) },
	{ 'u', "unix", "route=path", ARGS_CALL(set_option) },
	{ 'V', "version", NULL, ARGS_INFO },
};
static const struct args args = { "wx-api-broker",
    "[-hqV] [-C file] [-D name=value] [-g hex] [-l address:port] [-R fd] [-s route=fd] [-u route=path] route ...\n"
    "-c | -p [-D name=value] route ...", ARGS_COUNT(options), true, NULL };

/* All of them, so that all faults are said. */
static bool
read_routes(struct want *w, char *const names[], int n)
{
	bool ok = true;
	int i, k;

	if (n == 0)
		args_misused(&args, "no route");
	if (n > ROUTES_MAX)
		args_misused(&args, "too many routes");
	for (i = 0; i < n; i++)
		ok = route_read(&w->routes[i], names[i], w->defines, w->ndefines) && ok;
	w->nroutes = (size_t)n;
	for (i = 0; ok && i < n; i++)
		for (k = 0; k < i; k++)
			if (strcmp(w->routes[i].name, w->routes[k].name) == 0)
				errx(WX_USAGE, "route '%s' is there twice", w->routes[i].name);
	return ok;
}

static void
print_routes(const struct want *w)
{
	size_t i;

	for (i = 0; i < w->nroutes; i++)
		describe(stdout, &w->routes[i]);
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
}

/* What stands after the "ROUTE=" of ARG, whose number is *ROUTE. */
static const char *
of_route(const struct want *w, const char *arg, size_t *route)
{
	const char *is = strchr(arg, '=');
	size_t i;

	for (i = 0; is != NULL && i < w->nroutes; i++)
		if (strlen(w->routes[i].name) == (size_t)(is - arg) && memcmp(w->routes[i].name, arg, (size_t)(is - arg)) == 0) {
			*route = i;
			return is + 1;
		}
	errx(WX_USAGE, "'%s' does not begin with the name of a route and '='", arg);
}

static void
open_listeners(struct want *w)
{
	bool served[ROUTES_MAX] = { false };
	const char *rest;
	size_t i;

	for (i = 0; i < w->nplaces; i++) {
		struct listener *l = &w->listeners[i];

		if (w->places[i].option == 'l') {
			if (w->nroutes != 1)
				args_misused(&args, "an address (-l) goes with one route");
			l->fd = listen_at(w->places[i].arg, w->word != NULL);
		} else {
			rest = of_route(w, w->places[i].arg, &l->route);
			l->fd = w->places[i].option == 's' ? listen_given(rest) : listen_path(rest);
		}
		served[l->route] = true;
	}
	for (i = 0; i < w->nroutes; i++)
		if (!served[i])
			errx(WX_USAGE, "no socket for route '%s' (-l, -s, -u)", w->routes[i].name);
}

/* --- the two processes */

static void
on_signal(int sig)
{
	int error = errno;

	(void)sig;
	(void)!write((int)stop_fd, "", 1);
	errno = error;
}

/* The pipe that a signal writes to, for what reads from it. */
static int
catch_signals(void)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	int fds[2];
	size_t i;

	if (wx_pipe(fds) == -1)
		err(WX_FAIL, "cannot make a pipe");
	stop_fd = fds[1];
	for (i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		(void)sigaction(ending[i], &sa, NULL);
	return fds[0];
}

static _Noreturn void
become_front(struct want *w, int control, pid_t parent)
{
	struct service s = {
		.routes = w->routes, .nroutes = w->nroutes, .word = w->word, .control = control, .quiet = w->quiet,
	};
	int keep[LISTENERS_MAX + 1] = { control }, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	size_t i;

	wx_proc_die_with_parent(SIGKILL);
	if (getppid() != parent || null == -1 || dup2(null, STDIN_FILENO) == -1)
		_exit(WX_FAIL);
	/* What else we were started with is not for a parser of what clients send. */
	for (i = 0; i < w->nplaces; i++)
		keep[i + 1] = w->listeners[i].fd;
	wx_proc_keep(keep, w->nplaces + 1);
	/* The end is the back's, and with it ours. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	front_serve(&s, w->listeners, w->nplaces);
}

/* The front, at the other end of what is returned, is confined and listens. */
static int
start_front(struct want *w)
{
	pid_t parent = getpid(), pid;
	int fds[2], flags;
	char word;
	size_t i;

	if (frame_pair(fds) == -1)
		err(WX_FAIL, "cannot make a pair of sockets");
	pid = fork();
	if (pid == -1)
		err(WX_TEMP, "cannot start a process");
	if (pid == 0) {
		(void)close(fds[0]);
		become_front(w, fds[1], parent);
	}
	(void)close(fds[1]);
	for (i = 0; i < w->nplaces; i++)
		(void)close(w->listeners[i].fd);
	flags = fcntl(fds[0], F_GETFL);
	if (flags == -1 || fcntl(fds[0], F_SETFL, flags & ~O_NONBLOCK) == -1 || read(fds[0], &word, 1) != 1 ||
	    fcntl(fds[0], F_SETFL, flags) == -1)
		errx(WX_FAIL, "the front end did not start");
	return fds[0];
}

int
main(int argc, char *argv[])
{
	static struct want w = { .ready = -1 };
	int at, control, stop;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	at = args_parse(&args, argc, argv, &w);
	if (!read_routes(&w, argv + at, argc - at))
		return WX_FAIL;
	if (w.print)
		print_routes(&w);
	if (w.check || w.print)
		return WX_OK;
	open_listeners(&w);
	(void)signal(SIGPIPE, SIG_IGN);
	control = start_front(&w);
	stop = catch_signals();
	upstream_open(w.cacert, &link_calls);
	secret_setup(w.routes, w.nroutes);
	wx_confine_client(upstream_authorities());
	if (!back_begin(w.routes, w.nroutes))
		return WX_FAIL;
	if (w.ready != -1 && (write(w.ready, "", 1) != 1 || close(w.ready) == -1))
		err(WX_FAIL, "cannot write to descriptor %d", w.ready);
	if (!back_serve(control, stop))
		errx(WX_FAIL, "the front end has ended");
	return WX_OK;
}
