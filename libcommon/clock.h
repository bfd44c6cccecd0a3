/* SPDX-License-Identifier: MIT */
#ifndef WX_CLOCK_H
#define WX_CLOCK_H

#include <stdint.h>

/* Milliseconds since some moment, by a clock that nobody sets. */
int64_t wx_clock_ms(void);

/* The same by one that goes on while the machine sleeps, on a system that has one. */
int64_t wx_clock_boot_ms(void);

/* As wx_clock_ms, in seconds. */
double  wx_clock_seconds(void);

#define WX_CLOCK_TEXT 32

/* The time of day (RFC 3339), "2026-11-29T07:12:03.114Z". */
void    wx_clock_text(char out[static WX_CLOCK_TEXT]);

#endif
