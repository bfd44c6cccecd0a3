/* SPDX-License-Identifier: MIT */
#include "await.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "far.h"
#include "ready.h"

#include "libcommon/clock.h"
#include "libcommon/exitcode.h"

static bool
is_alive(const struct builder *b, struct look *l, long long since, long long *looked)
{
	long long now = wx_clock_ms();

	/* Who is to be asked elsewhere is asked by it. */
	far_must(b);
	if (l->pid > 0 && kill((pid_t)l->pid, 0) == -1 && errno == ESRCH)
		return false;
	/* Without its pid, or in case that another has it now. */
	if (now - since < 1000 || now - *looked < 2000)
		return true;
	engine_look(b, l, NULL, NULL);
	*looked = wx_clock_ms();
	return l->state == STATE_RUNNING;
}

static void
rest(long long since)
{
	long long waited = wx_clock_ms() - since;

	(void)poll(NULL, 0, waited < 2000 ? 5 : waited < 10000 ? 20 : 100);
}

void
await_undo(const struct builder *b, bool ours)
{
	if (!ours)
		return;
	engine_remove(b);
	if (*b->far != '\0')
		far_shut(b, 0);
}

_Noreturn void
await_ended(const struct builder *b, bool ours)
{
	engine_last_words(b);
	await_undo(b, ours);
	errx(WX_FAIL, "builder '%s' ended before it was ready", b->name);
}

void
await_ready(const struct builder *b, struct look *l, long long since, long secs, bool ours)
{
	long long deadline = since + secs * 1000, looked = 0, one;
	char why[512];

	for (;;) {
		one = wx_clock_ms() + 10000;
		switch (ready_try(b, one < deadline ? one : deadline, why, sizeof(why))) {
		case READY:
			return;
		case READY_OTHER_KEY:
			await_undo(b, ours);
			errx(WX_FAIL, "cannot verify the host key of '127.0.0.1:%d': %s; if the key was rotated, "
			    "mend it with: wx-builder stop, then start", b->port, why);
		case READY_REFUSED:
			await_undo(b, ours);
			errx(WX_FAIL, "cannot use builder '%s': %s", b->name, why);
		case READY_NOT_YET:
		default:
			break;
		}
		if (!is_alive(b, l, since, &looked))
			await_ended(b, ours);
		if (wx_clock_ms() >= deadline)
			errx(WX_TEMP, "builder '%s' is not ready after %ld seconds: %s", b->name, secs, why);
		rest(since);
	}
}
