/* SPDX-License-Identifier: MIT */
#include "devices.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/sysmacros.h>
#endif

#include "libcommon/exitcode.h"
#include "libcommon/tool/path.h"

/* Devices that hold nothing of the user's and change nothing of the system; '#' is a number. */
static const struct { const char *path; bool gpu; } kinds[] = {
	{ "/dev/accel/accel#", true },       /* accelerators, Linux' own class */
	{ "/dev/dri/renderD#", true },       /* not card#, which has the screen */
	{ "/dev/dxg", true },                /* WSL */
	{ "/dev/kfd", true },                /* AMD */
	{ "/dev/nvidia#", true },
	{ "/dev/nvidia-modeset", true },
	{ "/dev/nvidia-uvm", true },
	{ "/dev/nvidia-uvm-tools", true },
	{ "/dev/nvidiactl", true },
	{ "/dev/kvm", false },
	{ "/dev/ttyACM#", false },           /* boards that are programmed by a serial line */
	{ "/dev/ttyUSB#", false },
};
#define NKINDS (sizeof(kinds) / sizeof(*kinds))

static bool
matches(const char *pattern, const char *path)
{
	size_t n = strcspn(pattern, "#"), digits;

	if (pattern[n] == '\0')
		return strcmp(pattern, path) == 0;
	digits = strncmp(pattern, path, n) == 0 ? strspn(path + n, "0123456789") : 0;
	return digits > 0 && path[n + digits] == '\0';
}

bool
device_allowed(const char *path, bool *gpu)
{
	size_t i;

	for (i = 0; i < NKINDS && !matches(kinds[i].path, path); i++)
		;
	*gpu = i < NKINDS && kinds[i].gpu;
	return i < NKINDS;
}

/* "/dev/dri/renderD#, ...": the caller owns it. */
static char *
all_kinds(void)
{
	char *all = xstrdup(kinds[0].path), *more;
	size_t i;

	for (i = 1; i < NKINDS; i++) {
		more = xprintf("%s, %s", all, kinds[i].path);
		free(all);
		all = more;
	}
	return all;
}

static bool
has(const struct plan *p, const char *dest)
{
	size_t i;

	for (i = 0; i < p->mounts.n; i++)
		if (strcmp(p->mounts.v[i].why, "device") == 0 && strcmp(p->mounts.v[i].dest, dest) == 0)
			return true;
	return false;
}

/* What libraries ask the kernel of a device that is a part of another: of a GPU its maker, its kind, its bus. */
static void
add_sys(struct plan *p, dev_t rdev)
{
#ifdef __linux__
	char *at = xprintf("/sys/dev/char/%u:%u", major(rdev), minor(rdev)), *part = xprintf("%s/device", at);
	char *real = realpath(part, NULL), *own = realpath(at, NULL);

	if (!p->engine->needs_image && real != NULL && own != NULL && path_within(own, real) && !has(p, at)) {
		(void)mount_add(&p->mounts, MOUNT_RO, real, real, "device");
		(void)mount_add(&p->mounts, MOUNT_SYMLINK, own, at, "device");
	}
	free(own);
	free(real);
	free(part);
	free(at);
#else
	(void)p;
	(void)rdev;
#endif
}

static void
add(struct plan *p, const char *path)
{
	struct stat st;

	if (has(p, path))
		return;
	if (lstat(path, &st) == -1)
		err(WX_CHAIN, "no device '%s' (--device)", escaped(path));
	if (!S_ISCHR(st.st_mode))
		errx(WX_CHAIN, "'%s' (--device) is no character device", escaped(path));
	if (access(path, R_OK | W_OK) == -1)
		err(WX_CHAIN, "cannot open '%s' (--device), so it would be of no use inside: join its group", escaped(path));
	(void)mount_add(&p->mounts, MOUNT_DEV, path, path, "device");
	add_sys(p, st.st_rdev);
}

/* All that are there and can be opened. */
static void
add_gpus(struct plan *p)
{
	static const char *const places[] = { "/dev/accel/accel*", "/dev/dri/renderD*", "/dev/dxg", "/dev/kfd", "/dev/nvidia*" };
	struct stat st;
	size_t i, k, n = 0;
	bool gpu;
	glob_t g;

	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (glob(places[i], 0, NULL, &g) != 0)
			continue;
		for (k = 0; k < g.gl_pathc; k++)
			if (device_allowed(g.gl_pathv[k], &gpu) && gpu && lstat(g.gl_pathv[k], &st) == 0 &&
			    S_ISCHR(st.st_mode) && access(g.gl_pathv[k], R_OK | W_OK) == 0) {
				add(p, g.gl_pathv[k]);
				n++;
			}
		globfree(&g);
	}
	if (n == 0)
		errx(WX_CHAIN, "no GPU that this user can open (--device gpu): there is none in /dev, or its group is another's");
}

void
devices_add(const struct request *r, struct plan *p)
{
	const char *want;
	bool gpu;
	size_t i;

	if (r->devices.n > 0 && p->engine->machine)
		errx(WX_CHAIN, "engine '%s' has no device of this machine (--device): its own machine has none", p->engine->name);
	for (i = 0; i < r->devices.n; i++) {
		want = r->devices.v[i];
		if (strcmp(want, "gpu") == 0)
			add_gpus(p);
		else if (device_allowed(want, &gpu))
			add(p, want);
		else
			errx(WX_CHAIN, "no device '%s' (--device): it is gpu, or one of %s", escaped(want), all_kinds());
	}
}
