/* SPDX-License-Identifier: MIT */
/*
 * The first process of a bwrap sandbox (init.h) as a program of its own, which the build
 * puts into wx-run as bytes. As a copy of wx-run that process cost a tenth of the start:
 * 250 KB to be copied, a dynamic loader, libraries to be relocated, and all of their pages
 * once more at each fork.
 */
#include "fdpass.c"             /* NOLINT(bugprone-suspicious-include) */
#include "init.c"               /* NOLINT(bugprone-suspicious-include): all of it is one program */
#include "memory.c"             /* NOLINT(bugprone-suspicious-include) */
#include "libcommon/fileio.c"   /* NOLINT(bugprone-suspicious-include) */
#include "libcommon/proc.c"     /* NOLINT(bugprone-suspicious-include) */

int
main(int argc, char *argv[])
{
	init_main(argc, argv);
}
