/* SPDX-License-Identifier: MIT */
/* wx-image's copy of an image's archive: no crash, and what comes out has no name in it
 * and goes through once more as it is. */
#include "cmd/wx-image/archive.c"

#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
file_of(const void *data, size_t len)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd == -1 || wx_write_all(fd, data, len) == -1 || lseek(fd, 0, SEEK_SET) == -1)
		abort();
	return fd;
}

/* The input is a kind, and headers whose sums are mended, so that more gets through. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const volatile sig_atomic_t never;
	enum archive kind = size > 0 && *data % 2 == 1 ? ARCHIVE_OCI : ARCHIVE_DOCKER;
	static char text[1 << 20], out[1 << 21], again[1 << 21];
	unsigned sum;
	size_t i, j;
	ssize_t n, m;
	int in, to, second;

	if (size < 1 || size > sizeof(text) - BLOCK)
		return 0;
	memcpy(text, data + 1, --size);
	for (i = 0; i + BLOCK <= size; i += BLOCK) {
		if (memcmp(text + i + 257, "ustar", 5) != 0)
			continue;
		for (sum = 0, j = 0; j < BLOCK; j++)
			sum += j >= 148 && j < 156 ? ' ' : (unsigned char)text[i + j];
		(void)snprintf(text + i + 148, 8, "%06o", sum);
	}
	in = file_of(text, size);
	to = file_of("", 0);
	if (archive_copy(in, to, kind, &never) == NULL) {
		n = pread(to, out, sizeof(out), 0);
		if (n < 2 * BLOCK || lseek(to, 0, SEEK_SET) != 0)
			abort();
		second = file_of("", 0);
		if (archive_copy(to, second, kind, &never) != NULL)
			abort();
		m = pread(second, again, sizeof(again), 0);
		if (n != m || memcmp(out, again, (size_t)n) != 0)
			abort();
		(void)close(second);
	}
	(void)close(in);
	(void)close(to);
	return 0;
}
