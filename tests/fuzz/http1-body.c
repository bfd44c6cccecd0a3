/* SPDX-License-Identifier: MIT */
/*
 * A chunked body, whole and byte by byte: the same content, the same end. By another way to read it,
 * from a text that is all there, it is the same, too.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/http1body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
	ssize_t taken; /* -1: no body */
	bool    done;
	size_t  len;
	char    content[65536];
};

static void
run(struct result *r, const char *in, size_t size, size_t step)
{
	struct wx_http1_body b = { .kind = WX_HTTP1_BODY_CHUNKED };
	const char *data;
	size_t at = 0, have = 0, n;
	ssize_t rc;

	r->len = 0;
	do {
		have = have + step < size ? have + step : size;
		do {
			rc = wx_http1_body_take(&b, in + at, have - at, &data, &n);
			if (rc == -1)
				break;
			assert(n <= (size_t)rc && data >= in + at && data + n <= in + at + rc);
			memcpy(r->content + r->len, data, n);
			r->len += n;
			at += (size_t)rc;
		} while (rc > 0);
	} while (rc != -1 && !b.done && have < size);
	r->taken = rc == -1 ? -1 : (ssize_t)at;
	r->done = b.done;
}

/* The simplest reader there is of a body that is here whole; NULL: it is not. */
static const char *
plainly(struct result *r, const char *in, const char *end)
{
	char *line, size[9] = { 0 };
	size_t digits, n;

	r->len = 0;
	do {
		line = memmem(in, (size_t)(end - in), "\r\n", 2);
		if (line == NULL)
			return NULL;
		for (digits = 0; digits < 9 && strchr("0123456789abcdefABCDEF", in[digits]) != NULL && in[digits] != '\0'; digits++)
			;
		if (digits == 0 || digits > 8 || (in[digits] != '\r' && in[digits] != ';'))
			return NULL;
		memcpy(size, in, digits);
		size[digits] = '\0';
		n = strtoul(size, NULL, 16);
		in = line + 2;
		if (n == 0)
			break;
		if ((size_t)(end - in) < n + 2 || memcmp(in + n, "\r\n", 2) != 0)
			return NULL;
		memcpy(r->content + r->len, in, n);
		r->len += n;
		in += n + 2;
	} while (1);
	for (;; in = line + 2) {
		line = memmem(in, (size_t)(end - in), "\r\n", 2);
		if (line == NULL)
			return NULL;
		if (line == in)
			return in + 2;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct result whole, bytes, plain;
	const char *end;
	char *in;

	if (size > sizeof(whole.content))
		return 0;
	in = malloc(size > 0 ? size : 1);
	memcpy(in, data, size);
	run(&whole, in, size, size);
	run(&bytes, in, size, 1);
	assert(whole.done == bytes.done && (whole.taken == bytes.taken));
	assert(whole.taken == -1 || (whole.len == bytes.len && memcmp(whole.content, bytes.content, whole.len) == 0));
	if (whole.done) {
		end = plainly(&plain, in, in + size);
		assert(end == in + whole.taken && plain.len == whole.len && memcmp(plain.content, whole.content, plain.len) == 0);
	}
	free(in);
	return 0;
}
