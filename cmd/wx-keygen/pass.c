/* SPDX-License-Identifier: MIT */
#include "pass.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"

#define SLOTS 2 /* the old one and the new one */

static char slots[SLOTS][PASS_MAX + 3]; /* with a line end and a NUL */
static int used;

static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
static volatile sig_atomic_t caught;

static char *
slot(void)
{
	if (used == SLOTS)
		errx(WX_FAIL, "cannot keep another passphrase");
	return slots[used++];
}

/* A file that others can read holds no secret. A memfd or a here-document has no name. */
static void
check_descriptor(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		err(WX_FAIL, "cannot read a passphrase from descriptor %d", fd);
	if (S_ISREG(st.st_mode) && st.st_nlink > 0 && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		errx(WX_FAIL, "refusing descriptor %d: others have access to its file (mode %04o); "
		    "mend it with: chmod go= -- FILE", fd, (unsigned)(st.st_mode & 07777));
	if (isatty(fd) == 1)
		errx(WX_FAIL, "refusing to read a passphrase from a terminal, which would show it; use -p");
}

const char *
pass_read(int fd)
{
	char *text = slot();
	ssize_t n;

	check_descriptor(fd);
	n = wx_read_all(fd, text, PASS_MAX + 2);
	if (n == -1 && errno != EMSGSIZE)
		err(WX_FAIL, "cannot read a passphrase from descriptor %d", fd);
	(void)close(fd);
	if (n > 0 && text[n - 1] == '\n')
		n -= n > 1 && text[n - 2] == '\r' ? 2 : 1;
	if (n == -1 || n > PASS_MAX)
		errx(WX_FAIL, "no passphrase on descriptor %d: it gives more than %d bytes", fd, PASS_MAX);
	text[n] = '\0';
	if (strlen(text) != (size_t)n || strpbrk(text, "\r\n") != NULL)
		errx(WX_FAIL, "no passphrase on descriptor %d: it gives more than one line, or a NUL", fd);
	return text;
}

static void
on_signal(int sig)
{
	caught = sig;
}

/* A line without its end, or NULL: cut short, too long, or a signal. */
static char *
read_line(int tty, char *text)
{
	size_t n = 0;
	char c;

	for (;;) {
		if (caught != 0 || read(tty, &c, 1) != 1)
			return NULL;
		if (c == '\n') {
			text[n <= PASS_MAX ? n : 0] = '\0';
			return n <= PASS_MAX ? text : NULL;
		}
		if (n <= PASS_MAX)
			text[n] = c;
		n++;
	}
}

/*
 * Ask with the echo off, and have it on again whatever ends it. Without SA_RESTART,
 * so that a signal ends the read.
 */
static char *
ask_once(int tty, const char *prompt, char *text)
{
	struct sigaction act = { .sa_handler = on_signal }, old[sizeof(ending) / sizeof(ending[0])];
	struct termios was, quiet;
	char *got = NULL;
	size_t i;

	for (i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		(void)sigaction(ending[i], &act, &old[i]);
	if (tcgetattr(tty, &was) == 0) {
		quiet = was;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		quiet.c_lflag |= ICANON | ECHONL;
		if (tcsetattr(tty, TCSAFLUSH, &quiet) == 0 && wx_write_all(tty, prompt, strlen(prompt)) == 0)
			got = read_line(tty, text);
		(void)tcsetattr(tty, TCSAFLUSH, &was);
	}
	for (i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		(void)sigaction(ending[i], &old[i], NULL);
	if (caught != 0)
		(void)raise(caught);
	return got;
}

const char *
pass_ask(const char *prompt, bool twice)
{
	char *text = slot(), *got, again[PASS_MAX + 1];
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	bool same = true;

	if (tty == -1)
		errx(WX_FAIL, "cannot ask for a passphrase: there is no terminal; use --passphrase-fd");
	got = ask_once(tty, prompt, text);
	if (got != NULL && twice) {
		got = ask_once(tty, "The same again: ", again);
		same = got != NULL && strcmp(text, again) == 0;
		wx_wipe(again, sizeof(again));
	}
	(void)close(tty);
	if (got == NULL)
		errx(WX_FAIL, "no passphrase: nothing, or more than %d bytes", PASS_MAX);
	if (!same)
		errx(WX_FAIL, "no passphrase: the two differ");
	return text;
}

void
pass_wipe(void)
{
	wx_wipe(slots, sizeof(slots));
	used = 0;
}
