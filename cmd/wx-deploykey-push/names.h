/* SPDX-License-Identifier: MIT */
#ifndef NAMES_H
#define NAMES_H

/* Names that go into a URL or a request. Each: NULL if it is one, else why not. */

/* OWNER/NAME as GitHub allows it: letters, digits, '-' and '_', in NAME '.' too. */
const char *names_repo(const char *s);

/* One line of printable UTF-8, TITLE_LEN bytes at the most, not empty. */
const char *names_title(const char *s);

#endif
