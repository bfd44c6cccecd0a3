/* SPDX-License-Identifier: MIT */
#ifndef WX_VERSION_H
#define WX_VERSION_H
#define WX_VERSION "0.1.0"
#endif
