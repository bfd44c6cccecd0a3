/* SPDX-License-Identifier: MIT */
#include "engine.h"

#include <sys/stat.h>
#include <sys/utsname.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "child.h"
#include "far.h"
#include "inspect.h"
#include "ship.h"
#include "stand.h"
#include "format.h"

#include "libcommon/containersconf.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/tool/exit.h"
#include "libcommon/tool/strv.h"
#include "libcommon/usersystemd.h"
#include "libcommon/utf8.h"

#define JSON_MAX (1 << 20)
#define LINES    "8"   /* of the log, for a message */

static enum engine kind;
static char *program;
static char runtime[PATH_MAX];     /* XDG_RUNTIME_DIR of a container to be; "": none */
static char url[PATH_MAX + 8];   /* of podman's socket; "": no other host */

static bool
is_darwin(void)
{
	struct utsname u;

	return uname(&u) == 0 && strcmp(u.sysname, "Darwin") == 0;
}

/* A directory that is ours. */
static bool
is_usable(const char *path)
{
	struct stat st;

	return *path == '/' && stat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

static void
set_runtime(const char *path)
{
	if ((*path == '\0' ? unsetenv("XDG_RUNTIME_DIR") : setenv("XDG_RUNTIME_DIR", path, 1)) == -1)
		err(exit_code(WX_TEMP), "cannot set the environment");
}

/*
 * podman forgets what runs where XDG_RUNTIME_DIR is another than at its start, as it is for a user who has not logged
 * in. So it is told that of the builder's last start; of the next one it is the user's own, or that which a login would have.
 */
static void
take_runtime(const struct builder *b)
{
	char was[PATH_MAX], login[64];

	format_into(login, sizeof(login), "/run/user/%lu", (unsigned long)geteuid());
	format_into(runtime, sizeof(runtime), "%s", getenv("XDG_RUNTIME_DIR") != NULL ? getenv("XDG_RUNTIME_DIR") : is_usable(login) ? login : "");
	set_runtime(runtime);
	if (b->dir == -1 || builder_read(b, "runtime", 0, was, sizeof(was)) < 1)
		return;
	was[strcspn(was, "\n")] = '\0';
	if (*was == '\0' || is_usable(was))
		set_runtime(was);
}

void
engine_find(const struct want *w, const struct builder *b)
{
	char socket[PATH_MAX];
	bool far = *b->far != '\0';

	if (geteuid() == 0)
		errx(exit_code(WX_FAIL), "refusing to run as root: the builder is a user's");
	kind = w->engine != ENGINE_AUTO ? w->engine : is_darwin() && !far ? ENGINE_CONTAINER : ENGINE_PODMAN;
	if (far && kind != ENGINE_PODMAN)
		errx(exit_code(WX_FAIL), "refusing engine '%s' for builder '%s': only podman has connections", engine_name(), b->name);
	*url = '\0';
	if (far) {
		far_socket(b, socket);
		format_into(url, sizeof(url), "unix://%s", socket);
	}
	free(program);
	if (!far && kind == ENGINE_PODMAN)
		take_runtime(b);
	program = builder_which(engine_name());
	if (program == NULL)
		errx(exit_code(WX_FAIL), "cannot find %s on PATH; mend it with: %s", engine_name(),
		    kind == ENGINE_PODMAN ? "apt install podman" : "brew install container");
}

const char *
engine_name(void)
{
	return kind == ENGINE_CONTAINER ? "container" : "podman";
}

const char *
engine_program(void)
{
	return program;
}

void
engine_begin(struct child *c, const char *const words[], int in)
{
	struct strv argv = { 0 };

	strv_add(&argv, program);
	if (*url != '\0')
		strv_addf(&argv, "--url=%s", url);
	for (; *words != NULL; words++)
		strv_add(&argv, *words);
	child_start(c, (const char *const *)argv.v, in);
}

int
engine_ask(const char *const words[], int in, char *out, size_t out_cap, char *said, size_t said_cap)
{
	struct child c;

	engine_begin(&c, words, in);
	return child_finish(&c, out, out_cap, said, said_cap);
}

/* The code of what failed with SAID: a podman elsewhere that does not answer may do so later. */
static int
code(const char *said)
{
	return exit_code(strstr(said, "unable to connect to Podman") != NULL ? WX_TEMP : WX_FAIL);
}

static bool
is_absent(const char *said)
{
	return strstr(said, "no such container") != NULL || strstr(said, "no such object") != NULL ||
	    strstr(said, "not found") != NULL || strstr(said, "notFound") != NULL;
}

static bool
is_no_image(const char *said)
{
	return strstr(said, "image not known") != NULL || strstr(said, "no such image") != NULL ||
	    strstr(said, "No such image") != NULL || strstr(said, "not found") != NULL || strstr(said, "notFound") != NULL;
}

/* What an engine says of a thing. */
struct answer {
	int  rc;
	char json[JSON_MAX], said[512];
};

static void
finish(struct child *c, struct answer *a)
{
	a->rc = child_finish(c, a->json, sizeof(a->json), a->said, sizeof(a->said));
}

/* podman believes that it runs. */
static void
look_here(struct look *l)
{
	if (!stand_runs(l, l->gone, sizeof(l->gone)))
		l->state = STATE_DEAD;
	else if (*l->odd == '\0')
		(void)stand_walls(l, l->odd, sizeof(l->odd));
}

static void
read_container(const struct builder *b, const struct answer *a, struct look *l)
{
	bool ok;

	*l = (struct look){ .state = STATE_ABSENT };
	if (kind == ENGINE_CONTAINER && a->rc == 0 && strncmp(a->json, "[]", 2) == 0)
		return;
	if (a->rc != 0 && is_absent(a->said))
		return;
	ok = a->rc == 0 && (kind == ENGINE_PODMAN ? inspect_podman : inspect_apple)(a->json, b->name, l);
	if (!ok)
		errx(code(a->rc == 0 ? "" : a->said), "cannot look at container '%s': %s: %s", b->container, engine_name(),
		    a->rc == 0 ? "it says what is not expected" : a->said);
	/* A process of another host is none of ours. */
	if (*url != '\0')
		l->pid = 0;
	/* On macOS it is in a virtual machine. */
	else if (kind == ENGINE_PODMAN && l->state == STATE_RUNNING && !is_darwin())
		look_here(l);
}

static void
read_image(const char *name, const struct answer *a, struct image_look *i)
{
	*i = (struct image_look){ .there = a->rc == 0 };
	if (a->rc != 0 && is_no_image(a->said))
		return;
	/* Of Apple's no layout is known to be kept: there it only has to be. */
	if (kind == ENGINE_CONTAINER && a->rc == 0)
		i->ours = true;
	else if (a->rc != 0 || !inspect_image(a->json, i))
		errx(code(a->rc == 0 ? "" : a->said), "cannot look at image '%s': %s: %s", name, engine_name(),
		    a->rc == 0 ? "it says what is not expected" : a->said);
}

void
engine_look(const struct builder *b, struct look *l, const char *image, struct image_look *i)
{
	const char *const apple[] = { "inspect", b->container, NULL };
	const char *const podman[] = { "container", "inspect", "--", b->container, NULL };
	const char *const of_image[] = { "image", "inspect", image, NULL };
	static struct answer container, picture;
	struct child c, d;

	engine_begin(&c, kind == ENGINE_PODMAN ? podman : apple, -1);
	if (image != NULL)
		engine_begin(&d, of_image, -1);
	/* Both, before one is judged: none is to go on when that ends us. */
	finish(&c, &container);
	if (image != NULL)
		finish(&d, &picture);
	read_container(b, &container, l);
	if (image != NULL && i != NULL)
		read_image(image, &picture, i);
}

bool
engine_look_image(const char *name, struct image_look *i)
{
	const char *const words[] = { "image", "inspect", name, NULL };
	static struct answer a;
	struct child c;

	engine_begin(&c, words, -1);
	finish(&c, &a);
	read_image(name, &a, i);
	return i->there;
}

void
engine_reap(const struct builder *b)
{
	long pid = (long)builder_number(b, "first");
	int tries;

	if (*url != '\0' || kind != ENGINE_PODMAN || is_darwin() || !stand_is_ours(b, pid))
		return;
	(void)kill((pid_t)pid, SIGKILL);
	/* It ends when what it wrote is on the disk. */
	for (tries = 0; tries < 1000 && stand_is_there(pid); tries++)
		(void)poll(NULL, 0, 10);
}

static bool
remove_it(const struct builder *b, char *said, size_t cap)
{
	/* One that dies by itself meanwhile makes the first call fail. */
	const char *const podman[] = { "rm", "--force", "--ignore", "--time=2", "--", b->container, NULL };
	const char *const far[] = { "rm", "--force", "--ignore", "--time=2", "--volumes", "--", b->container, NULL };
	const char *const stop[] = { "stop", "--time", "2", b->container, NULL };
	const char *const apple[] = { "delete", "--force", b->container, NULL };
	int i, rc = -1;

	if (kind == ENGINE_CONTAINER)
		(void)engine_ask(stop, -1, NULL, 0, said, cap);
	for (i = 0; i < 2 && rc != 0; i++)
		rc = engine_ask(*url != '\0' ? far : kind == ENGINE_PODMAN ? podman : apple, -1, NULL, 0, said, cap);
	engine_reap(b);
	return rc == 0;
}

/*
 * No setting of podman's for containers is to decide over ours, such as netns="host" in the user's: from here on
 * it reads K/containers.conf, which names its own programs and directories only. conmon(8) has podman read it
 * once more at the container's end: so it stays.
 */
static void
say_all(const struct builder *b)
{
	static char text[WX_CONTAINERSCONF_MAX];
	char bad[PATH_MAX], path[PATH_MAX];

	if (wx_containersconf(text, sizeof(text), bad, sizeof(bad)) == -1)
		err(WX_FAIL, "cannot read podman's settings in '%s'", bad);
	builder_write(b, "containers.conf", text);
	format_into(path, sizeof(path), "%s/containers.conf", b->keys);
	if (setenv("CONTAINERS_CONF", path, 1) == -1)
		err(WX_TEMP, "cannot set the environment");
}

void
engine_check_here(const struct builder *b)
{
	static const char tun[] = "/dev/net/tun";

	if (*url != '\0' || kind != ENGINE_PODMAN || is_darwin() || access(tun, R_OK | W_OK) == 0)
		return;
	errx(WX_FAIL, "cannot start builder '%s': a container's network wants '%s', which %s; mend it with: sudo %s", b->name, tun,
	    errno == ENOENT ? "is not there" : "you may not open", errno == ENOENT ? "modprobe tun" : "chmod 666 /dev/net/tun");
}

static bool
run_here(const struct builder *b, const struct plan *p, char *why, size_t cap)
{
	struct strv words = { 0 };
	char line[PATH_MAX + 1];

	if (kind == ENGINE_PODMAN) {
		say_all(b);
		set_runtime(runtime);
		format_into(line, sizeof(line), "%s\n", runtime);
		builder_write(b, "runtime", line);
	}
	(kind == ENGINE_PODMAN ? plan_podman : plan_container)(p, &words);
	return engine_ask((const char *const *)words.v, -1, NULL, 0, why, cap) == 0;
}

bool
engine_run(const struct builder *b, const struct plan *p, char *why, size_t cap)
{
	char said[512];
	int i;

	for (i = 0; i < 2; i++) {
		if (*url != '\0' ? ship_run(b, p, why, cap) : run_here(b, p, why, cap))
			return true;
		(void)remove_it(b, said, sizeof(said));
		/* The podman of a start that was killed may have come to that only now. */
		if (strstr(why, "that name is already in use") == NULL)
			break;
	}
	return false;
}

void
engine_publish(const struct builder *b, const struct look *l)
{
	char why[512];

	if (*url != '\0' && !ship_keys(b, l->image_id, why, sizeof(why)))
		errx(code(why), "cannot give its keys to builder '%s': podman: %s", b->name, why);
}

void
engine_remove(const struct builder *b)
{
	char said[512];

	if (!remove_it(b, said, sizeof(said)))
		errx(code(said), "cannot remove container '%s': %s: %s", b->container, engine_name(), said);
}

static const struct builder *guarded;

static void
end_guarded(void)
{
	char said[512];

	if (guarded != NULL)
		(void)remove_it(guarded, said, sizeof(said));
	guarded = NULL;
}

void
engine_guard(const struct builder *b, bool on)
{
	static bool is_registered;

	if (!is_registered && atexit(end_guarded) != 0)
		err(WX_TEMP, "cannot register what to do at the end");
	is_registered = true;
	guarded = on ? b : NULL;
}

void
engine_last_words(const struct builder *b)
{
	const char *const podman[] = { "logs", "--tail", LINES, "--", b->container, NULL };
	const char *const apple[] = { "logs", "-n", LINES, b->container, NULL };
	char text[8192], *line, *save = NULL;
	struct child c;
	size_t len;
	ssize_t n;
	int log;

	/* What the server says on its standard error comes on that of podman. */
	engine_begin(&c, kind == ENGINE_PODMAN ? podman : apple, -1);
	log = fcntl(c.err, F_DUPFD_CLOEXEC, 3);
	(void)child_finish(&c, text, sizeof(text) / 2, (char[8]){ 0 }, 8);
	len = strlen(text);
	n = log == -1 ? 0 : pread(log, text + len, sizeof(text) - len - 1, 0);
	text[len + (n > 0 ? (size_t)n : 0)] = '\0';
	if (log != -1)
		(void)close(log);
	for (line = strtok_r(text, "\r\n", &save); line != NULL; line = strtok_r(NULL, "\r\n", &save))
		warnx("its log: %s", wx_utf8_clean(line));
}

static bool
limits_here(void)
{
	if (kind == ENGINE_CONTAINER)
		return true;
	return wx_usersystemd() && wx_usersystemd_controls(getuid(), "cpu") &&
	    wx_usersystemd_controls(getuid(), "memory") && wx_usersystemd_controls(getuid(), "pids");
}

void
engine_look_host(struct host_look *h)
{
	static char json[JSON_MAX];
	const char *const words[] = { "info", "--format=json", NULL };
	char said[512];
	int rc;

	*h = (struct host_look){ 0 };
	if (*url == '\0') {
		h->limits = limits_here();
		return;
	}
	rc = engine_ask(words, -1, json, sizeof(json), said, sizeof(said));
	if (rc != 0 || !inspect_host(json, h))
		errx(code(said), "cannot look at the host of the connection: podman: %s",
		    rc == 0 ? "it says what is not expected" : said);
}
