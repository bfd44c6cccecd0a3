/* SPDX-License-Identifier: MIT */
#include "held.h"

#include <err.h>
#include <stdlib.h>

#include "libcommon/exitcode.h"
#include "libcommon/sshagent.h"

#define WAIT_MS 60000 /* an agent may ask its user before it lists */

struct held {
	size_t        len;
	unsigned char text[WX_SSHAGENT_MAX];
};

struct held *
held_ask(const char *path)
{
	static const unsigned char ask = WX_SSHAGENT_LIST;
	struct held *h = malloc(sizeof(*h));
	ssize_t n;

	if (h == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	n = wx_sshagent_ask(path, &ask, 1, h->text, sizeof(h->text), WAIT_MS);
	if (n == -1)
		err(WX_CHAIN, "cannot ask the ssh-agent of '%s'", path);
	if (n == 0 || h->text[0] != WX_SSHAGENT_KEYS)
		errx(WX_CHAIN, "cannot ask the ssh-agent of '%s': no list of keys comes from it; is it locked?", path);
	h->len = (size_t)n;
	return h;
}

bool
held_next(const struct held *h, struct wx_sshwire *at, struct wx_sshwire *key, struct wx_sshwire *comment)
{
	if (at->p == NULL) {
		*at = (struct wx_sshwire){ .p = h->text, .len = h->len };
		/* The kind, and how many there are: they end with the message. */
		if (!wx_sshwire_skip(at, 1 + 4))
			return false;
	}
	return wx_sshwire_string(at, key) && wx_sshwire_string(at, comment);
}

bool
held_has(const struct held *h, const void *key, size_t len)
{
	struct wx_sshwire at = { NULL, 0 }, one, comment;

	while (held_next(h, &at, &one, &comment))
		if (wx_sshwire_same(&one, key, len))
			return true;
	return false;
}
