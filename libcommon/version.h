/* SPDX-License-Identifier: MIT */
#ifndef WX_VERSION_H
#define WX_VERSION_H
#define WX_VERSION "0.2.0"
#endif
