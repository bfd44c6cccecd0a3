/* SPDX-License-Identifier: MIT */
#ifndef WX_CADIR_H
#define WX_CADIR_H

#include <stdbool.h>

/*
 * Return whether the directory DIR has hash links, as c_rehash(1) makes them ("0a775a30.0"), so that TLS finds an
 * authority in it without reading all of them.
 */
bool wx_dir_is_hashed(const char *dir);

#endif
