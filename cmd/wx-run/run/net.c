/* SPDX-License-Identifier: MIT */
#include "net.h"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <linux/nsfs.h>

#include "host/host.h"
#include "libcommon/exitcode.h"

#define NFDS 3

enum helper
net_find_helper(void)
{
	char *path = host_program("pasta");
	enum helper h = path != NULL ? HELPER_PASTA : HELPER_NONE;

	if (path == NULL) {
		path = host_program("slirp4netns");
		h = path != NULL ? HELPER_SLIRP : HELPER_NONE;
	}
	free(path);
	return h;
}

/*
 * pasta's defaults forward ports from and to the host's loopback and map the
 * gateway to the host: all of it off (pasta(1)). Its pid file is the sign that
 * the network stands: in the foreground it has no other. Its watch for the end of the
 * namespace is not for one of another user namespace (2025 fails at it); we end it.
 */
void
net_argv(const struct plan *p, const char *netns, const char *userns,
    int ready, struct words *out)
{
	static const char *const pasta[] = { "pasta", "--config-net", "--quiet",
	    "--foreground", "--tcp-ports", "none", "--udp-ports", "none", "--tcp-ns",
	    "none", "--udp-ns", "none", "--no-map-gw", "--no-netns-quit", NULL };
	static const char *const slirp[] = { "slirp4netns", "--configure",
	    "--disable-host-loopback", NULL };

	if (p->helper == HELPER_PASTA) {
		words_addv(out, pasta);
		if (p->dns_forward != NULL) {
			words_add(out, "--dns-forward");
			words_add(out, p->dns_forward);
		}
		words_add(out, "--pid");
		words_addf(out, "/proc/self/fd/%d", ready);
		words_add(out, "--userns");
		words_add(out, userns);
		words_add(out, "--netns");
		words_add(out, netns);
		return;
	}
	words_addv(out, slirp);
	words_addf(out, "--ready-fd=%d", ready);
	words_addf(out, "--userns-path=%s", userns);
	words_add(out, "--netns-type=path");
	words_add(out, netns);
	words_add(out, "tap0");
}

/*
 * The number of the descriptor on which helper H tells that the network stands. pasta
 * (from 2024 on) begins with closing all above 2; slirp4netns talks on its output.
 */
static int
ready_number(enum helper h)
{
	return h == HELPER_PASTA ? STDOUT_FILENO : 3;
}

/*
 * The child: the descriptors to their NUMBERs, a session of its own so that
 * ^C is not for it, an end with wx-run's, and the helper's program.
 */
static _Noreturn void
become_helper(const struct words *argv, const int fds[NFDS], const int number[NFDS], pid_t parent)
{
	static const char *const envp[] = { "PATH=/usr/local/bin:/usr/bin:/bin", NULL };
	int null = open("/dev/null", O_RDWR), high[NFDS], i, sig;
	sigset_t mask;

	for (i = 0; i < NFDS; i++) {
		high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 10);
		if (high[i] == -1)
			_exit(WX_CHAIN);
	}
	if (null == -1 || dup2(null, STDOUT_FILENO) == -1)
		_exit(WX_CHAIN);
	for (i = 0; i < NFDS; i++)
		if (dup2(high[i], number[i]) == -1)
			_exit(WX_CHAIN);
	/* pasta refuses to start where its caller ignores SIGPIPE, as Python does. */
	for (sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&mask);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	(void)setsid();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(WX_CHAIN);
	(void)execvpe(argv->v[0], argv->v, (char *const *)envp);
	warn("cannot run '%s'", argv->v[0]);
	_exit(WX_NOCMD);
}

/*
 * The user namespace that owns the network namespace NETNS, from which alone that can
 * be configured. No process need be in it (bwrap makes another inside), so that it
 * has no path but through a descriptor. -1 and errno.
 */
static int
open_owner(const char *netns)
{
	int net = open(netns, O_RDONLY | O_CLOEXEC), owner = -1;

	if (net != -1) {
		owner = ioctl(net, NS_GET_USERNS);
		(void)close(net);
	}
	return owner;
}

static void
close_all(const int fds[], int n)
{
	for (; n > 0; n--)
		if (fds[n - 1] != -1)
			(void)close(fds[n - 1]);
}

bool
net_start(struct network *n, const struct plan *p, pid_t pid)
{
	struct words argv = { 0 };
	char netns[32];
	int fds[NFDS] = { -1, -1, -1 }, ready[2] = { -1, -1 }, said[2] = { -1, -1 };
	const int number[NFDS] = { STDIN_FILENO, ready_number(p->helper), STDERR_FILENO };
	pid_t self = getpid();

	*n = (struct network){ .pid = -1, .ready = -1, .words = -1 };
	(void)snprintf(netns, sizeof(netns), "/proc/%d/ns/net", (int)pid);
	fds[0] = open_owner(netns);
	if (fds[0] == -1 || pipe2(ready, O_CLOEXEC) == -1 ||
	    pipe2(said, O_CLOEXEC | O_NONBLOCK) == -1) {
		warn("cannot open the sandbox's network namespace");
	} else {
		fds[1] = ready[1];
		fds[2] = said[1];
		net_argv(p, netns, "/proc/self/fd/0", number[1], &argv);
		n->pid = fork();
		if (n->pid == 0)
			become_helper(&argv, fds, number, self);
		if (n->pid == -1)
			warn("cannot start the network helper");
	}
	close_all(fds, 1);
	/* Of the pipes only the helper has the other end: when it dies, that shows. */
	close_all(ready + 1, 1);
	close_all(said + 1, 1);
	if (n->pid == -1) {
		close_all(ready, 1);
		close_all(said, 1);
		return false;
	}
	n->ready = ready[0];
	n->words = said[0];
	return true;
}

bool
net_ready(struct network *n)
{
	char buf[32];
	ssize_t got;

	do
		got = read(n->ready, buf, sizeof(buf));
	while (got == -1 && errno == EINTR);
	(void)close(n->ready);
	n->ready = -1;
	return got > 0;
}

void
net_listen(struct network *n)
{
	char buf[512];
	ssize_t got = read(n->words, buf, sizeof(buf));
	size_t room = sizeof(n->said) - n->len;

	if (got == 0 || (got == -1 && errno != EINTR && errno != EAGAIN)) {
		(void)close(n->words);
		n->words = -1;
	}
	if (got > 0) {
		room = (size_t)got < room ? (size_t)got : room;
		memcpy(n->said + n->len, buf, room);
		n->len += room;
	}
}

void
net_failed(struct network *n, const struct plan *p)
{
	const char *name = helper_name(p->helper);
	size_t before;

	/* What it said with its last breath is in the pipe. */
	do {
		before = n->len;
		if (n->words != -1)
			net_listen(n);
	} while (n->len != before);
	if (n->len > 0)
		(void)fprintf(stderr, "%.*s%s", (int)n->len, n->said,
		    n->said[n->len - 1] == '\n' ? "" : "\n");
	if (access("/dev/net/tun", R_OK | W_OK) == -1)
		warn("cannot bring up the network with %s: /dev/net/tun (mend it with: sudo "
		    "modprobe tun; in a container start that with --device /dev/net/tun; or "
		    "use -n none)", name);
	else
		warnx("cannot bring up the network with %s; run wx-run --check, or use -n none",
		    name);
}
