/* SPDX-License-Identifier: MIT */
/* wx-run: what wx-egress says, which the process that talks to the sandbox can make up. */
#include <sys/mman.h>

#include <stdint.h>

#include "cmd/wx-run/net/decisions.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
state_lock(const struct plan *p)
{
	(void)p;
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* A terminal, and a reader of JSON lines, are to see nothing but text. */
static void
check_text(const char *s, size_t len)
{
	for (; len > 0; s++, len--)
		if (((unsigned char)*s < 0x20 && *s != '\n') || (unsigned char)*s >= 0x7f)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decisions d = { .in = memfd_create("in", MFD_CLOEXEC), .file = memfd_create("out", MFD_CLOEXEC),
	    .path = strdup("/log"), .line = malloc(DECISIONS_LINE) };
	char *text = NULL;
	size_t len = 0;
	FILE *fp = open_memstream(&text, &len), *saved = stderr;

	if (d.in == -1 || d.file == -1 || d.line == NULL || fp == NULL || wx_write_all(d.in, data, size) == -1 ||
	    lseek(d.in, 0, SEEK_SET) == -1)
		abort();
	decisions_end(&d);
	if (d.in != -1 || d.written > size + 1 || d.n > DECISIONS_HOSTS)
		abort();
	stderr = fp;
	decisions_say(&d);
	stderr = saved;
	decisions_json(&d, fp);
	if (fclose(fp) == EOF)
		abort();
	check_text(text, len);
	free(text);
	free(d.v);
	free(d.line);
	free(d.path);
	return 0;
}
