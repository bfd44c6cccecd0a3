/* SPDX-License-Identifier: MIT */
#ifndef WX_TOOL_TEXT_H
#define WX_TOOL_TEXT_H

#include <stddef.h>
#include <stdio.h>

/*
 * open_memstream(3) and its fclose(3), which end the program with a line where there is no memory. After text_close the
 * LEN bytes at *TEXT, and a NUL, are the caller's to free.
 */
FILE *text_open(char **text, size_t *len);
void  text_close(FILE *fp);

#endif
