/* SPDX-License-Identifier: MIT */
#include "libcommon/tool/exit.h"

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"

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

void
exit_flushed(int code)
{
	if (wx_flush(stdout) == -1)
		err(exit_code(WX_FAIL), "cannot write to standard output");
	exit(code);
}
