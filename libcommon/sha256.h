/* SPDX-License-Identifier: MIT */
#ifndef WX_SHA256_H
#define WX_SHA256_H

#include <stddef.h>

#define WX_SHA256_LEN 32

/*
 * Store the SHA-256 of LEN bytes in OUT (FIPS 180-4). Most tools need a hash only for fingerprints of public keys, and
 * a crypto library costs 10 ms to load.
 */
void wx_sha256(const void *data, size_t len, unsigned char out[static WX_SHA256_LEN]);

#endif
