/* SPDX-License-Identifier: MIT */
#include "keychain.h"

#ifdef __APPLE__
#include <sys/wait.h>

#include <err.h>
#include <unistd.h>

#include "child.h"

#define SECURITY  "/usr/bin/security"
#define NO_ITEM   44 /* errSecItemNotFound, cut to a byte */

ssize_t
keychain_read(const struct want *w, struct token *t, char *buf)
{
	static const char *const argv[] = {
		SECURITY, "find-generic-password", "-s", "Claude Code-credentials", "-w", NULL
	};
	size_t len;
	int status;

	if (access(SECURITY, X_OK) == -1)
		return -1;
	token_origin(w, t, "keychain", NULL, "the Keychain's 'Claude Code-credentials'");
	status = child_capture(w, t, argv, buf, &len);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_ITEM)
		return -1;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		errx(w->fail, "cannot read %s: %s failed", t->where, SECURITY);
	return (ssize_t)len;
}
#else
ssize_t
keychain_read(const struct want *w, struct token *t, char *buf)
{
	(void)w;
	(void)t;
	(void)buf;
	return -1;
}
#endif
