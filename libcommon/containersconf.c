/* SPDX-License-Identifier: MIT */
#include "libcommon/containersconf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/fileio.h"

#define FILE_MAX  65536
#define VALUE_MAX 1024
#define TABLE_MAX 64
#define RUNTIMES  "engine.runtimes"
#define NRUNTIMES 16

static const char head[] = "# Made by wrapix: what podman's settings say of podman's own programs and directories.\n";

/* What is taken, and of the last file that says it its value, as it stands there. */
struct setting {
	const char *table, *key;
	char        value[VALUE_MAX];
};

struct conf {
	struct setting one[11];
	/* How programs are called that run containers: any key. */
	struct { char key[TABLE_MAX], value[VALUE_MAX]; } runtime[NRUNTIMES];
	size_t nruntimes;
};

static const struct conf none = { .one = {
	{ "engine", "cgroup_manager", "" },
	{ "engine", "conmon_path", "" },
	{ "engine", "database_backend", "" },
	{ "engine", "helper_binaries_dir", "" },
	{ "engine", "network_cmd_path", "" },
	{ "engine", "runtime", "" },
	{ "engine", "static_dir", "" },
	{ "engine", "tmp_dir", "" },
	{ "engine", "volume_path", "" },
	{ "network", "default_rootless_network_cmd", "" },
	{ "network", "network_backend", "" },
} };
#define NSETTINGS (sizeof(none.one) / sizeof(none.one[0]))

/* --- TOML (toml.io), as far as podman's files are written in it */

/* Behind the string that begins at P; NULL: it has no end. */
static const char *
skip_string(const char *p)
{
	char quote = *p, three[4] = { quote, quote, quote, '\0' };

	if (strncmp(p, three, 3) == 0) {
		p = strstr(p + 3, three);
		return p == NULL ? NULL : p + 3;
	}
	for (p++; *p != quote; p++) {
		if (*p == '\\' && quote == '"' && p[1] != '\0')
			p++;
		if (*p == '\0' || *p == '\n')
			return NULL;
	}
	return p + 1;
}

/* Behind the value that begins at P, which may be an array over several lines; NULL: it has no end. */
static const char *
skip_value(const char *p)
{
	int depth = 0;

	for (; *p != '\0' && !(depth == 0 && (*p == '\n' || *p == '#')); p++) {
		if (*p == '#')
			p += strcspn(p, "\n") - 1;
		else if (*p == '"' || *p == '\'') {
			p = skip_string(p);
			if (p == NULL)
				return NULL;
			p--;
		} else if (*p == '[' || *p == '{') {
			depth++;
		} else if (*p == ']' || *p == '}') {
			depth--;
		}
		if (depth < 0)
			return NULL;
	}
	return depth == 0 ? p : NULL;
}

/* The words from P to END without blanks and quotes: a table's name, or a key. False: too long. */
static bool
name(const char *p, const char *end, char out[static TABLE_MAX])
{
	size_t n = 0;

	for (; p < end; p++) {
		if (strchr(" \t\r\"'", *p) != NULL)
			continue;
		if (n + 1 == TABLE_MAX)
			return false;
		out[n++] = *p;
	}
	out[n] = '\0';
	return true;
}

static bool
copy_value(const char *p, const char *end, char out[static VALUE_MAX])
{
	while (end > p && strchr(" \t\r", end[-1]) != NULL)
		end--;
	if (end - p >= VALUE_MAX)
		return false;
	memcpy(out, p, (size_t)(end - p));
	out[end - p] = '\0';
	return true;
}

static char *
runtime(struct conf *c, const char *key)
{
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t i;

	if (*key == '\0' || strspn(key, chars) != strlen(key))
		return NULL;

	for (i = 0; i < c->nruntimes; i++)
		if (strcmp(c->runtime[i].key, key) == 0)
			return c->runtime[i].value;
	if (i == NRUNTIMES)
		return NULL;
	(void)snprintf(c->runtime[i].key, sizeof(c->runtime[i].key), "%s", key);
	return c->runtime[c->nruntimes++].value;
}

/* KEY of TABLE is what stands from P to END. Returns 0, or EFBIG. */
static int
take(struct conf *c, const char *table, const char *key, const char *p, const char *end)
{
	char *value;
	size_t i;

	if (strcmp(table, RUNTIMES) == 0) {
		value = runtime(c, key);
		return value != NULL && copy_value(p, end, value) ? 0 : EFBIG;
	}
	for (i = 0; i < NSETTINGS; i++)
		if (strcmp(c->one[i].table, table) == 0 && strcmp(c->one[i].key, key) == 0)
			return copy_value(p, end, c->one[i].value) ? 0 : EFBIG;
	return 0;
}

/* TEXT of one file. Returns 0, EINVAL or EFBIG. */
static int
read_text(struct conf *c, const char *text)
{
	char table[TABLE_MAX] = "", key[TABLE_MAX];
	const char *p = text, *end, *equals;
	int rc = 0;

	while (rc == 0 && *(p += strspn(p, " \t\r\n")) != '\0') {
		end = p + strcspn(p, "\n");
		if (*p == '[') {
			equals = memchr(p, ']', (size_t)(end - p));
			if (equals == NULL)
				return EINVAL;
			/* One whose name is long is none of ours. */
			if (!name(p + 1, equals, table))
				*table = '\0';
		} else if (*p != '#') {
			equals = memchr(p, '=', (size_t)(end - p));
			if (equals == NULL)
				return EINVAL;
			end = skip_value(equals + 1 + strspn(equals + 1, " \t"));
			if (end == NULL)
				return EINVAL;
			if (name(p, equals, key))
				rc = take(c, table, key, equals + 1 + strspn(equals + 1, " \t"), end);
			end += strcspn(end, "\n");
		}
		p = end;
	}
	return rc;
}

/* --- the files */

static int
read_file(struct conf *c, const char *path)
{
	static char text[FILE_MAX + 1];
	ssize_t n = wx_read_text(AT_FDCWD, path, 0, text, sizeof(text));

	if (n == -1)
		return errno == ENOENT || errno == ENOTDIR ? 0 : errno;
	return strlen(text) == (size_t)n ? read_text(c, text) : EINVAL;
}

static int
is_conf(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return len > 5 && strcmp(d->d_name + len - 5, ".conf") == 0;
}

/* DIR/containers.conf, and those of DIR/containers.conf.d. BAD: the last that was looked at. */
static int
read_dir(struct conf *c, const char *dir, char *bad, size_t cap)
{
	char sub[PATH_MAX];
	struct dirent **list;
	int i, n, rc;

	(void)snprintf(bad, cap, "%s/containers.conf", dir);
	rc = read_file(c, bad);
	(void)snprintf(sub, sizeof(sub), "%s/containers.conf.d", dir);
	n = rc == 0 ? scandir(sub, &list, is_conf, alphasort) : -1;
	for (i = 0; i < n; i++) {
		if (rc == 0) {
			(void)snprintf(bad, cap, "%s/%s", sub, list[i]->d_name);
			rc = read_file(c, bad);
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return rc;
}

/* As podman does: those of the system, then the user's; or the one that it is told. */
static int
read_all(struct conf *c, char *bad, size_t cap)
{
	static const char *const systems[] = { "/usr/share/containers", "/etc/containers" };
	const char *told = getenv("CONTAINERS_CONF"), *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char dir[PATH_MAX];
	size_t i;
	int rc = 0;

	if (told != NULL && *told != '\0') {
		(void)snprintf(bad, cap, "%s", told);
		return read_file(c, told);
	}
	for (i = 0; i < 2 && rc == 0; i++)
		rc = read_dir(c, systems[i], bad, cap);
	if (config != NULL && *config == '/')
		(void)snprintf(dir, sizeof(dir), "%s/containers", config);
	else if (home != NULL && *home == '/')
		(void)snprintf(dir, sizeof(dir), "%s/.config/containers", home);
	else
		return rc;
	return rc != 0 ? rc : read_dir(c, dir, bad, cap);
}

/* --- what is written */

static void
put(FILE *f, const char *table, const char *key, const char *value, const char **now)
{
	if (*value == '\0')
		return;
	if (*now == NULL || strcmp(*now, table) != 0)
		(void)fprintf(f, "[%s]\n", table);
	*now = table;
	(void)fprintf(f, "%s = %s\n", key, value);
}

int
wx_containersconf(char *out, size_t cap, char *bad, size_t bad_cap)
{
	static struct conf c;
	const char *now = NULL;
	FILE *f;
	size_t i;
	int rc;

	c = none;
	rc = read_all(&c, bad, bad_cap);
	f = rc == 0 ? fmemopen(out, cap, "w") : NULL;
	if (f == NULL) {
		errno = rc == 0 ? errno : rc;
		return -1;
	}
	/* What does not fit shows at the end, in one place. */
	(void)fputs(head, f);
	for (i = 0; i < NSETTINGS; i++)
		put(f, c.one[i].table, c.one[i].key, c.one[i].value, &now);
	for (i = 0; i < c.nruntimes; i++)
		put(f, RUNTIMES, c.runtime[i].key, c.runtime[i].value, &now);
	rc = fflush(f) == EOF || ftell(f) >= (long)cap ? -1 : 0;
	(void)fclose(f);
	if (rc == -1)
		errno = EFBIG;
	return rc;
}
