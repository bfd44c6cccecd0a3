/* SPDX-License-Identifier: MIT */
/*
 * Traps in the project: files that the host's git, shell or editor would obey.
 * Every way to change one is tried, undone where it worked, and named. What no
 * mount can stop is done, left, and reported: the tool must name it after.
 */

/* The ways that worked. */
static char worked[256];

static void way(const char *name)
{
	size_t n = strlen(worked);

	snprintf(worked + n, sizeof worked - n, "%s%s", n > 0 ? " " : "", name);
}

static _Noreturn void no_way(const char *path)
{
	if (worked[0] != '\0')
		exposed("%s: %s", path, worked);
	closed("%s", path);
}

/* A name next to PATH. */
static const char *beside(const char *path)
{
	static char buf[PATH_MAX];

	snprintf(buf, sizeof buf, "%s.wx-probe", path);
	return buf;
}

/* Away under another name, and back. */
static void try_rename(const char *path)
{
	const char *other = beside(path);

	if (rename(path, other) == 0) {
		way("rename");
		rename(other, path);
	}
}

/* Another file or folder in its place, and out again. */
static void try_replace(const char *path, bool folder)
{
	const char *other = beside(path);
	int         fd = -1;

	if (folder)
		mkdir(other, 0755);
	else
		fd = open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (syscall(SYS_renameat2, AT_FDCWD, other, AT_FDCWD, path, 2 /* exchange */) == 0) {
		way("replace");
		syscall(SYS_renameat2, AT_FDCWD, other, AT_FDCWD, path, 2);
	}
	if (fd != -1)
		close(fd);
	if (folder)
		rmdir(other);
	else
		unlink(other);
}

/* The mode that it has, set once more. */
static void try_chmod(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && chmod(path, st.st_mode & 07777) == 0)
		way("chmod");
}

/* A second name, which the protection of the first does not cover. */
static void try_link(const char *path)
{
	static const char alias[] = ".wx-probe-alias";
	int               fd;

	if (link(path, alias) == -1)
		return;
	fd = open(alias, O_WRONLY | O_CLOEXEC);
	if (fd != -1) {
		way("link");
		close(fd);
	}
	unlink(alias);
}

/* Gone, and made again with the bytes that it had. */
static void try_unlink(const char *path)
{
	static char text[65536];
	ssize_t     n = slurp(path, text, sizeof text);
	int         fd;

	if (n == -1 || unlink(path) == -1)
		return;
	way("unlink");
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd == -1 || write(fd, text, (size_t)n) != n)
		way("and lost");
	if (fd != -1)
		close(fd);
}

/*
 * Below .git: where that is not the host's, which it is told by HEAD's inode, nothing done in it is
 * seen by the host's git.
 */
static void own_git(const char *arg)
{
	const char *host = conf("id:.git/HEAD");
	struct stat st;
	char        now[64];

	if (strncmp(arg, ".git/", 5) != 0 || host == NULL || stat(".git/HEAD", &st) == -1)
		return;
	snprintf(now, sizeof now, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	if (strcmp(now, host) != 0)
		closed("%s: not the host's", arg);
}

/* A file that is there. */
static void trap_file(const char *arg)
{
	int fd;

	own_git(arg);
	if (access(arg, F_OK) == -1)
		skip("the project has no %s", arg);
	fd = open(arg, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd != -1) {
		way("write");
		close(fd);
	}
	try_chmod(arg);
	try_link(arg);
	try_rename(arg);
	try_replace(arg, false);
	try_unlink(arg);
	no_way(arg);
}

/* A file that git looks for and that is mostly not there. */
static void trap_absent(const char *arg)
{
	bool there;
	int  fd;

	own_git(arg);
	there = access(arg, F_OK) == 0;
	fd = open(arg, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd != -1) {
		way("write");
		close(fd);
		if (!there)
			unlink(arg);
	}
	if (there) {
		try_chmod(arg);
		try_rename(arg);
		try_replace(arg, false);
		try_unlink(arg);
	} else if (symlink("/dev/null", arg) == 0) {
		way("symlink");
		unlink(arg);
	}
	no_way(arg);
}

/* A folder: nothing new in it, nothing in it changed, and itself in its place. */
static void trap_folder(const char *arg)
{
	char        path[PATH_MAX];
	const char *e;
	int         fd;

	own_git(arg);
	if (access(arg, F_OK) == -1)
		skip("the project has no %s", arg);
	snprintf(path, sizeof path, "%s/wx-probe", arg);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (fd != -1) {
		way("create");
		close(fd);
		unlink(path);
	}
	if (mkdir(path, 0755) == 0) {
		way("mkdir");
		rmdir(path);
	}
	e = entry_beyond(arg, "");
	if (e != NULL) {
		snprintf(path, sizeof path, "%s/%s", arg, e);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd != -1) {
			way("write");
			close(fd);
		}
		try_chmod(path);
	}
	try_rename(arg);
	try_replace(arg, true);
	no_way(arg);
}

/* A folder above a protected one: renamed, it takes the protection with it. */
static void trap_ancestor(const char *arg)
{
	own_git(arg);
	if (access(arg, F_OK) == -1)
		skip("the project has no %s", arg);
	try_rename(arg);
	try_replace(arg, true);
	no_way(arg);
}

/* A new file of a protected kind, in folders that may be new too. It stays. */
static void new_file(const char *arg)
{
	char dir[PATH_MAX];
	int  fd;

	for (const char *p = arg; (p = strchr(p, '/')) != NULL; p++) {
		snprintf(dir, sizeof dir, "%.*s", (int)(p - arg), arg);
		mkdir(dir, 0755);
	}
	fd = open(arg, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd == -1)
		closed("%s: %s", arg, strerror(errno));
	if (write(fd, "# wx-probe\n", 11) != 11)
		skip("%s", strerror(errno));
	report("%s", arg);
}

static bool put_file(const char *path, const char *text)
{
	int  fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool ok = fd != -1 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd != -1)
		close(fd);
	return ok;
}

/* What makes ARG a repository, with a program that git status would run. */
static bool make_repository(const char *arg)
{
	static const char *const dirs[] = { "", "/.git", "/.git/objects", "/.git/refs" };
	char                     path[PATH_MAX];

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		snprintf(path, sizeof path, "%s%s", arg, dirs[i]);
		if (mkdir(path, 0755) == -1)
			return false;
	}
	snprintf(path, sizeof path, "%s/.git/HEAD", arg);
	if (!put_file(path, "ref: refs/heads/main\n"))
		return false;
	snprintf(path, sizeof path, "%s/.git/config", arg);
	return put_file(path, "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = touch /tmp/wx-probe-ran\n");
}

static void nested_repository(const char *arg)
{
	if (!make_repository(arg))
		closed("%s: %s", arg, strerror(errno));
	report("%s/.git", arg);
}

/* The same, and an entry in the index, so that git goes into it. */
static void gitlink(const char *arg)
{
	char  entry[128];
	pid_t pid;
	int   status = 0;

	snprintf(entry, sizeof entry, "160000,1111111111111111111111111111111111111111,%s", arg);
	pid = fork_child();
	if (pid == 0) {
		execlp("git", "git", "update-index", "--add", "--cacheinfo", entry, (char *)NULL);
		_exit(127);
	}
	if (pid == -1 || waitpid(pid, &status, 0) == -1 || !WIFEXITED(status) || WEXITSTATUS(status) == 127)
		skip("no git");
	if (WEXITSTATUS(status) != 0)
		closed("git refuses");
	if (!make_repository(arg))
		closed("%s: %s", arg, strerror(errno));
	report("%s/.git", arg);
}

/* A submodule's pointer, turned to another repository. */
static void pointer(const char *arg)
{
	if (access(arg, F_OK) == -1)
		skip("the project has no %s", arg);
	if (!put_file(arg, "gitdir: ../.wx-probe-git\n"))
		closed("%s", strerror(errno));
	report("%s", arg);
}

static void setuid_file(const char *arg)
{
	if (!put_file(arg, "#!/bin/sh\nid\n") || chmod(arg, 04755) == -1)
		closed("%s", strerror(errno));
	report("%s", arg);
}

static void link_outside(const char *arg)
{
	if (symlink("/etc/passwd", arg) == -1)
		closed("%s", strerror(errno));
	report("%s", arg);
}

static const struct probe workspace_probes[] = {
	{ "workspace.git", trap_ancestor, ".git", "the repository, moved away" },
	{ "workspace.config", trap_file, ".git/config", "programs that git runs" },
	{ "workspace.hooks", trap_folder, ".git/hooks", "programs that git runs" },
	{ "workspace.hooks-path", trap_folder, ".githooks", "the target of core.hooksPath" },
	{ "workspace.commondir", trap_absent, ".git/commondir", "another config for git" },
	{ "workspace.config-worktree", trap_absent, ".git/config.worktree", "another config for git" },
	{ "workspace.modules", trap_ancestor, ".git/modules", "submodules' repositories, moved away" },
	{ "workspace.module-config", trap_file, ".git/modules/sub/config", "a submodule's config" },
	{ "workspace.module-hooks", trap_folder, ".git/modules/sub/hooks", "a submodule's hooks" },
	{ "workspace.worktrees", trap_ancestor, ".git/worktrees", "worktrees, moved away" },
	{ "workspace.worktree", trap_ancestor, ".git/worktrees/w1", "a worktree, moved away" },
	{ "workspace.worktree-commondir", trap_file, ".git/worktrees/w1/commondir", "another config for git" },
	{ "workspace.worktree-gitdir", trap_file, ".git/worktrees/w1/gitdir", "another place for git" },
	{ "workspace.worktree-config", trap_absent, ".git/worktrees/w1/config.worktree", "another config for git" },
	{ "workspace.gitmodules", trap_file, ".gitmodules", "where submodules come from" },
	{ "workspace.envrc", trap_file, ".envrc", "direnv" },
	{ "workspace.tool-versions", trap_file, ".tool-versions", "asdf and mise" },
	{ "workspace.mise", trap_file, ".mise.toml", "mise" },
	{ "workspace.npmrc", trap_file, ".npmrc", "npm" },
	{ "workspace.yarnrc", trap_file, ".yarnrc.yml", "yarn" },
	{ "workspace.pypirc", trap_file, ".pypirc", "twine" },
	{ "workspace.netrc", trap_file, ".netrc", "curl and git" },
	{ "workspace.mcp", trap_file, ".mcp.json", "servers that the host's agent starts" },
	{ "workspace.vscode", trap_folder, ".vscode", "tasks of the editor" },
	{ "workspace.idea", trap_folder, ".idea", "tasks of the editor" },
	{ "workspace.devcontainer", trap_folder, ".devcontainer", "commands of the editor" },
	{ "workspace.claude", trap_ancestor, ".claude", "the agent's settings, moved away" },
	{ "workspace.claude-settings", trap_file, ".claude/settings.json", "hooks of the host's agent" },
	{ "workspace.claude-local", trap_file, ".claude/settings.local.json", "hooks of the host's agent" },
	{ "workspace.claude-hooks", trap_folder, ".claude/hooks", "hooks of the host's agent" },
	{ "workspace.claude-commands", trap_folder, ".claude/commands", "commands of the host's agent" },
	{ "workspace.claude-agents", trap_folder, ".claude/agents", "agents of the host's agent" },
	{ "workspace.github", trap_ancestor, ".github", "workflows, moved away" },
	{ "workspace.workflows", trap_folder, ".github/workflows", "what the forge runs" },
	{ "workspace.new-yarnrc", new_file, ".yarnrc", "a file of a protected kind, made new" },
	{ "workspace.new-config-envrc", new_file, "deep/er/.envrc", "the same, below" },
	{ "workspace.new-vscode", new_file, "deep/.vscode/tasks.json", "a folder of a protected kind, made new" },
	{ "workspace.new-mcp", new_file, "deep/.mcp.json", "a file of a protected kind, made new" },
	{ "workspace.nested", nested_repository, "nested", "a repository in the repository" },
	{ "workspace.gitlink", gitlink, "linked", "a repository that the index names" },
	{ "workspace.pointer", pointer, "sub/.git", "a submodule's pointer, turned" },
	{ "workspace.setuid", setuid_file, "setuid-file", "a set-uid file" },
	{ "workspace.link-outside", link_outside, "link-outside", "a symlink that leaves the project" },
};
