/* SPDX-License-Identifier: MIT */
/*
 * Beside the states, in $XDG_STATE_HOME/wrapix, lie "images", the hashes of files, one
 * line each; "images.lock"; "load", a folder for the time of a load. In HASH.run lies
 * "image-BASE": the hash of the project's image, and those of its earlier ones that
 * are still to be removed.
 */
#include "image.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#include "archive.h"
#include "host/host.h"
#include "imagespec.h"
#include "host/inside.h"
#include "libcommon/atomic.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "engine/podman.h"
#include "state/state.h"
#include "base/task.h"

#define HASH_LEN  64
#define TAG_LEN   32         /* of the hash, in the image's name */
#define BASE_MAX  64
#define CACHE_MAX 65536
#define YOUNG     2          /* seconds: a file may change again within its time stamp */
#define OURS      "localhost/wrapix/"

/* --- Whether it may be used */

/* The archive, open, and what it is. */
static int
open_archive(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd == -1 || fstat(fd, st) == -1)
		err(WX_CHAIN, "cannot open image archive '%s'", shown(path));
	if (S_ISDIR(st->st_mode))
		errx(WX_CHAIN, "image archive '%s' is a folder: name the file, or say rootfs:DIR",
		    shown(path));
	/* Its content is read for the hash, and read again. */
	if (!S_ISREG(st->st_mode) || path_within(path, "/dev") || path_within(path, "/proc"))
		errx(WX_CHAIN, "image archive '%s' is no file that can be read twice: write it to "
		    "one first", shown(path));
	return fd;
}

static void
check_rootfs(const struct plan *p, const char *path)
{
	char *real = realpath(path, NULL);
	struct stat st;
	size_t i;

	if (real == NULL || stat(real, &st) == -1)
		err(WX_CHAIN, "cannot open image folder '%s'", shown(path));
	if (!S_ISDIR(st.st_mode))
		errx(WX_CHAIN, "image folder '%s' is a file: unpack it, or say docker-archive:FILE "
		    "or oci-archive:FILE", shown(path));
	if (access(real, R_OK | X_OK) == -1)
		err(WX_CHAIN, "cannot read image folder '%s'", shown(path));
	/* The kernel's words for overlay are parted by commas. */
	if (strpbrk(path, ",\\") != NULL)
		errx(WX_CHAIN, "cannot use image folder '%s': overlay takes no path with a comma or "
		    "backslash; rename it", shown(path));
	if (inside(p->host_home, real))
		errx(WX_CHAIN, "cannot use image folder '%s': your home with all its keys is in it",
		    shown(path));
	for (i = 0; i < p->mounts.n; i++)
		if (p->mounts.v[i].kind == MOUNT_RW && inside(p->mounts.v[i].src, real))
			errx(WX_CHAIN, "cannot use image folder '%s': '%s', which the sandbox can "
			    "write, is in it", shown(path), shown(p->mounts.v[i].src));
	free(real);
}

void
image_check(const struct plan *p, bool pull)
{
	const char *path;
	enum image kind;
	struct stat st;
	size_t i;

	if (pull && p->engine != ENGINE_PODMAN)
		errx(WX_CHAIN, "engine '%s' pulls no image: leave --pull out",
		    engine_name(p->engine));
	if (p->engine == ENGINE_BWRAP)
		return;
	kind = image_parse(p->image, &path);
	if (kind == IMAGE_NAME)
		return;
	if (p->engine != ENGINE_PODMAN)
		errx(WX_CHAIN, "engine '%s' takes no image but by its name, not '%s'",
		    engine_name(p->engine), shown(p->image));
	if (pull)
		errx(WX_CHAIN, "only a name can be pulled, not '%s': leave --pull out",
		    shown(p->image));
	for (i = 0; i < p->mounts.n; i++)
		if (p->mounts.v[i].kind == MOUNT_RW && inside(path, p->mounts.v[i].src))
			errx(WX_CHAIN, "image '%s' lies in '%s', where the sandbox can write it: "
			    "move it", shown(p->image), shown(p->mounts.v[i].src));
	if (kind == IMAGE_ROOTFS)
		check_rootfs(p, path);
	else
		(void)close(open_archive(path, &st));
}

/* --- podman */

struct load {
	const struct plan *plan;
	const char *path;        /* of the archive, for messages */
	enum archive kind;
	int         fd;
	struct stat st;
	char       *base;
	char        hash[HASH_LEN + 1];
	char       *image;       /* what it is called */
	int         dir;         /* of all states */
	int         lock;        /* -1: not held */
};

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

static void
load_clean(void)
{
	if (load_folder != NULL)
		(void)nftw(load_folder, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	free(load_folder);
	load_folder = NULL;
}

/* Was there a signal? Then what is half done goes, and we end by it. */
static void
heed_signals(void)
{
	if (task_stopped == 0)
		return;
	load_clean();
	task_end();
}

/* podman's, and with PULL how to get to the network. */
static char **
environment(bool pull)
{
	static const char *const net[] = { "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
	    "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
	    "REGISTRY_AUTH_FILE", NULL };
	struct words env = { 0 };
	const char *const *n;

	podman_environment(&env);
	for (n = net; pull && *n != NULL; n++)
		if (getenv(*n) != NULL)
			words_addf(&env, "%s=%s", *n, getenv(*n));
	/* What it unpacks, in our folder, and not where nobody would find what a kill
	 * leaves. But where it has no other place for what runs, that is in TMPDIR too. */
	if (!pull && getenv("XDG_RUNTIME_DIR") != NULL)
		words_add(&env, "TMPDIR=.");
	else if (getenv("TMPDIR") != NULL)
		words_addf(&env, "TMPDIR=%s", getenv("TMPDIR"));
	return env.v;
}

/*
 * podman's exit status, 256 + its number for a signal. Its words go to *SAID, if that is
 * not NULL, and its output to OUT (-1: nowhere).
 */
static int
podman(const struct plan *p, const char *cwd, const char *const words[], int out, char **said)
{
	struct words argv = { 0 };
	int err_fd = task_file(), status;

	words_add(&argv, p->podman);
	words_addv(&argv, words);
	status = task_wait(task_start((const char *const *)argv.v, environment(false), cwd,
	    -1, out, err_fd));
	if (said != NULL)
		*said = task_said(err_fd);
	else
		(void)close(err_fd);
	heed_signals();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static bool
exists(const struct plan *p, const char *name)
{
	const char *const words[] = { "image", "exists", "--", name, NULL };
	char *said;
	int status = podman(p, "/", words, -1, &said);

	if (status > 1)
		errx(WX_CHAIN, "podman cannot look for image '%s': %s", name, said);
	free(said);
	return status == 0;
}

/* In the foreground: its progress, and what goes wrong, is seen. */
static void
pull_name(const struct plan *p, const char *name)
{
	const char *const argv[] = { p->podman, "pull", "--", name, NULL };
	int status;

	if (exists(p, name))
		return;
	status = task_wait(task_start(argv, environment(true), "/", -1, -1, STDERR_FILENO));
	heed_signals();
	if (status != 0)
		errx(WX_CHAIN, "cannot pull image '%s': podman pull failed", name);
}

/* --- What is kept: hashes, and the images of projects */

static char *
states(const struct plan *p)
{
	return xprintf("%.*s", (int)(strrchr(p->state, '/') - p->state), p->state);
}

static void
take_lock(struct load *l)
{
	if (l->lock != -1)
		return;
	l->lock = openat(l->dir, "images.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (l->lock == -1)
		err(WX_CHAIN, "cannot open 'images.lock' of wx-run's states");
	while (flock(l->lock, LOCK_EX) == -1) {
		if (errno != EINTR)
			err(WX_CHAIN, "cannot lock 'images.lock' of wx-run's states");
		heed_signals();
	}
}

/* A small text file of ours; "" if it is not there, or not ours. */
static char *
read_text(int dir, const char *name)
{
	char *buf = calloc(1, CACHE_MAX + 1);
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (buf == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	if (fd != -1 && (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_uid != getuid() ||
	    wx_read_all(fd, buf, CACHE_MAX) == -1))
		*buf = '\0';
	if (fd != -1)
		(void)close(fd);
	return buf;
}

static bool
is_hash(const char *s, size_t n)
{
	return strspn(s, "0123456789abcdef") == n;
}

/* The file as it is now: one that is changed, or another of its name, differs. */
static char *
cache_key(const struct stat *st)
{
	struct timespec written = wx_stat_mtime(st), changed = wx_stat_ctime(st);

	return xprintf("%ju %ju %jd %jd.%09ld %jd.%09ld ", (uintmax_t)st->st_dev,
	    (uintmax_t)st->st_ino, (intmax_t)st->st_size, (intmax_t)written.tv_sec,
	    written.tv_nsec, (intmax_t)changed.tv_sec, changed.tv_nsec);
}

static bool
cache_find(struct load *l)
{
	char *text = read_text(l->dir, "images"), *key = cache_key(&l->st), *line = text, *hash;
	size_t n = strlen(key);
	bool found = false;

	for (; *line != '\0' && !found; line += strcspn(line, "\n"), line += *line == '\n') {
		hash = line + n;
		if (strncmp(line, key, n) != 0 || !is_hash(hash, HASH_LEN) || hash[HASH_LEN] != '\n')
			continue;
		memcpy(l->hash, hash, HASH_LEN);
		found = true;
	}
	free(text);
	free(key);
	return found;
}

/* The newest first; of the old ones as many as fit. It costs a hash if it fails. */
static void
cache_add(const struct load *l)
{
	char *old = read_text(l->dir, "images"), *key = cache_key(&l->st), *text, *end;
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) == 0 && now.tv_sec - wx_stat_ctime(&l->st).tv_sec > YOUNG) {
		text = xprintf("%s%s\n%s", key, l->hash, old);
		if (strlen(text) > CACHE_MAX / 2) {
			text[CACHE_MAX / 2] = '\0';
			end = strrchr(text, '\n');
			end[1] = '\0';
		}
		(void)wx_file_replace(l->dir, "images", 0600, text, strlen(text));
		free(text);
	}
	free(key);
	free(old);
}

/* Is HASH that of the image BASE of any project? */
static bool
is_used(const struct load *l, const char *record, const char *hash)
{
	DIR *dir = fdopendir(fcntl(l->dir, F_DUPFD_CLOEXEC, 3));
	struct dirent *e;
	char *path, *text;
	size_t n;
	bool used = dir == NULL;   /* as far as we know */

	if (dir != NULL)
		rewinddir(dir);
	while (dir != NULL && !used && (e = readdir(dir)) != NULL) {
		n = strlen(e->d_name);
		if (n < 4 || strcmp(e->d_name + n - 4, ".run") != 0)
			continue;
		path = xprintf("%s/%s", e->d_name, record);
		text = read_text(l->dir, path);
		used = strncmp(text, hash, TAG_LEN) == 0;
		free(text);
		free(path);
	}
	if (dir != NULL)
		(void)closedir(dir);
	return used;
}

/* Remove the image, which podman refuses while a container uses it. False: later. */
static bool
prune(const struct load *l, const char *hash)
{
	char *name = xprintf(OURS "%s:%s", l->base, hash);
	const char *const words[] = { "rmi", "--", name, NULL };
	int status = podman(l->plan, "/", words, -1, NULL);

	free(name);
	return status <= 1;   /* 1: it was not there */
}

/* The project's image is this one now: those that it had before can go. */
static void
remember(struct load *l)
{
	char *record = xprintf("image-%s", l->base), *old, *now, *left, *p;
	int dir = open(l->plan->run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir == -1)
		err(WX_CHAIN, "cannot open '%s'", l->plan->run_dir);
	old = read_text(dir, record);
	if (strncmp(old, l->hash, TAG_LEN) != 0) {
		take_lock(l);
		free(old);
		old = read_text(dir, record);
		now = xprintf("%.*s\n", TAG_LEN, l->hash);
		/* Said first, so that nobody removes it, and we do not remove our own. */
		left = xprintf("%s%s", now, old);
		(void)wx_file_replace(dir, record, 0600, left, strlen(left));
		for (p = old; is_hash(p, TAG_LEN) && p[TAG_LEN] == '\n'; p += TAG_LEN + 1) {
			p[TAG_LEN] = '\0';
			if (!is_used(l, record, p) && !prune(l, p)) {
				free(left);
				left = now;
				now = xprintf("%s%s\n", left, p);
			}
		}
		(void)wx_file_replace(dir, record, 0600, now, strlen(now));
		free(now);
	}
	(void)close(dir);
	free(old);
	free(record);
}

/* --- The load of an archive */

/* For the name: of the file, without its kinds and without the hash of a Nix store. */
static char *
base_of(const char *path)
{
	static const char *const ends[] = { ".gz", ".xz", ".zst", ".bz2", ".tar", ".tgz", ".oci",
	    NULL };
	const char *name = strrchr(path, '/') + 1, *const *e;
	char *out = malloc(BASE_MAX + 1);
	size_t len, n = 0, i;

	if (out == NULL)
		err(WX_CHAIN, "cannot allocate memory");
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
	char *path = host_program(prog);

	if (path == NULL)
		errx(WX_CHAIN, "cannot read image archive '%s': %s, which that takes, is not on "
		    "PATH: install it", shown(l->path), prog);
	return path;
}

static void
check_unchanged(struct load *l)
{
	char *before = cache_key(&l->st), *after;

	if (fstat(l->fd, &l->st) == -1)
		err(WX_CHAIN, "cannot read image archive '%s'", shown(l->path));
	after = cache_key(&l->st);
	if (strcmp(before, after) != 0)
		errx(WX_CHAIN, "image archive '%s' was changed while it was read: try again when it "
		    "is whole", shown(l->path));
	free(before);
	free(after);
}

/* PATH, for one that is a script. */
static char **
plain_environment(void)
{
	struct words env = { 0 };

	words_add(&env, "LC_ALL=C");
	words_addf(&env, "PATH=%s", getenv("PATH") == NULL ? "" : getenv("PATH"));
	return env.v;
}

static void
hash_file(struct load *l)
{
	char *prog = need(l, "sha256sum"), *said;
	const char *const argv[] = { prog, NULL };
	int out = task_file(), words = task_file(), status;

	status = task_wait(task_start(argv, plain_environment(), "/", l->fd, out, words));
	heed_signals();
	said = task_said(words);
	if (status != 0 || pread(out, l->hash, HASH_LEN, 0) != HASH_LEN || !is_hash(l->hash, HASH_LEN))
		errx(WX_CHAIN, "cannot read image archive '%s': %s", shown(l->path), said);
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
		err(WX_CHAIN, "cannot read image archive '%s'", shown(l->path));
	if (prog == NULL)
		return archive_copy(l->fd, out, l->kind, &task_stopped);
	path = need(l, prog);
	words = task_file();
	if (wx_pipe(pipe_fds) == -1)
		err(WX_CHAIN, "cannot make a pipe");
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
load(const struct load *l, char id[static HASH_LEN + 1])
{
	const char *const words[] = { "pull", "-q", l->kind == ARCHIVE_DOCKER ?
	    "docker-archive:image.tar" : "oci-archive:image.tar", NULL };
	char *path = xprintf("%s/image.tar", load_folder), *said;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), out;
	const char *bad;

	if (fd == -1)
		err(WX_CHAIN, "cannot make '%s'", path);
	bad = unpack(l, fd);
	heed_signals();
	if (bad != NULL)
		errx(WX_CHAIN, "image archive '%s' %s", shown(l->path), bad);
	(void)close(fd);
	out = task_file();
	if (podman(l->plan, load_folder, words, out, &said) != 0)
		errx(WX_CHAIN, "cannot load image archive '%s': %s", shown(l->path), said);
	if (pread(out, id, HASH_LEN, 0) != HASH_LEN || !is_hash(id, HASH_LEN))
		errx(WX_CHAIN, "cannot load image archive '%s': podman does not say what it is",
		    shown(l->path));
	(void)close(out);
	free(said);
	free(path);
}

static void
load_and_name(struct load *l)
{
	char id[HASH_LEN + 1] = "", *said, *folder;
	const char *const words[] = { "tag", id, l->image, NULL };

	if (isatty(STDERR_FILENO))
		warnx("loading image archive '%s', once for what is in it", shown(l->path));
	folder = states(l->plan);
	load_folder = xprintf("%s/load", folder);
	free(folder);
	folder = xstrdup(load_folder);
	/* What a killed one left, which had the lock as we have it. */
	load_clean();
	load_folder = folder;
	if (mkdir(load_folder, 0700) == -1)
		err(WX_CHAIN, "cannot make '%s'", load_folder);
	load(l, id);
	check_unchanged(l);
	if (podman(l->plan, "/", words, -1, &said) != 0)
		errx(WX_CHAIN, "cannot name image '%s': %s", l->image, said);
	free(said);
	load_clean();
}

static void
name_image(struct load *l)
{
	free(l->image);
	l->image = xprintf(OURS "%s:%.*s", l->base, TAG_LEN, l->hash);
}

static char *
ready_archive(const struct plan *p, enum archive kind, const char *path)
{
	struct load l = { .plan = p, .path = path, .kind = kind, .lock = -1, .base = base_of(path) };
	char *folder = states(p);

	l.fd = open_archive(path, &l.st);
	l.dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l.dir == -1)
		err(WX_CHAIN, "cannot open '%s'", folder);
	if (cache_find(&l))
		name_image(&l);
	if (l.image == NULL || !exists(p, l.image)) {
		take_lock(&l);
		if (!cache_find(&l)) {
			hash_file(&l);
			cache_add(&l);
		}
		name_image(&l);
		if (!exists(p, l.image))
			load_and_name(&l);
	}
	remember(&l);
	(void)close(l.fd);
	(void)close(l.dir);
	if (l.lock != -1)
		(void)close(l.lock);
	free(l.base);
	free(folder);
	return l.image;
}

char *
image_ready(const struct plan *p, bool pull)
{
	const char *rest;
	enum image kind;
	char *image;

	if (p->engine != ENGINE_PODMAN)
		return NULL;
	kind = image_parse(p->image, &rest);
	if (kind == IMAGE_ROOTFS || (kind == IMAGE_NAME && !pull))
		return xstrdup(p->image);
	state_make(p);
	if (atexit(load_clean) != 0)
		errx(WX_CHAIN, "cannot set up an exit");
	task_begin();
	if (kind == IMAGE_NAME) {
		pull_name(p, rest);
		image = xstrdup(p->image);
	} else {
		image = ready_archive(p, kind == IMAGE_DOCKER ? ARCHIVE_DOCKER : ARCHIVE_OCI, rest);
	}
	task_end();
	return image;
}
