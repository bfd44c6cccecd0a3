/* SPDX-License-Identifier: MIT */
/* The reader of store_paths: any bytes, and what it promises of them. All paths are there. */
#include <sys/stat.h>

#include <stdint.h>

static int
there(const char *path, struct stat *st)
{
	(void)st;
	return path[0] == '/' ? 0 : -1;
}

#define lstat there
#include "cmd/wx-run/plan/store.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The exact size, so that the sanitizer sees a read behind the NUL. */
	char *text = malloc(size + 1);
	struct store s = { 0 };
	const char *bad;
	unsigned line = 0;
	size_t i;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	bad = store_parse(text, size, &s.paths, &line);
	if (bad != NULL && (line < 1 || line > size || strpbrk(bad, "\n\033") != NULL))
		abort();
	for (i = 0; i < s.paths.n; i++) {
		if (strncmp(s.paths.v[i], "/nix/store/", 11) != 0 || strchr(s.paths.v[i] + 11, '/') != NULL ||
		    strstr(s.paths.v[i], "..") == s.paths.v[i] + 11)
			abort();
		if (bad == NULL && (!store_has(&s, s.paths.v[i]) ||
		    (i > 0 && strcmp(s.paths.v[i - 1], s.paths.v[i]) >= 0)))
			abort();
	}
	for (i = 0; i < s.paths.n; i++)
		free(s.paths.v[i]);
	free(s.paths.v);
	if (bad != NULL && strncmp(bad, "not a", 5) != 0)   /* the one that is not made */
		free((char *)(uintptr_t)bad);
	free(text);
	return 0;
}
