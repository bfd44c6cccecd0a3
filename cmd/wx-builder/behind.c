/* SPDX-License-Identifier: MIT */
#include "behind.h"

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "child.h"
#include "dial.h"
#include "format.h"

#include "libcommon/atomic.h"
#include "libcommon/exitcode.h"
#include "libcommon/tool/strv.h"

#define BEHIND      "behind"
#define LISTEN      "listen"
#define BEHIND_FROM 2423   /* those of start are below */
#define BEHIND_TO   2522

int
behind_port(const struct builder *b)
{
	unsigned long long port = b->dir == -1 ? 0 : builder_number(b, BEHIND);

	return port > 0 && port <= 65535 ? (int)port : 0;
}

void
behind_keep(struct builder *b, int port)
{
	int lock = builder_lock_ports(10), behind = behind_port(b);
	char text[32];

	format_into(text, sizeof(text), "%d\n", port);
	builder_write(b, "port", text);
	b->port = port;
	if (behind == 0 || behind == port)
		for (behind = BEHIND_FROM; behind == port || !dial_is_free(behind); behind++)
			if (behind == BEHIND_TO)
				errx(WX_FAIL, "cannot find a free port from %d to %d", BEHIND_FROM, BEHIND_TO);
	format_into(text, sizeof(text), "%d\n", behind);
	builder_write(b, BEHIND, text);
	(void)close(lock);
}

int
behind_take(const struct builder *b)
{
	int fd = openat(b->dir, LISTEN, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd == -1)
		err(WX_FAIL, "cannot write '%s/" LISTEN "'", b->keys);
	if (wx_dir_lock(fd, 0) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

void
behind_end(const struct builder *b)
{
	int fd = openat(b->dir, LISTEN, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1)
		return;
	if (wx_dir_lock(fd, 0) == -1 && !builder_end_holder(fd, SIGTERM) && !builder_end_holder(fd, SIGKILL))
		errx(WX_FAIL, "cannot end the listener of builder '%s': see its pid in '%s/" LISTEN "'", b->name, b->keys);
	(void)close(fd);
}

void
behind_listen(const struct builder *b)
{
	char *self, *name = xprintf("--name=%s", b->name), said[512];
	const char *argv[] = { NULL, "listen", "--background", name, NULL };

	self = builder_which("wx-builder");
	argv[0] = self;
	if (self == NULL || child_run(argv, -1, NULL, 0, said, sizeof(said)) != 0)
		errx(WX_FAIL, "cannot listen for builder '%s': %s", b->name, self == NULL ? "wx-builder is not on PATH" : said);
	free(self);
	free(name);
}
