/* SPDX-License-Identifier: MIT */
#include "ship.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "engine.h"
#include "tarball.h"

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/tool/strv.h"

#define FILE_MAX 16384

/* T into FOLDER of CONTAINER, by a pipe: no key is in an argument or in a file. */
static bool
copy_in(struct tarball *t, const char *container, const char *folder, char *why, size_t cap)
{
	char *to = xprintf("%s:%s", container, folder);
	const char *const words[] = { "cp", "-", to, NULL };
	struct child c;
	int p[2], rc;

	tarball_end(t);
	if (pipe(p) == -1 || fcntl(p[0], F_SETFD, FD_CLOEXEC) == -1 || fcntl(p[1], F_SETFD, FD_CLOEXEC) == -1)
		err(WX_TEMP, "cannot make a pipe");
	engine_begin(&c, words, p[0]);
	(void)close(p[0]);
	(void)signal(SIGPIPE, SIG_IGN);
	/* One that does not read to the end says why. */
	(void)wx_write_all(p[1], t->v, t->n);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)close(p[1]);
	rc = child_finish(&c, NULL, 0, why, cap);
	wx_wipe(t->v, t->n);
	t->n = 0;
	free(to);
	return rc == 0;
}

static void
add_file(const struct builder *b, const char *name, struct tarball *t)
{
	char buf[FILE_MAX], *path = xprintf("server/%s", name);
	ssize_t n = builder_read(b, path, 1, buf, sizeof(buf));

	if (n == -1)
		err(WX_FAIL, "cannot read '%s/%s'", b->server, name);
	tarball_add(t, name, buf, (size_t)n);
	wx_wipe(buf, sizeof(buf));
	free(path);
}

bool
ship_run(const struct builder *b, const struct plan *p, char *why, size_t cap)
{
	static struct tarball t;
	const char *const start[] = { "start", b->container, NULL };
	struct strv create = { 0 };

	plan_podman(p, &create);
	if (engine_ask((const char *const *)create.v, -1, NULL, 0, why, cap) != 0)
		return false;
	add_file(b, "authorized_keys", &t);
	add_file(b, "ssh_host_ed25519_key", &t);
	if (!copy_in(&t, b->container, "/etc/wrapix", why, cap))
		return false;
	/* As make_store has them here. Those that are there stay. */
	tarball_add(&t, "store/", NULL, 0);
	tarball_add(&t, "var/", NULL, 0);
	tarball_add(&t, "var/nix/", NULL, 0);
	return copy_in(&t, b->container, "/nix", why, cap) &&
	    engine_ask(start, -1, NULL, 0, why, cap) == 0;
}

bool
ship_keys(const struct builder *b, const char *image, char *why, size_t cap)
{
	static struct tarball t;
	char *hand = xprintf("%s.keys", b->container), *from = xprintf("--volumes-from=%s:rw", b->container), said[512];
	const char *const create[] = { "create", "--name", hand, "--pull=never", "--userns=keep-id:uid=1000,gid=1000",
	    "--user=1000:1000", "--cap-drop=all", "--network=none", "--cgroups=disabled", from, "--", image, NULL };
	const char *const rm[] = { "rm", "--force", "--ignore", "--", hand, NULL };
	bool ok;

	/* Of one that was killed. */
	(void)engine_ask(rm, -1, NULL, 0, said, sizeof(said));
	add_file(b, "authorized_keys", &t);
	ok = engine_ask(create, -1, NULL, 0, why, cap) == 0 && copy_in(&t, hand, "/etc/wrapix", why, cap);
	(void)engine_ask(rm, -1, NULL, 0, said, sizeof(said));
	free(from);
	free(hand);
	return ok;
}
