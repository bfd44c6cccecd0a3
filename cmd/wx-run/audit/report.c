/* SPDX-License-Identifier: MIT */
#include "audit.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/json.h"
#include "libcommon/tool/strv.h"

#define LINES_MAX 50         /* on stderr; the file has all */
#define FINDINGS_MAX 10000   /* kept of a kind: the sandbox could make a million */
#define BYTES_MAX 256        /* of a path, where more than half of them are kept */

/* By what the host's tools act upon first: git and restored files on any command of git;
 * then what waits for its tool, for a name to be typed, for somebody to run or write it. */
static const char *const ranks[] = { "changed", "restored", "repository", "nested-repository",
	"bare-repository", "gitlink", "protected-kind", "path-program", "set-uid", "symlink-out",
	"unfinished-walk", "completion", NULL };

/* A remark does not make a run fail by --strict. */
static const char *const remarks[] = { "completion", "left-as-it-was", NULL };

static size_t
rank(const char *kind)
{
	size_t i;

	for (i = 0; ranks[i] != NULL; i++)
		if (strcmp(ranks[i], kind) == 0)
			return 2 * i;
	/* A kind of another's: among those that git acts upon. */
	return 11;
}

static bool
is_remark(const char *kind)
{
	const char *const *s;

	for (s = remarks; *s != NULL; s++)
		if (strcmp(kind, *s) == 0)
			return true;
	return false;
}

static struct report_kind *
kind_in(struct report *r, const char *kind)
{
	size_t i;

	for (i = 0; i < r->kinds.n; i++)
		if (strcmp(r->kinds.v[i].kind, kind) == 0)
			return &r->kinds.v[i];
	if (r->kinds.n == r->kinds.cap)
		r->kinds.v = xgrow(r->kinds.v, &r->kinds.cap, sizeof(*r->kinds.v));
	r->kinds.v[r->kinds.n] = (struct report_kind){ .kind = kind };
	return &r->kinds.v[r->kinds.n++];
}

void
report_add(struct report *r, const char *kind, const char *path, const char *detail)
{
	struct report_kind *k = kind_in(r, kind);

	if (k->kept == FINDINGS_MAX || (k->kept > FINDINGS_MAX / 2 && strlen(path) > BYTES_MAX)) {
		k->more++;
		return;
	}
	k->kept++;
	if (r->list.n == r->list.cap)
		r->list.v = xgrow(r->list.v, &r->list.cap, sizeof(*r->list.v));
	r->list.v[r->list.n] = (struct finding){ .kind = kind, .path = xstrdup(path),
	    .detail = detail == NULL ? NULL : xstrdup(detail), .order = r->list.n };
	r->list.n++;
}

static int
by_path(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	int c = strcmp(x->kind, y->kind);

	if (c == 0)
		c = strcmp(x->path, y->path);
	if (c != 0)
		return c;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int
by_rank(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	size_t i = rank(x->kind), k = rank(y->kind);

	if (i != k)
		return i < k ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* The first of each kind and path, in the order of what is printed. */
static void
sort(struct report *r)
{
	struct finding *v = r->list.v;
	size_t i, n = 0;

	if (r->list.n < 2)
		return;
	qsort(v, r->list.n, sizeof(*v), by_path);
	for (i = 0; i < r->list.n; i++) {
		if (n == 0 || strcmp(v[n - 1].kind, v[i].kind) != 0 ||
		    strcmp(v[n - 1].path, v[i].path) != 0) {
			v[n++] = v[i];
			continue;
		}
		kind_in(r, v[i].kind)->kept--;
		free(v[i].path);
		free(v[i].detail);
	}
	r->list.n = n;
	qsort(v, n, sizeof(*v), by_rank);
}

/* Of one kind; of the protected ones, also of one tool, which the detail names. */
static bool
alike(const struct finding *a, const struct finding *b, bool by_tool)
{
	if (strcmp(a->kind, b->kind) != 0)
		return false;
	return !by_tool || strcmp(a->kind, "protected-kind") != 0 ||
	    strcmp(a->detail == NULL ? "" : a->detail, b->detail == NULL ? "" : b->detail) == 0;
}

/* Choose the first of each that is not like one that is chosen, LEFT of them at the most. */
static size_t
choose(struct finding *v, size_t n, bool *chosen, bool by_tool, size_t left)
{
	const struct finding *have[LINES_MAX];
	size_t i, k, m = 0;

	for (i = 0; i < n; i++)
		if (chosen[i])
			have[m++] = &v[i];
	for (i = 0; i < n && left > 0; i++) {
		for (k = 0; k < m && !alike(have[k], &v[i], by_tool); k++)
			;
		if (k < m || v[i].printed || chosen[i])
			continue;
		chosen[i] = true;
		have[m++] = &v[i];
		left--;
	}
	return left;
}

static void
print_one(const struct finding *f)
{
	(void)fprintf(stderr, "wx-run: found: %s ", f->kind);
	wx_json_string(stderr, f->path);
	if (f->detail != NULL) {
		(void)fputs(": ", stderr);
		wx_json_string(stderr, f->detail);
	}
	(void)fputc('\n', stderr);
}

/* How many are not printed: "and 12 more (10 symlink-out, 2 set-uid)". */
static void
print_more(const struct report *r, size_t more)
{
	const char *before = " (";
	size_t i, k, n;
	bool cut = false;

	(void)fprintf(stderr, "wx-run: found: and %zu more", more);
	for (i = 0; i < r->kinds.n; i++) {
		n = r->kinds.v[i].more;
		cut |= n > 0;
		for (k = 0; k < r->list.n; k++)
			n += !r->list.v[k].printed && strcmp(r->list.v[k].kind, r->kinds.v[i].kind) == 0;
		if (n > 0)
			(void)fprintf(stderr, "%s%zu %s", before, n, r->kinds.v[i].kind);
		before = n > 0 ? ", " : before;
	}
	(void)fprintf(stderr, "); --report FILE has %s\n", cut ? "the first of them" : "all");
}

/* Has stderr a reader? */
static bool
is_read(void)
{
	struct stat st, null;

	return fstat(STDERR_FILENO, &st) == 0 && !(S_ISCHR(st.st_mode) &&
	    stat("/dev/null", &null) == 0 && st.st_rdev == null.st_rdev);
}

bool
report_print(struct report *r)
{
	size_t i, more = 0, left = LINES_MAX, n = 0;
	bool *chosen;

	sort(r);
	for (i = 0; i < r->list.n; i++)
		n += !r->list.v[i].printed;
	for (i = 0; i < r->kinds.n; i++)
		more += r->kinds.v[i].more;
	/* What is left was counted before. */
	if (n + more == r->rest)
		return is_read() && ferror(stderr) == 0;
	chosen = calloc(r->list.n + 1, sizeof(*chosen));
	if (chosen == NULL)
		return false;
	/* The last line is for the count. */
	left -= n > LINES_MAX || more > 0;
	left = choose(r->list.v, r->list.n, chosen, false, left);
	left = choose(r->list.v, r->list.n, chosen, true, left);
	for (i = 0; i < r->list.n && left > 0; i++)
		if (!chosen[i] && !r->list.v[i].printed) {
			chosen[i] = true;
			left--;
		}
	for (i = 0; i < r->list.n; i++)
		if (chosen[i]) {
			print_one(&r->list.v[i]);
			r->list.v[i].printed = true;
			n--;
		}
	r->rest = n + more;
	if (r->rest > 0)
		print_more(r, n + more);
	free(chosen);
	return is_read() && ferror(stderr) == 0;
}

void
report_json(struct report *r, FILE *fp)
{
	const struct finding *f;
	size_t i;

	sort(r);
	for (i = 0; i < r->list.n; i++) {
		f = &r->list.v[i];
		(void)fprintf(fp, "{\"kind\":\"%s\",\"path\":", f->kind);
		wx_json_string(fp, f->path);
		(void)fputs(",\"detail\":", fp);
		if (f->detail == NULL)
			(void)fputs("null", fp);
		else
			wx_json_string(fp, f->detail);
		(void)fputs("}\n", fp);
	}
	for (i = 0; i < r->kinds.n; i++)
		if (r->kinds.v[i].more > 0)
			(void)fprintf(fp, "{\"kind\":\"unfinished-walk\",\"path\":\".\",\"detail\":"
			    "\"%zu more findings of kind %s\"}\n", r->kinds.v[i].more, r->kinds.v[i].kind);
}

void
report_counts(const struct report *r, FILE *fp)
{
	size_t i;

	(void)fputc('{', fp);
	for (i = 0; i < r->kinds.n; i++)
		(void)fprintf(fp, "%s\"%s\": %zu", i == 0 ? "" : ", ", r->kinds.v[i].kind,
		    r->kinds.v[i].kept + r->kinds.v[i].more);
	(void)fputc('}', fp);
}

bool
report_grave(const struct report *r)
{
	size_t i;

	for (i = 0; i < r->kinds.n; i++)
		if (!is_remark(r->kinds.v[i].kind) &&
		    r->kinds.v[i].kept + r->kinds.v[i].more > 0)
			return true;
	return false;
}

bool
report_empty(const struct report *r)
{
	return r->list.n == 0;
}
