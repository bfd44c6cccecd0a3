/* SPDX-License-Identifier: MIT */
#ifndef ATWORK_H
#define ATWORK_H

#include "request/request.h"

/*
 * What R asks for of runs that are at work: list them, stop one or those of a project, run a command
 * in one. The exit status.
 */
int atwork(const struct request *r);

#endif
