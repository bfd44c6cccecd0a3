/* SPDX-License-Identifier: MIT */
/* PKGS: libcjson */
/* A file of a route. One that is taken leads only where its upstream says, and its rules allow no path in two readings. */
#include <assert.h>
#include <stdint.h>

#include <err.h>
#define warnx(...) ((void)0)
#include "cmd/wx-api-broker/route/json.c"
#include "cmd/wx-api-broker/route/route.c"
#include "cmd/wx-api-broker/route/rule.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *file;
static size_t file_size;

ssize_t
routefile_read(const char *what, char path[static PATH_MAX], char *buf, size_t cap)
{
	(void)what;
	*path = '\0';
	if (file_size >= cap)
		return -1;
	memcpy(buf, file, file_size);
	buf[file_size] = '\0';
	return (ssize_t)file_size;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct define define = { "repo=me/it", 4, "me/it" };
	static struct route r;
	const struct rule *which;
	size_t i;

	file = data;
	file_size = size;
	if (!route_read(&r, "fuzz", &define, 1))
		return 0;
	assert(strncmp(r.upstream, "https://", 8) == 0 || strncmp(r.upstream, "http://127.0.0.1", 16) == 0 || strncmp(r.upstream, "http://[::1]", 12) == 0);
	assert(strpbrk(r.upstream + 8, "/@?# ") == NULL);
	for (i = 0; i < r.nauth; i++)
		assert(strstr(r.auth[i].format, "{}") != NULL && strpbrk(r.auth[i].header, "\r\n: ") == NULL && r.auth[i].header[0] != '\0');
	for (i = 0; i < r.nrules; i++)
		assert(r.rules[i].path[0] == '/' && r.rules[i].methods != 0);
	(void)route_auth(&r, "claude-oauth");
	for (i = 0; i < METHODS; i++)
		assert(rule_find(r.rules, r.nrules, (int)i, "/a/../b", 7, &which) == RULE_TARGET);
	return 0;
}
