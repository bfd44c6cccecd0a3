/* SPDX-License-Identifier: MIT */
#include "gitssh.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "libcommon/exitcode.h"

/*
 * A path of the folder's stands in it as it is, see base_path of folder.c. Of the keys ssh is
 * given the public halves, and so asks the agent for these alone; the private ones it never sees.
 */
static const char form[] = "ssh -F /dev/null -o IdentityAgent=%s" FOLDER_GIVEN_SOCKET
    " -o IdentitiesOnly=yes -o UserKnownHostsFile=%s/known_hosts -o GlobalKnownHostsFile=/dev/null"
    " -o StrictHostKeyChecking=yes -o UpdateHostKeys=no -o BatchMode=yes"
    " -o PreferredAuthentications=publickey";

static unsigned count;

static void
add(const char *line, size_t len, void *folder)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "%u.pub", ++count);
	folder_write(folder, name, line, len);
}

void
gitssh_add(const struct folder *f, const struct held *now, const struct held *before)
{
	struct folder to = *f;

	held_new(now, before, add, &to);
}

unsigned
gitssh_count(void)
{
	return count;
}

void
gitssh_set(const struct folder *f)
{
	char *text = NULL;
	size_t len = 0;
	FILE *fp = open_memstream(&text, &len);
	unsigned i;

	if (fp == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	(void)fprintf(fp, form, f->path, f->path);
	for (i = 1; i <= count; i++)
		(void)fprintf(fp, " -o IdentityFile=%s/%u.pub", f->path, i);
	if (fclose(fp) == EOF)
		err(WX_CHAIN, "cannot allocate memory");
	if (setenv("GIT_SSH_COMMAND", text, 1) == -1 || setenv("GIT_SSH_VARIANT", "ssh", 1) == -1)
		err(WX_CHAIN, "cannot set 'GIT_SSH_COMMAND'");
	free(text);
}
