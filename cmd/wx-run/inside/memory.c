/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define SOONEST_MS 50
#define LATEST_MS  1000
#define FILL_BYTES (2ULL << 20)   /* that a processor writes in a millisecond, at the most */
#define LOOKS_MAX  5              /* that end processes one after the other, before all are ended */
#define DYING_MS   2000
#define STATUS_MAX 16384          /* bytes: the list of groups, which may be long, comes before what is wanted */
#define SHARE      4              /* looks are to take no more than one part in so many of a processor */

static ssize_t
read_text(const char *pid, const char *name, char *buf, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	n = read(fd, buf, size - 1);
	(void)close(fd);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

/* "NAME: N kB", in bytes. */
static unsigned long long
field(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at == NULL ? 0 : strtoull(at + strlen(name), NULL, 10) << 10;
}

/* What it shares counted whole: proc(5), status. */
static unsigned long long
most_of(const char *pid)
{
	char buf[STATUS_MAX];

	if (read_text(pid, "status", buf, sizeof(buf)) <= 0)
		return 0;
	return field(buf, "\nRssAnon:") + field(buf, "\nRssShmem:") + field(buf, "\nVmSwap:") + field(buf, "\nVmPTE:");
}

/* Its share of that: smaps_rollup, which takes longer; its page tables are its own. */
static unsigned long long
fair_of(const char *pid)
{
	char buf[STATUS_MAX];
	unsigned long long pages;

	/* That of one that cannot be looked into, such as an agent with keys, counts whole. */
	if (read_text(pid, "smaps_rollup", buf, sizeof(buf)) <= 0 || strstr(buf, "\nPss_Anon:") == NULL)
		return most_of(pid);
	pages = field(buf, "\nPss_Anon:") + field(buf, "\nPss_Shmem:") + field(buf, "\nSwapPss:");
	return read_text(pid, "status", buf, sizeof(buf)) <= 0 ? pages : pages + field(buf, "\nVmPTE:");
}

static double
clock_ms(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double
now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

static bool
is_dying(const struct memory *m, pid_t pid)
{
	size_t i;

	for (i = 0; i < MEMORY_DYING; i++)
		if (m->dying[i].pid == pid && m->dying[i].until > now_ms())
			return true;
	return false;
}

/* What they have by OF, without those that are ended and us; the largest is *LARGEST, of *SIZE. */
static unsigned long long
sum(const struct memory *m, unsigned long long (*of)(const char *pid), pid_t *largest, unsigned long long *size)
{
	DIR *proc = opendir("/proc");
	unsigned long long all = 0, one;
	struct dirent *e;
	pid_t pid;

	*largest = 0;
	*size = 0;
	while (proc != NULL && (e = readdir(proc)) != NULL) {
		pid = (pid_t)strtol(e->d_name, NULL, 10);
		if (pid <= 0 || pid == getpid() || is_dying(m, pid))
			continue;
		one = of(e->d_name);
		all += one;
		if (one > *size) {
			*size = one;
			*largest = pid;
		}
	}
	if (proc != NULL)
		(void)closedir(proc);
	return all;
}

static void
end(struct memory *m, pid_t pid)
{
	m->ended++;
	(void)kill(pid, SIGKILL);
	m->dying[m->next].pid = pid;
	m->dying[m->next].until = now_ms() + DYING_MS;
	m->next = (m->next + 1) % MEMORY_DYING;
}

/* They have HAVE, which is too much. */
static void
make_room(struct memory *m, unsigned long long have, pid_t largest, unsigned long long size)
{
	unsigned n;

	if (++m->looks > LOOKS_MAX) {
		m->ended++;
		(void)kill(-1, SIGKILL);
		return;
	}
	for (n = 0; n < MEMORY_DYING && largest != 0 && have > m->limit; n++) {
		end(m, largest);
		if (have - size <= m->limit)
			return;
		have = sum(m, fair_of, &largest, &size);
	}
}

int
memory_look(struct memory *m)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	/* Not by the clock: where others run in between, all the more must be looked at. */
	double began = clock_ms(CLOCK_PROCESS_CPUTIME_ID), wait, least;
	unsigned long long have, size;
	pid_t largest;

	if (m->limit == 0)
		return -1;
	have = sum(m, most_of, &largest, &size);
	/* What forks share was counted for each of them. */
	if (have > m->limit)
		have = sum(m, fair_of, &largest, &size);
	if (have > m->limit) {
		make_room(m, have, largest, size);
		return SOONEST_MS;
	}
	m->looks = 0;
	wait = (double)(m->limit - have) / (double)FILL_BYTES / (double)(processors < 1 ? 1 : processors);
	least = (clock_ms(CLOCK_PROCESS_CPUTIME_ID) - began) * SHARE;
	if (wait < least)
		wait = least;
	return wait < SOONEST_MS ? SOONEST_MS : wait > LATEST_MS ? LATEST_MS : (int)wait;
}

int
memory_ended(struct memory *m)
{
	int ended = m->ended;

	m->ended = 0;
	return ended;
}
