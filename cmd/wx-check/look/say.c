/* SPDX-License-Identifier: MIT */
#include "look.h"

#include <stdio.h>

bool
say(bool ok, const char *name, const char *what, const char *mend)
{
	(void)printf("%s %s: %s%s%s\n", ok ? "ok" : "no", name, what,
	    ok || mend == NULL ? "" : "; mend: ", ok || mend == NULL ? "" : mend);
	return ok;
}
