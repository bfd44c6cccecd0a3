/* SPDX-License-Identifier: MIT */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "ratelimit.h"

#define HTTP_BODY    (1 << 20) /* bytes of a body that are taken */
#define HTTP_HEADERS (64 << 10) /* the same of all headers of an answer */
#define HTTP_LINE    4096
#define HTTP_WHY     512
#define HTTP_PORTS   8

enum sent {
	HTTP_ANSWER,    /* one came, whole as far as HTTP can tell */
	HTTP_UNREACHED, /* no connection: the request was not sent */
	HTTP_UNSURE,    /* it broke off: nobody knows whether the request was obeyed */
	HTTP_UNTRUSTED, /* no TLS with who it should be; nothing was sent */
	HTTP_PROXY,     /* the proxy refused; nothing was sent */
};

struct http_answer {
	int status;
	bool json;                     /* its Content-Type says so */
	struct ratelimit limit;
	char link[HTTP_LINE];          /* header fields, "" if absent */
	char location[HTTP_LINE];
	char total[HTTP_LINE];         /* X-Total-Count */
	char sso[HTTP_LINE];           /* X-GitHub-SSO */
	char scopes[HTTP_LINE];        /* X-OAuth-Scopes */
	bool has_scopes;               /* the field is there: a token that has scopes */
	char accepted[HTTP_LINE];      /* X-Accepted-OAuth-Scopes */
	char permissions[HTTP_LINE];   /* X-Accepted-GitHub-Permissions */
	char why[HTTP_WHY];                 /* unless HTTP_ANSWER: in words, a server's among them */
	size_t len;
	char body[HTTP_BODY + 1];      /* ended by a NUL */
};

struct http;

/*
 * Get ready to talk to servers over TLS 1.2 or later; no connection yet. FIELDS, up to NULL,
 * are of each request's header; "%s" in one stands for TOKEN, a secret. CACERT: a file with
 * the authorities to trust, or NULL for those of the environment or the system. A request may
 * take MAX_TIME seconds. Dies if it cannot.
 */
struct http *http_open(const char *const *fields, const char *token, const char *cacert, long max_time);

/* Closes its connections, and erases its copy of the token. */
void         http_close(struct http *h);

/*
 * Send METHOD to URL, with BODY as JSON unless it is NULL, and fill ANS. No
 * redirect is followed, and nothing is tried again.
 */
enum sent    http_send(struct http *h, const char *method, const char *url, const char *body,
    struct http_answer *ans);

/* The file or folder of the authorities that are trusted; NULL: libcurl's own choice. */
const char  *http_authorities(const struct http *h);

/* TCP ports of the proxies that the environment names, into PORTS. Their number. */
size_t       http_proxy_ports(unsigned ports[static HTTP_PORTS]);

#endif
