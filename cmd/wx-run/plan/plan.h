/* SPDX-License-Identifier: MIT */
#ifndef PLAN_H
#define PLAN_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "brokered.h"
#include "git/git.h"
#include "libcommon/tool/strv.h"
#include "listed.h"
#include "store.h"

#define WORKSPACE "/workspace"
#define INIT_PATH "/run/wrapix/init"   /* the first process inside: init.h */
#define SECRETS_DIR "/run/secrets"
#define AGENT_SOCK "/run/wrapix/ssh-agent.sock"
#define INBOX "/run/wrapix/inbox"

enum net { NET_OPEN, NET_NONE, NET_LISTED, NET_HOST };
enum helper { HELPER_NONE, HELPER_PASTA, HELPER_SLIRP, HELPER_EGRESS };

/* One thing of the file system inside, in the order in which it is made. */
enum mount_kind {
	MOUNT_RO,        /* bind read-only */
	MOUNT_RW,        /* bind */
	MOUNT_TMPFS,     /* empty, SIZE bytes at the most */
	MOUNT_DIR,       /* an empty folder of the read-only root */
	MOUNT_SYMLINK,   /* SRC is the link's target */
	MOUNT_FILE,      /* a made file; CONTENT */
	MOUNT_DEV,       /* a device of the host's, which can be opened */
};

struct mount {
	enum mount_kind kind;
	char           *src;      /* on the host; NULL where there is none */
	char           *dest;     /* inside */
	char           *content;  /* of a made file */
	size_t          len;
	uint64_t        size;
	unsigned        mode;     /* of a made file or tmpfs */
	const char     *why;      /* a word for the plan: system, tool, home, ... */
	bool            optional; /* of the user's: would be left out where SRC is not there */
	/* What is to be found at DEST before the command starts; ino 0: anything. Of LATE
	 * what is to be found there before the mount. */
	dev_t           dev;
	ino_t           ino;
	bool            late;     /* not by the engine, but by us when that is done: mountns.h */
};

struct mounts {
	struct mount *v;
	size_t        n, cap;
};

/* A variable of the command: NAME=VALUE, or taken from the host. */
struct env_var {
	char *name, *value;
	bool  passed;            /* the value came from the host: never shown */
};

struct env {
	struct env_var *v;
	size_t          n, cap;
};

struct limits {
	uint64_t memory;         /* bytes */
	uint64_t pids;
	uint64_t cpus;
	double   seconds;        /* 0: none */
	bool     cgroup;         /* a user systemd is there to enforce them */
	bool     cpu_cgroup;     /* and processors too */
};

/* A port of 127.0.0.1 and ::1 of the host, and the one inside that it leads to. */
#define PUBLISH_MAX 8
struct published {
	unsigned host, port;
};

/* The settings of the user's own git that go into the sandbox; NULL: not set. */
struct gitident {
	char *name, *email;
	char *hooks;       /* core.hooksPath, for guard.h */
	struct strv how;  /* what says only how git does its work: "KEY=VALUE", KEY as git config --list has it */
};

struct plan;
struct secrets;
struct outcome;

/* One start of an engine, as far as its argv says it. All 0: as --print-argv shows it. */
struct launch {
	unsigned long      ignored;   /* bits of the signals that the command is to ignore */
	const char        *pty;       /* STDIO where a terminal is made inside (inside.h), or NULL */
	const char        *stage;     /* the directory of what the engine can only take as files */
	const struct strv *secrets;   /* names of those of them that the argv names */
	bool               terminal;  /* our standard streams are one */
	bool               by_fd;     /* its options come by a descriptor, where it can read them so */
	int               *fds;       /* of equip: what it is to have as descriptor 0, 1, ...; -1: ours, LAUNCH_FDS of them */
	char             **envp;      /* of equip: its environment */
};
#define LAUNCH_FDS 256

/* An engine: the rows are in engine/. What differs is said here, so that nobody asks which one it is. */
struct engine {
	const char *name;             /* and that of its program */
	const char *install;          /* what is to be done where that is not on PATH */
	bool        needs_image;      /* the system inside is an image's; else it is this machine's */
	bool        machine;          /* a virtual machine, with a kernel, a network and limits of its own */
	bool        detached;         /* its program starts our init elsewhere, and leaves a monitor */
	const char *files;            /* it mounts no single file: the directory inside of made files; else NULL */
	const char *const *unenforced; /* what it does not hold, one phrase each, NULL-terminated; or NULL */
	void (*base)(struct plan *);          /* to the plan: what it shows of a system */
	void (*refuse)(const struct plan *);  /* dies with a line that names what it cannot do, and the way round; or NULL */
	void (*settle)(struct plan *);        /* when all else is in the plan; or NULL */
	void (*argv)(const struct plan *, const struct launch *, struct strv *);   /* a function of both alone */
	struct outcome (*run)(const struct plan *, struct secrets *env, struct secrets *files, void (*meanwhile)(void *, struct mounts *late),
	    void *arg);                       /* as run_plan (run.h) */
	void (*abandon)(void);                /* ends what run began, where that could not return */
	void (*sweep)(const struct plan *);   /* forgets what killed runs left of containers; or NULL */
	/* Of those that run_plan runs: stage, secrets, descriptors and environment of a start, with FILES for /run/secrets. */
	void (*equip)(const struct plan *, const struct secrets *files, struct launch *);
};

struct plan {
	const struct engine *engine;
	char         *program;    /* its program, absolute; NULL: not found */
	char         *image;      /* of podman or container: see image.h; of container its name there */
	char         *project;   /* canonical path on the host */
	char         *at;        /* and inside */
	char         *sub;       /* where below it the command starts, or NULL */
	char         *state;     /* folder bound to ~/.claude */
	char         *run_dir;   /* of the lock, the journal: never bound */
	uid_t         uid;
	gid_t         gid;
	char         *user, *shell;
	char         *home;       /* inside: a tmpfs */
	char         *host_home;  /* the same path but where a system folder is in the way */
	char         *resolved;  /* path of the command inside */
	struct strv  command;
	struct env    env;
	enum net      net;
	enum helper   helper;
	struct listed listed;     /* with NET_LISTED */
	struct brokered brokered;
	struct published published[PUBLISH_MAX];
	size_t        npublished;
	char         *dns_forward; /* the resolver's address inside, or NULL */
	struct limits limits;
	bool          selinux;   /* is enforcing, which podman must be told */
	struct mounts mounts;
	struct strv  protect, unprotect, hide;  /* as asked for */
	struct strv  tools;
	struct strv  left_out;  /* directories of the user's PATH below HOME that are not shown */
	struct store *store;     /* the part of the Nix store that is shown; NULL: all */
	struct gitident git;       /* the user's own, on the host */
	struct repo   repo;      /* that the project is the work tree of; top NULL: none, or --git none */
	bool          no_git;    /* --git none: no .git inside */
	bool          repo_inside; /* a sandbox made it */
	char         *run;       /* the name of this run, of the directory below RUN_DIR */
	/* The repositories that can be written inside, and plans of their own for git: sides/sides.h. Of such a plan: */
	struct { struct plan *v; size_t n, cap; } sides;
	char         *label;     /* before paths in words to the user: "", or AT without its '/' and "/" */
	char         *git_dest;  /* where its git directory is inside, */
	char         *git_base;  /* and the directory in which its objects are */
	char         *git_program; /* git of the host, or NULL */
	struct strv  git_named; /* files that git's settings name: 'h' hooks, 'i' more settings, 'p' a
	                          * program, 'f' a word that could be one; then an absolute path */
	char         *agent_sock;
	bool          env_secrets, file_secrets;
	uint64_t      home_size, tmp_size, shm_size;
	const char   *sized;     /* the profile's key that asks for a size of the first two, or NULL */
	struct strv  known_hosts;  /* lines of the pinned hosts */
};

/* Append; the strings are copied. The entry can be changed until the next call. */
struct mount *mount_add(struct mounts *m, enum mount_kind kind, const char *src,
    const char *dest, const char *why);
struct mount *mount_file(struct mounts *m, const char *dest, unsigned mode,
    const void *content, size_t len);

/* What is at PATH inside, of the first N mounts: the one at or above it, or NULL. */
const struct mount *mount_above(const struct mounts *m, size_t n, const char *path);

void mount_copy(struct mounts *m, const struct mount *from);

/* Set or replace a variable. */
void env_set(struct env *e, const char *name, const char *value, bool passed);
const char *env_get(const struct env *e, const char *name);

/*
 * Does the sandbox show PATH of the host, and at the same path inside? By the
 * mounts so far.
 */
bool plan_shows(const struct plan *p, const char *path);

/* A whole number from 1 to MAX. */
bool parse_count(const char *s, uint64_t max, uint64_t *out);

/* NET_… of a name, or -1. */
int  parse_net(const char *s);
const char *net_name(enum net n);
const char *helper_name(enum helper h);
/* Is S the name of an engine, of this machine or another, or "auto"? */
bool engine_known(const char *s);

/* PATH, where "~" or "~/..." is HOME, of the host or inside. The caller owns it. */
char *dest_expand(const char *home, const char *path);

/* End with a line where nothing can be mounted on DEST, absolute and clean: the sandbox's own places, and those not
 * to be covered as a whole. dest_check: the same of what the user names, which is not the project's either, nor what
 * is listed of the Nix store. */
void dest_refuse(const struct plan *p, const char *dest);
void dest_check(const struct plan *p, const char *dest);

#endif
