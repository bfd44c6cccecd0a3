/* SPDX-License-Identifier: MIT */
#include "libcommon/http1body.h"

#include <stdio.h>
#include <string.h>

#define DIGITS_MAX    8
#define EXTENSION_MAX 256  /* bytes, of one chunk */
#define TRAILER_MAX   8192

/* What comes next in a chunked body. */
enum {
	SIZE, SIZE_LF, DATA, DATA_CR, DATA_LF, LINE, NAME, VALUE, LINE_LF, LAST_LF,
	/* Of an extension: its name is to come, is read, is over; its value likewise. */
	EXT, EXT_NAME, EXT_NAMED, EXT_EQUALS, EXT_TOKEN, EXT_QUOTED, EXT_ESCAPED, EXT_OVER
};

void
wx_http1_body_of_request(struct wx_http1_body *b, const struct wx_http1 *h)
{
	*b = (struct wx_http1_body){ .kind = WX_HTTP1_BODY_NONE, .state = SIZE };
	if (h->form == WX_HTTP1_AUTHORITY)
		b->kind = WX_HTTP1_BODY_TUNNEL;
	else if (h->framing == WX_HTTP1_CHUNKED)
		b->kind = WX_HTTP1_BODY_CHUNKED;
	else if (h->framing == WX_HTTP1_LENGTH && h->length > 0)
		b->kind = WX_HTTP1_BODY_LENGTH;
	b->left = b->kind == WX_HTTP1_BODY_LENGTH ? h->length : 0;
	b->done = b->kind == WX_HTTP1_BODY_NONE;
}

/* RFC 9112, section 6.3. */
void
wx_http1_body_of_response(struct wx_http1_body *b, const struct wx_http1 *h, const char *method)
{
	*b = (struct wx_http1_body){ .kind = WX_HTTP1_BODY_TO_END, .state = SIZE };
	if (h->code == 101 || (h->code / 100 == 2 && strcmp(method, "CONNECT") == 0))
		b->kind = WX_HTTP1_BODY_TUNNEL;
	else if (h->code < 200 || h->code == 204 || h->code == 304 || strcmp(method, "HEAD") == 0 ||
	    (h->framing == WX_HTTP1_LENGTH && h->length == 0))
		b->kind = WX_HTTP1_BODY_NONE;
	else if (h->framing == WX_HTTP1_CHUNKED)
		b->kind = WX_HTTP1_BODY_CHUNKED;
	else if (h->framing == WX_HTTP1_LENGTH)
		b->kind = WX_HTTP1_BODY_LENGTH;
	b->left = b->kind == WX_HTTP1_BODY_LENGTH ? h->length : 0;
	b->done = b->kind == WX_HTTP1_BODY_NONE;
}

static int
hex_value(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
is_text(unsigned char c)
{
	return c >= 0x20 ? c != 0x7f : c == '\t';
}

/* The next state after C in the chunk's size, or -1. */
static int
after_size(struct wx_http1_body *b, unsigned char c)
{
	int v = hex_value(c);

	if (v != -1) {
		if (b->digits++ == DIGITS_MAX)
			return -1;
		b->left = b->left * 16 + (uint64_t)v;
		return SIZE;
	}
	if (b->digits == 0)
		return -1;
	return c == '\r' ? SIZE_LF : c == ';' ? EXT : -1;
}

static bool
is_token(unsigned char c)
{
	return c > 0x20 && c < 0x7f && strchr("\"(),/:;<=>?@[\\]{}", c) == NULL;
}

/* What may follow a whole extension, or its name: space, another one, the line's end; -1: nothing else. */
static int
after_whole(unsigned char c, int space)
{
	return c == '\r' ? SIZE_LF : c == ';' ? EXT : c == ' ' || c == '\t' ? space : -1;
}

/* The next state after C in a chunk's extensions, RFC 9112, section 7.1.1, or -1. */
static int
after_extension(struct wx_http1_body *b, unsigned char c)
{
	if (c != '\r' && b->extra++ == EXTENSION_MAX)
		return -1;
	switch (b->state) {
	case EXT:
		return is_token(c) ? EXT_NAME : c == ' ' || c == '\t' ? EXT : -1;
	case EXT_NAME:
	case EXT_NAMED:
		if (c == '=' || (b->state == EXT_NAME && is_token(c)))
			return c == '=' ? EXT_EQUALS : EXT_NAME;
		return after_whole(c, EXT_NAMED);
	case EXT_EQUALS:
		return is_token(c) ? EXT_TOKEN : c == '"' ? EXT_QUOTED : c == ' ' || c == '\t' ? EXT_EQUALS : -1;
	case EXT_QUOTED:
		return c == '"' ? EXT_OVER : c == '\\' ? EXT_ESCAPED : is_text(c) ? EXT_QUOTED : -1;
	case EXT_ESCAPED:
		return is_text(c) ? EXT_QUOTED : -1;
	default:
		return b->state == EXT_TOKEN && is_token(c) ? EXT_TOKEN : after_whole(c, EXT_OVER);
	}
}

/* The size is read; the next counts begin. */
static int
after_size_line(struct wx_http1_body *b, unsigned char c)
{
	b->digits = b->extra = 0;
	if (c != '\n')
		return -1;
	return b->left > 0 ? DATA : LINE;
}

/* In the trailer, where a line is a field, and an empty one the end. */
static int
after_trailer(struct wx_http1_body *b, unsigned char c)
{
	if (b->extra++ == TRAILER_MAX)
		return -1;
	if (b->state == LINE_LF)
		return c == '\n' ? LINE : -1;
	if (b->state == VALUE)
		return c == '\r' ? LINE_LF : is_text(c) ? VALUE : -1;
	if (b->state == LINE && c == '\r')
		return LAST_LF;
	if (b->state == NAME && c == ':')
		return VALUE;
	return is_token(c) ? NAME : -1;
}

/* The next state after C, which is no content, or -1. */
static int
after(struct wx_http1_body *b, unsigned char c)
{
	switch (b->state) {
	case SIZE:
		return after_size(b, c);
	case SIZE_LF:
		return after_size_line(b, c);
	case DATA_CR:
		return c == '\r' ? DATA_LF : -1;
	case DATA_LF:
		return c == '\n' ? SIZE : -1;
	case LAST_LF:
		b->done = c == '\n';
		return b->done ? LAST_LF : -1;
	default:
		return b->state >= EXT ? after_extension(b, c) : after_trailer(b, c);
	}
}

static size_t
take_content(struct wx_http1_body *b, const char *in, size_t len, const char **data, size_t *n)
{
	*data = in;
	*n = b->left < len ? (size_t)b->left : len;
	b->left -= *n;
	return *n;
}

/* What stands around content, and then the content. */
static ssize_t
take_chunked(struct wx_http1_body *b, const char *in, size_t len, const char **data, size_t *n)
{
	size_t at = 0;

	for (; at < len && !b->done && b->state != DATA; at++) {
		b->state = after(b, (unsigned char)in[at]);
		if (b->state == -1)
			return -1;
	}
	if (b->state == DATA) {
		at += take_content(b, in + at, len - at, data, n);
		b->state = b->left > 0 ? DATA : DATA_CR;
	}
	return (ssize_t)at;
}

ssize_t
wx_http1_body_take(struct wx_http1_body *b, const char *in, size_t len, const char **data, size_t *n)
{
	*data = in;
	*n = 0;
	if (b->done)
		return 0;
	switch (b->kind) {
	case WX_HTTP1_BODY_CHUNKED:
		return b->state == -1 ? -1 : take_chunked(b, in, len, data, n);
	case WX_HTTP1_BODY_LENGTH:
		(void)take_content(b, in, len, data, n);
		b->done = b->left == 0;
		return (ssize_t)*n;
	case WX_HTTP1_BODY_TO_END:
	case WX_HTTP1_BODY_TUNNEL:
		*n = len;
		return (ssize_t)len;
	case WX_HTTP1_BODY_NONE:
		break;
	}
	return 0;
}

size_t
wx_http1_chunk_head(char out[static WX_HTTP1_CHUNK_HEAD], size_t len)
{
	return (size_t)snprintf(out, WX_HTTP1_CHUNK_HEAD, "%zx\r\n", len);
}
