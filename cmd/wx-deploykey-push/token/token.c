/* SPDX-License-Identifier: MIT */
#include "token.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ghcli.h"
#include "hostsyml.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/shellword.h"

#define FILE_LEN 65536

/*
 * Take one line end off, and die if what is left could not be a token: it goes
 * into a header, where a line end would begin another.
 */
static void
check(struct token *t)
{
	size_t i, had = t->len;

	if (t->len > 0 && t->value[t->len - 1] == '\n')
		t->len--;
	if (t->len > 0 && t->len < had && t->value[t->len - 1] == '\r')
		t->len--;
	t->value[t->len] = '\0';
	if (t->len == 0)
		errx(WX_FAIL, "no token in %s: it is empty", t->where);
	for (i = 0; i < t->len; i++)
		if (t->value[i] <= 0x20 || t->value[i] >= 0x7f)
			errx(WX_FAIL, "refusing the token in %s: not one word of printable ASCII (%zu bytes)",
			    t->where, had);
}

static void
from_descriptor(int fd, struct token *t)
{
	ssize_t n;

	(void)snprintf(t->where, sizeof(t->where), "descriptor %d", fd);
	n = wx_read_all(fd, t->value, TOKEN_LEN);
	if (n == -1 && errno == EMSGSIZE)
		errx(WX_FAIL, "refusing the token in %s: more than %d bytes", t->where, TOKEN_LEN);
	if (n == -1)
		err(WX_FAIL, "cannot read %s", t->where);
	t->len = (size_t)n;
	check(t);
	/* Descriptor 0 is the lowest there is: it is the one that open returns. */
	(void)close(fd);
	if (fd == STDIN_FILENO && open("/dev/null", O_RDWR) != STDIN_FILENO)
		err(WX_FAIL, "cannot open '/dev/null'");
}

static bool
from_variable(const char *name, struct token *t)
{
	const char *s = getenv(name);

	if (s == NULL || *s == '\0')
		return false;
	(void)snprintf(t->where, sizeof(t->where), "variable '%s'", name);
	t->len = strlen(s);
	if (t->len > TOKEN_LEN)
		errx(WX_FAIL, "refusing the token in %s: more than %d bytes", t->where, TOKEN_LEN);
	memcpy(t->value, s, t->len + 1);
	check(t);
	return true;
}

/* The path of gh's hosts.yml. False if no variable says where it could be. */
static bool
hosts_path(char path[static PATH_MAX])
{
	static const struct { const char *variable, *below; } places[] = {
		{ "GH_CONFIG_DIR", "/hosts.yml" },
		{ "XDG_CONFIG_HOME", "/gh/hosts.yml" },
		{ "HOME", "/.config/gh/hosts.yml" },
	};
	const char *dir;
	size_t i;
	int n;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		dir = getenv(places[i].variable);
		if (dir == NULL || *dir == '\0')
			continue;
		n = snprintf(path, PATH_MAX, "%s%s", dir, places[i].below);
		return n > 0 && n < PATH_MAX;
	}
	return false;
}

/* The descriptor that was opened is judged, and not the name. */
static void
check_mode(const char *path, int fd)
{
	char word[4 * 1024];
	struct stat st;

	if (fstat(fd, &st) == -1)
		err(WX_FAIL, "cannot read '%s'", path);
	if (!S_ISREG(st.st_mode))
		errx(WX_FAIL, "refusing '%s': it is not a regular file", path);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		errx(WX_FAIL, "refusing '%s': it belongs to uid %lu, neither yours nor root's", path,
		    (unsigned long)st.st_uid);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		errx(WX_FAIL, "refusing '%s': others have access to it (mode %04o); mend it with: chmod go= -- %s",
		    path, (unsigned)(st.st_mode & 07777), wx_shell_word(path, word, sizeof(word)));
}

static bool
from_hosts(const struct host *h, struct token *t)
{
	static char path[PATH_MAX], text[FILE_LEN + 1];
	enum hostsyml got;
	size_t line;
	ssize_t n;
	int fd;

	if (!hosts_path(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1 && (errno == ENOENT || errno == ENOTDIR))
		return false;
	if (fd == -1)
		err(WX_FAIL, "cannot open '%s'", path);
	check_mode(path, fd);
	n = wx_read_all(fd, text, FILE_LEN);
	if (n == -1)
		err(WX_FAIL, "cannot read '%s'", path);
	(void)close(fd);
	text[n] = '\0';
	(void)snprintf(t->where, sizeof(t->where), "'%s'", path);
	got = hostsyml_token(text, (size_t)n, h->name, t->value, sizeof(t->value), &line);
	wx_wipe(text, (size_t)n);
	if (got == HOSTSYML_BAD)
		errx(WX_FAIL, "cannot read '%s': line %zu is not what gh writes; mend it with: gh auth login -h %s",
		    path, line, h->name);
	if (got == HOSTSYML_NONE)
		return false;
	t->len = strlen(t->value);
	check(t);
	return true;
}

static bool
from_gh(const struct host *h, struct token *t)
{
	ssize_t n = ghcli_token(h->name, t->value, TOKEN_LEN);

	if (n == -1)
		return false;
	(void)snprintf(t->where, sizeof(t->where), "the output of 'gh auth token'");
	t->len = (size_t)n;
	check(t);
	return true;
}

void
token_find(const struct host *h, int fd, struct token *t)
{
	const char *const *names = h->forge->variables(h);

	if (fd != -1) {
		from_descriptor(fd, t);
		return;
	}
	if (from_variable(names[0], t) || from_variable(names[1], t) || from_hosts(h, t) || from_gh(h, t))
		return;
	errx(WX_FAIL, "no token for '%s': not in %s, %s, gh's hosts.yml or gh itself; "
	    "log in with: %s%s", h->name, names[0], names[1], h->forge->log_in, h->name);
}
