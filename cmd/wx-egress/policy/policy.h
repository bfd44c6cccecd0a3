/* SPDX-License-Identifier: MIT */
#ifndef POLICY_H
#define POLICY_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/hostname.h"

/* Which hosts may be connected to: entries, the JSON that brings them, and the decision. */

#define POLICY_TEXT_MAX (4 << 20) /* bytes of a policy's JSON */
#define ENTRY_PORTS     16
#define ENTRY_RULES     32        /* methods, or paths, of one entry */
#define ENTRIES_MAX     4096
#define FORWARDS_MAX    64

/* Why a connection was made, or was not. The order is that of the names in policy/reason.c. */
enum reason {
	REASON_ALLOWED,
	REASON_BAD_NAME,    /* no host name */
	REASON_DENIED,      /* by an entry of deny */
	REASON_NOT_LISTED,
	REASON_PORT,        /* the host is listed, not with this port */
	REASON_REQUEST,     /* neither with this method or path */
	REASON_PATH,        /* a path that could be read in two ways, where paths count */
	REASON_NEEDS_HTTP,  /* what is listed are requests: none was told */
	REASON_LIMIT,
	REASON_UP,          /* more was sent than "up=" lets through */
	REASON_DNS,
	REASON_ADDRESS,     /* the name leads to an address of a class that is refused */
	REASON_REFUSED,
	REASON_TIMEOUT,
	REASON_UNREACHABLE,
	REASON_INTERNAL,
	REASON_ASK,         /* somebody was asked, and said no, or nothing */
	REASON_SNI,         /* TLS for another name, or for none */
	REASON_PROTOCOL,    /* not what belongs on this port */
	REASONS
};

/* As the log has it: "not-listed". */
const char *reason_name(enum reason r);

struct entry {
	char          *text;      /* as it was written; of a group "@NAME" */
	char           host[WX_HOSTNAME_MAX]; /* of a wildcard: what is behind "*." */
	bool           wildcard;
	int            family;    /* AF_INET, AF_INET6: HOST is an address; 0: a name */
	bool           private;   /* may lead to an address of the classes private and benchmark */
	uint64_t       up;        /* bytes that may be sent in a run; 0: any number */
	uint16_t       ports[ENTRY_PORTS];
	size_t         nports;    /* 0: every port, of deny only */
	char          *methods[ENTRY_RULES];
	size_t         nmethods;  /* 0: any */
	char          *paths[ENTRY_RULES];
	size_t         npaths;    /* 0: any */
	unsigned       id;        /* its number among the entries of this run */
};

struct entries {
	struct entry *e;
	size_t        n;
};

/* A port inside that leads to a service on the loopback of this machine. */
struct forward {
	uint16_t                port;
	char                    to[64];
	struct sockaddr_storage addr;
	socklen_t               len;
};

struct parent {
	bool     set;
	char     host[WX_HOSTNAME_MAX];
	uint16_t port;
	char     credentials[512]; /* "user:password", or empty */
	char    *no_proxy[ENTRY_RULES];
	size_t   nno_proxy;
};

struct policy {
	struct entries allow, deny;
	struct forward forward[FORWARDS_MAX];
	size_t         nforward;
	struct parent  parent;
	unsigned       ask;          /* seconds that a question waits for an answer */
	bool           ech_deny;
	unsigned       connections;  /* at once */
	unsigned char  range[4];     /* the block of addresses that stand for names */
	unsigned       range_bits;
	unsigned       next_id;
};

/* Called with each fault of a policy, one line of text. */
typedef void policy_fault(const char *text, void *user);

/* What every policy begins with: nothing allowed, the limits of EGRESS 2.2. */
void policy_init(struct policy *p);

/* Take the JSON TEXT of LEN bytes, which may be blank, into *P. False: FAULT heard why, once for each. */
bool policy_read(struct policy *p, const char *text, size_t len, policy_fault *fault, void *user);

/* Take WORD, an entry or "@GROUP", into what is allowed, or, with DENY, refused. False as above. */
bool policy_add(struct policy *p, bool deny, const char *word, policy_fault *fault, void *user);

/* What only shows when all is there: an allowed entry that a denied one covers. False as above. */
bool policy_check(const struct policy *p, policy_fault *fault, void *user);

void policy_free(struct policy *p);

/* The policy as JSON, a line, without the password of the parent; the caller's to free, or NULL. */
char *policy_json(const struct policy *p);

/* What a client of the control socket asks for. */
enum control_op { CONTROL_ALLOW, CONTROL_DENY, CONTROL_REVOKE, CONTROL_LIST, CONTROL_WATCH, CONTROL_ANSWER };

struct control_request {
	enum control_op op;
	char            entry[512];
	long            seconds;  /* of a grant; 0: for the rest of the run */
	uint32_t        ask;      /* CONTROL_ANSWER: the question */
	bool            yes;      /* CONTROL_ANSWER: allow. CONTROL_WATCH: questions are answered here */
};

#define CONTROL_SECONDS 1800 /* of a grant for which no time is told */

/* The request of the line TEXT, a JSON object, without its end. False: WHY says why not, in 128 bytes. */
bool control_read(const char *text, size_t len, struct control_request *to, char why[static 128]);

/* Take the entry with this id out of what is allowed. */
void policy_remove(struct policy *p, unsigned id);

/* Does something that is refused cover all of the entry E? And is E, host and ports, the same as OTHER? */
const struct entry *policy_denies(const struct policy *p, const struct entry *e);
bool entry_same(const struct entry *e, const struct entry *other);

/* What somebody wants to connect to. */
struct wish {
	const char *host;
	size_t      len;
	uint16_t    port;
	const char *method; /* NULL: not HTTP, or not seen */
	const char *path;   /* NULL as METHOD */
};

struct verdict {
	enum reason         reason;
	bool                askable;
	const struct entry *entry;  /* that allowed or denied it; NULL: none */
	int                 family; /* of a wish for an address; else 0 */
	unsigned char       addr[16];
	char                name[WX_HOSTNAME_MAX]; /* the host, in its one form; may be empty */
};

/* Decide about W. Looks at nothing but its arguments. */
void decide(const struct policy *p, const struct wish *w, struct verdict *v);

/* Is NAME one that stands in P's list of what goes round the parent proxy? */
bool policy_no_proxy(const struct policy *p, const char *name);

#define ENTRY_WHY 256 /* bytes of a reason, NUL included */

/*
 * The string TEXT, "HOST[:PORT[,PORT...]] [private] [up=SIZE]", into *E, which is overwritten; all in
 * it is the caller's to free by entry_free. False: WHY says why not, in words to go behind "'TEXT': ".
 */
bool entry_parse(const char *text, bool deny, struct entry *e, char why[static ENTRY_WHY]);

/* HOST, as in an entry, into *E; nothing of *E is lost. False as above. */
bool entry_host(struct entry *e, const char *host, size_t len, bool deny, char why[static ENTRY_WHY]);

/* A port more. False as above. */
bool entry_port(struct entry *e, long port, char why[static ENTRY_WHY]);

/* Where all is set: what goes together, and 443 for a port that was not told. False as above. */
bool entry_finish(struct entry *e, bool deny, char why[static ENTRY_WHY]);

/* Does the entry's host cover NAME, a name or address in its one form? And all that HOST of another does? */
bool entry_covers(const struct entry *e, const char *name, bool literal);
bool entry_covers_entry(const struct entry *e, const struct entry *other);

void entry_free(struct entry *e);

/* Is NAME, in lower case, a suffix under which anybody registers names, as "com" and "github.io"? Of a
 * machine without the list of them everything is. */
bool suffix_public(const char *name);

/* The same, where the list itself has it: "corp" is only there by the rule for what is not in it. */
bool suffix_listed(const char *name);

/* Read GROUP's file, and call LINE with each line that has an entry. 0, or -1: WHY says why not. */
int  group_read(const char *group, bool (*line)(const char *text, void *user), void *user, char why[static ENTRY_WHY]);

/* The entry of the JSON object TEXT into *E, as entry_parse. */
bool entry_parse_object(const char *text, bool deny, struct entry *e, char why[static ENTRY_WHY]);

/* Put *E into the list, with GROUP, or NULL, for its text; the list owns it then. */
void policy_put(struct policy *p, bool deny, struct entry *e, const char *group);

#endif
