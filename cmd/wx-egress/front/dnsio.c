/* SPDX-License-Identifier: MIT */
#include <sys/socket.h>

#include "conn/conn.h"

#define DATAGRAMS 64 /* in a turn */

void
dnsio_datagrams(int fd)
{
	unsigned char q[DNS_MAX + 1], out[DNS_MAX];
	struct sockaddr_storage from;
	socklen_t from_len;
	ssize_t n;
	size_t len;
	int i;

	for (i = 0; i < DATAGRAMS; i++) {
		from_len = sizeof(from);
		n = recvfrom(fd, q, sizeof(q), MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
		if (n < 0)
			return;
		len = dns_answer(front.synth, q, (size_t)n, front.now / 1000, out);
		if (len > 0)
			(void)sendto(fd, out, len, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&from, from_len);
	}
}

/* Each message behind its length (RFC 1035, section 4.2.2). */
static bool
answer_one(struct conn *c)
{
	const unsigned char *p = c->in.p + c->in.off;
	unsigned char out[2 + DNS_MAX];
	size_t n, len;

	if (c->in.len < 2)
		return false;
	n = (size_t)p[0] << 8 | p[1];
	if (n > DNS_MAX) {
		conn_reset(c);
		return false;
	}
	if (c->in.len < 2 + n)
		return false;
	len = dns_answer(front.synth, p + 2, n, front.now / 1000, out + 2);
	out[0] = (unsigned char)(len >> 8);
	out[1] = (unsigned char)len;
	buf_skip(&c->in, 2 + n);
	if (len > 0 && buf_put(&c->out, out, 2 + len))
		return true;
	conn_reset(c);
	return false;
}

void
dnsio_step(struct conn *c)
{
	ssize_t n;

	if (!buf_send(&c->out, c->client)) {
		conn_end(c);
		return;
	}
	/* Who does not read gets no more. */
	if (c->out.len > 0)
		return;
	n = conn_read(c);
	while (answer_one(c))
		conn_set(c, STATE_DNS, HEAD_MS);
	if (c->state == STATE_FREE)
		return;
	if (n == -1)
		conn_finish(c);
	else if (!buf_send(&c->out, c->client))
		conn_end(c);
}
