/* SPDX-License-Identifier: MIT */
/* base64, sha256 and pubkey of libcommon. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "libcommon/base64.h"
#include "libcommon/pubkey.h"
#include "libcommon/sha256.h"

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

static void
sha256_is(const char *text, size_t len, const char *want)
{
	unsigned char hash[WX_SHA256_LEN];
	char hex[2 * WX_SHA256_LEN + 1];
	int i;

	wx_sha256(text, len, hash);
	for (i = 0; i < WX_SHA256_LEN; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	ok(strcmp(hex, want) == 0, want);
}

/* What sha256sum(1) says; lengths on both sides of the padding's edges. */
static void
fingerprint(void)
{
	static char a[1000];
	char out[WX_FINGERPRINT];
	struct wx_pubkey k;

	memset(a, 'a', sizeof(a));
	sha256_is(a, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256_is(a, 1, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
	sha256_is(a, 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
	sha256_is(a, 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
	sha256_is(a, 63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34");
	sha256_is(a, 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
	sha256_is(a, 119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb");
	sha256_is(a, 120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c");
	sha256_is(a, 1000, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3");
	ok(wx_pubkey_parse("ssh-ed25519 " ED, 11 + sizeof(ED), &k) == WX_PUBKEY_OK, "a key");
	wx_pubkey_fingerprint(&k, out);
	ok(strcmp(out, "SHA256:Bp7aySHz6ae4oLpdwleacLR5xJT2HmtzjcjjQE0dLko") == 0, out);
}

int
main(void)
{
	base64();
	fingerprint();
	kinds();
	lines();
	printf("1..%d\n", n);
	return bad;
}
