/* SPDX-License-Identifier: MIT */
/*
 * What every topic needs: the verdicts, the host's values, small readers. A
 * probe runs in a process of its own and ends it with exactly one verdict, so
 * these do not return.
 */

/* Where the verdict of this process goes; one write, less than PIPE_BUF. */
static int verdict_fd = -1;

/* Descriptors above 2 that were open when the program started. */
static int  inherited[64];
static int  n_inherited;
/* Set when they include a folder, the handle that leads out of a sandbox. */
static int  inherited_folder = -1;

static _Noreturn void verdict(const char *word, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
static _Noreturn void closed(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static _Noreturn void exposed(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static _Noreturn void skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static _Noreturn void report(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static _Noreturn void verdict(const char *word, const char *fmt, va_list ap)
{
	char line[1024];
	int  n = snprintf(line, sizeof line, "%s\t", word);
	int  m = vsnprintf(line + n, sizeof line - (size_t)n, fmt, ap);

	for (int i = n; line[i] != '\0'; i++)
		if ((unsigned char)line[i] < ' ')
			line[i] = ' ';
	if (m < 0 || write(verdict_fd, line, strlen(line)) == -1)
		_exit(1);
	_exit(0);
}

/* The sandbox holds here. */
static void closed(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verdict("closed", fmt, ap);
}

/* It does not: something of the host is seen, reached or changed. */
static void exposed(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verdict("EXPOSED", fmt, ap);
}

/* The question makes no sense here, or the host's value for it is missing. */
static void skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verdict("skip", fmt, ap);
}

/* No mount can stop this: the path, which the tool must name after the run. */
static void report(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verdict("report", fmt, ap);
}

/* The host's values: lines of KEY=VALUE. */
static char conf_text[65536];

/* The value of KEY in a buffer that the next call but three reuses, or NULL. */
static const char *conf(const char *key)
{
	static char bufs[4][8192];
	static int  turn;
	size_t      len = strlen(key);

	for (const char *p = conf_text; p != NULL && *p != '\0';) {
		const char *end = strchr(p, '\n');
		size_t      n = end != NULL ? (size_t)(end - p) : strlen(p);

		if (n > len && strncmp(p, key, len) == 0 && p[len] == '=') {
			char *buf = bufs[turn++ % 4];

			snprintf(buf, sizeof bufs[0], "%.*s", (int)(n - len - 1), p + len + 1);
			return buf[0] != '\0' ? buf : NULL;
		}
		p = end != NULL ? end + 1 : NULL;
	}
	return NULL;
}

/* The same, where nothing can be said without it. */
static const char *need(const char *key)
{
	const char *v = conf(key);

	if (v == NULL)
		skip("the host gave no %s", key);
	return v;
}

static long need_number(const char *key)
{
	return strtol(need(key), NULL, 10);
}

/* Is WORD one of the words of LIST, which blanks separate? */
static bool in_list(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; (p = strstr(p, word)) != NULL; p += len)
		if ((p == list || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			return true;
	return false;
}

/* Up to SIZE - 1 bytes of a file, and a NUL. Their number, or -1. */
static ssize_t slurp(const char *path, char *buf, size_t size)
{
	int     fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t  n = 0;
	ssize_t r = 0;

	if (fd == -1)
		return -1;
	while (n < size - 1 && (r = read(fd, buf + n, size - 1 - n)) > 0)
		n += (size_t)r;
	close(fd);
	buf[n] = '\0';
	return r == -1 && n == 0 ? -1 : (ssize_t)n;
}

/* Does the file hold the canary's word? */
static bool holds_token(const char *path, const char *token)
{
	static char buf[1 << 18];
	ssize_t     n = slurp(path, buf, sizeof buf);

	return n > 0 && memmem(buf, (size_t)n, token, strlen(token)) != NULL;
}

/* The first entry of a folder that is not in the list OK; NULL if none. */
static const char *entry_beyond(const char *dir, const char *ok)
{
	static char    name[NAME_MAX + 1];
	DIR           *d = opendir(dir);
	struct dirent *e;

	if (d == NULL)
		return NULL;
	name[0] = '\0';
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || in_list(ok, e->d_name))
			continue;
		snprintf(name, sizeof name, "%s", e->d_name);
		break;
	}
	closedir(d);
	return name[0] != '\0' ? name : NULL;
}

/* A system call that must not do anything: R is its result. */
static _Noreturn void refused(long r)
{
	if (r != -1)
		exposed("the kernel did it");
	if (errno == EPERM || errno == ENOSYS || errno == EACCES)
		closed("%s", strerror(errno));
	exposed("the kernel was asked: %s", strerror(errno));
}

/* A child that ends when the probe does. */
static pid_t fork_child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}
