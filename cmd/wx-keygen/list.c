/* SPDX-License-Identifier: MIT */
#include "list.h"

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "pair/pair.h"

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/json.h"
#include "libcommon/shellword.h"
#include "libcommon/utf8.h"

#define DAY 86400

enum state { STATE_OK, STATE_OVERDUE, STATE_MODE, STATE_ORPHAN, STATE_UNPAIRED, STATE_STAGED };

static const char *const state_words[] = {
	[STATE_OK] = "ok", [STATE_OVERDUE] = "overdue", [STATE_MODE] = "mode",
	[STATE_ORPHAN] = "orphan", [STATE_UNPAIRED] = "unpaired", [STATE_STAGED] = "staged",
};

struct audit {
	const struct want *want;
	time_t now;
	int dir;
	char prefix[PATH_MAX]; /* before a name */
	bool open;             /* the folder, to others */
	int rc;
};

/* The names in a folder. */
struct names {
	char **name;
	size_t len, cap;
};

static bool
ends(const char *s, const char *with_what)
{
	size_t len = strlen(s), end = strlen(with_what);

	return len > end && strcmp(s + len - end, with_what) == 0;
}

static const char *
path_of(const struct audit *a, const char *name)
{
	static char text[PATH_MAX + NAME_MAX + 16];

	(void)snprintf(text, sizeof(text), "%s%s", a->prefix, name);
	return text;
}

/* The same for a message: names that somebody else chose do nothing to a terminal. */
static const char *
path_shown(const struct audit *a, const char *name)
{
	static char text[PATH_MAX + NAME_MAX + 16];

	(void)snprintf(text, sizeof(text), "%s", path_of(a, name));
	return wx_utf8_clean(text);
}

/* S, so that it stays one field of one line, and does nothing to a terminal. */
static void
print_field(const char *s)
{
	size_t left = strlen(s), n;

	if (left == 0)
		(void)putchar('-');
	for (; left > 0; s += n, left -= n) {
		n = wx_utf8_len(s, left);
		if (n == 0 || wx_utf8_acts(s, n)) {
			(void)putchar('?');
			n = n == 0 ? 1 : n;
		} else
			(void)fwrite(s, 1, n, stdout);
	}
	(void)putchar('\t');
}

/* What mends a file whose mode is bad; ALLOWED are the bits that it may have. */
static bool
mode_bad(const struct audit *a, const char *name, const struct half *half, mode_t allowed)
{
	char word[4 * 1024];
	const char *path = path_shown(a, name);

	if (!half->there)
		return false;
	if (half->st.st_uid != geteuid()) {
		warnx("'%s' belongs to uid %lu, not to you", path, (unsigned long)half->st.st_uid);
		return true;
	}
	if ((half->st.st_mode & 07777 & ~allowed) == 0)
		return false;
	warnx("'%s': others have access to it (mode %04o); mend it with: chmod %04o -- %s", path,
	    (unsigned)(half->st.st_mode & 07777), (unsigned)(allowed & 0666), wx_shell_word(path, word, sizeof(word)));
	return true;
}

static enum state
state_of(const struct audit *a, const char *name, const struct pair *p, long days)
{
	bool bad;

	if (!p->private.there || p->private_status == PRIVKEY_NONE)
		return STATE_ORPHAN;
	bad = mode_bad(a, name, &p->private, 0700);
	bad |= mode_bad(a, with(name, ".pub"), &p->public, 0755);
	if (bad || a->open)
		return STATE_MODE;
	if (p->private_status == PRIVKEY_BAD || p->private_status == PRIVKEY_CRLF || p->private_status == PRIVKEY_CUT)
		warnx("'%s': %s", path_shown(a, name), privkey_error(p->private_status));
	/* Of another format, the public half is believed. */
	if (p->private_status == PRIVKEY_OTHER || p->private_status == PRIVKEY_HANDLE ?
	    !p->public.there || p->public_status != WX_PUBKEY_OK : !p->match)
		return STATE_UNPAIRED;
	if (ends(name, ".next"))
		return STATE_STAGED;
	return days >= a->want->max_age ? STATE_OVERDUE : STATE_OK;
}

/* Since the older of its files was written: who touches one of them makes the key no younger. */
static long
age_of(const struct audit *a, const struct pair *p)
{
	time_t at = a->now;

	if (p->private.there)
		at = p->private.st.st_mtime;
	if (p->public.there && (!p->private.there || p->public.st.st_mtime < at))
		at = p->public.st.st_mtime;
	return at < a->now ? (long)((a->now - at) / DAY) : 0;
}

/* The key to show: the private half's, else the public one's; NULL if neither can be read. */
static const struct wx_pubkey *
shown(const struct pair *p)
{
	if (p->private.there && p->private_status == PRIVKEY_OK)
		return &p->key.key;
	return p->public.there && p->public_status == WX_PUBKEY_OK ? &p->public_key : NULL;
}

static void
print_json(const char *path, const char *type, const char *print, const char *comment, long days, const char *state)
{
	const char *const names[] = { "path", "type", "fingerprint", "comment" };
	const char *const values[] = { path, type, print, comment };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)printf("%c\"%s\":", i == 0 ? '{' : ',', names[i]);
		if (values[i] != NULL)
			wx_json_string(stdout, values[i]);
		else
			(void)fputs("null", stdout);
	}
	(void)printf(",\"age_days\":%ld,\"state\":\"%s\"}\n", days, state);
}

static void
print_key(struct audit *a, const char *name, const struct pair *p)
{
	char type[64], print[WX_FINGERPRINT];
	const struct wx_pubkey *key = shown(p);
	const char *comment = NULL, *path;
	long days = age_of(a, p);
	enum state state = state_of(a, name, p, days);

	if (state != STATE_OK)
		a->rc = WX_FAIL;
	if (key != NULL) {
		(void)snprintf(type, sizeof(type), "%.*s", (int)key->type_len, key->type);
		wx_pubkey_fingerprint(key, print);
		comment = key == &p->public_key || p->match ? p->public_key.comment : "";
	}
	path = path_of(a, p->private.there ? name : with(name, ".pub"));
	if (a->want->json) {
		print_json(path, key == NULL ? NULL : type, key == NULL ? NULL : print, comment, days,
		    state_words[state]);
		return;
	}
	print_field(path);
	print_field(key == NULL ? "" : type);
	print_field(key == NULL ? "" : print);
	print_field(comment == NULL ? "" : comment);
	(void)printf("%ld\t%s\n", days, state_words[state]);
}

/* The key NAME; one that a search FOUND may be no key at all. */
static void
audit_key(struct audit *a, const char *name, bool found)
{
	static struct pair pair = { .deep = true };

	if (pair_look(a->dir, name, 0, &pair) == -1) {
		if (found && errno == EINVAL)
			return;
		if (errno == EINVAL)
			warnx("cannot read '%s': not a regular file", path_shown(a, pair.bad));
		else
			warn("cannot read '%s'", path_shown(a, pair.bad));
		a->rc = WX_FAIL;
		return;
	}
	if (pair.public.there || (pair.private.there && pair.private_status != PRIVKEY_NONE)) {
		print_key(a, name, &pair);
		return;
	}
	if (found)
		return;
	warnx("cannot read '%s': %s", path_of(a, name),
	    pair.private.there ? privkey_error(PRIVKEY_NONE) : strerror(ENOENT));
	a->rc = WX_FAIL;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
add_name(struct names *n, const char *name)
{
	char **more = n->name;

	if (n->len == n->cap) {
		n->cap = n->cap == 0 ? 64 : 2 * n->cap;
		/* As many as are in memory: the product is no more than that. */
		more = realloc(n->name, n->cap * sizeof(*n->name));
	}
	if (more == NULL || (more[n->len++] = strdup(name)) == NULL)
		err(WX_TEMP, "cannot list the folder");
	n->name = more;
}

/* The names in the folder that may be of keys. */
static void
read_names(const struct audit *a, DIR *d, struct names *n)
{
	const struct dirent *e;

	for (errno = 0; (e = readdir(d)) != NULL; errno = 0)
		if (e->d_name[0] != '.' && e->d_type != DT_DIR && !ends(e->d_name, "-cert.pub"))
			add_name(n, e->d_name);
	if (errno != 0)
		err(WX_FAIL, "cannot read folder '%s'", path_of(a, ""));
	if (n->len > 0)
		qsort(n->name, n->len, sizeof(*n->name), by_name);
}

static void
audit_names(struct audit *a, struct names *n)
{
	char base[NAME_MAX + 1], *key = base;
	size_t i;

	for (i = 0; i < n->len; i++) {
		if (!ends(n->name[i], ".pub")) {
			audit_key(a, n->name[i], true);
			continue;
		}
		(void)snprintf(base, sizeof(base), "%.*s", (int)strlen(n->name[i]) - 4, n->name[i]);
		if (bsearch(&key, n->name, n->len, sizeof(*n->name), by_name) == NULL)
			audit_key(a, base, true);
	}
	for (i = 0; i < n->len; i++)
		free(n->name[i]);
	free(n->name);
}

static void
audit_folder(struct audit *a, const char *path)
{
	struct names names = { NULL, 0, 0 };
	char word[4 * 1024];
	struct stat st;
	DIR *d = fdopendir(a->dir);

	(void)snprintf(a->prefix, sizeof(a->prefix), "%s%s", path, ends(path, "/") || strcmp(path, "/") == 0 ? "" : "/");
	if (d == NULL || fstat(a->dir, &st) == -1)
		err(fail_code(), "cannot read folder '%s'", path);
	a->open = st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0;
	if (st.st_uid != geteuid())
		warnx("folder '%s' belongs to uid %lu, not to you", path, (unsigned long)st.st_uid);
	else if (a->open)
		warnx("folder '%s': others have access to it (mode %04o); mend it with: chmod 700 -- %s", path,
		    (unsigned)(st.st_mode & 07777), wx_shell_word(path, word, sizeof(word)));
	if (a->open)
		a->rc = WX_FAIL;
	read_names(a, d, &names);
	audit_names(a, &names);
	(void)closedir(d);
}

/* The key PATH, with or without .pub; its folder is not judged. */
static void
audit_file(struct audit *a, const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash == NULL ? path : slash + 1;
	char name[NAME_MAX + 1];

	if (strlen(base) > NAME_MAX || (size_t)(base - path) >= sizeof(a->prefix)) {
		errno = ENAMETOOLONG;
		err(WX_FAIL, "cannot read '%.64s...'", path);
	}
	(void)snprintf(a->prefix, sizeof(a->prefix), "%.*s", (int)(base - path), path);
	(void)snprintf(name, sizeof(name), "%.*s", (int)strlen(base) - (ends(base, ".pub") ? 4 : 0), base);
	a->open = false;
	a->dir = open(slash == NULL ? "." : a->prefix, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (a->dir == -1) {
		warn("cannot open the folder of '%s'", path);
		a->rc = WX_FAIL;
		return;
	}
	audit_key(a, name, false);
	(void)close(a->dir);
}

int
list_run(const struct want *w)
{
	struct audit a = { .want = w, .now = time(NULL), .rc = WX_OK };
	char **path;

	for (path = w->operands; *path != NULL; path++) {
		a.dir = open(*path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (a.dir != -1)
			audit_folder(&a, *path);
		else if (errno == ENOTDIR || errno == ENOENT)
			audit_file(&a, *path);
		else {
			warn("cannot open '%s'", *path);
			a.rc = WX_FAIL;
		}
	}
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
	return a.rc;
}
