/* SPDX-License-Identifier: MIT */
#include "beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "libcommon/osfile.h"
#include "words.h"

char *
beneath_link(int root, const char *rel)
{
	char *prefix = xstrdup(rel), *p = prefix;
	struct stat st;

	while (*p != '\0') {
		p += strcspn(p, "/");
		char keep = *p;
		*p = '\0';
		if (wx_beneath_stat(root, prefix, &st) == -1 && errno == ELOOP)
			return prefix;
		*p = keep;
		p += keep != '\0';
	}
	free(prefix);
	return NULL;
}

int
beneath_parent(int root, const char *rel, const char **name)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(rel, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - rel);

	if (n >= sizeof(dir)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(dir, rel, n);
	dir[n] = '\0';
	*name = slash == NULL ? rel : slash + 1;
	return wx_beneath_open(root, dir, O_RDONLY | O_DIRECTORY);
}
