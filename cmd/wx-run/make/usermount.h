/* SPDX-License-Identifier: MIT */
#ifndef USERMOUNT_H
#define USERMOUNT_H

#include "request/request.h"

/* Those that R asks for, to P. Dies with a line that says what is wrong with one. */
void usermount_add(const struct request *r, struct plan *p);

/* SRC of the host, read-only, at its own path: what -m SRC refuses is refused. */
void usermount_show(struct plan *p, const char *src);

/* When all mounts of P are there: none lies on a link in what can be written inside. Dies with a line. */
void usermount_refuse_links(const struct plan *p);

#endif
