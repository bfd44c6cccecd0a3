/* SPDX-License-Identifier: MIT */
#include "usage.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/fileio.h"

#ifndef CGROUPS   /* a test has its own */
#define CGROUPS "/sys/fs/cgroup"
#endif

/* The path behind MARK in TEXT, a file like /proc/PID/cgroup (cgroups(7)), to the line's end. False: there is none. */
static bool
path_of(const char *text, const char *mark, char path[static PATH_MAX])
{
	const char *line = strstr(text, mark);
	size_t n;

	while (line != NULL && line != text && line[-1] != '\n' && line[-1] != ':' && line[-1] != ',')
		line = strstr(line + 1, mark);
	if (line == NULL)
		return false;
	line += strlen(mark);
	n = strcspn(line, "\n");
	if (n >= PATH_MAX)
		return false;
	memcpy(path, line, n);
	path[n] = '\0';
	return true;
}

static int
open_in(const char *hierarchy, const char *path, const char *file)
{
	char full[PATH_MAX + 128];
	int n = snprintf(full, sizeof(full), "%s%s%s/%s", CGROUPS, hierarchy, path, file);

	return n < 0 || (size_t)n >= sizeof(full) ? -1 : open(full, O_RDONLY | O_CLOEXEC);
}

/* The number behind NAME in what FD has, a line each. False: it has none, or is gone. */
static bool
number_of(int fd, const char *name, uint64_t *out)
{
	char buf[4096], *p = buf, *end;
	ssize_t n = fd == -1 ? -1 : pread(fd, buf, sizeof(buf) - 1, 0);
	size_t len = strlen(name);

	if (n <= 0)
		return false;
	buf[n] = '\0';
	while (strncmp(p, name, len) != 0 || p[len] != ' ') {
		p = strchr(p, '\n');
		if (p == NULL)
			return false;
		p++;
	}
	*out = strtoull(p + len + 1, &end, 10);
	return end != p + len + 1;
}

static unsigned long
kills(const struct usage *u)
{
	uint64_t n;

	return number_of(u->events, "oom_kill", &n) ? (unsigned long)n : 0;
}

void
usage_begin(struct usage *u, pid_t pid, bool own)
{
	char file[64], text[8192], path[PATH_MAX];

	*u = (struct usage){ .events = -1, .peak = -1 };
	(void)snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
	if (wx_read_text(AT_FDCWD, file, 0, text, sizeof(text)) <= 0)
		return;
	/* Version 1 where the memory is in one of its hierarchies, else 2. */
	if (path_of(text, "memory:", path)) {
		u->events = open_in("/memory", path, "memory.oom_control");
		u->peak = own ? open_in("/memory", path, "memory.max_usage_in_bytes") : -1;
	} else if (path_of(text, "0::", path)) {
		u->events = open_in("", path, "memory.events");
		u->peak = own ? open_in("", path, "memory.peak") : -1;
	}
	u->before = kills(u);
}

void
usage_look(struct usage *u)
{
	unsigned long now = kills(u);
	char buf[32];
	ssize_t n = u->peak == -1 ? -1 : pread(u->peak, buf, sizeof(buf) - 1, 0);
	uint64_t bytes;

	if (now > u->before && now - u->before > u->kills)
		u->kills = now - u->before;
	if (n <= 0)
		return;
	buf[n] = '\0';
	bytes = strtoull(buf, NULL, 10);
	if (bytes > u->bytes)
		u->bytes = bytes;
}

void
usage_end(struct usage *u)
{
	usage_look(u);
	if (u->events != -1)
		(void)close(u->events);
	if (u->peak != -1)
		(void)close(u->peak);
	u->events = u->peak = -1;
}
