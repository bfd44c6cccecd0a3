/* SPDX-License-Identifier: MIT */
#include "http.h"

#include <dirent.h>
#include <err.h>
#include <stddef.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

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
	size_t header_bytes;
	bool too_large;
	struct http_answer *ans;   /* of the request under way */
	char error[CURL_ERROR_SIZE];
};

/* --- fields of the answer's header */

static int64_t
number_of(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n > 0 && n <= 15 && s[n] == '\0' ? strtoll(s, NULL, 10) : -1;
}

/* A date of HTTP in seconds since the epoch, or -1. */
static int64_t
date_of(const char *s)
{
	return (int64_t)curl_getdate(s, NULL);
}

/* Retry-After is a number of seconds or a date (RFC 9110, section 10.2.3). */
static int64_t
retry_of(const char *s)
{
	int64_t n = number_of(s), at;

	if (n != -1)
		return n;
	at = date_of(s);
	if (at == -1)
		return -1;
	n = at - (int64_t)time(NULL);
	return n > 0 ? n : 0;
}

static bool
is_json(const char *s)
{
	return strncasecmp(s, "application/json", 16) == 0 && (s[16] == '\0' || s[16] == ';' || s[16] == ' ');
}

static void
reset_answer(struct http_answer *a)
{
	a->status = 0;
	a->json = a->has_scopes = false;
	a->limit = (struct ratelimit){ -1, -1, -1, -1 };
	a->link[0] = a->location[0] = a->total[0] = a->sso[0] = a->scopes[0] = '\0';
	a->accepted[0] = a->permissions[0] = a->why[0] = a->body[0] = '\0';
	a->len = 0;
}

/* Fields of one name are one list (RFC 9110, section 5.3). False if it is too long. */
static bool
keep(char to[static HTTP_LINE], const char *value)
{
	size_t had = strlen(to);
	int n = snprintf(to + had, HTTP_LINE - had, "%s%s", had > 0 ? ", " : "", value);

	return n >= 0 && (size_t)n < HTTP_LINE - had;
}

/* The fields that are kept as text. */
static const struct text_field {
	const char *name;
	size_t at; /* in struct http_answer */
} text_fields[] = {
	{ "link", offsetof(struct http_answer, link) },
	{ "location", offsetof(struct http_answer, location) },
	{ "x-total-count", offsetof(struct http_answer, total) },
	{ "x-github-sso", offsetof(struct http_answer, sso) },
	{ "x-oauth-scopes", offsetof(struct http_answer, scopes) },
	{ "x-accepted-oauth-scopes", offsetof(struct http_answer, accepted) },
	{ "x-accepted-github-permissions", offsetof(struct http_answer, permissions) },
};

/* The one whose NAME is of LEN bytes; NULL if it is none of them. */
static const struct text_field *
text_field(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(text_fields) / sizeof(text_fields[0]); i++)
		if (strlen(text_fields[i].name) == len && strncasecmp(text_fields[i].name, name, len) == 0)
			return &text_fields[i];
	return NULL;
}

static bool
take_field(struct http_answer *a, const char *name, const char *value)
{
	const struct text_field *text = text_field(name, strlen(name));

	if (text != NULL) {
		a->has_scopes |= text->at == offsetof(struct http_answer, scopes);
		return keep((char *)a + text->at, value);
	}
	if (strcasecmp(name, "content-type") == 0)
		a->json = is_json(value);
	else if (strcasecmp(name, "retry-after") == 0)
		a->limit.retry_after = retry_of(value);
	else if (strcasecmp(name, "x-ratelimit-remaining") == 0 || strcasecmp(name, "ratelimit-remaining") == 0)
		a->limit.remaining = number_of(value);
	else if (strcasecmp(name, "x-ratelimit-reset") == 0 || strcasecmp(name, "ratelimit-reset") == 0)
		a->limit.reset = number_of(value);
	else if (strcasecmp(name, "date") == 0)
		a->limit.date = date_of(value);
	return true;
}

/* One line of the header; returning less than it was given ends the transfer. */
static size_t
on_header(char *s, size_t size, size_t n, void *user)
{
	struct http *h = user;
	char field[HTTP_LINE], *colon, *value;
	size_t len = size * n;

	h->header_bytes += len;
	h->too_large |= h->header_bytes > HTTP_HEADERS;
	if (h->too_large)
		return 0;
	/* A status line: an answer begins, and an interim one (1xx) before it is void. */
	if (len >= 5 && memcmp(s, "HTTP/", 5) == 0) {
		reset_answer(h->ans);
		return len;
	}
	while (len > 0 && (s[len - 1] == '\r' || s[len - 1] == '\n' || s[len - 1] == ' '))
		len--;
	/* A list whose Link is passed by would seem to end there. */
	colon = memchr(s, ':', len);
	if (len >= sizeof(field) && colon != NULL)
		h->too_large = text_field(s, (size_t)(colon - s)) != NULL;
	if (len >= sizeof(field) || memchr(s, '\0', len) != NULL)
		return h->too_large ? 0 : size * n;
	memcpy(field, s, len);
	field[len] = '\0';
	colon = strchr(field, ':');
	if (colon == NULL)
		return size * n;
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	h->too_large = !take_field(h->ans, field, value);
	return h->too_large ? 0 : size * n;
}

static size_t
on_body(char *s, size_t size, size_t n, void *user)
{
	struct http *h = user;
	struct http_answer *a = h->ans;

	if (size * n > HTTP_BODY - a->len) {
		h->too_large = true;
		return 0;
	}
	memcpy(a->body + a->len, s, size * n);
	a->len += size * n;
	a->body[a->len] = '\0';
	return size * n;
}

/* --- setting up */

/* Does FOLDER hold hash links, as c_rehash(1) makes them: "0a775a30.0"? */
static bool
is_hashed(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	bool found = false;

	if (d == NULL)
		return false;
	while (!found && (e = readdir(d)) != NULL)
		found = strlen(e->d_name) == 10 && strspn(e->d_name, "0123456789abcdef") == 8 &&
		    strcmp(e->d_name + 8, ".0") == 0;
	(void)closedir(d);
	return found;
}

/*
 * Debian's libcurl reads none of these variables by itself. A folder with hash
 * links is taken before the bundle, of which each request would read the whole.
 */
static void
choose_authorities(struct http *h, const char *cacert)
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
	h->cafile = s;
	h->capath = s == NULL && is_hashed(CERTS) ? CERTS : NULL;
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
 * and certificates; a handshake that the network broke off has none, or says so.
 */
static enum sent
meaning(const struct http *h, CURLcode rc)
{
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
		return HTTP_UNSURE;
	}
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
	long status = 0;
	enum sent ret;
	CURLcode rc;

	h->ans = ans;
	h->header_bytes = 0;
	h->too_large = false;
	h->error[0] = '\0';
	reset_answer(ans);
	set_method(h, method, body);
	if (curl_easy_setopt(h->curl, CURLOPT_URL, url) != CURLE_OK)
		errx(WX_TEMP, "out of memory");
	rc = curl_easy_perform(h->curl);
	ret = meaning(h, rc);
	if (ret != HTTP_ANSWER)
		(void)snprintf(ans->why, sizeof(ans->why), "%s", h->too_large ? "the answer is too large" :
		    h->error[0] != '\0' ? h->error : curl_easy_strerror(rc));
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
