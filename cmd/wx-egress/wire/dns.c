/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "libcommon/number.h"
#include "wire.h"

/* RFC 1035, section 4.1 */
#define HEAD 12

enum { TYPE_A = 1, TYPE_PTR = 12, CLASS_IN = 1, OK = 0, FORMERR = 1, SERVFAIL = 2, NXDOMAIN = 3, NOTIMP = 4 };

struct question {
	char   name[WX_HOSTNAME_MAX + 1]; /* with dots, in lower case; "" the root */
	size_t labels;
	size_t end;  /* of it, in the message */
	unsigned type, class;
	bool   odd;  /* a byte in it that no host name has */
};

static unsigned
get16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static unsigned char *
put16(unsigned char *p, unsigned n)
{
	p[0] = (unsigned char)(n >> 8);
	p[1] = (unsigned char)n;
	return p + 2;
}

/* Without compression: a question has nothing before it to point to. */
static bool
read_question(const unsigned char *q, size_t len, struct question *out)
{
	size_t at = HEAD, n = 0, i, label;
	char c;

	for (; at < len && q[at] != 0; at += 1 + label) {
		label = q[at];
		if (label > 63 || at + 1 + label >= len || n + label + 1 >= sizeof(out->name))
			return false;
		if (n > 0)
			out->name[n++] = '.';
		for (i = 0; i < label; i++) {
			c = (char)q[at + 1 + i];
			out->odd |= c <= ' ' || c == '.' || c == 0x7f;
			out->name[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == '\0' ? '?' : c;
		}
		out->labels++;
	}
	out->name[n] = '\0';
	out->end = at + 5;
	return at < len && at + 5 <= len;
}

static bool
ends_with(const char *name, const char *tail)
{
	size_t n = strlen(name), t = strlen(tail);

	return n >= t && strcmp(name + n - t, tail) == 0 && (n == t || name[n - t - 1] == '.');
}

/* "3.0.18.198.in-addr.arpa": the four numbers, from the last. */
static bool
reverse(const char *name, unsigned char addr[static 4])
{
	char text[4];
	size_t i, len;
	long n;

	for (i = 0; i < 4; i++, name += len + 1) {
		len = strcspn(name, ".");
		if (len >= sizeof(text) || name[len] == '\0')
			return false;
		memcpy(text, name, len);
		text[len] = '\0';
		n = wx_number(text, 0, 255);
		if (n == -1)
			return false;
		addr[3 - i] = (unsigned char)n;
	}
	return strcmp(name, "in-addr.arpa") == 0;
}

static unsigned char *
put_record(unsigned char *p, unsigned type, const unsigned char *data, size_t len)
{
	/* The name is that of the question. */
	p = put16(p, 0xc000 | HEAD);
	p = put16(p, type);
	p = put16(p, CLASS_IN);
	p = put16(p, 0);
	p = put16(p, SYNTH_TTL);
	p = put16(p, (unsigned)len);
	memcpy(p, data, len);
	return p + len;
}

static size_t
encode(const char *name, unsigned char out[static WX_HOSTNAME_MAX + 2])
{
	size_t n, at = 0;

	for (; *name != '\0'; name += n + (name[n] == '.')) {
		n = strcspn(name, ".");
		out[at++] = (unsigned char)n;
		memcpy(out + at, name, n);
		at += n;
	}
	out[at++] = 0;
	return at;
}

/* What the name has: *P moves behind the record, if there is one. The code of the answer. */
static unsigned
records(struct synth *s, const struct question *q, int64_t now, unsigned char **p, unsigned *count)
{
	static const unsigned char loopback[4] = { 127, 0, 0, 1 };
	unsigned char addr[4], name[WX_HOSTNAME_MAX + 2];
	char plain[WX_HOSTNAME_MAX];
	const char *back;

	if (strcmp(q->name, "localhost") == 0 || ends_with(q->name, "localhost")) {
		*count = q->type == TYPE_A;
		*p = *count > 0 ? put_record(*p, TYPE_A, loopback, 4) : *p;
		return OK;
	}
	if (ends_with(q->name, "arpa")) {
		if (q->type != TYPE_PTR || !reverse(q->name, addr) || (back = synth_name(s, addr)) == NULL)
			return NXDOMAIN;
		*p = put_record(*p, TYPE_PTR, name, encode(back, name));
		*count = 1;
		return OK;
	}
	if (q->odd || q->labels < 2 || ends_with(q->name, "local") || wx_hostname(q->name, strlen(q->name), plain) == -1)
		return NXDOMAIN;
	if (q->type != TYPE_A)
		return OK;
	if (!synth_address(s, plain, now, false, addr))
		return SERVFAIL;
	*p = put_record(*p, TYPE_A, addr, 4);
	*count = 1;
	return OK;
}

size_t
dns_answer(struct synth *s, const unsigned char *q, size_t len, int64_t now, unsigned char out[static DNS_MAX])
{
	struct question ask = { .name = "" };
	unsigned count = 0, code;
	unsigned char *p = out;
	bool whole;

	/* What is an answer itself is not answered: two of us would not stop. */
	if (len < HEAD || len > DNS_MAX || (q[2] & 0x80) != 0)
		return 0;
	whole = get16(q + 4) == 1 && get16(q + 6) == 0 && get16(q + 8) == 0 && read_question(q, len, &ask);
	memcpy(out, q, 2);
	if (!whole || (q[2] & 0x78) != 0) {
		code = (q[2] & 0x78) != 0 ? NOTIMP : FORMERR;
		ask.end = HEAD;
		p += HEAD;
	} else {
		memcpy(out + HEAD, q + HEAD, ask.end - HEAD);
		p += ask.end;
		ask.type = get16(q + ask.end - 4);
		ask.class = get16(q + ask.end - 2);
		code = ask.class == CLASS_IN ? records(s, &ask, now, &p, &count) : NOTIMP;
	}
	/* An answer, by authority, to what was asked; recursion is there. */
	out[2] = (unsigned char)(0x84 | (q[2] & 0x79));
	out[3] = (unsigned char)(0x80 | code);
	(void)put16(out + 4, ask.end > HEAD ? 1 : 0);
	(void)put16(out + 6, count);
	(void)put16(out + 8, 0);
	(void)put16(out + 10, 0);
	return (size_t)(p - out);
}
