/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <err.h>
#include <stdlib.h>

#include "libcommon/exitcode.h"
#include "libcommon/tool/capture.h"
#include "libcommon/tool/path.h"

void
closure_want(struct store *s, const char *path)
{
	char *real = realpath(path, NULL), *top;

	if (real != NULL && path_within(real, STORE_DIR) && !store_has(s, real)) {
		top = store_top(real);
		strv_add(&s->wanted, top);
		free(top);
	}
	free(real);
}

/* nix-store's answer about what is wanted, in TEXT. */
static size_t
ask(const struct store *s, char *text, size_t cap)
{
	static const char query[] = "nix-store --query --requisites";
	const char *first = s->wanted.v[0];
	char *prog = host_program("nix-store");
	struct strv argv = { 0 }, env = { 0 };
	struct capture c;
	ssize_t n;

	if (prog == NULL)
		errx(WX_CHAIN, "cannot show '%s', which '%s' does not list: nix-store, which knows what "
		    "it needs, is not on PATH; list it, or take a profile without store_paths",
		    first, s->file);
	strv_add(&argv, prog);
	strv_add(&argv, "--query");
	strv_add(&argv, "--requisites");
	strv_addv(&argv, (const char *const *)s->wanted.v);
	strv_addf(&env, "PATH=%s", getenv("PATH") == NULL ? "" : getenv("PATH"));
	strv_addf(&env, "HOME=%s", getenv("HOME") == NULL ? "/" : getenv("HOME"));
	if (getenv("NIX_REMOTE") != NULL)
		strv_addf(&env, "NIX_REMOTE=%s", getenv("NIX_REMOTE"));
	n = capture_start(&c, (const char *const *)argv.v, (const char *const *)env.v) == -1 ? -1 :
	    capture_finish(&c, text, cap, 0);
	if (n == -1)
		errx(WX_CHAIN, "cannot show '%s', which '%s' does not list: '%s' does not say what it "
		    "needs; list it, or take a profile without store_paths", first, s->file, query);
	free(prog);
	return (size_t)n;
}

void
closure_settle(struct store *s)
{
	struct strv all = { 0 }, more = { 0 };
	const char *bad;
	unsigned line;
	size_t len, i;
	char *text;

	if (s->wanted.n == 0)
		return;
	text = malloc(STORE_BYTES + 1);
	if (text == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	len = ask(s, text, STORE_BYTES + 1);
	bad = store_parse(text, len, &all, &line);
	if (bad != NULL)
		errx(WX_CHAIN, "what nix-store says of '%s', line %u: %s", s->wanted.v[0], line, bad);
	s->wanted.n = 0;
	for (i = 0; i < all.n; i++)
		if (!store_has(s, all.v[i]))
			strv_add(&more, all.v[i]);
	if (more.n > 0)
		strv_addv(&s->paths, (const char *const *)more.v);
	store_sort(s);
	free(text);
}
