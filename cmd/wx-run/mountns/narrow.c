/* SPDX-License-Identifier: MIT */
#include "narrow.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

/*
 * PATH of the whole store, which is our working folder, into the new one, NEW. A mount
 * of what is read-only already is so as well.
 */
static bool
place(const char *path, int new)
{
	const char *name = path + sizeof(STORE_DIR);
	char target[PATH_MAX];
	struct stat st;
	ssize_t n;
	int fd;

	if (lstat(name, &st) == -1)
		return false;
	if (S_ISLNK(st.st_mode)) {
		n = readlink(name, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		return n > 0 && symlinkat(target, new, name) == 0;
	}
	if (S_ISDIR(st.st_mode)) {
		if (mkdirat(new, name, 0755) == -1)
			return false;
	} else {
		fd = openat(new, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
		if (fd == -1)
			return false;
		(void)close(fd);
	}
	return mount(name, path, NULL, MS_BIND, NULL) == 0;
}

bool
narrow(const struct store *s)
{
	static const unsigned long flags = MS_NOSUID | MS_NODEV;
	size_t i;
	int new;

	if (chdir(STORE_DIR) == -1 ||
	    mount("tmpfs", STORE_DIR, "tmpfs", flags, "mode=0755,size=64m") == -1)
		return false;
	new = open(STORE_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (new == -1)
		return false;
	for (i = 0; i < s->paths.n; i++)
		if (!place(s->paths.v[i], new))
			return false;
	return mount(NULL, STORE_DIR, NULL, flags | MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0;
}
