/* SPDX-License-Identifier: MIT */
#ifndef QUOTE_H
#define QUOTE_H

/* S as one word of sh(1). The caller owns it. */
char *quote_sh(const char *s);

/* S in double quotes as git reads it, like a string of C: a value or a subsection of git-config(1), "Syntax", a
 * path in a list of git(1)'s. The caller owns it. */
char *quote_git(const char *s);

#endif
