/* SPDX-License-Identifier: MIT */
#include "sshconf.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>


#include "libcommon/exitcode.h"
#include "libcommon/shellword.h"
#include "libcommon/tool/exit.h"
#include "libcommon/tool/strv.h"

/* A socket's path has 104 bytes at the least (unix(7)); ssh first makes it with 17 more. */
#define MUX_MAX 86

/* NAME as a value of ssh_config(5): in quotes, a percent sign doubled. */
static void
value(const char *name, char out[static 2 * PATH_MAX])
{
	const char *p;
	size_t n = 0;

	out[n++] = '"';
	for (p = name; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\' || *p == '\n' || (*p == '$' && p[1] == '{') || n + 4 > 2 * PATH_MAX)
			errx(exit_code(WX_FAIL), "cannot say '%s' to ssh: a quote, backslash, \"${\" or line end is in the path, or it is "
			    "too long; set XDG_DATA_HOME to another", name);
		if (*p == '%')
			out[n++] = '%';
		out[n++] = *p;
	}
	out[n++] = '"';
	out[n] = '\0';
}

/* K/NAME. */
static void
path(const struct builder *b, const char *name, char out[static 2 * PATH_MAX])
{
	char *whole = xprintf("%s/%s", b->keys, name);

	value(whole, out);
	free(whole);
}

/* What is the same for all. Of key exchanges the fastest that the server has: Nix connects for each build. */
static const char common[] =
    "  User " BUILDER_USER "\n"
    "  HostKeyAlgorithms ssh-ed25519\n"
    "  KexAlgorithms curve25519-sha256\n"
    "  StrictHostKeyChecking yes\n"
    "  UpdateHostKeys no\n"
    "  IdentitiesOnly yes\n"
    "  IdentityAgent none\n"
    "  PreferredAuthentications publickey\n"
    "  PasswordAuthentication no\n"
    "  KbdInteractiveAuthentication no\n"
    "  GSSAPIAuthentication no\n"
    "  ClearAllForwardings yes\n"
    "  ForwardAgent no\n"
    "  ForwardX11 no\n"
    "  PermitLocalCommand no\n"
    "  ServerAliveInterval 15\n"
    "  ServerAliveCountMax 3\n";

/* Connections that share one, and stay for the next build; not where the socket's path would be too long. */
static char *
sharing(const char *mux)
{
	char word[2 * PATH_MAX];

	if (mux == NULL || strlen(mux) > MUX_MAX)
		return xprintf("  ControlMaster no\n  ControlPath none\n");
	value(mux, word);
	return xprintf("  ControlMaster auto\n  ControlPath %s\n  ControlPersist 60\n", word);
}

/* USER and GLOBAL: files of host keys, as they stand there. SHARED: the last lines; freed. */
static char *
block(const char *host, int port, const char *key, const char *user, const char *global, char *shared)
{
	char word[2 * PATH_MAX], *text;

	value(key, word);
	text = xprintf("Host %s\n  HostName 127.0.0.1\n  Port %d\n  HostKeyAlias %s\n  UserKnownHostsFile %s\n"
	    "  GlobalKnownHostsFile %s\n  IdentityFile %s\n%s%s", host, port, host, user, global, word, common, shared);
	free(shared);
	return text;
}

char *
sshconf_block(const struct builder *b)
{
	char known[2 * PATH_MAX], *key = xprintf("%s/nix", b->keys), *mux = xprintf("%s/mux", b->keys), *text;

	path(b, "known_hosts", known);
	text = block(b->host, b->port, key, known, "/dev/null", sharing(mux));
	free(key);
	free(mux);
	return text;
}

char *
sshconf_block_of(const char *host, int port, const char *key, const char *known, const char *mux)
{
	char word[2 * PATH_MAX], *shared = sharing(mux), *of_root;

	/* ssh fails for who may not make the socket; and where all may, another could make it before. */
	of_root = mux == NULL ? xprintf("%s", shared) : xprintf("Match originalhost %s localuser root\n%s", host, shared);
	free(shared);
	/* Nix gives ssh a file of its own for the user's. */
	value(known, word);
	return block(host, port, key, "/dev/null", word, of_root);
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
			err(exit_code(WX_TEMP), "cannot allocate memory");
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
			err(exit_code(WX_TEMP), "cannot allocate memory");
		all = xprintf("%s " BUILDER_USER "@127.0.0.1 -- %s", old,
		    wx_shell_word(far, quoted, 4 * strlen(far) + 16));
		free(quoted);
	}
	free(old);
	free(far);
	return all;
}
