/* SPDX-License-Identifier: MIT */
/*
 * The tunnel. It is OpenSSH's, and not that of podman itself, which takes the host key of a
 * host that it does not know (4.3 without asking), and knows nothing of ssh_config(5).
 */
#include "far.h"

#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "inspect.h"
#include "dial.h"
#include "link.h"
#include "format.h"

#include "libcommon/atomic.h"
#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "libcommon/tool/exit.h"
#include "libcommon/tool/strv.h"
#include "libcommon/utf8.h"

#define TUNNEL    "tunnel"
#define SOCKET    "podman.sock"
#define FAR_PORT  "far-port"
#define CONNECTION "connection"
#define PORT_FROM 20000   /* below those that a system gives to clients */
#define PORTS     10000
#define JSON_MAX  65536

/* Where a connection leads: ssh://[USER@]HOST[:PORT]/PATH. */
struct place {
	char user[64], host[256], port[8], path[128];
	char identity[PATH_MAX];   /* "": ssh's own choice */
};

/* --- its lock */

static int
open_tunnel(const struct builder *b, int flags)
{
	return b->dir == -1 ? -1 : openat(b->dir, TUNNEL, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
}

enum tunnel
far_tunnel(const struct builder *b)
{
	int fd = open_tunnel(b, O_RDONLY), rc;

	if (fd == -1)
		return TUNNEL_NONE;
	rc = flock(fd, LOCK_SH | LOCK_NB);
	(void)close(fd);
	return rc == 0 ? TUNNEL_CUT : TUNNEL_UP;
}

void
far_socket(const struct builder *b, char out[static PATH_MAX])
{
	format_into(out, PATH_MAX, "%s/" SOCKET, b->keys);
}

/* The last line that it said, without its pid, which is the first. */
static void
last_words(const struct builder *b, char *out, size_t cap)
{
	char text[4096], *line, *save = NULL;
	const char *last = "ssh does not say why";
	ssize_t n = builder_read(b, TUNNEL, 0, text, sizeof(text));

	if (n > 0 && strtok_r(text, "\r\n", &save) != NULL)
		while ((line = strtok_r(NULL, "\r\n", &save)) != NULL)
			last = line;
	(void)snprintf(out, cap, "%s", last);
	(void)wx_utf8_clean(out);
}

void
far_must(const struct builder *b)
{
	char why[512];

	if (*b->far == '\0' || far_tunnel(b) == TUNNEL_UP)
		return;
	if (far_tunnel(b) == TUNNEL_NONE)
		errx(exit_code(WX_FAIL), "builder '%s' is not running; start it with: wx-builder start%s", b->name, builder_option(b));
	last_words(b, why, sizeof(why));
	errx(exit_code(WX_FAIL), "the tunnel to builder '%s' on '%s' has ended: %s; mend it with: wx-builder start%s", b->name,
	    b->far, why, builder_option(b));
}

/* --- the connection */

/* The bytes up to END into OUT, of the alphabet CHARS and not beginning with '-'. */
static bool
part(const char *s, const char *end, const char *chars, char *out, size_t cap)
{
	size_t len = (size_t)(end - s);

	if (len == 0 || len >= cap || *s == '-' || strspn(s, chars) < len)
		return false;
	memcpy(out, s, len);
	out[len] = '\0';
	return true;
}

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static bool
parse(const char *uri, struct place *p)
{
	const char *at, *slash, *colon, *end;

	if (strncmp(uri, "ssh://", 6) != 0)
		return false;
	uri += 6;
	slash = uri + strcspn(uri, "/");
	at = memchr(uri, '@', (size_t)(slash - uri));
	if (at != NULL && !part(uri, at, ALNUM "._-", p->user, sizeof(p->user)))
		return false;
	uri = at == NULL ? uri : at + 1;
	/* An address of IPv6 is in brackets. */
	end = *uri == '[' ? strchr(uri, ']') : NULL;
	colon = memchr(end == NULL ? uri : end, ':', (size_t)(slash - (end == NULL ? uri : end)));
	if (colon != NULL && !part(colon + 1, slash, "0123456789", p->port, sizeof(p->port)))
		return false;
	return part(uri + (end != NULL), end != NULL ? end : colon != NULL ? colon : slash, ALNUM "._-:", p->host,
	    sizeof(p->host)) && part(slash, slash + strlen(slash), ALNUM "/._@+-", p->path, sizeof(p->path)) &&
	    p->path[1] != '\0';
}

static void
find_place(const struct builder *b, const char *podman, struct place *p)
{
	const char *const argv[] = { podman, "system", "connection", "list", "--format", "json", NULL };
	static char json[JSON_MAX];
	char uri[1024], said[512];
	int rc = child_run(argv, -1, json, sizeof(json), said, sizeof(said));

	*p = (struct place){ 0 };
	if (rc != 0)
		errx(exit_code(WX_FAIL), "cannot list podman's connections: podman: %s", said);
	if (!inspect_connection(json, b->far, uri, sizeof(uri), p->identity, sizeof(p->identity)))
		errx(exit_code(WX_FAIL), "there is no connection '%s' of podman's; make it with: podman system connection add %s "
		    "ssh://USER@HOST/run/user/UID/podman/podman.sock", b->far, b->far);
	if (!parse(uri, p))
		errx(exit_code(WX_FAIL), "cannot use connection '%s': '%s' is not ssh://USER@HOST:PORT/PATH; mend its 'uri' in "
		    "containers.conf (podman 4.3 leaves the path out)", b->far, wx_utf8_clean(uri));
}

/* --- the process */

static const char *const options[] = { "-N", "-T", "-a", "-x", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes",
    "-o", "UpdateHostKeys=no", "-o", "ExitOnForwardFailure=yes", "-o", "ConnectTimeout=20", "-o",
    "ServerAliveInterval=15", "-o", "ServerAliveCountMax=3", "-o", "ControlMaster=no", "-o", "ControlPath=none",
    "-o", "PermitLocalCommand=no", "-o", "RemoteCommand=none", "-o", "ForkAfterAuthentication=no", "-o", "Tunnel=no",
    "-o", "GatewayPorts=no", "-o", "StreamLocalBindMask=0177", "-o", "LogLevel=ERROR", NULL };

/* The port of the tunnel comes before the socket: when that is there, both are. */
static void
ssh_words(const struct builder *b, const struct place *p, struct strv *out)
{
	char socket[PATH_MAX], *ssh = builder_which("ssh");
	size_t i;

	far_socket(b, socket);
	if (ssh == NULL)
		errx(exit_code(WX_FAIL), "cannot find ssh on PATH; mend it with: apt install openssh-client");
	if (strlen(socket) >= sizeof(((struct sockaddr_un *)0)->sun_path) || strspn(socket, ALNUM "/._@+-") != strlen(socket))
		errx(exit_code(WX_FAIL), "cannot make a socket '%s': too long, or a character that ssh reads otherwise is in it; set "
		    "XDG_DATA_HOME to another", socket);
	strv_add(out, ssh);
	for (i = 0; options[i] != NULL; i++)
		strv_add(out, options[i]);
	if (*p->identity != '\0')
		strv_addf(out, "-i%s", p->identity);
	if (*p->user != '\0')
		strv_addf(out, "-l%s", p->user);
	if (*p->port != '\0')
		strv_addf(out, "-p%s", p->port);
	strv_addf(out, "-L127.0.0.1:%d:127.0.0.1:%d", b->port, far_port(b));
	strv_addf(out, "-L%s:%s", socket, p->path);
	strv_add(out, "--");
	strv_add(out, p->host);
	free(ssh);
}

int
far_port(const struct builder *b)
{
	unsigned long long port = builder_number(b, FAR_PORT);
	char text[16];

	if (port >= PORT_FROM && port < PORT_FROM + PORTS)
		return (int)port;
	/* No secret: it has only to be another's seldom. */
	port = PORT_FROM + ((unsigned long long)wx_clock_ms() * 7919 + (unsigned long long)getpid()) % PORTS;
	format_into(text, sizeof(text), "%llu\n", port);
	builder_write(b, FAR_PORT, text);
	return (int)port;
}

static bool
answers(const struct builder *b)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), rc;

	format_into(at.sun_path, sizeof(at.sun_path), "%s/" SOCKET, b->keys);
	rc = fd == -1 ? -1 : connect(fd, (struct sockaddr *)&at, sizeof(at));
	if (fd != -1)
		(void)close(fd);
	return rc == 0;
}

/* It said why, and has ended: will it do so again? */
static _Noreturn void
failed(const struct builder *b, const struct place *p)
{
	char why[512];

	last_words(b, why, sizeof(why));
	if (strstr(why, "Host key verification failed") != NULL)
		errx(exit_code(WX_FAIL), "cannot verify the host key of '%s', of connection '%s': it is not in your known_hosts, or "
		    "another is; log in once by hand and compare it", p->host, b->far);
	if (strstr(why, "Permission denied") != NULL)
		errx(exit_code(WX_FAIL), "cannot log in by connection '%s': ssh: %s", b->far, why);
	errx(exit_code(WX_TEMP), "cannot reach the host of connection '%s': ssh: %s", b->far, why);
}

static struct {
	bool is;          /* by us, and not to be kept so far */
	bool was_there;
	pid_t pid;
	struct builder b;
} opened;

/* Leave things as they were, where we do not come to an end. */
static void
abandon(void)
{
	if (!opened.is)
		return;
	opened.is = false;
	if (opened.pid > 0 && kill(opened.pid, SIGTERM) == 0)
		(void)waitpid(opened.pid, NULL, 0);
	(void)unlinkat(opened.b.dir, SOCKET, 0);
	if (!opened.was_there)
		(void)unlinkat(opened.b.dir, TUNNEL, 0);
	/* It was never started: it may be so elsewhere. */
	if (builder_number(&opened.b, "port") == 0)
		(void)unlinkat(opened.b.dir, CONNECTION, 0);
}

void
far_keep(void)
{
	opened.is = false;
}

void
far_open(const struct builder *b, const char *podman, long seconds)
{
	long long deadline = wx_clock_ms() + seconds * 1000;
	struct strv argv = { 0 };
	char name[sizeof(b->far) + 1];
	struct place p;
	int fd;

	if (far_tunnel(b) == TUNNEL_UP)
		return;
	find_place(b, podman, &p);
	ssh_words(b, &p, &argv);
	opened.b = *b;
	opened.was_there = far_tunnel(b) == TUNNEL_CUT;
	opened.is = true;
	(void)atexit(abandon);
	format_into(name, sizeof(name), "%s\n", b->far);
	builder_write(b, CONNECTION, name);
	fd = open_tunnel(b, O_RDWR | O_CREAT | O_APPEND);
	/* Another may look at it at the moment. */
	if (fd == -1 || wx_dir_lock(fd, 2000) == -1 || ftruncate(fd, 0) == -1)
		err(exit_code(WX_FAIL), "cannot write '%s/" TUNNEL "'", b->keys);
	(void)unlinkat(b->dir, SOCKET, 0);
	opened.pid = child_keep((const char *const *)argv.v, fd);
	(void)close(fd);
	while (!answers(b)) {
		if (waitpid(opened.pid, NULL, WNOHANG) != 0) {
			opened.pid = 0;
			failed(b, &p);
		}
		if (wx_clock_ms() >= deadline)
			errx(exit_code(WX_TEMP), "cannot reach the host of connection '%s': no answer in %ld seconds", b->far, seconds);
		(void)poll(NULL, 0, 5);
	}
}

void
far_shut(const struct builder *b, int other)
{
	int fd = open_tunnel(b, O_RDONLY);

	opened.is = false;
	if (fd != -1 && wx_dir_lock(fd, 0) == -1 && !builder_end_holder(fd, SIGTERM) && !builder_end_holder(fd, SIGKILL))
		errx(exit_code(WX_FAIL), "cannot end the tunnel to '%s': see its pid in '%s/" TUNNEL "'", b->far, b->keys);
	if (fd != -1)
		(void)close(fd);
	builder_forget(b, SOCKET);
	builder_forget(b, TUNNEL);
	if (other)
		builder_forget(b, FAR_PORT);
}
