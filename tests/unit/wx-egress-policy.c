/* SPDX-License-Identifier: MIT */
/* PKGS: libcjson libpsl */
/* What wx-egress decides. */
#include <stdint.h>
#include <stdio.h>

#include "cmd/wx-egress/policy/decide.c"
#include "cmd/wx-egress/policy/suffix.c"
#include "cmd/wx-egress/policy/policy.c"
#include "cmd/wx-egress/policy/reason.c"
#include "cmd/wx-egress/policy/entry.c"
#include "cmd/wx-egress/policy/group.c"
#include "cmd/wx-egress/policy/json.c"

#include "cmd/wx-egress/dial/shared.c"

static int n, bad_one;

static void
ok(int cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad_one |= !cond;
}

static void
quiet(const char *text, void *user)
{
	(void)text;
	++*(int *)user;
}

static struct policy policy;

static void
is(const char *host, uint16_t port, const char *method, const char *path, enum reason want, const char *what)
{
	struct wish w = { .host = host, .len = strlen(host), .port = port, .method = method, .path = path };
	struct verdict v;

	decide(&policy, &w, &v);
	ok(v.reason == want, what);
}

static void
take(const char *json, size_t faults, const char *what)
{
	int heard = 0;

	policy_init(&policy);
	ok(policy_read(&policy, json, strlen(json), quiet, &heard) == (faults == 0) && (size_t)heard == faults, what);
}

static void
hosts(void)
{
	take("{\"version\":1,\"allow\":[\"a.example\",\"*.b.example:22,443\",\"10.0.0.1 private\",\"*.corp private\","
	    "\"z.b.example\"],\"deny\":[\"x.b.example\",\"y.b.example:22\"]}", 0, "a policy");
	is("a.example", 443, NULL, NULL, REASON_ALLOWED, "an exact name");
	is("A.EXAMPLE.", 443, NULL, NULL, REASON_ALLOWED, "in capitals, with its dot");
	is("a.example", 80, NULL, NULL, REASON_PORT, "with another port");
	is("a.example", 0, NULL, NULL, REASON_BAD_NAME, "with no port");
	is("www.a.example", 443, NULL, NULL, REASON_NOT_LISTED, "one below it");
	is("xa.example", 443, NULL, NULL, REASON_NOT_LISTED, "one that ends like it");
	is("b.example", 443, NULL, NULL, REASON_NOT_LISTED, "a wildcard's own name");
	is("q.b.example", 22, NULL, NULL, REASON_ALLOWED, "one below");
	is("r.q.b.example", 443, NULL, NULL, REASON_ALLOWED, "two below");
	is("qb.example", 443, NULL, NULL, REASON_NOT_LISTED, "without a dot");
	is("aqb.example", 443, NULL, NULL, REASON_NOT_LISTED, "of any length");
	is("x.b.example", 443, NULL, NULL, REASON_DENIED, "one that is refused");
	is("q.x.b.example", 443, NULL, NULL, REASON_ALLOWED, "below one that is refused");
	is("y.b.example", 443, NULL, NULL, REASON_ALLOWED, "refused with another port");
	is("y.b.example", 22, NULL, NULL, REASON_DENIED, "and with this one");
	is("10.0.0.1", 443, NULL, NULL, REASON_ALLOWED, "an address that is listed");
	is("10.0.0.2", 443, NULL, NULL, REASON_NOT_LISTED, "one that is not");
	is("1.2.3.corp", 443, NULL, NULL, REASON_ALLOWED, "a domain of one label that is private");
	is("010.0.0.1", 443, NULL, NULL, REASON_BAD_NAME, "an address with a zero before");
	is("167772161", 443, NULL, NULL, REASON_BAD_NAME, "as one number");
	is("0xa.0.0.1", 443, NULL, NULL, REASON_BAD_NAME, "in hexadecimal");
	is("10.1", 443, NULL, NULL, REASON_BAD_NAME, "short");
	is("::ffff:10.0.0.1", 443, NULL, NULL, REASON_BAD_NAME, "as IPv6");
	is("[::ffff:10.0.0.1]", 443, NULL, NULL, REASON_BAD_NAME, "in brackets");
	is("fe80::1%lo", 443, NULL, NULL, REASON_BAD_NAME, "with a zone");
	is("", 443, NULL, NULL, REASON_BAD_NAME, "nothing");
	policy_free(&policy);
}

static void
requests(void)
{
	static const char *const odd[] = { "/debian/%2e%2e/x", "/debian/%2E./x", "/debian/a%2fb", "/debian/%5c", "/debian/%00",
	    "/debian/\\x", "/debian//x", "/debian/./x", "/debian/../x", "/debian/..", "/debian/.", "/debian/x#y", "/debian/..;/x",
	    "/debian/%252e%252e/x", "/debian/%0ax", "/debian/%zz", "debian/x", NULL };
	size_t i;

	take("{\"version\":1,\"allow\":[{\"host\":\"a.example\",\"ports\":[80],\"methods\":[\"GET\",\"HEAD\"],"
	    "\"paths\":[\"/debian/\",\"/one\"]},{\"host\":\"b.example\",\"ports\":[80],\"methods\":[\"POST\"]}]}", 0, "requests");
	is("a.example", 80, "GET", "/debian/x", REASON_ALLOWED, "a path below one with a slash");
	is("a.example", 80, "GET", "/debian/x?q=//../", REASON_ALLOWED, "a query does not count");
	is("a.example", 80, "GET", "/debian", REASON_REQUEST, "not without its slash");
	is("a.example", 80, "GET", "/one", REASON_ALLOWED, "a path");
	is("a.example", 80, "GET", "/one?x", REASON_ALLOWED, "and a query");
	is("a.example", 80, "GET", "/one/x", REASON_REQUEST, "not below it");
	is("a.example", 80, "GET", "/ones", REASON_REQUEST, "nor longer");
	is("a.example", 80, "PUT", "/debian/x", REASON_REQUEST, "another method");
	is("a.example", 80, "get", "/debian/x", REASON_REQUEST, "methods have their case");
	is("a.example", 80, NULL, NULL, REASON_NEEDS_HTTP, "no request told");
	is("a.example", 443, NULL, NULL, REASON_PORT, "another port");
	for (i = 0; odd[i] != NULL; i++)
		is("a.example", 80, "GET", odd[i], REASON_PATH, odd[i]);
	is("a.example", 80, "GET", "/debian/...", REASON_ALLOWED, "three dots are a name");
	is("a.example", 80, "GET", "/debian/.x", REASON_ALLOWED, "so is one with a dot");
	is("b.example", 80, "POST", "/a//b", REASON_ALLOWED, "where no path is told it may be odd");
	policy_free(&policy);
}

static void
policies(void)
{
	take("", 0, "nothing");
	take(" \n", 0, "blanks");
	take("{}", 1, "no version");
	take("[]", 1, "no object");
	take("{\"version\":2}", 1, "another version");
	take("{\"version\":1,\"version\":1}", 1, "a key twice");
	take("{\"version\":1,\"colour\":1,\"allow\":[\"*\",\"*.com\",5]}", 4, "each fault is said");
	take("{\"version\":1,\"allow\":[\"*.com private\",\"*.de private\",\"*.github.io private\"]}", 3, "private makes nobody's of a public suffix");
	take("{\"version\":1,\"allow\":[{\"host\":\"a.example\",\"paths\":[\"/\"]}]}", 1, "paths of TLS");
	take("{\"version\":1,\"allow\":[{\"host\":\"a.example\",\"port\":80}]}", 1, "an unknown key of an entry");
	take("{\"version\":1,\"deny\":[\"a.example private\"]}", 1, "private of what is refused");
	take("{\"version\":1,\"allow\":[\"a.example\\u0000.b.example\"]}", 1, "a NUL");
	take("{\"version\":1,\"forward\":[{\"port\":1,\"to\":\"10.0.0.1:1\"}]}", 1, "a forward to another machine");
	take("{\"version\":1,\"forward\":[{\"port\":1,\"to\":\"127.0.0.1:1\"},{\"port\":2,\"to\":\"[::1]:1\"}]}", 0, "forwards");
	take("{\"version\":1,\"range\":\"10.0.0.0/8\"}", 1, "a range too wide");
	take("{\"version\":1,\"range\":\"198.18.0.1/15\"}", 1, "a range that is none");
	take("{\"version\":1,\"parent\":\"https://p.example:1\"}", 1, "a parent by TLS");
	take("{\"version\":1,\"parent\":{\"url\":\"http://u:p@proxy.example:3128\",\"no_proxy\":[\"*.corp\",\"x.example\"]}}", 0, "a parent");
	ok(policy.parent.set && policy.parent.port == 3128 && strcmp(policy.parent.host, "proxy.example") == 0 &&
	    strcmp(policy.parent.credentials, "u:p") == 0, "its parts");
	ok(policy_no_proxy(&policy, "a.corp") && policy_no_proxy(&policy, "x.example") && !policy_no_proxy(&policy, "ax.example"),
	    "what goes round it");
	policy_free(&policy);
	take("{\"version\":1,\"allow\":[\"a.b.example\"],\"deny\":[\"*.b.example\"]}", 0, "what is allowed is refused");
	{
		int heard = 0;

		ok(!policy_check(&policy, quiet, &heard) && heard == 1, "which is a fault");
	}
	policy_free(&policy);
}

static void
counts(void)
{
	static struct shared s;
	char name[32];
	size_t i;
	bool good = true;

	for (i = 0; i < WILDCARD_NAMES; i++) {
		(void)snprintf(name, sizeof(name), "n%zu.example", i);
		good &= shared_name(&s, 3, name);
	}
	ok(good, "256 names below a wildcard");
	ok(!shared_name(&s, 3, "one.more.example"), "and not one more");
	ok(shared_name(&s, 3, "n7.example"), "one of them again");
	ok(shared_name(&s, 4, "one.more.example"), "below another one");
	ok(!shared_name(&s, SHARED_IDS, "a.example"), "below none");
}

int
main(void)
{
	hosts();
	requests();
	policies();
	counts();
	printf("1..%d\n", n);
	return bad_one;
}
