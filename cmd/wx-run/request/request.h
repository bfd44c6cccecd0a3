/* SPDX-License-Identifier: MIT */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>

#include "plan/plan.h"

#define PIDS_MAX 4194304   /* what the kernel can count (proc(5), pid_max) */
#define CPUS_MAX 4096

/* Where nobody says them. */
#define DEFAULT_MEMORY (4ULL << 30)
#define DEFAULT_PIDS   4096
#define DEFAULT_TMP    (1ULL << 30)
#define DEFAULT_HOME   (1ULL << 30)
#define DEFAULT_SHM    (256ULL << 20)

/* A mount as asked for. */
struct mount_request {
	char *src, *dest;   /* DEST NULL: the same place */
	bool  rw, optional; /* optional: left out where SRC is not there */
};

/* An agent that works by itself: what is run where no command is given. */
struct agent {
	bool         given;      /* by a profile */
	struct strv command;
	char        *prompt;     /* the option by which it takes words on top of its own */
	struct strv states;     /* where its state is inside, "~/...": the first is what STATE of summary and plan is */
	struct strv seeds;      /* files of that, by twos: "~/...", and the JSON object that it is to have (seed.h) */
	struct strv shares;     /* what of the user's own it is to read, "~/...": in its states (share.h) */
	struct strv go_on;      /* its arguments that go on where its last run in the project ended, */
	struct strv resume;     /* and that take up the one which is named after them */
	char        *told;       /* "~/...": a text of its state that it reads, by which it is told where it is; or NULL */
	char        *token;      /* the variable by which it takes its login */
	struct strv names;      /* entries of the network "listed" that it wants where it has its login itself */
	char        *otherwise;  /* the profile to be taken where its login is not there, for wrapix; or NULL */
	char        *broker;     /* the route of its API (wx-api-broker(1)), or NULL */
	struct strv guests;     /* with that, by twos: variables in the place of the route's own, and their values */
};

/*
 * What the options, and after them the profile, ask for. A scalar that is NULL
 * was not asked for; the profile fills only those. Of lists the profile's come
 * first.
 */
struct request {
	const char *dir, *profile, *report;
	char       *engine, *image, *net, *memory, *pids, *cpus, *seconds, *agent_sock;
	char       *extends;                /* the profile that the one which was read is more than, or NULL */
	char       *home_size, *tmp_size, *shm_size, *walk, *store_paths;
	int         env_fd, file_fd, broker_fd, end_fd;  /* -1: none */
	struct { struct mount_request *v; size_t n, cap; } mounts;
	struct env  env;                    /* passed: the host's value */
	struct strv protect, unprotect, hide, tools, known_hosts, devices;
	struct strv command;
	struct agent agent;
	struct strv cache;                 /* "~/...": what is kept from run to run of the project */
	struct strv network_names;         /* entries, with "listed"; else words only */
	struct strv network_deny;
	struct strv reach;                 /* "HOSTPORT[:PORT]": ports of the host's loopback that are there inside */
	struct { struct forward *v; size_t n, cap; } network_forward;
	char       *network_ask, *proxy_env;   /* seconds; "true" or "false" */
	char       *network_parent;         /* "environment", a URL, or NULL */
	const char *network_log;            /* a file, or NULL */
	struct strv brokers;               /* further routes of wx-api-broker */
	bool        go_on;                  /* the agent's last run in this project goes on; */
	const char *resume;                 /* or the one of its runs that has this name; or NULL */
	struct strv publish;               /* "[HOSTPORT:]PORT" (publish.h) */
	const char *agent_prompt;           /* for AGENT, or NULL */
	struct strv git_config;            /* "name=value", each with its '=' */
	const char *signing_key;            /* a public key's file, or NULL */
	const char *at;                     /* where the project is to be inside, or NULL */
	bool        no_git, import, no_import, commits;
	bool        print_plan, print_argv, nul, check, trust, strict;
	bool        proxy_from_env, inbox, nix;
	bool        engines, forget, print_summary, pull;
	bool        list, stop, exec, json; /* of runs that are at work */
	const char *why;                    /* a path: what becomes of it is told; or NULL */
	const char *which;                  /* the run, or a project; NULL: DIR */
	uint64_t    supervisor;             /* the process that started us, or 0 */
};

/* Append a mount to what R asks for; SRC and DEST are copied. */
void usermount_ask(struct request *r, const char *src, const char *dest, bool rw,
    bool optional);

/* "SRC[:DEST[:ro|rw]]" of option -m. False if it is not of that form. */
bool usermount_spec(struct request *r, const char *spec);

/* Is NAME, of a file that an agent could be shown, one of settings or a login? They say what is run and what is
 * allowed, or are secrets. */
bool share_is_settings(const char *name);

/* What is wrong with the JSON TEXT, of LEN bytes, that cJSON lets pass, where it is no profile, and may be nested as deep as
 * programs do: bytes that are no text, the escape of NUL. NULL: nothing; else words that the caller owns. */
const char *prescan_any(const char *text, size_t len);

/* "[HOSTPORT:]PORT" of --publish and a profile. False if it is not of that form. */
bool publish_port(const char *s, struct published *out);

/* The command line as a request. Dies with a line, or the usage, for what cannot be; -h and -V end here. */
void options_parse(struct request *r, int argc, char *argv[]);

/* Read the profile that R names, if any, into R, and what the project of P has to say itself (tighten.h). */
void options_profile(struct request *r, const struct plan *p);

#endif
