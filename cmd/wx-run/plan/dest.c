/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <err.h>
#include <string.h>

#include "libcommon/exitcode.h"
#include "libcommon/tool/path.h"

char *
dest_expand(const char *home, const char *path)
{
	if (strcmp(path, "~") == 0 || strncmp(path, "~/", 2) == 0)
		return xprintf("%s%s", home, path + 1);
	return xstrdup(path);
}

void
dest_refuse(const struct plan *p, const char *dest)
{
	static const char *const taken[] = { "/proc", "/dev", "/run/wrapix", SECRETS_DIR, NULL };
	static const char *const whole[] = { "/", "/run", "/tmp", "/usr", "/etc", "/var",
	    "/bin", "/lib", "/lib64", "/sbin", "/nix", "/nix/store", "/home", NULL };
	const char *const *t;

	for (t = taken; *t != NULL; t++)
		if (path_within(dest, *t))
			errx(WX_CHAIN, "cannot mount on '%s': it is the sandbox's own", dest);
	for (t = whole; *t != NULL; t++)
		if (strcmp(dest, *t) == 0)
			errx(WX_CHAIN, "cannot mount on '%s': it is the sandbox's own", dest);
	if (path_within(p->home, dest))
		errx(WX_CHAIN, "cannot mount on '%s': the home inside is in it", dest);
}

void
dest_check(const struct plan *p, const char *dest)
{
	if (path_within(dest, WORKSPACE) || path_within(dest, p->at))
		errx(WX_CHAIN, "cannot mount on '%s': it is the project's; take another place", dest);
	dest_refuse(p, dest);
	if (p->store != NULL && path_within(dest, STORE_DIR))
		errx(WX_CHAIN, "cannot mount on '%s': what is there '%s' lists (store_paths)", dest,
		    p->store->file);
}
