/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>

#include "libcommon/exitcode.h"
#include "libcommon/tool/path.h"

struct mount *
mount_add(struct mounts *m, enum mount_kind kind, const char *src,
    const char *dest, const char *why)
{
	struct mount *new;

	if (m->n == m->cap)
		m->v = xgrow(m->v, &m->cap, sizeof(*m->v));
	new = &m->v[m->n++];
	memset(new, 0, sizeof(*new));
	new->kind = kind;
	new->src = src == NULL ? NULL : xstrdup(src);
	new->dest = xstrdup(dest);
	new->why = why;
	return new;
}

struct mount *
mount_file(struct mounts *m, const char *dest, unsigned mode,
    const void *content, size_t len)
{
	struct mount *new = mount_add(m, MOUNT_FILE, NULL, dest, "made");

	new->content = malloc(len + 1);
	if (new->content == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	memcpy(new->content, content, len);
	new->content[len] = '\0';
	new->len = len;
	new->mode = mode;
	return new;
}

void
mount_copy(struct mounts *m, const struct mount *from)
{
	struct mount *new = mount_add(m, from->kind, from->src, from->dest, from->why);

	new->content = from->content;
	new->len = from->len;
	new->size = from->size;
	new->mode = from->mode;
	new->dev = from->dev;
	new->ino = from->ino;
	new->late = from->late;
}

void
env_set(struct env *e, const char *name, const char *value, bool passed)
{
	struct env_var *v;
	size_t i;

	for (i = 0; i < e->n && strcmp(e->v[i].name, name) != 0; i++)
		;
	if (i == e->n) {
		if (e->n == e->cap)
			e->v = xgrow(e->v, &e->cap, sizeof(*e->v));
		e->v[e->n++].name = xstrdup(name);
	} else {
		free(e->v[i].value);
	}
	v = &e->v[i];
	v->value = xstrdup(value);
	v->passed = passed;
}

const char *
env_get(const struct env *e, const char *name)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		if (strcmp(e->v[i].name, name) == 0)
			return e->v[i].value;
	return NULL;
}

/* The last one decides, as it does in the kernel. */
const struct mount *
mount_above(const struct mounts *m, size_t n, const char *path)
{
	while (n > 0)
		if (path_within(path, m->v[--n].dest))
			return &m->v[n];
	return NULL;
}

bool
plan_shows(const struct plan *p, const char *path)
{
	const struct mount *m = mount_above(&p->mounts, p->mounts.n, path);

	if (m == NULL || m->kind == MOUNT_SYMLINK)
		return m != NULL;
	if (p->store != NULL && strcmp(m->dest, STORE_DIR) == 0)
		return store_has(p->store, path);
	return (m->kind == MOUNT_RO || m->kind == MOUNT_RW) && strcmp(m->src, m->dest) == 0;
}

bool
parse_count(const char *s, uint64_t max, uint64_t *out)
{
	unsigned long long n;
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	n = strtoull(s, &end, 10);
	if (errno != 0 || *end != '\0' || n == 0 || n > max)
		return false;
	*out = n;
	return true;
}

static const char *const net_names[] = { "open", "none", "listed", "host" };

int
parse_net(const char *s)
{
	int i;

	for (i = 0; i < (int)(sizeof(net_names) / sizeof(*net_names)); i++)
		if (strcmp(s, net_names[i]) == 0)
			return i;
	return -1;
}

const char *
net_name(enum net n)
{
	return net_names[n];
}

const char *
helper_name(enum helper h)
{
	static const char *const names[] = { NULL, "pasta", "slirp4netns", "wx-egress" };

	return names[h];
}

bool
engine_known(const char *s)
{
	static const char *const names[] = { "auto", "bwrap", "podman", "container" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(s, names[i]) == 0)
			return true;
	return false;
}
