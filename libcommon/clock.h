/* SPDX-License-Identifier: MIT */
#ifndef WX_CLOCK_H
#define WX_CLOCK_H

#include <stdint.h>

/* Milliseconds of the monotonic clock (CLOCK_MONOTONIC). */
int64_t wx_clock_ms(void);

/* The same, counting suspended time where the system can (CLOCK_BOOTTIME). */
int64_t wx_clock_boot_ms(void);

/* wx_clock_ms in seconds. */
double  wx_clock_seconds(void);

#define WX_CLOCK_TEXT 32

/* Store the current UTC time in OUT as in RFC 3339: "2026-11-29T07:12:03.114Z". */
void    wx_clock_text(char out[static WX_CLOCK_TEXT]);

#endif
