/* SPDX-License-Identifier: MIT */
#ifndef WX_SELINUX_H
#define WX_SELINUX_H

#include <stdbool.h>

/* Return whether SELinux is in enforcing mode (selinux(8)); false where there is no SELinux. */
bool wx_selinux_enforcing(void);

#endif
