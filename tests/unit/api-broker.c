/* SPDX-License-Identifier: MIT */
/* Rules and secrets of wx-api-broker. */
#include "cmd/wx-api-broker/route/rule.c"
#include "cmd/wx-api-broker/back/secret.c"

#include <fcntl.h>

static int n, bad, changes;

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

static void
path_is(const char *pattern, bool prefix, const char *target, bool want)
{
	struct rule r = { .methods = 1, .prefix = prefix };
	const struct rule *which = NULL;
	char what[256];

	memcpy(r.path, pattern, strlen(pattern) + 1);
	(void)snprintf(what, sizeof(what), "%s%s %s", pattern, prefix ? "..." : "", target);
	ok((rule_find(&r, 1, METHOD_GET, target, strlen(target), &which) == RULE_OK) == want && (which == &r) == want, what);
}

static void
paths(void)
{
	path_is("/a", false, "/a", true);
	path_is("/a", false, "/a/", false);
	path_is("/a", false, "/ab", false);
	path_is("/a", false, "/", false);
	path_is("/a", true, "/a", true);
	path_is("/a", true, "/a/", true);
	path_is("/a", true, "/a/b/c", true);
	path_is("/a", true, "/ab", false);
	path_is("/a/", true, "/a", false);
	path_is("/a/", true, "/a/", true);
	path_is("/a/", true, "/a/b", true);
	path_is("/", true, "/any/thing", true);
	path_is("/m/*:go", false, "/m/x:go", true);
	path_is("/m/*:go", false, "/m/:go:go", true);
	path_is("/m/*:go", false, "/m/:go", false);
	path_is("/m/*:go", false, "/m/x:gone", false);
	path_is("/m/*:go", false, "/m/x/y:go", false);
	path_is("/m/*:go", false, "/m/x:go/", false);
	path_is("/*/b", false, "/a/b", true);
	path_is("/*/b", false, "//b", false);
	path_is("/*/b", false, "/a/c/b", false);
	path_is("/*/*", false, "/a/b", true);
	path_is("/*/*", false, "/a/", false);
	path_is("/*/*", true, "/a/b/c", true);
	path_is("/*", true, "/abc/d", true);
	path_is("/a*b*c", false, "/a1b2b3c", true);
	path_is("/a*b*c", false, "/abc", false);
	path_is("/a", true, "/a/../b", false);
	path_is("/a", true, "/a?x", false);
}

static void
faults(void)
{
	ok(rule_path_fault("/a/*/b") == NULL, "a pattern");
	ok(rule_path_fault("") != NULL && rule_path_fault("a") != NULL && rule_path_fault("/a?b") != NULL && rule_path_fault("/a b") != NULL &&
	    rule_path_fault("/../a") != NULL && rule_path_fault("/**") != NULL && rule_path_fault("/\x80") != NULL, "no paths");
	ok(rule_method("GET", 3) == METHOD_GET && rule_method("GETS", 4) == -1 && rule_method("GE", 2) == -1 && rule_method("get", 3) == -1, "methods");
}

static void
on_change(struct secret *s)
{
	(void)s;
	changes++;
}

/* What standard input has, to its end. */
static void
read_text(const char *text, size_t len)
{
	int p[2];

	if (pipe(p) == -1 || write(p[1], text, len) != (ssize_t)len)
		exit(1);
	(void)close(p[1]);
	(void)dup2(p[0], STDIN_FILENO);
	(void)close(p[0]);
	while (secret_read(on_change))
		;
}

static void
now_is(const struct secret *s, const char *text, unsigned generation, int changed, const char *what)
{
	bool fine = strcmp(s->now->text, text) == 0 && s->generation == generation && s->now->generation == generation && changes == changed;

	if (!fine)
		printf("# '%s' %u, %d changes\n", s->now->text, s->generation, changes);
	ok(fine, what);
}

static void
lines(void)
{
	static const struct route routes[2] = { { .secret = "TOK" }, { .secret = "TOK" } };
	static char big[3 * SECRET_MAX];
	struct secret *s;
	struct value *v;

	secret_setup(routes, 2);
	s = secret_of("TOK");
	ok(nsecrets == 1 && s != NULL && secret_of("TO") == NULL, "one secret for two routes");
	now_is(s, "", 0, 0, "at first there is none");
	read_text("TOK=MADEUP-1\n", 13);
	now_is(s, "MADEUP-1", 1, 1, "a line");
	read_text("TOK=MADEUP-1\nTOK=MADEUP-1\r\nTOK=MADEUP-1", 39);
	now_is(s, "MADEUP-1", 1, 1, "the same is no change");
	read_text("\n\nTOK=MADEUP-2", 14);
	now_is(s, "MADEUP-2", 2, 2, "without an end, at the end");
	read_text("TOK=short\nTOK=with space 12\nTOK=t\xc3\xa4gliches\nTOK MADEUP-3\n=MADEUP-3\nOTHER=MADEUP-3\n", 80);
	now_is(s, "MADEUP-2", 2, 2, "what is none changes nothing");
	memset(big, 'x', sizeof(big));
	memcpy(big, "TOK=", 4);
	big[4 + SECRET_MAX] = '\n';
	read_text(big, 4 + SECRET_MAX + 1);
	ok(s->now->len == SECRET_MAX && s->generation == 3, "the longest");
	big[4 + SECRET_MAX] = 'x';
	memcpy(big + sizeof(big) - 14, "\nTOK=MADEUP-4\n", 14);
	read_text(big, sizeof(big));
	now_is(s, "MADEUP-4", 4, 4, "one that is too long is skipped to its end");
	v = secret_use(s);
	read_text("TOK=MADEUP-5\n", 13);
	ok(strcmp(v->text, "MADEUP-4") == 0 && v->generation == 4, "one that is used stays");
	secret_leave(s, v, 4);
	ok(v->text[0] == '\0' && v->len == 0, "until it is left");
	v = secret_use(s);
	read_text("TOK=MADEUP-6\nTOK=MADEUP-7\n", 26);
	ok(v->generation == 7 && s->now == v && s->now->users == 0, "or replaced twice");
	secret_leave(s, v, 5);
	now_is(s, "MADEUP-7", 7, 7, "who leaves it then changes nothing");
	read_text("TOK=\n", 5);
	now_is(s, "", 8, 8, "withdrawn");
}

/* Is the search for V in TEXT, cut everywhere, what memmem(3) finds? What is held back is the text's end. */
static bool
agrees(const struct value *v, const char *text, size_t len)
{
	bool found = memmem(text, len, v->text, v->len) != NULL, fine = true;
	size_t cut, state;

	for (cut = 0; cut <= len; cut++) {
		state = 0;
		fine = fine && (secret_seen(v, &state, text, cut) || secret_seen(v, &state, text + cut, len - cut)) == found;
		if (!found)
			fine = fine && memcmp(text + len - state, v->text, state) == 0;
	}
	return fine;
}

static void
search(void)
{
	static struct value v = { .len = 6 };
	unsigned p, i, k;
	bool fine = true;
	char text[11];

	for (p = 0; p < 1U << 6; p++) {
		for (k = 0; k < v.len; k++)
			v.text[k] = p & 1U << k ? 'a' : 'b';
		prepare(&v);
		for (i = 0; i < 1U << sizeof(text); i++) {
			for (k = 0; k < sizeof(text); k++)
				text[k] = i & 1U << k ? 'a' : 'b';
			fine = fine && agrees(&v, text, sizeof(text));
		}
	}
	ok(fine, "64 secrets in 2048 texts, cut everywhere");
	fine = true;
	for (p = 0; p < 1U << 10; p++) {
		char twice[20];

		v.len = 10;
		for (k = 0; k < v.len; k++)
			v.text[k] = p & 1U << k ? 'a' : 'b';
		prepare(&v);
		for (i = 0; i < v.len; i++) {
			memcpy(twice, v.text, i);
			memcpy(twice + i, v.text, v.len);
			fine = fine && agrees(&v, twice, i + v.len);
		}
	}
	ok(fine, "1024 secrets, each after a part of itself");
}

int
main(void)
{
	if (freopen("/dev/null", "w", stderr) == NULL)
		return 1;
	paths();
	faults();
	lines();
	search();
	printf("1..%d\n", n);
	return bad;
}
