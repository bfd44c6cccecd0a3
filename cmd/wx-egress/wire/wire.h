/* SPDX-License-Identifier: MIT */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/hostname.h"

/* What clients send, read: pure functions over bytes that an attacker chose. */

#define HELLO_MAX 16384 /* bytes of a ClientHello, with its records */

enum hello {
	HELLO_GOOD,     /* whole, for one name, which is in NAME */
	HELLO_MORE,     /* good so far */
	HELLO_NOT_TLS,
	HELLO_MALFORMED,
	HELLO_NO_NAME,  /* no server_name, or none that is a host's */
	HELLO_ECH       /* with encrypted_client_hello, where ECH_DENY */
};

/*
 * The ClientHello at the start of the LEN bytes at P, over as many records as it takes (RFC 8446, section 4.1.2; RFC 6066,
 * section 3). NAME is in its one form; one with a dot at its end is refused, as RFC 6066 has it.
 */
enum hello hello_read(const unsigned char *p, size_t len, bool ech_deny, char name[static WX_HOSTNAME_MAX]);

/* The fatal alert of TLS, 7 bytes. */
void       hello_alert(unsigned description, unsigned char out[static 7]);

enum { ALERT_ACCESS_DENIED = 49, ALERT_INTERNAL = 80, ALERT_UNRECOGNIZED_NAME = 112 };

/* How far the first bytes of SSH are: 1 they are its own, 0 more is wanted, -1 they are not. */
int        ssh_read(const unsigned char *p, size_t len);

/* SSH-2.0-wrapix, and a SSH_MSG_DISCONNECT with TEXT (RFC 4253, sections 4.2, 6, 11.1). Bytes of OUT; 0: it does not fit. */
size_t     ssh_refusal(const char *text, unsigned char *out, size_t cap);

/* SOCKS5 (RFC 1928): what was read so far of a client's greeting and request. */
enum socks {
	SOCKS_MORE,
	SOCKS_GREETED, /* a greeting that offers no authentication; USED bytes of it */
	SOCKS_WANTS,   /* a request to connect to HOST with PORT; USED bytes of it */
	SOCKS_COMMAND, /* a request for something else */
	SOCKS_METHOD,  /* a greeting that does not offer it */
	SOCKS_BAD
};

struct socks_request {
	char     host[WX_HOSTNAME_MAX + 2];
	size_t   host_len;
	uint16_t port;
};

enum socks socks_greeting(const unsigned char *p, size_t len, size_t *used);
enum socks socks_request(const unsigned char *p, size_t len, size_t *used, struct socks_request *r);

/* Names and the addresses that stand for them. */
#define SYNTH_MAX 8192

struct synth;

/* For the block RANGE of BITS; NULL with errno. The first address of it is that of wrapix.internal. */
struct synth *synth_make(const unsigned char range[static 4], unsigned bits);
void          synth_free(struct synth *s);

/*
 * The address of NAME, in its one form, at the time NOW, in seconds: its own, or a new one, for which the name that was
 * asked for longest ago may lose its own, if it has no connection and TTL is over twice. KEPT: it never does. False: none is left.
 */
bool        synth_address(struct synth *s, const char *name, int64_t now, bool kept, unsigned char addr[static 4]);

/* The name of ADDR, or NULL: none, or not of the block. */
const char *synth_name(const struct synth *s, const unsigned char addr[static 4]);
bool        synth_within(const struct synth *s, const unsigned char addr[static 4]);

/* A connection with ADDR begins, or has ended: as long as there is one the name keeps it. */
void        synth_use(struct synth *s, const unsigned char addr[static 4], bool begins, int64_t now);

#define SYNTH_TTL  60 /* seconds */
#define SYNTH_SELF "wrapix.internal"

#define DNS_MAX 512

/*
 * Answer the question of LEN bytes at Q, at most DNS_MAX; bytes of OUT, or 0 for none: what is no question gets
 * no answer. Nothing is asked of anybody: a name with a dot has an address of S.
 */
size_t dns_answer(struct synth *s, const unsigned char *q, size_t len, int64_t now, unsigned char out[static DNS_MAX]);

#endif
