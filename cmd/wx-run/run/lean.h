/* SPDX-License-Identifier: MIT */
#ifndef LEAN_H
#define LEAN_H

/*
 * Let go of the pages of program and libraries that were needed to come so far;
 * what is needed again the kernel maps again, from its cache. For a process that
 * will wait for hours.
 */
void lean(void);

#endif
