/* SPDX-License-Identifier: MIT */
#include "make.h"

#include <err.h>
#include <stdlib.h>

#include "libcommon/sshagent.h"
#include "libcommon/sshwire.h"

#define WAIT_MS 2000 /* an agent that does not answer is no reason not to run */

static const unsigned char ask_filter[] = "\x1b\0\0\0\x15" WX_SSHAGENT_FILTERED;
static const unsigned char ask_list[] = { WX_SSHAGENT_LIST };

/* Return the number of keys that the agent of the socket PATH lists, or -1. */
static long
count_keys(const char *path)
{
	unsigned char *answer = malloc(WX_SSHAGENT_MAX);
	ssize_t n = -1;
	long keys = -1;

	if (answer != NULL)
		n = wx_sshagent_ask(path, ask_list, sizeof(ask_list), answer, WX_SSHAGENT_MAX, WAIT_MS);
	if (n >= 5 && answer[0] == WX_SSHAGENT_KEYS)
		keys = (long)wx_sshwire_u32(answer + 1);
	free(answer);
	return keys;
}

void
sshagent_warn(const struct plan *p)
{
	unsigned char kind;
	long keys;

	if (p->agent_sock == NULL)
		return;
	if (wx_sshagent_ask(p->agent_sock, ask_filter, sizeof(ask_filter) - 1, &kind, 1, WAIT_MS) == 1 &&
	    kind == WX_SSHAGENT_SUCCESS)
		return;
	keys = count_keys(p->agent_sock);
	if (keys == -1)
		warnx("the ssh-agent of -k does not answer");
	else
		warnx("the ssh-agent of -k has no filter before it: the command can use its %ld key%s at any host, sign "
		    "anything, and remove or lock them; put 'wx-ssh-agent -A -k KEY.pub' before it", keys,
		    keys == 1 ? "" : "s");
}
