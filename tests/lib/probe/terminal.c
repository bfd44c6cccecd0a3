/* SPDX-License-Identifier: MIT */
/*
 * The terminal, where there is one. A byte put into the queue of the host's
 * terminal is typed into the host's shell; into one of the engine's own it
 * comes back to the sandbox. The host says which devices hold its terminals.
 */

/* A bit of the request that the kernel does not look at. */
#define HIGH 0x100000000ul

/* A terminal at descriptor FD that is the host's, or the probe ends. */
static void host_terminal(int fd)
{
	const char *host = conf("id:/dev/pts");
	struct stat st;
	char        dev[32];

	if (!isatty(fd))
		skip("descriptor %d is no terminal", fd);
	if (host == NULL || fstat(fd, &st) == -1)
		return;
	snprintf(dev, sizeof dev, "%ju:", (uintmax_t)st.st_dev);
	if (strncmp(host, dev, strlen(dev)) != 0)
		closed("a terminal of the engine's own");
}

static void ask_terminal(int fd, unsigned long request, char *byte)
{
	if (syscall(SYS_ioctl, fd, request, byte) == 0)
		exposed("the kernel did it");
	if (errno == EPERM || errno == EIO || errno == EACCES)
		closed("%s", strerror(errno));
	exposed("the terminal was asked: %s", strerror(errno));
}

/* TIOCSTI on descriptor ARG. */
static void tiocsti(const char *arg)
{
	int  fd = (int)strtol(arg, NULL, 10);
	char c = ' ';

	host_terminal(fd);
	ask_terminal(fd, TIOCSTI, &c);
}

static void tiocsti_high(const char *arg)
{
	int  fd = (int)strtol(arg, NULL, 10);
	char c = ' ';

	host_terminal(fd);
	ask_terminal(fd, HIGH | TIOCSTI, &c);
}

static void tiocsti_dev_tty(const char *arg)
{
	int  fd = open(arg, O_RDWR | O_CLOEXEC);
	char c = ' ';

	if (fd == -1) {
		if (isatty(0))
			closed("%s: %s", arg, strerror(errno));
		skip("%s: %s", arg, strerror(errno));
	}
	/* The host's terminal at 0 is what /dev/tty stands for. */
	host_terminal(0);
	ask_terminal(fd, TIOCSTI, &c);
}

/* TIOCLINUX subcode ARG: 2 sets the selection, 3 pastes it. On a VT only. */
static void tioclinux(const char *arg)
{
	char code[64] = { (char)strtol(arg, NULL, 10) };

	host_terminal(0);
	/* On another kind of terminal the kernel says ENOTTY: it was asked. */
	ask_terminal(0, TIOCLINUX, code);
}

static void tioclinux_high(const char *arg)
{
	char code[64] = { (char)strtol(arg, NULL, 10) };

	host_terminal(0);
	ask_terminal(0, HIGH | TIOCLINUX, code);
}

/* Is /dev/pts the host's, with every terminal of the user? */
static void devpts(const char *arg)
{
	const char *host = need("id:/dev/pts");
	struct stat st;
	char        dev[32];

	if (stat(arg, &st) == -1)
		closed("%s", strerror(errno));
	snprintf(dev, sizeof dev, "%ju:", (uintmax_t)st.st_dev);
	if (strncmp(host, dev, strlen(dev)) == 0)
		exposed("%s is the host's", arg);
	closed("another one");
}

static const struct probe terminal_probes[] = {
	{ "terminal.tiocsti", tiocsti, "0", "typing into the host's shell by stdin" },
	{ "terminal.tiocsti-stdout", tiocsti, "1", "the same by stdout" },
	{ "terminal.tiocsti-stderr", tiocsti, "2", "the same by stderr" },
	{ "terminal.tiocsti-high", tiocsti_high, "0", "a request that a careless filter misses" },
	{ "terminal.tiocsti-tty", tiocsti_dev_tty, "/dev/tty", "the same by /dev/tty" },
	{ "terminal.tioclinux", tioclinux, "2", "pasting into a console" },
	{ "terminal.tioclinux-high", tioclinux_high, "2", "a request that a careless filter misses" },
	{ "terminal.devpts", devpts, "/dev/pts", "the user's other terminals" },
};
