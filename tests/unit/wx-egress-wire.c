/* SPDX-License-Identifier: MIT */
/* What wx-egress reads of clients: names and addresses, DNS, the words of a refusal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/wx-egress/wire/clienthello.c"
#include "cmd/wx-egress/wire/dns.c"
#include "cmd/wx-egress/wire/ssh.c"

#define put put_name
#include "cmd/wx-egress/wire/synth.c"

static int n, bad;

static void
ok(int cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

static const unsigned char range[4] = { 198, 18, 0, 0 };

static void
names(void)
{
	struct synth *s = synth_make(range, 15);
	unsigned char a[4], b[4], outside[4] = { 198, 20, 0, 1 }, none[4] = { 198, 18, 200, 1 };

	ok(s != NULL && synth_address(s, SYNTH_SELF, 1, false, a) && memcmp(a, "\xc6\x12\0\1", 4) == 0, "198.18.0.1 is wrapix.internal");
	ok(synth_address(s, "a.example", 1, false, a) && memcmp(a, "\xc6\x12\0\2", 4) == 0, "the first name has 198.18.0.2");
	ok(synth_address(s, "b.example", 1, false, b) && b[3] == 3, "the second 198.18.0.3");
	ok(synth_address(s, "a.example", 9, false, b) && memcmp(a, b, 4) == 0, "a name keeps its address");
	ok(strcmp(synth_name(s, a), "a.example") == 0, "an address has its name");
	ok(synth_name(s, none) == NULL && synth_within(s, none), "one that nobody got has none, and is of the block");
	ok(synth_name(s, outside) == NULL && !synth_within(s, outside), "one outside is not");
	synth_free(s);
}

/* The map is full: who loses the address. */
static void
full(void)
{
	struct synth *s = synth_make(range, 24);
	unsigned char used[4], kept[4], a[4];
	char name[32];
	size_t i;
	bool good = true;

	ok(synth_address(s, "used.example", 0, false, used) && synth_address(s, "kept.example", 0, true, kept), "two that stay");
	synth_use(s, used, true, 0);
	for (i = 3; i < 254; i++) {
		(void)snprintf(name, sizeof(name), "n%zu.example", i);
		good &= synth_address(s, name, i == 3 ? 13 : 14, false, a);
	}
	ok(good, "254 of a /24 are given");
	ok(!synth_address(s, "late.example", 20, false, a), "none is taken away while a resolver can have it");
	ok(!synth_address(s, "late.example", 13 + 2 * SYNTH_TTL, false, a), "nor a second before");
	ok(synth_address(s, "late.example", 14 + 2 * SYNTH_TTL, false, a), "after twice its TTL one is");
	ok(strcmp(synth_name(s, a), "late.example") == 0 && !(synth_address(s, "n3.example", 14 + 2 * SYNTH_TTL, false, a) &&
	    strcmp(synth_name(s, a), "n3.example") != 0), "the one that was asked for longest ago");
	ok(strcmp(synth_name(s, used), "used.example") == 0, "not one that has a connection");
	ok(strcmp(synth_name(s, kept), "kept.example") == 0, "nor one that was given in advance");
	synth_use(s, used, false, 20);
	ok(synth_address(s, "later.example", 21 + 2 * SYNTH_TTL, false, a) && synth_name(s, used) != NULL, "until it ends");
	synth_free(s);
}

static size_t
question(const char *name, unsigned type, unsigned char q[static DNS_MAX])
{
	unsigned char *p = q;
	size_t len;

	memcpy(p, "\x12\x34\1\0\0\1\0\0\0\0\0\0", HEAD);
	for (p += HEAD; *name != '\0'; name += len + (name[len] == '.')) {
		len = strcspn(name, ".");
		*p++ = (unsigned char)len;
		memcpy(p, name, len);
		p += len;
	}
	*p++ = 0;
	p = put16(p, type);
	p = put16(p, CLASS_IN);
	return (size_t)(p - q);
}

static void
asked(struct synth *s, const char *name, unsigned type, unsigned code, unsigned count, const char *what)
{
	unsigned char q[DNS_MAX], out[DNS_MAX];
	size_t len = dns_answer(s, q, question(name, type, q), 1, out);

	ok(len > HEAD && memcmp(out, q, 2) == 0 && (out[3] & 15) == code && get16(out + 6) == count && (out[2] & 0x84) == 0x84, what);
}

static void
dns(void)
{
	struct synth *s = synth_make(range, 15);
	unsigned char q[DNS_MAX], out[DNS_MAX];
	size_t len, i;

	asked(s, "a.example", 1, OK, 1, "A: the address of the name");
	asked(s, "A.Example", 1, OK, 1, "in capitals");
	ok(s->n == 2, "which is the same name");
	asked(s, "a.example", 28, OK, 0, "AAAA: none");
	asked(s, "a.example", 65, OK, 0, "HTTPS: none");
	asked(s, "a.example", 16, OK, 0, "TXT: none");
	asked(s, "single", 1, NXDOMAIN, 0, "one label: no such name");
	asked(s, "printer.local", 1, NXDOMAIN, 0, "mDNS' names: no such name");
	asked(s, "localhost", 1, OK, 1, "localhost");
	asked(s, "a.localhost", 28, OK, 0, "and below it");
	asked(s, "2.0.18.198.in-addr.arpa", 12, OK, 1, "PTR: the name of the address");
	asked(s, "9.0.18.198.in-addr.arpa", 12, NXDOMAIN, 0, "of one that has none");
	asked(s, "1.0.0.127.in-addr.arpa", 12, NXDOMAIN, 0, "of one that is not of the block");
	asked(s, "a.1", 1, NXDOMAIN, 0, "what would be an address is no name");
	asked(s, "a b.example", 1, NXDOMAIN, 0, "a blank in it");
	len = question("a.example", 1, q);
	for (i = 0; i < len; i++)
		if (dns_answer(s, q, i, 1, out) != 0 && (out[3] & 15) != FORMERR)
			break;
	ok(i == len, "cut off anywhere it is malformed");
	q[2] |= 0x80;
	ok(dns_answer(s, q, len, 1, out) == 0, "an answer is not answered");
	q[2] = 0x28;
	ok(dns_answer(s, q, len, 1, out) == HEAD && (out[3] & 15) == NOTIMP, "an update is not made");
	synth_free(s);
}

/* From here on hand-made, to have what no library makes. */
static size_t
hello_of(const unsigned char *ext, size_t ext_len, unsigned char *out)
{
	unsigned char *p = out;
	size_t body = 2 + 32 + 1 + 4 + 2 + 2 + ext_len;

	memcpy(p, "\x16\3\1", 3);
	p = put16(p + 3, (unsigned)(body + 4));
	*p++ = 1;
	*p++ = 0;
	p = put16(p, (unsigned)body);
	p = put16(p, 0x303);
	memset(p, 7, 32);
	p += 32;
	*p++ = 0;
	p = put16(put16(p, 2), 0x1301);
	*p++ = 1;
	*p++ = 0;
	p = put16(p, (unsigned)ext_len);
	memcpy(p, ext, ext_len);
	return (size_t)(p + ext_len - out);
}

static void
says(const char *ext, size_t len, enum hello want, const char *what)
{
	unsigned char out[1024];
	char name[WX_HOSTNAME_MAX];
	size_t size = hello_of((const unsigned char *)ext, len, out);

	ok(hello_read(out, size, false, name) == want && (want != HELLO_GOOD || strcmp(name, "a.example") == 0), what);
}

#define SNI(name) "\0\0\0\016\0\014\0\0\011" name

static void
tls(void)
{
	static const char two[] = "\0\0\0\032\0\030\0\0\011a.example\0\0\011b.example";
	static const char twice[] = SNI("a.example") SNI("a.example");
	static const char dot[] = SNI("aexample."), ech[] = "\xfe\x0d\0\2xx" SNI("a.example");
	unsigned char out[1024], more[2048];
	char name[WX_HOSTNAME_MAX];
	size_t len, i;

	says(SNI("a.example"), 18, HELLO_GOOD, "a name");
	says(SNI("A.EXAMPLE"), 18, HELLO_GOOD, "in capitals");
	says("", 0, HELLO_NO_NAME, "no name");
	says(two, sizeof(two) - 1, HELLO_NO_NAME, "two names");
	says(twice, sizeof(twice) - 1, HELLO_MALFORMED, "two extensions with one");
	says(dot, sizeof(dot) - 1, HELLO_NO_NAME, "a dot at its end");
	says("\0\0\0\016\0\014\0\0\012a.example", 18, HELLO_MALFORMED, "a length too long");
	says("\0\0\0\016\0\013\0\0\011a.example", 18, HELLO_MALFORMED, "a length too short");
	says("\0\0\0\016\0\014\1\0\011a.example", 18, HELLO_NO_NAME, "a name of another type");
	says(ech, sizeof(ech) - 1, HELLO_GOOD, "with ECH, whose outer name it is");
	len = hello_of((const unsigned char *)ech, sizeof(ech) - 1, out);
	ok(hello_read(out, len, true, name) == HELLO_ECH, "where ECH is refused");
	len = hello_of((const unsigned char *)SNI("a.example"), 18, out);
	for (i = 0; i < len && hello_read(out, i, false, name) == HELLO_MORE; i++)
		;
	ok(i == len, "cut off anywhere more is wanted");
	/* A record for each byte. */
	for (i = 5; i < len; i++) {
		memcpy(more + (i - 5) * 6, "\x16\3\1\0\1", 5);
		more[(i - 5) * 6 + 5] = out[i];
	}
	ok(hello_read(more, (len - 5) * 6, false, name) == HELLO_GOOD && strcmp(name, "a.example") == 0, "in a record a byte");
	more[6 * 20] = 0x17;
	ok(hello_read(more, (len - 5) * 6, false, name) == HELLO_MALFORMED, "with another record between them");
	ok(hello_read((const unsigned char *)"GET /", 5, false, name) == HELLO_NOT_TLS, "HTTP");
	ok(hello_read((const unsigned char *)"\x16\2\0\0\1x", 6, false, name) == HELLO_NOT_TLS, "a version that never was");
	ok(hello_read((const unsigned char *)"\x16\3\1\0\0", 5, false, name) == HELLO_MALFORMED, "a record with nothing in it");
}

static void
ssh(void)
{
	unsigned char out[256];
	size_t len = ssh_refusal("wrapix: no", out, sizeof(out)), packet = len - 16;

	ok(len > 16 && memcmp(out, "SSH-2.0-wrapix\r\n", 16) == 0, "the refusal has a banner");
	ok(packet % 8 == 0 && out[20] >= 4 && (size_t)out[19] == packet - 4, "and a packet of whole blocks");
	ok(out[21] == 1 && memcmp(out + 30, "wrapix: no", 10) == 0, "with the words");
	ok(ssh_refusal("wrapix: no", out, 40) == 0, "none that does not fit");
	ok(ssh_read((const unsigned char *)"SSH-", 4) == 1 && ssh_read((const unsigned char *)"SS", 2) == 0 &&
	    ssh_read((const unsigned char *)"SX", 2) == -1 && ssh_read((const unsigned char *)"", 0) == 0, "the client's first bytes");
}

int
main(void)
{
	names();
	full();
	dns();
	tls();
	ssh();
	printf("1..%d\n", n);
	return bad;
}
