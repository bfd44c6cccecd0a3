/* SPDX-License-Identifier: MIT */
#include "sshconf.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

#include "libcommon/exitcode.h"
#include "libcommon/shellword.h"

/* K/NAME as a value of ssh_config(5): in quotes, a percent sign doubled. */
static void
path(const struct builder *b, const char *name, char out[static 2 * PATH_MAX])
{
	const char *parts[] = { b->keys, "/", name }, *p;
	size_t i, n = 0;

	out[n++] = '"';
	for (i = 0; i < 3; i++)
		for (p = parts[i]; *p != '\0'; p++) {
			if (*p == '"' || *p == '\\' || *p == '\n' || (*p == '$' && p[1] == '{') || n + 4 > 2 * PATH_MAX)
				errx(own(WX_FAIL), "cannot say '%s' to ssh: a quote, backslash, \"${\" or line end is in the path, or it is "
				    "too long; set XDG_DATA_HOME to another", b->keys);
			if (*p == '%')
				out[n++] = '%';
			out[n++] = *p;
		}
	out[n++] = '"';
	out[n] = '\0';
}

char *
sshconf_block(const struct builder *b)
{
	char key[2 * PATH_MAX], known[2 * PATH_MAX];

	path(b, "nix", key);
	path(b, "known_hosts", known);
	return xprintf("Host %s\n"
	    "  HostName 127.0.0.1\n"
	    "  Port %d\n"
	    "  User " BUILDER_USER "\n"
	    "  HostKeyAlias %s\n"
	    "  HostKeyAlgorithms ssh-ed25519\n"
	    "  UserKnownHostsFile %s\n"
	    "  GlobalKnownHostsFile /dev/null\n"
	    "  StrictHostKeyChecking yes\n"
	    "  UpdateHostKeys no\n"
	    "  IdentityFile %s\n"
	    "  IdentitiesOnly yes\n"
	    "  IdentityAgent none\n"
	    "  PasswordAuthentication no\n"
	    "  KbdInteractiveAuthentication no\n"
	    "  ClearAllForwardings yes\n"
	    "  ForwardAgent no\n"
	    "  ForwardX11 no\n",
	    b->host, b->port, b->host, known, key);
}

char *
sshconf_words(char *const command[])
{
	char *text = NULL, *old, *word;
	size_t cap;

	for (; *command != NULL; command++) {
		cap = 4 * strlen(*command) + 16;
		word = malloc(cap);
		if (word == NULL)
			err(own(WX_TEMP), "cannot allocate memory");
		(void)wx_shell_word(*command, word, cap);
		old = text;
		/* In the place of the shell, so that its end and its signals are the command's. */
		text = xprintf("%s %s", old == NULL ? "exec" : old, word);
		free(old);
		free(word);
	}
	return text;
}

char *
sshconf_command(const struct builder *b, char *const command[])
{
	char key[2 * PATH_MAX], known[2 * PATH_MAX], *far = sshconf_words(command), *all, *old;
	const char *options[] = { "IdentitiesOnly=yes", "IdentityAgent=none", "StrictHostKeyChecking=yes",
	    "UpdateHostKeys=no", "HostKeyAlgorithms=ssh-ed25519", "GlobalKnownHostsFile=/dev/null", NULL };
	char *values[4], word[4 * PATH_MAX];
	size_t i;

	path(b, "shell", key);
	path(b, "known_hosts", known);
	values[0] = xprintf("IdentityFile=%s", key);
	values[1] = xprintf("UserKnownHostsFile=%s", known);
	values[2] = xprintf("HostKeyAlias=%s", b->host);
	values[3] = NULL;
	all = xprintf("ssh -F none -p %d", b->port);
	for (i = 0; values[i] != NULL; i++) {
		old = all;
		all = xprintf("%s -o %s", old, wx_shell_word(values[i], word, sizeof(word)));
		free(old);
		free(values[i]);
	}
	for (i = 0; options[i] != NULL; i++) {
		old = all;
		all = xprintf("%s -o %s", old, options[i]);
		free(old);
	}
	old = all;
	if (far == NULL) {
		all = xprintf("%s " BUILDER_USER "@127.0.0.1", old);
	} else {
		char *quoted = malloc(4 * strlen(far) + 16);

		if (quoted == NULL)
			err(own(WX_TEMP), "cannot allocate memory");
		all = xprintf("%s " BUILDER_USER "@127.0.0.1 -- %s", old,
		    wx_shell_word(far, quoted, 4 * strlen(far) + 16));
		free(quoted);
	}
	free(old);
	free(far);
	return all;
}
