/* SPDX-License-Identifier: MIT */
/*
 * Limits, at the numbers that the host gives; and what is left for the host to
 * look for after the run. Nothing here takes more than a limit and a little.
 */

/* Processes in sight, but for the first one: that is the engine's. */
static int processes_here(void)
{
	DIR           *d = opendir("/proc");
	struct dirent *e;
	int            n = 0;

	while (d != NULL && (e = readdir(d)) != NULL)
		n += e->d_name[0] >= '0' && e->d_name[0] <= '9' && strcmp(e->d_name, "1") != 0;
	if (d != NULL)
		closedir(d);
	return n;
}

/* Fork until it is refused; never more than 32 beyond the limit. */
static void fork_bomb(const char *arg)
{
	long limit = need_number(arg);

	for (long i = 0; i < limit + 32; i++) {
		pid_t pid = fork_child();

		if (pid == 0) {
			pause();
			_exit(0);
		}
		if (pid == -1) {
			int e = errno, n = processes_here();

			if (n > limit)
				exposed("%d processes, the limit is %ld", n, limit);
			closed("%s at %d of %ld processes", strerror(e), n, limit);
		}
	}
	exposed("%ld processes and more", limit + 32);
}

/* Touch memory, *N bytes so far, up to four times LIMIT. 0 or an errno. */
static int hog(size_t limit, int flags, volatile size_t *n)
{
	const size_t step = 4 << 20;

	for (*n = 0; *n < 4 * limit; *n += step) {
		char *p = mmap(NULL, step, PROT_READ | PROT_WRITE, flags, -1, 0);

		if (p == MAP_FAILED)
			return errno;
		memset(p, 1, step);
	}
	return 0;
}

/*
 * By a child, for where a cgroup holds the limit the kernel kills it (cgroups(7), memory); where none does the sandbox's
 * first process does that, which looks some times a second, so that on a busy machine it may be more for a moment.
 */
static void memory_hog(const char *arg)
{
	size_t           limit = (size_t)need_number("memory");
	int              flags = MAP_ANONYMOUS | (strcmp(arg, "shared") == 0 ? MAP_SHARED : MAP_PRIVATE), status = 0;
	volatile size_t *n = mmap(NULL, sizeof(*n), PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_SHARED, -1, 0);
	pid_t            pid;
	int              tries = 0;

	if (n == MAP_FAILED)
		skip("%s", strerror(errno));
	/* The bomb's processes, all that there may be, may still be on their way out. */
	while ((pid = fork_child()) == -1 && errno == EAGAIN && tries++ < 200)
		usleep(10000);
	if (pid == -1)
		skip("%s", strerror(errno));
	if (pid == 0)
		_exit(hog(limit, flags, n));
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		closed("killed at %zu MiB", *n >> 20);
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		closed("%s at %zu MiB", strerror(WEXITSTATUS(status)), *n >> 20);
	exposed("%zu MiB, the limit is %zu", *n >> 20, limit >> 20);
}

/* Is ARG a file system in memory with a size that somebody chose? ~ is HOME. */
static void bounded(const char *arg)
{
	const char    *dir = strcmp(arg, "~") == 0 ? need("home") : arg;
	struct statfs  fs;
	struct sysinfo si;
	uint64_t       size, half;

	if (statfs(dir, &fs) == -1)
		closed("%s", strerror(errno));
	if (fs.f_flags & ST_RDONLY)
		closed("read-only");
	if (sysinfo(&si) == -1)
		skip("%s", strerror(errno));
	size = (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize;
	half = (uint64_t)si.totalram * si.mem_unit / 2;
	if (fs.f_type != 0x01021994)
		exposed("%s is no tmpfs", dir);
	/* Half of the memory is what a tmpfs has that nobody bounded. */
	if (size == 0 || size > half - half / 64)
		exposed("%s holds %" PRIu64 " MiB", dir, size >> 20);
	closed("%" PRIu64 " MiB", size >> 20);
}

/* Write beyond the bound, where that is small. */
static void fill(const char *arg)
{
	static char   block[1 << 20];
	char          path[PATH_MAX];
	struct statfs fs;
	uint64_t      size, n = 0;
	int           fd, e = 0;

	if (statfs(arg, &fs) == -1)
		closed("%s", strerror(errno));
	size = (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize;
	if (size > 64u << 20)
		skip("%" PRIu64 " MiB are too many to fill", size >> 20);
	snprintf(path, sizeof path, "%s/.wx-probe-fill", arg);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1)
		closed("%s", strerror(errno));
	while (e == 0 && n <= size) {
		ssize_t r = write(fd, block, sizeof block);

		e = r == -1 ? errno : 0;
		n += r > 0 ? (uint64_t)r : 0;
	}
	unlink(path);
	if (e == 0)
		exposed("%" PRIu64 " MiB written", n >> 20);
	closed("%s after %" PRIu64 " MiB", strerror(e), n >> 20);
}

static void core_dump(const char *arg)
{
	struct rlimit r;

	(void)arg;
	/* With a handler in core_pattern any limit but 0 starts a host's program. */
	if (getrlimit(RLIMIT_CORE, &r) == 0 && r.rlim_max != 0)
		exposed("core dumps are allowed");
	closed("0");
}

static void open_files(const char *arg)
{
	long limit = need_number(arg);

	for (long i = 0; i < limit + 16; i++)
		if (dup(0) == -1)
			closed("%s at %ld", strerror(errno), i);
	exposed("%ld descriptors and more", limit + 16);
}

/* A process that leaves its session and writes on; the host sees it end. */
static void daemon_left(const char *arg)
{
	int   fd = open(arg, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	pid_t pid;

	if (fd == -1 || (pid = fork()) == -1)
		skip("%s: %s", arg, strerror(errno));
	if (pid == 0) {
		if (setsid() == -1 || fork() != 0)
			_exit(0);
		signal(SIGHUP, SIG_IGN);
		signal(SIGTERM, SIG_IGN);
		for (int i = 0; i < 200; i++) {
			if (write(fd, ".", 1) == -1)
				break;
			usleep(50000);
		}
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	usleep(60000);
	skip("a daemon writes %s: the host looks", arg);
}

/* A file that must be gone with the sandbox. */
static void file_left(const char *arg)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/wx-left-%s", strcmp(arg, "~") == 0 ? need("home") : arg, need("token"));
	if (!put_file(path, "left\n"))
		closed("%s", strerror(errno));
	skip("left %s: the host looks", path);
}

static void shm_left(const char *arg)
{
	key_t key = (key_t)need_number(arg) + 1;

	if (shmget(key, 4096, IPC_CREAT | 0600) == -1)
		closed("%s", strerror(errno));
	skip("left a segment: the host looks");
}

static const struct probe limits_probes[] = {
	{ "limits.processes", fork_bomb, "pids", "a fork bomb" },
	{ "limits.memory", memory_hog, "private", "a memory hog" },
	{ "limits.memory-shared", memory_hog, "shared", "the same in shared memory" },
	{ "limits.open-files", open_files, "nofile", "descriptors without end" },
	{ "limits.tmp", bounded, "/tmp", "/tmp without a bound" },
	{ "limits.home", bounded, "~", "HOME without a bound" },
	{ "limits.shm", bounded, "/dev/shm", "/dev/shm without a bound" },
	{ "limits.fill-tmp", fill, "/tmp", "writing beyond the bound" },
	{ "limits.fill-shm", fill, "/dev/shm", "writing beyond the bound" },
	{ "limits.core", core_dump, NULL, "core dumps, which the host's handler takes" },
};

static const struct probe leftovers_probes[] = {
	{ "leftovers.daemon", daemon_left, ".probe.beat", "a process that outlives the run" },
	{ "leftovers.home", file_left, "~", "a file in HOME that outlives the run" },
	{ "leftovers.tmp", file_left, "/tmp", "a file in /tmp that outlives the run" },
	{ "leftovers.shm-file", file_left, "/dev/shm", "a file in /dev/shm that outlives the run" },
	{ "leftovers.shm", shm_left, "sysv_key", "a segment that outlives the run" },
};
