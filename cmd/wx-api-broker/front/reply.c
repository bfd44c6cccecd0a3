/* SPDX-License-Identifier: MIT */
#include "reply.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "answer.h"
#include "frame/frame.h"
#include "libcommon/clock.h"

#define BEFORE 24 /* bytes in OUT before a frame: its chunk's line has room there */

static const struct {
	const char *word, *text;
} sentences[] = {
	{ "agent", "this secret may be used by another program only" },
	{ "body", "the body is too large" },
	{ "budget-bytes", "the budget of this run is used up (bytes)" },
	{ "budget-requests", "the budget of this run is used up (requests)" },
	{ "budget-tokens", "the budget of this run is used up (tokens)" },
	{ "closed", "this route is closed, since the answer to a request held the secret" },
	{ "cut", "the API broke the connection off" },
	{ "full", "too many connections" },
	{ "head-upstream", "the API's answer is not well formed" },
	{ "kind", "the route does not say how to send a secret of this kind" },
	{ "name", "the API's name cannot be resolved" },
	{ "reflected", "the API's answer held the secret" },
	{ "refused", "the API cannot be connected to" },
	{ "secret", "there is no secret yet" },
	{ "slow", "the request took too long to come" },
	{ "timeout", "the API did not answer in time" },
	{ "tls", "the API's certificate is not to be trusted" },
	{ "upgrade", "there is no WebSocket here, only HTTP" },
	{ "word", "the credential is not the one of this run" },
};

/* A sentence for who reads the answer. */
static void
explain(const struct client *c, const char *word, char *out, size_t cap)
{
	size_t i;

	for (i = 0; i < sizeof(sentences) / sizeof(*sentences); i++)
		if (strcmp(sentences[i].word, word) == 0) {
			(void)snprintf(out, cap, "wrapix: %s", sentences[i].text);
			return;
		}
	if (c->head.why != NULL)
		(void)snprintf(out, cap, "wrapix: the request is refused: %s", c->head.why);
	else if (strcmp(word, "malformed") == 0)
		(void)snprintf(out, cap, "wrapix: the request's body is not well formed");
	else
		(void)snprintf(out, cap, "wrapix: %s %.100s is not allowed (%s); this is a decision, not a fault: do not retry",
		    c->method, c->path, word);
}

void
reply_own(const struct service *s, struct client *c, const char *word)
{
	struct answer a = answer_of(word);
	char why[256];

	explain(c, word, why, sizeof(why));
	/* What the back may still say is of a request that is over. */
	if (c->pair != -1 && c->phase == CLIENT_EXCHANGE && !c->ended) {
		(void)close(c->pair);
		c->pair = -1;
	}
	c->phase = CLIENT_EXCHANGE;
	c->close = c->close || !c->body.done || a.status == 400;
	c->refused = c->answered = c->whole = true;
	c->status = a.status;
	c->word = a.word;
	c->out_at = 0;
	c->out_end = answer_write(c->out, &s->routes[c->route], &a, why, strcmp(c->method, "HEAD") == 0, c->close);
}

/* --- the API's answer */

/* The head of the answer in F into OUT; false: it is none. */
static bool
write_head(const struct service *s, struct client *c, struct frame *f)
{
	int64_t status = frame_number(f), length = frame_number(f);
	const char *reason, *field, *type = NULL;
	bool none;
	size_t n;

	c->generation = frame_number(f);
	reason = frame_string(f);
	if (f->bad || reason == NULL || status < 200 || status > 599)
		return false;
	c->status = (int)status;
	none = strcmp(c->method, "HEAD") == 0 || status == 204 || status == 304;
	c->left = none ? 0 : length >= 0 ? length : -1;
	c->chunked = c->left == -1 && c->head.minor == 1;
	c->close = c->close || (c->left == -1 && !c->chunked);
	n = (size_t)snprintf(c->out, 128, "HTTP/1.1 %d %.64s\r\n", c->status, reason);
	while ((field = frame_string(f)) != NULL) {
		if (strncasecmp(field, "content-type: ", 14) == 0)
			type = field + 14;
		n += (size_t)snprintf(c->out + n, CLIENT_OUT - n, "%s\r\n", field);
		if (n > CLIENT_OUT - 256)
			return false;
	}
	if (length >= 0 && status != 204)
		n += (size_t)snprintf(c->out + n, CLIENT_OUT - n, "Content-Length: %" PRId64 "\r\n", length);
	n += (size_t)snprintf(c->out + n, CLIENT_OUT - n, "%s%s\r\n", c->chunked ? "Transfer-Encoding: chunked\r\n" : "",
	    c->close ? "Connection: close\r\n" : "");
	c->out_end = n;
	usage_begin(&c->meter, s->routes[c->route].shape, type);
	c->answered = true;
	c->first = wx_clock_boot_ms();
	return !f->bad;
}

/* N bytes of the body are at OUT + BEFORE + 1: false: they are too many. */
static bool
write_data(struct client *c, size_t n)
{
	char line[WX_HTTP1_CHUNK_HEAD];
	size_t len = 0;

	if (c->left != -1 && (int64_t)n > c->left)
		return false;
	if (c->left != -1)
		c->left -= (int64_t)n;
	c->down += n;
	usage_add(&c->meter, c->out + BEFORE + 1, n);
	c->out_end = BEFORE + 1 + n;
	if (c->chunked) {
		len = wx_http1_chunk_head(line, n);
		memcpy(c->out + BEFORE + 1 - len, line, len);
		memcpy(c->out + c->out_end, "\r\n", 2);
		c->out_end += 2;
	}
	c->out_at = BEFORE + 1 - len;
	return true;
}

int
reply_next(const struct service *s, struct client *c)
{
	static struct frame f;
	ssize_t n = frame_receive(c->pair, c->out + BEFORE);
	char kind = n > 0 ? c->out[BEFORE] : '\0', word[32];

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	c->out_at = c->out_end = 0;
	if (kind == FRAME_STATUS && !c->answered) {
		memcpy(f.buf, c->out + BEFORE, (size_t)n);
		f.len = (size_t)n;
		f.at = 1;
		f.bad = false;
		return write_head(s, c, &f) ? 1 : -1;
	}
	if (kind == FRAME_REFUSED && !c->answered) {
		(void)snprintf(word, sizeof(word), "%.*s", (int)n - 1, c->out + BEFORE + 1);
		reply_own(s, c, word);
		return 1;
	}
	if (kind == FRAME_DATA && c->answered && n > 1)
		return write_data(c, (size_t)n - 1) ? 1 : -1;
	if (kind != FRAME_END || !c->answered || c->left > 0)
		return -1;
	if (c->chunked) {
		memcpy(c->out, "0\r\n\r\n", 5);
		c->out_end = 5;
	}
	c->whole = true;
	return 1;
}

/* --- the log */

static void
log_answer(const struct service *s, const struct client *c, FILE *fp)
{
	const struct usage *u = &c->meter.usage;

	if (!c->whole && (!c->answered || c->left != 0))
		(void)fputs(",\"broken\":true", fp);
	if (c->answered)
		uses_number(fp, "first_ms", c->first - c->since);
	uses_number(fp, "ms", wx_clock_boot_ms() - c->since);
	if (u->model[0] != '\0')
		uses_text(fp, "model", u->model);
	if (usage_tokens(u) > 0) {
		uses_number(fp, "input", u->input > 0 ? u->input : 0);
		uses_number(fp, "cache_read", u->cache_read > 0 ? u->cache_read : 0);
		uses_number(fp, "cache_write", u->cache_write > 0 ? u->cache_write : 0);
		uses_number(fp, "output", u->output > 0 ? u->output : 0);
	}
	if (c->generation > 0) {
		uses_text(fp, "secret", s->routes[c->route].secret);
		uses_number(fp, "generation", c->generation);
	}
}

void
reply_log(struct service *s, struct client *c)
{
	static int64_t id;
	FILE *fp;

	usage_end(&c->meter);
	s->tokens[c->route] += usage_tokens(&c->meter.usage);
	id++;
	if (s->quiet && c->word == NULL)
		return;
	fp = uses_begin();
	uses_text(fp, "route", s->routes[c->route].name);
	uses_number(fp, "id", id);
	uses_text(fp, "method", c->method);
	uses_text(fp, "path", c->path);
	uses_number(fp, "status", c->status);
	if (c->word != NULL)
		uses_text(fp, c->status == 402 ? "budget" : "refused", c->status == 402 ? c->word + strlen("budget-") : c->word);
	uses_number(fp, "up", (int64_t)c->up);
	uses_number(fp, "down", (int64_t)c->down);
	if (!c->refused)
		log_answer(s, c, fp);
	uses_end(fp);
}
