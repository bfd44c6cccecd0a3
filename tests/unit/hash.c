/* SPDX-License-Identifier: MIT */
/* libcommon/hash.h: the names of state that earlier versions made are found. */
#include "libcommon/hash.h"

#include <stdbool.h>
#include <stdio.h>

static int n, bad;

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

int
main(void)
{
	/* Of the authors' own table. */
	ok(wx_hash("") == 0xcbf29ce484222325ULL, "nothing");
	ok(wx_hash("a") == 0xaf63dc4c8601ec8cULL, "a letter");
	ok(wx_hash("foobar") == 0x85944171f73967e8ULL, "foobar");
	ok(wx_hash("\xc3\xa9") != wx_hash("\xc3\xa8"), "a byte above 0x7f counts");
	printf("1..%d\n", n);
	return bad;
}
