/* SPDX-License-Identifier: MIT */
/* Power: no capability, none to be had, and no other user to become. */

/* The value of a line of /proc/PID/status; NULL if it has none. */
static const char *status_of(const char *pid, const char *field)
{
	static char text[8192];
	char        path[64], *p;

	snprintf(path, sizeof path, "/proc/%s/status", pid);
	if (slurp(path, text, sizeof text) <= 0 || (p = strstr(text, field)) == NULL)
		return NULL;
	p += strlen(field);
	p += strspn(p, ":\t ");
	p[strcspn(p, "\n")] = '\0';
	return p;
}

static void cap_set(const char *arg)
{
	const char *v = status_of("self", arg);

	if (v == NULL)
		skip("no %s in /proc/self/status", arg);
	if (strspn(v, "0") != strlen(v))
		exposed("%s %s", arg, v);
	closed("0");
}

/* A field of /proc/self/status that must be "NAME=VALUE" as ARG says. */
static void status_is(const char *arg)
{
	char        name[32];
	size_t      n = strcspn(arg, "=");
	const char *v;

	snprintf(name, sizeof name, "%.*s", (int)n, arg);
	v = status_of("self", name);
	if (v == NULL || strcmp(v, arg + n + 1) != 0)
		exposed("%s is %s", name, v != NULL ? v : "not there");
	closed("%s", v);
}

static void same_user(const char *arg)
{
	(void)arg;
	if ((long)getuid() != need_number("uid") || getuid() != geteuid())
		exposed("uid %ju, the user's is %s", (uintmax_t)geteuid(), need("uid"));
	closed("%ju", (uintmax_t)getuid());
}

static void same_group(const char *arg)
{
	(void)arg;
	if ((long)getgid() != need_number("gid") || getgid() != getegid())
		exposed("gid %ju, the user's is %s", (uintmax_t)getegid(), need("gid"));
	closed("%ju", (uintmax_t)getgid());
}

static void more_groups(const char *arg)
{
	gid_t g[256];
	int   n = getgroups(256, g);

	(void)arg;
	for (int i = 0; i < n; i++)
		if (g[i] != getgid())
			exposed("group %ju", (uintmax_t)g[i]);
	closed("none");
}

/* What changed who the process is: R is the call's result. */
static _Noreturn void became(int r, const char *whom)
{
	if (r == 0)
		exposed("%s", whom);
	/* EINVAL: nobody of that number is known in this namespace. */
	closed("%s", strerror(errno));
}

/* Any user but the one that it is: its neighbour, so that root has one too. */
static void become_user(const char *arg)
{
	(void)arg;
	became(setresuid(getuid() + 1, getuid() + 1, getuid() + 1), "another user");
}

static void become_root(const char *arg)
{
	(void)arg;
	if (getuid() == 0)
		exposed("it is root");
	became(setuid(0), "root");
}

static void become_group(const char *arg)
{
	(void)arg;
	became(setresgid(getgid() + 1, getgid() + 1, getgid() + 1), "another group");
}

static void set_groups(const char *arg)
{
	gid_t g = getgid();

	(void)arg;
	refused(setgroups(1, &g));
}

/* Give a new file to user ARG; in the project, where the host would see it. */
static void give_away(const char *arg)
{
	char path[64];
	int  fd;
	long r;

	snprintf(path, sizeof path, ".wx-probe-own-%s", arg);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1)
		closed("%s", strerror(errno));
	r = fchown(fd, (uid_t)strtoul(arg, NULL, 10), (gid_t)-1);
	unlink(path);
	if (r == 0 && getuid() != (uid_t)strtoul(arg, NULL, 10))
		exposed("a file of user %s", arg);
	closed("%s", r == 0 ? "it is that user" : strerror(errno));
}

/*
 * Start a set-uid program and look at its effective user. Its output is a pipe
 * that is full, so that it waits at its first word.
 */
static void setuid_program(const char *arg)
{
	static const char *const programs[] = { "/usr/bin/su", "/bin/su", "/run/wrappers/bin/su" };
	const char              *prog = NULL;
	struct stat              st;
	int                      p[2];
	pid_t                    pid;
	char                     name[16];

	(void)arg;
	for (size_t i = 0; i < sizeof programs / sizeof *programs && prog == NULL; i++)
		if (stat(programs[i], &st) == 0 && (st.st_mode & S_ISUID) && st.st_uid != getuid())
			prog = programs[i];
	if (prog == NULL)
		closed("no set-uid program");
	if (pipe2(p, O_NONBLOCK) == -1 || (pid = fork_child()) == -1)
		skip("%s", strerror(errno));
	if (pid == 0) {
		while (write(p[1], "", 1) == 1)
			;
		fcntl(p[1], F_SETFL, 0);
		dup2(p[1], 1);
		dup2(p[1], 2);
		execl(prog, "su", "--help", (char *)NULL);
		_exit(1);
	}
	snprintf(name, sizeof name, "%d", (int)pid);
	for (int i = 0; i < 200; i++) {
		const char *comm = status_of(name, "Name"), *uid;

		if (comm != NULL && strcmp(comm, "su") == 0 && (uid = status_of(name, "Uid")) != NULL) {
			uid_t effective = (uid_t)strtoul(uid + strcspn(uid, "\t"), NULL, 10);

			if (effective != getuid())
				exposed("%s runs as %ju", prog, (uintmax_t)effective);
			closed("%s runs as the user", prog);
		}
		usleep(5000);
	}
	closed("%s does not run", prog);
}

/* Would a set-uid file in the folder ARG work? ~ is HOME. */
static void no_setuid(const char *arg)
{
	struct statvfs fs;
	const char    *dir = strcmp(arg, "~") == 0 ? need("home") : arg;

	if (statvfs(dir, &fs) == -1)
		closed("%s", strerror(errno));
	if (!(fs.f_flag & ST_NOSUID))
		exposed("%s is mounted without nosuid", dir);
	closed("nosuid");
}

static void better_priority(const char *arg)
{
	(void)arg;
	refused(setpriority(PRIO_PROCESS, 0, -5));
}

static void real_time(const char *arg)
{
	struct sched_param sp = { .sched_priority = 1 };

	(void)arg;
	refused(sched_setscheduler(0, SCHED_FIFO, &sp));
}

/* The limit on what this process may raise: a hard limit. */
static void raise_limit(const char *arg)
{
	struct rlimit r;

	(void)arg;
	if (getrlimit(RLIMIT_RTPRIO, &r) == -1)
		skip("%s", strerror(errno));
	if (r.rlim_max == RLIM_INFINITY)
		exposed("no limit");
	r.rlim_max++;
	refused(setrlimit(RLIMIT_RTPRIO, &r));
}

static const struct probe capabilities_probes[] = {
	{ "capabilities.effective", cap_set, "CapEff", "capabilities that act" },
	{ "capabilities.permitted", cap_set, "CapPrm", "capabilities that may act" },
	{ "capabilities.inheritable", cap_set, "CapInh", "capabilities handed on" },
	{ "capabilities.bounding", cap_set, "CapBnd", "capabilities that an exec may give" },
	{ "capabilities.ambient", cap_set, "CapAmb", "capabilities that an exec keeps" },
	{ "capabilities.no-new-privs", status_is, "NoNewPrivs=1", "an exec may give power" },
	{ "capabilities.user", same_user, NULL, "it is not the user" },
	{ "capabilities.group", same_group, NULL, "it is not the user's group" },
	{ "capabilities.groups", more_groups, NULL, "other groups, such as docker" },
	{ "capabilities.setuid", become_user, NULL, "it becomes another user" },
	{ "capabilities.setuid-root", become_root, NULL, "it becomes root" },
	{ "capabilities.setgid", become_group, NULL, "it becomes another group" },
	{ "capabilities.setgroups", set_groups, NULL, "it joins groups" },
	{ "capabilities.chown-root", give_away, "0", "a file of root's" },
	{ "capabilities.chown-other", give_away, "1", "a file of another user's" },
	{ "capabilities.setuid-program", setuid_program, NULL, "a set-uid program gives power" },
	{ "capabilities.nosuid-project", no_setuid, ".", "set-uid works in the project" },
	{ "capabilities.nosuid-home", no_setuid, "~", "set-uid works in HOME" },
	{ "capabilities.nosuid-tmp", no_setuid, "/tmp", "set-uid works in /tmp" },
	{ "capabilities.nosuid-usr", no_setuid, "/usr", "set-uid works in /usr" },
	{ "capabilities.priority", better_priority, NULL, "it outruns the host" },
	{ "capabilities.real-time", real_time, NULL, "it stops the host" },
	{ "capabilities.raise-limit", raise_limit, NULL, "it raises its limits" },
};
