/* SPDX-License-Identifier: MIT */
#include "kinds.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/gitconfig.h"

/* Keys whose value is a command line, or a part of one: "section.key" of git-config(1). */
static const char *const programs[] = { "core.fsmonitor", "core.sshcommand", "core.editor",
	"core.pager", "core.askpass", "core.gitproxy", "core.alternaterefscommand",
	"diff.external", "diff.textconv", "diff.command", "difftool.cmd", "difftool.path",
	"mergetool.cmd", "mergetool.path", "merge.driver", "filter.clean", "filter.smudge",
	"filter.process", "gpg.program", "gpg.defaultkeycommand", "sequence.editor",
	"credential.helper", "interactive.difffilter", "uploadpack.packobjectshook",
	"sendemail.smtpserver", "sendemail.sendmailcmd", "sendemail.tocmd", "sendemail.cccmd",
	"sendemail.headercmd", "imap.tunnel", "submodule.update", "remote.uploadpack",
	"remote.receivepack", "remote.vcs", "browser.cmd", "man.cmd", "hook.command", NULL };

/* What the value of a key is to git; 0: nothing that is looked for here. */
static char
meaning(const char *section, const char *key)
{
	const char *const *p;
	size_t n = strlen(section);

	if (strcmp(section, "core") == 0 && strcmp(key, "hookspath") == 0)
		return 'h';
	if ((strcmp(section, "include") == 0 || strcmp(section, "includeif") == 0) &&
	    strcmp(key, "path") == 0)
		return 'i';
	if (strcmp(section, "remote") == 0 && (strcmp(key, "url") == 0 || strcmp(key, "pushurl") == 0))
		return 'r';
	if (strcmp(section, "alias") == 0 || strcmp(section, "pager") == 0)
		return 'p';
	for (p = programs; *p != NULL; p++)
		if (strncmp(*p, section, n) == 0 && (*p)[n] == '.' && strcmp(*p + n + 1, key) == 0)
			return 'p';
	return 0;
}

static void
each(const char *section, const char *subsection, const char *key, const char *value, void *user)
{
	char what = meaning(section, key), *copy, *w, *save = NULL;
	struct strv *out = user;

	(void)subsection;
	if (what == 0 || *value == '\0')
		return;
	if (what != 'p') {
		strv_addf(out, "%c%s", what, value);
		return;
	}
	copy = xstrdup(value);
	for (w = strtok_r(copy, " \t\n!'\"=;&|()", &save); w != NULL;
	    w = strtok_r(NULL, " \t\n!'\"=;&|()", &save))
		strv_addf(out, "p%s", w);
	free(copy);
}

bool
gitnames(const char *text, size_t len, struct strv *out)
{
	return wx_gitconfig_read(text, len, each, out);
}
