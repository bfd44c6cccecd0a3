/* SPDX-License-Identifier: MIT */
#include "conn/conn.h"

/* What a model, or who works inside, reads about the network: GET and HEAD. */
void
inside_answer(struct conn *c, const char *method, const char *path)
{
	static char denied[REFUSALS * (WX_HOSTNAME_MAX + 128)];
	size_t n = strcspn(path, "?");
	bool head = strcmp(method, "HEAD") == 0, json = strncmp(path, "/policy.json", n) == 0 && n == 12,
	    ndjson = strncmp(path, "/denied", n) == 0 && n == 7;
	const char *text = json ? front.json : ndjson ? "" : front.words;
	char line[256];
	int len;

	if (!head && strcmp(method, "GET") != 0) {
		refuse_http(c, 405, "there is GET and HEAD here only");
		return;
	}
	if (!json && !ndjson && !(n == 1 && *path == '/')) {
		refuse_http(c, 404, "there is /, /policy.json and /denied here");
		return;
	}
	denied[0] = '\0';
	if (!json)
		refuse_list(denied, sizeof(denied), ndjson);
	text = text == NULL ? "" : text;
	len = snprintf(line, sizeof(line), "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
	    json ? "application/json" : ndjson ? "application/x-ndjson" : "text/plain; charset=utf-8",
	    strlen(text) + strlen(denied) + (!json && !ndjson && denied[0] != '\0' ? strlen("\nRefused last:\n") : 0));
	buf_free(&c->in);
	if (!buf_put(&c->out, line, (size_t)len) || (!head && !buf_put(&c->out, text, strlen(text))) ||
	    (!head && !json && !ndjson && denied[0] != '\0' && !buf_put(&c->out, "\nRefused last:\n", strlen("\nRefused last:\n"))) ||
	    (!head && !buf_put(&c->out, denied, strlen(denied))))
		conn_reset(c);
	else
		conn_finish(c);
}
