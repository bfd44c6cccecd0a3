/* SPDX-License-Identifier: MIT */
#include "check.h"

#include <sys/utsname.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/exitcode.h"
#include "libcommon/tool/program.h"
#include "libcommon/tool/strv.h"
#include "look/look.h"

static bool
version_of(const char *path, char *buf, size_t cap)
{
	return program_says((const char *const[]){ path, "--version", NULL }, buf, cap);
}

static bool
bwrap(void)
{
	char *path = program_in(getenv("PATH"), "bwrap"), version[128], *what;
	const char *mend = "apt install bubblewrap";
	char said[512] = "not on PATH";
	bool ok = path != NULL && look_bwrap(said, sizeof(said), &mend);

	if (path != NULL && version_of(path, version, sizeof(version)))
		what = xprintf("%s%s%s", version, ok ? "" : "; ", ok ? "" : said);
	else
		what = xprintf("%s%s", ok ? path : "", ok ? "" : said);
	ok = say(ok, "bwrap", what, mend);
	free(what);
	free(path);
	return ok;
}

/* What is missing first is said: with it the next look says more. */
static bool
podman(void)
{
	struct facts f = { 0 };
	size_t i;
	char *what;
	bool ok;

	podman_look(NULL, &f);
	for (i = 0; i + 1 < f.n && f.v[i].ok; i++)
		;
	ok = f.v[i].ok;
	if (i == 0)
		return say(ok, "podman", f.v[0].what, f.v[0].mend);
	what = ok ? xprintf("%s; not tried", f.v[0].what) :
	    xprintf("%s; %s: %s", f.v[0].what, f.v[i].name, f.v[i].what);
	(void)say(ok, "podman", what, f.v[i].mend);
	free(what);
	return ok;
}

/* Apple's. What it is here is found out while it runs: no other file knows systems. */
static bool
container(void)
{
	static const char releases[] = "1.0.0 or newer: https://github.com/apple/container/releases";
	struct utsname u;
	char *path, version[128] = "";

	if (uname(&u) == -1)
		err(WX_FAIL, "cannot ask for the system's name");
	if (strcmp(u.sysname, "Darwin") != 0)
		return say(false, "container", "Apple's container is for macOS", NULL);
	path = program_in(getenv("PATH"), "container");
	if (path == NULL)
		return say(false, "container", "not on PATH",
		    "https://github.com/apple/container/releases, then: container system start");
	if (!version_of(path, version, sizeof(version)))
		return say(false, "container", "'container --version' fails", releases);
	if (version_in(version).major < 1)
		return say(false, "container", version, releases);
	if (!program_says((const char *const[]){ path, "system", "status", NULL }, NULL, 0))
		return say(false, "container", "its service is not running",
		    "container system start");
	return say(true, "container", version, NULL);
}

bool
check_engines(void)
{
	bool ok = bwrap();

	ok |= podman();
	ok |= container();
	return ok;
}
