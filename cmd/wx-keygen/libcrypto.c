/* SPDX-License-Identifier: MIT */
#include "libcrypto.h"

#include <sys/random.h>

#include <unistd.h>

/* RAND_set_rand_method is deprecated for one of a provider's, which is a program of its own. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/rand.h>

#define ENTROPY_MAX 256   /* what getentropy(3) gives at once */

/*
 * OpenSSL's own generator is one of AES in counter mode, seeded by another, seeded by the kernel.
 * A key wants 32 bytes. 1, or 0, by which libssh fails.
 */
static int
from_kernel(unsigned char *buf, int n)
{
	size_t left = n > 0 ? (size_t)n : 0, step;

	for (; left > 0; buf += step, left -= step) {
		step = left < ENTROPY_MAX ? left : ENTROPY_MAX;
		if (getentropy(buf, step) == -1)
			return 0;
	}
	return 1;
}

static int
always(void)
{
	return 1;
}

bool
libcrypto_begin(void)
{
	static const RAND_METHOD kernel = { .bytes = from_kernel, .pseudorand = from_kernel,
	    .status = always };

	return OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
	    OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS, NULL) == 1 &&
	    RAND_set_rand_method(&kernel) == 1;
}
