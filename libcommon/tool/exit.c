/* SPDX-License-Identifier: MIT */
#include "libcommon/tool/exit.h"

#include <stdbool.h>

#include "libcommon/exitcode.h"

static bool chain;

int
exit_code(int code)
{
	return chain ? WX_CHAIN : code;
}

void
exit_chain(void)
{
	chain = true;
}
