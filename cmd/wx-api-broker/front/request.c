/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "route/route.h"

/* In a time that does not say where they differ. */
static bool
same(const char *a, const char *b, size_t len)
{
	unsigned char d = 0;
	size_t i;

	for (i = 0; i < len; i++)
		d |= (unsigned char)(a[i] ^ b[i]);
	return d == 0;
}

/* Has the request the guest's word where its agent puts the credential? */
static bool
has_word(const struct service *s, const struct client *c)
{
	static const char *const schemes[] = { "Bearer ", "token ", "" };
	const struct wx_http1 *h = &c->head;
	size_t want = s->word != NULL ? strlen(s->word) : 0, i, k, n;
	const char *value;

	for (i = 0; i < h->nfields && want > 0; i++) {
		if (!field_is_credential(h->buf + h->fields[i].name.at, h->fields[i].name.len))
			continue;
		value = h->buf + h->fields[i].value.at;
		for (k = 0; k < sizeof(schemes) / sizeof(*schemes); k++) {
			n = strlen(schemes[k]);
			if (h->fields[i].value.len == n + want && strncasecmp(value, schemes[k], n) == 0 && same(value + n, s->word, want))
				return true;
		}
	}
	return want == 0;
}

static const char *
word_of(enum refusal why)
{
	switch (why) {
	case RULE_OK:
		break;
	case RULE_TARGET:
		return "target";
	case RULE_PATH_NOT:
		return "path";
	case RULE_METHOD_NOT:
		return "method";
	case RULE_QUERY_NOT:
		return "query";
	}
	return NULL;
}

const char *
request_check(const struct service *s, struct client *c)
{
	const struct route *r = &s->routes[c->route];
	const struct wx_http1 *h = &c->head;
	const struct rule *rule = NULL;
	enum refusal why;

	if (h->form == WX_HTTP1_AUTHORITY)
		return "method";
	why = rule_find(r->rules, r->nrules, rule_method(h->buf + h->method.at, h->method.len),
	    h->target.len > 0 ? h->buf + h->target.at : "/", h->target.len > 0 ? h->target.len : 1, &rule);
	if ((rule == NULL || !rule->open) && !has_word(s, c))
		return "word";
	if (wx_http1_lists(h, "upgrade", "websocket"))
		return "upgrade";
	if (why != RULE_OK)
		return word_of(why);
	if (r->budget.tokens > 0 && s->tokens[c->route] >= r->budget.tokens)
		return "budget-tokens";
	return h->framing == WX_HTTP1_LENGTH && h->length > r->body ? "body" : NULL;
}

bool
request_send(const struct service *s, struct client *c)
{
	static struct frame f;
	const struct route *r = &s->routes[c->route];
	const struct wx_http1 *h = &c->head;
	int fds[2];
	size_t i;

	frame_begin(&f, FRAME_HEAD);
	frame_put_number(&f, (int64_t)c->route);
	frame_put_number(&f, h->framing == WX_HTTP1_CHUNKED ? FRAME_UNKNOWN : h->framing == WX_HTTP1_LENGTH ? (int64_t)h->length :
	    FRAME_NONE);
	frame_put_string(&f, h->buf + h->method.at, h->method.len);
	frame_put_string(&f, h->target.len > 0 ? h->buf + h->target.at : "/", h->target.len > 0 ? h->target.len : 1);
	for (i = 0; i < h->nfields; i++) {
		if (wx_http1_hop(h, i) || !field_for_upstream(r, h->buf + h->fields[i].name.at, h->fields[i].name.len))
			continue;
		frame_put(&f, h->buf + h->fields[i].name.at, h->fields[i].name.len);
		frame_put(&f, ": ", 2);
		frame_put_string(&f, h->buf + h->fields[i].value.at, h->fields[i].value.len);
	}
	if (f.bad)
		return false;
	if (c->pair == -1) {
		if (frame_pair(fds) == -1)
			return false;
		if (frame_give(s->control, fds[1]) == -1) {
			(void)close(fds[0]);
			fds[0] = -1;
		}
		(void)close(fds[1]);
		c->pair = fds[0];
	}
	return c->pair != -1 && frame_send(c->pair, f.buf[0], NULL, 0, f.buf + 1, f.len - 1) == 0;
}

/* 1: it is sent; 0: there is no room; -1: nobody is there. */
static int
give(struct client *c, char kind, const char *buf, size_t len)
{
	if (frame_send(c->pair, kind, NULL, 0, buf, len) == 0)
		return 1;
	return errno == EAGAIN || errno == ENOBUFS ? 0 : -1;
}

const char *
request_body(const struct service *s, struct client *c, bool *lost)
{
	ssize_t n;
	int rc = 1;

	*lost = false;
	while (rc == 1 && !c->ended) {
		if (c->npiece > 0) {
			rc = give(c, FRAME_DATA, c->piece, c->npiece);
			c->npiece = rc == 1 ? 0 : c->npiece;
			continue;
		}
		if (c->body.done) {
			/* Of a request without a body not even the end is sent. */
			rc = c->head.framing == WX_HTTP1_NONE ? 1 : give(c, FRAME_END, NULL, 0);
			c->ended = rc == 1;
			continue;
		}
		n = wx_http1_body_take(&c->body, c->in + c->used, c->have - c->used, &c->piece, &c->npiece);
		if (n == -1)
			return "malformed";
		if (n == 0)
			break;
		c->used += (size_t)n;
		c->up += c->npiece;
		if (c->up > s->routes[c->route].body)
			return "body";
	}
	*lost = rc == -1;
	return NULL;
}
