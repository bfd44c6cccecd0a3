/* SPDX-License-Identifier: MIT */
#ifndef GIT_H
#define GIT_H

#include <stdbool.h>
#include <stddef.h>

#include "libcommon/tool/strv.h"

/*
 * A repository of the host's, found by its files; git is not run. All paths are absolute and
 * canonical.
 */
struct repo {
	char *top;      /* of its work tree */
	char *dir;      /* the git directory of that work tree */
	char *common;   /* what its work trees share: DIR but for a linked work tree */
	bool  file;     /* TOP/.git is a file that names DIR */
};

/* Does DIR (a path) look like a git directory: HEAD, objects and refs, as git itself asks
 * (gitrepository-layout(5))? */
bool repo_is_git_dir(const char *dir);

/* The first line of the file NAME of the directory AT, or DIR, without what ends it, through no
 * link; NULL if there is none. The caller owns it. */
char *repo_line(int at, const char *name);
char *repo_line_of(const char *dir, const char *name);

/*
 * The repository that TOP (canonical) is the work tree of; OUT->top is NULL where there is none. NULL, or what is
 * wrong with TOP/.git: a file that names something that is no git directory, or one that does not point back.
 */
const char *repo_at(const char *top, struct repo *out);

/*
 * The repository that DIR (canonical) is in: the nearest .git at or above it, but not at
 * HOME (canonical) or above. False where there is none: OUT->top is NULL. Dies with a line
 * where a .git file names something that is no git directory, or one that does not point
 * back to its work tree.
 */
bool repo_find(const char *dir, const char *home, struct repo *out);

/*
 * git of the host, run on a repository of ours or of the host's: with no setting of the user's
 * or the system's, no hook, no file system monitor, no transport but to a local upload-pack,
 * no maintenance, and an environment built from nothing, in the directory /.
 */
struct hostgit {
	const char *program;   /* its path */
	const char *dir;       /* GIT_DIR */
	const char *objects;   /* GIT_OBJECT_DIRECTORY, or NULL */
	const char *borrowed;  /* GIT_ALTERNATE_OBJECT_DIRECTORIES, or NULL */
	const char *tree;      /* GIT_WORK_TREE, or NULL */
	const char *name, *email;   /* who stands in reflogs, or NULL */
	double      until;     /* when it is to have ended (wx_clock_seconds), or 0 */
	bool        whole;     /* it is short, and ends though we are killed or signalled: half of it would leave
	                        * a lock in the user's repository; unless it hangs */
};

struct hostgit_said {
	char  *out;            /* standard output, and a NUL; the caller frees it */
	size_t len;
	bool   cut;            /* there was more than was asked for */
	char   err[512];       /* the last line of standard error, for a message */
};

/*
 * Run "git ARGV..." (without the word git; NULL-terminated) with IN_LEN bytes of IN as standard
 * input, and keep MAX bytes of its output. Its exit status; -1 where it could not be run, was
 * killed, or had to be ended: the time was up, or we were sent a signal that ends us
 * (hostgit_signal). SAID may be NULL.
 */
int hostgit(const struct hostgit *g, const char *const argv[], const char *in, size_t in_len,
    size_t max, struct hostgit_said *said);

/* The signal that came since, or 0: of SIGINT, SIGTERM, SIGHUP, SIGQUIT, all blocked. */
int hostgit_signal(void);

/* S as one word of sh(1). The caller owns it. */
char *quote_sh(const char *s);

/* S in double quotes as git reads it, like a string of C: a value or a subsection of git-config(1), "Syntax", a
 * path in a list of git(1)'s. The caller owns it. */
char *quote_git(const char *s);

/*
 * A repository whose refs are a reftable (git init --ref-format=reftable): binary tables that only git
 * reads. The run's own git directory has them as files, so that an older git works in it as well; the
 * host's stay as they are, and git itself moves them. DIR is a git directory of the host's: of a
 * repository, or of one linked work tree.
 */
bool reftable_in(const char *dir);

/* What the file HEAD of DIR says, or would say if the refs were files: "ref: NAME", or an object. NULL:
 * there is none, or git cannot tell. The caller owns it. PROGRAM is git's path. */
char *reftable_head(const char *program, const char *dir);

/*
 * All refs of DIR as the text of a packed-refs file, *TEXT of *LEN bytes, the caller's; of a linked work tree
 * none but its own are kept (gitrepository-layout(5)). The names of symbolic refs, and of refs that
 * lie beside "refs" (ORIG_HEAD, CHERRY_PICK_HEAD; but HEAD), are appended to LOOSE, each followed by what its
 * file would say. refs/wrapix is left out. False: git cannot read them; WRONG says why.
 */
bool reftable_refs(const char *program, const char *dir, bool linked, char **text, size_t *len,
    struct strv *loose, char wrong[static 512]);

/* The reflog of the stash, as the file logs/refs/stash; NULL if there is none. The caller owns it. */
char *reftable_stash(const char *program, const char *dir);

/* Remove the root ref NAME of DIR, if it is there. True if it was. */
bool reftable_drop(const char *program, const char *dir, const char *name);

/*
 * Copy NAME of the directory FROM to TO, where it must not be: a regular file with its mode
 * and its time of change (git's index compares with that), a symbolic link as it stands, a
 * directory with all in it, but for locks and samples. What is neither is left out, as is what is more than
 * COPY_ENTRIES. 0, or -1 with errno; ENOENT: it is not there.
 */
#define COPY_ENTRIES 20000
int copy_entry(int from, int to, const char *name);

/* Write LEN bytes of DATA to the new file NAME of DIR, mode 0644. 0, or -1 with errno. */
int copy_text(int dir, const char *name, const void *data, unsigned long len);

/*
 * Is what git writes in the git directory DIR of the host in that directory? git follows symbolic links in the
 * place of its index, its reflogs and the directories of refs and objects, and goes where "commondir" says; a
 * repository that was made in a sandbox could have them lead to any file of the user's. Its submodules and linked
 * work trees are looked at too. False with a line in WRONG.
 */
bool plain_git(const char *dir, char wrong[static 512]);

/*
 * All refs of the git directory open as DIR, in the format of one packed-refs file: loose
 * ones in the place of packed ones of the same name (gitrepository-layout(5)). *TEXT, of *LEN
 * bytes, is the caller's. The paths of symbolic refs below DIR, such as refs/remotes/origin/HEAD,
 * are appended to SYMBOLIC, each followed by what its file says: they have no place there. refs/wrapix
 * is left out. 0, or -1 with errno.
 */
int refs_pack(int dir, char **text, size_t *len, struct strv *symbolic);

#endif
