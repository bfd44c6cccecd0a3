/* SPDX-License-Identifier: MIT */
#include "http.h"

#include <err.h>
#include <unistd.h>

#include <curl/curl.h>

#include "header.h"

#include "libcommon/cadir.h"
#include "libcommon/exitcode.h"
#include "libcommon/proc.h"
#include "libcommon/version.h"

#define CERTS "/etc/ssl/certs"

#define CONNECT_TIME 10 /* seconds */

struct http {
	CURL *curl;
	struct curl_slist *plain;  /* header fields of a request without a body */
	struct curl_slist *json;   /* the same, with one */
	const char *cafile;
	const char *capath;
	struct header header;      /* of the answer to the request under way */
	struct http_answer *ans;
	char error[CURL_ERROR_SIZE];
};

/* --- what comes */

static size_t
on_header(char *s, size_t size, size_t n, void *user)
{
	struct http *h = user;

	/* Returning less than it was given ends the transfer. */
	return header_line(&h->header, s, size * n) ? size * n : 0;
}

static size_t
on_body(char *s, size_t size, size_t n, void *user)
{
	struct http *h = user;
	struct http_answer *a = h->ans;

	if (size * n > HTTP_BODY - a->len) {
		h->header.too_large = true;
		return 0;
	}
	memcpy(a->body + a->len, s, size * n);
	a->len += size * n;
	a->body[a->len] = '\0';
	return size * n;
}

/* --- setting up */

/*
 * Debian's libcurl reads none of these variables by itself. A folder with hash
 * links is taken before the bundle, of which each request would read the whole.
 */
static void
choose_authorities(struct http *h, const char *cacert)
{
	static const char *const names[] = { "NIX_SSL_CERT_FILE", "SSL_CERT_FILE", "CURL_CA_BUNDLE" };
	const char *s = cacert, *dir = getenv("SSL_CERT_DIR");
	size_t i;

	for (i = 0; s == NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		s = getenv(names[i]);
		if (s != NULL && *s == '\0')
			s = NULL;
	}
	if (s != NULL && access(s, R_OK) == -1)
		err(WX_FAIL, "cannot read the authorities in '%s'", s);
	h->cafile = s;
	if (s == NULL && dir != NULL && *dir != '\0')
		h->capath = dir;
	else
		h->capath = s == NULL && wx_dir_is_hashed(CERTS) ? CERTS : NULL;
}

static void
set_long(struct http *h, CURLoption option, long value)
{
	if (curl_easy_setopt(h->curl, option, value) != CURLE_OK)
		errx(WX_FAIL, "libcurl lacks option %d", (int)option);
}

static void
set_pointer(struct http *h, CURLoption option, const void *value)
{
	if (curl_easy_setopt(h->curl, option, value) != CURLE_OK)
		errx(WX_FAIL, "libcurl lacks option %d", (int)option);
}

static void
set_tls(struct http *h)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	set_pointer(h, CURLOPT_PROTOCOLS_STR, "https");
	set_pointer(h, CURLOPT_REDIR_PROTOCOLS_STR, "https");
#else
	set_long(h, CURLOPT_PROTOCOLS, CURLPROTO_HTTPS);
	set_long(h, CURLOPT_REDIR_PROTOCOLS, CURLPROTO_HTTPS);
#endif
	set_long(h, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	set_long(h, CURLOPT_SSL_VERIFYPEER, 1);
	set_long(h, CURLOPT_SSL_VERIFYHOST, 2);
	if (h->cafile != NULL || h->capath != NULL) {
		set_pointer(h, CURLOPT_CAINFO, h->cafile);
		set_pointer(h, CURLOPT_CAPATH, h->capath);
		/* A proxy of https is trusted by the same. */
		(void)curl_easy_setopt(h->curl, CURLOPT_PROXY_CAINFO, h->cafile);
		(void)curl_easy_setopt(h->curl, CURLOPT_PROXY_CAPATH, h->capath);
	}
}

static void
set_limits(struct http *h, long max_time)
{
	set_long(h, CURLOPT_FOLLOWLOCATION, 0);
	set_long(h, CURLOPT_MAXREDIRS, 0);
	set_long(h, CURLOPT_NETRC, CURL_NETRC_IGNORED);
	set_long(h, CURLOPT_TIMEOUT, max_time);
	set_long(h, CURLOPT_CONNECTTIMEOUT, max_time < CONNECT_TIME ? max_time : CONNECT_TIME);
	set_long(h, CURLOPT_LOW_SPEED_LIMIT, 64);
	set_long(h, CURLOPT_LOW_SPEED_TIME, max_time < 2 ? 1 : max_time / 2);
	/* Fields for the server are none of the proxy's business, nor the reverse. */
	set_long(h, CURLOPT_HEADEROPT, CURLHEADER_SEPARATE);
	set_long(h, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
	/* Some answer so, asked or not; what is unpacked counts for the limit. */
	(void)curl_easy_setopt(h->curl, CURLOPT_ACCEPT_ENCODING, "gzip");
}

static struct curl_slist *
add_field(struct curl_slist *list, const char *field)
{
	struct curl_slist *longer = curl_slist_append(list, field);

	if (longer == NULL)
		errx(WX_TEMP, "out of memory");
	return longer;
}

/* FIELDS, with TOKEN where "%s" stands. */
static struct curl_slist *
all_fields(const char *const *fields, const char *token)
{
	char text[8192];
	struct curl_slist *list = NULL;
	const char *at;

	for (; *fields != NULL; fields++) {
		at = strstr(*fields, "%s");
		if (at != NULL)
			(void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - *fields), *fields, token, at + 2);
		list = add_field(list, at != NULL ? text : *fields);
	}
	wx_wipe(text, sizeof(text));
	return list;
}

struct http *
http_open(const char *const *fields, const char *token, const char *cacert, long max_time)
{
	static struct http h;

	choose_authorities(&h, cacert);
	if (curl_global_init(CURL_GLOBAL_SSL) != CURLE_OK)
		errx(WX_FAIL, "cannot set up libcurl");
	h.curl = curl_easy_init();
	if (h.curl == NULL)
		errx(WX_TEMP, "out of memory");
	h.plain = all_fields(fields, token);
	h.json = add_field(all_fields(fields, token), "Content-Type: application/json");
	set_tls(&h);
	set_limits(&h, max_time);
	set_pointer(&h, CURLOPT_USERAGENT, "wx-deploykey-push/" WX_VERSION);
	set_pointer(&h, CURLOPT_ERRORBUFFER, h.error);
	(void)curl_easy_setopt(h.curl, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(h.curl, CURLOPT_HEADERDATA, &h);
	(void)curl_easy_setopt(h.curl, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(h.curl, CURLOPT_WRITEDATA, &h);
	return &h;
}

static void
free_fields(struct curl_slist *list)
{
	struct curl_slist *l;

	for (l = list; l != NULL; l = l->next)
		wx_wipe(l->data, strlen(l->data));
	curl_slist_free_all(list);
}

void
http_close(struct http *h)
{
	curl_easy_cleanup(h->curl);
	free_fields(h->plain);
	free_fields(h->json);
	curl_global_cleanup();
}

const char *
http_authorities(const struct http *h)
{
	return h->cafile != NULL ? h->cafile : h->capath;
}

/* --- one request */

/*
 * What a failure means. OpenSSL's own errors ("error:0A...") are about protocol
 * and certificates; a handshake that the network broke off has none, or says so. A certificate that
 * the server wants of us it asks for behind the handshake.
 */
static enum sent
meaning(const struct http *h, CURLcode rc, long connect)
{
	if (rc != CURLE_OK && connect >= 400)
		return connect < 500 ? HTTP_PROXY : HTTP_UNREACHED;
	switch ((int)rc) {
	case CURLE_OK:
		return HTTP_ANSWER;
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
		return HTTP_UNREACHED;
	case CURLE_SSL_CONNECT_ERROR:
		return strstr(h->error, "error:") != NULL && strstr(h->error, "unexpected eof") == NULL ?
		    HTTP_UNTRUSTED : HTTP_UNSURE;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CIPHER:
		return HTTP_UNTRUSTED;
	default:
		return strstr(h->error, "certificate required") != NULL ? HTTP_UNTRUSTED : HTTP_UNSURE;
	}
}

/* Why it failed, in words, with the remedy where there is one; no login of a proxy's URL. */
static void
explain(const struct http *h, CURLcode rc, long connect, char why[static HTTP_WHY])
{
	char *at, *lead;

	if (h->header.too_large)
		(void)snprintf(why, HTTP_WHY, "the answer is too large");
	else if (connect == 407)
		(void)snprintf(why, HTTP_WHY, "the proxy wants a login (HTTP 407): put one into https_proxy");
	else if (connect >= 400)
		(void)snprintf(why, HTTP_WHY, "the proxy refuses to connect (HTTP %ld)", connect);
	else if (strstr(h->error, "certificate required") != NULL)
		(void)snprintf(why, HTTP_WHY, "it wants a certificate of the client, which cannot be given here");
	else
		(void)snprintf(why, HTTP_WHY, "%s", h->error[0] != '\0' ? h->error : curl_easy_strerror(rc));
	lead = strstr(why, "://");
	at = lead != NULL ? strrchr(lead, '@') : NULL;
	if (at != NULL)
		memmove(lead + 3, at + 1, strlen(at + 1) + 1);
}

static void
set_method(struct http *h, const char *method, const char *body)
{
	(void)curl_easy_setopt(h->curl, CURLOPT_HTTPGET, 1L);
	(void)curl_easy_setopt(h->curl, CURLOPT_CUSTOMREQUEST, NULL);
	if (body != NULL) {
		(void)curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, body);
		(void)curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
	}
	if (strcmp(method, body != NULL ? "POST" : "GET") != 0)
		(void)curl_easy_setopt(h->curl, CURLOPT_CUSTOMREQUEST, method);
	(void)curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, body != NULL ? h->json : h->plain);
}

enum sent
http_send(struct http *h, const char *method, const char *url, const char *body,
    struct http_answer *ans)
{
	long status = 0, connect = 0;
	enum sent ret;
	CURLcode rc;

	h->ans = ans;
	header_begin(&h->header, ans);
	h->error[0] = '\0';
	set_method(h, method, body);
	if (curl_easy_setopt(h->curl, CURLOPT_URL, url) != CURLE_OK)
		errx(WX_TEMP, "out of memory");
	rc = curl_easy_perform(h->curl);
	(void)curl_easy_getinfo(h->curl, CURLINFO_HTTP_CONNECTCODE, &connect);
	ret = meaning(h, rc, connect);
	if (ret != HTTP_ANSWER)
		explain(h, rc, connect, ans->why);
	(void)curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	ans->status = ret == HTTP_ANSWER ? (int)status : 0;
	return ret;
}

/* --- proxies */

/* The port of the proxy URL, by libcurl's defaults; 0 if it is none. */
static unsigned
proxy_port(const char *url)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *text = NULL;
	unsigned port = 0;

	if (u != NULL && curl_url_set(u, CURLUPART_URL, url, CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK) {
		if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK)
			port = strcmp(scheme, "https") == 0 ? 443 : 1080;
		if (curl_url_get(u, CURLUPART_PORT, &text, 0) == CURLUE_OK)
			port = (unsigned)strtoul(text, NULL, 10);
	}
	curl_free(scheme);
	curl_free(text);
	curl_url_cleanup(u);
	return port;
}

size_t
http_proxy_ports(unsigned ports[static HTTP_PORTS])
{
	static const char *const names[] = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" };
	const char *s;
	size_t i, n = 0;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		s = getenv(names[i]);
		if (s != NULL && *s != '\0')
			ports[n++] = proxy_port(s);
	}
	return n;
}
