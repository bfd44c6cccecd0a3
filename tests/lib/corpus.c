/* SPDX-License-Identifier: MIT */
/*
 * corpus request | response | address
 *
 * What a case of another project's is to libcommon, for tests/corpora. Standard input is the bytes of a connection, and a line
 * is printed for each message: "taken", "refused WHY", or "more" where it is not whole; or an address a
 * line, and the class of each is printed.
 */
#include <arpa/inet.h>

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/http1body.h"
#include "libcommon/ipclass.h"

static char in[1 << 20];

/* Take the body in front, of which LEN bytes are here; how many of them it is, or -1. */
static ssize_t
take_body(struct wx_http1_body *b, const char *at, size_t len)
{
	const char *data;
	size_t taken = 0, n;
	ssize_t step;

	while (!b->done && (step = wx_http1_body_take(b, at + taken, len - taken, &data, &n)) != 0) {
		if (step == -1)
			return -1;
		taken += (size_t)step;
	}
	return (ssize_t)taken;
}

static void
messages(bool response)
{
	size_t len = fread(in, 1, sizeof(in), stdin), at = 0;
	struct wx_http1_body b;
	struct wx_http1 h;
	ssize_t n, body;
	bool tunnel = false;

	while (at < len && !tunnel) {
		wx_http1_begin(&h, response);
		n = wx_http1_head(&h, in + at, len - at);
		if (n <= 0) {
			printf("%s %s\n", n == 0 ? "more" : "refused", n == 0 ? "" : h.why);
			return;
		}
		if (response)
			wx_http1_body_of_response(&b, &h, "GET");
		else
			wx_http1_body_of_request(&b, &h);
		body = take_body(&b, in + at + n, len - at - (size_t)n);
		tunnel = b.kind == WX_HTTP1_BODY_TUNNEL || b.kind == WX_HTTP1_BODY_TO_END;
		puts(body == -1 ? "refused the body" : b.done || tunnel ? "taken" : "more");
		/* What comes after the last message of a connection is not read. */
		if (body == -1 || !b.done || h.close)
			return;
		at += (size_t)n + (size_t)body;
	}
}

static void
addresses(void)
{
	unsigned char addr[16];
	char line[100];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		int family = strchr(line, ':') == NULL ? AF_INET : AF_INET6;

		line[strcspn(line, "\n")] = '\0';
		if (inet_pton(family, line, addr) != 1)
			errx(1, "no address: %s", line);
		printf("%s %s\n", line, wx_ipclass_name(wx_ipclass(family, addr, NULL)));
	}
}

int
main(int argc, char *argv[])
{
	const char *kind = argc == 2 ? argv[1] : "";

	if (strcmp(kind, "address") == 0)
		addresses();
	else if (strcmp(kind, "request") == 0 || strcmp(kind, "response") == 0)
		messages(strcmp(kind, "response") == 0);
	else
		errx(2, "usage: corpus request | response | address");
	return 0;
}
