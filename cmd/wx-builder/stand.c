/* SPDX-License-Identifier: MIT */
#include "stand.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 16384

/* The file NAME of process PID, CAP - 1 bytes at the most, and a NUL; how many, or -1. */
static ssize_t
read_of(long pid, const char *name, char *buf, size_t cap)
{
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	/* What the kernel makes up comes in one piece. */
	n = read(fd, buf, cap - 1);
	(void)close(fd);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

/* The last word of the line "KEY:" in TEXT; "" if there is none. */
static void
last_word(const char *text, const char *key, char *out, size_t cap)
{
	char start[32], line[512], *p, *save = NULL;
	const char *at;

	*out = '\0';
	(void)snprintf(start, sizeof(start), "\n%s:", key);
	at = strstr(text, start);
	if (at == NULL)
		return;
	at += strlen(start);
	(void)snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
	for (p = strtok_r(line, " \t", &save); p != NULL; p = strtok_r(NULL, " \t", &save))
		(void)snprintf(out, cap, "%s", p);
}

/* Is PID there, and the first of a PID namespace? Otherwise another has got its number since. */
static bool
is_first(long pid)
{
	char text[TEXT_MAX], word[32];

	if (read_of(pid, "status", text, sizeof(text)) <= 0)
		return false;
	last_word(text, "NSpid", word, sizeof(word));
	return strcmp(word, "1") == 0;
}

static bool
is_called(long pid, const char *name)
{
	char comm[64];

	return read_of(pid, "comm", comm, sizeof(comm)) > 0 && strncmp(comm, name, strlen(name)) == 0;
}

enum network { NO_NETWORK, NETWORK, NETWORK_TO_LOOPBACK };

/*
 * Is PID the process of the network of the container L? That is told its first process, or the name of its namespace;
 * and not to let the container reach the host's loopback.
 */
static enum network
network_of(long pid, const struct look *l)
{
	char text[TEXT_MAX], first[32], *p;
	bool found = false, shut = false;
	ssize_t n;

	if (!is_called(pid, "slirp4netns") && !is_called(pid, "pasta") && !is_called(pid, "passt"))
		return NO_NETWORK;
	(void)snprintf(first, sizeof(first), "%ld", l->pid);
	n = read_of(pid, "cmdline", text, sizeof(text));
	for (p = text; n > 0 && p < text + n; p += strlen(p) + 1) {
		found |= strcmp(p, first) == 0 || (*l->netns != '\0' && strcmp(p, l->netns) == 0);
		shut |= strcmp(p, "--disable-host-loopback") == 0 || strcmp(p, "--no-map-gw") == 0;
	}
	return !found ? NO_NETWORK : shut ? NETWORK : NETWORK_TO_LOOPBACK;
}

static enum network
find_network(const struct look *l)
{
	enum network found = NO_NETWORK;
	struct dirent *d;
	DIR *proc;

	/* Another kind of network has no process of its own. */
	if (strncmp(l->network, "slirp4netns", 11) != 0 && strncmp(l->network, "pasta", 5) != 0)
		return NETWORK;
	proc = opendir("/proc");
	while (proc != NULL && found == NO_NETWORK && (d = readdir(proc)) != NULL)
		if (*d->d_name >= '1' && *d->d_name <= '9')
			found = network_of(strtol(d->d_name, NULL, 10), l);
	if (proc != NULL)
		(void)closedir(proc);
	return found;
}

/* Does anybody listen on PORT of 127.0.0.1, or of all addresses? To connect would be to log in. */
static bool
is_listened(int port)
{
	char want[2][64], line[256];
	FILE *f = fopen("/proc/net/tcp", "re");
	bool found = false;

	if (f == NULL)
		return true;
	(void)snprintf(want[0], sizeof(want[0]), ": 0100007F:%04X 00000000:0000 0A ", (unsigned)port);
	(void)snprintf(want[1], sizeof(want[1]), ": 00000000:%04X 00000000:0000 0A ", (unsigned)port);
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = strstr(line, want[0]) != NULL || strstr(line, want[1]) != NULL;
	(void)fclose(f);
	return found;
}

bool
stand_runs(const struct look *l, char *why, size_t cap)
{
	const char *gone = NULL;

	if (!is_first(l->pid))
		gone = "its first process";
	else if (l->monitor > 0 && !is_called(l->monitor, "conmon"))
		gone = "conmon, its monitor,";
	else if (find_network(l) == NO_NETWORK)
		gone = "the process of its network";
	else if (!is_listened(l->port))
		gone = "the listener of its port";
	if (gone != NULL)
		(void)snprintf(why, cap, "%s was killed", gone);
	return gone == NULL;
}

static bool
is_shared(long pid, const char *space)
{
	char path[64], ours[64];
	struct stat a, b;

	(void)snprintf(path, sizeof(path), "/proc/%ld/ns/%s", pid, space);
	(void)snprintf(ours, sizeof(ours), "/proc/self/ns/%s", space);
	/* One of which nothing can be told counts for shared. */
	return stat(path, &a) == -1 || stat(ours, &b) == -1 || (a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

bool
stand_walls(const struct look *l, char *what, size_t cap)
{
	static const char *const spaces[] = { "user", "net", "pid", "mnt", "ipc", "uts" };
	static const struct { const char *key, *want, *words; } lines[] = {
		{ "CapEff", "0000000000000000", "capabilities" },
		{ "CapPrm", "0000000000000000", "capabilities" },
		{ "CapBnd", "0000000000000000", "a bounding set of capabilities" },
		{ "NoNewPrivs", "1", "new privileges" },
		{ "Seccomp", "2", "no seccomp filter" },
	};
	char text[TEXT_MAX], word[32];
	size_t i;

	for (i = 0; i < sizeof(spaces) / sizeof(*spaces); i++)
		if (is_shared(l->pid, spaces[i])) {
			(void)snprintf(what, cap, "the %s namespace of the host", spaces[i]);
			return false;
		}
	if (find_network(l) == NETWORK_TO_LOOPBACK) {
		(void)snprintf(what, cap, "a network that reaches the host's loopback");
		return false;
	}
	if (read_of(l->pid, "status", text, sizeof(text)) <= 0)
		*text = '\0';
	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		last_word(text, lines[i].key, word, sizeof(word));
		if (strcmp(word, lines[i].want) != 0) {
			(void)snprintf(what, cap, "%s", lines[i].words);
			return false;
		}
	}
	return true;
}

bool
stand_is_ours(const struct builder *b, long pid)
{
	char path[64];
	struct stat theirs, ours;

	if (pid <= 1 || !is_first(pid))
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%ld/root/etc/wrapix", pid);
	return stat(path, &theirs) == 0 && stat(b->server, &ours) == 0 && theirs.st_dev == ours.st_dev &&
	    theirs.st_ino == ours.st_ino;
}

bool
stand_is_there(long pid)
{
	char text[TEXT_MAX];

	return is_first(pid) && read_of(pid, "status", text, sizeof(text)) > 0 && strstr(text, "\nState:\tZ") == NULL;
}
