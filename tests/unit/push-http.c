/* SPDX-License-Identifier: MIT */
/* PKGS: libcurl */
/* What wx-deploykey-push makes of libcurl's errors and of an answer's header. */
#include "cmd/wx-deploykey-push/http/header.c"
#include "cmd/wx-deploykey-push/http/http.c"

static int n, bad;

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

static bool
means(CURLcode rc, const char *text, enum sent want)
{
	struct http h = { .ans = NULL };

	(void)snprintf(h.error, sizeof(h.error), "%s", text);
	return meaning(&h, rc, 0) == want;
}

/* One header line of LEN bytes: is it taken? */
static bool
header(struct http *h, const char *line, size_t len)
{
	char copy[HTTP_LINE * 2];

	memcpy(copy, line, len);
	return on_header(copy, 1, len, h) == len;
}

int
main(void)
{
	static struct http_answer ans;
	static char line[HTTP_LINE + 100];
	struct http h = { .ans = &ans, .header = { .ans = &ans } };

	ok(means(CURLE_OK, "", HTTP_ANSWER) && means(CURLE_COULDNT_CONNECT, "", HTTP_UNREACHED), "an answer, no connection");
	ok(means(CURLE_OPERATION_TIMEDOUT, "", HTTP_UNSURE) && means(CURLE_RECV_ERROR, "error:0A", HTTP_UNSURE), "broken off");
	ok(means(CURLE_PEER_FAILED_VERIFICATION, "", HTTP_UNTRUSTED), "a certificate");
	ok(means(CURLE_SSL_CONNECT_ERROR, "error:0A000438:SSL routines::tlsv1 alert", HTTP_UNTRUSTED), "a protocol");
	ok(means(CURLE_SSL_CONNECT_ERROR, "OpenSSL SSL_connect: Connection reset by peer", HTTP_UNSURE), "a reset");
	ok(means(CURLE_SSL_CONNECT_ERROR, "error:0A000126:SSL routines::unexpected eof while reading", HTTP_UNSURE),
	    "a handshake cut short, in the words of other versions");
	ok(means(CURLE_RECV_ERROR, "OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0", HTTP_UNTRUSTED),
	    "a certificate of ours is wanted");
	(void)snprintf(h.error, sizeof(h.error), "Unsupported proxy scheme for 'foo://me:MADEUP@proxy.example:1'");
	ok(meaning(&h, CURLE_RECV_ERROR, 407) == HTTP_PROXY && meaning(&h, CURLE_RECV_ERROR, 502) == HTTP_UNREACHED &&
	    meaning(&h, CURLE_OK, 200) == HTTP_ANSWER, "what a proxy says");
	explain(&h, CURLE_COULDNT_CONNECT, 0, ans.why);
	ok(strcmp(ans.why, "Unsupported proxy scheme for 'foo://proxy.example:1'") == 0, "no login of a proxy");
	reset_answer(&ans);
	memset(line, 'x', sizeof(line));
	memcpy(line, "X-Other: ", 9);
	ok(header(&h, line, HTTP_LINE + 50) && !h.header.too_large, "a long field that is none of ours");
	memcpy(line, "LINK: <a", 8);
	ok(!header(&h, line, HTTP_LINE + 50) && h.header.too_large, "a long Link");
	h.header.too_large = false;
	ok(header(&h, "link: a\r\n", 9) && header(&h, "Link:b \r\n", 9) && strcmp(ans.link, "a, b") == 0, "two of a name");
	ok(header(&h, " , c\r\n", 6) && strcmp(ans.link, "a, b , c") == 0, "a folded line");
	ok(header(&h, "X-Other: a\r\n", 12) && header(&h, " b\r\n", 4) && strcmp(ans.link, "a, b , c") == 0, "one of a field that is none of ours");
	ok(header(&h, "Content-Type: application/json; charset=utf-8\r\n", 47) && ans.json, "JSON");
	ok(header(&h, "content-type: application/jsonp\r\n", 33) && !ans.json, "something else");
	ok(header(&h, "Retry-After: 12\r\n", 17) && ans.limit.retry_after == 12, "seconds");
	ok(header(&h, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 44) && ans.limit.retry_after == 0, "a date that is past");
	ok(header(&h, "Retry-After: -1\r\n", 17) && ans.limit.retry_after == -1, "neither");
	ok(header(&h, "X-OAuth-Scopes:\r\n", 17) && ans.has_scopes && ans.scopes[0] == '\0', "no scopes, but said");
	ok(header(&h, "HTTP/1.1 200 OK\r\n", 17) && !ans.has_scopes && ans.link[0] == '\0', "an answer begins");
	h.header.bytes = HTTP_HEADERS;
	ok(!header(&h, "a: b\r\n", 6) && h.header.too_large, "too many");
	printf("1..%d\n", n);
	return bad;
}
