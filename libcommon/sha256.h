/* SPDX-License-Identifier: MIT */
#ifndef WX_SHA256_H
#define WX_SHA256_H

#include <stddef.h>

#define WX_SHA256_LEN 32

/*
 * The SHA-256 of LEN bytes (FIPS 180-4). For fingerprints of public keys, which
 * are the only hash that most tools need: a crypto library costs 10 ms to load.
 */
void wx_sha256(const void *data, size_t len, unsigned char out[static WX_SHA256_LEN]);

#endif
