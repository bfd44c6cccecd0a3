/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "libcommon/fileio.h"

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
	char buf[8];
	FILE *full = fopen("/dev/full", "w");
	int p[2];

	ok(pipe(p) == 0 && wx_write_all(p[1], "12345678", 8) == 0, "write");
	close(p[1]);
	ok(wx_read_all(p[0], buf, sizeof(buf)) == 8, "exact fit");
	close(p[0]);
	ok(pipe(p) == 0 && wx_write_all(p[1], "123456789", 9) == 0, "write");
	close(p[1]);
	ok(wx_read_all(p[0], buf, sizeof(buf)) == -1 && errno == EMSGSIZE, "one too many");
	ok(wx_write_all(-1, "x", 1) == -1 && errno == EBADF, "bad descriptor");
	ok(full != NULL && fputs("x", full) >= 0 && wx_flush(full) == -1, "full disk");
	ok(wx_flush(full) == -1, "a lost write stays lost");
	printf("1..%d\n", n);
	return bad;
}
