/* SPDX-License-Identifier: MIT */
#include "mountinfo.h"

#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/fileio.h"
#include "libcommon/tool/path.h"

#define LIST_MAX (16 << 20)   /* bytes: some 100,000 mounts */

/* What the engines mount by themselves; ALL: with all that is below it. */
static const struct { const char *path; bool all; } engines_own[] = {
	{ "/", false }, { "/dev", true }, { "/proc", true },
	/* podman's: /sys is masked as a whole. */
	{ "/sys", true }, { "/run/.containerenv", false }, { "/etc/hosts", false },
	{ "/etc/hostname", false }, { "/etc/resolv.conf", false }, { "/etc/passwd", false },
	{ "/etc/group", false },
};

/* One line of the list. */
struct line {
	mount_id id;
	char    *point;     /* where it is mounted, by the root of whom the list is */
	char    *options;
};

/* All of FD, and a NUL. NULL if that cannot be read. The caller owns it. */
static char *
read_list(int fd)
{
	size_t cap = 64 << 10, n = 0;
	char *buf = NULL, *more;
	ssize_t r = 1;

	while (r > 0 && cap <= LIST_MAX) {
		more = realloc(buf, cap);
		if (more == NULL)
			break;
		buf = more;
		while (n < cap - 1 && (r = read(fd, buf + n, cap - 1 - n)) > 0)
			n += (size_t)r;
		cap *= 2;
	}
	if (buf == NULL || r != 0) {
		free(buf);
		return NULL;
	}
	buf[n] = '\0';
	return buf;
}

/* A space, a tab, a newline or a backslash is '\' and three octal digits. */
static void
unescape(char *s)
{
	char *out = s;

	for (; *s != '\0'; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*out++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
}

/* The next line at *AT, which is changed: "id parent major:minor root point options ...". */
static bool
next_line(char **at, struct line *l)
{
	char *text = strsep(at, "\n"), *field[6];
	int i;

	for (i = 0; text != NULL && i < 6; i++)
		if ((field[i] = strsep(&text, " ")) == NULL)
			return false;
	if (i < 6)
		return false;
	l->id = strtoumax(field[0], NULL, 10);
	l->point = field[4];
	l->options = field[5];
	unescape(l->point);
	return true;
}

/* Is WORD one of the comma-separated OPTIONS? */
static bool
has(const char *options, const char *word)
{
	size_t n = strlen(word);

	for (; *options != '\0'; options += options[0] == ',') {
		if (strncmp(options, word, n) == 0 && (options[n] == ',' || options[n] == '\0'))
			return true;
		options += strcspn(options, ",");
	}
	return false;
}

static bool
right_options(const struct mount *m, const struct line *l)
{
	/* One that can be written may be read-only on the host. */
	bool ro = m->kind != MOUNT_RW && m->kind != MOUNT_TMPFS;

	return (!ro || has(l->options, "ro")) && has(l->options, "nosuid") &&
	    has(l->options, "nodev");
}

/* Is PATH the place of a mount on the host? *LIST: what was read of that, or NULL. */
static bool
on_host(const char *path, char **list)
{
	struct line l;
	char *copy, *at;
	bool yes = false;
	int fd;

	if (*list == NULL) {
		fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
		*list = fd == -1 ? NULL : read_list(fd);
		if (fd != -1)
			(void)close(fd);
	}
	copy = at = *list == NULL ? NULL : strdup(*list);
	while (!yes && at != NULL && next_line(&at, &l))
		yes = strcmp(l.point, path) == 0;
	free(copy);
	return yes;
}

/* What is mounted on the host below a directory comes with it. */
static bool
came_along(const struct plan *p, const struct line *l, char **list)
{
	const struct mount *m = mount_above(&p->mounts, p->mounts.n, l->point);
	char *source, *path;
	bool yes;

	if (m == NULL || (m->kind != MOUNT_RO && m->kind != MOUNT_RW) || m->src == NULL ||
	    (m->kind == MOUNT_RO && !has(l->options, "ro")))
		return false;
	source = realpath(m->src, NULL);
	path = path_clean(source == NULL ? m->src : source,
	    l->point[strlen(m->dest)] == '\0' ? "." : l->point + strlen(m->dest) + 1);
	yes = on_host(path, list);
	free(path);
	free(source);
	return yes;
}

static bool
expected(const struct plan *p, const struct line *l, char **list)
{
	size_t i;

	for (i = 0; i < sizeof(engines_own) / sizeof(*engines_own); i++)
		if (strcmp(l->point, engines_own[i].path) == 0 ||
		    (engines_own[i].all && path_within(l->point, engines_own[i].path)))
			return true;
	if (p->store != NULL && path_within(l->point, STORE_DIR))
		return true;
	/* Below what is to be seen there, which has a line of its own. */
	for (i = 0; i < p->mounts.n; i++)
		if (strcmp(l->point, p->mounts.v[i].dest) == 0)
			return true;
	return came_along(p, l, list);
}

/* The mount of P that LINE is, or P->mounts.n. */
static size_t
find(const struct plan *p, const struct line *l, const mount_id *ids)
{
	size_t i;

	for (i = 0; i < p->mounts.n && ids[i] != l->id; i++)
		;
	return i;
}

static bool
compare(const struct plan *p, char *at, const mount_id *ids, bool *seen)
{
	char *host = NULL;
	struct line l;
	bool ok = true;
	size_t i;

	while (ok && next_line(&at, &l)) {
		i = find(p, &l, ids);
		if (i < p->mounts.n) {
			seen[i] = true;
			ok = right_options(&p->mounts.v[i], &l);
			if (!ok)
				warnx("refused to start: '%s' is mounted inside with '%s'",
				    escaped(l.point), l.options);
		} else if (!expected(p, &l, &host)) {
			ok = false;
			warnx("refused to start: '%s' is mounted inside, and the plan does not name "
			    "it", escaped(l.point));
		}
	}
	free(host);
	for (i = 0; ok && i < p->mounts.n; i++) {
		ok = ids[i] == 0 || seen[i];
		if (!ok)
			warnx("refused to start: '%s' is not mounted inside", escaped(p->mounts.v[i].dest));
	}
	return ok;
}

bool
mountinfo_agrees(const struct plan *p, int fd, const mount_id *ids)
{
	char *list = read_list(fd);
	bool *seen = calloc(p->mounts.n + 1, sizeof(*seen)), ok = false;

	if (list == NULL || seen == NULL)
		warnx("refused to start: cannot read the list of mounts inside");
	else
		ok = compare(p, list, ids, seen);
	free(seen);
	free(list);
	return ok;
}
