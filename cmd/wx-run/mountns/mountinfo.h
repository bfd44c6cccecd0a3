/* SPDX-License-Identifier: MIT */
#ifndef MOUNTINFO_H
#define MOUNTINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/plan.h"

/* Of each mount of a plan: the number of the mount that is to be seen at its DEST
 * (statx(2), stx_mnt_id), or 0 where that is none of its own. The caller frees it. */
typedef uint64_t mount_id;

/*
 * Are the mounts of a sandbox those of P? FD: its mountinfo (proc(5)), IDS: one of each
 * mount of P. Each is in the list, read-only as it should be, nosuid and nodev; and there
 * is none that neither P names, nor the engine makes for itself (the table in
 * mountinfo.c), nor lies on the host below what was bound. False after one line
 * that names it.
 */
bool mountinfo_agrees(const struct plan *p, int fd, const mount_id *ids);

#endif
