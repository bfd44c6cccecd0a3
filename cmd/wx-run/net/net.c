/* SPDX-License-Identifier: MIT */
#include "net.h"

#include <err.h>
#include <fcntl.h>
#include <unistd.h>

#include "libcommon/tool/program.h"
#include "listed.h"

#define NFDS 3

enum helper
net_find_helper(void)
{
	const char *name = program_net_helper();

	return name == NULL ? HELPER_NONE : strcmp(name, "pasta") == 0 ? HELPER_PASTA : HELPER_SLIRP;
}

/*
 * pasta's defaults forward ports from and to the host's loopback and map the
 * gateway to the host: all of it off (pasta(1)). Its pid file is the sign that
 * the network stands: in the foreground it has no other. Its watch for the end of the
 * namespace is not for one of another user namespace (2025 fails at it); we end it.
 */
void
net_argv(const struct plan *p, const char *netns, const char *userns,
    int ready, struct strv *out)
{
	static const char *const pasta[] = { "pasta", "--config-net", "--quiet",
	    "--foreground", "--tcp-ports", "none", "--udp-ports", "none", "--tcp-ns",
	    "none", "--udp-ns", "none", "--no-map-gw", "--no-netns-quit", NULL };
	static const char *const slirp[] = { "slirp4netns", "--configure",
	    "--disable-host-loopback", NULL };

	if (p->helper == HELPER_PASTA) {
		strv_addv(out, pasta);
		if (p->dns_forward != NULL) {
			strv_add(out, "--dns-forward");
			strv_add(out, p->dns_forward);
		}
		strv_add(out, "--pid");
		strv_addf(out, "/proc/self/fd/%d", ready);
		strv_add(out, "--userns");
		strv_add(out, userns);
		strv_add(out, "--netns");
		strv_add(out, netns);
		return;
	}
	strv_addv(out, slirp);
	strv_addf(out, "--ready-fd=%d", ready);
	strv_addf(out, "--userns-path=%s", userns);
	strv_add(out, "--netns-type=path");
	strv_add(out, netns);
	strv_add(out, "tap0");
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

static int
open_owner(const char *netns)
{
	int net = open(netns, O_RDONLY | O_CLOEXEC), owner = net == -1 ? -1 : helper_owner(net);

	helper_close(&net, 1);
	return owner;
}

bool
net_start(struct service *n, const struct plan *p, pid_t pid)
{
	struct strv argv = { 0 };
	char netns[32];
	int fds[NFDS] = { -1, -1, -1 }, ready[2] = { -1, -1 }, said[2] = { -1, -1 };
	const int number[NFDS] = { STDIN_FILENO, ready_number(p->helper), STDERR_FILENO };
	pid_t self = getpid();

	*n = (struct service)SERVICE_NONE;
	n->name = helper_name(p->helper);
	n->what = "the network";
	(void)snprintf(netns, sizeof(netns), "/proc/%d/ns/net", (int)pid);
	if (p->helper == HELPER_EGRESS)
		return listed_start(n, p, netns);
	n->talks = true;
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
			helper_become(argv.v[0], &argv, fds, number, NFDS, self, NULL);
		if (n->pid == -1)
			warn("cannot start the network helper");
	}
	helper_close(fds, 1);
	/* Of the pipes only the helper has the other end: when it dies, that shows. */
	helper_close(ready + 1, 1);
	helper_close(said + 1, 1);
	if (n->pid == -1) {
		helper_close(ready, 1);
		helper_close(said, 1);
		return false;
	}
	n->ready = ready[0];
	n->words = said[0];
	return true;
}

void
net_failed(struct service *n, const struct plan *p)
{
	if (p->helper == HELPER_EGRESS) {
		service_failed(n);
		return;
	}
	service_say(n);
	if (access("/dev/net/tun", R_OK | W_OK) == -1)
		warn("cannot bring up the network with %s: /dev/net/tun (mend it with: sudo "
		    "modprobe tun; in a container start that with --device /dev/net/tun; or "
		    "use -n none)", n->name);
	else
		warnx("cannot bring up the network with %s; run wx-run --check, or use -n none",
		    n->name);
}
