/* SPDX-License-Identifier: MIT */
#ifndef LIST_H
#define LIST_H

#include "want.h"

/* List and audit the operands, folders or keys. WX_FAIL if any key is not ok. */
int list_run(const struct want *w);

#endif
