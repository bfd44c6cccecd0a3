/* SPDX-License-Identifier: MIT */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/tool/program.h"
#include "libcommon/tool/strv.h"
#include "libcommon/tool/usercgroup.h"
#include "look/look.h"

static bool
have(const char *prog, const char *package)
{
	char *path = program_in(getenv("PATH"), prog), *mend = xprintf("apt install %s", package);
	bool ok = say(path != NULL, prog, path != NULL ? path : "not on PATH", mend);

	free(path);
	free(mend);
	return ok;
}

static bool
check_sandbox(void)
{
	const char *mend = NULL;
	char said[512];

	if (!have("bwrap", "bubblewrap"))
		return false;
	if (look_bwrap(said, sizeof(said), &mend))
		return say(true, "sandbox", "bwrap makes all the namespaces", NULL);
	return say(false, "sandbox", said, mend);
}

/* Is it podman's turn? As wx-run has it. */
static bool
asks_podman(const struct asked *a)
{
	return (a->engine != NULL && strcmp(a->engine, "podman") == 0) ||
	    ((a->engine == NULL || strcmp(a->engine, "auto") == 0) && a->image != NULL);
}

static bool
check_podman(const struct asked *a)
{
	struct facts f = { 0 };
	size_t i;
	bool ok = true;

	podman_look(a->image, &f);
	for (i = 0; i < f.n; i++)
		ok &= say(f.v[i].ok, f.v[i].name, f.v[i].what, f.v[i].mend);
	return ok;
}

static bool
check_network(const struct asked *a)
{
	const char *name = program_net_helper();
	char *egress;
	bool ok;

	if (a->network != NULL && strcmp(a->network, "listed") == 0) {
		egress = program_beside("wx-egress");
		ok = say(egress != NULL, "network", egress == NULL ? "wx-egress is neither beside wx-run nor on PATH" : egress,
		    "install all of wrapix, or use -n none");
		free(egress);
		return ok;
	}
	if (a->network != NULL && strcmp(a->network, "open") != 0)
		return say(true, "network", "no helper needed", NULL);
	if (name == NULL)
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
check_broker(const struct asked *a)
{
	char *program;
	bool ok;

	if (a->broker == NULL)
		return true;
	program = program_beside("wx-api-broker");
	ok = say(program != NULL, "broker", program == NULL ? "wx-api-broker is neither beside wx-run nor on PATH" :
	    a->broker, "install all of wrapix");
	free(program);
	return ok;
}

static bool
check_state(const struct asked *a)
{
	char *dir = xstrdup(a->state), *slash;
	bool ok = false;

	/* The nearest directory that is there decides. */
	while (!ok && (slash = strrchr(dir, '/')) != NULL && slash != dir) {
		*slash = '\0';
		if (access(dir, F_OK) == 0) {
			ok = access(dir, W_OK | X_OK) == 0;
			break;
		}
	}
	free(dir);
	return say(ok, "state", a->state, "set XDG_STATE_HOME to a folder that you can write to");
}

/* Whether it runs the client itself says. */
static bool
check_container(void)
{
	char *path = program_in(getenv("PATH"), "container");
	bool ok = say(path != NULL, "container", path != NULL ? path : "not on PATH",
	    "https://github.com/apple/container/releases, then: container system start");

	free(path);
	return ok;
}

static void
say_limits(void)
{
	(void)say(true, "limits", usercgroup(getuid()).limits ?
	    "memory, processes and processors by a cgroup of the user's systemd" :
	    "memory by looks of the first process, processes by RLIMIT_NPROC; no user "
	    "systemd, so processors are not limited", NULL);
}

bool
check(const struct asked *a)
{
	bool container = a->engine != NULL && strcmp(a->engine, "container") == 0;
	bool ok = look_kernel();

	if (container) {
		ok &= check_container();
	} else {
		ok &= look_settings();
		ok &= asks_podman(a) ? check_podman(a) : check_sandbox();
		ok &= check_network(a);
		ok &= check_broker(a);
	}
	ok &= check_state(a);
	if (!container)
		say_limits();
	return ok;
}
