/* SPDX-License-Identifier: MIT */
#ifndef WX_TOOL_EXIT_H
#define WX_TOOL_EXIT_H

/*
 * The code to exit with where a tool's own code is CODE: that, or WX_CHAIN in a process whose
 * other codes are those of a command that it runs (exit_chain was called).
 */
int  exit_code(int code);
void exit_chain(void);

/* End with CODE, if all of standard output could be written; else with a line and exit_code(WX_FAIL). */
_Noreturn void exit_flushed(int code);

#endif
