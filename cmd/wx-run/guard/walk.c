/* SPDX-License-Identifier: MIT */
#include "walk.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/osfile.h"
#include "libcommon/tool/strv.h"

static unsigned char
type_of(int root, const char *rel, const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN || wx_beneath_stat(root, rel, &st) == -1)
		return e->d_type;
	return S_ISDIR(st.st_mode) ? DT_DIR : S_ISSOCK(st.st_mode) ? DT_SOCK :
	    S_ISREG(st.st_mode) ? DT_REG : DT_UNKNOWN;
}

bool
walk_names(int root, size_t max, void (*fn)(void *arg, const char *rel, ino_t ino,
    unsigned char type), void *arg)
{
	struct strv todo = { 0 };
	struct dirent *e = NULL;
	unsigned char type;
	size_t at = 0, seen = 0, i;
	char *rel;
	DIR *d;
	int fd;

	strv_add(&todo, "");
	for (; at < todo.n && seen < max; at++) {
		fd = wx_beneath_open(root, todo.v[at], O_RDONLY | O_DIRECTORY);
		d = fd == -1 ? NULL : fdopendir(fd);
		if (d == NULL && fd != -1)
			(void)close(fd);
		while (d != NULL && (e = readdir(d)) != NULL && seen++ < max) {
			if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
				continue;
			rel = *todo.v[at] == '\0' ? xstrdup(e->d_name) :
			    xprintf("%s/%s", todo.v[at], e->d_name);
			type = type_of(root, rel, e);
			if (strcmp(rel, ".git") != 0)
				fn(arg, rel, e->d_ino, type);
			if (type == DT_DIR && strcmp(rel, ".git") != 0)
				strv_add(&todo, rel);
			free(rel);
		}
		if (d != NULL)
			(void)closedir(d);
	}
	for (i = 0; i < todo.n; i++)
		free(todo.v[i]);
	free(todo.v);
	return seen < max;
}
