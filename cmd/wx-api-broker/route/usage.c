/* SPDX-License-Identifier: MIT */
#include "route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json.h"

#define JSON_MAX (1 << 20)
#define LINE_MAX_LEN (64 << 10)

/* Where each API has the numbers; the last that is there counts. */
struct place {
	const char *in;      /* "" or the member that holds the object */
	const char *key;
	const char *input, *cache_read, *cache_write, *output;
};

static const struct place places[][4] = {
	[SHAPE_ANTHROPIC] = {
		{ "", "usage", "input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens" },
		{ "message", "usage", "input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens" },
	},
	[SHAPE_OPENAI] = {
		{ "", "usage", "input_tokens", NULL, NULL, "output_tokens" },
		{ "", "usage", "prompt_tokens", NULL, NULL, "completion_tokens" },
		{ "response", "usage", "input_tokens", NULL, NULL, "output_tokens" },
	},
	[SHAPE_GEMINI] = {
		{ "", "usageMetadata", "promptTokenCount", "cachedContentTokenCount", NULL, "candidatesTokenCount" },
	},
};

static void
take_number(const struct json *from, const char *key, int64_t *out)
{
	int64_t n = key != NULL ? json_number(json_get(from, key)) : -1;

	if (n != -1)
		*out = n;
}

static void
take_model(const struct json *from, const char *key, char out[static USAGE_MODEL])
{
	const char *s = json_string(json_get(from, key));

	if (s != NULL)
		(void)snprintf(out, USAGE_MODEL, "%s", s);
}

static void
take_document(struct meter *m, const char *text, size_t len)
{
	const struct json *holder, *found;
	const struct place *p;
	struct json *root;

	if (memmem(text, len, "\"usage", 6) == NULL)
		return;
	root = json_parse(text, len);
	for (p = places[m->shape]; p < places[m->shape] + 4 && p->key != NULL; p++) {
		holder = *p->in != '\0' ? json_get(root, p->in) : root;
		found = json_get(holder, p->key);
		take_number(found, p->input, &m->usage.input);
		take_number(found, p->cache_read, &m->usage.cache_read);
		take_number(found, p->cache_write, &m->usage.cache_write);
		take_number(found, p->output, &m->usage.output);
		if (found != NULL)
			take_model(holder, m->shape == SHAPE_GEMINI ? "modelVersion" : "model", m->usage.model);
	}
	json_free(root);
}

/* A line of the stream, without its end. */
static void
take_line(struct meter *m)
{
	size_t len = m->len, skip = 5;

	m->len = 0;
	if (m->skip || len < skip || memcmp(m->buf, "data:", skip) != 0)
		return;
	while (len > skip && m->buf[len - 1] == '\r')
		len--;
	take_document(m, m->buf + skip, len - skip);
}

/* More of what is read as one; false: it is too long, or there is no memory. */
static bool
append(struct meter *m, const char *buf, size_t len)
{
	size_t most = m->events ? LINE_MAX_LEN : JSON_MAX, cap = m->cap;
	char *larger;

	if (len == 0 || len > most - m->len)
		return len == 0;
	while (cap < m->len + len)
		cap = cap > 0 ? cap * 2 : 4096;
	if (cap != m->cap) {
		larger = realloc(m->buf, cap);
		if (larger == NULL)
			return false;
		m->buf = larger;
		m->cap = cap;
	}
	memcpy(m->buf + m->len, buf, len);
	m->len += len;
	return true;
}

void
usage_begin(struct meter *m, enum shape shape, const char *type)
{
	*m = (struct meter){ .usage = { "", -1, -1, -1, -1 }, .shape = shape };
	m->events = type != NULL && strncasecmp(type, "text/event-stream", 17) == 0;
	m->skip = shape == SHAPE_TEXT || (!m->events && (type == NULL || strncasecmp(type, "application/json", 16) != 0));
}

void
usage_add(struct meter *m, const char *buf, size_t len)
{
	const char *end;
	size_t n;

	if (!m->events) {
		m->skip = m->skip || !append(m, buf, len);
		return;
	}
	for (; len > 0 && m->shape != SHAPE_TEXT; buf += n, len -= n) {
		end = memchr(buf, '\n', len);
		n = end != NULL ? (size_t)(end - buf) + 1 : len;
		m->skip = m->skip || !append(m, buf, end != NULL ? n - 1 : n);
		if (end != NULL) {
			take_line(m);
			m->skip = false;
		}
	}
}

void
usage_end(struct meter *m)
{
	if (!m->events && !m->skip && m->len > 0)
		take_document(m, m->buf, m->len);
	free(m->buf);
	m->buf = NULL;
	m->len = m->cap = 0;
}

uint64_t
usage_tokens(const struct usage *u)
{
	const int64_t all[] = { u->input, u->cache_read, u->cache_write, u->output };
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		sum += all[i] > 0 ? (uint64_t)all[i] : 0;
	return sum;
}
