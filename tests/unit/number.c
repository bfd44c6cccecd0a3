/* SPDX-License-Identifier: MIT */
/* number and usersystemd of libcommon. */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/number.h"
#include "libcommon/usersystemd.h"

static int n, bad;

static void
ok(int cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

static void
numbers(void)
{
	static const char *const none[] = { "", "-1", "+1", " 1", "1 ", "1x", "0x1", "12345678", "1.0", NULL };
	size_t i;

	for (i = 0; none[i] != NULL; i++)
		ok(wx_number(none[i], 0, 100000000) == -1, none[i]);
	ok(wx_number("0", 0, 9) == 0 && wx_number("0", 1, 9) == -1, "the least");
	ok(wx_number("9", 0, 9) == 9 && wx_number("10", 0, 9) == -1, "the most");
	ok(wx_number("0010", 0, 10) == 10, "it is decimal");
	ok(wx_number("9999999", 0, 9999999) == 9999999, "7 digits");
}

static void
sizes(void)
{
	static const char *const none[] = { "", "0", "0G", "-1", "+1", "x", "1X", "1.5G", "1GiBs", "1BB", "1iB",
	    "18446744073709551616", "9223372036854775808", "99999999T", "1 G", NULL };
	static const struct { const char *in; uint64_t want; } sizes[] = {
	    { "1", 1 }, { "1024", 1024 }, { "1K", 1024 }, { "512M", 512ull << 20 }, { "3g", 3ull << 30 },
	    { "2T", 2ull << 40 }, { "4GiB", 4ull << 30 }, { "4GB", 4ull << 30 }, { "5kb", 5 << 10 },
	    { "9223372036854775807", INT64_MAX }, { "8388607T", 8388607ull << 40 } };
	uint64_t got = 7;
	size_t i;

	for (i = 0; none[i] != NULL; i++)
		ok(wx_size(none[i], &got) == -1 && got == 7, none[i]);
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		ok(wx_size(sizes[i].in, &got) == 0 && got == sizes[i].want, sizes[i].in);
}

/* What stands in /sys is the machine's: tests/vm has one with a systemd. */
static void
systemd(void)
{
	char dir[] = "/tmp/wx-unit.XXXXXX", path[64], buf[8] = "before";

	if (mkdtemp(dir) == NULL)
		exit(1);
	(void)unsetenv("XDG_RUNTIME_DIR");
	ok(!wx_usersystemd(), "no XDG_RUNTIME_DIR");
	(void)setenv("XDG_RUNTIME_DIR", dir, 1);
	ok(!wx_usersystemd(), "no socket there");
	(void)snprintf(path, sizeof(path), "%s/systemd", dir);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/systemd/private", dir);
	(void)close(open(path, O_WRONLY | O_CREAT, 0600));
	ok(wx_usersystemd(), "one that is ours");
	(void)setenv("XDG_RUNTIME_DIR", dir + 1, 1);
	ok(chdir("/") == 0 && !wx_usersystemd(), "a folder that is not absolute counts for none");
	(void)unlink(path);
	*strrchr(path, '/') = '\0';
	(void)rmdir(path);
	(void)rmdir(dir);
	wx_usersystemd_controllers(4294967294u, buf, sizeof(buf));
	ok(*buf == '\0', "nobody's controllers: none");
	ok(!wx_usersystemd_controls(4294967294u, "memory") && !wx_usersystemd_controls(4294967294u, ""),
	    "nor is one of them there");
}

int
main(void)
{
	numbers();
	sizes();
	systemd();
	printf("1..%d\n", n);
	return bad;
}
