/* SPDX-License-Identifier: MIT */
/* base64 and pubkey of libcommon. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "libcommon/base64.h"
#include "libcommon/pubkey.h"

#define ED "AAAAC3NzaC1lZDI1NTE5AAAAIF3Yt9vB93qWkgl6KDLSgXnHZTCIWpUJdz8nHn8NF7+U"

static int n, bad;

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

static void
base64_is(const char *bytes, const char *text)
{
	size_t len = strlen(bytes);
	unsigned char raw[16];
	char out[32];

	ok(wx_base64_encode((const unsigned char *)bytes, len, out) == strlen(text) && strcmp(out, text) == 0, text);
	ok(wx_base64_decode(text, strlen(text), raw, len) == (ssize_t)len && memcmp(raw, bytes, len) == 0, "and back");
}

static void
base64_bad(const char *text)
{
	unsigned char raw[16];

	errno = 0;
	ok(wx_base64_decode(text, strlen(text), raw, sizeof(raw)) == -1 && errno == EINVAL, text);
}

/* Every byte, in every place of a group, is what the alphabet says. */
static bool
alphabet(void)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char raw[3];
	char text[5] = "AAAA";
	const char *p;
	int c, at;

	for (at = 0; at < 4; at++, memcpy(text, "AAAA", 4))
		for (c = 0; c < 256; c++) {
			text[at] = (char)c;
			p = c == 0 ? NULL : strchr(digits, c);
			if (p == NULL && at == 3 && c == '=')
				continue;
			if (wx_base64_decode(text, 4, raw, 3) != (p != NULL ? 3 : -1))
				return false;
			if (p != NULL && (raw[0] << 16 | raw[1] << 8 | raw[2]) != (int)(p - digits) << (18 - 6 * at))
				return false;
		}
	return true;
}

static void
base64(void)
{
	unsigned char raw[4];

	base64_is("", "");
	base64_is("f", "Zg==");
	base64_is("fo", "Zm8=");
	base64_is("foo", "Zm9v");
	base64_is("foob", "Zm9vYg==");
	base64_is("fooba", "Zm9vYmE=");
	base64_is("\xfb\xff\xbf", "+/+/");
	base64_bad("Zg");
	base64_bad("Zh==");
	base64_bad("Zm9=");
	base64_bad("Zg==Zg==");
	base64_bad("Z===");
	base64_bad("====");
	base64_bad("Zm 9");
	base64_bad("Zm9\n");
	base64_bad("Zm-_");
	ok(alphabet(), "the alphabet");
	ok(wx_base64_decode("Zm9vYmE=", 8, raw, 4) == -1 && errno == EMSGSIZE, "does not fit");
}

static void
status_of(const char *line, size_t len, enum wx_pubkey_status want, const char *what)
{
	struct wx_pubkey key;
	enum wx_pubkey_status got = wx_pubkey_parse(line, len, &key);

	if (got != want)
		printf("# got %d (%s), want %d\n", (int)got, wx_pubkey_error(got), (int)want);
	ok(got == want, what);
}

static void
line_is(const char *line, enum wx_pubkey_status want)
{
	status_of(line, strlen(line), want, line);
}

static bool
part_is(const char *s, size_t len, const char *want)
{
	return strlen(want) == len && memcmp(s, want, len) == 0;
}

static void
parts_are(const char *line, const char *comment)
{
	struct wx_pubkey k;

	ok(wx_pubkey_parse(line, strlen(line), &k) == WX_PUBKEY_OK && part_is(k.type, k.type_len, "ssh-ed25519") &&
	    part_is(k.blob, k.blob_len, ED) && part_is(k.comment, k.comment_len, comment), line);
}

/* A line of TYPE whose key holds these strings, then EXTRA bytes. */
static void
built_is(const char *type, const char *const strings[], size_t extra, enum wx_pubkey_status want)
{
	unsigned char raw[256];
	char line[512];
	size_t at = 0, len;

	for (; *strings != NULL; strings++) {
		len = strlen(*strings);
		memcpy(raw + at, (unsigned char[4]){ 0, 0, 0, (unsigned char)len }, 4);
		memcpy(raw + at + 4, *strings, len);
		at += 4 + len;
	}
	memset(raw + at, 0, extra);
	len = (size_t)snprintf(line, sizeof(line), "%s ", type);
	(void)wx_base64_encode(raw, at + extra, line + len);
	line_is(line, want);
}

#define S32 "0123456789abcdef0123456789abcdef"
#define KEY(...) (const char *const[]){ __VA_ARGS__, NULL }

static void
kinds(void)
{
	static const char sk_ed[] = "sk-ssh-ed25519@openssh.com", sk_ec[] = "sk-ecdsa-sha2-nistp256@openssh.com";

	built_is("ssh-ed25519", KEY("ssh-ed25519", S32), 0, WX_PUBKEY_OK);
	built_is("ssh-ed25519", KEY("ssh-ed25519", S32), 1, WX_PUBKEY_BLOB);
	built_is("ssh-ed25519", KEY("ssh-ed25519", S32), 4, WX_PUBKEY_BLOB);
	built_is("ssh-ed25519", KEY("ssh-ed25519", S32 "x"), 0, WX_PUBKEY_BLOB);
	built_is("ssh-ed25519", KEY("ssh-ed25519"), 0, WX_PUBKEY_BLOB);
	built_is("ssh-ed25519", KEY("ssh-ed25519", S32, "x"), 0, WX_PUBKEY_BLOB);
	built_is("ssh-ed25519", KEY("ssh-rsa", S32), 0, WX_PUBKEY_BLOB);
	built_is("ssh-rsa", KEY("ssh-rsa", "e", "n"), 0, WX_PUBKEY_OK);
	built_is("ssh-rsa", KEY("ssh-rsa", "", "n"), 0, WX_PUBKEY_BLOB);
	built_is("ssh-rsa", KEY("ssh-rsa", "e"), 0, WX_PUBKEY_BLOB);
	built_is("ecdsa-sha2-nistp256", KEY("ecdsa-sha2-nistp256", "nistp256", "q"), 0, WX_PUBKEY_OK);
	built_is("ecdsa-sha2-nistp384", KEY("ecdsa-sha2-nistp384", "nistp384", "q"), 0, WX_PUBKEY_OK);
	built_is("ecdsa-sha2-nistp521", KEY("ecdsa-sha2-nistp521", "nistp521", "q"), 0, WX_PUBKEY_OK);
	built_is("ecdsa-sha2-nistp521", KEY("ecdsa-sha2-nistp521", "nistp384", "q"), 0, WX_PUBKEY_BLOB);
	built_is(sk_ed, KEY(sk_ed, S32, "ssh:"), 0, WX_PUBKEY_OK);
	built_is(sk_ed, KEY(sk_ed, S32), 0, WX_PUBKEY_BLOB);
	built_is(sk_ec, KEY(sk_ec, "nistp256", "q", "ssh:"), 0, WX_PUBKEY_OK);
	built_is("ssh-dss", KEY("ssh-dss", "p", "q", "g", "y"), 0, WX_PUBKEY_TYPE);
	built_is("ssh-ed25519-cert-v01@openssh.com", KEY("ssh-ed25519-cert-v01@openssh.com", "x"), 0, WX_PUBKEY_TYPE);
}

static void
lines(void)
{
	static char big[1 << 20];

	parts_are("ssh-ed25519 " ED, "");
	parts_are("ssh-ed25519 " ED "\n", "");
	parts_are("ssh-ed25519 " ED "\r\n", "");
	parts_are("ssh-ed25519 " ED " me@host\n", "me@host");
	parts_are(" \tssh-ed25519\t " ED "  two  words \t\n", "two  words");
	line_is("", WX_PUBKEY_EMPTY);
	line_is("\n", WX_PUBKEY_EMPTY);
	line_is(" \t\r\n", WX_PUBKEY_EMPTY);
	line_is("\n\n", WX_PUBKEY_LINES);
	line_is("ssh-ed25519 " ED "\nssh-ed25519 " ED "\n", WX_PUBKEY_LINES);
	line_is("ssh-ed25519 " ED "\n\n", WX_PUBKEY_LINES);
	line_is("ssh-ed25519 " ED "\r", WX_PUBKEY_LINES);
	line_is("ssh-ed25519 " ED " \x1b[0m", WX_PUBKEY_LINES);
	line_is("ssh-ed25519 " ED " \x7f", WX_PUBKEY_LINES);
	status_of("ssh-ed25519 " ED " a\0b", 12 + sizeof(ED) + 3, WX_PUBKEY_LINES, "NUL");
	line_is("ssh-ed25519", WX_PUBKEY_BLOB);
	line_is("ssh-ed25519 x", WX_PUBKEY_BLOB);
	line_is("ssh-rsa " ED, WX_PUBKEY_BLOB);
	line_is("ssh-ed25519 " ED "AAAA", WX_PUBKEY_BLOB);
	line_is("SSH-ED25519 " ED, WX_PUBKEY_TYPE);
	line_is("hello", WX_PUBKEY_TYPE);
	line_is(ED, WX_PUBKEY_TYPE);
	line_is("restrict,command=\"a b\" ssh-ed25519 " ED, WX_PUBKEY_OPTIONS);
	line_is("no-pty ssh-rsa x", WX_PUBKEY_OPTIONS);
	line_is("-----BEGIN OPENSSH PRIVATE KEY-----\nx\n", WX_PUBKEY_PRIVATE);
	line_is("-----BEGIN PRIVATE KEY-----", WX_PUBKEY_PRIVATE);
	line_is("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n", WX_PUBKEY_PRIVATE);
	line_is("PuTTY-User-Key-File-3: ssh-ed25519\r\n", WX_PUBKEY_PRIVATE);
	line_is("b3BlbnNzaC1rZXktdjEAAAAABG5vbmUA", WX_PUBKEY_PRIVATE);
	line_is("---- BEGIN SSH2 PUBLIC KEY ----\nComment: x\n", WX_PUBKEY_LINES);
	memset(big, 'a', sizeof(big));
	status_of(big, sizeof(big), WX_PUBKEY_LINES, "1 MiB");
	memcpy(big, "ssh-ed25519 " ED " ", 12 + sizeof(ED));
	status_of(big, WX_PUBKEY_LINE_MAX, WX_PUBKEY_OK, "as long as may be");
	status_of(big, WX_PUBKEY_LINE_MAX + 1, WX_PUBKEY_LINES, "one more");
	big[12] = '!';
	status_of(big, WX_PUBKEY_LINE_MAX, WX_PUBKEY_BLOB, "bad and long");
}

int
main(void)
{
	base64();
	kinds();
	lines();
	printf("1..%d\n", n);
	return bad;
}
