/* SPDX-License-Identifier: MIT */
/* What direnv runs: .envrc, and all that it sources. direnv asks the user about the former only
 * (direnv-stdlib(1)). A reader of words, not a shell: what is made up at run time is not seen. */
#include "tree.h"

#include <sys/stat.h>

#include <limits.h>
#include <stdlib.h>

#include "libcommon/osfile.h"
#include "libcommon/tool/beneath.h"
#include "libcommon/tool/path.h"
#include "links.h"

#define FILES_MAX 16
#define TEXT_MAX  65536

struct reader {
	struct guards *g;
	const struct plan *p;
	struct strv files;    /* that were read */
};

static void read_file(struct reader *r, const char *rel, const char *dir);

/* WORD, a path in a file that lies in DIR, below the project. NULL: elsewhere, or not known
 * before it runs. The caller owns it. */
static char *
place(const struct reader *r, const char *dir, const char *word)
{
	const char *tail = strncmp(word, "$PWD/", 5) == 0 ? word + 5 :
	    strncmp(word, "${PWD}/", 7) == 0 ? word + 7 : word;
	char *base = path_clean(r->p->project, dir), *path, *rel = NULL;
	size_t n = strlen(r->p->project);

	path = path_clean(base, tail);
	if (*tail != '~' && strpbrk(tail, "$*?[`") == NULL && path_within(path, r->p->project) &&
	    path[n] == '/')
		rel = xstrdup(path + n + 1);
	free(path);
	free(base);
	return rel;
}

/* How a file is read by another: as words only, where that stands, or in its own directory. */
enum how { WORDS, HERE, THERE };

/* WORD is read by a script that runs in DIR: protected, or watched if it is not there. A
 * directory stands for IN_DIRECTORY in it. */
static void
source(struct reader *r, const char *dir, const char *word, const char *in_directory, enum how how)
{
	char *rel = place(r, dir, word), *file, *there;
	struct stat st;

	if (rel == NULL)
		return;
	if (in_directory != NULL && wx_beneath_stat(r->g->roots.v[0].fd, rel, &st) == 0 &&
	    S_ISDIR(st.st_mode)) {
		file = xprintf("%s/%s", rel, in_directory);
		free(rel);
		rel = file;
	}
	guard_protect_target(r->g, r->p, 0, rel);
	there = xprintf("%.*s", (int)(strrchr(rel, '/') == NULL ? 0 : strrchr(rel, '/') - rel), rel);
	if (how != WORDS)
		read_file(r, rel, how == THERE ? there : dir);
	free(there);
	free(rel);
}

static void
watch(struct reader *r, const char *dir, const char *word)
{
	char *rel = place(r, dir, word);

	if (rel != NULL)
		strv_add(&r->g->watch, rel);
	free(rel);
}

/* Any other word: a program that is run, if it is one. */
static void
program(struct reader *r, const char *dir, const char *word)
{
	char *rel = strchr(word, '/') == NULL ? NULL : place(r, dir, word);
	struct stat st;

	if (rel != NULL && wx_beneath_end(r->g->roots.v[0].fd, rel, &st) == 0 &&
	    S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0)
		guard_protect_target(r->g, r->p, 0, rel);
	free(rel);
}

static bool
is(const char *word, const char *a, const char *b)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* The command WORD, and NEXT, the word behind it, or NULL. True: NEXT is its argument. */
static bool
command(struct reader *r, const char *dir, const char *word, const char *next)
{
	char *rel;

	if (is(word, "source_env", "source_env_if_exists") && next != NULL)
		source(r, dir, next, ".envrc", THERE);
	else if (is(word, "source", ".") && next != NULL)
		source(r, dir, next, NULL, HERE);
	else if (is(word, "dotenv", "dotenv_if_exists"))
		source(r, dir, next == NULL ? ".env" : next, ".env", WORDS);
	else if (strcmp(word, "use") == 0 && next != NULL && strcmp(next, "flake") == 0) {
		watch(r, dir, "flake.nix");
		watch(r, dir, "flake.lock");
	} else if (strcmp(word, "use") == 0 && next != NULL && strcmp(next, "nix") == 0) {
		watch(r, dir, "shell.nix");
		watch(r, dir, "default.nix");
	} else if (strcmp(word, "PATH_add") == 0 && next != NULL) {
		rel = place(r, dir, next);
		if (rel != NULL)
			tree_on_path(r->g, rel);
		free(rel);
	} else
		return false;
	return true;
}

/* The words of one command: LINE ends where another begins. */
static void
read_command(struct reader *r, const char *dir, char *line)
{
	static const char blanks[] = " \t\r\"'`()<>=";
	char *w, *next, *save = NULL;

	for (w = strtok_r(line, blanks, &save); w != NULL; w = next) {
		next = strtok_r(NULL, blanks, &save);
		if (!command(r, dir, w, next))
			program(r, dir, w);
	}
}

/* The script REL, which runs in DIR. */
static void
read_file(struct reader *r, const char *rel, const char *dir)
{
	char *text, *line, *save = NULL, *end;

	if (r->files.n == FILES_MAX || strv_has(&r->files, rel) ||
	    links_follow(r->g, 0, rel, &end) == -1)
		return;
	strv_add(&r->files, rel);
	text = malloc(TEXT_MAX);
	if (text != NULL && beneath_read(r->g->roots.v[0].fd, end, text, TEXT_MAX) > 0)
		for (line = strtok_r(text, "\n;&|", &save); line != NULL;
		    line = strtok_r(NULL, "\n;&|", &save)) {
			line[strncmp(line, "#", 1) == 0 ? 0 : strlen(line)] = '\0';
			read_command(r, dir, line);
		}
	free(text);
	free(end);
}

void
envrc_find(struct guards *g, const struct plan *p)
{
	struct reader r = { .g = g, .p = p };
	struct stat st;

	if (wx_beneath_end(g->roots.v[0].fd, ".envrc", &st) == 0)
		read_file(&r, ".envrc", "");
}
