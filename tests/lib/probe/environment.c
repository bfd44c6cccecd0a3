/* SPDX-License-Identifier: MIT */
/* What comes in by inheritance: variables and descriptors. */

/* Names that the sandbox may set; a star stands for any end. */
static const char *const allowed[] = {
	"HOME", "USER", "LOGNAME", "PATH", "SHELL", "LANG", "LANGUAGE", "TERM", "TZ", "PWD", "OLDPWD", "SHLVL",
	"_", "HOSTNAME", "container", "COLORTERM", "NO_COLOR", "TMPDIR", "LC_*", "GIT_*", "WX_*",
	"SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "NIX_SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS",
	"CLAUDE_*", "DISABLE_*", "NIX_PATH", "NIX_REMOTE", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME",
	"XDG_STATE_HOME", "EDITOR", "PAGER",
};

static bool name_allowed(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
		size_t n = strlen(allowed[i]);

		if (allowed[i][n - 1] == '*' ? len >= n - 1 && strncmp(name, allowed[i], n - 1) == 0
		                             : len == n && strncmp(name, allowed[i], n) == 0)
			return true;
	}
	return false;
}

static void env_names(const char *arg)
{
	(void)arg;
	for (char **e = environ; *e != NULL; e++)
		if (!name_allowed(*e, strcspn(*e, "=")))
			exposed("%.*s", (int)strcspn(*e, "="), *e);
	closed("expected names only");
}

static void env_token(const char *arg)
{
	const char *token = need("token");

	(void)arg;
	for (char **e = environ; *e != NULL; e++)
		if (strstr(*e, token) != NULL)
			exposed("%.*s", (int)strcspn(*e, "="), *e);
	closed("not in any variable");
}

/* Names that begin with, or end in, the word ARG. */
static void env_kind(const char *arg)
{
	size_t n = strlen(arg);

	for (char **e = environ; *e != NULL; e++) {
		size_t len = strcspn(*e, "=");

		if (len >= n && (strncmp(*e, arg, n) == 0 || strncmp(*e + len - n, arg, n) == 0))
			exposed("%.*s", (int)len, *e);
	}
	closed("none");
}

/* The folders of PATH: one in the project would be the agent's to fill. */
static void env_path(const char *arg)
{
	static char dirs[8192];
	char       *save = NULL;
	const char *path = getenv("PATH");

	(void)arg;
	snprintf(dirs, sizeof dirs, "%s", path != NULL ? path : "");
	for (char *d = strtok_r(dirs, ":", &save); d != NULL; d = strtok_r(NULL, ":", &save))
		if (d[0] != '/' || access(d, W_OK) == 0)
			exposed("%s", d);
	closed("none can be written");
}

static void fd_open(const char *arg)
{
	(void)arg;
	if (n_inherited > 0)
		exposed("descriptor %d", inherited[0]);
	closed("0, 1 and 2");
}

static void fd_folder(const char *arg)
{
	(void)arg;
	if (inherited_folder != -1)
		exposed("descriptor %d is a folder", inherited_folder);
	closed("none");
}

/* A standard stream must not be a folder either, nor lead to the host's HOME. */
static void fd_standard(const char *arg)
{
	struct stat st;

	(void)arg;
	for (int fd = 0; fd <= 2; fd++)
		if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
			exposed("descriptor %d is a folder", fd);
	closed("none is a folder");
}

/* The folder it starts in is the project, and is inside of its root. */
static void fd_cwd(const char *arg)
{
	char        buf[PATH_MAX];
	struct stat cwd, project;

	(void)arg;
	if (getcwd(buf, sizeof buf) == NULL || buf[0] != '/')
		exposed("it starts outside of its root");
	if (stat(".", &cwd) == -1 || stat(need("workspace"), &project) == -1)
		closed("%s", strerror(errno));
	if (cwd.st_dev != project.st_dev || cwd.st_ino != project.st_ino)
		exposed("it starts in %s", buf);
	closed("%s", buf);
}

static const struct probe environment_probes[] = {
	{ "environment.names", env_names, NULL, "variables that nobody asked for" },
	{ "environment.token", env_token, NULL, "a secret of the host in a variable" },
	{ "environment.tokens", env_kind, "_TOKEN", "variables named as tokens" },
	{ "environment.keys", env_kind, "_API_KEY", "variables named as keys" },
	{ "environment.aws", env_kind, "AWS_", "cloud credentials" },
	{ "environment.loader", env_kind, "LD_", "variables of the loader" },
	{ "environment.bus", env_kind, "DBUS_SESSION_BUS_ADDRESS", "the way to the session bus" },
	{ "environment.runtime", env_kind, "XDG_RUNTIME_DIR", "the way to the user's sockets" },
	{ "environment.display", env_kind, "DISPLAY", "the way to the user's screen" },
	{ "environment.path", env_path, NULL, "a folder of PATH that can be written" },
};

static const struct probe descriptors_probes[] = {
	{ "descriptors.open", fd_open, NULL, "a descriptor above 2" },
	{ "descriptors.folder", fd_folder, NULL, "a folder, through which .. leads out" },
	{ "descriptors.standard", fd_standard, NULL, "a folder as a standard stream" },
	{ "descriptors.cwd", fd_cwd, NULL, "it starts elsewhere than in the project" },
};
