/* SPDX-License-Identifier: MIT */
#include "control.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "grants.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/json.h"
#include "libcommon/proc.h"

#define ASKS_MAX 16

struct client {
	int    fd;      /* -1: free */
	bool   watches, answers;
	char   line[2048];
	size_t len;
};

/* A question that nobody has answered yet. */
struct question {
	uint32_t id;    /* of the connection; 0: free */
	int64_t  until; /* grants_now */
	char     host[WX_HOSTNAME_MAX];
	uint16_t port;
};

static struct client clients[CONTROL_CLIENTS];
static struct question questions[ASKS_MAX];
static int listener = -1, directory = -1;
static char name[sizeof(((struct sockaddr_un *)NULL)->sun_path)];

int
control_open(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const char *slash = strrchr(path, '/');
	char dir[sizeof(sun.sun_path)];
	struct stat st;
	size_t i;

	for (i = 0; i < CONTROL_CLIENTS; i++)
		clients[i].fd = -1;
	if (strlen(path) >= sizeof(sun.sun_path))
		errx(WX_FAIL, "cannot make socket '%s': its path is too long", path);
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	(void)snprintf(dir, sizeof(dir), "%.*s", slash == NULL ? 1 : (int)(slash - path), slash == NULL ? "." : path);
	(void)snprintf(name, sizeof(name), "%s", slash == NULL ? path : slash + 1);
	directory = open(*dir == '\0' ? "/" : dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory == -1 || fstat(directory, &st) == -1)
		err(WX_FAIL, "cannot open '%s'", dir);
	if (st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		errx(WX_FAIL, "cannot make socket '%s': its directory must be yours, and nobody else may enter it", path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener == -1 || bind(listener, (struct sockaddr *)&sun, sizeof(sun)) == -1 || listen(listener, CONTROL_CLIENTS) == -1)
		err(WX_FAIL, "cannot make socket '%s'", path);
	return directory;
}

void
control_close(void)
{
	if (listener != -1)
		(void)unlinkat(directory, name, 0);
}

void
control_gather(struct pollfd p[static CONTROL_POLLS])
{
	size_t i;

	p[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
	for (i = 0; i < CONTROL_CLIENTS; i++)
		p[1 + i] = (struct pollfd){ .fd = listener == -1 ? -1 : clients[i].fd, .events = POLLIN };
}

static void
hang_up(struct client *c)
{
	(void)close(c->fd);
	*c = (struct client){ .fd = -1 };
}

/* One that does not read is left: nothing waits for it. */
static void
say(struct client *c, const char *text)
{
	size_t len = strlen(text);

	if (c->fd != -1 && send(c->fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)len)
		hang_up(c);
}

static void
say_error(struct client *c, const char *why)
{
	char text[4096] = "";
	FILE *fp = fmemopen(text, sizeof(text) - 1, "w");

	if (fp == NULL)
		return;
	(void)fputs("{\"ok\":false,\"error\":", fp);
	wx_json_string(fp, why);
	(void)fputs("}\n", fp);
	(void)fclose(fp);
	say(c, text);
}

static void
say_entry(FILE *fp, const struct entry *e, bool first)
{
	int64_t left = grants_left(e->id);
	size_t i;

	(void)fprintf(fp, "%s{\"host\":\"%s%s\",\"ports\":[", first ? "" : ",", e->wildcard ? "*." : "", e->host);
	for (i = 0; i < e->nports; i++)
		(void)fprintf(fp, "%s%u", i == 0 ? "" : ",", e->ports[i]);
	(void)fputs("]", fp);
	if (left > 0)
		(void)fprintf(fp, ",\"seconds\":%lld", (long long)left);
	else if (left == 0)
		(void)fputs(",\"seconds\":null", fp);
	(void)fputs("}", fp);
}

static void
say_list(const struct run *r, struct client *c)
{
	const struct policy *p = &r->s->policy;
	char *text = NULL;
	size_t size, i;
	FILE *fp = open_memstream(&text, &size);

	if (fp == NULL)
		return;
	(void)fputs("{\"ok\":true,\"allow\":[", fp);
	for (i = 0; i < p->allow.n; i++)
		say_entry(fp, &p->allow.e[i], i == 0);
	(void)fputs("],\"deny\":[", fp);
	for (i = 0; i < p->deny.n; i++)
		say_entry(fp, &p->deny.e[i], i == 0);
	(void)fputs("]}\n", fp);
	if (fclose(fp) == 0)
		say(c, text);
	free(text);
}

static void
reply(const struct run *r, struct question *q, bool yes)
{
	static struct link_order o;

	o = (struct link_order){ .kind = ORDER_REPLY, .number = q->id, .yes = yes };
	run_order(r, &o, -1);
	*q = (struct question){ .id = 0 };
}

static bool
answer(struct run *r, const struct control_request *q, char why[static 512])
{
	char entry[WX_HOSTNAME_MAX + 16];
	size_t i;
	bool good = true;

	for (i = 0; i < ASKS_MAX && questions[i].id != q->ask; i++)
		;
	if (i == ASKS_MAX || q->ask == 0) {
		(void)snprintf(why, 512, "no such question, or its time is over");
		return false;
	}
	(void)snprintf(entry, sizeof(entry), strchr(questions[i].host, ':') != NULL ? "[%s]:%u" : "%s:%u", questions[i].host, questions[i].port);
	if (q->yes)
		good = grants_allow(r, entry, q->seconds, why);
	reply(r, &questions[i], q->yes && good);
	return good;
}

static void
obey(struct run *r, struct client *c, const char *line, size_t len)
{
	struct control_request q;
	char why[512] = "";
	bool good = true;

	if (!control_read(line, len, &q, why)) {
		say_error(c, why);
		return;
	}
	switch (q.op) {
	case CONTROL_ALLOW:
		good = grants_allow(r, q.entry, q.seconds, why);
		break;
	case CONTROL_DENY:
		good = grants_deny(r, q.entry, why);
		break;
	case CONTROL_REVOKE:
		good = grants_revoke(r, q.entry, why);
		break;
	case CONTROL_LIST:
		say_list(r, c);
		return;
	case CONTROL_WATCH:
		c->watches = true;
		c->answers = q.yes;
		break;
	case CONTROL_ANSWER:
	default:
		good = answer(r, &q, why);
		break;
	}
	if (good)
		say(c, "{\"ok\":true}\n");
	else
		say_error(c, why);
}

static void
read_client(struct run *r, struct client *c)
{
	ssize_t n = read(c->fd, c->line + c->len, sizeof(c->line) - c->len);
	char *end;

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || c->len + (size_t)n == sizeof(c->line)) {
		hang_up(c);
		return;
	}
	c->len += (size_t)n;
	while (c->fd != -1 && (end = memchr(c->line, '\n', c->len)) != NULL) {
		size_t used = (size_t)(end + 1 - c->line);

		obey(r, c, c->line, used - 1);
		if (c->fd == -1)
			return;
		c->len -= used;
		memmove(c->line, c->line + used, c->len);
	}
}

static void
accept_client(void)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	size_t i;

	for (i = 0; i < CONTROL_CLIENTS && clients[i].fd != -1; i++)
		;
	if (fd != -1 && (i == CONTROL_CLIENTS || !wx_proc_peer_is_own(fd)))
		(void)close(fd);
	else if (fd != -1)
		clients[i] = (struct client){ .fd = fd };
}

/* Seconds until the first question's time is over; -1: there is none. */
static int64_t
question_left(void)
{
	int64_t left = -1, now = grants_now();
	size_t i;

	for (i = 0; i < ASKS_MAX; i++)
		if (questions[i].id != 0 && (left == -1 || questions[i].until - now < left))
			left = questions[i].until > now ? questions[i].until - now : 0;
	return left;
}

int
control_wait(void)
{
	int64_t left = question_left();
	int wait = grants_wait();

	if (left != -1 && (wait == -1 || left * 1000 < wait))
		wait = (int)left * 1000;
	return wait;
}

void
control_step(struct run *r, const struct pollfd p[static CONTROL_POLLS])
{
	int64_t now = grants_now();
	size_t i;

	for (i = 0; i < CONTROL_CLIENTS; i++)
		if (p[1 + i].fd != -1 && p[1 + i].revents != 0 && clients[i].fd == p[1 + i].fd)
			read_client(r, &clients[i]);
	if (p[0].revents != 0)
		accept_client();
	for (i = 0; i < ASKS_MAX; i++)
		if (questions[i].id != 0 && questions[i].until <= now)
			reply(r, &questions[i], false);
	grants_due(r);
}

void
control_tell(const char *line)
{
	size_t i;

	for (i = 0; i < CONTROL_CLIENTS && listener != -1; i++)
		if (clients[i].fd != -1 && clients[i].watches)
			say(&clients[i], line);
}

/* Of what the front says nothing is believed but that it asks: the host has to be one. */
void
control_ask(struct run *r, const struct link_event *e)
{
	struct question q = { .id = e->id, .until = grants_now() + r->s->policy.ask, .port = e->port };
	struct wish w = { .host = e->host, .len = strlen(e->host), .port = e->port };
	struct verdict v;
	char line[512];
	size_t i, at;
	bool somebody = false;

	decide(&r->s->policy, &w, &v);
	for (at = 0; at < ASKS_MAX && questions[at].id != 0; at++)
		;
	for (i = 0; i < CONTROL_CLIENTS && listener != -1; i++)
		somebody |= clients[i].fd != -1 && clients[i].answers;
	if (at == ASKS_MAX || !somebody || !v.askable || v.name[0] == '\0' || e->id == 0) {
		reply(r, &q, false);
		return;
	}
	(void)snprintf(q.host, sizeof(q.host), "%s", v.name);
	questions[at] = q;
	(void)snprintf(line, sizeof(line), "{\"ask\":%u,\"host\":\"%s\",\"port\":%u,\"via\":\"%s\"}\n", q.id, q.host, q.port,
	    via_name((enum via)e->via));
	for (i = 0; i < CONTROL_CLIENTS; i++)
		if (clients[i].fd != -1 && clients[i].answers)
			say(&clients[i], line);
}
