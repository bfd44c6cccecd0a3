/* SPDX-License-Identifier: MIT */
#include "look.h"

#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/magic.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/imagespec.h"
#include "libcommon/selinux.h"
#include "libcommon/tool/capture.h"
#include "libcommon/tool/path.h"
#include "libcommon/tool/program.h"
#include "libcommon/tool/strv.h"
#include "libcommon/tool/usercgroup.h"
#include "libcommon/usersystemd.h"
#include "libcommon/utf8.h"

#define IDS 65536UL   /* numbers of users that an image may have */

/* WHAT and MEND become the fact's own. */
static void
add(struct facts *f, bool ok, const char *name, char *what, char *mend)
{
	if (f->n == sizeof(f->v) / sizeof(*f->v))
		errx(WX_FAIL, "too many facts of podman");
	f->v[f->n++] = (struct fact){ ok, name, what, mend };
}

bool
program_says(const char *const argv[], char *buf, size_t cap)
{
	char all[4096];
	struct capture c;

	if (capture_start(&c, argv, (const char *const *)environ) == -1 ||
	    capture_finish(&c, all, sizeof(all), 0) == -1)
		return false;
	all[strcspn(all, "\n")] = '\0';
	if (buf != NULL)
		(void)snprintf(buf, cap, "%s", wx_utf8_clean(all));
	return true;
}

struct version
version_in(const char *said)
{
	static const char word[] = "version ";
	const char *at = strstr(said, word);
	struct version v = { 0, 0 };
	char *end;

	if (at == NULL)
		return v;
	v.major = strtoul(at + sizeof(word) - 1, &end, 10);
	if (*end == '.')
		v.minor = strtoul(end + 1, NULL, 10);
	return v;
}

/* The text of a small file; NULL if it cannot be read. The caller owns it. */
static char *
text_of(const char *path)
{
	static char buf[65536];

	return wx_read_text(AT_FDCWD, path, 0, buf, sizeof(buf)) == -1 ? NULL : xstrdup(buf);
}

static bool
look_program(struct facts *f, char **path)
{
	char said[128];
	struct version v;
	bool ok;

	*path = program_in(getenv("PATH"), "podman");
	if (*path == NULL) {
		add(f, false, "podman", xstrdup("not on PATH"), xstrdup("apt install podman"));
		return false;
	}
	if (!program_says((const char *const[]){ *path, "--version", NULL }, said,
	    sizeof(said))) {
		add(f, false, "podman", xprintf("'%s --version' fails", *path),
		    xstrdup("apt install --reinstall podman"));
		return false;
	}
	v = version_in(said);
	ok = v.major > 4 || (v.major == 4 && v.minor >= 3);
	add(f, ok, "podman", xprintf("%s, %s", said, *path), xstrdup("podman 4.3 or newer"));
	return ok;
}

/* "NAME:FROM:COUNT", as subuid(5) has it: the numbers. */
static bool
parse_range(const char *line, unsigned long *from, unsigned long *n)
{
	const char *p = strchr(line, ':');
	char *end;

	if (p == NULL || p[1] < '0' || p[1] > '9')
		return false;
	*from = strtoul(p + 1, &end, 10);
	if (*end != ':' || end[1] < '0' || end[1] > '9')
		return false;
	*n = strtoul(end + 1, NULL, 10);
	return *from <= UINT32_MAX && *n <= UINT32_MAX;
}

/* How many numbers FILE gives the user; *FIRST becomes the first after all ranges. */
static unsigned long
count_ids(const char *user, const char *file, unsigned long *first)
{
	char *text = text_of(file), *line, *save = NULL, uid[32];
	unsigned long from, n, sum = 0;

	(void)snprintf(uid, sizeof(uid), "%u", (unsigned)getuid());
	for (line = text == NULL ? NULL : strtok_r(text, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save)) {
		if (!parse_range(line, &from, &n))
			continue;
		if (from + n > *first)
			*first = from + n;
		*strchr(line, ':') = '\0';
		if (strcmp(line, user) == 0 || strcmp(line, uid) == 0)
			sum += n;
	}
	free(text);
	return sum;
}

static void
look_ids(struct facts *f)
{
	const struct passwd *pw = getpwuid(getuid());
	const char *user = pw == NULL ? "user" : pw->pw_name;
	unsigned long first = 100000;
	unsigned long u = count_ids(user, "/etc/subuid", &first);
	unsigned long g = count_ids(user, "/etc/subgid", &first);
	bool ok = u >= IDS && g >= IDS;
	char *add_u = xprintf(" --add-subuids %lu-%lu", first, first + IDS - 1);
	char *add_g = xprintf(" --add-subgids %lu-%lu", first, first + IDS - 1);

	add(f, ok, "users", xprintf("%lu in /etc/subuid and %lu in /etc/subgid for '%s'%s", u, g,
	    user, ok ? "" : ", of 65536"), xprintf("sudo usermod%s%s %s && podman system migrate",
	    u >= IDS ? "" : add_u, g >= IDS ? "" : add_g, user));
	free(add_u);
	free(add_g);
}

/* They must gain a right: by their set-uid bit, or by a capability of the file. */
static void
look_map(struct facts *f, const char *name)
{
	char *path = program_in(getenv("PATH"), name), cap[64];
	struct stat st;
	bool ok = false;

	if (path != NULL && stat(path, &st) == 0)
		ok = (st.st_uid == 0 && (st.st_mode & S_ISUID) != 0) ||
		    getxattr(path, "security.capability", cap, sizeof(cap)) > 0;
	if (path == NULL)
		add(f, false, name, xstrdup("not on PATH"), xstrdup("apt install uidmap"));
	else
		add(f, ok, name, xprintf("%s%s", path, ok ? "" : " is not set-uid root"),
		    xprintf("sudo chmod u+s %s", path));
	free(path);
}

static bool
look_runtime(struct facts *f)
{
	char *crun = program_in(getenv("PATH"), "crun"), *runc = crun != NULL ? NULL : program_in(getenv("PATH"), "runc");
	bool is_crun = crun != NULL;

	add(f, crun != NULL || runc != NULL, "runtime", crun != NULL ? crun : runc != NULL ? runc :
	    xstrdup("neither crun nor runc is on PATH"), xstrdup("apt install crun"));
	return is_crun;
}

/* --- storage */

/* The value of KEY in the table [storage]: KEY = "VALUE". The caller owns it. */
static char *
toml_value(const char *text, const char *key)
{
	const char *line, *next, *v;
	bool in = false;

	for (line = text; line != NULL && *line != '\0'; line = next) {
		next = strchr(line, '\n');
		next = next == NULL ? NULL : next + 1;
		line += strspn(line, " \t");
		if (*line == '[')
			in = strncmp(line, "[storage]", 9) == 0;
		if (!in || strncmp(line, key, strlen(key)) != 0)
			continue;
		v = line + strlen(key);
		v += strspn(v, " \t");
		if (*v != '=')
			continue;
		v += 1 + strspn(v + 1, " \t");
		if (*v == '"' || *v == '\'')
			return xprintf("%.*s", (int)strcspn(v + 1, (char[]){ *v, '\n', '\0' }), v + 1);
	}
	return NULL;
}

/* As podman reads them: the user's instead of the system's (containers-storage.conf(5)). */
struct storage {
	char *conf;      /* the file that counts, or NULL */
	char *driver;    /* that is asked for, or NULL */
	char *root;
	bool  by_env;         /* the driver is that of STORAGE_DRIVER */
	bool  vfs, overlay;   /* made already */
};

/* The user's directory of the variable NAME, which is to be absolute, else FALLBACK below HOME. The caller owns it. */
static char *
xdg(const char *name, const char *fallback)
{
	const char *dir = getenv(name), *home = getenv("HOME");

	return dir != NULL && *dir == '/' ? xstrdup(dir) : xprintf("%s/%s", home == NULL ? "" : home, fallback);
}

static void
find_conf(struct storage *s)
{
	char *config = xdg("XDG_CONFIG_HOME", ".config"), *data = xdg("XDG_DATA_HOME", ".local/share");
	char *own = xprintf("%s/containers/storage.conf", config), *text;
	const char *asked = getenv("CONTAINERS_STORAGE_CONF"), *driver = getenv("STORAGE_DRIVER");
	const char *const files[] = { asked != NULL ? asked : own, "/etc/containers/storage.conf",
	    "/usr/share/containers/storage.conf" };
	size_t i;

	for (i = 0; i < 3 && s->conf == NULL; i++) {
		text = text_of(files[i]);
		if (text == NULL)
			continue;
		s->conf = xstrdup(files[i]);
		s->driver = toml_value(text, "driver");
		/* The system's graphroot is root's. */
		s->root = i == 0 ? toml_value(text, "graphroot") : NULL;
		if (s->root == NULL || *s->root == '\0')
			s->root = toml_value(text, "rootless_storage_path");
		free(text);
	}
	s->by_env = driver != NULL && *driver != '\0';
	if (s->by_env) {
		free(s->driver);
		s->driver = xstrdup(driver);
	}
	/* $HOME and the like in it: then what is made there is not seen. */
	if (s->root == NULL || *s->root != '/')
		s->root = xprintf("%s/containers/storage", data);
	free(own);
	free(config);
	free(data);
}

static bool
is_made(const char *root, const char *driver)
{
	char *dir = xprintf("%s/%s-images", root, driver);
	bool made = access(dir, F_OK) == 0;

	free(dir);
	return made;
}

/*
 * vfs copies the image for each container, which takes seconds. It is what podman up
 * to 4 takes where no driver is named, and it stays with the one that its storage
 * was made with, whatever is named later.
 */
static bool
look_storage(unsigned long major, struct facts *f)
{
	static const char mend[] = "mkdir -p ~/.config/containers; printf "
	    "'[storage]\\ndriver = \"overlay\"\\n' > ~/.config/containers/storage.conf";
	static const char trap[] = "vfs, which copies the image at each start";
	struct storage s = { 0 };
	bool made;

	find_conf(&s);
	s.vfs = is_made(s.root, "vfs");
	s.overlay = is_made(s.root, "overlay");
	made = s.vfs || s.overlay;
	if (s.vfs && !s.overlay)
		add(f, false, "storage", xprintf("%s: made so in '%s'", trap, s.root),
		    xprintf("%s; podman system reset (its images and containers are lost)", mend));
	else if (s.driver != NULL && strcmp(s.driver, "vfs") == 0 && !s.overlay)
		add(f, false, "storage", xprintf("%s: named by %s", trap, s.by_env ?
		    "STORAGE_DRIVER" : s.conf), xstrdup(s.by_env ? "unset STORAGE_DRIVER" : mend));
	else if (!made && s.driver == NULL && major < 5)
		add(f, false, "storage", xprintf("none is made yet, and no driver named: podman %lu may "
		    "take %s", major, trap), xstrdup(mend));
	else if (!made)
		add(f, true, "storage", xprintf("%s; none is made yet", s.driver == NULL ?
		    "no driver is named, podman chooses" : s.driver), NULL);
	else
		add(f, true, "storage", xprintf("%s in '%s'", s.overlay ? "overlay" : s.driver,
		    s.root), NULL);
	free(s.conf);
	free(s.driver);
	free(s.root);
	return made;
}

/* --- the kernel's part */

static void
look_cgroup(bool crun, struct facts *f)
{
	char given[256] = "";
	struct statfs fs;
	struct usercgroup l = usercgroup(getuid());
	bool v2 = statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
	bool hybrid = !v2 && access("/sys/fs/cgroup/unified", F_OK) == 0;

	if (v2)
		wx_usersystemd_controllers(getuid(), given, sizeof(given));
	if (hybrid && crun) {
		add(f, false, "cgroup", xstrdup("versions 1 and 2 mixed, which crun refuses"),
		    xstrdup("boot with systemd.unified_cgroup_hierarchy=1"));
		return;
	}
	/* podman then starts it with --cgroups=disabled, which of runc it refuses. */
	if (!l.limits && !crun) {
		add(f, false, "cgroup", xstrdup("none that is the user's, without which only crun "
		    "can be the runtime"), xstrdup("apt install crun"));
		return;
	}
	add(f, true, "cgroup", xprintf("version %s, the user's: %s; %s", v2 ? "2" : "1",
	    *given == '\0' ? "none" : given, l.cpus ?
	    "memory, processes and processors are limited by it" : l.limits ?
	    "memory and processes are limited by it, processors not" :
	    "memory and processes are limited by rlimits, processors not"), NULL);
}

/* Its label lets a container read no file of the user's: podman_system takes that away. */
static void
look_selinux(struct facts *f)
{
	add(f, true, "selinux", xstrdup(wx_selinux_enforcing() ? "enforcing: the container runs without a label "
	    "of its own, else it could not read the project" : "not enforcing"), NULL);
}

static void
look_image(const char *podman, const char *image, bool made, struct facts *f)
{
	const char *rest;
	bool ok;

	if (image == NULL || wx_image_parse(image, &rest) != WX_IMAGE_NAME)
		return;
	/* To ask podman would make the storage. */
	ok = made && program_says((const char *const[]){ podman, "image", "exists", "--", image,
	    NULL }, NULL, 0);
	add(f, ok, "image", xprintf("%s%s", image, ok ? "" : " is not here"),
	    strncmp(image, "localhost/", 10) == 0 ? xprintf("podman build -t %s DIR", image) :
	    xprintf("podman pull %s", image));
}

void
podman_look(const char *image, struct facts *f)
{
	char *path;
	unsigned long major = 0;
	bool there = look_program(f, &path), crun, made;

	if (there)
		major = version_in(f->v[0].what).major;
	look_ids(f);
	look_map(f, "newuidmap");
	look_map(f, "newgidmap");
	crun = look_runtime(f);
	made = look_storage(major, f);
	look_cgroup(crun, f);
	look_selinux(f);
	if (there)
		look_image(path, image, made, f);
	free(path);
}
