/* SPDX-License-Identifier: MIT */
#include "verify.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 16384
#define DER_MAX      160 /* bytes of an ECDSA signature; P-521's has 139 */

/* By the key's type and the signature's: the curve, or NULL, and the hash. */
struct kind {
	const char *key, *sig, *curve, *name;
	const char *hash; /* NULL: the signature has its own */
};

static const struct kind kinds[] = {
	{ "ssh-ed25519",         "ssh-ed25519",         NULL,       NULL,    NULL },
	{ "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "nistp256", "P-256", "SHA256" },
	{ "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", "nistp384", "P-384", "SHA384" },
	{ "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", "nistp521", "P-521", "SHA512" },
	{ "ssh-rsa",             "rsa-sha2-256",        NULL,       NULL,    "SHA256" },
	{ "ssh-rsa",             "rsa-sha2-512",        NULL,       NULL,    "SHA512" },
};

bool
verify_begin(void)
{
	return OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) == 1;
}

static const struct kind *
kind_of(const struct wx_sshwire *key, const struct wx_sshwire *sig)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (wx_sshwire_is(key, kinds[i].key) && wx_sshwire_is(sig, kinds[i].sig))
			return &kinds[i];
	return NULL;
}

/* A key of TYPE from what B has, which is freed; NULL: there is none. */
static EVP_PKEY *
build(const char *type, OSSL_PARAM_BLD *b)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	return key;
}

/* A number that is not negative, with no more bytes than it wants (RFC 4251, mpint), of 16384 bits at the most. */
static BIGNUM *
number(struct wx_sshwire *r)
{
	struct wx_sshwire s;

	if (!wx_sshwire_string(r, &s) || s.len == 0 || s.len > RSA_BITS_MAX / 8 + 1 || (s.p[0] & 0x80) != 0)
		return NULL;
	return BN_bin2bn(s.p, (int)s.len, NULL);
}

static EVP_PKEY *
rsa_key(struct wx_sshwire r)
{
	BIGNUM *e = number(&r), *n = number(&r);
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY *key = NULL;

	if (b != NULL && e != NULL && n != NULL && r.len == 0 && BN_num_bits(n) >= RSA_BITS_MIN &&
	    BN_num_bits(n) <= RSA_BITS_MAX && BN_num_bits(e) <= 64 &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		key = build("RSA", b);
	else
		OSSL_PARAM_BLD_free(b);
	BN_free(e);
	BN_free(n);
	return key;
}

static EVP_PKEY *
ecdsa_key(const struct kind *k, struct wx_sshwire r)
{
	struct wx_sshwire curve, point;
	OSSL_PARAM_BLD *b;

	if (!wx_sshwire_string(&r, &curve) || !wx_sshwire_string(&r, &point) || r.len != 0 ||
	    !wx_sshwire_is(&curve, k->curve) || (b = OSSL_PARAM_BLD_new()) == NULL)
		return NULL;
	if (OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, k->name, 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point.p, point.len) == 1)
		return build("EC", b);
	OSSL_PARAM_BLD_free(b);
	return NULL;
}

static EVP_PKEY *
ed25519_key(struct wx_sshwire r)
{
	struct wx_sshwire s;

	if (!wx_sshwire_string(&r, &s) || r.len != 0)
		return NULL;
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, s.p, s.len);
}

/* SSH has an ECDSA signature as two numbers, libcrypto as DER. Bytes of that, or 0. */
static size_t
to_der(const struct wx_sshwire *sig, unsigned char der[static DER_MAX])
{
	struct wx_sshwire rest = *sig;
	BIGNUM *r = number(&rest), *s = number(&rest);
	ECDSA_SIG *both = ECDSA_SIG_new();
	int len = 0;

	if (r == NULL || s == NULL || both == NULL || rest.len != 0 || ECDSA_SIG_set0(both, r, s) != 1) {
		BN_free(r);
		BN_free(s);
	} else if (i2d_ECDSA_SIG(both, NULL) <= DER_MAX) {
		len = i2d_ECDSA_SIG(both, &der);
	}
	ECDSA_SIG_free(both);
	return len > 0 ? (size_t)len : 0;
}

static bool
check(EVP_PKEY *key, const char *hash, const unsigned char *sig, size_t len, const struct wx_sshwire *data)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx != NULL && EVP_DigestVerifyInit_ex(ctx, NULL, hash, NULL, NULL, key, NULL) == 1 &&
	    EVP_DigestVerify(ctx, sig, len, data->p, data->len) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

bool
verify_signature(const struct wx_sshwire *key, const struct wx_sshwire *sig, const struct wx_sshwire *data)
{
	struct wx_sshwire rest = *key, type, s = *sig, alg, raw;
	unsigned char der[DER_MAX];
	const struct kind *k;
	EVP_PKEY *public;
	bool good = false;

	if (!wx_sshwire_string(&rest, &type) || !wx_sshwire_string(&s, &alg) || !wx_sshwire_string(&s, &raw) ||
	    s.len != 0 || (k = kind_of(&type, &alg)) == NULL)
		return false;
	if (k->hash == NULL)
		public = ed25519_key(rest);
	else
		public = k->curve == NULL ? rsa_key(rest) : ecdsa_key(k, rest);
	if (public != NULL && k->curve != NULL)
		raw = (struct wx_sshwire){ .p = der, .len = to_der(&raw, der) };
	good = public != NULL && raw.len != 0 && check(public, k->hash, raw.p, raw.len, data);
	EVP_PKEY_free(public);
	return good;
}
