/* SPDX-License-Identifier: MIT */
/* PKGS: libcjson */
/* What the front of wx-api-broker makes of the back's frames: an answer that is cut off never ends as if it was whole. */
#include "cmd/wx-api-broker/front/answer.c"
#include "cmd/wx-api-broker/frame/frame.c"
#include "cmd/wx-api-broker/route/json.c"
#undef LINE_MAX_LEN
#include "cmd/wx-api-broker/front/reply.c"
#include "cmd/wx-api-broker/route/usage.c"
#undef LINE_MAX_LEN
#include "cmd/wx-api-broker/frame/uses.c"

static int n, bad, back;

static const struct route route = { .name = "t" };
static struct service service = { .routes = &route, .nroutes = 1 };
static struct client client;

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

/* A request with METHOD waits for its answer, which will have LENGTH bytes. */
static void
begin(const char *method, int64_t length)
{
	static struct frame f;
	int fds[2];

	if (client.pair > 0) {
		(void)close(client.pair);
		(void)close(back);
	}
	if (frame_pair(fds) == -1)
		exit(1);
	client = (struct client){ .fd = -1, .pair = fds[0], .phase = CLIENT_EXCHANGE, .ended = true };
	client.head.minor = 1;
	client.body.done = true;
	(void)snprintf(client.method, sizeof(client.method), "%s", method);
	back = fds[1];
	frame_begin(&f, FRAME_STATUS);
	frame_put_number(&f, 200);
	frame_put_number(&f, length);
	frame_put_number(&f, 1);
	frame_put_string(&f, "OK", 2);
	(void)frame_send(back, FRAME_STATUS, NULL, 0, f.buf + 1, f.len - 1);
}

/* What comes of the next frame, of KIND with TEXT. */
static int
next(char kind, const char *text)
{
	(void)frame_send(back, kind, NULL, 0, text, strlen(text));
	return reply_next(&service, &client);
}

static bool
out_is(const char *text)
{
	size_t len = strlen(text);

	return client.out_end - client.out_at == len && memcmp(client.out + client.out_at, text, len) == 0;
}

int
main(void)
{
	begin("GET", 10);
	ok(reply_next(&service, &client) == 1 && client.answered && client.left == 10, "a head");
	ok(reply_next(&service, &client) == 0, "then nothing yet");
	ok(next(FRAME_DATA, "four") == 1 && out_is("four") && client.left == 6, "a part of the body");
	ok(next(FRAME_END, "") == -1 && !client.whole, "an end before all of it is here is none");
	begin("GET", 4);
	(void)reply_next(&service, &client);
	ok(next(FRAME_DATA, "four") == 1 && next(FRAME_END, "") == 1 && client.whole && client.out_end == 0, "one after all of it is");
	begin("GET", 4);
	(void)reply_next(&service, &client);
	ok(next(FRAME_DATA, "fives") == -1, "a byte more than was said");
	begin("HEAD", 4);
	(void)reply_next(&service, &client);
	ok(next(FRAME_END, "") == 1 && client.whole, "of HEAD the length is that of another answer");
	begin("GET", FRAME_UNKNOWN);
	(void)reply_next(&service, &client);
	ok(next(FRAME_DATA, "four") == 1 && out_is("4\r\nfour\r\n"), "a length that nobody knows: chunks");
	ok(next(FRAME_END, "") == 1 && client.whole && out_is("0\r\n\r\n"), "and the last");
	begin("GET", FRAME_UNKNOWN);
	client.head.minor = 0;
	(void)reply_next(&service, &client);
	ok(next(FRAME_DATA, "four") == 1 && out_is("four") && next(FRAME_END, "") == 1 && client.close && client.out_end == 0, "none in HTTP/1.0, whose end is the connection's");
	begin("GET", 4);
	(void)reply_next(&service, &client);
	ok(next(FRAME_REFUSED, "cut") == -1, "a refusal in the middle");
	begin("GET", 4);
	(void)reply_next(&service, &client);
	ok(next(FRAME_STATUS, "") == -1, "a second head");
	begin("GET", 4);
	(void)frame_receive(client.pair, client.out);
	ok(next(FRAME_DATA, "four") == -1 && next(FRAME_END, "") == -1, "a body, or its end, without a head");
	ok(next(FRAME_REFUSED, "budget-bytes") == 1 && client.status == 402 && client.whole && strncmp(client.out, "HTTP/1.1 402 ", 13) == 0, "a refusal in place of one");
	printf("1..%d\n", n);
	return bad;
}
