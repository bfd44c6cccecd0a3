/* SPDX-License-Identifier: MIT */
/* PKGS: libcurl libcjson */
/*
 * A front that somebody has taken over: it says what it likes to the back, which has the secret. Only what
 * the route allows comes to the API, and never is the secret said to the front.
 */
#include "cmd/wx-api-broker/back/asked.c"
#include "cmd/wx-api-broker/route/field.c"
#include "cmd/wx-api-broker/frame/frame.c"
#include "cmd/wx-api-broker/route/json.c"
#include "cmd/wx-api-broker/route/routefile.c"
#include "cmd/wx-api-broker/route/rule.c"
#include "cmd/wx-api-broker/route/route.c"
#define input secret_input
#include "cmd/wx-api-broker/back/secret.c"
#undef input
#undef LINE_MAX_LEN
#define line uses_line
#include "cmd/wx-api-broker/frame/uses.c"
#undef line

#define on_line upstream_on_line
#define on_read upstream_on_read
#define on_write upstream_on_write
#include "cmd/wx-api-broker/back/upstream.c"
#undef on_line
#undef on_read
#undef on_write

#define routes link_routes
#define nroutes link_nroutes
#include "cmd/wx-api-broker/back/link.c"

#undef routes
#undef nroutes

#include "cmd/wx-api-broker/back/back.c"

#include <sys/resource.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <signal.h>

#define SECRET "MADEUP-secret-of-the-back"

static int n, bad;
static int control, api; /* the back's other end; what the API saw, as lines */

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - ", cond ? "" : "not ", ++n);
	for (; *what != '\0'; what++)
		putchar(*what >= 0x20 && *what < 0x7f ? *what : '?');
	putchar('\n');
	bad |= !cond;
}

/* --- the API: says what it was asked, and answers with the secret's length alone */

/* Is the request in BUF here whole, head and body? */
static bool
is_whole(const char *buf)
{
	const char *end = strstr(buf, "\r\n\r\n"), *length = strstr(buf, "\r\nContent-Length: ");

	if (end == NULL)
		return false;
	if (length != NULL && length < end)
		return strlen(end + 4) >= strtoul(length + 18, NULL, 10);
	return strstr(buf, "\r\nTransfer-Encoding: chunked") == NULL || strstr(end, "0\r\n\r\n") != NULL;
}

static void
serve_one(int fd, int out)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
	char buf[65536] = "", said[512];
	size_t len = 0;
	ssize_t got = 1;

	while (!is_whole(buf) && len < sizeof(buf) - 1 && (got = read(fd, buf + len, sizeof(buf) - 1 - len)) > 0) {
		len += (size_t)got;
		buf[len] = '\0';
	}
	if (is_whole(buf)) {
		(void)snprintf(said, sizeof(said), "%.*s%s\n", (int)strcspn(buf, "\r") < 400 ? (int)strcspn(buf, "\r") : 400, buf,
		    strstr(buf, "\r\nAuthorization: Bearer " SECRET "\r\n") != NULL ? " with" : " without");
		(void)!write(out, said, strlen(said));
		(void)!write(fd, answer, sizeof(answer) - 1);
	}
	(void)close(fd);
}

static pid_t
start_api(unsigned *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0), p[2];
	pid_t pid;

	if (bind(fd, (struct sockaddr *)&a, len) == -1 || listen(fd, 64) == -1 || getsockname(fd, (struct sockaddr *)&a, &len) == -1 ||
	    pipe(p) == -1)
		exit(1);
	*port = ntohs(a.sin_port);
	pid = fork();
	if (pid == 0) {
		wx_proc_die_with_parent(SIGKILL);
		for (;;)
			serve_one(accept(fd, NULL, NULL), p[1]);
	}
	(void)close(p[1]);
	(void)close(fd);
	api = p[0];
	(void)fcntl(api, F_SETFL, O_NONBLOCK);
	return pid;
}

static pid_t
start_back(const struct route *r)
{
	static const char secret[] = "TOK=" SECRET "\n";
	const struct rlimit few = { 256, 256 };
	int c[2], in[2], stop[2], null;
	pid_t pid;

	if (frame_pair(c) == -1 || pipe(in) == -1 || pipe(stop) == -1)
		exit(1);
	(void)!write(in[1], secret, sizeof(secret) - 1);
	pid = fork();
	if (pid == 0) {
		wx_proc_die_with_parent(SIGKILL);
		null = open("/dev/null", O_WRONLY);
		(void)setrlimit(RLIMIT_NOFILE, &few);
		(void)dup2(in[0], STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		(void)dup2(null, STDERR_FILENO);
		(void)close(c[0]);
		(void)signal(SIGPIPE, SIG_IGN);
		upstream_open(NULL, &link_calls);
		secret_setup(r, 1);
		_exit(back_begin(r, 1) && back_serve(c[1], stop[0]) ? 0 : 1);
	}
	(void)close(c[1]);
	control = c[0];
	return pid;
}

/* --- the front */

/* Wait until the back has taken something of what was sent to it. */
static void
wait_for_room(void)
{
	struct pollfd p = { .fd = control, .events = POLLOUT };

	if (errno != EAGAIN || poll(&p, 1, 60000) != 1) {
		printf("Bail out! the back takes nothing\n");
		exit(1);
	}
}

static int
open_pair(void)
{
	int fds[2];

	if (frame_pair(fds) == -1)
		exit(1);
	while (frame_give(control, fds[1]) == -1)
		wait_for_room();
	(void)close(fds[1]);
	return fds[0];
}

/* The kind of the next frame from the back, 0 at the end; whatever it is, the secret is not in it. */
static char
next_kind(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[FRAME_MAX];
	ssize_t got;

	if (poll(&p, 1, 60000) != 1)
		return '?';
	got = frame_receive(fd, buf);
	if (got > 0 && memmem(buf, (size_t)got, SECRET, sizeof(SECRET) - 1) != NULL)
		return '!';
	return got > 0 ? buf[0] : '\0';
}

/* The next line of what the API saw; "" if there is none. */
static const char *
seen(void)
{
	static char text[512];
	size_t len = 0;

	while (len < sizeof(text) - 1 && read(api, text + len, 1) == 1 && text[len] != '\n')
		len++;
	text[len] = '\0';
	return text;
}

static void
make_head(struct frame *f, int64_t route, int64_t length, const char *method, const char *path, const char *field)
{
	frame_begin(f, FRAME_HEAD);
	frame_put_number(f, route);
	frame_put_number(f, length);
	frame_put_string(f, method, strlen(method));
	frame_put_string(f, path, strlen(path));
	if (field != NULL)
		frame_put_string(f, field, strlen(field));
}

static void
send_frame(int fd, const struct frame *f)
{
	(void)frame_send(fd, f->buf[0], NULL, 0, f->buf + 1, f->len - 1);
}

/* Such a request ends the connection, and nothing comes to the API. */
static void
refused(int64_t route, int64_t length, const char *method, const char *path, const char *field)
{
	static struct frame f;
	int fd = open_pair();

	make_head(&f, route, length, method, path, field);
	send_frame(fd, &f);
	ok(next_kind(fd) == '\0' && *seen() == '\0', field != NULL ? field : path);
	(void)close(fd);
}

/* This one is served: the back is well. */
static void
served(const char *path, const char *want)
{
	static struct frame f;
	int fd = open_pair();
	const char *said;
	bool fine;

	make_head(&f, 0, FRAME_NONE, "GET", path, "X-A: b");
	send_frame(fd, &f);
	fine = next_kind(fd) == FRAME_STATUS && next_kind(fd) == FRAME_DATA && next_kind(fd) == FRAME_END;
	said = seen();
	if (!fine || strcmp(said, want) != 0)
		printf("# %s\n", said);
	ok(fine && strcmp(said, want) == 0, want);
	(void)close(fd);
}

static void
requests(void)
{
	served("/x", "GET /x HTTP/1.1 with");
	served("/open", "GET /open HTTP/1.1 without");
	refused(0, FRAME_NONE, "GET", "/y", NULL);
	refused(0, FRAME_NONE, "GET", "/", NULL);
	refused(0, FRAME_NONE, "GET", "", NULL);
	refused(0, FRAME_NONE, "GET", "x", NULL);
	refused(0, FRAME_NONE, "GET", "@elsewhere.example/x", NULL);
	refused(0, FRAME_NONE, "GET", ".elsewhere.example/x", NULL);
	refused(0, FRAME_NONE, "GET", "http://127.0.0.1/x", NULL);
	refused(0, FRAME_NONE, "GET", "/x/../y", NULL);
	refused(0, FRAME_NONE, "GET", "/x?a=b", NULL);
	refused(0, FRAME_NONE, "GET", "/b/c d", NULL);
	refused(0, FRAME_NONE, "GET", "/b/c\r\nHost: elsewhere", NULL);
	refused(0, FRAME_NONE, "GET", "/b/\x80", NULL);
	refused(0, FRAME_NONE, "GET", "/b/\x7f", NULL);
	refused(0, FRAME_NONE, "DELETE", "/x", NULL);
	refused(0, FRAME_NONE, "get", "/x", NULL);
	refused(0, FRAME_NONE, "GET /y HTTP/1.1\r\nX: ", "/x", NULL);
	refused(1, FRAME_NONE, "GET", "/x", NULL);
	refused(-1, FRAME_NONE, "GET", "/x", NULL);
	refused(INT64_MAX, FRAME_NONE, "GET", "/x", NULL);
	refused(0, 1000001, "POST", "/x", NULL);
	refused(0, INT64_MIN, "POST", "/x", NULL);
	refused(0, FRAME_NONE, "GET", "/x", "Host: elsewhere.example");
	refused(0, FRAME_NONE, "GET", "/x", "Authorization: Bearer x");
	refused(0, FRAME_NONE, "GET", "/x", "Content-Length: 5");
	refused(0, FRAME_NONE, "GET", "/x", "transfer-encoding: chunked");
	refused(0, FRAME_NONE, "GET", "/x", "Connection: close");
	refused(0, FRAME_NONE, "POST", "/x", "X-HTTP-Method-Override: DELETE");
	refused(0, FRAME_NONE, "GET", "/x", "X-Rewrite-URL: /y");
	refused(0, FRAME_NONE, "GET", "/x", "X: a\r\nHost: b");
	refused(0, FRAME_NONE, "GET", "/x", "X: a\nHost: b");
	refused(0, FRAME_NONE, "GET", "/x", "X:a");
	refused(0, FRAME_NONE, "GET", "/x", "X y: a");
	refused(0, FRAME_NONE, "GET", "/x", ": a");
	refused(0, FRAME_NONE, "GET", "/x", "");
}

/* Other frames than may be there, and bodies of another length. */
static void
bodies(void)
{
	static struct frame f;
	int fd = open_pair();

	(void)frame_send(fd, FRAME_DATA, NULL, 0, "x", 1);
	ok(next_kind(fd) == '\0', "a body without a head");
	(void)close(fd);
	fd = open_pair();
	make_head(&f, 0, 3, "POST", "/x", NULL);
	send_frame(fd, &f);
	(void)frame_send(fd, FRAME_DATA, NULL, 0, "four", 4);
	ok(next_kind(fd) == FRAME_REFUSED, "a body longer than it was said to be");
	(void)close(fd);
	fd = open_pair();
	send_frame(fd, &f);
	(void)frame_send(fd, FRAME_DATA, NULL, 0, "tw", 2);
	(void)frame_send(fd, FRAME_END, NULL, 0, NULL, 0);
	ok(next_kind(fd) == FRAME_REFUSED, "a shorter one");
	(void)close(fd);
	fd = open_pair();
	send_frame(fd, &f);
	send_frame(fd, &f);
	ok(next_kind(fd) == FRAME_REFUSED, "a head in a body");
	(void)close(fd);
	served("/x", "GET /x HTTP/1.1 with");
	ok(*seen() == '\0', "of none of these the API saw the whole");
}

/* More descriptors than one in a message: none of them is kept, or the back would run out of them. */
static void
descriptors(void)
{
	union { struct cmsghdr head; char space[CMSG_SPACE(2 * sizeof(int))]; } c = { .space = { 0 } };
	char kind = FRAME_HEAD;
	struct iovec v = { &kind, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = c.space, .msg_controllen = sizeof(c.space) };
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	int two[2] = { STDOUT_FILENO, STDOUT_FILENO }, i;

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(two));
	memcpy(CMSG_DATA(h), two, sizeof(two));
	for (i = 0; i < 2000; i++)
		while (sendmsg(control, &m, 0) == -1)
			wait_for_room();
	served("/x", "GET /x HTTP/1.1 with");
}

/* Anything: each line that the API sees is of a request that is allowed. */
static void
noise(void)
{
	static struct frame f;
	bool fine = true;
	const char *said;
	unsigned i, k;
	int fd;

	srand(1);
	for (i = 0; i < 3000; i++) {
		fd = open_pair();
		make_head(&f, 0, rand() % 4 - 2, rand() % 2 ? "GET" : "POST", rand() % 2 ? "/x" : "/b/c", "X-A: b");
		for (k = 0; k < 1U + (unsigned)rand() % 3; k++)
			f.buf[(size_t)rand() % f.len] = (char)(rand() % 256);
		if (rand() % 8 == 0)
			f.len = 1 + (size_t)rand() % f.len;
		send_frame(fd, &f);
		(void)frame_send(fd, FRAME_END, NULL, 0, NULL, 0);
		fine = fine && next_kind(fd) != '!';
		(void)close(fd);
	}
	fd = open_pair();
	make_head(&f, 0, FRAME_NONE, "GET", "/b/last", NULL);
	send_frame(fd, &f);
	fine = fine && next_kind(fd) == FRAME_STATUS;
	do {
		said = seen();
		if (*said != '\0' && strncmp(said, "GET /x HTTP/1.1 ", 16) != 0 && strncmp(said, "POST /x HTTP/1.1 ", 17) != 0 &&
		    strncmp(said, "GET /b/", 7) != 0 && strncmp(said, "POST /b/", 8) != 0 && strncmp(said, "GET /open ", 10) != 0) {
			printf("# %s\n", said);
			fine = false;
		}
	} while (strncmp(said, "GET /b/last ", 12) != 0);
	(void)close(fd);
	ok(fine, "3000 frames of noise");
}

int
main(void)
{
	static struct route r = {
		.name = "t", .secret = "TOK", .nauth = 1, .auth = { { "default", "Authorization", "Bearer {}", "" } }, .nrules = 3,
		.rules = { { .methods = 1U << METHOD_GET | 1U << METHOD_POST, .path = "/x" },
		    { .methods = 1U << METHOD_GET, .path = "/open", .open = true },
		    { .methods = 1U << METHOD_GET | 1U << METHOD_POST, .path = "/b", .prefix = true } },
		.body = 1000000, .idle = 60,
	};
	unsigned port;
	pid_t server, back;
	int status;

	(void)signal(SIGPIPE, SIG_IGN);
	server = start_api(&port);
	(void)snprintf(r.upstream, sizeof(r.upstream), "http://127.0.0.1:%u", port);
	back = start_back(&r);
	requests();
	bodies();
	descriptors();
	noise();
	(void)close(control);
	ok(waitpid(back, &status, 0) == back && WIFEXITED(status) && WEXITSTATUS(status) == 1, "the back ends with the front");
	(void)kill(server, SIGKILL);
	(void)waitpid(server, NULL, 0);
	printf("1..%d\n", n);
	return bad;
}
