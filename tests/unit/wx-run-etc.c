/* SPDX-License-Identifier: MIT */
/* What of the host's settings wx-run shows inside. */
#include <stdlib.h>

#include "cmd/wx-run/host/etc.c"
#include "cmd/wx-run/plan/plan.c"
#include "cmd/wx-run/plan/store.c"

static int n, bad;

static void
shows(const char *text, const char *const *keys, const char *want)
{
	char *copy = xstrdup(text), *got = etc_harmless(copy, keys);

	printf("%sok %d - %s\n", strcmp(got, want) == 0 ? "" : "not ", ++n, strcmp(got, want) == 0 ? want : got);
	bad |= strcmp(got, want) != 0;
	free(got);
	free(copy);
}

int
main(void)
{
	shows("registry=https://npm.corp.example/\n//npm.corp.example/:_authToken=npm_x\n_auth=YTpi\n"
	    "@corp:registry = https://npm.corp.example/api/npm/corp/\nemail=a\n", npm_keys,
	    "registry=https://npm.corp.example/\n@corp:registry = https://npm.corp.example/api/npm/corp/\n");
	shows("registry=https://me:pw@npm.corp.example/\nproxy=http://u@p:1\ncafile=/etc/ssl/c.pem", npm_keys,
	    "cafile=/etc/ssl/c.pem\n");
	shows("[global]\nindex-url = https://pypi.corp.example/simple\nextra-index-url =\n\thttps://a:b@x/simple\n",
	    pip_keys, "[global]\nindex-url = https://pypi.corp.example/simple\nextra-index-url =\n");
	shows("[global]\nindex-url = https://pypi.fury.io/a1B2c3D4e5F6g7H8i9J0/me\ncert=/x?y\nclient-cert=/k\n",
	    pip_keys, "[global]\n");
	shows("[http]\n\tsslCAInfo = /etc/ssl/corp.pem\n\textraHeader = Authorization: x\n[credential]\n\thelper = store\n"
	    "[url \"https://me:pw@h/\"]\n\tproxy = x\n[http]\n\tproxy = http://p:1\n", git_keys,
	    "[http]\n\tsslCAInfo = /etc/ssl/corp.pem\n[credential]\n[http]\n\tproxy = http://p:1\n");
	shows("[http", git_keys, "");
	shows("[http] proxy = a\n\tproxy = http://p\\\ny\n", git_keys, "");
	shows("", npm_keys, "");
	printf("1..%d\n", n);
	return bad;
}
