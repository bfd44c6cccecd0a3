/* SPDX-License-Identifier: MIT */
#include "load.h"

#include <sys/wait.h>

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kept.h"
#include "libcommon/exitcode.h"
#include "libcommon/osfile.h"
#include "libcommon/tool/program.h"
#include "libcommon/tool/task.h"

#define BASE_MAX  64

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	(void)remove(path);
	return 0;
}

static char *load_folder;   /* while it is in use */

void
load_clean(void)
{
	if (load_folder != NULL)
		(void)nftw(load_folder, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	free(load_folder);
	load_folder = NULL;
}

/* Was there a signal? Then what is half done goes, and we end by it. */
void
load_heed_signals(void)
{
	if (task_stopped == 0)
		return;
	load_clean();
	task_end();
}

/* podman's, and with PULL how to get to the network. */
char **
load_environment(bool pull)
{
	static const char *const net[] = { "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
	    "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
	    "REGISTRY_AUTH_FILE", NULL };
	struct strv env = { 0 };
	const char *const *n;

	program_podman_environment(NULL, &env);
	for (n = net; pull && *n != NULL; n++)
		if (getenv(*n) != NULL)
			strv_addf(&env, "%s=%s", *n, getenv(*n));
	/* What it unpacks, in our folder, and not where nobody would find what a kill
	 * leaves. But where it has no other place for what runs, that is in TMPDIR too. */
	if (!pull && getenv("XDG_RUNTIME_DIR") != NULL)
		strv_add(&env, "TMPDIR=.");
	else if (getenv("TMPDIR") != NULL)
		strv_addf(&env, "TMPDIR=%s", getenv("TMPDIR"));
	return env.v;
}

/*
 * podman's exit status, 256 + its number for a signal. Its words go to *SAID, if that is
 * not NULL, and its output to OUT (-1: nowhere).
 */
int
load_podman(const char *podman, const char *cwd, const char *const words[], int out, char **said)
{
	struct strv argv = { 0 };
	int err_fd = task_file(), status;

	strv_add(&argv, podman);
	strv_addv(&argv, words);
	status = task_wait(task_start((const char *const *)argv.v, load_environment(false), cwd,
	    -1, out, err_fd));
	if (said != NULL)
		*said = task_said(err_fd);
	else
		(void)close(err_fd);
	load_heed_signals();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

bool
load_exists(const char *podman, const char *name)
{
	const char *const words[] = { "image", "exists", "--", name, NULL };
	char *said;
	int status = load_podman(podman, "/", words, -1, &said);

	if (status > 1)
		errx(WX_FAIL, "podman cannot look for image '%s': %s", name, said);
	free(said);
	return status == 0;
}

/* For the name: of the file, without its kinds and without the hash of a Nix store. */
char *
load_base(const char *path)
{
	static const char *const ends[] = { ".gz", ".xz", ".zst", ".bz2", ".tar", ".tgz", ".oci",
	    NULL };
	const char *name = strrchr(path, '/') + 1, *const *e;
	char *out = malloc(BASE_MAX + 1);
	size_t len, n = 0, i;

	if (out == NULL)
		err(WX_FAIL, "cannot allocate memory");
	if (strncmp(path, "/nix/store/", 11) == 0 && strlen(name) > 33 && name[32] == '-')
		name += 33;
	len = strlen(name);
	for (e = ends; *e != NULL; e++)
		if (len > strlen(*e) && strncmp(name + len - strlen(*e), *e, strlen(*e)) == 0)
			len -= strlen(*e);
	for (i = 0; i < len && n < BASE_MAX; i++) {
		if (isascii((unsigned char)name[i]) && isalnum((unsigned char)name[i]))
			out[n++] = (char)tolower((unsigned char)name[i]);
		else if (n > 0 && out[n - 1] != '-')
			out[n++] = '-';
	}
	while (n > 0 && out[n - 1] == '-')
		n--;
	out[n] = '\0';
	if (n == 0) {
		free(out);
		out = xstrdup("image");
	}
	return out;
}

/* A program on our PATH, for PURPOSE. */
static char *
need(const struct load *l, const char *prog)
{
	char *path = program_in(getenv("PATH"), prog);

	if (path == NULL)
		errx(WX_FAIL, "cannot read image archive '%s': %s, which that takes, is not on "
		    "PATH: install it", escaped(l->path), prog);
	return path;
}

static void
check_unchanged(struct load *l)
{
	char *before = kept_key(&l->st), *after;

	if (fstat(l->fd, &l->st) == -1)
		err(WX_FAIL, "cannot read image archive '%s'", escaped(l->path));
	after = kept_key(&l->st);
	if (strcmp(before, after) != 0)
		errx(WX_FAIL, "image archive '%s' was changed while it was read: try again when it "
		    "is whole", escaped(l->path));
	free(before);
	free(after);
}

/* PATH, for one that is a script. */
static char **
plain_environment(void)
{
	struct strv env = { 0 };

	strv_add(&env, "LC_ALL=C");
	strv_addf(&env, "PATH=%s", getenv("PATH") == NULL ? "" : getenv("PATH"));
	return env.v;
}

void
load_hash(struct load *l)
{
	char *prog = need(l, "sha256sum"), *said;
	const char *const argv[] = { prog, NULL };
	int out = task_file(), words = task_file(), status;

	status = task_wait(task_start(argv, plain_environment(), "/", l->fd, out, words));
	load_heed_signals();
	said = task_said(words);
	if (status != 0 || pread(out, l->hash, LOAD_HASH, 0) != LOAD_HASH || !kept_is_hash(l->hash, LOAD_HASH))
		errx(WX_FAIL, "cannot read image archive '%s': %s", escaped(l->path), said);
	free(said);
	(void)close(out);
	check_unchanged(l);
}

/* The program that unpacks what begins so; NULL: it is not packed. */
static const char *
unpacker(int fd)
{
	static const struct { const char *magic; size_t len; const char *prog; } known[] = {
		{ "\x1f\x8b", 2, "gzip" },
		{ "\xfd" "7zXZ", 5, "xz" },
		{ "\x28\xb5\x2f\xfd", 4, "zstd" },
		{ "BZh", 3, "bzip2" },
	};
	char head[5] = "";
	size_t i;

	if (pread(fd, head, sizeof(head), 0) < 2)
		return NULL;
	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (memcmp(head, known[i].magic, known[i].len) == 0)
			return known[i].prog;
	return NULL;
}

/* The archive, unpacked and without its names, in OUT. What is wrong with it, or NULL. */
static const char *
unpack(const struct load *l, int out)
{
	const char *prog = unpacker(l->fd), *bad;
	char *path, *said;
	int pipe_fds[2], words, status;
	pid_t pid;

	if (lseek(l->fd, 0, SEEK_SET) == -1)
		err(WX_FAIL, "cannot read image archive '%s'", escaped(l->path));
	if (prog == NULL)
		return archive_copy(l->fd, out, l->kind, &task_stopped);
	path = need(l, prog);
	words = task_file();
	if (wx_pipe(pipe_fds) == -1)
		err(WX_FAIL, "cannot make a pipe");
	pid = task_start((const char *const[]){ path, "-dc", NULL },
	    plain_environment(), "/", l->fd, pipe_fds[1], words);
	(void)close(pipe_fds[1]);
	bad = archive_copy(pipe_fds[0], out, l->kind, &task_stopped);
	(void)close(pipe_fds[0]);
	status = task_wait(pid);
	said = task_said(words);
	/* It ends by SIGPIPE where we found something first. */
	if (status != 0 && !WIFSIGNALED(status))
		bad = xprintf("cannot be unpacked: %s; make it again", said);
	else if (status != 0 && bad == NULL)
		bad = xprintf("cannot be unpacked: %s was killed", prog);
	free(said);
	free(path);
	return bad;
}

/* Into podman's storage, where it has no name yet: its number. */
static void
load(const struct load *l, char id[static LOAD_HASH + 1])
{
	const char *const words[] = { "pull", "-q", l->kind == ARCHIVE_DOCKER ?
	    "docker-archive:image.tar" : "oci-archive:image.tar", NULL };
	char *path = xprintf("%s/image.tar", load_folder), *said;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), out;
	const char *bad;

	if (fd == -1)
		err(WX_FAIL, "cannot make '%s'", path);
	bad = unpack(l, fd);
	load_heed_signals();
	if (bad != NULL)
		errx(WX_FAIL, "image archive '%s' %s", escaped(l->path), bad);
	(void)close(fd);
	out = task_file();
	if (load_podman(l->podman, load_folder, words, out, &said) != 0)
		errx(WX_FAIL, "cannot load image archive '%s': %s", escaped(l->path), said);
	if (pread(out, id, LOAD_HASH, 0) != LOAD_HASH || !kept_is_hash(id, LOAD_HASH))
		errx(WX_FAIL, "cannot load image archive '%s': podman does not say what it is",
		    escaped(l->path));
	(void)close(out);
	free(said);
	free(path);
}

void
load_and_name(struct load *l)
{
	char id[LOAD_HASH + 1] = "", *said, *folder = xprintf("%s/load", l->states);
	const char *const words[] = { "tag", id, l->image, NULL };

	if (isatty(STDERR_FILENO))
		warnx("loading image archive '%s', once for what is in it", escaped(l->path));
	/* What a killed one left, which had the lock as we have it. */
	load_folder = xstrdup(folder);
	load_clean();
	load_folder = folder;
	if (mkdir(load_folder, 0700) == -1)
		err(WX_FAIL, "cannot make '%s'", load_folder);
	load(l, id);
	check_unchanged(l);
	if (load_podman(l->podman, "/", words, -1, &said) != 0)
		errx(WX_FAIL, "cannot name image '%s': %s", l->image, said);
	free(said);
	load_clean();
}
