/* SPDX-License-Identifier: MIT */
#include "tarball.h"

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>


#include "libcommon/exitcode.h"
#include "libcommon/tool/exit.h"

#define BLOCK 512

/* A header of POSIX.1-1988 (ustar), all text; what is not set is NUL. */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100];
	char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

static void
octal(char *field, size_t cap, unsigned long n)
{
	(void)snprintf(field, cap, "%0*lo", (int)cap - 1, n);
}

void
tarball_add(struct tarball *t, const char *name, const char *data, size_t len)
{
	size_t whole = (len + BLOCK - 1) / BLOCK * BLOCK, i;
	struct header h = { .type = data == NULL ? '5' : '0', .magic = "ustar", .version = { '0', '0' } };
	unsigned long sum = 0;

	/* Two blocks more are the end. */
	if (len > sizeof(t->v) || t->n + 3 * BLOCK + whole > sizeof(t->v) || strlen(name) >= sizeof(h.name))
		errx(exit_code(WX_FAIL), "cannot send '%s': too long", name);
	(void)snprintf(h.name, sizeof(h.name), "%s", name);
	octal(h.mode, sizeof(h.mode), data == NULL ? 0700 : 0600);
	octal(h.uid, sizeof(h.uid), 1000);
	octal(h.gid, sizeof(h.gid), 1000);
	octal(h.size, sizeof(h.size), len);
	octal(h.mtime, sizeof(h.mtime), 0);
	/* Of the header with blanks for the sum. */
	memset(h.sum, ' ', sizeof(h.sum));
	for (i = 0; i < BLOCK; i++)
		sum += ((const unsigned char *)&h)[i];
	(void)snprintf(h.sum, sizeof(h.sum) - 1, "%06lo", sum);
	memcpy(t->v + t->n, &h, BLOCK);
	memset(t->v + t->n + BLOCK, 0, whole);
	if (len > 0)
		memcpy(t->v + t->n + BLOCK, data, len);
	t->n += BLOCK + whole;
}

void
tarball_end(struct tarball *t)
{
	memset(t->v + t->n, 0, 2 * BLOCK);
	t->n += 2 * BLOCK;
}
