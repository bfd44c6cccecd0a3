/* SPDX-License-Identifier: MIT */
/* The configuration of a project, and the URL of its origin. */
#include <stdint.h>

#include "libcommon/gitconfig.h"
#include "cmd/wx-origin/url.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
each(const char *section, const char *subsection, const char *key, const char *value, void *user)
{
	struct url u;

	(void)user;
	if (strlen(section) >= WX_GITCONFIG_WORD || key[0] == '\0' || strlen(subsection) >= WX_GITCONFIG_WORD)
		abort();
	if (url_parse(value, &u) != NULL)
		return;
	/* What goes on into an argument or an URL. */
	if (u.host[0] == '-' || u.host[0] == '\0' || u.user[0] == '-' || u.repo[0] == '-' ||
	    u.host[strspn(u.host, ALNUM "-._")] != '\0' || u.user[strspn(u.user, ALNUM "-._")] != '\0' ||
	    u.repo[strspn(u.repo, ALNUM "-._/~")] != '\0' || u.port[strspn(u.port, "0123456789")] != '\0' ||
	    strchr(u.repo, '/') == NULL || strstr(u.repo, "//") != NULL || strstr(u.repo, "/../") != NULL ||
	    strncmp(u.repo, "../", 3) == 0 || strrchr(u.repo, '~') > u.repo)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (text == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	(void)wx_gitconfig_read(text, size, each, NULL);
	each("a", "", "a", text, NULL);
	free(text);
	return 0;
}
