/* SPDX-License-Identifier: MIT */
#include "back.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <curl/curl.h>

#include "frame/frame.h"

#include "libcommon/cadir.h"
#include "libcommon/exitcode.h"
#include "libcommon/proc.h"

#define CERTS        "/etc/ssl/certs"
#define CONNECT_TIME 10 /* seconds */
#define POLL_MAX     128

struct transfer {
	CURL              *easy;
	struct curl_slist *fields;
	void              *who;
	bool               up_waits, down_waits;
	char               error[CURL_ERROR_SIZE];
};

static CURLM *multi;
static const struct upstream_calls *call;
static const char *cafile, *capath;

/* --- what libcurl calls */

static size_t
on_read(char *buf, size_t size, size_t n, void *user)
{
	struct transfer *t = user;
	ssize_t got = call->read(t->who, buf, size * n);

	if (got >= 0)
		return (size_t)got;
	t->up_waits = got == UPSTREAM_WAIT;
	return t->up_waits ? CURL_READFUNC_PAUSE : CURL_READFUNC_ABORT;
}

static size_t
on_line(char *line, size_t size, size_t n, void *user)
{
	struct transfer *t = user;

	return call->line(t->who, line, size * n) ? size * n : 0;
}

static size_t
on_write(char *buf, size_t size, size_t n, void *user)
{
	struct transfer *t = user;
	ssize_t rc = call->write(t->who, buf, size * n);

	if (rc == 0)
		return size * n;
	t->down_waits = rc == UPSTREAM_WAIT;
	return t->down_waits ? CURL_WRITEFUNC_PAUSE : 0;
}

/* --- setting up */

/* Debian's libcurl reads none of these variables by itself. */
static void
choose_authorities(const char *cacert)
{
	static const char *const names[] = { "NIX_SSL_CERT_FILE", "SSL_CERT_FILE" };
	const char *s = cacert;
	size_t i;

	for (i = 0; s == NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		s = getenv(names[i]);
		if (s != NULL && *s == '\0')
			s = NULL;
	}
	if (s != NULL && access(s, R_OK) == -1)
		err(WX_FAIL, "cannot read the authorities in '%s'", s);
	cafile = s;
	capath = s == NULL && wx_dir_is_hashed(CERTS) ? CERTS : NULL;
}

const char *
upstream_authorities(void)
{
	return cafile != NULL ? cafile : capath;
}

void
upstream_open(const char *cacert, const struct upstream_calls *calls)
{
	call = calls;
	choose_authorities(cacert);
	if (curl_global_init(CURL_GLOBAL_SSL) != CURLE_OK || (multi = curl_multi_init()) == NULL)
		errx(WX_FAIL, "cannot set up libcurl");
	(void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 16L);
}

/* --- a request */

static bool
set_long(struct transfer *t, CURLoption option, long value)
{
	return curl_easy_setopt(t->easy, option, value) == CURLE_OK;
}

static bool
set_pointer(struct transfer *t, CURLoption option, const void *value)
{
	return curl_easy_setopt(t->easy, option, value) == CURLE_OK;
}

/* Where it may go, and how that is proven. */
static bool
set_tls(struct transfer *t, const struct route *r)
{
	bool tls = strncmp(r->upstream, "https:", 6) == 0;

	return
#if LIBCURL_VERSION_NUM >= 0x075500
	    set_pointer(t, CURLOPT_PROTOCOLS_STR, tls ? "https" : "http") &&
#else
	    set_long(t, CURLOPT_PROTOCOLS, tls ? CURLPROTO_HTTPS : CURLPROTO_HTTP) &&
#endif
	    set_long(t, CURLOPT_FOLLOWLOCATION, 0) &&
	    set_long(t, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) &&
	    set_long(t, CURLOPT_SSL_VERIFYPEER, 1) &&
	    set_long(t, CURLOPT_SSL_VERIFYHOST, 2) &&
	    (upstream_authorities() == NULL ||
	    (set_pointer(t, CURLOPT_CAINFO, cafile) && set_pointer(t, CURLOPT_CAPATH, capath)));
}

/* One version of HTTP, whose memory does not grow with what comes; nobody's files; no time for the whole. */
static bool
set_ways(struct transfer *t, const struct route *r)
{
	return set_long(t, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) &&
	    set_long(t, CURLOPT_PATH_AS_IS, 1) &&
	    set_long(t, CURLOPT_NOSIGNAL, 1) &&
	    set_long(t, CURLOPT_TCP_NODELAY, 1) &&
	    set_long(t, CURLOPT_NETRC, CURL_NETRC_IGNORED) &&
	    set_long(t, CURLOPT_CONNECTTIMEOUT, CONNECT_TIME) &&
	    set_long(t, CURLOPT_LOW_SPEED_LIMIT, 1) &&
	    set_long(t, CURLOPT_LOW_SPEED_TIME, (long)r->idle) &&
	    set_long(t, CURLOPT_EXPECT_100_TIMEOUT_MS, 0) &&
	    set_long(t, CURLOPT_HEADEROPT, CURLHEADER_SEPARATE) &&
	    set_long(t, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1) &&
	    /* What is here needs no proxy. */
	    (strncmp(r->upstream, "https:", 6) == 0 || set_pointer(t, CURLOPT_NOPROXY, "*")) &&
	    set_pointer(t, CURLOPT_ERRORBUFFER, t->error);
}

static bool
set_calls(struct transfer *t)
{
	return curl_easy_setopt(t->easy, CURLOPT_READFUNCTION, on_read) == CURLE_OK &&
	    curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_line) == CURLE_OK &&
	    curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_write) == CURLE_OK &&
	    set_pointer(t, CURLOPT_READDATA, t) && set_pointer(t, CURLOPT_HEADERDATA, t) &&
	    set_pointer(t, CURLOPT_WRITEDATA, t) && set_pointer(t, CURLOPT_PRIVATE, t);
}

static bool
set_request(struct transfer *t, const struct route *r, const char *method, const char *path, int64_t length)
{
	char url[RULE_PATH + 8192 + 1];

	if (snprintf(url, sizeof(url), "%s%s", r->upstream, path) >= (int)sizeof(url) || !set_pointer(t, CURLOPT_URL, url))
		return false;
	if (length == FRAME_NONE && strcmp(method, "HEAD") == 0)
		return set_long(t, CURLOPT_NOBODY, 1);
	if (length == FRAME_NONE)
		return set_long(t, CURLOPT_HTTPGET, 1) && set_pointer(t, CURLOPT_CUSTOMREQUEST, method);
	if (length == 0)
		return set_long(t, CURLOPT_POST, 1) && set_pointer(t, CURLOPT_POSTFIELDS, "") &&
		    set_long(t, CURLOPT_POSTFIELDSIZE, 0) && set_pointer(t, CURLOPT_CUSTOMREQUEST, method);
	return set_long(t, CURLOPT_UPLOAD, 1) && set_pointer(t, CURLOPT_CUSTOMREQUEST, method) &&
	    curl_easy_setopt(t->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)(length == FRAME_UNKNOWN ? -1 : length)) == CURLE_OK;
}

static bool
add_field(struct transfer *t, const char *line)
{
	struct curl_slist *longer = curl_slist_append(t->fields, line);

	if (longer != NULL)
		t->fields = longer;
	return longer != NULL;
}

/* libcurl takes "Name:" for one that it is to leave out, and "Name;" for an empty one. */
static bool
add_given(struct transfer *t, const char *line)
{
	size_t name = strcspn(line, ":");
	char empty[RULE_PATH];

	if (line[name] != ':' || line[name + 1 + strspn(line + name + 1, " \t")] != '\0')
		return add_field(t, line);
	return snprintf(empty, sizeof(empty), "%.*s;", (int)name, line) < (int)sizeof(empty) && add_field(t, empty);
}

static bool
set_fields(struct transfer *t, const char *const *fields, size_t n, const char *secret)
{
	/* What libcurl would send of its own. */
	static const char *const none[] = { "Accept:", "Expect:", "Content-Type:" };
	size_t i, f;

	for (i = 0; i < sizeof(none) / sizeof(*none); i++) {
		for (f = 0; f < n && strncasecmp(fields[f], none[i], strlen(none[i])) != 0; f++)
			;
		if (f == n && !add_field(t, none[i]))
			return false;
	}
	for (f = 0; f < n; f++)
		if (!add_given(t, fields[f]))
			return false;
	return (secret == NULL || add_field(t, secret)) && set_pointer(t, CURLOPT_HTTPHEADER, t->fields);
}

struct transfer *
upstream_begin(const struct route *r, const char *method, const char *path, int64_t length,
    const char *const *fields, size_t nfields, const char *secret, void *who)
{
	struct transfer *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->who = who;
	t->easy = curl_easy_init();
	if (t->easy != NULL && set_tls(t, r) && set_ways(t, r) && set_calls(t) && set_request(t, r, method, path, length) &&
	    set_fields(t, fields, nfields, secret) && curl_multi_add_handle(multi, t->easy) == CURLM_OK)
		return t;
	upstream_end(t);
	return NULL;
}

void
upstream_end(struct transfer *t)
{
	struct curl_slist *l;

	if (t->easy != NULL) {
		(void)curl_multi_remove_handle(multi, t->easy);
		curl_easy_cleanup(t->easy);
	}
	for (l = t->fields; l != NULL; l = l->next)
		wx_wipe(l->data, strlen(l->data));
	curl_slist_free_all(t->fields);
	free(t);
}

void
upstream_resume(struct transfer *t, bool up, bool down)
{
	if ((!up || !t->up_waits) && (!down || !t->down_waits))
		return;
	t->up_waits = t->up_waits && !up;
	t->down_waits = t->down_waits && !down;
	(void)curl_easy_pause(t->easy, (t->up_waits ? CURLPAUSE_SEND : 0) | (t->down_waits ? CURLPAUSE_RECV : 0));
}

/* The word of how it ended, NULL for well. OpenSSL's own errors ("error:0A...") are about protocol and certificates; a
 * handshake that the network broke off has none, or says so. */
static const char *
meaning(const struct transfer *t, CURLcode rc)
{
	switch ((int)rc) {
	case CURLE_OK:
		return NULL;
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
		return "name";
	case CURLE_COULDNT_CONNECT:
		return "refused";
	case CURLE_OPERATION_TIMEDOUT:
		return "timeout";
	case CURLE_SSL_CONNECT_ERROR:
		return strstr(t->error, "error:") != NULL && strstr(t->error, "unexpected eof") == NULL ? "tls" : "cut";
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CIPHER:
		return "tls";
	default:
		return "cut";
	}
}

static void
take_ends(void)
{
	const char *word;
	struct transfer *t;
	CURLMsg *m;
	char *of;
	int left;

	while ((m = curl_multi_info_read(multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE || curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &of) != CURLE_OK)
			continue;
		t = (struct transfer *)(void *)of;
		word = meaning(t, m->data.result);
		if (word != NULL)
			warnx("%s", t->error[0] != '\0' ? t->error : curl_easy_strerror(m->data.result));
		call->done(t->who, word);
	}
}

void
upstream_poll(struct pollfd *fds, size_t n, int ms)
{
	struct curl_waitfd w[POLL_MAX];
	int running;
	size_t i;

	for (i = 0; i < n; i++)
		w[i] = (struct curl_waitfd){ .fd = fds[i].fd, .events = (short)((fds[i].events & POLLIN ? CURL_WAIT_POLLIN : 0) |
		    (fds[i].events & POLLOUT ? CURL_WAIT_POLLOUT : 0)) };
	(void)curl_multi_poll(multi, w, (unsigned)n, ms, NULL);
	for (i = 0; i < n; i++)
		fds[i].revents = (short)((w[i].revents & CURL_WAIT_POLLIN ? POLLIN : 0) | (w[i].revents & CURL_WAIT_POLLOUT ? POLLOUT : 0));
	(void)curl_multi_perform(multi, &running);
	take_ends();
}
