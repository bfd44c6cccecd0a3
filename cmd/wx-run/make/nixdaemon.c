/* SPDX-License-Identifier: MIT */
#include "nixdaemon.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"

#define SOCKET "/nix/var/nix/daemon-socket/socket"
#define CONF   "/etc/nix/nix.conf"

/* Nix' protocol (worker-protocol.hh): numbers of 64 bits, the lowest byte first. */
#define HELLO       0x6e697863
#define HELLO_BACK  0x6478696f
#define MINOR       35           /* of ours: from there on the daemon says whether it trusts (Nix 2.15) */
#define MINOR_NAME  33           /* from there on its version is in between */
#define BUILD_PATHS 9
#define MODE_REPAIR 1
#define SAYS_LAST   0x616c7473   /* done */
#define SAYS_NEXT   0x6f6c6d67   /* a line; what is begun, ended and found: */
#define SAYS_START  0x53545254
#define SAYS_STOP   0x53544f50
#define SAYS_RESULT 0x52534c54
#define SAYS_ERROR  0x63787470

#define NAME_MAX_LEN 256
#define WAIT_SECONDS 5

static bool
put(int fd, uint64_t n)
{
	unsigned char b[8];
	size_t i;

	for (i = 0; i < sizeof(b); i++)
		b[i] = (unsigned char)(n >> (8 * i));
	return wx_send(fd, b, sizeof(b)) == (ssize_t)sizeof(b);
}

static bool
get(int fd, uint64_t *n)
{
	unsigned char b[8];
	size_t i;

	if (recv(fd, b, sizeof(b), MSG_WAITALL) != (ssize_t)sizeof(b))
		return false;
	for (*n = 0, i = 0; i < sizeof(b); i++)
		*n |= (uint64_t)b[i] << (8 * i);
	return true;
}

/* A string, which is filled up to 8 bytes. */
static bool
skip_string(int fd)
{
	char text[NAME_MAX_LEN + 8];
	uint64_t n;

	if (!get(fd, &n) || n > NAME_MAX_LEN)
		return false;
	n = (n + 7) / 8 * 8;
	return n == 0 || recv(fd, text, (size_t)n, MSG_WAITALL) == (ssize_t)n;
}

/*
 * An older daemon does not say. It refuses to repair, though it is nothing at all, for who is not
 * trusted, and begins for who is.
 */
static int
try_repair(int fd)
{
	static const char refusal[] = "'trusted-users'";
	char text[1024];
	uint64_t word;
	ssize_t n;

	if (!get(fd, &word) || word != SAYS_LAST || !put(fd, BUILD_PATHS) || !put(fd, 0) || !put(fd, MODE_REPAIR) ||
	    !get(fd, &word))
		return -1;
	if (word == SAYS_LAST || word == SAYS_NEXT || word == SAYS_START || word == SAYS_STOP || word == SAYS_RESULT)
		return 1;
	n = word == SAYS_ERROR ? recv(fd, text, sizeof(text), 0) : -1;
	return n > 0 && memmem(text, (size_t)n, refusal, sizeof(refusal) - 1) != NULL ? 0 : -1;
}

/* Does the daemon at the other end of FD trust us? -1: it does not say. */
static int
trusted(int fd)
{
	const struct timeval patience = { .tv_sec = WAIT_SECONDS };
	uint64_t word, version, minor;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (!put(fd, HELLO) || !get(fd, &word) || word != HELLO_BACK || !get(fd, &version) || version >> 8 != 1)
		return -1;
	minor = version & 0xff;
	/* Then which processor is wanted and how much memory is kept, of which neither is any more. */
	if (!put(fd, 1 << 8 | MINOR) || !put(fd, 0) || !put(fd, 0))
		return -1;
	if (minor >= MINOR_NAME && !skip_string(fd))
		return -1;
	if (minor < MINOR)
		return try_repair(fd);
	if (!get(fd, &word))
		return -1;
	return word == 1 ? 1 : word == 2 ? 0 : -1;
}

/* Where the daemon is to be asked for, as Nix has it. The caller owns it. */
static char *
find_socket(void)
{
	const char *named = getenv("NIX_DAEMON_SOCKET_PATH");
	char *path = realpath(named == NULL || *named == '\0' ? SOCKET : named, NULL);
	struct stat st;

	if (path == NULL || stat(path, &st) == -1 || !S_ISSOCK(st.st_mode))
		errx(WX_CHAIN, "no Nix daemon (--nix): '%s' is no socket", named == NULL || *named == '\0' ? SOCKET : named);
	return path;
}

static void
refuse_trusted(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd, trust;

	if (strlen(path) >= sizeof(to.sun_path))
		errx(WX_CHAIN, "the path of the Nix daemon's socket is too long: '%s'", path);
	memcpy(to.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd == -1 || fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) == -1)
		err(WX_CHAIN, "cannot reach the Nix daemon at '%s'", path);
	trust = trusted(fd);
	(void)close(fd);
	if (trust == 1)
		errx(WX_CHAIN, "refusing --nix: the Nix daemon trusts this user (trusted-users in nix.conf), so what is "
		    "inside could put anything into the store, as root");
	if (trust == -1)
		errx(WX_CHAIN, "refusing --nix: the Nix daemon does not say whether it trusts this user; is he among the "
		    "allowed-users of nix.conf?");
}

/* Of its settings those without which its newer commands say that they are experiments. */
static void
add_settings(struct plan *p)
{
	static const char *const keys[] = { "experimental-features", "extra-experimental-features", NULL };
	char buf[32768], *text;

	if (wx_read_text(AT_FDCWD, CONF, 0, buf, sizeof(buf)) == -1)
		return;
	text = etc_harmless(buf, keys);
	mount_file(&p->mounts, CONF, 0644, text, strlen(text));
	free(text);
}

void
nixdaemon_add(const struct request *r, struct plan *p)
{
	char *path;

	if (!r->nix)
		return;
	if (p->engine->needs_image)
		errx(WX_CHAIN, "engine '%s' shows nothing of this machine's Nix store, so its Nix daemon (--nix) is of no use",
		    p->engine->name);
	if (p->net == NET_NONE || p->net == NET_LISTED)
		errx(WX_CHAIN, "network '%s' would not hold with the Nix daemon (--nix), whose builds fetch from any host: "
		    "say -n open with it", net_name(p->net));
	path = find_socket();
	refuse_trusted(path);
	(void)mount_add(&p->mounts, MOUNT_RO, path, SOCKET, "nix");
	env_set(&p->env, "NIX_REMOTE", "daemon", false);
	add_settings(p);
	free(path);
}
