/* SPDX-License-Identifier: MIT */
#include "judge.h"

#include <string.h>

#include "verify.h"

#include "libcommon/sshagent.h"
#include "libcommon/sshwire.h"

#define USERAUTH_REQUEST 50 /* RFC 4252 */

/* What is asked to be signed. */
struct request {
	struct wx_sshwire key, data;
};

static int
find_key(const struct policy *p, const struct wx_sshwire *blob)
{
	unsigned i;

	for (i = 0; i < p->nkeys; i++)
		if (wx_sshwire_same(blob, policy_blob(p, &p->keys[i].blob), p->keys[i].blob.len))
			return (int)i;
	return -1;
}

/* The number of the host key, of those that are the same the first, or -1. */
static int
find_host(const struct policy *p, const struct wx_sshwire *blob)
{
	unsigned i;

	for (i = 0; i < p->nhosts; i++)
		if (wx_sshwire_same(blob, policy_blob(p, &p->hosts[i]), p->hosts[i].len))
			return (int)i;
	return -1;
}

/* Two hosts may have one key, which then has two numbers. */
static bool
same_host(const struct policy *p, unsigned a, unsigned b)
{
	return p->hosts[a].len == p->hosts[b].len &&
	    memcmp(policy_blob(p, &p->hosts[a]), policy_blob(p, &p->hosts[b]), p->hosts[a].len) == 0;
}

/* A bind: the host's key, the session, the host's signature of it, and whether it is to be forwarded
 * (OpenSSH's PROTOCOL.agent, section 1). A connection is bound once. */
static enum reason
bind_session(const struct policy *p, struct bound *b, struct wx_sshwire r)
{
	struct wx_sshwire key, session, sig;
	unsigned char forwarding;
	int host;

	if (!wx_sshwire_string(&r, &key) || !wx_sshwire_string(&r, &session) || !wx_sshwire_string(&r, &sig) ||
	    !wx_sshwire_byte(&r, &forwarding) || r.len != 0 || session.len == 0 || session.len > SESSION_MAX)
		return REASON_FORM;
	if (forwarding != 0) {
		b->forwarded = true;
		return REASON_FORWARDED;
	}
	host = find_host(p, &key);
	if (host == -1)
		return REASON_HOST_KEY;
	if (b->held)
		return REASON_SESSION;
	if (!verify_signature(&key, &sig, &session))
		return REASON_HOST_SIG;
	b->held = true;
	b->host = (unsigned)host;
	b->len = session.len;
	memcpy(b->session, session.p, session.len);
	return REASON_ALLOWED;
}

/* May the key log in as USER where the connection is bound? Sets V->dest. */
static enum reason
find_dest(const struct policy *p, const struct bound *b, const struct wx_sshwire *user, struct verdict *v)
{
	enum reason why = REASON_USE;
	const struct policy_dest *d;
	unsigned i, h;

	for (i = 0; i < p->nuses; i++) {
		if (p->uses[i].key != (unsigned)v->key || p->uses[i].dest == POLICY_SIGN)
			continue;
		d = &p->dests[p->uses[i].dest];
		for (h = d->first; h < d->first + d->count && !same_host(p, h, b->host); h++)
			;
		if (h == d->first + d->count) {
			why = why == REASON_USE ? REASON_HOST : why;
		} else if (!wx_sshwire_is(user, d->user)) {
			why = REASON_USER;
		} else {
			v->dest = p->uses[i].dest;
			return REASON_ALLOWED;
		}
	}
	return why;
}

static bool
key_for(const struct policy *p, int key, bool sign)
{
	unsigned i;

	for (i = 0; i < p->nuses; i++)
		if (p->uses[i].key == (unsigned)key && (p->uses[i].dest == POLICY_SIGN) == sign)
			return true;
	return false;
}

/* A login (RFC 4252, section 7): the session, then a request that a host which has it would take. R begins with the
 * session's id. */
static enum reason
judge_login(const struct policy *p, const struct bound *b, const struct request *q, struct verdict *v)
{
	struct wx_sshwire r = q->data, session, user, service, method, alg, key, host;
	unsigned char kind, has_signature;
	bool names_host;

	if (!wx_sshwire_string(&r, &session) || !wx_sshwire_byte(&r, &kind) || !wx_sshwire_string(&r, &user) ||
	    !wx_sshwire_string(&r, &service) || !wx_sshwire_string(&r, &method) || !wx_sshwire_byte(&r, &has_signature) ||
	    !wx_sshwire_string(&r, &alg) || !wx_sshwire_string(&r, &key))
		return REASON_CONTENT;
	names_host = wx_sshwire_is(&method, "publickey-hostbound-v00@openssh.com");
	if ((names_host && !wx_sshwire_string(&r, &host)) || (!names_host && !wx_sshwire_is(&method, "publickey")) ||
	    r.len != 0 || kind != USERAUTH_REQUEST || has_signature != 1 || !wx_sshwire_is(&service, "ssh-connection") ||
	    !wx_sshwire_same(&key, q->key.p, q->key.len))
		return REASON_CONTENT;
	v->use = USE_LOGIN;
	if (!key_for(p, v->key, false))
		return REASON_USE;
	if (!b->held)
		return REASON_UNBOUND;
	if (!wx_sshwire_same(&session, b->session, b->len))
		return REASON_SESSION;
	if (names_host && !wx_sshwire_same(&host, policy_blob(p, &p->hosts[b->host]), p->hosts[b->host].len))
		return REASON_HOST;
	return find_dest(p, b, &user, v);
}

/* What ssh-keygen -Y sign has signed (OpenSSH's PROTOCOL.sshsig): a namespace, and the hash of the rest. */
static enum reason
judge_sshsig(const struct policy *p, const struct request *q, struct verdict *v)
{
	struct wx_sshwire r = q->data, namespace, reserved, name, hash;

	if (!wx_sshwire_skip(&r, strlen("SSHSIG")) || !wx_sshwire_string(&r, &namespace) ||
	    !wx_sshwire_string(&r, &reserved) || !wx_sshwire_string(&r, &name) || !wx_sshwire_string(&r, &hash) ||
	    r.len != 0 || reserved.len != 0 || !((wx_sshwire_is(&name, "sha256") && hash.len == 32) ||
	    (wx_sshwire_is(&name, "sha512") && hash.len == 64)))
		return REASON_CONTENT;
	if (!wx_sshwire_is(&namespace, "git"))
		return REASON_NAMESPACE;
	v->use = USE_GIT;
	return key_for(p, v->key, true) ? REASON_ALLOWED : REASON_USE;
}

/* The key, what is to be signed, flags. */
static enum reason
judge_sign(const struct policy *p, const struct bound *b, struct wx_sshwire r, struct verdict *v)
{
	struct request q;

	if (!wx_sshwire_string(&r, &q.key) || !wx_sshwire_string(&r, &q.data) || r.len != 4)
		return REASON_FORM;
	if (b->forwarded)
		return REASON_FORWARDED;
	v->key = find_key(p, &q.key);
	if (v->key == -1)
		return REASON_KEY;
	if (q.data.len >= strlen("SSHSIG") && memcmp(q.data.p, "SSHSIG", strlen("SSHSIG")) == 0)
		return judge_sshsig(p, &q, v);
	return judge_login(p, b, &q, v);
}

static enum reason
judge_extension(const struct policy *p, struct bound *b, struct wx_sshwire r, struct verdict *v)
{
	struct wx_sshwire name;

	if (!wx_sshwire_string(&r, &name))
		return REASON_FORM;
	if (wx_sshwire_is(&name, WX_SSHAGENT_FILTERED)) {
		v->use = USE_FILTERED;
		return r.len == 0 ? REASON_ALLOWED : REASON_FORM;
	}
	if (!wx_sshwire_is(&name, "session-bind@openssh.com"))
		return REASON_KIND;
	v->use = USE_BIND;
	return bind_session(p, b, r);
}

struct verdict
judge(const struct policy *p, struct bound *b, const unsigned char *msg, size_t len)
{
	struct verdict v = { .reason = REASON_KIND, .use = USE_OTHER, .key = -1, .dest = -1 };
	struct wx_sshwire r = { .p = msg, .len = len };
	unsigned char kind;

	if (!wx_sshwire_byte(&r, &kind))
		return v;
	switch (kind) {
	case WX_SSHAGENT_LIST:
		v.use = USE_LIST;
		v.reason = r.len != 0 ? REASON_FORM : b->forwarded ? REASON_FORWARDED : REASON_ALLOWED;
		break;
	case WX_SSHAGENT_SIGN:
		v.reason = judge_sign(p, b, r, &v);
		break;
	case WX_SSHAGENT_EXTENSION:
		v.reason = judge_extension(p, b, r, &v);
		break;
	default:
		break;
	}
	return v;
}

static unsigned char *
put(unsigned char *to, const void *p, size_t len)
{
	const unsigned char head[4] = { (unsigned char)(len >> 24), (unsigned char)(len >> 16), (unsigned char)(len >> 8),
		(unsigned char)len };

	memcpy(to, head, sizeof(head));
	memcpy(to + sizeof(head), p, len);
	return to + sizeof(head) + len;
}

size_t
judge_list(const struct policy *p, const unsigned char *msg, size_t len, unsigned char *out)
{
	struct wx_sshwire r = { .p = msg, .len = len }, blob, comment;
	unsigned char *at = out + 1 + 4;
	unsigned n = 0, i;
	bool seen[POLICY_KEYS] = { false };
	int key;

	out[0] = WX_SSHAGENT_KEYS;
	if (len == 0 || msg[0] != WX_SSHAGENT_KEYS || !wx_sshwire_skip(&r, 1 + 4)) {
		out[0] = WX_SSHAGENT_FAILURE;
		return 1;
	}
	while (wx_sshwire_string(&r, &blob) && wx_sshwire_string(&r, &comment)) {
		key = find_key(p, &blob);
		if (key == -1 || seen[key] ||
		    blob.len + sizeof(p->keys[key].name) + 8 > WX_SSHAGENT_MAX - (size_t)(at - out))
			continue;
		seen[key] = true;
		at = put(put(at, blob.p, blob.len), p->keys[key].name, strlen(p->keys[key].name));
		n++;
	}
	for (i = 0; i < 4; i++)
		out[1 + i] = (unsigned char)(n >> (24 - 8 * i));
	return (size_t)(at - out);
}
