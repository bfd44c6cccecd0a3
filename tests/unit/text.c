/* SPDX-License-Identifier: MIT */
/* utf8, envline, json and shellword of libcommon. */
#include <stdbool.h>
#include <unistd.h>

#include "libcommon/envline.h"
#include "libcommon/json.h"
#include "libcommon/shellword.h"
#include "libcommon/utf8.h"

static int n, bad;

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

static void
json_is(const char *in, const char *want)
{
	char buf[128];
	FILE *fp = fmemopen(buf, sizeof(buf), "w");

	wx_json_string(fp, in);
	(void)fclose(fp);
	ok(strcmp(buf, want) == 0, want);
}

static void
word_is(const char *in, size_t cap, const char *want)
{
	char buf[64];

	memset(buf, 'x', sizeof(buf));
	ok(strcmp(wx_shell_word(in, buf, cap), want) == 0 && buf[cap] == 'x', want);
}

static void
clean_is(const char *in, const char *want)
{
	char buf[64];

	(void)snprintf(buf, sizeof(buf), "%s", in);
	ok(strcmp(wx_utf8_clean(buf), want) == 0, want);
}

int
main(void)
{
	ok(wx_utf8_len("a", 1) == 1, "ascii");
	ok(wx_utf8_len("\xc3\xa4", 2) == 2, "two bytes");
	ok(wx_utf8_len("\xc3", 1) == 0, "truncated");
	ok(wx_utf8_len("\xc0\x80", 2) == 0, "overlong NUL");
	ok(wx_utf8_len("\xe0\x80\x80", 3) == 0, "overlong, three bytes");
	ok(wx_utf8_len("\xed\xa0\x80", 3) == 0, "surrogate");
	ok(wx_utf8_len("\xf0\x9f\x98\x80", 4) == 4, "four bytes");
	ok(wx_utf8_len("\xf4\x90\x80\x80", 4) == 0, "above U+10FFFF");
	ok(wx_utf8_len("\x80", 1) == 0, "stray continuation");
	clean_is("a\xc3\xa4\xf0\x9f\x98\x80 b", "a\xc3\xa4\xf0\x9f\x98\x80 b");
	clean_is("\x1b[31m\n\t\x7f\xff", "?[31m????");
	clean_is("\xc2\x9b\xc2\xa0\xd8\x9c\xd8\x9d", "?\xc2\xa0?\xd8\x9d");
	clean_is("\xe2\x80\x8a\xe2\x80\x8b\xe2\x80\x8f\xe2\x80\x90", "\xe2\x80\x8a??\xe2\x80\x90");
	clean_is("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xae\xe2\x80\xaf", "\xe2\x80\xa7??\xe2\x80\xaf");
	clean_is("\xe2\x81\x9f\xe2\x81\xa0\xe2\x81\xaf\xe2\x81\xb0\xef\xbb\xbf\xef\xbb\xbe",
	    "\xe2\x81\x9f??\xe2\x81\xb0?\xef\xbb\xbe");
	ok(wx_env_name_ok("A_1", 3) && wx_env_name_ok("_", 1), "names");
	ok(!wx_env_name_ok("1A", 2) && !wx_env_name_ok("", 0), "digit first, empty");
	ok(!wx_env_name_ok("A-B", 3) && !wx_env_name_ok("A\0B", 3), "dash, NUL");
	ok(wx_env_value_ok("tok en\xc3\xa4", 8), "value");
	ok(!wx_env_value_ok("a\nb", 3) && !wx_env_value_ok("a\x7f", 2), "control");
	ok(!wx_env_value_ok("a\0b", 3) && !wx_env_value_ok("", 0), "NUL, empty");
	ok(!wx_env_value_ok("a\xff", 2), "not UTF-8");
	json_is("a\"\\\n", "\"a\\\"\\\\\\n\"");
	json_is("\x1b[0m", "\"\\u001b[0m\"");
	json_is("\xc3\xa4", "\"\\u00e4\"");
	json_is("\xf0\x9f\x98\x80", "\"\\ud83d\\ude00\"");
	json_is("a\xff""b", "\"a\\ufffdb\"");
	word_is("a b", 32, "'a b'");
	word_is("it's", 32, "'it'\\''s'");
	word_is("", 8, "''");
	word_is("abcdefgh", 8, "'ab'");
	word_is("'", 7, "''\\'''");
	word_is("''", 8, "''\\'''");
	printf("1..%d\n", n);
	return bad;
}
