/* SPDX-License-Identifier: MIT */
/*
 * A head, whole and in two parts from other memory: the same. One that is taken says, written
 * anew from its parts, the same again, and holds no line end but those of its lines.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/http1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes of a fresh allocation, so that one more is seen. */
static ssize_t
head_of(struct wx_http1 *h, const uint8_t *data, size_t size, char **copy)
{
	*copy = malloc(size > 0 ? size : 1);
	memcpy(*copy, data, size);
	return wx_http1_head(h, *copy, size);
}

static size_t
put(char *out, size_t at, const struct wx_http1 *h, struct wx_http1_span s, const char *after)
{
	assert(s.at + s.len <= h->line);
	assert(memchr(h->buf + s.at, '\r', s.len) == NULL && memchr(h->buf + s.at, '\n', s.len) == NULL);
	memcpy(out + at, h->buf + s.at, s.len);
	memcpy(out + at + s.len, after, strlen(after));
	return at + s.len + strlen(after);
}

static size_t
write_first(char *out, const struct wx_http1 *h)
{
	size_t at;

	if (h->response) {
		at = (size_t)snprintf(out, 32, "HTTP/1.%d %d ", h->minor, h->code);
		return put(out, at, h, h->reason, "\r\n");
	}
	at = put(out, 0, h, h->method, " ");
	if (h->form == WX_HTTP1_ABSOLUTE) {
		memcpy(out + at, "http://", 7);
		at += 7;
	}
	if (h->form != WX_HTTP1_ORIGIN)
		at = put(out, at, h, h->authority, "");
	at = put(out, at, h, h->target, h->minor == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
	return at;
}

static void
check(const struct wx_http1 *h)
{
	static char out[2 * WX_HTTP1_HEAD];
	static struct wx_http1 again;
	size_t at = write_first(out, h), i, framings = 0;

	for (i = 0; i < h->nfields; i++) {
		at = put(out, at, h, h->fields[i].name, ": ");
		at = put(out, at, h, h->fields[i].value, "\r\n");
		framings += wx_http1_names(h, h->fields[i].name, "content-length") ||
		    wx_http1_names(h, h->fields[i].name, "transfer-encoding");
		(void)wx_http1_hop(h, i);
	}
	assert(framings == (h->framing != WX_HTTP1_NONE));
	at = put(out, at, h, (struct wx_http1_span){ 0, 0 }, "\r\n");
	/* What fits no more is the only thing that may differ. */
	wx_http1_begin(&again, h->response);
	if (at > WX_HTTP1_HEAD)
		return;
	assert(wx_http1_head(&again, out, at) == (ssize_t)at);
	assert(again.nfields == h->nfields && again.framing == h->framing && again.length == h->length &&
	    again.close == h->close && again.code == h->code && again.form == h->form && again.host.len == h->host.len);
	if (h->target.len > 0)
		(void)wx_http1_path_plain(h->buf + h->target.at, h->target.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct wx_http1 one, two;
	char *whole, *part;
	ssize_t rc, rc2;
	size_t cut;

	if (size < 2)
		return 0;
	cut = size > 2 ? data[1] % (size - 2) : 0;
	wx_http1_begin(&one, (data[0] & 1) != 0);
	wx_http1_begin(&two, (data[0] & 1) != 0);
	rc = head_of(&one, data + 2, size - 2, &whole);
	rc2 = head_of(&two, data + 2, cut, &part);
	free(part);
	if (rc2 == 0)
		rc2 = head_of(&two, data + 2, size - 2, &part);
	else
		part = NULL;
	assert(rc == rc2 && one.status == two.status && (rc == -1) == (one.status != 0));
	assert(one.nfields == two.nfields && memcmp(one.fields, two.fields, sizeof(one.fields)) == 0);
	if (rc > 0)
		check(&one);
	free(part);
	free(whole);
	return 0;
}
