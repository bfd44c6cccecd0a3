/* SPDX-License-Identifier: MIT */
#include "git.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/fileio.h"

#define HEX "0123456789abcdef"
#define LOOSE_MAX 4096   /* bytes of one: a symbolic ref's name is 1 KiB at the most */
#define DEPTH_MAX 64

/* A ref, and the lines that say it: its own, and of a tag what that leads to. */
struct ref {
	const char *name;
	size_t      name_len;
	const char *lines;
	size_t      len;
};

struct refs {
	struct ref *v;
	size_t      n, cap;
};

static void
add(struct refs *r, const char *lines, size_t len, const char *name, size_t name_len)
{
	if (r->n == r->cap)
		r->v = xgrow(r->v, &r->cap, sizeof(*r->v));
	r->v[r->n++] = (struct ref){ name, name_len, lines, len };
}

/* Are these what earlier runs left beside (home.h)? They are the host's alone. */
static bool
ours(const char *name)
{
	static const char dir[] = "refs/wrapix";

	return strncmp(name, dir, sizeof(dir) - 1) == 0 &&
	    (name[sizeof(dir) - 1] == '/' || name[sizeof(dir) - 1] == '\0');
}

static int
by_name(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;
	size_t n = x->name_len < y->name_len ? x->name_len : y->name_len;
	int diff = memcmp(x->name, y->name, n);

	return diff != 0 ? diff : (x->name_len > y->name_len) - (x->name_len < y->name_len);
}

/* "HEX NAME" LF, and perhaps "^HEX" LF. */
static void
read_packed(const char *text, const char *end, struct refs *out)
{
	const char *line, *next, *stop;
	size_t hex;

	for (line = text; line < end; line = next) {
		stop = memchr(line, '\n', (size_t)(end - line));
		if (stop == NULL)
			return;
		next = stop + 1;
		hex = strspn(line, HEX);
		if (hex >= 40 && line[hex] == ' ' && !ours(line + hex + 1))
			add(out, line, (size_t)(next - line), line + hex + 1, (size_t)(stop - line) - hex - 1);
		else if (*line == '^' && out->n > 0)
			out->v[out->n - 1].len += (size_t)(next - line);
	}
}

static char *
read_file(int dir, const char *name, size_t max, size_t *len)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), saved;
	struct stat st;
	char *buf = NULL;
	ssize_t n = -1;

	if (fd == -1)
		return NULL;
	errno = EFBIG;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size <= max &&
	    (buf = malloc((size_t)st.st_size + 2)) != NULL)
		n = wx_read_all(fd, buf, (size_t)st.st_size + 1);
	saved = errno;
	(void)close(fd);
	errno = saved;
	if (n == -1) {
		free(buf);
		return NULL;
	}
	buf[n] = '\0';
	*len = (size_t)n;
	return buf;
}

static void
add_loose(int dir, const char *name, const char *path, struct refs *out, struct strv *symbolic)
{
	size_t len, hex;
	char *text = read_file(dir, name, LOOSE_MAX, &len), *line;

	if (text == NULL)
		return;
	hex = strspn(text, HEX);
	if (strncmp(text, "ref: ", 5) == 0) {
		strv_add(symbolic, path);
		strv_add(symbolic, text);
	} else if (hex >= 40) {
		line = xprintf("%.*s %s\n", (int)hex, text, path);
		add(out, line, strlen(line), line + hex + 1, strlen(path));
	}
	free(text);
}

static void
walk(int fd, const char *path, int depth, struct refs *out, struct strv *symbolic)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	struct stat st;
	size_t n;
	char *sub;
	int down;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		n = strlen(e->d_name);
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    (n > 5 && strcmp(e->d_name + n - 5, ".lock") == 0) ||
		    fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		sub = xprintf("%s/%s", path, e->d_name);
		if (ours(sub)) {
			free(sub);
			continue;
		}
		if (S_ISREG(st.st_mode)) {
			add_loose(dirfd(dir), e->d_name, sub, out, symbolic);
		} else if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
			down = wx_dir_open(dirfd(dir), e->d_name);
			if (down != -1)
				walk(down, sub, depth + 1, out, symbolic);
		}
		free(sub);
	}
	if (dir != NULL)
		(void)closedir(dir);
	else
		(void)close(fd);
}

static int
write_merged(const struct refs *packed, const struct refs *loose, char **text, size_t *len)
{
	FILE *fp = open_memstream(text, len);
	size_t i = 0, k = 0;
	int diff;

	if (fp == NULL)
		return -1;
	(void)fputs("# pack-refs with: sorted \n", fp);
	while (i < packed->n || k < loose->n) {
		diff = i == packed->n ? 1 : k == loose->n ? -1 : by_name(&packed->v[i], &loose->v[k]);
		if (diff < 0)
			(void)fwrite(packed->v[i].lines, 1, packed->v[i].len, fp);
		else
			(void)fwrite(loose->v[k].lines, 1, loose->v[k].len, fp);
		i += diff <= 0;
		k += diff >= 0;
	}
	return fclose(fp) == EOF ? -1 : 0;
}

int
refs_pack(int dir, char **text, size_t *len, struct strv *symbolic)
{
	struct refs packed = { 0 }, loose = { 0 };
	size_t size = 0, i;
	char *buf = read_file(dir, "packed-refs", (size_t)1 << 30, &size);
	int fd, rc;

	if (buf == NULL && errno != ENOENT)
		return -1;
	if (buf != NULL)
		read_packed(buf, buf + size, &packed);
	fd = wx_dir_open(dir, "refs");
	if (fd != -1)
		walk(fd, "refs", 0, &loose, symbolic);
	if (packed.n > 1)
		qsort(packed.v, packed.n, sizeof(*packed.v), by_name);
	if (loose.n > 1)
		qsort(loose.v, loose.n, sizeof(*loose.v), by_name);
	rc = write_merged(&packed, &loose, text, len);
	for (i = 0; i < loose.n; i++)
		free((char *)(uintptr_t)loose.v[i].lines);
	free(loose.v);
	free(packed.v);
	free(buf);
	return rc;
}
