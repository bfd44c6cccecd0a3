/* SPDX-License-Identifier: MIT */
#include "chain.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "json.h"
#include "libcommon/clock.h"
#include "libcommon/sha256.h"

/* What stands in a line, in this order and with nothing between: no other text of the same meaning is taken. */
static const char seq_is[] = "{\"seq\":", prev_is[] = ",\"prev\":\"", time_is[] = "\",\"time\":\"", data_is[] = "\",\"data\":";

void
chain_begin(struct head *h)
{
	h->count = 0;
	memset(h->hash, '0', CHAIN_HASH - 1);
	h->hash[CHAIN_HASH - 1] = '\0';
}

void
chain_at(struct head *h, uint64_t count, const char *line, size_t len)
{
	unsigned char sum[WX_SHA256_LEN];
	size_t i;

	wx_sha256(line, len, sum);
	for (i = 0; i < WX_SHA256_LEN; i++)
		(void)snprintf(h->hash + 2 * i, 3, "%02x", sum[i]);
	h->count = count;
}

size_t
chain_make(struct head *h, const char *data, size_t len, char *out, size_t cap)
{
	char now[WX_CLOCK_TEXT];
	int n;

	wx_clock_text(now);
	n = snprintf(out, cap, "%s%" PRIu64 "%s%s%s%s%s%.*s}\n", seq_is, h->count + 1, prev_is, h->hash, time_is, now,
	    data_is, (int)len, data);
	if (n < 0 || (size_t)n >= cap)
		return 0;
	chain_at(h, h->count + 1, out, (size_t)n - 1);
	return (size_t)n;
}

/* Step over WORD at *S. */
static bool
skip(const char **s, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*s, word, len) != 0)
		return false;
	*s += len;
	return true;
}

/* A number as printf writes it: no sign, no zero in front. */
static bool
count_of(const char **s, uint64_t *n)
{
	char *end;

	if (**s < '1' || **s > '9')
		return false;
	errno = 0;
	*n = strtoull(*s, &end, 10);
	*s = end;
	return errno == 0;
}

bool
chain_read(const char *line, size_t len, uint64_t *count, char prev[static CHAIN_HASH])
{
	const char *s = line;

	if (memchr(line, '\0', len) != NULL || !skip(&s, seq_is) || !count_of(&s, count) || !skip(&s, prev_is) ||
	    strspn(s, "0123456789abcdef") != CHAIN_HASH - 1)
		return false;
	memcpy(prev, s, CHAIN_HASH - 1);
	prev[CHAIN_HASH - 1] = '\0';
	s += CHAIN_HASH - 1;
	if (!skip(&s, time_is))
		return false;
	s += strspn(s, "0123456789-T:.Z");
	return skip(&s, data_is) && s < line + len && line[len - 1] == '}' &&
	    json_object(s, (size_t)(line + len - 1 - s));
}

const char *
chain_verify(FILE *fp, uint64_t upto, struct head *h)
{
	static char line[CHAIN_LINE + 1];
	char prev[CHAIN_HASH];
	uint64_t n;
	size_t len;

	chain_begin(h);
	while ((upto == 0 || h->count < upto) && fgets(line, sizeof(line), fp) != NULL) {
		len = strlen(line);
		if (len == 0 || line[len - 1] != '\n')
			return "is unfinished, or too long";
		line[--len] = '\0';
		if (!chain_read(line, len, &n, prev))
			return "is none that wx-log wrote";
		if (n != h->count + 1)
			return "has another number: lines were cut, added or moved";
		if (strcmp(prev, h->hash) != 0)
			return "does not follow the line before it, which was changed";
		chain_at(h, n, line, len);
	}
	if (ferror(fp))
		return "cannot be read";
	return upto != 0 && h->count < upto ? "is not there" : NULL;
}
