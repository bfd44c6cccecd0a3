/* SPDX-License-Identifier: MIT */
/* Kills and the most memory, by files like those of a cgroup. */
#include <sys/stat.h>

#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char root[64];
#define CGROUPS root
#include "cmd/wx-run/run/usage.c"

static void
put(const char *name, const char *text)
{
	FILE *fp = fopen(name, "w");

	if (fp == NULL || fputs(text, fp) == EOF || fclose(fp) == EOF)
		err(1, "cannot write '%s'", name);
}

static void
paths(void)
{
	char path[PATH_MAX];

	assert(path_of("0::/user.slice/x\n", "0::", path) && strcmp(path, "/user.slice/x") == 0);
	assert(!path_of("10::/x\n", "0::", path));
	assert(path_of("10::/x\n0::/y\n", "0::", path) && strcmp(path, "/y") == 0);
	assert(path_of("4:cpu,memory:/m\n0::/\n", "memory:", path) && strcmp(path, "/m") == 0);
	assert(path_of("3:memory:/m", "memory:", path) && strcmp(path, "/m") == 0);
	assert(!path_of("1:name=nomemory:/m\n", "memory:", path));
	assert(!path_of("", "0::", path));
}

static void
counts(void)
{
	struct usage u = { .events = -1, .peak = -1 };

	usage_look(&u);
	assert(u.kills == 0 && u.bytes == 0);
	put("memory.events", "low 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 0\n");
	put("memory.peak", "4096\n");
	u.events = open_in("", "", "memory.events");
	u.peak = open_in("", "", "memory.peak");
	assert(u.events != -1 && u.peak != -1);
	u.before = kills(&u);
	assert(u.before == 2);
	usage_look(&u);
	assert(u.kills == 0 && u.bytes == 4096);
	put("memory.events", "low 0\nmax 9\noom 3\noom_kill 5\noom_group_kill 0\n");
	put("memory.peak", "65536\n");
	usage_look(&u);
	assert(u.kills == 3 && u.bytes == 65536);
	/* What is gone, or less, takes nothing back. */
	put("memory.events", "");
	put("memory.peak", "1\n");
	usage_end(&u);
	assert(u.kills == 3 && u.bytes == 65536 && u.events == -1 && u.peak == -1);
}

int
main(void)
{
	(void)snprintf(root, sizeof(root), "/tmp/wx-usage.XXXXXX");
	if (mkdtemp(root) == NULL || chdir(root) == -1)
		err(1, "cannot make a directory");
	paths();
	counts();
	(void)unlink("memory.events");
	(void)unlink("memory.peak");
	(void)rmdir(root);
	return 0;
}
