/* SPDX-License-Identifier: MIT */
#include "guard.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/osfile.h"
#include "libcommon/tool/path.h"
#include "walk.h"

#define NAMES_MAX 4000     /* that are looked at */

struct search {
	const struct guards *g;
	const struct plan   *p;
	struct mounts       *late;   /* what is found */
	struct strv         names;   /* of the kernel's list: relative ones */
};

static bool
has(const struct mounts *m, const char *dest)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (strcmp(m->v[i].dest, dest) == 0)
			return true;
	return false;
}

static void
add_cover(const struct search *s, const char *rel, const struct stat *st)
{
	char *dest = xprintf("%s/%s", s->p->at, rel);
	struct mount *m;

	if (!has(&s->p->mounts, dest) && !has(s->late, dest)) {
		m = mount_file(s->late, dest, 0444, "", 0);
		m->why = "socket";
		m->late = true;
		m->dev = st->st_dev;
		m->ino = st->st_ino;
	}
	free(dest);
}

/* One name of the kernel's list: where it was bound, as it was said then. */
static void
add_name(struct search *s, char *name)
{
	const char *rel = name + strlen(s->p->project) + 1;
	struct stat st;

	name[strcspn(name, "\n")] = '\0';
	if (*name != '/')
		strv_add(&s->names, strncmp(name, "./", 2) == 0 ? name + 2 : name);
	else if (path_within(name, s->p->project) && strcmp(name, s->p->project) != 0 &&
	    !path_within(rel, ".git") && wx_beneath_stat(s->g->roots.v[0].fd, rel, &st) == 0 &&
	    S_ISSOCK(st.st_mode))
		add_cover(s, rel, &st);
}

/* "Num: RefCount Protocol Flags Type St Inode Path"; an abstract name begins with '@'. */
static void
read_names(struct search *s)
{
	FILE *fp = fopen("/proc/net/unix", "re");
	char *line = NULL;
	size_t cap = 0;
	int at;

	while (fp != NULL && getline(&line, &cap, fp) > 0) {
		at = 0;
		(void)sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %n", &at);
		if (at > 0 && line[at] != '\0' && line[at] != '@')
			add_name(s, line + at);
	}
	if (fp != NULL)
		(void)fclose(fp);
	free(line);
}

/* Is REL what somebody bound by the end of that? */
static bool
named(const struct search *s, const char *rel)
{
	size_t i, n, len = strlen(rel);

	for (i = 0; i < s->names.n; i++) {
		n = strlen(s->names.v[i]);
		if (n <= len && strcmp(rel + len - n, s->names.v[i]) == 0 &&
		    (n == len || rel[len - n - 1] == '/'))
			return true;
	}
	return false;
}

/* Does anybody listen on REL, perhaps in another network namespace, of which the list says
 * nothing? Where nobody does, nobody hears of it. */
static bool
answers(const struct search *s, const char *rel)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int place = wx_beneath_open(s->g->roots.v[0].fd, rel, O_PATH), fd;
	bool dead;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "/proc/self/fd/%d", place);
	dead = place != -1 && fd != -1 &&
	    connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) == -1 &&
	    (errno == ECONNREFUSED || errno == ENOENT);
	if (place != -1)
		(void)close(place);
	if (fd != -1)
		(void)close(fd);
	return !dead;
}

static void
look_at(void *arg, const char *rel, ino_t ino, unsigned char type)
{
	const struct search *s = arg;
	struct stat st;

	(void)ino;
	if (type == DT_SOCK && wx_beneath_stat(s->g->roots.v[0].fd, rel, &st) == 0 &&
	    S_ISSOCK(st.st_mode) && (named(s, rel) || answers(s, rel)))
		add_cover(s, rel, &st);
}

void
sockets_cover(const struct guards *g, const struct plan *p, struct mounts *late)
{
	struct search s = { .g = g, .p = p, .late = late };
	size_t i;

	if (p->engine->machine)   /* a machine of its own: it reaches none */
		return;
	read_names(&s);
	(void)walk_names(g->roots.v[0].fd, NAMES_MAX, look_at, &s);
	for (i = 0; i < s.names.n; i++)
		free(s.names.v[i]);
	free(s.names.v);
}
