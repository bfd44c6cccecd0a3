/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "policy.h"

#define GROUP_MAX  65536 /* bytes of a file */
#define GROUP_NAME 64

static int
open_own(const char *path, char *why)
{
	int fd = wx_own_open(path);

	if (fd == -1 && errno == EPERM)
		(void)snprintf(why, ENTRY_WHY, "others can write its file, or own it: '%.150s'", path);
	return fd;
}

/* The user's own come before those that were installed. */
static int
open_group(const char *name, char *why)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char path[PATH_MAX], *program, *slash;
	int fd = -1, n = -1;

	if (config != NULL && *config == '/')
		n = snprintf(path, sizeof(path), "%s/wrapix/networks/%s", config, name);
	else if (home != NULL && *home == '/')
		n = snprintf(path, sizeof(path), "%s/.config/wrapix/networks/%s", home, name);
	if (n > 0 && (size_t)n < sizeof(path))
		fd = open_own(path, why);
	if (fd != -1 || (n > 0 && errno != ENOENT && errno != ENOTDIR && errno != EACCES))
		return fd;
	program = wx_proc_program();
	slash = program == NULL ? NULL : strrchr(program, '/');
	if (slash != NULL) {
		n = snprintf(path, sizeof(path), "%.*s/../share/wrapix/networks/%s", (int)(slash - program), program, name);
		if (n > 0 && (size_t)n < sizeof(path))
			fd = open_own(path, why);
	}
	if (fd == -1 && slash != NULL && errno == ENOENT) {
		/* A clone that was built and not installed. */
		n = snprintf(path, sizeof(path), "%.*s/../nix/networks/%s", (int)(slash - program), program, name);
		if (n > 0 && (size_t)n < sizeof(path))
			fd = open_own(path, why);
	}
	free(program);
	return fd;
}

static int
each_line(char *text, bool (*line)(const char *, void *), void *user)
{
	char *one, *next;
	int rc = 0;

	for (one = text; one != NULL; one = next) {
		next = strchr(one, '\n');
		if (next != NULL)
			*next++ = '\0';
		one += strspn(one, " \t");
		if (*one != '{')
			one[strcspn(one, "#")] = '\0';
		if (*one != '\0' && !line(one, user))
			rc = -1;
	}
	return rc;
}

int
group_read(const char *group, bool (*line)(const char *text, void *user), void *user, char why[static ENTRY_WHY])
{
	size_t len = strlen(group);
	char *text;
	ssize_t n;
	int fd, rc;

	why[0] = '\0';
	if (len == 0 || len > GROUP_NAME || strspn(group, "abcdefghijklmnopqrstuvwxyz0123456789-_") != len) {
		(void)snprintf(why, ENTRY_WHY, "a group's name is of small letters, digits, '-' and '_'");
		return -1;
	}
	fd = open_group(group, why);
	if (fd == -1) {
		if (why[0] == '\0')
			(void)snprintf(why, ENTRY_WHY, "no such group: ~/.config/wrapix/networks/%s would be its file", group);
		return -1;
	}
	text = malloc(GROUP_MAX + 1);
	n = text == NULL ? -1 : wx_read_all(fd, text, GROUP_MAX);
	(void)close(fd);
	if (n == -1 || memchr(text, '\0', (size_t)n) != NULL) {
		(void)snprintf(why, ENTRY_WHY, "its file cannot be read, or is no text of 64 KiB at the most");
		free(text);
		return -1;
	}
	text[n] = '\0';
	rc = each_line(text, line, user);
	free(text);
	return rc;
}
