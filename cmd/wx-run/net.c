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

#include "host.h"
#include "libcommon/exitcode.h"

#define FD_READY 3
#define FD_USERNS 4
#define FD_NETNS 5

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
 * the network stands: in the foreground it has no other.
 */
void
net_argv(const struct plan *p, const char *netns, const char *userns,
    int ready, struct words *out)
{
	static const char *const pasta[] = { "pasta", "--config-net", "--quiet",
	    "--foreground", "--tcp-ports", "none", "--udp-ports", "none", "--tcp-ns",
	    "none", "--udp-ns", "none", "--no-map-gw", NULL };
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
 * The child: the three descriptors to their numbers, a session of its own so that
 * ^C is not for it, an end with wx-run's, and the helper's program.
 */
static _Noreturn void
become_helper(const struct words *argv, const int fds[3], pid_t parent)
{
	static const char *const envp[] = { "PATH=/usr/local/bin:/usr/bin:/bin", NULL };
	int null = open("/dev/null", O_RDWR), high[3], i, sig;
	sigset_t mask;

	for (i = 0; i < 3; i++) {
		high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 10);
		if (high[i] == -1)
			_exit(WX_CHAIN);
	}
	for (i = 0; i < 3; i++)
		if (dup2(high[i], FD_READY + i) == -1)
			_exit(WX_CHAIN);
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 || dup2(null, STDOUT_FILENO) == -1)
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
	_exit(WX_NOCMD);
}

/*
 * The sandbox's network namespace, and the user namespace that owns it, from which
 * alone it can be configured, into FDS[2] and FDS[1].
 */
static bool
open_namespaces(pid_t pid, int fds[3])
{
	char *path = xprintf("/proc/%d/ns/net", (int)pid);

	fds[2] = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	if (fds[2] != -1)
		fds[1] = ioctl(fds[2], NS_GET_USERNS);
	return fds[1] != -1;
}

pid_t
net_start(const struct plan *p, pid_t pid, int *ready)
{
	struct words argv = { 0 };
	char buf[2][32];
	int fds[3] = { -1, -1, -1 }, pair[2] = { -1, -1 }, i;
	pid_t helper = -1, self = getpid();

	if (!open_namespaces(pid, fds) || pipe2(pair, O_CLOEXEC) == -1) {
		warn("cannot open the sandbox's network namespace");
	} else {
		fds[0] = pair[1];
		(void)snprintf(buf[0], sizeof(buf[0]), "/proc/self/fd/%d", FD_USERNS);
		(void)snprintf(buf[1], sizeof(buf[1]), "/proc/self/fd/%d", FD_NETNS);
		net_argv(p, buf[1], buf[0], FD_READY, &argv);
		helper = fork();
		if (helper == 0)
			become_helper(&argv, fds, self);
		if (helper == -1)
			warn("cannot start the network helper");
	}
	for (i = 1; i < 3; i++)
		if (fds[i] != -1)
			(void)close(fds[i]);
	/* Of the pipe only the helper has the other end: when it dies, that shows. */
	if (pair[1] != -1)
		(void)close(pair[1]);
	if (helper == -1 && pair[0] != -1)
		(void)close(pair[0]);
	*ready = helper == -1 ? -1 : pair[0];
	return helper;
}

bool
net_ready(int ready)
{
	char buf[32];
	ssize_t n;

	do
		n = read(ready, buf, sizeof(buf));
	while (n == -1 && errno == EINTR);
	(void)close(ready);
	return n > 0;
}

void
net_failed(const struct plan *p)
{
	const char *name = helper_name(p->helper);

	if (access("/dev/net/tun", R_OK | W_OK) == -1)
		warn("cannot bring up the network with %s: /dev/net/tun (mend it with: sudo "
		    "modprobe tun; in a container start that with --device /dev/net/tun; or "
		    "use -n none)", name);
	else
		warnx("cannot bring up the network with %s; run wx-run --check, or use -n none",
		    name);
}
