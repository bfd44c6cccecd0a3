/* SPDX-License-Identifier: MIT */
#include "state.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"

#define MEMORY_MAX 10000

static char *
file_of(const struct plan *p)
{
	return xprintf("%s/hidden", p->run_dir);
}

static void
append(struct memory *m, const struct hidden *h)
{
	if (m->list.n == MEMORY_MAX)
		return;
	if (m->list.n == m->list.cap)
		m->list.v = xgrow(m->list.v, &m->list.cap, sizeof(*m->list.v));
	m->list.v[m->list.n] = *h;
	m->list.v[m->list.n++].name = xstrdup(h->name);
}

/* A record: "DEV INO SECONDS NANOSECONDS NAME" and NUL. */
void
remember_read(const struct plan *p, struct memory *m)
{
	char *path = file_of(p), *line = NULL, *at;
	struct hidden h = { 0 };
	uintmax_t dev, ino;
	intmax_t sec;
	long nsec;
	size_t cap = 0;
	FILE *fp = fopen(path, "re");
	int n;

	*m = (struct memory){ 0 };
	if (fp == NULL && errno != ENOENT)
		err(WX_CHAIN, "cannot read '%s'", path);
	while (fp != NULL && getdelim(&line, &cap, '\0', fp) > 0) {
		/* NOLINTNEXTLINE(cert-err34-c): our own file */
		if (sscanf(line, "%ju %ju %jd %ld %n", &dev, &ino, &sec, &nsec, &n) != 4)
			continue;
		at = line + n;
		h.dev = (dev_t)dev;
		h.ino = (ino_t)ino;
		h.born = (struct timespec){ (time_t)sec, nsec };
		h.name = at;
		append(m, &h);
	}
	if (fp != NULL)
		(void)fclose(fp);
	free(line);
	free(path);
}

bool
remember_same(const struct hidden *h, const struct stat *st, struct timespec born)
{
	if (h->ino != st->st_ino)
		return false;
	if (h->born.tv_sec == 0 && h->born.tv_nsec == 0)
		return h->dev == st->st_dev;
	return h->born.tv_sec == born.tv_sec && h->born.tv_nsec == born.tv_nsec;
}

void
remember_add(struct memory *m, const char *name, const struct stat *st, struct timespec born)
{
	struct hidden h = { .dev = st->st_dev, .ino = st->st_ino, .born = born, .here = true };
	bool have = false;
	size_t i;

	for (i = 0; i < m->list.n; i++)
		if (remember_same(&m->list.v[i], st, born)) {
			m->list.v[i].here = true;
			have |= strcmp(m->list.v[i].name, name) == 0;
		}
	if (have)
		return;
	h.name = (char *)(uintptr_t)name;
	append(m, &h);
	m->changed = true;
}

void
remember_write(const struct plan *p, const struct memory *m)
{
	char *path = file_of(p), *tmp = xprintf("%s.new", path);
	const struct hidden *h;
	FILE *fp;

	if (m->changed) {
		fp = fopen(tmp, "we");
		if (fp == NULL)
			err(WX_CHAIN, "cannot write '%s'", tmp);
		for (h = m->list.v; h < m->list.v + m->list.n; h++)
			(void)fprintf(fp, "%ju %ju %jd %ld %s%c", (uintmax_t)h->dev,
			    (uintmax_t)h->ino, (intmax_t)h->born.tv_sec, h->born.tv_nsec, h->name, 0);
		if (wx_flush(fp) == -1 || fclose(fp) == EOF || rename(tmp, path) == -1)
			err(WX_CHAIN, "cannot write '%s'", path);
	}
	free(tmp);
	free(path);
}
