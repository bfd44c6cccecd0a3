/* SPDX-License-Identifier: MIT */
#include "builder.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "verbs.h"
#include "format.h"

#include "libcommon/atomic.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/shellword.h"
#include "libcommon/tool/exit.h"
#include "libcommon/tool/strv.h"

const char *const builder_pairs[PAIRS] = { "nix", "shell", "host" };

static const char *program = "wx-builder";
static int locked = -1;

void
builder_program(const char *argv0)
{
	if (argv0 != NULL)
		program = argv0;
}

static void
data_home(char out[static PATH_MAX])
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	/* One that is not absolute is to be ignored (XDG Base Directory Specification). */
	if (data != NULL && *data == '/')
		format_into(out, PATH_MAX, "%s/wrapix", data);
	else if (home != NULL && *home == '/')
		format_into(out, PATH_MAX, "%s/.local/share/wrapix", home);
	else
		errx(exit_code(WX_FAIL), "cannot find the keys: HOME is not set");
}

void
builder_root(char out[static PATH_MAX])
{
	char data[PATH_MAX];

	data_home(data);
	format_into(out, PATH_MAX, "%s/builder-keys", data);
}

static const char *
quoted(const char *s)
{
	static char word[4 * PATH_MAX];

	return wx_shell_word(s, word, sizeof(word));
}

static void
check_folder(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		err(exit_code(WX_FAIL), "cannot look at folder '%s'", path);
	if (st.st_uid != geteuid())
		errx(exit_code(WX_FAIL), "refusing folder '%s': it belongs to uid %lu, not to you", path,
		    (unsigned long)st.st_uid);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		errx(exit_code(WX_FAIL), "refusing folder '%s': others have access to it (mode %04o); "
		    "mend it with: chmod 700 -- %s", path, (unsigned)(st.st_mode & 07777), quoted(path));
}

/* The folder, open and checked; -1 if it is not there. */
static int
open_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1 && errno == ENOENT)
		return -1;
	if (fd == -1)
		err(exit_code(WX_FAIL), "cannot open folder '%s'", path);
	check_folder(fd, path);
	return fd;
}

/* Where it is; "" in FAR: here. It stays where it was started, for there its store is. */
static void
find_host(struct builder *b, const char *connection)
{
	if (b->dir == -1 || builder_read(b, "connection", 0, b->far, sizeof(b->far)) == -1)
		*b->far = '\0';
	b->far[strcspn(b->far, "\n")] = '\0';
	/* Of a start that was killed there may be the one without the other. */
	if (connection != NULL && *b->far != '\0' && b->port > 0 && strcmp(connection, b->far) != 0)
		errx(exit_code(WX_FAIL), "builder '%s' is on the host of connection '%s'; take another name for one on '%s', "
		    "with -N", b->name, b->far, connection);
	if (connection != NULL && *b->far == '\0' && b->port > 0)
		errx(exit_code(WX_FAIL), "builder '%s' is on this host; take another name for one on '%s', with -N", b->name,
		    connection);
	if (connection != NULL)
		format_into(b->far, sizeof(b->far), "%s", connection);
	/* No builder of that host itself has a point in its name. */
	format_into(b->container, sizeof(b->container), "%s%s", b->host, *b->far == '\0' ? "" : ".far");
	if (*b->far != '\0')
		format_into(b->store, sizeof(b->store), "%s", b->container);
}

void
builder_find(struct builder *b, const char *name, const char *connection)
{
	char data[PATH_MAX];

	data_home(data);
	format_into(b->name, sizeof(b->name), "%s", name);
	if (strcmp(name, DEFAULT_NAME) == 0)
		format_into(b->host, sizeof(b->host), "wrapix-builder");
	else
		format_into(b->host, sizeof(b->host), "wrapix-builder-%s", name);
	format_into(b->keys, sizeof(b->keys), "%s/builder-keys/%s", data, name);
	format_into(b->server, sizeof(b->server), "%s/server", b->keys);
	format_into(b->store, sizeof(b->store), "%s/builder-nix/%s", data, name);
	b->dir = open_folder(b->keys);
	b->port = b->dir == -1 ? 0 : (int)builder_number(b, "port");
	if (b->port < 0 || b->port > 65535)
		b->port = 0;
	find_host(b, connection);
}

void
builder_folders(const char *path)
{
	char all[PATH_MAX], *p;

	format_into(all, sizeof(all), "%s", path);
	for (p = all + 1; (p = strchr(p, '/')) != NULL; *p++ = '/') {
		*p = '\0';
		if (mkdir(all, 0700) == -1 && errno != EEXIST)
			err(exit_code(WX_FAIL), "cannot make folder '%s'", all);
	}
	if (mkdir(all, 0700) == -1 && errno != EEXIST)
		err(exit_code(WX_FAIL), "cannot make folder '%s'", all);
}

void
builder_make(struct builder *b)
{
	int fd;

	builder_folders(b->server);
	if (b->dir == -1)
		b->dir = open_folder(b->keys);
	fd = open_folder(b->server);
	if (b->dir == -1 || fd == -1)
		errx(exit_code(WX_TEMP), "cannot make folder '%s': it was taken away again", b->server);
	(void)close(fd);
}

const char *
builder_option(const struct builder *b)
{
	static char text[80];

	format_into(text, sizeof(text), "%s%s", strcmp(b->name, DEFAULT_NAME) == 0 ? "" : " -N ",
	    strcmp(b->name, DEFAULT_NAME) == 0 ? "" : b->name);
	return text;
}

void
builder_must(const struct builder *b)
{
	if (b->dir == -1 || b->port == 0)
		errx(exit_code(WX_FAIL), "builder '%s' was never started; start it with: wx-builder start%s", b->name,
		    builder_option(b));
}

void
builder_lock(struct builder *b, long seconds)
{
	/* Not K itself, which wx-keygen locks. */
	locked = open_folder(b->server);
	if (locked == -1 || wx_dir_lock(locked, (int)seconds * 1000) == -1)
		errx(exit_code(WX_TEMP), "cannot lock builder '%s': another run is at work on it; try again", b->name);
}

void
builder_unlock(struct builder *b)
{
	(void)b;
	(void)close(locked);
	locked = -1;
}

int
builder_lock_ports(long seconds)
{
	char root[PATH_MAX];
	int fd;

	builder_root(root);
	fd = open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || wx_dir_lock(fd, (int)seconds * 1000) == -1)
		errx(exit_code(WX_TEMP), "cannot lock '%s': another builder is being started; try again", root);
	return fd;
}

bool
builder_end_holder(int fd, int sig)
{
	unsigned long long pid;
	char text[32] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) > 0 && (pid = strtoull(text, NULL, 10)) > 1)
		(void)kill((pid_t)pid, sig);
	return wx_dir_lock(fd, 2000) == 0;
}

ssize_t
builder_read(const struct builder *b, const char *name, int secret, char *buf, size_t cap)
{
	int fd = openat(b->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	ssize_t n;

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		errx(exit_code(WX_FAIL), "refusing '%s/%s': not a file", b->keys, name);
	if (secret && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		errx(exit_code(WX_FAIL), "refusing '%s/%s': others have access to it; mend it with: chmod 600 -- %s/%s",
		    b->keys, name, quoted(b->keys), name);
	n = wx_read_all(fd, buf, cap - 1);
	(void)close(fd);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

void
builder_write(const struct builder *b, const char *name, const char *text)
{
	char old[16384];
	ssize_t n = builder_read(b, name, 1, old, sizeof(old));

	if (n >= 0 && strcmp(old, text) == 0)
		return;
	if (wx_file_replace(b->dir, name, 0600, text, strlen(text)) == -1)
		err(exit_code(WX_FAIL), "cannot write '%s/%s'", b->keys, name);
}

void
builder_forget(const struct builder *b, const char *name)
{
	if (unlinkat(b->dir, name, 0) == -1 && errno != ENOENT)
		err(exit_code(WX_FAIL), "cannot remove '%s/%s'", b->keys, name);
}

unsigned long long
builder_number(const struct builder *b, const char *name)
{
	char text[32];

	if (builder_read(b, name, 0, text, sizeof(text)) < 1 || strspn(text, "0123456789\n") != strlen(text))
		return 0;
	return strtoull(text, NULL, 10);
}

static char *
executable(const char *dir, size_t len, const char *name)
{
	char *path = xprintf("%.*s/%s", (int)len, dir, name);
	struct stat st;

	if (*path == '/' && stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0)
		return path;
	free(path);
	return NULL;
}

char *
builder_which(const char *name)
{
	const char *path = getenv("PATH"), *slash = strrchr(program, '/');
	char real[PATH_MAX], *found = NULL;
	size_t n;

	for (; path != NULL && found == NULL; path = path[n] == '\0' ? NULL : path + n + 1) {
		n = strcspn(path, ":");
		found = executable(path, n, name);
	}
	if (found == NULL && slash != NULL && realpath(program, real) != NULL)
		found = executable(real, (size_t)(strrchr(real, '/') - real), name);
	return found;
}
