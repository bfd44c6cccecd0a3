/* SPDX-License-Identifier: MIT */
#ifndef ARCHIVE_H
#define ARCHIVE_H

#include <signal.h>

enum archive { ARCHIVE_DOCKER, ARCHIVE_OCI };

/*
 * Copy the archive of one image, a tar as docker save makes it or that of an OCI layout,
 * from IN to OUT, without the names that it gives itself: podman would take these away
 * from the user's own images. NULL, or what is wrong, to follow the archive's name: it
 * is cut off, holds no image or several, or OUT is full. *STOP: give up. Parses what
 * others made; nothing of it is in the message.
 */
const char *archive_copy(int in, int out, enum archive kind,
    const volatile sig_atomic_t *stop);

#endif
