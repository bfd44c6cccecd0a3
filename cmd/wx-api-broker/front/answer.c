/* SPDX-License-Identifier: MIT */
#include "answer.h"

#include <stdio.h>
#include <string.h>

#include "libcommon/json.h"

#define BODY_MAX 1024

static const struct answer answers[] = {
	{ 400, "malformed", "" },
	{ 401, "word", "" },
	{ 402, "budget-bytes", "" },
	{ 402, "budget-requests", "" },
	{ 402, "budget-tokens", "" },
	{ 403, "agent", "" },
	{ 403, "kind", "" },
	{ 403, "method", "" },
	{ 403, "path", "" },
	{ 403, "query", "" },
	{ 403, "target", "" },
	{ 408, "slow", "" },
	{ 413, "body", "" },
	{ 414, "target-length", "" },
	{ 426, "upgrade", "Upgrade: HTTP/1.1\r\n" },
	{ 431, "head", "" },
	{ 502, "cut", "" },
	{ 502, "head-upstream", "" },
	{ 502, "name", "" },
	{ 502, "reflected", "" },
	{ 502, "refused", "" },
	{ 502, "tls", "" },
	{ 503, "closed", "" },
	{ 503, "full", "Retry-After: 1\r\n" },
	{ 503, "secret", "Retry-After: 5\r\n" },
	{ 504, "timeout", "" },
	{ 505, "version", "" },
};

/* What each API calls it. */
static const struct kind {
	int         status;
	const char *anthropic, *openai, *gemini;
} kinds[] = {
	{ 401, "authentication_error", "invalid_api_key", "UNAUTHENTICATED" },
	{ 402, "billing_error", "insufficient_quota", "RESOURCE_EXHAUSTED" },
	{ 403, "permission_error", "permission_denied", "PERMISSION_DENIED" },
	{ 413, "request_too_large", "request_too_large", "INVALID_ARGUMENT" },
	{ 502, "api_error", "server_error", "UNAVAILABLE" },
	{ 503, "overloaded_error", "server_error", "UNAVAILABLE" },
	{ 504, "timeout_error", "timeout", "DEADLINE_EXCEEDED" },
	{ 500, "api_error", "server_error", "INTERNAL" },
	{ 0, "invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT" },
};

static const struct {
	int         status;
	const char *text;
} reasons[] = {
	{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 402, "Payment Required" }, { 403, "Forbidden" }, { 408, "Request Timeout" },
	{ 413, "Content Too Large" }, { 414, "URI Too Long" }, { 426, "Upgrade Required" }, { 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" }, { 502, "Bad Gateway" }, { 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
};

const char *
answer_reason(int status)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "";
}

struct answer
answer_of(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		if (strcmp(answers[i].word, word) == 0)
			return answers[i];
	return (struct answer){ 500, "internal", "" };
}

static const struct kind *
kind_of(int status)
{
	const struct kind *k = kinds;

	while (k->status != 0 && k->status != status)
		k++;
	return k;
}

/* The body of the shape, which WHY always fits in. */
static size_t
write_body(char out[static BODY_MAX], enum shape shape, int status, const char *why)
{
	const struct kind *k = kind_of(status);
	FILE *fp = fmemopen(out, BODY_MAX, "w");
	long len;

	if (fp == NULL)
		return 0;
	if (shape == SHAPE_ANTHROPIC)
		(void)fprintf(fp, "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":", k->anthropic);
	else if (shape == SHAPE_OPENAI)
		(void)fprintf(fp, "{\"error\":{\"type\":\"%s\",\"code\":\"%s\",\"message\":", k->openai, k->openai);
	else if (shape == SHAPE_GEMINI)
		(void)fprintf(fp, "{\"error\":{\"code\":%d,\"status\":\"%s\",\"message\":", status, k->gemini);
	if (shape == SHAPE_TEXT)
		(void)fprintf(fp, "%s", why);
	else
		wx_json_string(fp, why);
	(void)fputs(shape == SHAPE_TEXT ? "\n" : "}}\n", fp);
	(void)fflush(fp);
	len = ftell(fp);
	(void)fclose(fp);
	return len > 0 && len < BODY_MAX ? (size_t)len : 0;
}

size_t
answer_write(char out[static ANSWER_MAX], const struct route *r, const struct answer *a, const char *why, bool head, bool close)
{
	char body[BODY_MAX];
	size_t len = write_body(body, r->shape, a->status, why);
	int n;

	n = snprintf(out, ANSWER_MAX, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
	    "Proxy-Status: wx-api-broker; error=%s; details=\"%s\"\r\n%sConnection: %s\r\n\r\n", a->status, answer_reason(a->status),
	    r->shape == SHAPE_TEXT ? "text/plain; charset=utf-8" : "application/json", len,
	    a->status < 500 ? "http_request_denied" : strcmp(a->word, "tls") == 0 ? "tls_certificate_error" :
	    strcmp(a->word, "name") == 0 ? "dns_error" : a->status == 504 ? "connection_timeout" :
	    strcmp(a->word, "refused") == 0 ? "connection_refused" : "proxy_internal_error", a->word, a->field,
	    a->status == 426 ? close ? "Upgrade, close" : "Upgrade" : close ? "close" : "keep-alive");
	if (n < 0 || (size_t)n >= ANSWER_MAX)
		return 0;
	if (head || len > ANSWER_MAX - (size_t)n)
		return (size_t)n;
	memcpy(out + n, body, len);
	return (size_t)n + len;
}
