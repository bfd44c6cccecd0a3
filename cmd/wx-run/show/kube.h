/* SPDX-License-Identifier: MIT */
#ifndef KUBE_H
#define KUBE_H

#include <stdio.h>

#include "request/request.h"

/* Names in the cluster that a plan refers to, and that are not of one project. */
#define KUBE_CLAIM "workspace"      /* persistentVolumeClaim: the project */
#define KUBE_ENV   "wrapix-env"     /* secret: variables (-E, -v NAME) */
#define KUBE_FILES "wrapix-files"   /* secret: files of /run/secrets (-F) */

/*
 * Refuse a request that asks for what no Pod can hold: before the plan is made, each
 * with its line, then 125.
 */
void kube_refuse(const struct request *r);

/*
 * Write the plan as a Pod of the Pod Security level "restricted", in JSON, the same
 * bytes for the same plan; without a network as a List of a NetworkPolicy and the Pod.
 * No secret and no path of the host is in it. Errors stay in FP.
 */
void kube_write(FILE *fp, const struct plan *p);

#endif
