/* SPDX-License-Identifier: MIT */
#include "listed.h"

#include <sys/socket.h>

#include <err.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/task.h"
#include "control.h"
#include "helper.h"
#include "place.h"

#define READY 3              /* the descriptors of wx-egress */
#define FIRST 4
#define FIXED 3              /* sockets that there always are: dns twice, the proxy */
#define SOCKETS (FIXED + LISTED_PORTS + LISTED_FORWARDS)

_Static_assert(FIRST + SOCKETS <= HELPER_FDS, "room for all of them");

/* The sockets, in the order of listed_argv. How many. */
static size_t
places(const struct listed *l, struct place v[static SOCKETS])
{
	size_t n = 0, i;

	v[n++] = (struct place){ SOCK_DGRAM, INADDR_LOOPBACK, 53, -1 };
	v[n++] = (struct place){ SOCK_STREAM, INADDR_LOOPBACK, 53, -1 };
	v[n++] = (struct place){ SOCK_STREAM, INADDR_LOOPBACK, LISTED_PROXY, -1 };
	for (i = 0; i < l->nports; i++)
		v[n++] = (struct place){ SOCK_STREAM, INADDR_ANY, l->ports[i], -1 };
	for (i = 0; i < l->nforwards; i++)
		v[n++] = (struct place){ SOCK_STREAM, INADDR_LOOPBACK, l->forwards[i].port, -1 };
	return n;
}

void
listed_argv(const struct plan *p, int ready, int first, const char *control, struct words *out)
{
	const struct listed *l = &p->listed;
	size_t i;

	words_add(out, "wx-egress");
	words_add(out, "-R");
	words_addf(out, "%d", ready);
	if (control != NULL) {
		words_add(out, "-c");
		words_add(out, control);
	}
	words_add(out, "-s");
	words_addf(out, "dns=%d", first++);
	words_add(out, "-s");
	words_addf(out, "dns=%d", first++);
	words_add(out, "-s");
	words_addf(out, "proxy=%d", first++);
	for (i = 0; i < l->nports; i++) {
		words_add(out, "-s");
		words_addf(out, "any/%u=%d", l->ports[i], first++);
	}
	for (i = 0; i < l->nforwards; i++) {
		words_add(out, "-s");
		words_addf(out, "to/%zu=%d", i, first++);
	}
}

/* A file in memory with the policy, to be read from its start; -1 after a line. */
static int
policy(const struct listed *l)
{
	int fd = task_file();
	FILE *fp = fdopen(fcntl(fd, F_DUPFD_CLOEXEC, 3), "w");

	if (fp != NULL) {
		listed_policy(fp, l);
		if (fclose(fp) == 0 && lseek(fd, 0, SEEK_SET) == 0)
			return fd;
	}
	warn("cannot write the network's policy");
	(void)close(fd);
	return -1;
}

/* The child's descriptors: 0 policy, 1 log, 2 words, 3 ready, then the sockets. */
static pid_t
start(const struct plan *p, const struct place *v, size_t n, const int std[static FIRST], const char *control)
{
	struct words argv = { 0 };
	int fds[HELPER_FDS], number[HELPER_FDS], i;
	pid_t self = getpid(), pid;

	for (i = 0; i < FIRST + (int)n; i++) {
		fds[i] = i < FIRST ? std[i] : v[i - FIRST].fd;
		number[i] = i;
	}
	listed_argv(p, READY, FIRST, control, &argv);
	pid = fork();
	if (pid == 0)
		helper_become(p->listed.program, &argv, fds, number, FIRST + (int)n, self);
	if (pid == -1)
		warn("cannot start wx-egress");
	return pid;
}

bool
listed_start(struct network *n, const struct plan *p, const char *netns)
{
	struct place v[SOCKETS];
	size_t nv = places(&p->listed, v), i;
	int log[2] = { -1, -1 }, said[2] = { -1, -1 }, ready[2] = { -1, -1 }, std[FIRST];

	if (!place_sockets(netns, v, nv))
		return false;
	std[0] = policy(&p->listed);
	if (std[0] != -1 && (pipe2(log, O_CLOEXEC) == -1 || pipe2(said, O_CLOEXEC) == -1 ||
	    pipe2(ready, O_CLOEXEC) == -1 || fcntl(log[0], F_SETFL, O_NONBLOCK) == -1 ||
	    fcntl(said[0], F_SETFL, O_NONBLOCK) == -1)) {
		warn("cannot make a pipe for wx-egress");
	} else if (std[0] != -1) {
		std[1] = log[1];
		std[2] = said[1];
		std[3] = ready[1];
		n->control = control_make(p);
		n->pid = start(p, v, nv, std, n->control);
	}
	/* From here on they are wx-egress' alone: when it dies nothing listens, and that shows. */
	for (i = 0; i < nv; i++)
		helper_close(&v[i].fd, 1);
	helper_close(std, 1);
	helper_close(log + 1, 1);
	helper_close(said + 1, 1);
	helper_close(ready + 1, 1);
	if (n->pid == -1) {
		helper_close(log, 1);
		helper_close(said, 1);
		helper_close(ready, 1);
		return false;
	}
	decisions_open(&n->log, p, log[0]);
	n->words = said[0];
	n->ready = ready[0];
	return true;
}
