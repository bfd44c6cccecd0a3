/* SPDX-License-Identifier: MIT */
#include "report.h"

#include "libcommon/json.h"
#include "base/words.h"

#define LINES_MAX 50         /* on stderr; the file has all */
#define FINDINGS_MAX 10000   /* kept: the sandbox could make a million */

void
report_add(struct report *r, const char *kind, const char *path, const char *detail)
{
	if (r->n == FINDINGS_MAX) {
		r->more++;
		return;
	}
	if (r->n == r->cap)
		r->v = xgrow(r->v, &r->cap, sizeof(*r->v));
	r->v[r->n++] = (struct finding){ .kind = kind, .path = xstrdup(path),
	    .detail = detail == NULL ? NULL : xstrdup(detail) };
}

void
report_append(struct report *r, const struct report *from)
{
	size_t i;

	for (i = 0; i < from->n; i++)
		report_add(r, from->v[i].kind, from->v[i].path, from->v[i].detail);
	r->more += from->more;
}

/* A name that the sandbox chose: quoted as JSON does, safe on a terminal. */
void
report_print(const struct report *r)
{
	size_t i;

	for (i = 0; i < r->n && i < LINES_MAX; i++) {
		(void)fprintf(stderr, "wx-run: found: %s ", r->v[i].kind);
		wx_json_string(stderr, r->v[i].path);
		if (r->v[i].detail != NULL) {
			(void)fputs(": ", stderr);
			wx_json_string(stderr, r->v[i].detail);
		}
		(void)fputc('\n', stderr);
	}
	if (i < r->n)
		(void)fprintf(stderr, "wx-run: found: and %zu more; --report FILE has %s\n",
		    r->n - i + r->more, r->more > 0 ? "the first of them" : "all");
}

void
report_json(const struct report *r, FILE *fp)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		(void)fprintf(fp, "{\"kind\":\"%s\",\"path\":", r->v[i].kind);
		wx_json_string(fp, r->v[i].path);
		(void)fputs(",\"detail\":", fp);
		if (r->v[i].detail == NULL)
			(void)fputs("null", fp);
		else
			wx_json_string(fp, r->v[i].detail);
		(void)fputs("}\n", fp);
	}
	if (r->more > 0)
		(void)fprintf(fp, "{\"kind\":\"unfinished-walk\",\"path\":\".\",\"detail\":"
		    "\"%zu more findings\"}\n", r->more);
}
