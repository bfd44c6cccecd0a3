/* SPDX-License-Identifier: MIT */
/*
 * The host's processes. The canary is one of the same user, with its word in
 * argv, environment and memory; the host gives its process id.
 */

/* Is the host's process PID in sight? The same number may be one of ours. */
static bool is_canary(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
	return holds_token(path, need("token"));
}

/* The canary's process id; ends the probe where that number is not the canary. */
static pid_t canary_pid(void)
{
	pid_t pid = (pid_t)need_number("host_pid");

	if (!is_canary(pid))
		closed("process %d of the host is not in sight", (int)pid);
	return pid;
}

/* The file ARG of any process in /proc that holds the canary's word. */
static void any_proc_file(const char *arg)
{
	const char    *token = need("token");
	DIR           *d = opendir("/proc");
	struct dirent *e;
	char           path[PATH_MAX];
	int            n = 0;

	if (d == NULL)
		closed("no /proc");
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof path, "/proc/%s/%s", e->d_name, arg);
		if (holds_token(path, token))
			exposed("%s", path);
		n++;
	}
	closed("not in any of %d", n);
}

static void init_file(const char *arg)
{
	if (holds_token(arg, need("token")))
		exposed("%s", arg);
	closed("%s", errno != 0 ? strerror(errno) : "nothing of the host in it");
}

/* The first process knows where the project lies on the host. */
static void init_paths(const char *arg)
{
	if (holds_token(arg, need("project")))
		exposed("%s names the project's folder", arg);
	closed("not named");
}

/* Is process 1 the host's? Its start, in ticks since boot, tells. */
static void init_start(const char *arg)
{
	static char stat_text[4096];
	const char *host = need("init_start"), *p;
	int         field = 2;

	(void)arg;
	if (slurp("/proc/1/stat", stat_text, sizeof stat_text) <= 0 || (p = strrchr(stat_text, ')')) == NULL)
		closed("no process 1");
	while (field < 22 && (p = strchr(p + 1, ' ')) != NULL)
		field++;
	if (p != NULL && strncmp(p + 1, host, strlen(host)) == 0 && p[1 + strlen(host)] == ' ')
		exposed("process 1 is the host's");
	closed("process 1 is the sandbox's own");
}

static void see(const char *arg)
{
	(void)arg;
	exposed("process %d of the host", (int)canary_pid());
}

static void signal_host(const char *arg)
{
	pid_t pid = canary_pid();

	(void)arg;
	if (kill(pid, 0) == 0)
		exposed("kill(%d)", (int)pid);
	closed("%s", strerror(errno));
}

static void trace_host(const char *arg)
{
	pid_t pid = canary_pid();

	(void)arg;
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == -1)
		closed("%s", strerror(errno));
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	exposed("ptrace(%d)", (int)pid);
}

static void read_host_memory(const char *arg)
{
	pid_t        pid = canary_pid();
	const char  *token = need("token");
	char         buf[64] = "";
	void        *at = (void *)(uintptr_t)strtoull(need("host_address"), NULL, 16);
	struct iovec here = { buf, sizeof buf - 1 }, there = { at, strlen(token) };

	(void)arg;
	if (process_vm_readv(pid, &here, 1, &there, 1, 0) > 0 && strcmp(buf, token) == 0)
		exposed("memory of %d", (int)pid);
	closed("%s", strerror(errno));
}

static void take_host_descriptor(const char *arg)
{
	pid_t pid = canary_pid();
	long  pidfd = syscall(SYS_pidfd_open, pid, 0), fd;

	(void)arg;
	if (pidfd == -1)
		closed("%s", strerror(errno));
	fd = syscall(SYS_pidfd_getfd, pidfd, 0, 0);
	if (fd != -1)
		exposed("descriptor 0 of %d", (int)pid);
	closed("%s", strerror(errno));
}

static void set_host_limits(const char *arg)
{
	struct rlimit r;
	pid_t         pid = canary_pid();

	(void)arg;
	if (prlimit(pid, RLIMIT_NOFILE, NULL, &r) == 0)
		exposed("limits of %d", (int)pid);
	closed("%s", strerror(errno));
}

static void schedule_host(const char *arg)
{
	pid_t     pid = canary_pid();
	cpu_set_t set;

	(void)arg;
	if (sched_getaffinity(pid, sizeof set, &set) == 0)
		exposed("scheduling of %d", (int)pid);
	closed("%s", strerror(errno));
}

/* The host's files by way of one of its processes: ARG is root or cwd. */
static void through_host(const char *arg)
{
	char  path[PATH_MAX];
	pid_t pid = canary_pid();

	snprintf(path, sizeof path, "/proc/%d/%s/%s", (int)pid, arg,
	    strcmp(arg, "root") == 0 ? need("canary_file") : ".");
	if (access(path, R_OK) == 0)
		exposed("%s", path);
	closed("%s", strerror(errno));
}

static void open_host(const char *arg)
{
	char path[PATH_MAX];
	int  fd;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)canary_pid(), arg);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd != -1)
		exposed("%s", path);
	closed("%s", strerror(errno));
}

static const struct probe processes_probes[] = {
	{ "processes.see", see, NULL, "a process of the host is in /proc" },
	{ "processes.init", init_start, NULL, "process 1 is the host's" },
	{ "processes.cmdline", any_proc_file, "cmdline", "a word in some process's arguments" },
	{ "processes.environ", any_proc_file, "environ", "a word in some process's environment" },
	{ "processes.init-environ", init_file, "/proc/1/environ", "the environment that the sandbox was started in" },
	{ "processes.init-cmdline", init_paths, "/proc/1/cmdline", "the options of the sandbox" },
	{ "processes.self-environ", init_file, "/proc/self/environ", "the environment of the command" },
	{ "processes.kill", signal_host, NULL, "a signal to the host's process" },
	{ "processes.ptrace", trace_host, NULL, "ptrace of the host's process" },
	{ "processes.memory", read_host_memory, NULL, "the host's process's memory" },
	{ "processes.mem-file", open_host, "mem", "the same, as a file" },
	{ "processes.descriptor", take_host_descriptor, NULL, "a descriptor of the host's process" },
	{ "processes.descriptor-file", open_host, "fd/0", "the same, as a file" },
	{ "processes.limits", set_host_limits, NULL, "limits of the host's process" },
	{ "processes.schedule", schedule_host, NULL, "scheduling of the host's process" },
	{ "processes.root", through_host, "root", "the host's files through its process's root" },
	{ "processes.cwd", through_host, "cwd", "the host's files through its process's folder" },
};
