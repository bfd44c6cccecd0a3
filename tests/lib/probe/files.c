/* SPDX-License-Identifier: MIT */
/* The host's files: its canaries in HOME, its folders, its /etc, its sockets. */

/* ARG under the host's HOME, where a canary was put. */
static void home_file(const char *arg)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", need("home"), arg);
	if (holds_token(path, need("token")))
		exposed("%s is read", path);
	closed("%s", strerror(errno));
}

static void home_listing(const char *arg)
{
	const char *home = need("home");
	DIR        *d = opendir(home);

	(void)arg;
	if (d == NULL)
		closed("%s: %s", home, strerror(errno));
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		if (strstr(e->d_name, "canary") != NULL)
			exposed("%s lists %s", home, e->d_name);
	closed("no canary in %s", home);
}

/* Every folder of /home but the one that leads to the user's own. */
static void home_neighbours(const char *arg)
{
	const char *home = need("home");
	char        own[PATH_MAX] = "";
	const char *other;

	(void)arg;
	if (strncmp(home, "/home/", 6) == 0)
		snprintf(own, sizeof own, "%.*s", (int)strcspn(home + 6, "/"), home + 6);
	other = entry_beyond("/home", own);
	if (other != NULL)
		exposed("/home/%s", other);
	closed("none");
}

/*
 * Is the folder ARG the host's own? Device and inode tell, whatever namespace
 * asks, and whether or not it may be read.
 */
static void same_folder(const char *arg)
{
	char        key[64], id[64];
	const char *host;
	struct stat st;

	snprintf(key, sizeof key, "id:%s", arg);
	host = need(key);
	if (stat(arg, &st) == -1)
		closed("%s", strerror(errno));
	snprintf(id, sizeof id, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	if (strcmp(id, host) == 0)
		exposed("%s is the host's", arg);
	closed("another one");
}

static void readable_folder(const char *arg)
{
	const char *e = entry_beyond(arg, "");

	if (e != NULL)
		exposed("%s lists %s", arg, e);
	closed("nothing to list");
}

static void readable_file(const char *arg)
{
	char buf[16];

	if (slurp(arg, buf, sizeof buf) > 0)
		exposed("%s is read", arg);
	closed("%s", strerror(errno));
}

/* Has the file ARG the bytes that it has on the host? By FNV-1a. */
static void same_text(const char *arg)
{
	static char buf[1 << 18];
	char        key[64], sum[32];
	const char *host;
	ssize_t     n;
	uint64_t    h = 0xcbf29ce484222325;

	snprintf(key, sizeof key, "fnv:%s", arg);
	host = need(key);
	n = slurp(arg, buf, sizeof buf);
	if (n <= 0)
		closed("%s", n == 0 ? "empty" : strerror(errno));
	for (ssize_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)buf[i]) * 0x100000001b3;
	snprintf(sum, sizeof sum, "%016" PRIx64, h);
	if (strcmp(sum, host) == 0)
		exposed("%s is the host's", arg);
	closed("made for the sandbox");
}

/* Names of the host's accounts that no base image has. */
static void foreign_users(const char *arg)
{
	static char text[65536];
	const char *users = need("users");
	char       *save = NULL;

	(void)arg;
	if (slurp("/etc/passwd", text, sizeof text) <= 0)
		closed("no /etc/passwd");
	for (char *l = strtok_r(text, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save)) {
		l[strcspn(l, ":")] = '\0';
		if (in_list(users, l))
			exposed("user %s", l);
	}
	closed("none of the host's");
}

static void ssh_host_keys(const char *arg)
{
	DIR *d = opendir("/etc/ssh");

	(void)arg;
	if (d == NULL)
		closed("%s", strerror(errno));
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		if (strncmp(e->d_name, "ssh_host_", 9) == 0)
			exposed("/etc/ssh/%s", e->d_name);
	closed("none");
}

/* A new file in the folder ARG; it is taken away again. The one above the project is not the host's
 * where that has another inode: the way to the project is then the sandbox's own. */
static void write_into(const char *arg)
{
	const char *host = conf("id:..");
	char        path[PATH_MAX], id[64];
	struct stat st;
	int         fd;

	snprintf(id, sizeof id, "%s", "");
	if (strcmp(arg, "..") == 0 && host != NULL && stat(arg, &st) == 0)
		snprintf(id, sizeof id, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	if (*id != '\0' && strcmp(id, host) != 0)
		closed("another folder");
	snprintf(path, sizeof path, "%s/.wx-probe-%d", arg, (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		closed("%s", strerror(errno));
	unlink(path);
	exposed("a file in %s", arg);
}

/* A socket of a service that acts for its clients. */
static void service_socket(const char *arg)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct stat        st;
	int                fd;

	if (stat(arg, &st) == -1)
		closed("%s", strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		closed("not a socket");
	snprintf(sun.sun_path, sizeof sun.sun_path, "%s", arg);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&sun, sizeof sun) == 0)
		exposed("%s answers", arg);
	exposed("%s is there: %s", arg, strerror(errno));
}

static void session_bus(const char *arg)
{
	char path[64];

	snprintf(path, sizeof path, "/run/user/%ju/%s", (uintmax_t)getuid(), arg);
	service_socket(path);
}

static void sys_write(const char *arg)
{
	struct statfs fs;

	(void)arg;
	if (statfs("/sys", &fs) == -1 || fs.f_type != 0x62656572)
		closed("no sysfs");
	if (fs.f_flags & ST_RDONLY)
		closed("read-only");
	exposed("/sys is mounted for writing");
}

/* A link that the host made in the project, to a file outside. */
static void follow_link(const char *arg)
{
	if (holds_token(arg, need("token")))
		exposed("%s leads to the host's file", arg);
	closed("%s", strerror(errno));
}

static const struct probe files_probes[] = {
	{ "files.home", home_listing, NULL, "the host's HOME is listed" },
	{ "files.home-others", home_neighbours, NULL, "other users' homes" },
	{ "files.ssh", home_file, ".ssh/id_canary", "private ssh keys" },
	{ "files.gnupg", home_file, ".gnupg/private-keys-v1.d/canary.key", "private gpg keys" },
	{ "files.aws", home_file, ".aws/credentials", "cloud credentials" },
	{ "files.kube", home_file, ".kube/config", "cluster credentials" },
	{ "files.docker-config", home_file, ".docker/config.json", "registry credentials" },
	{ "files.config", home_file, ".config/gh/hosts.yml", "the gh token" },
	{ "files.netrc", home_file, ".netrc", "passwords of .netrc" },
	{ "files.git-credentials", home_file, ".git-credentials", "git's stored passwords" },
	{ "files.gitconfig", home_file, ".gitconfig", "tokens in the user's git config" },
	{ "files.claude", home_file, ".claude/.credentials.json", "the host's own Claude session" },
	{ "files.history", home_file, ".bash_history", "the shell's history" },
	{ "files.keyring", home_file, ".local/share/keyrings/canary.keyring", "the desktop's keyring" },
	{ "files.password-store", home_file, ".password-store/canary.gpg", "pass(1)" },
	{ "files.browser", home_file, ".mozilla/firefox/canary/cookies.sqlite", "browser cookies" },
	{ "files.packages", home_file, ".npmrc", "registry tokens" },
	{ "files.state", home_file, ".local/state/wrapix/canary", "wrapix's own state of other projects" },
	{ "files.project-link", follow_link, "./link-out", "a symlink in the project reaches HOME" },
	{ "files.sibling", follow_link, "../sibling/canary", "the folder next to the project" },
	{ "files.id-root", same_folder, "/", "/ is the host's" },
	{ "files.id-etc", same_folder, "/etc", "/etc is the host's" },
	{ "files.id-home", same_folder, "/home", "/home is the host's" },
	{ "files.id-root-home", same_folder, "/root", "/root is the host's" },
	{ "files.id-run", same_folder, "/run", "/run is the host's" },
	{ "files.id-run-user", same_folder, "/run/user", "/run/user is the host's" },
	{ "files.id-tmp", same_folder, "/tmp", "/tmp is the host's" },
	{ "files.id-var", same_folder, "/var", "/var is the host's" },
	{ "files.id-var-lib", same_folder, "/var/lib", "/var/lib is the host's" },
	{ "files.id-var-log", same_folder, "/var/log", "/var/log is the host's" },
	{ "files.id-var-tmp", same_folder, "/var/tmp", "/var/tmp is the host's" },
	{ "files.id-boot", same_folder, "/boot", "/boot is the host's" },
	{ "files.id-sys", same_folder, "/sys", "/sys is the host's" },
	{ "files.id-mnt", same_folder, "/mnt", "/mnt is the host's" },
	{ "files.id-media", same_folder, "/media", "/media is the host's" },
	{ "files.id-srv", same_folder, "/srv", "/srv is the host's" },
	{ "files.id-opt", same_folder, "/opt", "/opt is the host's" },
	{ "files.id-dev", same_folder, "/dev", "/dev is the host's" },
	{ "files.nix-var", readable_folder, "/nix/var", "Nix's state and its daemon's socket" },
	{ "files.root-home", readable_folder, "/root", "root's HOME is listed" },
	{ "files.sys-firmware", readable_folder, "/sys/firmware", "firmware tables" },
	{ "files.sys-block", readable_folder, "/sys/block", "the host's disks" },
	{ "files.sys-write", sys_write, NULL, "sysfs mounted for writing" },
	{ "files.shadow", readable_file, "/etc/shadow", "password hashes" },
	{ "files.etc-passwd", same_text, "/etc/passwd", "the host's list of users" },
	{ "files.etc-users", foreign_users, NULL, "names of the host's users" },
	{ "files.etc-group", same_text, "/etc/group", "the host's list of groups" },
	{ "files.etc-hostname", same_text, "/etc/hostname", "the host's name" },
	{ "files.etc-fstab", same_text, "/etc/fstab", "the host's disks" },
	{ "files.machine-id", same_text, "/etc/machine-id", "the host's identity" },
	{ "files.ssh-host-keys", ssh_host_keys, NULL, "the host's ssh keys" },
	{ "files.write-root", write_into, "/", "a file in /" },
	{ "files.write-usr", write_into, "/usr", "a file in /usr" },
	{ "files.write-bin", write_into, "/bin", "a program in /bin" },
	{ "files.write-lib", write_into, "/lib", "a library in /lib" },
	{ "files.write-etc", write_into, "/etc", "a file in /etc" },
	{ "files.write-dev", write_into, "/dev", "a file in /dev" },
	{ "files.write-var", write_into, "/var", "a file in /var" },
	{ "files.write-run", write_into, "/run", "a file in /run" },
	{ "files.write-opt", write_into, "/opt", "a file in /opt" },
	{ "files.write-nix-store", write_into, "/nix/store", "a file in the Nix store" },
	{ "files.write-parent", write_into, "..", "a file next to the project" },
	{ "files.socket-dbus", service_socket, "/run/dbus/system_bus_socket", "the system bus" },
	{ "files.socket-session", session_bus, "bus", "the session bus" },
	{ "files.socket-wayland", session_bus, "wayland-0", "the user's screen" },
	{ "files.socket-x11", service_socket, "/tmp/.X11-unix/X0", "the user's screen" },
	{ "files.socket-systemd", service_socket, "/run/systemd/private", "systemd's own socket" },
	{ "files.socket-docker", service_socket, "/run/docker.sock", "docker, which is root" },
	{ "files.socket-podman", session_bus, "podman/podman.sock", "the user's podman" },
	{ "files.socket-containerd", service_socket, "/run/containerd/containerd.sock", "containerd" },
	{ "files.socket-nix", service_socket, "/nix/var/nix/daemon-socket/socket", "the Nix daemon" },
};
