/* SPDX-License-Identifier: MIT */
/*
 * All that is asked of libssh, 0.10 to 0.12. Its functions do not block: after each
 * wake-up of the socket TCP_QUICKACK is set, since the server, which waits for our
 * acknowledgement before it sends the next small packet (Nagle's algorithm), would
 * cost 40 ms at each step.
 */
#include "link.h"

#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include "dial.h"
#include "keys.h"

#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "libcommon/proc.h"
#include "libcommon/tool/exit.h"
#include "libcommon/utf8.h"

#define PRIVATE_MAX 16384

/* chacha20-poly1305: 0.10.6 as it was released does not check the tags of AES-GCM (CVE-2026-59847). */
#define CIPHER   "chacha20-poly1305@openssh.com"
#define KEX      "curve25519-sha256,curve25519-sha256@libssh.org"
#define HOST_KEY "ssh-ed25519"

static ssh_session session;
static ssh_channel channel;
static ssh_event event;
static int sock = -1;
static int status = -1;   /* as link_status has it */
static bool news;

static bool
set_options(void)
{
	int off = 0;

	return ssh_options_set(session, SSH_OPTIONS_HOST, "127.0.0.1") == 0 &&
	    ssh_options_set(session, SSH_OPTIONS_FD, &sock) == 0 &&
	    ssh_options_set(session, SSH_OPTIONS_USER, BUILDER_USER) == 0 &&
	    ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &off) == 0 &&
	    ssh_options_set(session, SSH_OPTIONS_KEY_EXCHANGE, KEX) == 0 &&
	    ssh_options_set(session, SSH_OPTIONS_HOSTKEYS, HOST_KEY) == 0 &&
	    ssh_options_set(session, SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, HOST_KEY) == 0 &&
	    ssh_options_set(session, SSH_OPTIONS_CIPHERS_C_S, CIPHER) == 0 &&
	    ssh_options_set(session, SSH_OPTIONS_CIPHERS_S_C, CIPHER) == 0 &&
	    ssh_options_set(session, SSH_OPTIONS_COMPRESSION, "no") == 0;
}

const char *
link_says(void)
{
	static char text[256];

	(void)snprintf(text, sizeof(text), "%s", session == NULL ? "" : ssh_get_error(session));
	return wx_utf8_clean(text);
}

short
link_events(void)
{
	return POLLIN | ((ssh_get_poll_flags(session) & SSH_WRITE_PENDING) != 0 ? POLLOUT : 0);
}

int
link_socket(void)
{
	return sock;
}

/* The step RC of libssh that is still to be done. */
#define UNTIL_DONE(rc, again, step, deadline) \
	while (((rc) = (step)) == (again) && dial_wait(sock, link_events(), deadline)) \
		;

static enum link_result
handshake(long long deadline, char *why, size_t cap)
{
	int rc;

	UNTIL_DONE(rc, SSH_AGAIN, ssh_connect(session), deadline)
	if (rc == SSH_OK)
		return LINK_UP;
	(void)snprintf(why, cap, "%s", rc == SSH_AGAIN ? "no answer" : link_says());
	/* What it offers will not change. */
	return strstr(why, "no match") != NULL ? LINK_REFUSED : LINK_DOWN;
}

static bool
is_ours(const struct builder *b)
{
	ssh_key theirs = NULL, pin;
	struct pubs pins;
	bool same = false;
	size_t i;

	keys_hosts(b, &pins);
	if (ssh_get_server_publickey(session, &theirs) != SSH_OK)
		return false;
	for (i = 0; i < pins.n && !same; i++) {
		pin = NULL;
		if (ssh_pki_import_pubkey_base64(strchr(pins.v[i], ' ') + 1, SSH_KEYTYPE_ED25519, &pin) == SSH_OK)
			same = ssh_key_cmp(theirs, pin, SSH_KEY_CMP_PUBLIC) == 0;
		ssh_key_free(pin);
	}
	ssh_key_free(theirs);
	return same;
}

/* Without one, libssh lets OpenSSL ask on /dev/tty by itself, and wait. */
static int
no_question(const char *prompt, char *buf, size_t len, int echo, int verify, void *data)
{
	(void)prompt;
	(void)buf;
	(void)len;
	(void)echo;
	(void)verify;
	(void)data;
	return -1;
}

static ssh_key
private_key(const struct builder *b, const char *pair)
{
	static char text[PRIVATE_MAX];
	ssh_key key = NULL;

	keys_private(b, pair, text, sizeof(text));
	/* Ours have no passphrase; libssh 0.10 dereferences NULL on some that have. */
	if (ssh_pki_import_privkey_base64(text, NULL, no_question, NULL, &key) != SSH_OK)
		key = NULL;
	wx_wipe(text, sizeof(text));
	if (key == NULL)
		errx(exit_code(WX_FAIL), "cannot read the key '%s/%s': damaged, or it has a passphrase", b->keys, pair);
	return key;
}

static enum link_result
log_in(const struct builder *b, const char *pair, long long deadline, char *why, size_t cap)
{
	ssh_key key = private_key(b, pair);
	int rc;

	UNTIL_DONE(rc, SSH_AUTH_AGAIN, ssh_userauth_publickey(session, NULL, key), deadline)
	ssh_key_free(key);
	if (rc == SSH_AUTH_SUCCESS)
		return LINK_UP;
	if (rc == SSH_AUTH_DENIED || rc == SSH_AUTH_PARTIAL) {
		(void)snprintf(why, cap, "it does not take the key '%s/%s'", b->keys, pair);
		return LINK_REFUSED;
	}
	(void)snprintf(why, cap, "%s", rc == SSH_AUTH_AGAIN ? "no answer" : link_says());
	return LINK_DOWN;
}

static enum link_result
attempt(const struct builder *b, const char *pair, long long deadline, char *why, size_t cap)
{
	enum link_result result;

	if (!dial_open(&sock, b->port, deadline, why, cap) || !dial_greeted(sock, deadline, why, cap))
		return LINK_DOWN;
	session = ssh_new();
	if (session == NULL || !set_options())
		errx(exit_code(WX_TEMP), "cannot set up libssh");
	ssh_set_blocking(session, 0);
	result = handshake(deadline, why, cap);
	if (result != LINK_UP)
		return result;
	if (!is_ours(b)) {
		(void)snprintf(why, cap, "its host key is not '%s/host.pub'", b->keys);
		return LINK_OTHER_KEY;
	}
	return log_in(b, pair, deadline, why, cap);
}

enum link_result
link_open(const struct builder *b, const char *pair, long long deadline, char *why, size_t cap)
{
	enum link_result result;

	if (ssh_init() != 0)
		errx(exit_code(WX_TEMP), "cannot set up libssh");
	*why = '\0';
	result = attempt(b, pair, deadline, why, cap);
	if (result != LINK_UP)
		link_shut();
	return result;
}

void
link_shut(void)
{
	if (session != NULL) {
		/* It closes the socket. */
		if (channel != NULL)
			ssh_channel_free(channel);
		if (event != NULL) {
			(void)ssh_event_remove_session(event, session);
			ssh_event_free(event);
		}
		if (ssh_is_connected(session))
			ssh_disconnect(session);
		ssh_free(session);
	}
	if (sock != -1)
		(void)close(sock);
	session = NULL;
	channel = NULL;
	event = NULL;
	sock = -1;
	status = -1;
}

/* --- one command */

static void
on_status(ssh_session s, ssh_channel c, int code, void *data)
{
	(void)s;
	(void)c;
	(void)data;
	status = code & 0xff;
	news = true;
}

/* RFC 4254, section 6.10: names without SIG. */
static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "ABRT", SIGABRT }, { "ALRM", SIGALRM }, { "FPE", SIGFPE }, { "HUP", SIGHUP }, { "ILL", SIGILL },
	{ "INT", SIGINT }, { "KILL", SIGKILL }, { "PIPE", SIGPIPE }, { "QUIT", SIGQUIT },
	{ "SEGV", SIGSEGV }, { "TERM", SIGTERM }, { "USR1", SIGUSR1 }, { "USR2", SIGUSR2 },
};

static void
on_signal(ssh_session s, ssh_channel c, const char *name, int core, const char *message, const char *lang, void *data)
{
	size_t i;

	(void)s;
	(void)c;
	(void)core;
	(void)message;
	(void)lang;
	(void)data;
	/* OpenSSH names one that is not in the RFC "SIG@openssh.com". */
	status = 255;
	news = true;
	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (strcmp(name, signals[i].name) == 0)
			status = 128 + signals[i].number;
}

/* It stays in libssh's buffer until link_take. */
static int
on_data(ssh_session s, ssh_channel c, void *data, uint32_t len, int is_stderr, void *user)
{
	(void)s;
	(void)c;
	(void)data;
	(void)len;
	(void)is_stderr;
	(void)user;
	news = true;
	return 0;
}

static void
on_end(ssh_session s, ssh_channel c, void *user)
{
	(void)s;
	(void)c;
	(void)user;
	news = true;
}

bool
link_news(void)
{
	bool was = news;

	news = false;
	return was;
}

static struct ssh_channel_callbacks_struct callbacks = {
	.channel_data_function = on_data,
	.channel_eof_function = on_end,
	.channel_close_function = on_end,
	.channel_exit_status_function = on_status,
	.channel_exit_signal_function = on_signal,
};

static bool
failed(int rc, const char *what, char *why, size_t cap)
{
	if (rc == SSH_OK)
		return false;
	(void)snprintf(why, cap, "%s: %s", what, rc == SSH_AGAIN ? "no answer" : link_says());
	return true;
}

bool
link_command(const char *command, const struct winsize *size, const char *term, long long deadline,
    char *why, size_t cap)
{
	int rc;

	channel = ssh_channel_new(session);
	event = ssh_event_new();
	ssh_callbacks_init(&callbacks);
	if (channel == NULL || event == NULL || ssh_event_add_session(event, session) != SSH_OK ||
	     ssh_set_channel_callbacks(channel, &callbacks) != SSH_OK)
		errx(exit_code(WX_TEMP), "cannot set up libssh");
	status = -1;
	UNTIL_DONE(rc, SSH_AGAIN, ssh_channel_open_session(channel), deadline)
	if (failed(rc, "no session", why, cap))
		return false;
	if (size != NULL) {
		UNTIL_DONE(rc, SSH_AGAIN, ssh_channel_request_pty_size(channel, term, size->ws_col, size->ws_row), deadline)
		if (failed(rc, "no terminal", why, cap))
			return false;
	}
	if (command == NULL) {
		UNTIL_DONE(rc, SSH_AGAIN, ssh_channel_request_shell(channel), deadline)
	} else {
		UNTIL_DONE(rc, SSH_AGAIN, ssh_channel_request_exec(channel, command), deadline)
	}
	return !failed(rc, "it does not run the command", why, cap);
}

bool
link_turn(void)
{
	dial_quick(sock);
	/* Not ssh_channel_poll, which looks at nothing any more once the end of the output has come. */
	return ssh_event_dopoll(event, 0) != SSH_ERROR && ssh_is_connected(session);
}

ssize_t
link_take(void *buf, size_t len, bool from_stderr)
{
	int n = ssh_channel_read_nonblocking(channel, buf, (uint32_t)len, from_stderr);

	if (n > 0)
		return n;
	if (n == SSH_ERROR || n == SSH_EOF || ssh_channel_is_eof(channel) || ssh_channel_is_closed(channel))
		return -1;
	return 0;
}

size_t
link_room(void)
{
	return ssh_channel_is_open(channel) ? ssh_channel_window_size(channel) : 0;
}

bool
link_give(const void *buf, size_t len)
{
	const char *p = buf;
	int n;

	while (len > 0) {
		n = ssh_channel_write(channel, p, (uint32_t)len);
		if (n == SSH_ERROR)
			return false;
		p += n;
		len -= (size_t)n;
		if (n == 0 && !dial_wait(sock, link_events(), wx_clock_ms() + 1000))
			return false;
	}
	return true;
}

bool
link_give_end(void)
{
	return ssh_channel_send_eof(channel) == SSH_OK;
}

void
link_resize(const struct winsize *size)
{
	(void)ssh_channel_change_pty_size(channel, size->ws_col, size->ws_row);
}

void
link_signal(const char *name)
{
	(void)ssh_channel_request_send_signal(channel, name);
}

int
link_status(void)
{
	if (status == -1 && (ssh_channel_is_closed(channel) || !ssh_is_connected(session)))
		return -2;
	return status;
}
