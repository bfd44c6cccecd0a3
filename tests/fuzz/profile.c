/* SPDX-License-Identifier: MIT */
/* PKGS: libcjson */
/* The parser of wx-run's profile, with what it promises. */
#include <stdarg.h>
#include <stdint.h>

/* A request lives as long as wx-run, which gives nothing of it back; here a million
 * are made. What its strings and lists hold is noted, and freed after each. */
static void  *held[1 << 17];
static size_t nheld;

static void *
hold(void *p)
{
	if (nheld == sizeof(held) / sizeof(*held))
		abort();
	return held[nheld++] = p;
}

static void
forget(const void *p)
{
	size_t i;

	for (i = nheld; p != NULL && i > 0; i--)
		if (held[i - 1] == p) {
			held[i - 1] = held[--nheld];
			break;
		}
}

static void
let_go(void *p)
{
	forget(p);
	free(p);
}

static int
hold_vasprintf(char **s, const char *fmt, va_list ap)
{
	int n = vasprintf(s, fmt, ap);

	if (n != -1)
		(void)hold(*s);
	return n;
}

static void *
hold_realloc(void *p, size_t size)
{
	forget(p);
	return hold(realloc(p, size));
}

#define strdup(s) hold((strdup)(s))
#define vasprintf hold_vasprintf
#define realloc hold_realloc
#define free let_go
#include "libcommon/imagespec.c"
#include "libcommon/tool/strv.c"
#include "cmd/wx-run/plan/plan.c"
#include "cmd/wx-run/plan/store.c"
#include "cmd/wx-run/request/agentkeys.c"
#include "cmd/wx-run/request/networkkeys.c"
#include "cmd/wx-run/request/prescan.c"
#include "cmd/wx-run/request/profile.c"
#include "cmd/wx-run/request/publish.c"
#include "cmd/wx-run/request/values.c"
#include "cmd/wx-run/secret/secret.c"
#undef free

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void
usermount_ask(struct request *r, const char *src, const char *dest, bool rw, bool optional)
{
	if (*src != '/' && *src != '~')
		abort();
	if (r->mounts.n == r->mounts.cap)
		r->mounts.v = xgrow(r->mounts.v, &r->mounts.cap, sizeof(*r->mounts.v));
	r->mounts.v[r->mounts.n++] = (struct mount_request){ .src = xstrdup(src),
	    .dest = dest == NULL ? NULL : xstrdup(dest), .rw = rw, .optional = optional };
}

/* A message is one line that a terminal can show. */
static void
check_message(const char *bad)
{
	for (; *bad != '\0'; bad++)
		if ((unsigned char)*bad < 0x20 || (unsigned char)*bad >= 0x7f)
			abort();
}

/* What was accepted can be had as options too. */
static void
check_request(const struct request *r)
{
	uint64_t n;
	size_t i;

	if ((r->memory != NULL && wx_size(r->memory, &n) == -1) ||
	    (r->pids != NULL && !parse_count(r->pids, PIDS_MAX, &n)) ||
	    (r->cpus != NULL && !parse_count(r->cpus, CPUS_MAX, &n)) ||
	    (r->seconds != NULL && !(strtod(r->seconds, NULL) > 0)) ||
	    (r->net != NULL && parse_net(r->net) == -1))
		abort();
	for (i = 0; i < r->env.n; i++)
		if (!env_name_allowed(r->env.v[i].name, strlen(r->env.v[i].name)))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The exact size, so that the sanitizer sees a read behind the NUL. */
	char *text = malloc(size + 1);
	struct request r = { .env_fd = -1 };
	const char *bad;

	if (text == NULL || size > PROFILE_MAX) {
		free(text);
		return 0;
	}
	memcpy(text, data, size);
	text[size] = '\0';
	bad = profile_parse(&r, text, size, NULL);
	if (bad != NULL)
		check_message(bad);
	else
		check_request(&r);
	free(text);
	while (nheld > 0)
		free(held[--nheld]);
	return 0;
}
