/* SPDX-License-Identifier: MIT */
#include "make.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/tool/path.h"
#include "usermount.h"

static const char *const proxies[] = { "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy",
    "all_proxy", "no_proxy", NULL };

/* Of OpenSSL, Nix, Node, requests, curl, git, cargo, pip, the AWS tools and Deno. */
static const char *const authorities[] = { "SSL_CERT_FILE", "SSL_CERT_DIR", "NIX_SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO", "PIP_CERT", "AWS_CA_BUNDLE",
    "DENO_CERT", NULL };

static const char *
value_of(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || *value == '\0' ? NULL : value;
}

/* Does one get out by a proxy of the host's? With "listed" wx-egress does that (network_parent). */
static bool
reached(const struct plan *p)
{
	return p->net == NET_OPEN || p->net == NET_HOST;
}

/* "http://USER:PASSWORD@HOST". */
static bool
has_password(const char *url)
{
	const char *host = strstr(url, "://");

	host = host == NULL ? url : host + 3;
	return memchr(host, '@', strcspn(host, "/")) != NULL;
}

/* What is shown anyway, as the system's own and the project's, need not be mounted. */
static void
add_authority(struct plan *p, const char *name)
{
	const char *value = value_of(name);
	char *real;

	if (value == NULL)
		return;
	real = realpath(value, NULL);
	if (*value != '/' || real == NULL || access(real, R_OK) == -1)
		errx(WX_CHAIN, "--proxy-from-env: %s is '%s', which is no file or directory that can be read", name, escaped(value));
	if (!plan_shows(p, value) && !(strcmp(p->at, p->project) == 0 && path_within(real, p->project)))
		usermount_show(p, value);
	env_set(&p->env, name, value, false);
	free(real);
}

void
proxyenv_add(const struct request *r, struct plan *p)
{
	const char *const *n;

	if (!r->proxy_from_env)
		return;
	for (n = proxies; reached(p) && *n != NULL; n++)
		if (value_of(*n) != NULL && has_password(value_of(*n)))
			p->env_secrets = true;
		else if (value_of(*n) != NULL)
			env_set(&p->env, *n, value_of(*n), false);
	for (n = authorities; *n != NULL; n++)
		add_authority(p, *n);
}

struct secrets *
proxyenv_secrets(const struct request *r, const struct plan *p, struct secrets *s)
{
	const char *const *n;

	for (n = proxies; r->proxy_from_env && reached(p) && *n != NULL; n++) {
		if (value_of(*n) == NULL || !has_password(value_of(*n)))
			continue;
		if (s == NULL && (s = calloc(1, sizeof(*s))) == NULL)
			err(WX_CHAIN, "cannot allocate memory");
		secrets_add(s, p, *n, value_of(*n));
	}
	return s;
}

/* Is it set here, and not inside, where it would be of use? A certificate that is shown anyway the system has. */
static bool
missed(const struct plan *p, const char *name, bool file)
{
	return value_of(name) != NULL && env_get(&p->env, name) == NULL && !(file && plan_shows(p, value_of(name)));
}

void
proxyenv_hint(const struct request *r, const struct plan *p)
{
	const char *const *n, *name = NULL;

	if (r->proxy_from_env || p->net == NET_NONE)
		return;
	for (n = authorities; *n != NULL; n++)
		name = missed(p, *n, true) ? *n : name;
	for (n = proxies; reached(p) && *n != NULL; n++)
		name = strcasecmp(*n, "NO_PROXY") != 0 && missed(p, *n, false) ? *n : name;
	if (name != NULL)
		warnx("%s is set here, and not inside: --proxy-from-env passes proxies and certificates on", name);
}
