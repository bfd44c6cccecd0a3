/* SPDX-License-Identifier: MIT */
#include "status.h"

#include <sys/wait.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dial.h"
#include "far.h"
#include "keys.h"
#include "ready.h"
#include "verbs.h"

#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/json.h"
#include "libcommon/pubkey.h"

#define TRY_MS 5000

static const char *
or_dash(const char *s)
{
	return *s == '\0' ? "-" : s;
}

static void
member(const char *name, const char *value)
{
	(void)printf(",\"%s\":", name);
	if (value == NULL || *value == '\0')
		(void)fputs("null", stdout);
	else
		wx_json_string(stdout, value);
}

static void
number(const char *name, long n)
{
	if (n > 0)
		(void)printf(",\"%s\":%ld", name, n);
	else
		(void)printf(",\"%s\":null", name);
}

/* The fingerprint of the host key; "" if there is none. */
static void
fingerprint(const struct builder *b, char out[static WX_FINGERPRINT])
{
	char line[PUB_MAX];
	struct wx_pubkey key;

	*out = '\0';
	if (b->dir == -1 || builder_read(b, "host.pub", 0, line, sizeof(line)) < 1)
		return;
	if (wx_pubkey_parse(line, strlen(line), &key) == WX_PUBKEY_OK)
		wx_pubkey_fingerprint(&key, out);
}

void
status_show(const struct builder *b, const struct look *l, const char *state, bool json)
{
	char print[WX_FINGERPRINT];
	int port = b->dir == -1 ? 0 : (int)builder_number(b, "port");

	/* That which Nix knows: the container's may be behind a listener's. */
	if (port <= 0 || port > 65535)
		port = l->port;
	fingerprint(b, print);
	if (json) {
		(void)fputs("{\"name\":", stdout);
		wx_json_string(stdout, b->name);
		member("state", state);
		number("port", port);
		member("image", l->image);
		member("image_id", l->image_id);
		member("engine", engine_name());
		member("container", b->container);
		number("pid", l->pid);
		member("host_key", print);
		member("keys", b->keys);
		member("store", b->store);
		member("connection", b->far);
		(void)fputs("}\n", stdout);
	} else {
		(void)printf("%s\t%s\t", b->name, state);
		if (port > 0)
			(void)printf("%d", port);
		else
			(void)fputs("-", stdout);
		(void)printf("\t%s\t%s\n", or_dash(l->image), or_dash(print));
	}
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
}

/* The state in a word; *RC, the code that goes with it. */
static const char *
state_of(const struct builder *b, const struct look *l, int *rc)
{
	char why[512];

	*rc = WX_FAIL;
	switch (l->state) {
	case STATE_FOREIGN:
		return "foreign";
	case STATE_DEAD:
		if (*l->gone != '\0')
			warnx("builder '%s' does not run: %s", b->name, l->gone);
		return "dead";
	case STATE_ABSENT:
		return "stopped";
	case STATE_RUNNING:
	default:
		break;
	}
	if (*l->odd != '\0') {
		warnx("cannot use builder '%s': it runs with %s", b->name, l->odd);
		return "refused";
	}
	switch (ready_try(b, wx_clock_ms() + TRY_MS, why, sizeof(why))) {
	case READY:
		*rc = WX_OK;
		return "ready";
	case READY_NOT_YET:
		*rc = WX_TEMP;
		return "starting";
	case READY_OTHER_KEY:
	case READY_REFUSED:
	default:
		warnx("cannot use builder '%s': %s", b->name, why);
		return "refused";
	}
}

static int
one(const struct want *w, const char *name)
{
	struct builder b;
	struct look l = { .state = STATE_ABSENT };
	enum tunnel tunnel;
	const char *state;
	int rc;

	builder_find(&b, name, w->connection);
	engine_find(w, &b);
	tunnel = *b.far == '\0' ? TUNNEL_UP : far_tunnel(&b);
	if (tunnel == TUNNEL_CUT) {
		status_show(&b, &l, "tunnel", w->json);
		return WX_FAIL;
	}
	if (tunnel == TUNNEL_UP)
		engine_look(&b, &l, NULL, NULL);
	/* A container without its keys. */
	if (l.state == STATE_RUNNING) {
		keys_must(&b);
		b.port = *b.far == '\0' ? l.port : b.port;
	}
	state = state_of(&b, &l, &rc);
	status_show(&b, &l, state, w->json);
	return rc;
}

/* One of several, in a process of its own: what ends it does not end the others. */
static int
one_of_all(const struct want *w, const char *name)
{
	int status = WX_FAIL << 8;
	pid_t pid = fork();

	if (pid == -1)
		err(WX_TEMP, "cannot start a process");
	if (pid == 0)
		exit(one(w, name));
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			break;
	return WIFEXITED(status) ? WEXITSTATUS(status) : WX_FAIL;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
is_name(const struct dirent *e)
{
	return *e->d_name != '.' && strspn(e->d_name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(e->d_name);
}

static int
all(const struct want *w)
{
	struct dirent **v;
	char root[PATH_MAX];
	int i, n, rc, worst = WX_OK;

	builder_root(root);
	n = scandir(root, &v, is_name, by_name);
	if (n == -1 && errno != ENOENT)
		err(WX_FAIL, "cannot read folder '%s'", root);
	for (i = 0; i < n; i++) {
		rc = one_of_all(w, v[i]->d_name);
		if (worst == WX_OK || rc == WX_FAIL)
			worst = rc == WX_OK ? worst : rc;
	}
	return worst;
}

int
status_run(const struct want *w)
{
	return w->all ? all(w) : one(w, w->name);
}
