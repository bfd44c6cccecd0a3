/* SPDX-License-Identifier: MIT */
#ifndef NETWORKKEYS_H
#define NETWORKKEYS_H

#include "values.h"

/* Of a profile's keys for the network "listed". What an entry says wx-egress checks. */
value_set entries_set;    /* AT: struct strv; an object becomes JSON on one line */
value_set forwards_set;   /* AT: the request's network_forward */
value_set ask_set;          /* AT: a char *: seconds */
value_set parent_set;     /* AT: a char *: "environment", or a URL without a password */
value_set proxy_set;      /* AT: a char *: "true" or "false" */

#endif
