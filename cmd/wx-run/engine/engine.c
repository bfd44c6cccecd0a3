/* SPDX-License-Identifier: MIT */
#include "engine.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "conrun.h"
#include "container.h"
#include "host/host.h"
#include "launch/launch.h"
#include "libcommon/exitcode.h"
#include "run/run.h"

static const struct engine engines[] = {
#ifdef __linux__
	{ .name = "bwrap", .install = "install bubblewrap (apt install bubblewrap)",
	    .base = host_system, .argv = bwrap_argv, .equip = bwrap_equip,
	    .run = run_plan, .abandon = run_abandon },
	{ .name = "podman", .install = "install it (apt install podman)", .needs_image = true, .detached = true,
	    .base = podman_system, .argv = podman_argv, .equip = podman_equip,
	    .run = run_plan, .abandon = run_abandon, .sweep = podman_sweep },
#endif
	{ .name = "container", .install = "it is Apple's, for macOS (https://github.com/apple/container)",
	    .needs_image = true, .machine = true, .files = CONTAINER_FILES, .unenforced = container_unenforced,
	    .base = container_system, .refuse = container_refuse, .settle = container_settle, .argv = container_argv,
	    .run = conrun_plan, .abandon = conrun_abandon, .sweep = conrun_sweep },
};
#define NENGINES (sizeof(engines) / sizeof(*engines))

const struct engine *
engine_find(const char *name)
{
	size_t i;

	for (i = 0; i < NENGINES; i++)
		if (strcmp(engines[i].name, name) == 0)
			return &engines[i];
	return NULL;
}

const struct engine *
engine_auto(bool image)
{
	size_t i;

	for (i = 0; i + 1 < NENGINES && engines[i].needs_image != image; i++)
		;
	return &engines[i];
}

void
engine_want(const struct plan *p)
{
	if (p->program == NULL)
		errx(WX_CHAIN, "%s is not on PATH: %s", p->engine->name, p->engine->install);
}

void
engine_sweep(const struct plan *p)
{
	struct plan by = *p;
	size_t i;

	for (i = 0; i < NENGINES; i++) {
		by.engine = &engines[i];
		by.program = by.engine->sweep == NULL ? NULL : host_program(by.engine->name);
		if (by.program != NULL)
			by.engine->sweep(&by);
		free(by.program);
	}
}
