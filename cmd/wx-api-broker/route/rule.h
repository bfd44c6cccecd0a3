/* SPDX-License-Identifier: MIT */
#ifndef RULE_H
#define RULE_H

#include <stdbool.h>
#include <stddef.h>

#define RULE_PATH   256
#define RULE_NAME   64
#define RULE_PARAMS 16

/* The methods that a rule may name, as bits. */
enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE, METHODS };

/* What is allowed to be asked for. */
struct rule {
	unsigned methods;
	char     path[RULE_PATH];  /* '*' is one step, or a part of one */
	bool     prefix;           /* and what is below it */
	bool     any_query;
	char     query[RULE_PARAMS][RULE_NAME]; /* parameters that may be there */
	size_t   nquery;
	bool     open;             /* neither the guest's word is wanted, nor a secret added */
};

/* The method S of LEN bytes, or -1. */
int         rule_method(const char *s, size_t len);
const char *rule_method_name(int method);

/* What is wrong with such a path of a rule; NULL: nothing. */
const char *rule_path_fault(const char *path);

/* Why a request is not allowed, in the order in which it is looked at. */
enum refusal { RULE_OK, RULE_TARGET, RULE_PATH_NOT, RULE_METHOD_NOT, RULE_QUERY_NOT };

/*
 * The rule of the N at RULES that allows METHOD (of rule_method; -1 is none's) on the LEN bytes of origin-form at
 * TARGET, in *WHICH; else why not. Bytes are compared as they are, and a path that can be read in two ways is
 * never allowed.
 */
enum refusal rule_find(const struct rule *rules, size_t n, int method, const char *target, size_t len,
    const struct rule **which);

#endif
