/* SPDX-License-Identifier: MIT */
#include "find.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "libcommon/gitconfig.h"

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/utf8.h"

#define CONFIG_MAX (1 << 20)
#define REWRITES   32

/* What the configuration says. */
struct origin {
	const char *remote;
	const char *file;
	char url[WX_GITCONFIG_WORD];
	bool twice;
	bool push_url, command, helper, include;
	char rewrites[REWRITES][WX_GITCONFIG_WORD]; /* what url.*.insteadOf would replace */
	size_t n_rewrites;
};

/* PATH for a message: a sandbox may have chosen the names in it. Until the next call. */
static const char *
shown(const char *path)
{
	static char buf[4 * PATH_MAX];

	(void)snprintf(buf, sizeof(buf), "%s", path);
	return wx_utf8_clean(buf);
}

/*
 * All of the file NAME in DIR to BUF, and a NUL. It must be a regular file of the
 * user's or root's. Its length; -1 if there is none.
 */
static ssize_t
slurp(const char *dir, const char *name, char *buf, size_t cap)
{
	char path[2 * PATH_MAX];
	struct stat st;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	if (fd == -1 && errno == ENOENT)
		return -1;
	if (fd == -1 && errno == ELOOP)
		errx(WX_FAIL, "refusing '%s': it is a symbolic link", shown(path));
	if (fd == -1 || fstat(fd, &st) == -1)
		err(WX_FAIL, "cannot open '%s'", shown(path));
	if (!S_ISREG(st.st_mode))
		errx(WX_FAIL, "refusing '%s': it is not a regular file", shown(path));
	if (st.st_uid != geteuid() && st.st_uid != 0)
		errx(WX_FAIL, "refusing '%s': it belongs to uid %lu, not to you", shown(path),
		    (unsigned long)st.st_uid);
	n = wx_read_all(fd, buf, cap - 1);
	if (n == -1)
		err(WX_FAIL, "cannot read '%s'", shown(path));
	(void)close(fd);
	buf[n] = '\0';
	return n;
}

/* TO becomes DIR/REL, or REL if that is absolute, canonical. */
static void
resolve(char to[static PATH_MAX], const char *dir, const char *rel, const char *what)
{
	char path[3 * PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s%s%s", *rel == '/' ? "" : dir, *rel == '/' ? "" : "/", rel);
	if (realpath(path, to) == NULL)
		err(WX_FAIL, "cannot find the folder that '%s/%s' names", shown(dir), what);
}

/* The git folder, of which a file .git in DIR may say where it is. False if there is none here. */
static bool
git_folder(const char *dir, char out[static PATH_MAX])
{
	static const char lead[] = "gitdir: ";
	char path[PATH_MAX + 8], line[PATH_MAX + 16];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/.git", dir);
	if (lstat(path, &st) == -1)
		return false;
	if (S_ISDIR(st.st_mode)) {
		resolve(out, dir, ".git", ".git");
		return true;
	}
	(void)slurp(dir, ".git", line, sizeof(line));
	line[strcspn(line, "\r\n")] = '\0';
	if (strncmp(line, lead, sizeof(lead) - 1) != 0)
		errx(WX_FAIL, "refusing '%s': it is a file, and not one of git's", shown(path));
	resolve(out, dir, line + sizeof(lead) - 1, ".git");
	return true;
}

/* The folder with the configuration: the main one's, for a linked work tree. */
static void
find_folder(const char *start, char out[static PATH_MAX])
{
	char dir[PATH_MAX], git[PATH_MAX], line[PATH_MAX + 16];
	char *slash;

	if (realpath(start, dir) == NULL)
		err(WX_FAIL, "cannot open '%s'", start);
	while (!git_folder(dir, git)) {
		slash = strrchr(dir, '/');
		if (slash == NULL || dir[1] == '\0')
			errx(WX_FAIL, "no repository in '%s' or above it", start);
		slash[slash == dir ? 1 : 0] = '\0';
	}
	if (slurp(git, "commondir", line, sizeof(line)) == -1) {
		(void)snprintf(out, PATH_MAX, "%s", git);
		return;
	}
	line[strcspn(line, "\r\n")] = '\0';
	resolve(out, git, line, "commondir");
}

static void
take(const char *section, const char *subsection, const char *key, const char *value, void *user)
{
	struct origin *o = user;

	if (strcmp(section, "remote") == 0 && strcmp(subsection, o->remote) == 0) {
		if (strcmp(key, "url") == 0) {
			o->twice |= o->url[0] != '\0' && strcmp(o->url, value) != 0;
			(void)snprintf(o->url, sizeof(o->url), "%s", value);
		}
		o->push_url |= strcmp(key, "pushurl") == 0;
	}
	o->command |= strcmp(section, "core") == 0 && strcmp(key, "sshcommand") == 0;
	o->helper |= strcmp(section, "credential") == 0 && strcmp(key, "helper") == 0;
	o->include |= strcmp(section, "include") == 0 || strcmp(section, "includeif") == 0;
	if (strcmp(section, "url") == 0 && (strcmp(key, "insteadof") == 0 || strcmp(key, "pushinsteadof") == 0) &&
	    o->n_rewrites < REWRITES)
		(void)snprintf(o->rewrites[o->n_rewrites++], WX_GITCONFIG_WORD, "%s", value);
}

static void
name_ignored(const struct origin *o, const char *what)
{
	warnx("warning: ignoring %s in '%s'", what, shown(o->file));
}

/* What git would obey, and this does not, where it bears on the origin. */
static void
name_all_ignored(const struct origin *o, bool ssh)
{
	size_t i;

	if (o->push_url)
		name_ignored(o, "remote.origin.pushurl");
	if (o->command && ssh)
		name_ignored(o, "core.sshCommand");
	if (o->helper && !ssh)
		name_ignored(o, "credential.helper");
	if (o->include)
		name_ignored(o, "an include");
	for (i = 0; i < o->n_rewrites; i++) {
		if (strncmp(o->url, o->rewrites[i], strlen(o->rewrites[i])) == 0) {
			name_ignored(o, "url.*.insteadOf, which fits the origin,");
			return;
		}
	}
}

void
find_git(const char *start, char out[static PATH_MAX])
{
	const unsigned char *p;

	find_folder(start, out);
	for (p = (const unsigned char *)out; *p != '\0'; p++)
		if (*p < ' ' || *p == 0x7f)
			errx(WX_FAIL, "refusing '%s': a control character in its name", shown(out));
}

void
find_origin(const char *start, const char *remote, struct url *out)
{
	static char text[CONFIG_MAX];
	static struct origin o;
	char dir[PATH_MAX], file[PATH_MAX + 8];
	const char *why;
	ssize_t n;

	find_folder(start, dir);
	(void)snprintf(file, sizeof(file), "%s/config", dir);
	o.file = file;
	o.remote = remote;
	n = slurp(dir, "config", text, sizeof(text));
	if (n == -1)
		errx(WX_FAIL, "no configuration '%s'", shown(file));
	if (!wx_gitconfig_read(text, (size_t)n, take, &o))
		errx(WX_FAIL, "cannot read '%s': it is not of git's syntax", shown(file));
	if (o.url[0] == '\0')
		errx(WX_FAIL, "no remote '%s' in '%s'", remote, shown(file));
	if (o.twice)
		errx(WX_FAIL, "refusing '%s': the remote '%s' has more than one URL", shown(file), remote);
	why = url_parse(o.url, out);
	if (why != NULL)
		errx(WX_FAIL, "refusing the URL of the remote '%s' in '%s': %s", remote, shown(file), why);
	name_all_ignored(&o, out->ssh);
}
