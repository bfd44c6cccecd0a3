/* SPDX-License-Identifier: MIT */
/* Namespaces: each is another than the host's, and no new one can be made. */

static void own_namespace(const char *arg)
{
	char        key[32], path[64], here[64];
	const char *host;
	ssize_t     n;

	snprintf(key, sizeof key, "ns:%s", arg);
	host = need(key);
	snprintf(path, sizeof path, "/proc/self/ns/%s", arg);
	n = readlink(path, here, sizeof here - 1);
	if (n == -1)
		closed("%s", strerror(errno));
	here[n] = '\0';
	if (strcmp(here, host) == 0)
		exposed("%s is the host's", here);
	closed("%s, the host has %s", here, host);
}

static void own_net(const char *arg)
{
	const char *mode = conf("net");

	if (mode != NULL && strcmp(mode, "host") == 0)
		skip("the host's network was asked for");
	own_namespace(arg);
}

/* unshare(2) of the namespaces ARG, a hexadecimal number. */
static void unshare_new(const char *arg)
{
	refused(unshare((int)strtol(arg, NULL, 16)));
}

/* The same by clone(2); the child only ends. */
static void clone_new(const char *arg)
{
	long pid = syscall(SYS_clone, strtol(arg, NULL, 16) | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	refused(pid);
}

/* By clone3(2), whose flags a filter cannot read. */
static void clone3_new(const char *arg)
{
	struct clone_args a = { .flags = strtoull(arg, NULL, 16), .exit_signal = SIGCHLD };
	long              pid = syscall(SYS_clone3, &a, sizeof a);

	if (pid == 0)
		_exit(0);
	refused(pid);
}

/* unshare(2) with rubbish in the upper half of the argument, which is ignored. */
static void unshare_high(const char *arg)
{
	refused(syscall(SYS_unshare, strtoull(arg, NULL, 16) | 0x100000000ull));
}

/*
 * Into the namespace that it is in. Where setns(2) works at all that is done,
 * or, for a user namespace, refused with EINVAL.
 */
static void setns_self(const char *arg)
{
	int fd = open(arg, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		closed("%s", strerror(errno));
	refused(setns(fd, 0));
}

static void setns_pidfd(const char *arg)
{
	long fd = syscall(SYS_pidfd_open, getpid(), 0);

	(void)arg;
	if (fd == -1)
		closed("%s", strerror(errno));
	refused(setns((int)fd, CLONE_NEWUSER));
}

static void host_name(const char *arg)
{
	struct utsname u;

	(void)arg;
	if (uname(&u) == 0 && strcmp(u.nodename, need("hostname")) == 0)
		exposed("%s", u.nodename);
	closed("another one");
}

/* The name that is set is the one that is there. */
static void set_host_name(const char *arg)
{
	struct utsname u;

	(void)arg;
	if (uname(&u) == -1)
		skip("%s", strerror(errno));
	refused(sethostname(u.nodename, strlen(u.nodename)));
}

static const struct probe namespaces_probes[] = {
	{ "namespaces.pid", own_namespace, "pid", "the host's processes" },
	{ "namespaces.ipc", own_namespace, "ipc", "the host's shared memory" },
	{ "namespaces.uts", own_namespace, "uts", "the host's name" },
	{ "namespaces.cgroup", own_namespace, "cgroup", "the host's cgroups" },
	{ "namespaces.user", own_namespace, "user", "the host's users" },
	{ "namespaces.mnt", own_namespace, "mnt", "the host's mounts" },
	{ "namespaces.net", own_net, "net", "the host's network" },
	{ "namespaces.hostname", host_name, NULL, "the host's name is seen" },
	{ "namespaces.set-hostname", set_host_name, NULL, "the name can be set" },
	{ "namespaces.unshare-user", unshare_new, "10000000", "a nested user namespace" },
	{ "namespaces.unshare-mnt", unshare_new, "20000", "a nested mount namespace" },
	{ "namespaces.unshare-net", unshare_new, "40000000", "a nested network" },
	{ "namespaces.unshare-pid", unshare_new, "20000000", "a nested pid namespace" },
	{ "namespaces.unshare-ipc", unshare_new, "8000000", "a nested ipc namespace" },
	{ "namespaces.unshare-uts", unshare_new, "4000000", "a nested uts namespace" },
	{ "namespaces.unshare-cgroup", unshare_new, "2000000", "a nested cgroup namespace" },
	{ "namespaces.unshare-time", unshare_new, "80", "a nested time namespace" },
	{ "namespaces.unshare-high", unshare_high, "10000000", "a flag that a careless filter misses" },
	{ "namespaces.clone-user", clone_new, "10000000", "a nested user namespace, by clone" },
	{ "namespaces.clone-user-mnt", clone_new, "10020000", "user and mount namespace, by clone" },
	{ "namespaces.clone3-user", clone3_new, "10000000", "a nested user namespace, by clone3" },
	{ "namespaces.setns-user", setns_self, "/proc/self/ns/user", "setns(2) into a user namespace" },
	{ "namespaces.setns-uts", setns_self, "/proc/self/ns/uts", "setns(2) into a uts namespace" },
	{ "namespaces.setns-pidfd", setns_pidfd, NULL, "setns(2) by a process descriptor" },
};
