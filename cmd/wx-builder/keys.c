/* SPDX-License-Identifier: MIT */
#include "keys.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "child.h"
#include "format.h"

#include "libcommon/atomic.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/pubkey.h"
#include "libcommon/shellword.h"
#include "libcommon/tool/exit.h"
#include "libcommon/tool/strv.h"

#define TEXT_MAX 8192

/* The public half in FILE of K: true, or false if there is none. */
static int
read_pub(const struct builder *b, const char *file, char out[static PUB_MAX])
{
	char line[WX_PUBKEY_LINE_MAX];
	struct wx_pubkey key;
	enum wx_pubkey_status status;
	ssize_t n = builder_read(b, file, 0, line, sizeof(line));

	if (n == -1 && errno == ENOENT)
		return 0;
	if (n == -1)
		err(exit_code(WX_FAIL), "cannot read '%s/%s'", b->keys, file);
	status = wx_pubkey_parse(line, (size_t)n, &key);
	if (status != WX_PUBKEY_OK)
		errx(exit_code(WX_FAIL), "refusing '%s/%s': %s", b->keys, file, wx_pubkey_error(status));
	if (key.type_len != 11 || memcmp(key.type, "ssh-ed25519", 11) != 0)
		errx(exit_code(WX_FAIL), "refusing '%s/%s': not an ed25519 key", b->keys, file);
	format_into(out, PUB_MAX, "ssh-ed25519 %.*s", (int)key.blob_len, key.blob);
	return 1;
}

static int
is_there(const struct builder *b, const char *name)
{
	return faccessat(b->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void
keygen(const struct builder *b, const char *program, const char *pair, int derive)
{
	char *file = xprintf("%s/%s", b->keys, pair), *comment = xprintf("%s %s", b->host, pair);
	const char *const make[] = { program, "-C", comment, "-o", file, NULL };
	const char *const half[] = { program, "-C", comment, "-y", file, NULL };
	char out[4096], said[1024];
	char *pub = xprintf("%s.pub", pair);

	if (child_run(derive ? half : make, -1, out, sizeof(out), said, sizeof(said)) != 0)
		errx(exit_code(WX_FAIL), "cannot make the key '%s': %s", file, *said == '\0' ? "wx-keygen failed" : said);
	if (derive && wx_file_create(b->dir, pub, 0644, out, strlen(out)) == -1)
		err(exit_code(WX_FAIL), "cannot write '%s.pub'", file);
	free(pub);
	free(comment);
	free(file);
}

void
keys_make(struct builder *b)
{
	char *program = NULL, *pub, word[4 * PATH_MAX];
	int i, private, public;

	for (i = 0; i < PAIRS; i++) {
		pub = xprintf("%s.pub", builder_pairs[i]);
		private = is_there(b, builder_pairs[i]);
		public = is_there(b, pub);
		if (public && !private)
			errx(exit_code(WX_FAIL), "half a key: '%s/%s' is there, and its private half is not; a new pair "
			    "is made after: rm -- %s/%s", b->keys, pub, wx_shell_word(b->keys, word, sizeof(word)), pub);
		if (program == NULL && !public)
			program = builder_which("wx-keygen");
		if (program == NULL && !public)
			errx(exit_code(WX_FAIL), "cannot make keys: wx-keygen is neither on PATH nor beside wx-builder");
		if (!public)
			keygen(b, program, builder_pairs[i], private);
		free(pub);
	}
	free(program);
}

void
keys_must(const struct builder *b)
{
	char pub[PUB_MAX], *file;
	int i;

	for (i = 0; i < PAIRS; i++) {
		file = xprintf("%s.pub", builder_pairs[i]);
		if (!read_pub(b, file, pub))
			errx(exit_code(WX_FAIL), "there is no key '%s/%s'; wx-builder start makes it", b->keys, file);
		free(file);
	}
}

/* The public half of a pair that is in use, or staged, behind TEXT, with BEFORE in front. */
static void
add_line(const struct builder *b, const char *file, const char *before, char *text, size_t cap)
{
	size_t len = strlen(text);
	char pub[PUB_MAX];

	if (read_pub(b, file, pub))
		format_into(text + len, cap - len, "%s %s\n", before, pub);
}

void
keys_hosts(const struct builder *b, struct pubs *out)
{
	static const char *const files[PINS] = { "host.pub", "host.next.pub", "host.old.pub" };
	int i;

	out->n = 0;
	for (i = 0; i < PINS; i++)
		if (read_pub(b, files[i], out->v[out->n]))
			out->n++;
	if (out->n == 0)
		errx(exit_code(WX_FAIL), "there is no key '%s/host.pub'; wx-builder start makes it", b->keys);
}

void
keys_private(const struct builder *b, const char *name, char *buf, size_t cap)
{
	if (builder_read(b, name, 1, buf, cap) == -1)
		err(exit_code(WX_FAIL), "cannot read the key '%s/%s'", b->keys, name);
}

static void
serve(const struct builder *b, int dir, const char *name, const char *text)
{
	if (wx_file_replace(dir, name, 0600, text, strlen(text)) == -1)
		err(exit_code(WX_FAIL), "cannot write '%s/%s'", b->server, name);
}

void
keys_publish(const struct builder *b, int host_key)
{
	char text[TEXT_MAX] = "", command[128] = "restrict,command=\"nix-daemon --stdio\"";
	unsigned long long free_min = builder_number(b, "disk-min-free");
	struct pubs hosts;
	size_t i;
	int dir = open(b->server, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir == -1)
		err(exit_code(WX_FAIL), "cannot open folder '%s'", b->server);
	/* The process that this starts is the store: the setting is its own. */
	if (free_min > 0)
		format_into(command, sizeof(command), "restrict,command=\"nix-daemon --stdio --option min-free %llu\"", free_min);
	add_line(b, "nix.pub", command, text, sizeof(text));
	add_line(b, "nix.next.pub", command, text, sizeof(text));
	add_line(b, "shell.pub", "restrict,pty", text, sizeof(text));
	add_line(b, "shell.next.pub", "restrict,pty", text, sizeof(text));
	serve(b, dir, "authorized_keys", text);

	keys_hosts(b, &hosts);
	for (*text = '\0', i = 0; i < hosts.n; i++)
		format_into(text + strlen(text), sizeof(text) - strlen(text), "%s %s\n", b->host, hosts.v[i]);
	builder_write(b, "known_hosts", text);
	if (host_key) {
		keys_private(b, "host", text, sizeof(text));
		serve(b, dir, "ssh_host_ed25519_key", text);
		wx_wipe(text, sizeof(text));
	}
	(void)close(dir);
}
