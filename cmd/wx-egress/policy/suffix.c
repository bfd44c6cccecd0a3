/* SPDX-License-Identifier: MIT */
#include <libpsl.h>

#include "policy.h"

/*
 * With the list that the library was built with; a name of one label that is not in it counts as
 * public too, as the list's own algorithm has it.
 */
bool
suffix_public(const char *name)
{
	const psl_ctx_t *psl = psl_builtin();

	return psl == NULL || psl_is_public_suffix2(psl, name, PSL_TYPE_ANY) == 1;
}

bool
suffix_listed(const char *name)
{
	const psl_ctx_t *psl = psl_builtin();

	return psl == NULL || psl_is_public_suffix2(psl, name, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) == 1;
}
