/* SPDX-License-Identifier: MIT */
#ifndef POD_H
#define POD_H

#include <stdio.h>

#include "plan.h"

/* Names in the cluster that a Pod refers to, and that are not of one project. */
#define POD_CLAIM "workspace"      /* persistentVolumeClaim: the project */
#define POD_ENV   "wrapix-env"     /* secret: variables (-E, -v NAME) */
#define POD_FILES "wrapix-files"   /* secret: files of /run/secrets (-F) */

/*
 * Write P as a Pod of the Pod Security level "restricted", in JSON, the same bytes for the same plan; without a network
 * as a List of a NetworkPolicy and the Pod. No secret and no path of the host is in it. Dies with a line if there is no
 * memory; errors of FP stay in FP.
 */
void pod_write(FILE *fp, const struct plan *p);

#endif
