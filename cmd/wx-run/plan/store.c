/* SPDX-License-Identifier: MIT */
#include "store.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/tool/path.h"

#define HASH_LEN 32
#define NAME_MAX_LEN 211   /* of a name, as Nix has it (store/path.hh, MaxPathLen) */

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* What a line says, and where it stands. */
struct entry {
	char    *path;
	unsigned line;
};

static int
by_path(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int diff = strcmp(x->path, y->path);

	return diff != 0 ? diff : (x->line > y->line) - (x->line < y->line);
}

static int
by_string(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* /nix/store/HASH-NAME, in Nix' letters: its base 32 has no e, o, t, u. */
static bool
is_store_path(const char *s)
{
	const char *name = s + sizeof(STORE_DIR);
	size_t n;

	if (strncmp(s, STORE_DIR "/", sizeof(STORE_DIR)) != 0 ||
	    strspn(name, DIGITS "abcdfghijklmnpqrsvwxyz") != HASH_LEN || name[HASH_LEN] != '-')
		return false;
	name += HASH_LEN + 1;
	n = strspn(name, LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "+-._?=");
	return n > 0 && n <= NAME_MAX_LEN && name[n] == '\0';
}

/* Line NO, LINE, alone. What is wrong with it, or NULL. */
static const char *
wrong_line(const char *line, bool nul, unsigned no)
{
	struct stat st;

	if (nul || !is_store_path(line))
		return "not a path right below " STORE_DIR;
	if (no > STORE_PATHS)
		return xprintf("more than %d paths", STORE_PATHS);
	if (lstat(line, &st) == -1)
		return xprintf("cannot find '%s': %s", line, strerror(errno));
	return NULL;
}

const char *
store_parse(char *text, size_t len, struct strv *out, unsigned *no)
{
	struct entry *v = calloc(STORE_PATHS, sizeof(*v));
	char *line, *next;
	const char *bad = NULL;
	bool nul;
	unsigned n = 0, i;

	if (v == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	for (line = text; bad == NULL && line < text + len; line = next) {
		next = line + strcspn(line, "\n");
		nul = next < text + len && *next == '\0';
		*next++ = '\0';
		*no = n + 1;
		bad = wrong_line(line, nul, *no);
		if (bad == NULL)
			v[n++] = (struct entry){ line, *no };
	}
	qsort(v, n, sizeof(*v), by_path);
	for (i = 0; bad == NULL && i < n; i++) {
		*no = v[i].line;
		if (i > 0 && strcmp(v[i].path, v[i - 1].path) == 0)
			bad = xprintf("'%s' stands twice", v[i].path);
		strv_add(out, v[i].path);
	}
	free(v);
	return bad;
}

/* What the folder of the store is called elsewhere, paths would not show. */
static void
check_folder(const char *file)
{
	char *real = realpath(STORE_DIR, NULL);

	if (real == NULL)
		err(WX_CHAIN, "cannot show what '%s' lists of '" STORE_DIR "'", file);
	if (strcmp(real, STORE_DIR) != 0)
		errx(WX_CHAIN, "cannot show what '%s' lists: '" STORE_DIR "' is '%s'", file, real);
	free(real);
}

struct store *
store_read(const char *file)
{
	struct store *s = calloc(1, sizeof(*s));
	char *text = malloc(STORE_BYTES + 1);
	const char *bad;
	unsigned line;
	ssize_t len;
	int fd;

	if (s == NULL || text == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	check_folder(file);
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		err(WX_CHAIN, "cannot open '%s' (store_paths)", file);
	len = wx_read_all(fd, text, STORE_BYTES);
	if (len == -1 && errno == EMSGSIZE)
		errx(WX_CHAIN, "'%s' is longer than %d bytes", file, STORE_BYTES);
	if (len == -1)
		err(WX_CHAIN, "cannot read '%s' (store_paths)", file);
	(void)close(fd);
	text[len] = '\0';
	bad = store_parse(text, (size_t)len, &s->paths, &line);
	if (bad != NULL)
		errx(WX_CHAIN, "'%s', line %u: %s", file, line, bad);
	if (s->paths.n == 0)
		errx(WX_CHAIN, "'%s' lists no path of the Nix store", file);
	s->file = xstrdup(file);
	free(text);
	return s;
}

char *
store_top(const char *path)
{
	size_t n = sizeof(STORE_DIR);

	return xprintf("%.*s", (int)(n + strcspn(path + n, "/")), path);
}

void
store_sort(struct store *s)
{
	qsort(s->paths.v, s->paths.n, sizeof(*s->paths.v), by_string);
}

bool
store_has(const struct store *s, const char *path)
{
	char *top;
	bool has;

	if (strcmp(path, STORE_DIR) == 0 || !path_within(path, STORE_DIR))
		return false;
	top = store_top(path);
	has = bsearch(&top, s->paths.v, s->paths.n, sizeof(*s->paths.v), by_string) != NULL ||
	    strv_has(&s->wanted, top);
	free(top);
	return has;
}
