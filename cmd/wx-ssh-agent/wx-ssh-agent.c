/* SPDX-License-Identifier: MIT */
/*
 * wx-ssh-agent: run a command with an ssh-agent of its own, which holds some keys and ends
 * with it. The agent is OpenSSH's; ours is that it has a private place, is bound to hosts
 * that are known before, and leaves nothing behind.
 */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "add.h"
#include "folder.h"
#include "gitssh.h"
#include "held.h"
#include "keeper.h"

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/knownhosts.h"
#include "libcommon/proc.h"
#include "libcommon/version.h"

#define KEYS_MAX  64
#define HOSTS_MAX (4 << 20) /* bytes of a known_hosts file */

struct want {
	struct key  keys[KEYS_MAX];
	size_t      nkeys;
	const char *dest;        /* for the keys that follow, or NULL */
	const char *known_hosts; /* or NULL: ours, and the user's */
};

static const char usage_text[] =
    "usage: wx-ssh-agent [-H file] [-k key] [-d user@host] [-k key] [--] command\n"
    "                    [argument ...]\n"
    "       wx-ssh-agent -h | -V\n";

static const struct option options[] = {
	{ "destination", required_argument, NULL, 'd' },
	{ "help",        no_argument,       NULL, 'h' },
	{ "key",         required_argument, NULL, 'k' },
	{ "known-hosts", required_argument, NULL, 'H' },
	{ "version",     no_argument,       NULL, 'V' },
	{ NULL,          0,                 NULL, 0 },
};

static _Noreturn void
usage_error(const char *why)
{
	if (why != NULL)
		warnx("%s", why);
	(void)fputs(usage_text, stderr);
	exit(WX_CHAIN);
}

static _Noreturn void
inform(const char *text)
{
	(void)fputs(text, stdout);
	if (wx_flush(stdout) == -1)
		err(WX_CHAIN, "cannot write to standard output");
	exit(WX_OK);
}

static void
want_key(struct want *w, const char *file)
{
	if (*file == '\0' || file[strlen(file) - 1] == '/')
		usage_error("the key has no name");
	if (w->nkeys == KEYS_MAX)
		usage_error("more than 64 keys");
	w->keys[w->nkeys++] = (struct key){ .file = file, .dest = w->dest };
}

static void
set_option(struct want *w, int ch, const char *arg)
{
	switch (ch) {
	case 'd':
		if (*arg == '\0' || *arg == '-')
			usage_error("the destination has no name");
		w->dest = arg;
		break;
	case 'H':
		w->known_hosts = arg;
		break;
	case 'h':
		inform(usage_text);
	case 'k':
		want_key(w, arg);
		break;
	case 'V':
		inform("wx-ssh-agent " WX_VERSION "\n");
	default:
		usage_error(NULL);
	}
}

/* The user's own known_hosts of wrapix; NULL: no home. */
static const char *
own_known_hosts(char *path, size_t cap)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int n;

	if (config != NULL && *config != '\0')
		n = snprintf(path, cap, "%s/wrapix/known_hosts", config);
	else if (home != NULL && *home != '\0')
		n = snprintf(path, cap, "%s/.config/wrapix/known_hosts", home);
	else
		return NULL;
	return n > 0 && (size_t)n < cap ? path : NULL;
}

/* The file PATH behind what LEN bytes of BUF hold; the new length. */
static size_t
append(char *buf, size_t len, const char *path, bool must)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n;

	if (fd == -1 && errno == ENOENT && !must)
		return len;
	n = fd == -1 ? -1 : wx_read_all(fd, buf + len, HOSTS_MAX);
	if (n == -1)
		err(WX_CHAIN, "cannot read host keys from '%s'", path);
	(void)close(fd);
	return len + (size_t)n;
}

/* One file for ssh-add, whatever the keys come from. */
static void
write_known_hosts(const struct want *w, const struct folder *f)
{
	char path[4096], *buf = malloc(HOSTS_MAX + strlen(wx_known_hosts));
	const char *own;
	size_t len = 0;

	if (buf == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	if (w->known_hosts != NULL) {
		len = append(buf, 0, w->known_hosts, true);
	} else {
		len = strlen(wx_known_hosts);
		memcpy(buf, wx_known_hosts, len);
		own = own_known_hosts(path, sizeof(path));
		if (own != NULL)
			len = append(buf, len, own, false);
	}
	folder_write(f, "known_hosts", buf, len);
	free(buf);
}

/* The other variable is of an agent that the caller may have, for ssh-agent -k. */
static void
set_socket(const char *path)
{
	if (setenv("SSH_AUTH_SOCK", path, 1) == -1 || unsetenv("SSH_AGENT_PID") == -1)
		err(WX_CHAIN, "cannot set 'SSH_AUTH_SOCK'");
}

/* Those that are bound log in, if any is: what is given before signs. */
static void
give_keys(const struct want *w, const struct folder *f, const char *socket, const char *known_hosts)
{
	struct held *before = held_ask(socket), *now;
	size_t i;

	for (i = 0; i < w->nkeys; i++) {
		add_key(&w->keys[i], known_hosts);
		now = held_ask(socket);
		if (w->dest == NULL || w->keys[i].dest != NULL)
			gitssh_add(f, now, before);
		free(before);
		before = now;
	}
	/* One that was given twice. */
	if (gitssh_count() == 0)
		gitssh_add(f, before, NULL);
	free(before);
}

static void
start(const struct want *w)
{
	char path[FOLDER_PATH + sizeof("/known_hosts")], socket[FOLDER_SOCKET];
	struct folder f = { .fd = -1 };

	folder_make(&f);
	keeper_start(&f);
	(void)snprintf(socket, sizeof(socket), "%s" FOLDER_OWN_SOCKET, f.path);
	set_socket(socket);
	write_known_hosts(w, &f);
	(void)snprintf(path, sizeof(path), "%s/known_hosts", f.path);
	give_keys(w, &f, socket, path);
	(void)snprintf(socket, sizeof(socket), "%s" FOLDER_GIVEN_SOCKET, f.path);
	set_socket(socket);
	gitssh_set(&f);
}

int
main(int argc, char *argv[])
{
	static struct want w;
	struct sigaction dfl = { .sa_handler = SIG_DFL }, old;
	int ch, error;

	if (wx_proc_harden_chain() == -1)
		err(WX_CHAIN, "cannot harden process");
	while ((ch = getopt_long(argc, argv, "+d:H:hk:V", options, NULL)) != -1)
		set_option(&w, ch, optarg);
	if (optind == argc)
		usage_error("no command");
	if (w.nkeys == 0)
		usage_error("no key (-k)");
	if (w.keys[w.nkeys - 1].dest != w.dest)
		usage_error("no key (-k) after the last destination (-d), which binds none");
	/* Ignored, it would have the kernel reap our children for us. */
	(void)sigaction(SIGCHLD, &dfl, &old);
	start(&w);
	(void)sigaction(SIGCHLD, &old, NULL);
	(void)execvp(argv[optind], argv + optind);
	error = errno;
	err(error == ENOENT ? WX_NOCMD : WX_NOEXEC, "cannot run '%s'", argv[optind]);
}
