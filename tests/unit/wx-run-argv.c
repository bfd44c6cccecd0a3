/* SPDX-License-Identifier: MIT */
/* wx-run: what is exec'd where a user systemd holds the limits, which no test
 * can have at will, and the argv of the network helpers. */
#include "cmd/wx-run/engine/bwrap.c"
#include "cmd/wx-run/run/net.c"
#include "cmd/wx-run/plan/plan.c"
#include "cmd/wx-run/plan/store.c"
#include "cmd/wx-run/base/words.c"

static int n, bad;

char *
host_program(const char *name)
{
	return strcmp(name, "slirp4netns") == 0 ? xstrdup("/usr/bin/slirp4netns") : NULL;
}

static void
is(const struct words *w, const char *want, const char *what)
{
	char *got = xstrdup(""), *more;
	size_t i;

	for (i = 0; i < w->n; i++) {
		more = xprintf("%s%s%s", got, i == 0 ? "" : " ", w->v[i]);
		free(got);
		got = more;
	}
	printf("%sok %d - %s\n", strcmp(got, want) == 0 ? "" : "not ", ++n, what);
	if (strcmp(got, want) != 0) {
		printf("# got:  %s\n# want: %s\n", got, want);
		bad = 1;
	}
	free(got);
}

static void
scope(void)
{
	struct plan p = { .at = (char[]){ "/workspace" }, .limits = { .memory = 4096, .pids = 10, .cpus = 3, .cgroup = true } };
	struct words out = { 0 }, all = { 0 }, options = { 0 };

	words_add(&p.command, "true");
	bwrap_argv(&p, NULL, 0x4002, "own", &out);
	is(&out, "systemd-run --user --scope --quiet --collect --property=MemoryMax=4096"
	    " --property=MemorySwapMax=0 --property=Delegate=yes --property=TasksMax=18 -- env -i bwrap --args 6 --"
	    " /run/wrapix/init 10 0 4002 own  true", "a scope; memory is its own, processes are counted inside");
	p.limits.cpu_cgroup = true;
	p.bwrap = xstrdup("/opt/b/bwrap");
	p.resolved = xstrdup("/usr/bin/true");
	words_add(&options, "--unshare-user");
	bwrap_argv(&p, &options, 0, "own", &all);
	is(&all, "systemd-run --user --scope --quiet --collect --property=MemoryMax=4096"
	    " --property=MemorySwapMax=0 --property=Delegate=yes --property=TasksMax=18 --property=CPUQuota=300% -- env -i"
	    " /opt/b/bwrap --unshare-user -- /run/wrapix/init 10 0 0 own /usr/bin/true true",
	    "processors too; bwrap by its place, for env -i has no PATH");
}

/* What the host has and no test can add: /nix/store comes read-only, and alone. What wx-run
 * mounts itself, by descriptor, is no word of bwrap's. */
static void
mounts(void)
{
	struct plan p = { .at = (char[]){ "/workspace" }, .uid = 7, .gid = 8, .net = NET_HOST, .shm_size = 9 };
	struct words out = { 0 }, names = { 0 };

	(void)mount_add(&p.mounts, MOUNT_RO, "/nix/store", "/nix/store", "system");
	mount_file(&p.mounts, "/workspace/.env", 0444, "", 0)->late = true;
	mount_file(&p.mounts, "/etc/x", 0644, "", 0);
	words_add(&names, "TOK");
	env_set(&p.env, "A", "b", false);
	bwrap_options(&p, &names, &out);
	is(&out, "--unshare-user --unshare-pid --unshare-ipc --unshare-uts --unshare-cgroup"
	    " --disable-userns --as-pid-1 --cap-drop ALL --hostname wrapix --uid 7 --gid 8"
	    " --seccomp 4 --proc /proc --dev /dev --ro-bind /nix/store /nix/store"
	    " --perms 0644 --file 7 /etc/x"
	    " --perms 0555 --file 5 /run/wrapix/init --perms 0400 --file 8 /run/secrets/TOK"
	    " --perms 1777 --size 9 --tmpfs /dev/shm --remount-ro /dev --remount-ro /"
	    " --setenv A b --chdir /workspace", "the host's network; descriptors in their order");
}

static void
helpers(void)
{
	struct plan p = { .net = NET_OPEN, .helper = HELPER_PASTA };
	struct words a = { 0 }, b = { 0 }, c = { 0 };

	net_argv(&p, "NET", "USER", 3, &a);
	is(&a, "pasta --config-net --quiet --foreground --tcp-ports none --udp-ports none --tcp-ns none"
	    " --udp-ns none --no-map-gw --no-netns-quit --pid /proc/self/fd/3 --userns USER --netns NET", "pasta");
	p.dns_forward = xstrdup("169.254.1.1");
	net_argv(&p, "NET", "USER", 3, &b);
	is(&b, "pasta --config-net --quiet --foreground --tcp-ports none --udp-ports none --tcp-ns none"
	    " --udp-ns none --no-map-gw --no-netns-quit --dns-forward 169.254.1.1 --pid /proc/self/fd/3 --userns USER"
	    " --netns NET", "pasta, for a resolver on the host's loopback");
	p.helper = net_find_helper();
	net_argv(&p, "NET", "USER", 3, &c);
	is(&c, "slirp4netns --configure --disable-host-loopback --ready-fd=3 --userns-path=USER"
	    " --netns-type=path NET tap0", "slirp4netns, found where there is no pasta");
}

int
main(void)
{
	scope();
	mounts();
	helpers();
	printf("1..%d\n", n);
	return bad;
}
