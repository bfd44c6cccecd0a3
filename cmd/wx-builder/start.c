/* SPDX-License-Identifier: MIT */
/* start: the container, with all that it wants. */
#include "start.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "await.h"
#include "behind.h"
#include "builder.h"
#include "dial.h"
#include "engine.h"
#include "far.h"
#include "image.h"
#include "keys.h"
#include "status.h"
#include "verbs.h"
#include "format.h"

#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/selinux.h"

#define FREE_FROM 2223    /* ports of builders that are not the default */
#define FREE_TO   2322

/* The port of a builder that is not running: behind that of a listener, where there is one. */
static int
choose_port(const struct want *w, const struct builder *b)
{
	int port = w->port > 0 ? w->port : b->port, behind = port == b->port ? behind_port(b) : 0;

	if (behind > 0 && !dial_is_free(port) && dial_is_free(behind))
		return behind;

	if (port == 0 && strcmp(b->name, DEFAULT_NAME) == 0)
		port = DEFAULT_PORT;
	if (port > 0 && !dial_is_free(port))
		errx(WX_FAIL, "cannot use port %d: another program has it; end that, or take another port with: "
		    "wx-builder start -p PORT", port);
	for (; port == 0 || !dial_is_free(port); port++) {
		if (port == 0)
			port = FREE_FROM;
		if (port > FREE_TO)
			errx(WX_FAIL, "cannot find a free port from %d to %d; say one with -p", FREE_FROM, FREE_TO);
		if (dial_is_free(port))
			break;
	}
	return port;
}

/* PORT is the container's from here on; what is kept is that which Nix knows. */
static void
remember(const struct want *w, struct builder *b, int port)
{
	char text[32];

	format_into(text, sizeof(text), "%d\n", port == behind_port(b) ? b->port : port);
	builder_write(b, "port", text);
	b->port = port;
	if (w->min_free == 0)
		builder_forget(b, "disk-min-free");
	if (w->min_free > 0) {
		format_into(text, sizeof(text), "%lld\n", (long long)w->min_free);
		builder_write(b, "disk-min-free", text);
	}
}

/* What Nix would make itself, but that without them newer ones look for another store. */
static void
make_store(const struct builder *b)
{
	char path[PATH_MAX];
	struct stat st;

	if (*b->far != '\0')
		return;
	builder_folders(b->store);
	if (stat(b->store, &st) == -1 || st.st_uid != geteuid())
		errx(WX_FAIL, "refusing the store '%s': it is not yours", b->store);
	format_into(path, sizeof(path), "%s/store", b->store);
	builder_folders(path);
	format_into(path, sizeof(path), "%s/var/nix", b->store);
	builder_folders(path);
	if (access(b->store, R_OK | W_OK | X_OK) == -1)
		err(WX_FAIL, "cannot use the store '%s'", b->store);
}

void
start_check_image(const struct builder *b, const char *name, const struct image_look *i)
{
	if (!i->there && *b->far != '\0')
		errx(WX_FAIL, "there is no image '%s' on the host of connection '%s'; make one here and bring it there with: "
		    "wrapix-builder image -o FILE, then start -i oci-archive:FILE", name, b->far);
	if (!i->there)
		errx(WX_FAIL, "there is no image '%s'; make one with: wrapix-builder image", name);
	if (!i->ours)
		errx(WX_FAIL, "refusing image '%s': it is no builder's (no label wrapix.builder=1); make one with: "
		    "wrapix-builder image", name);
}

/* A running one must be what is asked for. */
static void
check_running(const struct want *w, const struct builder *b, const struct look *l,
    const struct image_look *i)
{
	struct plan p = { .cpus = w->cpus, .memory = w->memory };
	const char *what = NULL;
	char limits[64];

	plan_limits(&p, limits, sizeof(limits));
	if (w->image != NULL && strcmp(w->image, l->image) != 0)
		what = "another image";
	else if (w->port > 0 && w->port != l->port)
		what = "another port";
	else if ((w->cpus > 0 || w->memory > 0) && strcmp(limits, l->limits) != 0)
		what = "other limits";
	else if (*l->odd != '\0')
		what = l->odd;
	if (what != NULL)
		errx(WX_FAIL, "builder '%s' is running with %s (image '%s', port %d); mend it with: wx-builder stop, "
		    "then start", b->name, what, l->image, l->port);
	if (i->there && *i->id != '\0' && *l->image_id != '\0' && strcmp(i->id, l->image_id) != 0)
		warnx("builder '%s' runs an older image '%s'; to take the new one: wx-builder stop, then start",
		    b->name, l->image);
}

/* Signals that would end us between the container and what is to be said of it. */
static void
hold_signals(int how)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGQUIT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(how, &set, NULL);
}

/* What config and machine are to say of a host that is not this one. */
static void
remember_host(const struct builder *b, const struct host_look *h)
{
	char text[96];

	format_into(text, sizeof(text), "%s\n", h->nix);
	builder_write(b, "system", text);
	format_into(text, sizeof(text), "%ld\n", h->cpus);
	builder_write(b, "processors", text);
}

/* Its port there may be another's, whom we cannot see from here. */
static bool
run_far(const struct want *w, const struct builder *b, struct plan *p, char *why, size_t cap)
{
	int i;

	for (i = 0; i < 5; i++) {
		p->far_port = far_port(b);
		if (engine_run(b, p, why, cap))
			return true;
		if (strstr(why, "address already in use") == NULL)
			break;
		far_shut(b, 1);
		far_open(b, engine_program(), want_seconds(w));
	}
	return false;
}

static void
run(const struct want *w, struct builder *b, struct look *l, const char *image, const char *asked)
{
	struct host_look host;
	struct plan p = { .name = b->name, .container = b->container, .server = b->server, .store = b->store,
	    .image = image, .asked = asked, .port = b->port, .cpus = w->cpus, .memory = w->memory,
	    .selinux = *b->far == '\0' && wx_selinux_enforcing() };
	char pidfile[PATH_MAX], why[512];
	bool ok;

	engine_look_host(&host);
	if (*b->far != '\0')
		remember_host(b, &host);
	p.cgroup = host.limits;
	format_into(pidfile, sizeof(pidfile), "%s/pid", b->keys);
	p.pidfile = pidfile;
	if (!p.cgroup && (p.cpus > 0 || p.memory > 0))
		errx(WX_FAIL, "cannot limit processors or memory: there is no control group of yours with the "
		    "controllers cpu, memory and pids, as a login under systemd has it; leave -c and -m out");
	builder_forget(b, "pid");
	hold_signals(SIG_BLOCK);
	ok = *b->far != '\0' ? run_far(w, b, &p, why, sizeof(why)) : engine_run(b, &p, why, sizeof(why));
	hold_signals(SIG_UNBLOCK);
	if (!ok)
		errx(WX_FAIL, "cannot start builder '%s': %s: %s", b->name, engine_name(), why);
	l->pid = (long)builder_number(b, "pid");
	engine_guard(b, true);
	/* podman takes its own away with what it knows of the container. */
	format_into(pidfile, sizeof(pidfile), "%ld\n", l->pid);
	if (l->pid > 0)
		builder_write(b, "first", pidfile);
}

/* Nothing that the engine was told elsewhere is to have made it another than it should be. */
static void
check_started(const struct builder *b, struct look *l)
{
	engine_look(b, l, NULL, NULL);
	engine_guard(b, false);
	if (*l->odd == '\0')
		return;
	await_undo(b, true);
	errx(WX_FAIL, "refusing builder '%s', which %s started with %s; see containers.conf(5) of the host it runs on",
	    b->name, engine_name(), l->odd);
}

/* Not running yet. LOCKED, and all is looked at. */
static void
start_it(const struct want *w, struct builder *b, struct look *l, struct image_look *i)
{
	const char *asked = w->image != NULL ? w->image : DEFAULT_IMAGE, *image = asked;
	struct look again;
	int ports;

	if (l->state == STATE_FOREIGN)
		errx(WX_FAIL, "there is a container '%s' that wx-builder did not make; mend it with: %s rm %s",
		    b->container, engine_name(), b->container);
	if (image_is_archive(asked)) {
		image = image_load(asked);
		engine_look(b, &again, image, i);
	}
	start_check_image(b, image, i);
	engine_check_here(b);
	if (*l->gone != '\0')
		warnx("starting builder '%s' anew: %s", b->name, l->gone);
	if (l->state == STATE_DEAD)
		engine_remove(b);
	else
		engine_reap(b);
	keys_make(b);
	make_store(b);
	ports = builder_lock_ports(want_seconds(w));
	remember(w, b, *b->far != '\0' ? b->port : choose_port(w, b));
	keys_publish(b, 1);
	run(w, b, l, image, asked);
	check_started(b, l);
	(void)close(ports);
}

/* The builder is on another host: that can be reached from here on. LOCKED. */
static void
reach(const struct want *w, struct builder *b)
{
	int ports;

	/* That of a start that was killed before the port was remembered is of another port. */
	if (far_tunnel(b) == TUNNEL_UP && (b->port == 0 || dial_is_free(b->port)))
		far_shut(b, 0);
	if (far_tunnel(b) != TUNNEL_UP) {
		ports = builder_lock_ports(want_seconds(w));
		b->port = choose_port(w, b);
		far_open(b, engine_program(), want_seconds(w));
		(void)close(ports);
	} else if (w->port > 0 && w->port != b->port) {
		errx(WX_FAIL, "builder '%s' has the port %d; mend it with: wx-builder stop%s, then start", b->name, b->port,
		    builder_option(b));
	}
}

int
start_run(const struct want *w)
{
	const char *image = w->image != NULL ? w->image : DEFAULT_IMAGE;
	long long since = wx_clock_ms();
	struct image_look i = { 0 };
	struct builder b;
	struct look l;
	bool ours;

	builder_find(&b, w->name, w->connection);
	engine_find(w, &b);
	builder_make(&b);
	builder_lock(&b, want_seconds(w));
	if (*b.far != '\0')
		reach(w, &b);
	engine_look(&b, &l, image_is_archive(image) ? NULL : image, &i);
	ours = l.state != STATE_RUNNING;
	if (ours) {
		start_it(w, &b, &l, &i);
	} else {
		check_running(w, &b, &l, &i);
		if (l.port == behind_port(&b) && dial_is_free(b.port))
			behind_listen(&b);
		keys_make(&b);
		remember(w, &b, *b.far != '\0' ? b.port : l.port);
		keys_publish(&b, 0);
		engine_publish(&b, &l);
	}
	far_keep();
	builder_unlock(&b);
	await_ready(&b, &l, since, want_seconds(w), ours);
	if (w->json)
		status_show(&b, &l, "ready", true);
	return WX_OK;
}
