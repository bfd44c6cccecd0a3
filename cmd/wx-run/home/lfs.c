/* SPDX-License-Identifier: MIT */
#include "lfs.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git/git.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "libcommon/sha256.h"

#define HEX "0123456789abcdef"

/* The new file TO gets the LEN bytes of FROM; its SHA-256, in hexadecimal, goes to NAME. It is ours: nobody
 * changes it while it is mapped. */
static bool
copy(int from, int to, size_t len, char name[static 65])
{
	unsigned char sum[WX_SHA256_LEN];
	void *data = NULL;
	size_t i;

	if (hostgit_signal() != 0 || wx_file_copy(from, to, len) == -1 || fsync(to) == -1)
		return false;
	if (len > 0 && (data = mmap(NULL, len, PROT_READ, MAP_PRIVATE, to, 0)) == MAP_FAILED)
		return false;
	wx_sha256(data == NULL ? "" : data, len, sum);
	if (data != NULL)
		(void)munmap(data, len);
	for (i = 0; i < sizeof(sum); i++)
		(void)snprintf(name + 2 * i, 3, "%02x", sum[i]);
	return true;
}

/* DIR/ab/cd of the object ID, made where it is missing. */
static int
open_fan(int dir, const char *id)
{
	char part[3] = { id[0], id[1], '\0' };
	int one = -1, two = -1;

	if (mkdirat(dir, part, 0755) == 0 || errno == EEXIST)
		one = wx_dir_open(dir, part);
	memcpy(part, id + 2, 2);
	if (one != -1 && (mkdirat(one, part, 0755) == 0 || errno == EEXIST))
		two = wx_dir_open(one, part);
	if (one != -1)
		(void)close(one);
	return two;
}

/* One object, ID in FROM, to the host's TO. One that is not what its name says is left. */
static bool
bring_object(int from, const char *id, int to)
{
	int in = openat(from, id, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), fan, out = -1;
	char *new = xprintf("%s.wrapix-%ld", id, (long)getpid()), name[65] = "";
	struct stat st;
	bool ok = true;

	fan = in != -1 && fstat(in, &st) == 0 && S_ISREG(st.st_mode) ? open_fan(to, id) : -1;
	if (fan != -1 && faccessat(fan, id, F_OK, AT_SYMLINK_NOFOLLOW) == -1) {
		out = openat(fan, new, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
		ok = out != -1 && copy(in, out, (size_t)st.st_size, name);
		if (ok && strcmp(name, id) == 0)
			ok = renameat(fan, new, fan, id) == 0;
		else
			(void)unlinkat(fan, new, 0);
	}
	if (out != -1)
		(void)close(out);
	if (fan != -1)
		(void)close(fan);
	if (in != -1)
		(void)close(in);
	free(new);
	return ok;
}

/* The directory FD, which is closed, LEVEL of the fan above the objects. */
static bool
bring_dir(int fd, int level, int to)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	bool ok = true;
	int sub;

	while (dir != NULL && ok && (e = readdir(dir)) != NULL) {
		if (strspn(e->d_name, HEX) != strlen(e->d_name))
			continue;
		if (level == 0 && strlen(e->d_name) == 64)
			ok = bring_object(dirfd(dir), e->d_name, to);
		sub = level == 0 ? -1 : wx_dir_open(dirfd(dir), e->d_name);
		if (sub != -1)
			ok = bring_dir(sub, level - 1, to);
	}
	if (dir != NULL)
		(void)closedir(dir);
	else
		(void)close(fd);
	return ok;
}

bool
lfs_bring(const struct private *v, const char *common, const char *rel, char *wrong)
{
	char *path = xprintf("%s/git/%s/lfs/objects", v->path, rel), *to = xprintf("%s/lfs/objects", common);
	int from = wx_dir_open(AT_FDCWD, path), dest = -1;
	bool ok = true;

	if (from != -1) {
		*strrchr(to, '/') = '\0';
		(void)mkdir(to, 0755);
		to[strlen(to)] = '/';
		(void)mkdir(to, 0755);
		dest = wx_dir_open(AT_FDCWD, to);
		ok = dest != -1 && bring_dir(from, 2, dest);
		if (!ok)
			(void)snprintf(wrong, 512, "an object of git-lfs cannot be copied: %s", strerror(errno));
	}
	if (dest != -1)
		(void)close(dest);
	free(to);
	free(path);
	return ok;
}
