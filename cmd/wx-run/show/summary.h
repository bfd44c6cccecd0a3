/* SPDX-License-Identifier: MIT */
#ifndef SUMMARY_H
#define SUMMARY_H

#include <stdio.h>

#include "guard/guard.h"
#include "request/request.h"

/*
 * What a script wants to know of the plan, on FP: lines "KEY<TAB>VALUE", see wrapix-plan(5).
 * No value has a tab or newline: what stands for one is as in escaped().
 */
void summary_write(FILE *fp, const struct request *r, const struct plan *p,
    const struct guards *g);

#endif
