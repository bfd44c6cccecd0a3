/* SPDX-License-Identifier: MIT */
#include "lean.h"

#include <sys/mman.h>

#include <link.h>
#include <stdint.h>
#include <unistd.h>

/*
 * Segments that were never writable: of a private mapping without changes of its
 * own MADV_DONTNEED drops the map and no data (madvise(2)). The writable ones hold
 * the relocations and stay.
 */
static int
drop(struct dl_phdr_info *o, size_t size, void *unused)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from, to;
	const ElfW(Phdr) *h;
	int i;

	(void)size;
	(void)unused;
	for (i = 0; i < o->dlpi_phnum; i++) {
		h = &o->dlpi_phdr[i];
		if (h->p_type != PT_LOAD || (h->p_flags & PF_W) != 0)
			continue;
		from = (o->dlpi_addr + h->p_vaddr) & ~(page - 1);
		to = (o->dlpi_addr + h->p_vaddr + h->p_filesz + page - 1) & ~(page - 1);
		(void)madvise((void *)from, to - from, MADV_DONTNEED);
	}
	return 0;
}

void
lean(void)
{
	(void)dl_iterate_phdr(drop, NULL);
}
