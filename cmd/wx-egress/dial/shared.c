/* SPDX-License-Identifier: MIT */
#include "dial.h"
#include "libcommon/sha256.h"

/* Never 0, which is an empty slot. */
static uint64_t
mark_of(const struct shared *s, unsigned entry, const char *name)
{
	unsigned char text[sizeof(s->key) + sizeof(entry) + WX_HOSTNAME_MAX] = { 0 }, sum[WX_SHA256_LEN];
	size_t len = strnlen(name, WX_HOSTNAME_MAX - 1);
	uint64_t mark;

	memcpy(text, s->key, sizeof(s->key));
	memcpy(text + sizeof(s->key), &entry, sizeof(entry));
	memcpy(text + sizeof(s->key) + sizeof(entry), name, len + 1);
	wx_sha256(text, sizeof(text), sum);
	memcpy(&mark, sum, sizeof(mark));
	return mark != 0 ? mark : 1;
}

bool
shared_name(struct shared *s, unsigned entry, const char *name)
{
	uint64_t mark, empty;
	size_t i, at;

	if (entry >= SHARED_IDS)
		return false;
	mark = mark_of(s, entry, name);
	for (i = 0; i < SHARED_SLOTS; i++) {
		at = (size_t)(mark + i) % SHARED_SLOTS;
		if (atomic_load(&s->slots[at]) == mark)
			return true;
		if (atomic_load(&s->slots[at]) != 0)
			continue;
		if (atomic_load(&s->below[entry]) >= WILDCARD_NAMES || atomic_load(&s->used) >= SHARED_SLOTS / 4 * 3)
			return false;
		empty = 0;
		if (!atomic_compare_exchange_strong(&s->slots[at], &empty, mark)) {
			if (empty == mark)
				return true;
			continue;
		}
		(void)atomic_fetch_add(&s->used, 1);
		return atomic_fetch_add(&s->below[entry], 1) < WILDCARD_NAMES;
	}
	return false;
}
