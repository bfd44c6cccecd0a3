/* SPDX-License-Identifier: MIT */
#include "check.h"

#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "host/host.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "make/network.h"
#include "net/net.h"
#include "podmanlook.h"

bool
say(bool ok, const char *name, const char *what, const char *mend)
{
	(void)printf("%s %s: %s%s%s\n", ok ? "ok" : "no", name, what,
	    ok || mend == NULL ? "" : "; mend: ", ok || mend == NULL ? "" : mend);
	return ok;
}

static bool
have(const char *prog, const char *package)
{
	char *path = host_program(prog), *mend = xprintf("apt install %s", package);
	bool ok = say(path != NULL, prog, path != NULL ? path : "not on PATH", mend);

	free(path);
	free(mend);
	return ok;
}

/* A whole number in a file of /proc/sys; -1 if there is none. */
static long
number(const char *file)
{
	char buf[32];

	return wx_read_text(AT_FDCWD, file, 0, buf, sizeof(buf)) <= 0 ? -1 : strtol(buf, NULL, 10);
}

static bool
check_settings(void)
{
	bool ok = true;

	if (number("/proc/sys/user/max_user_namespaces") == 0)
		ok &= say(false, "user namespaces", "switched off (user.max_user_namespaces = 0)",
		    "sysctl -w user.max_user_namespaces=15000");
	if (number("/proc/sys/kernel/unprivileged_userns_clone") == 0)
		ok &= say(false, "user namespaces", "for root only (Debian's "
		    "kernel.unprivileged_userns_clone = 0)",
		    "sysctl -w kernel.unprivileged_userns_clone=1");
	return ok;
}

/* What bwrap says of one trial run, with all the namespaces; LEN 0: it worked. */
static ssize_t
trial(char *buf, size_t cap)
{
	static const char *const argv[] = { "bwrap", "--unshare-user", "--unshare-pid",
	    "--unshare-ipc", "--unshare-uts", "--unshare-cgroup", "--unshare-net",
	    "--disable-userns", "--cap-drop", "ALL", "--ro-bind", "/", "/", "--size", "4096",
	    "--tmpfs", "/tmp", "--", "/bin/sh", "-c", ":", NULL };
	int p[2], status;
	pid_t pid;
	ssize_t n;

	if (wx_pipe(p) == -1 || (pid = fork()) == -1)
		err(WX_CHAIN, "cannot try bwrap");
	if (pid == 0) {
		(void)dup2(p[1], STDERR_FILENO);
		(void)execvp(argv[0], (char *const *)argv);
		_exit(WX_NOCMD);
	}
	(void)close(p[1]);
	n = wx_read_all(p[0], buf, cap - 1);
	(void)close(p[0]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (n < 0)
		n = 0;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (n == 0)
		(void)snprintf(buf, cap, "failed and said nothing");
	return 1;
}

/*
 * Ubuntu from 23.10 lets only programs with a profile make user namespaces; the
 * two messages below are what bwrap then says.
 */
bool
check_bwrap(char *said, size_t cap, const char **mend)
{
	static const char apparmor[] = "printf 'abi <abi/4.0>,\\ninclude <tunables/global>\\n"
	    "profile bwrap /usr/bin/bwrap flags=(unconfined) {\\n  userns,\\n}\\n' | "
	    "sudo tee /etc/apparmor.d/bwrap && sudo apparmor_parser -r /etc/apparmor.d/bwrap";

	if (trial(said, cap) == 0)
		return true;
	if (strstr(said, "nknown option") != NULL)
		*mend = "bubblewrap 0.8.0 or newer";
	else if (number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1 ||
	    strstr(said, "setting up uid map") != NULL || strstr(said, "RTM_NEWADDR") != NULL)
		*mend = apparmor;
	else
		*mend = "sysctl -w user.max_user_namespaces=15000";
	return false;
}

static bool
check_sandbox(void)
{
	const char *mend = NULL;
	char said[512];

	if (!have("bwrap", "bubblewrap"))
		return false;
	if (check_bwrap(said, sizeof(said), &mend))
		return say(true, "sandbox", "bwrap makes all the namespaces", NULL);
	return say(false, "sandbox", said, mend);
}

/* Is it podman's turn? As request_plan has it. */
static bool
asks_podman(const struct request *r)
{
	return (r->engine != NULL && strcmp(r->engine, "podman") == 0) ||
	    ((r->engine == NULL || strcmp(r->engine, "auto") == 0) && r->image != NULL);
}

static bool
check_podman(const struct request *r, const struct plan *p)
{
	struct facts f = { 0 };
	size_t i;
	bool ok = true;

	podman_look(p, r->image, &f);
	for (i = 0; i < f.n; i++)
		ok &= say(f.v[i].ok, f.v[i].name, f.v[i].what, f.v[i].mend);
	return ok;
}

static bool
check_network(const struct request *r)
{
	enum helper h = net_find_helper();
	const char *name = helper_name(h);
	char *egress;
	bool ok;

	if (r->net != NULL && parse_net(r->net) == NET_LISTED) {
		egress = host_beside("wx-egress");
		ok = say(egress != NULL, "network", egress == NULL ? "wx-egress is neither beside wx-run nor on PATH" : egress,
		    "install all of wrapix, or use -n none");
		free(egress);
		return ok;
	}
	if (r->net != NULL && parse_net(r->net) != NET_OPEN)
		return say(true, "network", "no helper needed", NULL);
	if (h == HELPER_NONE)
		return say(false, "network", "neither pasta nor slirp4netns is on PATH",
		    "apt install passt, or use -n none");
	if (access("/dev/net/tun", R_OK | W_OK) == -1)
		return say(false, "network", "/dev/net/tun cannot be opened, which "
		    "every network helper needs",
		    "sudo modprobe tun; sudo chmod 666 /dev/net/tun, or use -n none");
	return say(true, "network", name, NULL);
}

/* Of the profile's agent. */
static bool
check_broker(const struct request *r)
{
	char *program;
	bool ok;

	if (r->agent.broker == NULL)
		return true;
	program = host_beside("wx-api-broker");
	ok = say(program != NULL, "broker", program == NULL ? "wx-api-broker is neither beside wx-run nor on PATH" :
	    r->agent.broker, "install all of wrapix");
	free(program);
	return ok;
}

static bool
check_kernel(void)
{
	int fd = wx_beneath_open(AT_FDCWD, "", O_PATH);
	bool ok = fd != -1 || errno != ENOSYS;

	if (fd != -1)
		(void)close(fd);
	return say(ok, "kernel", ok ? "has openat2" : "has no openat2", "Linux 5.11 or newer");
}

static bool
check_state(const struct plan *p)
{
	char *dir = xstrdup(p->state), *slash;
	bool ok = false;

	/* The nearest folder that is there decides. */
	while (!ok && (slash = strrchr(dir, '/')) != NULL && slash != dir) {
		*slash = '\0';
		if (access(dir, F_OK) == 0) {
			ok = access(dir, W_OK | X_OK) == 0;
			break;
		}
	}
	free(dir);
	return say(ok, "state", p->state, "set XDG_STATE_HOME to a folder that you can write to");
}

/* Whether it runs the client itself says. */
static bool
check_container(void)
{
	char *path = host_program("container");
	bool ok = say(path != NULL, "container", path != NULL ? path : "not on PATH",
	    "https://github.com/apple/container/releases, then: container system start");

	free(path);
	return ok;
}

static void
say_limits(const struct plan *p)
{
	struct plan limits = *p;

	host_cgroup(&limits);
	(void)say(true, "limits", limits.limits.cgroup ?
	    "memory, processes and processors by a cgroup of the user's systemd" :
	    "memory by looks of the first process, processes by RLIMIT_NPROC; no user "
	    "systemd, so processors are not limited", NULL);
}

int
check(const struct request *r, const struct plan *p)
{
	bool container = r->engine != NULL && strcmp(r->engine, "container") == 0;
	bool ok = check_kernel();

	if (container) {
		ok &= check_container();
	} else {
		ok &= check_settings();
		ok &= asks_podman(r) ? check_podman(r, p) : check_sandbox();
		ok &= check_network(r);
		ok &= check_broker(r);
	}
	ok &= check_state(p);
	if (!container)
		say_limits(p);
	if (wx_flush(stdout) == -1)
		err(WX_CHAIN, "cannot write to standard output");
	return ok ? WX_OK : WX_FAIL;
}
