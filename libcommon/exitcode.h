/* SPDX-License-Identifier: MIT */
#ifndef WX_EXITCODE_H
#define WX_EXITCODE_H

/* The exit codes of all tools; each man page's EXIT STATUS lists those of its tool. */
enum {
	WX_OK      = 0,   /* done, or already so */
	WX_FAIL    = 1,   /* refused or failed; the same call will fail again */
	WX_USAGE   = 2,   /* bad invocation; nothing was attempted */
	WX_TEMP    = 3,   /* network, lock or limit; the same call may work later */
	WX_TIMEOUT = 124, /* a time limit ended the command, as timeout(1) says it */
	WX_CHAIN   = 125, /* a chain-loading tool failed before its exec */
	WX_NOEXEC  = 126, /* the program was found but could not be run */
	WX_NOCMD   = 127, /* the program was not found */
};

#endif
