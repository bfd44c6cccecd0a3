/* SPDX-License-Identifier: MIT */
#ifndef WX_TOOL_EXIT_H
#define WX_TOOL_EXIT_H

/*
 * The code to exit with where a tool's own code is CODE: that, or WX_CHAIN in a process whose
 * other codes are those of a command that it runs (exit_chain was called).
 */
int  exit_code(int code);
void exit_chain(void);

#endif
