/* SPDX-License-Identifier: MIT */
#include "usermount.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "libcommon/tool/beneath.h"
#include "libcommon/tool/path.h"
#include "plan/plan.h"
#include "state/state.h"

/* SRC is real; another run may change what is there just now. */
static void
check_source(const char *src, struct mount *m)
{
	struct stat st;
	int top = wx_top_open("/", O_DIRECTORY);

	if (top == -1 || wx_beneath_stat(top, src + 1, &st) == -1)
		err(WX_CHAIN, "cannot mount '%s': it was changed just now; try again", escaped(src));
	m->dev = st.st_dev;
	m->ino = st.st_ino;
	(void)close(top);
}

static void
add(struct plan *p, const struct mount_request *m)
{
	char *want = dest_expand(p->host_home, m->src), *src = realpath(want, NULL), *dest, *clean;
	struct mount *new;

	if (src == NULL && m->optional && (errno == ENOENT || errno == ENOTDIR)) {
		free(want);
		return;
	}
	if (src == NULL)
		err(WX_CHAIN, "cannot mount '%s'", want);
	if (!path_within(src, p->project) && path_inside(want, p->project))
		errx(WX_CHAIN, "cannot mount '%s': a link in the project leads to it, and the sandbox could have made that; "
		    "name the place itself, '%s'", want, src);
	if (path_within(p->host_home, src))
		errx(WX_CHAIN, "cannot mount '%s': your home with all its keys is in it; "
		    "mount the one folder that is needed", src);
	if (path_within(p->run_dir, src) || path_within(src, p->run_dir) || live_holds(p, src))
		errx(WX_CHAIN, "cannot mount '%s': wx-run's own state is there", src);
	/* By its other name what is protected in the project could be changed. */
	if (m->rw && (path_within(p->project, src) || path_within(src, p->project)))
		errx(WX_CHAIN, "cannot mount '%s' writable: it overlaps with the project, which "
		    "is at '%s'; mount it ro", src, p->at);
	dest = m->dest == NULL ? xstrdup(*want == '/' ? want : src) : dest_expand(p->home, m->dest);
	if (*dest != '/')
		errx(WX_CHAIN, "cannot mount on '%s': not an absolute path", dest);
	clean = path_clean("/", dest);
	dest_check(p, clean);
	new = mount_add(&p->mounts, m->rw ? MOUNT_RW : MOUNT_RO, src, clean, "mount");
	new->optional = m->optional;
	check_source(src, new);
	free(clean);
	free(dest);
	free(want);
	free(src);
}

void
usermount_show(struct plan *p, const char *src)
{
	struct mount_request m = { .src = xstrdup(src) };

	add(p, &m);
	free(m.src);
}

void
usermount_add(const struct request *r, struct plan *p)
{
	size_t i;

	for (i = 0; i < r->mounts.n; i++)
		add(p, &r->mounts.v[i]);
}

/*
 * A mount point in what can be written inside (the state, a writable mount) is made by
 * bwrap, which below 0.12 follows links for that, out of the sandbox. One may be there
 * from an earlier run.
 */
void
usermount_refuse_links(const struct plan *p)
{
	const struct mount *m, *in;
	const char *rel;
	struct stat st;
	size_t i;
	int fd;

	for (i = 0; i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		in = mount_above(&p->mounts, i, m->dest);
		if (in == NULL || in->kind != MOUNT_RW || strcmp(in->dest, m->dest) == 0)
			continue;
		fd = wx_top_open(in->src, 0);
		if (fd == -1)   /* the state, which a run will make */
			continue;
		rel = m->dest + strlen(in->dest) + 1;
		if (wx_beneath_stat(fd, rel, &st) == -1 && errno == ELOOP)
			errx(WX_CHAIN, "cannot mount on '%s': a symbolic link is in the way, which an "
			    "earlier run may have left; remove '%s/%s'", escaped(m->dest), in->src,
			    escaped(beneath_link(fd, rel)));
		(void)close(fd);
	}
}
