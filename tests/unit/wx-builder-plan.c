/* SPDX-License-Identifier: MIT */
/* PKGS: libcjson */
/* wx-builder: podman's argv where a user systemd has the controllers, which no test can
 * have at will; what podman info says of another host; the blocks of a tar. */
#include "cmd/wx-builder/inspect.c"
#include "cmd/wx-builder/format.c"
#include "cmd/wx-builder/plan.c"
#include "cmd/wx-builder/tarball.c"

#include "libcommon/tool/strv.h"

static int n, bad;

static void
ok(bool is, const char *what)
{
	printf("%sok %d - %s\n", is ? "" : "not ", ++n, what);
	bad |= !is;
}

static bool
has(const struct strv *w, const char *word)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (strcmp(w->v[i], word) == 0)
			return true;
	return false;
}

static void
limits(void)
{
	struct plan p = { .name = "n", .container = "c", .server = "/s", .store = "/n", .image = "i", .asked = "i",
	    .pidfile = "/p", .port = 2222, .cpus = 2, .memory = (uint64_t)4 << 30, .cgroup = true };
	struct strv here = { 0 }, far = { 0 }, none = { 0 };

	plan_podman(&p, &here);
	ok(has(&here, "--cpus=2") && has(&here, "--memory=4294967296") && has(&here, "--pids-limit=32768"),
	    "limits are podman's options");
	ok(has(&here, "wrapix.limits=2:4294967296") && !has(&here, "--cgroups=disabled"), "and a label, in a control group");
	p.far_port = 20001;
	plan_podman(&p, &far);
	ok(has(&far, "--cpus=2") && has(&far, "--memory=4294967296") && has(&far, "127.0.0.1:20001:2222"),
	    "on another host too");
	p.cpus = 0;
	p.memory = 0;
	plan_podman(&p, &none);
	ok(!has(&none, "--cpus=0") && !has(&none, "--memory=0") && has(&none, "--pids-limit=32768"), "none asked for, none set");
}

static bool
host(const char *controllers, const char *manager, struct host_look *h)
{
	char *json = xprintf("{\"host\":{\"arch\":\"arm64\",\"cpus\":6,\"cgroupManager\":\"%s\",\"cgroupControllers\":[%s]}}",
	    manager, controllers);
	bool said = inspect_host(json, h);

	free(json);
	return said;
}

static void
hosts(void)
{
	struct host_look h;

	ok(host("\"cpuset\",\"cpu\",\"memory\",\"pids\"", "systemd", &h) && h.limits && h.cpus == 6 &&
	    strcmp(h.nix, "aarch64-linux") == 0, "a host with the controllers");
	ok(host("\"memory\",\"pids\"", "systemd", &h) && !h.limits, "one without that of processors");
	ok(host("\"cpu\",\"memory\",\"pids\"", "cgroupfs", &h) && !h.limits, "one without systemd");
	ok(!inspect_host("{}", &h) && !inspect_host("no", &h), "no answer");
}

static void
tar(void)
{
	static struct tarball t;

	tarball_add(&t, "d/", NULL, 0);
	tarball_add(&t, "d/f", "text\n", 5);
	tarball_end(&t);
	ok(t.n == 5 * BLOCK && memcmp(t.v + BLOCK, "d/f", 4) == 0 && memcmp(t.v + 2 * BLOCK, "text\n", 6) == 0, "a tar of blocks");
}

int
main(void)
{
	limits();
	hosts();
	tar();
	printf("1..%d\n", n);
	return bad;
}
