/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <sys/socket.h>
#include <time.h>

#include "conn.h"
#include "libcommon/json.h"

struct refusal {
	time_t      at;
	char        host[WX_HOSTNAME_MAX + 2];
	uint16_t    port;
	enum reason reason;
	enum via    via;
};

static struct refusal refusals[REFUSALS];
static size_t refused;

/* The host as it may stand in a line: of printable bytes alone. */
static void
clean_host(const struct conn *c, char to[static WX_HOSTNAME_MAX + 2])
{
	size_t i;

	for (i = 0; c->host[i] != '\0'; i++)
		to[i] = c->host[i] > 0x20 && c->host[i] < 0x7f ? c->host[i] : '?';
	to[i] = '\0';
}

void
refuse_note(const struct conn *c, enum reason r)
{
	struct refusal *to = &refusals[refused++ % REFUSALS];

	*to = (struct refusal){ .at = time(NULL), .port = c->port, .reason = r, .via = c->via };
	clean_host(c, to->host);
}

static void
add(char *to, size_t cap, size_t *len, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* NOLINT: clang-tidy 14 forgets va_start in all files but the first that it is given. */
static void
add(char *to, size_t cap, size_t *len, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(to + *len, cap - *len, fmt, ap); /* NOLINT(clang-analyzer-valist.Uninitialized) */
	va_end(ap);
	if (n > 0)
		*len = *len + (size_t)n < cap ? *len + (size_t)n : cap - 1;
}

void
refuse_list(char *to, size_t cap, bool json)
{
	size_t i, len = 0, first = refused > REFUSALS ? refused - REFUSALS : 0;
	const struct refusal *r;
	struct tm tm;
	char at[32], host[2 * sizeof(r->host)];
	FILE *fp;

	to[0] = '\0';
	for (i = first; i < refused; i++) {
		r = &refusals[i % REFUSALS];
		at[0] = '\0';
		if (gmtime_r(&r->at, &tm) != NULL)
			(void)strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &tm);
		if (!json) {
			add(to, cap, &len, "  %s  %s:%u  %s  %s\n", at, r->host, r->port, reason_name(r->reason), via_name(r->via));
			continue;
		}
		fp = fmemopen(host, sizeof(host), "w");
		if (fp == NULL)
			return;
		wx_json_string(fp, r->host);
		(void)fclose(fp);
		add(to, cap, &len, "{\"t\":\"%s\",\"host\":%s,\"port\":%u,\"reason\":\"%s\",\"via\":\"%s\"}\n", at, host, r->port,
		    reason_name(r->reason), via_name(r->via));
	}
}

/* What is behind "HOST:PORT": for eyes and for the model. */
static const char *
words_of(enum reason r)
{
	static const char *const words[REASONS] = {
		[REASON_BAD_NAME] = "is not the name of a host",
		[REASON_DENIED] = "is refused by the policy",
		[REASON_NOT_LISTED] = "is not listed",
		[REASON_PORT] = "is not listed with this port",
		[REASON_REQUEST] = "is not listed for this request",
		[REASON_PATH] = "has a path that can be read in two ways",
		[REASON_NEEDS_HTTP] = "is listed for plain HTTP requests only",
		[REASON_LIMIT] = "is over a limit",
		[REASON_UP] = "got as many bytes as it may",
		[REASON_DNS] = "cannot be resolved",
		[REASON_ADDRESS] = "leads to an address that is refused",
		[REASON_REFUSED] = "refuses the connection",
		[REASON_TIMEOUT] = "does not answer",
		[REASON_UNREACHABLE] = "cannot be reached",
		[REASON_ASK] = "is not listed, and nobody allowed it",
	};

	return (unsigned)r < REASONS && words[r] != NULL ? words[r] : "cannot be reached";
}

/* The status, and the error's type (RFC 9209). */
static int
status_of(enum reason r, const char **type)
{
	static const struct { int code; const char *type; } all[REASONS] = {
		[REASON_LIMIT] = { 403, "connection_limit_reached" },
		[REASON_ADDRESS] = { 403, "destination_ip_prohibited" },
		[REASON_PATH] = { 400, "http_request_error" },
		[REASON_DNS] = { 502, "dns_error" },
		[REASON_REFUSED] = { 502, "connection_refused" },
		[REASON_UNREACHABLE] = { 502, "destination_ip_unroutable" },
		[REASON_TIMEOUT] = { 504, "connection_timeout" },
		[REASON_INTERNAL] = { 500, "proxy_internal_error" },
	};

	*type = (unsigned)r < REASONS && all[r].type != NULL ? all[r].type : "http_request_denied";
	return (unsigned)r < REASONS && all[r].code != 0 ? all[r].code : 403;
}

/* Head and text, then the end of the connection. What the client still sends is not read as a request. */
static void
say_http(struct conn *c, int code, const char *reason, const char *status, const char *text)
{
	char head[2048];
	int n = snprintf(head, sizeof(head), "HTTP/1.1 %d %s\r\n%sContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n\r\n", code, reason, status, strlen(text));

	buf_free(&c->in);
	if (n > 0 && (size_t)n < sizeof(head) && buf_put(&c->out, head, (size_t)n) && buf_put(&c->out, text, strlen(text)))
		conn_finish(c);
	else
		conn_reset(c);
}

static void
http_decision(struct conn *c, enum reason r)
{
	char host[WX_HOSTNAME_MAX + 2], line[512], status[256], text[2048], port[8] = "";
	const char *type;
	int code = status_of(r, &type);
	bool fault = code >= 500;
	size_t len = 0;

	clean_host(c, host);
	(void)snprintf(line, sizeof(line), "wrapix: %s:%u %s", host, c->port, words_of(r));
	if (c->port != 443)
		(void)snprintf(port, sizeof(port), ":%u", c->port);
	(void)snprintf(status, sizeof(status), "Proxy-Status: wx-egress; error=%s; details=\"%s\"\r\n", type, reason_name(r));
	add(text, sizeof(text), &len, "%s%s (%s).\n", line, fault ? "" : r == REASON_NOT_LISTED ? " in this sandbox's network policy" : "",
	    reason_name(r));
	if (!fault) {
		add(text, sizeof(text), &len, "This is a decision, not a fault: do not retry, and do not look for a way round it.\n");
		if (r == REASON_NOT_LISTED || r == REASON_PORT || r == REASON_ASK)
			add(text, sizeof(text), &len, "Say to the user which host is needed and why; he can allow it from another terminal:\n"
			    "    wx-allow %s%s\n", host, port);
		if (r == REASON_ADDRESS)
			add(text, sizeof(text), &len, "An entry that ends with 'private' allows addresses of private networks.\n");
	}
	add(text, sizeof(text), &len, "What is allowed: http://wrapix.internal/\n");
	say_http(c, code, line, status, text);
}

void
refuse_http(struct conn *c, int code, const char *why)
{
	char line[256], text[512];

	(void)snprintf(line, sizeof(line), "wrapix: %s", why);
	(void)snprintf(text, sizeof(text), "%s\n", line);
	say_http(c, code, line, "Proxy-Status: wx-egress; error=http_request_error\r\n", text);
}

static void
say_tls(struct conn *c, enum reason r)
{
	unsigned char alert[7];

	hello_alert(r == REASON_DNS ? ALERT_UNRECOGNIZED_NAME : r == REASON_REFUSED || r == REASON_UNREACHABLE ||
	    r == REASON_TIMEOUT || r == REASON_INTERNAL ? ALERT_INTERNAL : ALERT_ACCESS_DENIED, alert);
	if (buf_put(&c->out, alert, sizeof(alert)))
		conn_finish(c);
	else
		conn_reset(c);
}

static void
say_ssh(struct conn *c, enum reason r)
{
	char host[WX_HOSTNAME_MAX + 2], text[1024];
	unsigned char packet[2048];
	size_t n;

	clean_host(c, host);
	(void)snprintf(text, sizeof(text), "wrapix: %s:%u %s (%s).%s What is allowed: http://wrapix.internal/", host, c->port,
	    words_of(r), reason_name(r), r == REASON_DNS || r == REASON_REFUSED || r == REASON_UNREACHABLE || r == REASON_TIMEOUT ? "" :
	    " This is a decision, not a fault: do not retry.");
	n = ssh_refusal(text, packet, sizeof(packet));
	if (n > 0 && buf_put(&c->out, packet, n))
		conn_finish(c);
	else
		conn_reset(c);
}

static void
say_socks(struct conn *c, enum reason r)
{
	unsigned char answer[10] = { 5, 2, 0, 1 };

	if (r == REASON_INTERNAL)
		answer[1] = 1;
	else if (r == REASON_UNREACHABLE)
		answer[1] = 3;
	else if (r == REASON_DNS)
		answer[1] = 4;
	else if (r == REASON_REFUSED)
		answer[1] = 5;
	else if (r == REASON_TIMEOUT)
		answer[1] = 6;
	if (buf_put(&c->out, answer, sizeof(answer)))
		conn_finish(c);
	else
		conn_reset(c);
}

/* On a port without a protocol of its own: what the client has said, if anything, tells in which it will listen. */
static enum tongue
guess(const struct conn *c)
{
	unsigned char first;

	if (recv(c->client, &first, 1, MSG_PEEK | MSG_DONTWAIT) != 1)
		return TONGUE_NONE;
	return first == 0x16 ? TONGUE_TLS : TONGUE_NONE;
}

void
refuse_say(struct conn *c, enum reason r)
{
	enum tongue t = c->tongue == TONGUE_NONE && c->via == VIA_DIRECT && r != REASON_PROTOCOL && r != REASON_UP ? guess(c) : c->tongue;

	switch (t) {
	case TONGUE_TLS:
		say_tls(c, r);
		break;
	case TONGUE_SSH:
		say_ssh(c, r);
		break;
	case TONGUE_HTTP:
		http_decision(c, r);
		break;
	case TONGUE_SOCKS:
		say_socks(c, r);
		break;
	case TONGUE_NONE:
	default:
		conn_reset(c);
		break;
	}
}
