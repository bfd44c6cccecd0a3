/* SPDX-License-Identifier: MIT */
#include "libcommon/http1.h"

#include <string.h>
#include <strings.h>

#define CONNECTION_MAX 256                 /* bytes of all Connection fields: each field is looked for in them */
#define LENGTH_MAX     (UINT64_C(1) << 53) /* what a double holds exactly, as some peers have it */
#define FIRST_MAX      (WX_HTTP1_METHOD + WX_HTTP1_TARGET + sizeof("  HTTP/1.1\r"))

static ssize_t
refuse(struct wx_http1 *h, int status, const char *why)
{
	h->status = status;
	h->why = why;
	return -1;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 9110, section 5.6.2. */
static bool
is_token(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!is_digit(s[i]) && !is_letter(s[i]) && (s[i] == '\0' || strchr("!#$%&'*+-.^_`|~", s[i]) == NULL))
			return false;
	return len > 0;
}

static struct wx_http1_span
span(const struct wx_http1 *h, const char *s, size_t len)
{
	return (struct wx_http1_span){ (uint16_t)(s - h->buf), (uint16_t)len };
}

bool
wx_http1_is(const struct wx_http1 *h, struct wx_http1_span s, const char *text)
{
	return strlen(text) == s.len && memcmp(h->buf + s.at, text, s.len) == 0;
}

bool
wx_http1_names(const struct wx_http1 *h, struct wx_http1_span s, const char *text)
{
	return strlen(text) == s.len && strncasecmp(h->buf + s.at, text, s.len) == 0;
}

const struct wx_http1_field *
wx_http1_find(const struct wx_http1 *h, const char *name)
{
	size_t i;

	for (i = 0; i < h->nfields; i++)
		if (wx_http1_names(h, h->fields[i].name, name))
			return &h->fields[i];
	return NULL;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* Is WORD, of LEN bytes, a member of the list S? */
static bool
has_member(const struct wx_http1 *h, struct wx_http1_span s, const char *word, size_t len)
{
	const char *p = h->buf + s.at, *end = p + s.len, *stop, *next;

	for (; p < end; p = next + 1) {
		next = memchr(p, ',', (size_t)(end - p));
		if (next == NULL)
			next = end;
		for (stop = next; stop > p && is_space(stop[-1]); stop--)
			;
		for (; p < stop && is_space(*p); p++)
			;
		if ((size_t)(stop - p) == len && strncasecmp(p, word, len) == 0)
			return true;
	}
	return false;
}

/* Has a field NAME the member WORD, of LEN bytes? */
static bool
lists(const struct wx_http1 *h, const char *name, const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < h->nfields; i++)
		if (wx_http1_names(h, h->fields[i].name, name) && has_member(h, h->fields[i].value, word, len))
			return true;
	return false;
}

bool
wx_http1_lists(const struct wx_http1 *h, const char *name, const char *word)
{
	return lists(h, name, word, strlen(word));
}

bool
wx_http1_hop(const struct wx_http1 *h, size_t i)
{
	static const char *const names[] = {
		"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
	};
	struct wx_http1_span name = h->fields[i].name;
	size_t n;

	for (n = 0; n < sizeof(names) / sizeof(*names); n++)
		if (wx_http1_names(h, name, names[n]))
			return true;
	return (name.len > 6 && strncasecmp(h->buf + name.at, "proxy-", 6) == 0) ||
	    lists(h, "connection", h->buf + name.at, name.len);
}

/* --- what stands in the lines */

/* Bytes of a name or an IPv4 address, or of an IPv6 address in brackets; 0: it is none. */
static size_t
host_length(const char *s, size_t len)
{
	size_t i;

	if (len > 0 && s[0] == '[') {
		for (i = 1; i < len && (is_hex(s[i]) || s[i] == ':' || s[i] == '.'); i++)
			;
		return i > 2 && i < len && s[i] == ']' ? i + 1 : 0;
	}
	for (i = 0; i < len && (is_letter(s[i]) || is_digit(s[i]) || s[i] == '.' || s[i] == '-' || s[i] == '_'); i++)
		;
	return i;
}

size_t
wx_http1_authority(const char *s, size_t len, unsigned *port)
{
	size_t host = host_length(s, len), i;

	*port = 0;
	if (host == 0 || host == len)
		return host;
	if (s[host] != ':' || len - host < 2 || len - host > 6 || s[host + 1] == '0')
		return 0;
	for (i = host + 1; i < len; i++) {
		if (!is_digit(s[i]))
			return 0;
		*port = *port * 10 + (unsigned)(s[i] - '0');
	}
	return *port <= 65535 ? host : 0;
}

/* The step of a path from S to END: does a server go anywhere else by it? */
static bool
is_dots(const char *s, const char *end)
{
	const char *p = s;

	while (p < end && *p == '.')
		p++;
	return p > s && p - s <= 2 && (p == end || *p == ';');
}

/* The two digits of an escape: do they stand for a byte that may be read in two ways, or for none? */
static bool
is_doubtful(const char *s, const char *end)
{
	char two[3] = { 0 };
	unsigned long c;

	if (end - s < 2 || !is_hex(s[0]) || !is_hex(s[1]))
		return true;
	memcpy(two, s, 2);
	c = strtoul(two, NULL, 16);
	return c < 0x20 || c == 0x7f || c == '.' || c == '/' || c == '\\' || c == '%';
}

bool
wx_http1_path_plain(const char *s, size_t len)
{
	const char *query = memchr(s, '?', len), *end = query != NULL ? query : s + len, *step = s + 1, *p;

	if (len == 0 || *s != '/' || memchr(s, '#', len) != NULL)
		return false;
	for (p = s + 1; p <= end; p++) {
		if (p == end || *p == '/') {
			if (is_dots(step, p) || (p < end && p == step))
				return false;
			step = p + 1;
		} else if (*p == '\\' || (*p == '%' && is_doubtful(p + 1, end))) {
			return false;
		}
	}
	return true;
}

/* LEN > 0 bytes at S, all of 0x21 to 0x7e. */
static ssize_t
read_target(struct wx_http1 *h, const char *s, size_t len)
{
	static const char scheme[] = "http://";
	const size_t skip = sizeof(scheme) - 1;
	const char *path;
	unsigned port;
	size_t n;

	if (memchr(s, '#', len) != NULL)
		return refuse(h, 400, "a fragment in the target");
	if (wx_http1_is(h, h->method, "CONNECT")) {
		h->form = WX_HTTP1_AUTHORITY;
		h->authority = span(h, s, len);
		if (wx_http1_authority(s, len, &port) == 0 || port == 0)
			return refuse(h, 400, "the target of CONNECT is not host:port");
		return 0;
	}
	if (*s == '/') {
		h->form = WX_HTTP1_ORIGIN;
		h->target = span(h, s, len);
		return 0;
	}
	if (len <= skip || strncasecmp(s, scheme, skip) != 0)
		return refuse(h, 400, "the target is neither a path nor a URL of http");
	path = memchr(s + skip, '/', len - skip);
	n = path != NULL ? (size_t)(path - s) - skip : len - skip;
	h->form = WX_HTTP1_ABSOLUTE;
	h->authority = span(h, s + skip, n);
	if (path != NULL)
		h->target = span(h, path, len - skip - n);
	if (wx_http1_authority(s + skip, n, &port) == 0)
		return refuse(h, 400, "the target's host is not well formed");
	return 0;
}

/* "HTTP/1.0" or "HTTP/1.1"; another number is no error of form. */
static ssize_t
read_version(struct wx_http1 *h, const char *s, size_t len)
{
	if (len != 8 || memcmp(s, "HTTP/", 5) != 0 || !is_digit(s[5]) || s[6] != '.' || !is_digit(s[7]))
		return refuse(h, 400, "no version of HTTP in the first line");
	if (s[5] != '1' || s[7] > '1')
		return refuse(h, 505, "neither HTTP/1.1 nor HTTP/1.0");
	h->minor = s[7] - '0';
	return 0;
}

static ssize_t
read_request_line(struct wx_http1 *h, const char *s, size_t len)
{
	const char *space = memchr(s, ' ', len), *target, *end = s + len, *last;
	size_t i;

	if (space == NULL || !is_token(s, (size_t)(space - s)) || space - s > WX_HTTP1_METHOD)
		return refuse(h, 400, "no method in the first line");
	h->method = span(h, s, (size_t)(space - s));
	target = space + 1;
	last = memchr(target, ' ', (size_t)(end - target));
	if (last == NULL || last == target)
		return refuse(h, 400, "not three words in the first line");
	for (i = 0; target + i < last; i++)
		if ((unsigned char)target[i] < 0x21 || (unsigned char)target[i] > 0x7e)
			return refuse(h, 400, "the target is not of plain ASCII");
	if (last - target > WX_HTTP1_TARGET)
		return refuse(h, 414, "the target is too long");
	if (read_version(h, last + 1, (size_t)(end - last) - 1) == -1)
		return -1;
	return read_target(h, target, (size_t)(last - target));
}

/* Without a reason some leave out the space before it, too. */
static ssize_t
read_status_line(struct wx_http1 *h, const char *s, size_t len)
{
	if (len < 12 || s[8] != ' ' || (len > 12 && s[12] != ' '))
		return refuse(h, 400, "no status in the first line");
	if (read_version(h, s, 8) == -1)
		return -1;
	if (s[9] < '1' || s[9] > '5' || !is_digit(s[10]) || !is_digit(s[11]))
		return refuse(h, 400, "not a status of HTTP");
	h->code = (s[9] - '0') * 100 + (s[10] - '0') * 10 + (s[11] - '0');
	if (len > 13)
		h->reason = span(h, s + 13, len - 13);
	return 0;
}

static ssize_t
read_length(struct wx_http1 *h, struct wx_http1_span value)
{
	const char *s = h->buf + value.at;
	size_t i;

	if (h->framing != WX_HTTP1_NONE)
		return refuse(h, 400, "the length of the body is said twice");
	if (value.len == 0 || value.len > 16 || (value.len > 1 && *s == '0'))
		return refuse(h, 400, "Content-Length is not one number");
	for (i = 0; i < value.len; i++) {
		if (!is_digit(s[i]))
			return refuse(h, 400, "Content-Length is not one number");
		h->length = h->length * 10 + (uint64_t)(s[i] - '0');
	}
	if (h->length > LENGTH_MAX)
		return refuse(h, 400, "Content-Length is not one number");
	h->framing = WX_HTTP1_LENGTH;
	return 0;
}

static ssize_t
read_coding(struct wx_http1 *h, struct wx_http1_span value)
{
	if (h->framing != WX_HTTP1_NONE)
		return refuse(h, 400, "the length of the body is said twice");
	if (h->minor == 0)
		return refuse(h, 400, "Transfer-Encoding in HTTP/1.0");
	if (!wx_http1_names(h, value, "chunked"))
		return refuse(h, 400, "Transfer-Encoding is not chunked alone");
	h->framing = WX_HTTP1_CHUNKED;
	return 0;
}

static ssize_t
read_host(struct wx_http1 *h, struct wx_http1_span value)
{
	unsigned port;

	if (h->response)
		return 0;
	if (h->host.len != 0)
		return refuse(h, 400, "more than one Host");
	if (wx_http1_authority(h->buf + value.at, value.len, &port) == 0)
		return refuse(h, 400, "Host is not well formed");
	h->host = value;
	return 0;
}

static ssize_t
read_connection(struct wx_http1 *h, struct wx_http1_span value)
{
	h->connection += value.len;
	return h->connection > CONNECTION_MAX ? refuse(h, 400, "Connection is too long") : 0;
}

/* The fields on which the framing, or who is meant, depends. */
static const struct {
	const char *name;
	ssize_t   (*read)(struct wx_http1 *h, struct wx_http1_span value);
} known[] = {
	{ "connection", read_connection },
	{ "content-length", read_length },
	{ "host", read_host },
	{ "transfer-encoding", read_coding },
};

/* As names are the same behind a gateway that makes variables of them: "Content_Length". */
static bool
looks_like(const struct wx_http1 *h, struct wx_http1_span name, const char *text)
{
	const char *s = h->buf + name.at;
	size_t i;

	for (i = 0; i < name.len; i++)
		if (text[i] == '\0' || strncasecmp(s[i] == '_' ? "-" : s + i, text + i, 1) != 0)
			return false;
	return text[i] == '\0';
}

static ssize_t
read_field(struct wx_http1 *h, const char *s, size_t len)
{
	const char *colon = memchr(s, ':', len), *end = s + len, *value;
	struct wx_http1_field *f;
	size_t i;

	if (colon == NULL || !is_token(s, (size_t)(colon - s)))
		return refuse(h, 400, "a field of the head has no name");
	if (h->nfields == WX_HTTP1_FIELDS)
		return refuse(h, 431, "too many fields in the head");
	for (; is_space(end[-1]); end--)
		;
	for (value = colon + 1; value < end && is_space(*value); value++)
		;
	f = &h->fields[h->nfields++];
	f->name = span(h, s, (size_t)(colon - s));
	f->value = span(h, value, (size_t)(end - value));
	for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (wx_http1_names(h, f->name, known[i].name))
			return known[i].read(h, f->value);
		if (looks_like(h, f->name, known[i].name))
			return refuse(h, 400, "a field's name is that of another but for '_'");
	}
	return 0;
}

/* --- the head as a whole */

/* What only all fields together say. */
static ssize_t
read_end(struct wx_http1 *h)
{
	h->close = h->minor == 0 || wx_http1_lists(h, "connection", "close");
	if (h->response)
		return 0;
	if (h->minor == 1 && h->host.len == 0)
		return refuse(h, 400, "no Host");
	if (h->form == WX_HTTP1_AUTHORITY && (h->framing == WX_HTTP1_CHUNKED || h->length > 0))
		return refuse(h, 400, "CONNECT with a body");
	return 0;
}

/* A line of LEN bytes at S, its end not counted. 1: it was the empty one, and all is well. */
static ssize_t
read_line(struct wx_http1 *h, const char *s, size_t len)
{
	if (!h->started) {
		h->started = true;
		return h->response ? read_status_line(h, s, len) : read_request_line(h, s, len);
	}
	if (len > 0)
		return read_field(h, s, len);
	return read_end(h) == -1 ? -1 : 1;
}

/* The next byte, at I: is it one that may be there? Lines end with CR LF, and neither is anywhere else. */
static bool
is_in_place(const struct wx_http1 *h, size_t i)
{
	unsigned char c = (unsigned char)h->buf[i];
	bool after_cr = i > h->line && h->buf[i - 1] == '\r';

	if (c == '\n' || after_cr)
		return c == '\n' && after_cr;
	return c >= 0x20 ? c != 0x7f : c == '\t' || c == '\r';
}

void
wx_http1_begin(struct wx_http1 *h, bool response)
{
	memset(h, 0, sizeof(*h));
	h->response = response;
}

ssize_t
wx_http1_head(struct wx_http1 *h, const char *buf, size_t len)
{
	size_t top = len < WX_HTTP1_HEAD ? len : WX_HTTP1_HEAD, i;
	ssize_t rc;

	if (h->status != 0)
		return -1;
	h->buf = buf;
	for (i = h->scanned; i < top; i++) {
		if (!is_in_place(h, i))
			return refuse(h, 400, "a byte in the head that may not be there");
		if (buf[i] != '\n')
			continue;
		rc = read_line(h, buf + h->line, i - h->line - 1);
		if (rc == -1)
			return -1;
		h->line = h->scanned = i + 1;
		if (rc == 1)
			return (ssize_t)h->line;
	}
	h->scanned = i;
	if (!h->started && i - h->line > FIRST_MAX)
		return refuse(h, h->response ? 400 : 414, "the first line is too long");
	return i == WX_HTTP1_HEAD ? refuse(h, 431, "the head is too large") : 0;
}
