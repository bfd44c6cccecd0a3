/* SPDX-License-Identifier: MIT */
/* The reader of git's index: any bytes, and what it promises of them. */
#include "cmd/wx-run/git/gitindex.c"
#include "cmd/wx-run/base/words.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The first byte chooses the hash; the rest, in its exact size, is the index. */
	size_t hash = size > 0 && (data[0] & 1) != 0 ? 32 : 20, len = size > 0 ? size - 1 : 0, i;
	unsigned char *copy = malloc(len + 1);
	char base[GITINDEX_NAME];
	struct words links = { 0 };
	int rc;

	if (copy == NULL)
		return 0;
	memcpy(copy, data + (size > 0), len);
	memset(base, 'x', sizeof(base));
	rc = gitindex_links(copy, len, hash, &links, base);
	if ((rc != 0 && rc != -1) || memchr(base, '\0', sizeof(base)) == NULL ||
	    (rc == 0 && *base != '\0' && strlen(base) != 2 * hash) || links.n > LINKS_MAX)
		abort();
	for (i = 0; i < links.n; i++) {
		if (*links.v[i] == '\0' || strlen(links.v[i]) >= PATH_MAX)
			abort();
		free(links.v[i]);
	}
	free(links.v);
	free(copy);
	return 0;
}
