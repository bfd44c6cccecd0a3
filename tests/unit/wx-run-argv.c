/* SPDX-License-Identifier: MIT */
/* wx-run: what is exec'd where a user systemd holds the limits, which no test
 * can have at will, and the argv of the network helpers. */
#include "cmd/wx-run/launch/bwrap.c"
#include "cmd/wx-run/net/helper.c"
#include "cmd/wx-run/net/listed.c"
#include "cmd/wx-run/net/net.c"
#include "cmd/wx-run/net/brokered.c"
#include "cmd/wx-run/net/service.c"
#include "cmd/wx-run/plan/listed.c"
#include "cmd/wx-run/plan/plan.c"
#include "cmd/wx-run/plan/store.c"

static int n, bad;

/* Of listed_start, which is not called here. */
bool
place_sockets(const char *netns, bool block, struct place *v, size_t count)
{
	(void)block;
	(void)netns;
	(void)v;
	(void)count;
	return false;
}

void
place_close(struct place *v, size_t count)
{
	(void)v;
	(void)count;
}

void
decisions_open(struct decisions *d, const struct plan *p, const char *name, int in)
{
	(void)name;
	(void)d;
	(void)p;
	(void)in;
}

bool
decisions_read(struct decisions *d)
{
	(void)d;
	return false;
}

char *
control_make(const struct plan *p)
{
	(void)p;
	return NULL;
}

void
control_remove(char *path)
{
	(void)path;
}

static void
is(const struct strv *w, const char *want, const char *what)
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
	struct strv out = { 0 }, all = { 0 };

	strv_add(&p.command, "true");
	bwrap_argv(&p, &(struct launch){ .ignored = 0x4002, .by_fd = true }, &out);
	is(&out, "systemd-run --user --scope --quiet --collect --property=MemoryMax=4096"
	    " --property=MemorySwapMax=0 --property=Delegate=yes --property=TasksMax=18 -- env -i bwrap --args 6 --"
	    " /run/wrapix/init 10 0 4002 own  true", "a scope; memory is its own, processes are counted inside");
	p.limits.cpu_cgroup = true;
	p.program = xstrdup("/opt/b/bwrap");
	p.resolved = xstrdup("/usr/bin/true");
	bwrap_argv(&p, &(struct launch){ .by_fd = true, .pty = "pty012k" }, &all);
	is(&all, "systemd-run --user --scope --quiet --collect --property=MemoryMax=4096"
	    " --property=MemorySwapMax=0 --property=Delegate=yes --property=TasksMax=18 --property=CPUQuota=300% -- env -i"
	    " /opt/b/bwrap --args 6 -- /run/wrapix/init 10 0 0 pty012k /usr/bin/true true",
	    "processors too; bwrap by its place, for env -i has no PATH");
}

/* What the host has and no test can add: /nix/store comes read-only, and alone. What wx-run
 * mounts itself, by descriptor, is no word of bwrap's. */
static void
mounts(void)
{
	struct plan p = { .at = (char[]){ "/workspace" }, .uid = 7, .gid = 8, .net = NET_HOST, .shm_size = 9 };
	struct strv out = { 0 }, names = { 0 };

	(void)mount_add(&p.mounts, MOUNT_RO, "/nix/store", "/nix/store", "system");
	mount_file(&p.mounts, "/workspace/.env", 0444, "", 0)->late = true;
	mount_file(&p.mounts, "/etc/x", 0644, "", 0);
	strv_add(&names, "TOK");
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
	struct strv a = { 0 }, b = { 0 }, c = { 0 };

	net_argv(&p, "NET", "USER", 3, &a);
	is(&a, "pasta --config-net --quiet --foreground --tcp-ports none --udp-ports none --tcp-ns none"
	    " --udp-ns none --no-map-gw --no-netns-quit --pid /proc/self/fd/3 --userns USER --netns NET", "pasta");
	p.dns_forward = xstrdup("169.254.1.1");
	net_argv(&p, "NET", "USER", 3, &b);
	is(&b, "pasta --config-net --quiet --foreground --tcp-ports none --udp-ports none --tcp-ns none"
	    " --udp-ns none --no-map-gw --no-netns-quit --dns-forward 169.254.1.1 --pid /proc/self/fd/3 --userns USER"
	    " --netns NET", "pasta, for a resolver on the host's loopback");
	p.helper = HELPER_SLIRP;
	net_argv(&p, "NET", "USER", 3, &c);
	is(&c, "slirp4netns --configure --disable-host-loopback --ready-fd=3 --userns-path=USER"
	    " --netns-type=path NET tap0", "slirp4netns, found where there is no pasta");
}

/* What wx-egress gets: its arguments, its policy, and sockets in the order of those. */
static void
listed(void)
{
	struct plan p = { .net = NET_LISTED, .helper = HELPER_EGRESS };
	struct strv out = { 0 }, text = { 0 };
	struct place v[SOCKETS];
	char *buf = NULL;
	size_t len = 0, i, sockets;
	FILE *fp;

	for (i = 0; i < LISTED_PORTS; i++)
		if (!listed_port(&p.listed, 443 + (unsigned)i % 2))
			abort();
	p.listed.forwards[p.listed.nforwards++] = (struct forward){ 5432, xstrdup("127.0.0.1:5433") };
	strv_add(&p.listed.allow, "*.a.example:22 private");
	strv_add(&p.listed.allow, "{\"host\":\"b.example\",\"ports\":[80]}");
	strv_add(&p.listed.deny, "c\".example");
	p.listed.ask = 7;
	listed_argv(&p, 3, 4, "/c", &out);
	is(&out, "wx-egress -R 3 -c /c -s dns=4 -s dns=5 -s proxy=6 -s any/443=7 -s any/444=8 -s to/0=9", "wx-egress");
	sockets = places(&p.listed, v);
	for (i = 0; i < sockets; i++)
		strv_addf(&text, "%s/%x/%u", v[i].type == SOCK_DGRAM ? "udp" : "tcp", v[i].address, v[i].port);
	fp = open_memstream(&buf, &len);
	if (fp == NULL)
		abort();
	listed_policy(fp, &p.listed);
	if (fclose(fp) == EOF)
		abort();
	is(&text, "udp/7f000001/53 tcp/7f000001/53 tcp/7f000001/3128 tcp/0/443 tcp/0/444 tcp/7f000001/5432",
	    "its sockets, in that order");
	text = (struct strv){ 0 };
	strv_add(&text, buf);
	is(&text, "{\"version\": 1, \"allow\": [\"*.a.example:22 private\", {\"host\":\"b.example\",\"ports\":[80]}], "
	    "\"deny\": [\"c\\\".example\"], \"forward\": [{\"port\": 5432, \"to\": \"127.0.0.1:5433\"}], \"ask\": 7}\n", "its policy");
	for (i = 1; i < LISTED_PORTS - 1; i++)
		if (!listed_port(&p.listed, (unsigned)i))
			abort();
	text = (struct strv){ 0 };
	strv_add(&text, listed_port(&p.listed, 9999) || !listed_port(&p.listed, 443) ? "no" : "yes");
	is(&text, "yes", "one port more than there is room for");
	free(buf);
}

int
main(void)
{
	scope();
	mounts();
	helpers();
	listed();
	printf("1..%d\n", n);
	return bad;
}
