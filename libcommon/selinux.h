/* SPDX-License-Identifier: MIT */
#ifndef WX_SELINUX_H
#define WX_SELINUX_H

#include <stdbool.h>

/* Does SELinux enforce (selinux(8))? False where it is not there. */
bool wx_selinux_enforcing(void);

#endif
