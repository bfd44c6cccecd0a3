/* SPDX-License-Identifier: MIT */
#include "key.h"

#include <sys/random.h>

#include <string.h>
#include <unistd.h>

/* RAND_set_rand_method is deprecated for one of a provider's, which is a program of its own. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
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

static bool
ed25519_sound(const struct privkey_field *public, const struct privkey_field *private)
{
	unsigned char got[32];
	size_t len = sizeof(got);
	EVP_PKEY *key;
	bool same;

	/* The seed, and the public half once more. */
	if (public->len != 32 || private->len != 64 || memcmp(private->p + 32, public->p, 32) != 0)
		return false;
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, private->p, 32);
	same = key != NULL && EVP_PKEY_get_raw_public_key(key, got, &len) == 1 && len == sizeof(got) &&
	    memcmp(got, public->p, sizeof(got)) == 0;
	EVP_PKEY_free(key);
	return same;
}

/* Is A times B 1, modulo M less LESS? */
static bool
inverse(const BIGNUM *a, const BIGNUM *b, const BIGNUM *m, BN_ULONG less, BN_CTX *ctx)
{
	BIGNUM *mod = BN_dup(m), *r = BN_new();
	bool yes = mod != NULL && r != NULL && BN_sub_word(mod, less) == 1 && !BN_is_zero(mod) &&
	    BN_mod_mul(r, a, b, mod, ctx) == 1 && BN_is_one(r);

	BN_clear_free(mod);
	BN_clear_free(r);
	return yes;
}

/* F: n, e, d, 1/q mod p, p, q. */
static bool
rsa_sound(const struct privkey_field f[static 6])
{
	BIGNUM *n[6] = { NULL }, *product = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	bool sound = product != NULL && ctx != NULL;
	int i;

	for (i = 0; i < 6; i++) {
		n[i] = BN_bin2bn(f[i].p, (int)f[i].len, NULL);
		sound = sound && n[i] != NULL && !BN_is_zero(n[i]);
	}
	sound = sound && BN_mul(product, n[4], n[5], ctx) == 1 && BN_cmp(product, n[0]) == 0 &&
	    inverse(n[1], n[2], n[4], 1, ctx) && inverse(n[1], n[2], n[5], 1, ctx) &&
	    inverse(n[3], n[5], n[4], 0, ctx);
	for (i = 0; i < 6; i++)
		BN_clear_free(n[i]);
	BN_clear_free(product);
	BN_CTX_free(ctx);
	return sound;
}

/* Is D times the curve's own point the public one? */
static bool
ecdsa_sound(int curve, const struct privkey_field *public, const struct privkey_field *private)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(curve);
	EC_POINT *point = group != NULL ? EC_POINT_new(group) : NULL;
	BIGNUM *d = BN_bin2bn(private->p, (int)private->len, NULL);
	unsigned char got[256];
	bool sound = point != NULL && d != NULL && public->len <= sizeof(got) &&
	    BN_cmp(d, EC_GROUP_get0_order(group)) < 0 && EC_POINT_mul(group, point, d, NULL, NULL, NULL) == 1 &&
	    EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, got, sizeof(got), NULL) == public->len &&
	    memcmp(got, public->p, public->len) == 0;

	BN_clear_free(d);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return sound;
}

bool
libcrypto_sound(const char *type, const struct privkey_field f[static PRIVKEY_FIELDS])
{
	static const struct { const char *type; int curve; } curves[] = {
		{ "ecdsa-sha2-nistp256", NID_X9_62_prime256v1 }, { "ecdsa-sha2-nistp384", NID_secp384r1 },
		{ "ecdsa-sha2-nistp521", NID_secp521r1 },
	};
	size_t i;

	if (!libcrypto_begin())
		return false;
	if (strcmp(type, "ssh-ed25519") == 0)
		return ed25519_sound(&f[0], &f[1]);
	if (strcmp(type, "ssh-rsa") == 0)
		return rsa_sound(f);
	for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (strcmp(type, curves[i].type) == 0)
			return ecdsa_sound(curves[i].curve, &f[1], &f[2]);
	/* The number is in the hardware. */
	return true;
}
