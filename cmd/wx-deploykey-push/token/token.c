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
#include "teayml.h"

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

/* The file in which a forge's own tool keeps its tokens. */
struct tool {
	const char *dir_variable;    /* its folder, if that is set; or NULL */
	const char *below;           /* the folder of the user's configuration */
	const char *name;            /* of the file, in that folder */
	const char *words;           /* for messages */
	enum hostsyml (*find)(const char *text, size_t len, const char *host, char *token, size_t cap, size_t *line);
};

static const struct tool tools[] = {
	[TOKEN_GH] = { "GH_CONFIG_DIR", "/gh", "/hosts.yml", "gh's hosts.yml", hostsyml_token },
	[TOKEN_GLAB] = { "GLAB_CONFIG_DIR", "/glab-cli", "/config.yml", "glab's config.yml", hostsyml_glab },
	[TOKEN_TEA] = { NULL, "/tea", "/config.yml", "tea's config.yml", teayml_token },
};

/* The path of the file of TOOL. False if no variable says where it could be. */
static bool
tool_path(const struct tool *tool, char path[static PATH_MAX])
{
	const char *dir = tool->dir_variable != NULL ? getenv(tool->dir_variable) : NULL;
	int n;

	if (dir != NULL && *dir != '\0') {
		n = snprintf(path, PATH_MAX, "%s%s", dir, tool->name);
		return n > 0 && n < PATH_MAX;
	}
	dir = getenv("XDG_CONFIG_HOME");
	if (dir != NULL && *dir != '\0') {
		n = snprintf(path, PATH_MAX, "%s%s%s", dir, tool->below, tool->name);
		return n > 0 && n < PATH_MAX;
	}
	dir = getenv("HOME");
	if (dir == NULL || *dir == '\0')
		return false;
	n = snprintf(path, PATH_MAX, "%s/.config%s%s", dir, tool->below, tool->name);
	return n > 0 && n < PATH_MAX;
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
from_tool(const struct host *h, struct token *t)
{
	const struct tool *tool = &tools[h->forge->token_file];
	static char path[PATH_MAX], text[FILE_LEN + 1];
	enum hostsyml got;
	size_t line;
	ssize_t n;
	int fd;

	if (tool->find == NULL || !tool_path(tool, path))
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
	got = tool->find(text, (size_t)n, h->name, t->value, sizeof(t->value), &line);
	wx_wipe(text, (size_t)n);
	if (got == HOSTSYML_BAD)
		errx(WX_FAIL, "cannot read '%s': line %zu is not what %s writes; mend it with: %s%s%s", path, line,
		    tool->below + 1, h->forge->new_token[0], h->name, h->forge->new_token[1]);
	if (got == HOSTSYML_NONE)
		return false;
	t->len = strlen(t->value);
	check(t);
	return true;
}

static bool
from_gh(const struct host *h, struct token *t)
{
	ssize_t n = h->forge->token_file == TOKEN_GH ? ghcli_token(h->name, t->value, TOKEN_LEN) : -1;

	if (n == -1)
		return false;
	(void)snprintf(t->where, sizeof(t->where), "the output of 'gh auth token'");
	t->len = (size_t)n;
	check(t);
	return true;
}

/* The end, if there is no token: where it was looked for, and how to get one. */
static _Noreturn void
none_found(const struct host *h, const char *const *names)
{
	const struct forge *f = h->forge;
	char where[256] = "";
	size_t n = 0;

	if (names[0] == NULL && f->variable_of_host != NULL)
		n = (size_t)snprintf(where, sizeof(where), "the variables of %s, for %s names another host or none",
		    f->name, f->variable_of_host);
	for (; *names != NULL && n < sizeof(where); names++)
		n += (size_t)snprintf(where + n, sizeof(where) - n, "%s%s", n > 0 ? ", " : "", *names);
	if (tools[f->token_file].words != NULL && n < sizeof(where))
		(void)snprintf(where + n, sizeof(where) - n, ", %s", tools[f->token_file].words);
	errx(WX_FAIL, "no token for '%s': not in %s%s; log in with: %s%s%s", h->name, where,
	    f->token_file == TOKEN_GH ? " or gh itself" : "", f->new_token[0], h->name, f->new_token[1]);
}

void
token_find(const struct host *h, int fd, struct token *t)
{
	const char *const *names = h->forge->variables(h), *const *name;

	if (fd != -1) {
		from_descriptor(fd, t);
		return;
	}
	for (name = names; *name != NULL; name++)
		if (from_variable(*name, t))
			return;
	if (!from_tool(h, t) && !from_gh(h, t))
		none_found(h, names);
}
