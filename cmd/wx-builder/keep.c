/* SPDX-License-Identifier: MIT */
/* wait, stop, restart, authorize, load: what is done with a builder that was started, or will be. */
#include <err.h>
#include <stdlib.h>

#include "await.h"
#include "behind.h"
#include "builder.h"
#include "engine.h"
#include "far.h"
#include "image.h"
#include "keys.h"
#include "start.h"
#include "status.h"
#include "verbs.h"

#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "libcommon/tool/strv.h"

int
wait_run(const struct want *w)
{
	long long since = wx_clock_ms();
	struct builder b;
	struct look l;

	builder_find(&b, w->name, w->connection);
	engine_find(w, &b);
	builder_must(&b);
	keys_must(&b);
	far_must(&b);
	engine_look(&b, &l, NULL, NULL);
	if (l.state == STATE_DEAD)
		await_ended(&b, false);
	if (l.state != STATE_RUNNING)
		errx(WX_FAIL, "builder '%s' is not running; start it with: wx-builder start", b.name);
	b.port = *b.far != '\0' ? b.port : l.port;
	await_ready(&b, &l, since, want_seconds(w), false);
	if (w->json)
		status_show(&b, &l, "ready", true);
	return WX_OK;
}

int
stop_run(const struct want *w)
{
	struct builder b;
	struct look l;

	builder_find(&b, w->name, w->connection);
	engine_find(w, &b);
	if (b.dir == -1)
		return WX_OK;
	if (!w->background)
		behind_end(&b);
	builder_make(&b);
	builder_lock(&b, DEADLINE);
	if (*b.far != '\0' && far_tunnel(&b) == TUNNEL_NONE)
		return WX_OK;
	/* One that was cut may have left a container that runs. */
	if (*b.far != '\0')
		far_open(&b, engine_program(), DEADLINE);
	engine_look(&b, &l, NULL, NULL);
	if (l.state == STATE_FOREIGN)
		errx(WX_FAIL, "refusing to stop container '%s': wx-builder did not make it", b.container);
	if (l.state != STATE_ABSENT)
		engine_remove(&b);
	engine_reap(&b);
	builder_forget(&b, "pid");
	builder_forget(&b, "first");
	if (*b.far != '\0')
		far_shut(&b, 0);
	return WX_OK;
}

/* What start would refuse is found before the one that runs is ended. */
int
restart_run(const struct want *w)
{
	const char *image = w->image != NULL ? w->image : DEFAULT_IMAGE;
	struct want without = *w;   /* the listener stays */
	struct image_look i = { 0 };
	struct builder b;
	struct look l;

	builder_find(&b, w->name, w->connection);
	engine_find(w, &b);
	builder_make(&b);
	builder_lock(&b, want_seconds(w));
	if (*b.far == '\0' || far_tunnel(&b) == TUNNEL_UP) {
		if (image_is_archive(image))
			image = image_load(image);
		engine_look(&b, &l, image, &i);
		start_check_image(&b, image, &i);
	}
	keys_make(&b);
	builder_unlock(&b);
	without.background = true;
	(void)stop_run(&without);
	builder_unlock(&b);
	return start_run(w);
}

/* An archive of a file's own name too. */
int
load_run(const struct want *w)
{
	struct builder b;
	char *name, *archive;

	if (w->image == NULL)
		errx(WX_USAGE, "load: no image is given, with -i");
	builder_find(&b, w->name, NULL);
	engine_find(w, &b);
	archive = image_is_archive(w->image) ? xprintf("%s", w->image) : xprintf("oci-archive:%s", w->image);
	name = image_load(archive);
	image_tag(name);
	free(archive);
	free(name);
	return WX_OK;
}

int
authorize_run(const struct want *w)
{
	struct builder b;
	struct look l;

	builder_find(&b, w->name, w->connection);
	builder_must(&b);
	keys_must(&b);
	builder_make(&b);
	builder_lock(&b, DEADLINE);
	keys_publish(&b, 0);
	/* Elsewhere: a stopped one gets them when it is started. */
	if (*b.far == '\0' || far_tunnel(&b) == TUNNEL_NONE)
		return WX_OK;
	engine_find(w, &b);
	far_must(&b);
	engine_look(&b, &l, NULL, NULL);
	if (l.state == STATE_RUNNING)
		engine_publish(&b, &l);
	return WX_OK;
}
