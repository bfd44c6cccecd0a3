/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "key/key.h"

#include "libcommon/atomic.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/shellword.h"

const char *
with(const char *name, const char *suffix)
{
	static char text[4][NAME_MAX + 16];
	static unsigned turn;

	turn = (turn + 1) % 4;
	(void)snprintf(text[turn], sizeof(text[turn]), "%s%s", name, suffix);
	return text[turn];
}

/* Where the old public half steps aside. */
static const char *
aside(const char *name)
{
	static char text[NAME_MAX + 1];

	(void)snprintf(text, sizeof(text), ".%.200s.pub.wx-old", name);
	return text;
}

bool
same_key(const struct wx_pubkey *a, const struct wx_pubkey *b)
{
	return a->blob_len == b->blob_len && memcmp(a->blob, b->blob, a->blob_len) == 0;
}

static bool
exists(const struct place *p, const char *name)
{
	struct stat st;

	if (fstatat(p->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	if (errno != ENOENT)
		err(WX_FAIL, "cannot look at '%s'", place_path(p, name));
	return false;
}

/*
 * The contents of NAME, CAP bytes at the most, and its stat. The number of bytes,
 * or -1 with errno: EINVAL if it is not a regular file, EMSGSIZE if there is more.
 * O_NONBLOCK: not to wait for the other end of a named pipe.
 */
static ssize_t
slurp(int dir, const char *name, int flags, char *buf, size_t cap, struct stat *st)
{
	int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
	ssize_t n = -1;
	int saved;

	memset(st, 0, sizeof(*st));
	if (fd == -1)
		return -1;
	if (fstat(fd, st) == 0) {
		errno = EINVAL;
		if (S_ISREG(st->st_mode))
			n = wx_read_all(fd, buf, cap);
	}
	saved = errno;
	(void)close(fd);
	errno = saved;
	return n;
}

static int
look_private(int dir, const char *name, int flags, struct pair *out)
{
	static char text[PRIVKEY_MAX];
	ssize_t n = slurp(dir, name, flags, text, sizeof(text), &out->private.st);

	if (n == -1 && errno == ENOENT)
		return 0;
	if (n == -1 && errno != EMSGSIZE)
		return -1;
	out->private.there = true;
	out->private_status = n == -1 ? PRIVKEY_NONE :
	    privkey_sound(text, (size_t)n, &out->key, out->deep ? libcrypto_sound : NULL);
	wx_wipe(text, n == -1 ? sizeof(text) : (size_t)n);
	return 0;
}

int
pair_look_public(int dir, const char *file, int flags, struct pair *out)
{
	ssize_t n = slurp(dir, file, flags, out->line, sizeof(out->line) - 1, &out->public.st);
	const struct wx_pubkey *k = &out->public_key;

	out->public.there = false;
	out->match = false;
	if (n == -1 && (errno == ENOENT || errno == ENAMETOOLONG))
		return 0;
	if (n == -1 && errno != EMSGSIZE)
		return -1;
	out->public.there = true;
	out->public_status = n == -1 ? WX_PUBKEY_LINES : wx_pubkey_parse(out->line, (size_t)n, &out->public_key);
	if (out->public_status != WX_PUBKEY_OK)
		return 0;
	out->line[k->comment + k->comment_len - out->line] = '\0';
	out->match = out->private.there && out->private_status == PRIVKEY_OK && same_key(k, &out->key.key);
	return 0;
}

int
pair_look(int dir, const char *name, int flags, struct pair *out)
{
	out->private.there = false;
	out->bad = name;
	if (look_private(dir, name, flags, out) == -1)
		return -1;
	out->bad = with(name, ".pub");
	return pair_look_public(dir, out->bad, flags, out);
}

static _Noreturn void
unreadable(const struct place *p, const char *name)
{
	if (errno == ELOOP)
		errx(WX_FAIL, "refusing '%s': it is a symbolic link; give the file that it names", place_path(p, name));
	if (errno == EINVAL)
		errx(WX_FAIL, "refusing '%s': it is not a regular file", place_path(p, name));
	err(fail_code(), "cannot read '%s'", place_path(p, name));
}

void
pair_check(const struct place *p, const char *name, struct pair *out)
{
	if (pair_look(p->dir, name, O_NOFOLLOW, out) == -1)
		unreadable(p, out->bad);
}

/* Of a public half alone the private one is in the hardware. */
static bool
in_hardware(const struct pair *p)
{
	if (p->private.there && p->private_status == PRIVKEY_HANDLE)
		return true;
	if (p->private.there && p->private_status == PRIVKEY_OK)
		return strncmp(p->key.public, "sk-", 3) == 0;
	return p->public.there && p->public_status == WX_PUBKEY_OK && strncmp(p->public_key.type, "sk-", 3) == 0;
}

void
pair_check_hardware(const struct place *p, const char *name, const struct pair *pair)
{
	if (in_hardware(pair))
		errx(WX_FAIL, "refusing to replace '%s': it is the handle of a key in hardware, which without it "
		    "is of no use any more; give another name, or remove it yourself", place_path(p, name));
}

void
private_check_mode(const struct stat *st, const char *path)
{
	char word[4 * 1024];

	if (st->st_uid != geteuid())
		errx(WX_FAIL, "refusing '%s': it belongs to uid %lu, not to you", path, (unsigned long)st->st_uid);
	if ((st->st_mode & (S_IRWXG | S_IRWXO)) != 0)
		errx(WX_FAIL, "refusing '%s': others have access to it (mode %04o); mend it with: chmod 600 -- %s",
		    path, (unsigned)(st->st_mode & 07777), wx_shell_word(path, word, sizeof(word)));
}

const char *
privkey_error(enum privkey_status status)
{
	switch (status) {
	case PRIVKEY_OK:
		return "it is a private key";
	case PRIVKEY_NONE:
		return "it is not a private key";
	case PRIVKEY_OTHER:
		return "it is not in OpenSSH's own format, or of a type without a future; "
		    "ssh-keygen -p -f FILE writes that format";
	case PRIVKEY_HANDLE:
		return "it is not a key, but names one elsewhere, as of a TPM or a token";
	case PRIVKEY_BAD:
		return "the private key is damaged";
	case PRIVKEY_CRLF:
		return "its lines end with CRLF, which ssh does not take; mend it with: sed -i 's/\\r$//' FILE";
	case PRIVKEY_CUT:
		return "its last line has no end, which ssh does not take; mend it with: echo >>FILE";
	}
	return "it is not a private key";
}

void
private_read(const struct place *p, const char *name, char *text, struct privkey *key)
{
	enum privkey_status status;
	struct stat st;
	ssize_t n = slurp(p->dir, name, O_NOFOLLOW, text, PRIVKEY_MAX, &st);

	if (n == -1 && errno != EMSGSIZE)
		unreadable(p, name);
	private_check_mode(&st, place_path(p, name));
	status = n == -1 ? PRIVKEY_NONE : privkey_parse(text, (size_t)n, key);
	if (status != PRIVKEY_OK)
		errx(WX_FAIL, "refusing '%s': %s", place_path(p, name), privkey_error(status));
	text[n] = '\0';
}

static void
remove_file(const struct place *p, const char *name)
{
	if (unlinkat(p->dir, name, 0) == -1 && errno != ENOENT)
		err(WX_FAIL, "cannot remove '%s'", place_path(p, name));
}

/*
 * The public half that stepped aside goes back, if its private half is still
 * there: it is, unless the new one's temporary file got its name.
 */
static void
step_back(const struct place *p, const char *name, bool replaced, struct pair *pair)
{
	if (!exists(p, with(name, ".pub")) && pair_look_public(p->dir, aside(name), O_NOFOLLOW, pair) == 0 &&
	    (!replaced || pair->match)) {
		if (renameat(p->dir, aside(name), p->dir, with(name, ".pub")) == -1)
			err(WX_FAIL, "cannot rename '%s'", place_path(p, aside(name)));
	} else
		remove_file(p, aside(name));
}

enum recovered
pair_recover(const struct place *p, const char *name)
{
	static struct pair pair;
	char temp[2][NAME_MAX + 1];
	bool new_private, new_public, old_public, forward;

	if (wx_temp_name(temp[0], name) == -1 || wx_temp_name(temp[1], with(name, ".pub")) == -1)
		err(WX_FAIL, "cannot name a temporary file for '%s'", place_path(p, name));
	new_private = exists(p, temp[0]);
	new_public = exists(p, temp[1]);
	old_public = exists(p, aside(name));
	if (!new_private && !new_public && !old_public)
		return RECOVERED_NOTHING;
	pair_check(p, name, &pair);
	forward = new_public && pair_look_public(p->dir, temp[1], O_NOFOLLOW, &pair) == 0 && pair.match;
	if (forward && wx_temp_rename(p->dir, with(name, ".pub")) == -1)
		err(WX_FAIL, "cannot rename '%s'", place_path(p, temp[1]));
	if (old_public)
		step_back(p, name, !new_private, &pair);
	remove_file(p, temp[0]);
	remove_file(p, temp[1]);
	if (wx_dir_sync(p->dir) == -1)
		err(WX_FAIL, "cannot write folder '%s'", p->folder);
	return forward ? RECOVERED_NEW : RECOVERED_OLD;
}

int
pair_write(const struct place *p, const char *name, const struct sshkey *key, const char *line, bool sync)
{
	const char *public = with(name, ".pub");

	if (wx_temp_write(p->dir, name, 0600, key->text, key->len, false) == -1 ||
	    wx_temp_write(p->dir, public, 0644, line, strlen(line), false) == -1)
		return -1;
	return sync && (wx_temp_sync(p->dir, name) == -1 || wx_temp_sync(p->dir, public) == -1) ? -1 : 0;
}

int
pair_publish(const struct place *p, const char *name, bool replace)
{
	const char *public = with(name, ".pub");
	int saved;

	if (!replace) {
		if (wx_temp_link(p->dir, name) == -1)
			return -1;
		if (wx_temp_link(p->dir, public) == 0)
			return 0;
		/* Somebody's else was put there just now. Nobody knows the key yet. */
		saved = errno;
		(void)unlinkat(p->dir, name, 0);
		errno = saved;
		return -1;
	}
	if (renameat(p->dir, public, p->dir, aside(name)) == -1 && errno != ENOENT)
		return -1;
	if (wx_temp_rename(p->dir, name) == -1 || wx_temp_rename(p->dir, public) == -1)
		return -1;
	return unlinkat(p->dir, aside(name), 0) == -1 && errno != ENOENT ? -1 : 0;
}

void
public_line(const struct privkey *key, const char *comment, char line[static WX_PUBKEY_LINE_MAX])
{
	int n = snprintf(line, WX_PUBKEY_LINE_MAX, "%.*s%s%s\n", (int)key->public_len, key->public,
	    *comment != '\0' ? " " : "", comment);

	if (n >= WX_PUBKEY_LINE_MAX)
		errx(WX_FAIL, "refusing a public key of %d bytes", n);
}

void
public_replace(const struct place *p, const char *name, const char *line)
{
	if (wx_file_replace(p->dir, name, 0644, line, strlen(line)) == -1)
		err(fail_code(), "cannot write '%s'", place_path(p, name));
}
