/* SPDX-License-Identifier: MIT */
#include "gitssh.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base64.h"
#include "libcommon/exitcode.h"
#include "libcommon/sshwire.h"

/*
 * A path of the folder's stands in it as it is, see base_path of folder.c. Of the keys ssh is
 * given the public halves, and so asks the agent for these alone; the private ones it never sees.
 */
static const char form[] = "ssh -F /dev/null -o IdentityAgent=%s" FOLDER_GIVEN_SOCKET
    " -o IdentitiesOnly=yes -o UserKnownHostsFile=%s/known_hosts -o GlobalKnownHostsFile=/dev/null"
    " -o StrictHostKeyChecking=yes -o UpdateHostKeys=no -o BatchMode=yes"
    " -o PreferredAuthentications=publickey";

static void
write_public(const struct folder *f, const char *name, const unsigned char *blob, size_t len)
{
	struct wx_sshwire r = { .p = blob, .len = len }, type;
	char *line = malloc(len + WX_BASE64_LEN(len) + 3);
	size_t n;

	if (line == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	if (!wx_sshwire_string(&r, &type))
		type.len = 0;
	memcpy(line, type.p, type.len);
	n = type.len;
	line[n++] = ' ';
	n += wx_base64_encode(blob, len, line + n);
	line[n++] = '\n';
	folder_write(f, name, line, n);
	free(line);
}

static bool
logs_in(const struct policy *p, unsigned key)
{
	unsigned i;

	for (i = 0; i < p->nuses; i++)
		if (p->uses[i].key == key && p->uses[i].dest != POLICY_SIGN)
			return true;
	return false;
}

void
gitssh_set(const struct folder *f, const struct policy *p)
{
	char *text = NULL, name[32];
	FILE *fp;
	size_t len = 0;
	unsigned i, n = 0;

	fp = open_memstream(&text, &len);
	if (fp == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	(void)fprintf(fp, form, f->path, f->path);
	for (i = 0; i < p->nkeys; i++) {
		if (!logs_in(p, i))
			continue;
		(void)snprintf(name, sizeof(name), "%u.pub", ++n);
		write_public(f, name, policy_blob(p, &p->keys[i].blob), p->keys[i].blob.len);
		(void)fprintf(fp, " -o IdentityFile=%s/%s", f->path, name);
	}
	/* Or it would look for those of its own. */
	if (n == 0)
		(void)fputs(" -o IdentityFile=none", fp);
	if (fclose(fp) == EOF)
		err(WX_CHAIN, "cannot allocate memory");
	if (setenv("GIT_SSH_COMMAND", text, 1) == -1 || setenv("GIT_SSH_VARIANT", "ssh", 1) == -1)
		err(WX_CHAIN, "cannot set 'GIT_SSH_COMMAND'");
	free(text);
}
