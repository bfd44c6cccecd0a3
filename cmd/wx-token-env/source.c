/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "child.h"
#include "claude.h"
#include "file.h"
#include "keychain.h"
#include "libcommon/proc.h"

/* One file of the search. */
struct place {
	const char *source;
	char path[PATH_MAX];
	int error;
};

#define PLACES 4

static void
from_descriptor(const struct want *w, struct token *t, int fd)
{
	char where[32];

	(void)snprintf(where, sizeof(where), "descriptor %d", fd);
	if (fd == STDIN_FILENO)
		token_origin(w, t, "stdin", NULL, "standard input");
	else
		token_origin(w, t, "fd", NULL, where);
	t->len = fd_read(w, t, fd, t->value);
	(void)close(fd);
	/* Descriptor 0 is the lowest there is: it is the one that open returns. */
	if (fd == STDIN_FILENO && open("/dev/null", O_RDWR) != STDIN_FILENO)
		err(w->fail, "cannot open '/dev/null'");
	token_check(w, t);
}

/* The file at PATH as the whole secret. False, with errno, if it is not there. */
static bool
from_file(const struct want *w, struct token *t, const char *source, const char *path)
{
	ssize_t n;

	token_origin(w, t, source, path, NULL);
	n = file_read(w, t, t->value);
	if (n == -1)
		return false;
	t->len = (size_t)n;
	token_check(w, t);
	return true;
}

static void
from_helper(const struct want *w, struct token *t)
{
	const char *const argv[] = { "/bin/sh", "-c", "--", w->arg, NULL };
	int status;

	token_origin(w, t, "helper", NULL, "the helper's output");
	status = child_capture(w, t, argv, t->value, &t->len);
	if (WIFSIGNALED(status))
		errx(w->fail, "helper failed: signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		errx(w->fail, "helper failed: exit status %d", WEXITSTATUS(status));
	token_check(w, t);
}

static bool
from_variable(const struct want *w, struct token *t)
{
	const char *s = getenv(w->name);
	char where[300];

	if (s == NULL || *s == '\0')
		return false;
	(void)snprintf(where, sizeof(where), "variable '%s'", w->name);
	token_origin(w, t, "environment", NULL, where);
	t->len = strlen(s);
	if (t->len > WX_SECRET_MAX)
		errx(w->fail, "refusing %s: it holds more than %d bytes", t->where, WX_SECRET_MAX);
	memcpy(t->value, s, t->len + 1);
	token_check(w, t);
	return true;
}

/* The login in TEXT, of LEN bytes, for T; TEXT is wiped. False if it holds none. */
static bool
take_claude(const struct want *w, struct token *t, char *text, size_t len)
{
	const char *why;
	enum claude got = claude_parse(text, len, t->value, sizeof(t->value), &t->expires, &why);

	wx_wipe(text, len);
	if (got == CLAUDE_BAD)
		errx(w->fail, "no Claude credentials in %s: %s (%zu bytes)", t->where, why, len);
	if (got == CLAUDE_NO_LOGIN)
		return false;
	t->len = strlen(t->value);
	token_check(w, t);
	return true;
}

static bool
from_claude(const struct want *w, struct token *t, struct place *p)
{
	static char text[WX_SECRET_MAX + 1];
	ssize_t n;

	token_origin(w, t, p->source, p->path, NULL);
	n = file_read(w, t, text);
	p->error = n == -1 ? errno : 0;
	if (n != -1 && take_claude(w, t, text, (size_t)n))
		return true;
	n = keychain_read(w, t, text);
	return n != -1 && take_claude(w, t, text, (size_t)n);
}

/* A folder that a variable names; NULL if it is unset, empty or relative. */
static const char *
folder(const char *variable)
{
	const char *s = getenv(variable);

	return s != NULL && *s == '/' ? s : NULL;
}

static void
place_at(const struct want *w, struct place *p, const char *source, const char *dir,
    const char *between, const char *name)
{
	int n = snprintf(p->path, sizeof(p->path), "%s%s%s", dir, between, name);

	if (n < 0 || (size_t)n >= sizeof(p->path))
		errx(w->fail, "path is too long: '%s%s%s'", dir, between, name);
	p->source = source;
	p->error = 0;
}

/* Where files of this name may be, in the order of the search. Their number. */
static size_t
list_places(const struct want *w, struct place p[static PLACES])
{
	const char *home = folder("HOME"), *dir;
	size_t n = 0;

	dir = folder("CREDENTIALS_DIRECTORY");
	if (dir != NULL)
		place_at(w, &p[n++], "credentials-directory", dir, "/", w->name);
	place_at(w, &p[n++], "run-secrets", "/run/secrets", "/", w->name);
	dir = folder("XDG_CONFIG_HOME");
	if (dir != NULL)
		place_at(w, &p[n++], "config", dir, "/wrapix/", w->name);
	else if (home != NULL)
		place_at(w, &p[n++], "config", home, "/.config/wrapix/", w->name);
	return n;
}

/* Claude's file, as Claude Code itself finds it. False without a home. */
static bool
claude_place(const struct want *w, struct place *p)
{
	const char *dir = getenv("CLAUDE_CONFIG_DIR"), *home = folder("HOME");

	if (dir != NULL && *dir != '\0')
		place_at(w, p, "claude", dir, "/", ".credentials.json");
	else if (home != NULL)
		place_at(w, p, "claude", home, "/.claude/", ".credentials.json");
	else
		return false;
	return true;
}

static _Noreturn void
not_found(const struct want *w, const struct place *p, size_t n, bool claude)
{
	size_t i;

	warnx("no token found for '%s'", w->name);
	if (w->from == FROM_SEARCH)
		warnx("not in the environment");
	for (i = 0; i < n; i++)
		warnx("not in '%s': %s", p[i].path,
		    p[i].error == 0 ? "nobody is logged in" : strerror(p[i].error));
	if (claude)
		warnx("log in with 'claude', or keep what 'claude setup-token' prints "
		    "in ~/.config/wrapix/%s (mode 0600)", CLAUDE_NAME);
	exit(w->fail);
}

static void
search(const struct want *w, struct token *t)
{
	bool claude = w->from == FROM_CLAUDE || strcmp(w->name, CLAUDE_NAME) == 0;
	struct place places[PLACES];
	size_t i, n = 0;

	if (w->from == FROM_SEARCH) {
		if (from_variable(w, t))
			return;
		n = list_places(w, places);
	}
	for (i = 0; i < n; i++) {
		if (from_file(w, t, places[i].source, places[i].path))
			return;
		places[i].error = errno;
	}
	if (claude && claude_place(w, &places[n]) && from_claude(w, t, &places[n++]))
		return;
	not_found(w, places, n, claude);
}

void
source_read(const struct want *w, struct token *t)
{
	switch (w->from) {
	case FROM_STDIN:
		from_descriptor(w, t, STDIN_FILENO);
		break;
	case FROM_FD:
		from_descriptor(w, t, w->fd);
		break;
	case FROM_FILE:
		if (!from_file(w, t, "file", w->arg))
			err(w->fail, "cannot open '%s'", w->arg);
		break;
	case FROM_HELPER:
		from_helper(w, t);
		break;
	case FROM_CLAUDE:
	case FROM_SEARCH:
		search(w, t);
		break;
	}
}
