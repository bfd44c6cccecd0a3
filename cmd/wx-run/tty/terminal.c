/* SPDX-License-Identifier: MIT */
#include "tty.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inside/inside.h"
#include "libcommon/exitcode.h"
#include "libcommon/proc.h"

/* Is it the controlling terminal of a session? Of another one: of ours tcgetpgrp(3) knows. */
static bool
controlled(int fd)
{
	unsigned dev, tty;
	DIR *dir = opendir("/proc");
	struct dirent *e;
	char path[300], line[512], *p;
	bool found = false;
	FILE *fp;

	if (ioctl(fd, TIOCGDEV, &dev) == -1)
		dev = 0;
	while (dir != NULL && dev != 0 && !found && (e = readdir(dir)) != NULL) {
		if (*e->d_name < '1' || *e->d_name > '9')
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
		fp = fopen(path, "re");
		p = fp == NULL || fgets(line, sizeof(line), fp) == NULL ? NULL : strrchr(line, ')');
		/* NOLINTNEXTLINE(cert-err34-c): the kernel writes it */
		found = p != NULL && sscanf(p, ") %*c %*d %*d %*d %u", &tty) == 1 && tty == dev;
		if (fp != NULL)
			(void)fclose(fp);
	}
	if (dir != NULL)
		(void)closedir(dir);
	return found;
}

static bool
same_terminal(int a, int b)
{
	unsigned first, second;

	return ioctl(a, TIOCGDEV, &first) == 0 && ioctl(b, TIOCGDEV, &second) == 0 && first == second;
}

/*
 * The terminal that is our descriptor FD, opened anew: that it is non-blocking is not seen by
 * those who share FD. TTY: our controlling one, or -1; it can be opened where the name of the
 * other is not for us, as behind su(1). Not a master, of which that would be another.
 */
static int
open_anew(int fd, int tty)
{
	char path[64];
	unsigned number;
	int new = -1;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (ioctl(fd, TIOCGPTN, &number) == -1)
		new = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (new == -1 && tty != -1 && same_terminal(fd, tty))
		new = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return new != -1 ? new : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

void
terminal_open(struct terminal *t)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), i, show = -1;
	struct stat st;
	bool piped;

	*t = (struct terminal){ .in = -1, .out = -1, .job = tty != -1 };
	for (i = 0; i < 3; i++)
		t->stream[i] = isatty(i) == 1;
	show = t->stream[STDOUT_FILENO] ? STDOUT_FILENO : t->stream[STDERR_FILENO] ? STDERR_FILENO :
	    STDIN_FILENO;
	if (t->stream[show])
		t->out = open_anew(show, tty);
	/* A pager, or a menu, has the terminal for its keys and a pipe for what it shows. From
	 * /dev/null, as a shell's job in the background, nobody wants to hear anything. */
	piped = fstat(STDIN_FILENO, &st) == 0 && !S_ISCHR(st.st_mode) && t->stream[STDOUT_FILENO];
	if (t->stream[STDIN_FILENO])
		t->in = open_anew(STDIN_FILENO, tty);
	else if (piped && tty != -1)
		t->in = fcntl(tty, F_DUPFD_CLOEXEC, 3);
	if (tty != -1)
		(void)close(tty);
	t->own = t->in != -1 && tcgetpgrp(t->in) == -1 && !controlled(t->in);
	t->keys = t->in != -1 && (t->own || tcgetpgrp(t->in) != -1);
}

const char *
terminal_word(const struct terminal *t, char word[static TERMINAL_WORD])
{
	bool front = t->keys && t->stream[STDIN_FILENO] && t->stream[STDOUT_FILENO] && terminal_front(t);
	char *p = word;
	int i;

	if (t->out == -1)
		return NULL;
	p = stpcpy(p, "pty");
	for (i = 0; i < 3; i++)
		if (t->stream[i])
			*p++ = (char)('0' + i);
	if (t->keys)
		*p++ = STDIO_KEYS;
	if (front)
		*p++ = STDIO_FRONT;
	*p = '\0';
	return word;
}

static int
either(const struct terminal *t)
{
	return t->in != -1 ? t->in : t->out;
}

bool
terminal_front(const struct terminal *t)
{
	return t->own || (either(t) != -1 && tcgetpgrp(either(t)) == getpgrp());
}

/* From the background, where a shell may have put us just now, it would stop us (SIGTTOU). */
static bool
set_modes(int fd, const struct termios *modes)
{
	sigset_t out, old;
	int rc;

	(void)sigemptyset(&out);
	(void)sigaddset(&out, SIGTTOU);
	(void)sigprocmask(SIG_BLOCK, &out, &old);
	rc = tcsetattr(fd, TCSANOW, modes);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	return rc == 0;
}

/* The modes are ours still? What the kernel made of them is what counts. */
static bool
as_set(const struct terminal *t, const struct termios *now)
{
	return now->c_iflag == t->set.c_iflag && now->c_oflag == t->set.c_oflag &&
	    now->c_cflag == t->set.c_cflag && now->c_lflag == t->set.c_lflag;
}

/* All that it has is the terminal and the pipe: whoever waits for our end waits for us. */
static _Noreturn void
keep(int fd, int pipe)
{
	struct terminal t = { .in = fd, .out = -1 };
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	/* What is sent to our group is not for it. */
	(void)setpgid(0, 0);
	if (dup2(fd, STDIN_FILENO) == -1 || dup2(pipe, STDOUT_FILENO) == -1)
		_exit(WX_CHAIN);
	wx_proc_close_from(STDERR_FILENO);
	while (read(STDOUT_FILENO, &t, sizeof(t)) == (ssize_t)sizeof(t))
		;
	t.in = STDIN_FILENO;
	terminal_restore(&t);
	_exit(WX_OK);
}

/* The keeper knows what we know. It is there from the first change on, and ends when we do. */
static void
tell_keeper(struct terminal *t)
{
	int pair[2];

	if (t->keeper == 0) {
		if (!t->changed || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
			return;
		t->told = pair[1];
		t->keeper = fork();
		if (t->keeper == 0) {
			(void)close(pair[1]);
			keep(either(t), pair[0]);
		}
		(void)close(pair[0]);
	}
	/* It reads all the time; at our end it may have been ended before us. */
	if (t->keeper > 0)
		(void)send(t->told, t, sizeof(*t), MSG_NOSIGNAL);
}

static void
end_keeper(struct terminal *t)
{
	if (t->keeper == 0)
		return;
	(void)close(t->told);
	if (t->keeper > 0)
		(void)waitpid(t->keeper, NULL, 0);
	t->keeper = 0;
}

void
terminal_modes(struct terminal *t, bool keys, bool plain)
{
	struct termios now, want;
	int fd = either(t);

	if ((!keys && !plain && !t->changed) || !terminal_front(t) || tcgetattr(fd, &now) == -1)
		return;
	if (!t->changed || !as_set(t, &now))
		t->saved = now;
	want = t->saved;
	if (keys)
		cfmakeraw(&want);
	want.c_oflag = t->saved.c_oflag;
	if (plain)
		want.c_oflag &= ~(tcflag_t)OPOST;
	/* If we are killed between the two: what is not as we set it stays. */
	t->changed = keys || plain;
	t->set = want;
	tell_keeper(t);
	if (set_modes(fd, &want) && tcgetattr(fd, &now) == 0 && !as_set(t, &now)) {
		t->set = now;
		tell_keeper(t);
	}
}

void
terminal_restore(struct terminal *t)
{
	struct termios now;

	if (t->changed && tcgetattr(either(t), &now) == 0 && as_set(t, &now))
		(void)set_modes(either(t), &t->saved);
	if (t->changed) {
		t->changed = false;
		tell_keeper(t);
	}
}

void
terminal_close(struct terminal *t)
{
	terminal_restore(t);
	end_keeper(t);
	if (t->in != -1)
		(void)close(t->in);
	if (t->out != -1)
		(void)close(t->out);
	t->in = t->out = -1;
}
