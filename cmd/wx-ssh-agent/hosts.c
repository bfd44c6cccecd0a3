/* SPDX-License-Identifier: MIT */
#include "hosts.h"

#include <sys/types.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base64.h"
#include "libcommon/exitcode.h"
#include "libcommon/pubkey.h"
#include "libcommon/tool/capture.h"

#define ANSWER_MAX (1 << 20) /* bytes of the lines of one host */

/* What ssh-keygen says, which knows of hashed names and of patterns; a string to be freed. It fails where it finds
 * nothing. */
static char *
ask(const char *known_hosts, const char *host)
{
	const char *const argv[] = { "ssh-keygen", "-F", host, "-f", known_hosts, NULL };
	const char *const envp[] = { NULL };
	char *text = malloc(ANSWER_MAX);
	struct capture c;

	if (text == NULL || capture_start(&c, argv, envp) == -1)
		err(WX_CHAIN, "cannot run 'ssh-keygen'");
	if (capture_finish(&c, text, ANSWER_MAX, 0) == -1)
		*text = '\0';
	return text;
}

static const char *
next_word(const char *s)
{
	s += strcspn(s, " \t");
	return s + strspn(s, " \t");
}

/* The key of LINE, if its marker is MARKER ("": none); its bytes, or -1. */
static ssize_t
key_of(const char *line, const char *marker, unsigned char raw[static WX_PUBKEY_RAW_MAX])
{
	size_t len = strcspn(line, " \t");
	struct wx_pubkey key;

	if (*line == '@' || *marker != '\0') {
		if (len != strlen(marker) || strncmp(line, marker, len) != 0)
			return -1;
		line = next_word(line);
	}
	line = next_word(line);
	if (wx_pubkey_parse(line, strlen(line), &key) != WX_PUBKEY_OK)
		return -1;
	return wx_base64_decode(key.blob, key.blob_len, raw, WX_PUBKEY_RAW_MAX);
}

/* Is the key one that a line of TEXT, of which lines end in NUL, revokes? */
static bool
is_revoked(const char *text, const char *end, const unsigned char *raw, ssize_t len)
{
	unsigned char other[WX_PUBKEY_RAW_MAX];

	for (; text < end; text += strlen(text) + 1)
		if (key_of(text, "@revoked", other) == len && memcmp(other, raw, (size_t)len) == 0)
			return true;
	return false;
}

unsigned
hosts_find(struct policy *p, const char *known_hosts, const char *host)
{
	char *text = ask(known_hosts, host), *end = text + strlen(text), *line;
	unsigned char raw[WX_PUBKEY_RAW_MAX];
	unsigned before = p->nhosts;
	ssize_t len;

	for (line = text; line < end; line++)
		if (*line == '\n')
			*line = '\0';
	for (line = text; line < end; line += strlen(line) + 1) {
		len = key_of(line, "", raw);
		if (len <= 0 || is_revoked(text, end, raw, len))
			continue;
		if (policy_host(p, raw, (size_t)len) == -1)
			errx(WX_CHAIN, "too many host keys of '%s'", host);
	}
	free(text);
	return p->nhosts - before;
}
