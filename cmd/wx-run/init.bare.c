/* SPDX-License-Identifier: MIT */
/*
 * init.bare: the first process of a bwrap sandbox (init.h) as a program of its own, of
 * 10 KB, which the build makes of init.c and puts into wx-run as bytes. As a copy of
 * wx-run that process cost a third of bwrap's own time: 250 KB to be copied, a dynamic
 * loader, which asks the processor what it is (cpuid(2): slow in a virtual machine), a
 * libc to be relocated, and their pages once more at each fork.
 *
 * So there is no libc: what init.c and what it uses call is here, on system calls alone,
 * and only as far as it goes there. The headers are those of the libc at hand; of its
 * types none reaches the kernel but those that are the kernel's own, and the sets of
 * signals, of which the first eight bytes are. For a processor that is not known here the
 * build makes nothing, and wx-run is its own first process.
 */
#include "init.c"     /* NOLINT(bugprone-suspicious-include): all of it is one program */

#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "fdpass.c"   /* NOLINT(bugprone-suspicious-include) */
#include "libcommon/fileio.c"   /* NOLINT(bugprone-suspicious-include) */
#include "libcommon/proc.c"     /* NOLINT(bugprone-suspicious-include) */

#ifndef __x86_64__
/* cppcheck-suppress preprocessorErrorDirective */
#error "no system calls for this processor"
#endif

#define SIGSET_BYTES 8   /* the kernel's own, whatever sigset_t is */

/* Types of arguments in which the headers of libcs differ. */
#ifdef __GLIBC__
typedef __rlimit_resource_t limit_name;
typedef unsigned long ioctl_name;
#else
typedef int limit_name;
typedef int ioctl_name;
#endif

#ifdef __clang_analyzer__   /* which takes it that nothing is written in there */
long call(long nr, long a, long b, long c, long d, long e, long f);
#else
static long
call(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long rc;

	__asm__ volatile("syscall" : "=a"(rc) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10),
	    "r"(r8), "r"(r9) : "rcx", "r11", "memory");
	return rc;
}
#endif

/* ---- what a compiler may call by itself ---- */

void *
memcpy(void *restrict to, const void *restrict from, size_t n)
{
	void *at = to;

	__asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(n) : : "memory");
	return to;
}

void *
memset(void *to, int c, size_t n)
{
	void *at = to;

	__asm__ volatile("rep stosb" : "+D"(at), "+c"(n) : "a"(c) : "memory");
	return to;
}

size_t
strlen(const char *s)
{
	const char *end = s;

	while (*end != '\0')
		end++;
	return (size_t)(end - s);
}

/* ---- strings ---- */

int
strcmp(const char *a, const char *b)
{
	for (; *a != '\0' && *a == *b; a++, b++)
		;
	return (unsigned char)*a - (unsigned char)*b;
}

static int
begins(const char *s, const char *with)
{
	for (; *with != '\0'; s++, with++)
		if (*s != *with)
			return 0;
	return 1;
}

char *
strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (*s == '\0')
			return NULL;
	return (char *)(size_t)s;
}

size_t
strcspn(const char *s, const char *reject)
{
	size_t n = 0;

	while (s[n] != '\0' && strchr(reject, s[n]) == NULL)
		n++;
	return n;
}

/* Of what wx-run wrote: digits of the base, at the most 16, lower case. */
unsigned long
strtoul(const char *restrict s, char **restrict end, int base)
{
	unsigned long n = 0;
	int digit;

	(void)end;
	for (; *s != '\0'; s++) {
		digit = *s >= 'a' ? *s - 'a' + 10 : *s - '0';
		if (digit < 0 || digit >= base)
			break;
		n = n * (unsigned long)base + (unsigned long)digit;
	}
	return n;
}

unsigned long long
strtoull(const char *restrict s, char **restrict end, int base)
{
	return strtoul(s, end, base);
}

/* ---- errors ---- */

static int error;

int *
__errno_location(void)
{
	return &error;
}

static long
result(long rc)
{
	if (rc > -4096 && rc < 0) {
		error = (int)-rc;
		return -1;
	}
	return rc;
}

#define CALL(nr, a, b, c) result(call(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0))
#define CALL4(nr, a, b, c, d) result(call(nr, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0))

void
_exit(int status)
{
	for (;;)
		(void)CALL(SYS_exit_group, status, 0, 0);
}

static void
put(const char *s)
{
	(void)CALL(SYS_write, STDERR_FILENO, s, strlen(s));
}

/* The line of err(3), of which only %s is known. */
static void
complain(const char *format, va_list ap)
{
	char one[2] = "";

	put("wx-run: ");
	for (; *format != '\0'; format++) {
		if (begins(format, "%s")) {
			put(va_arg(ap, const char *));
			format++;
		} else {
			*one = *format;
			put(one);
		}
	}
}

static const char *
reason(int number)
{
	switch (number) {
	case EPERM: return "Operation not permitted";
	case EACCES: return "Permission denied";
	case EAGAIN: return "Resource temporarily unavailable";
	case EEXIST: return "File exists";
	case EINVAL: return "Invalid argument";
	case ENOENT: return "No such file or directory";
	case ENOMEM: return "Cannot allocate memory";
	case ENOSPC: return "No space left on device";
	case EROFS: return "Read-only file system";
	default: return NULL;
	}
}

void
err(int code, const char *format, ...)
{
	const char *why = reason(error);
	char digits[] = "error 000";
	va_list ap;

	if (why == NULL) {
		digits[6] = (char)('0' + error / 100 % 10);
		digits[7] = (char)('0' + error / 10 % 10);
		digits[8] = (char)('0' + error % 10);
		why = digits;
	}
	va_start(ap, format);
	complain(format, ap);
	va_end(ap);
	put(": ");
	put(why);
	put("\n");
	_exit(code);
}

void
errx(int code, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain(format, ap);
	va_end(ap);
	put("\n");
	_exit(code);
}

/* ---- files ---- */

int
open(const char *path, int flags, ...)
{
	va_list ap;
	long fd;

	va_start(ap, flags);
	fd = CALL4(SYS_openat, AT_FDCWD, path, flags,
	    (flags & O_CREAT) != 0 ? va_arg(ap, unsigned) : 0);
	va_end(ap);
	return (int)fd;
}

ssize_t
read(int fd, void *buf, size_t n)
{
	return CALL(SYS_read, fd, buf, n);
}

ssize_t
write(int fd, const void *buf, size_t n)
{
	return CALL(SYS_write, fd, buf, n);
}

int
close(int fd)
{
	return (int)CALL(SYS_close, fd, 0, 0);
}

int
fchmod(int fd, mode_t mode)
{
	return (int)CALL(SYS_fchmod, fd, mode, 0);
}

int
fcntl(int fd, int what, ...)
{
	va_list ap;
	long rc;

	va_start(ap, what);
	rc = CALL(SYS_fcntl, fd, what, va_arg(ap, long));
	va_end(ap);
	return (int)rc;
}

int
dup2(int fd, int to)
{
	return (int)CALL(SYS_dup2, fd, to, 0);
}

int
ioctl(int fd, ioctl_name what, ...)
{
	va_list ap;
	long rc;

	va_start(ap, what);
	rc = CALL(SYS_ioctl, fd, what, va_arg(ap, void *));
	va_end(ap);
	return (int)rc;
}

int
isatty(int fd)
{
	char termios[256];   /* the kernel's own */

	return ioctl(fd, TCGETS, termios) == 0;
}

int
tcsetpgrp(int fd, pid_t group)
{
	return ioctl(fd, TIOCSPGRP, &group);
}

int
poll(struct pollfd *fds, nfds_t n, int ms)
{
	return (int)CALL(SYS_poll, fds, n, ms);
}

/* ---- sockets ---- */

ssize_t
recv(int fd, void *buf, size_t n, int flags)
{
	return result(call(SYS_recvfrom, fd, (long)buf, (long)n, flags, 0, 0));
}

ssize_t
send(int fd, const void *buf, size_t n, int flags)
{
	return result(call(SYS_sendto, fd, (long)buf, (long)n, flags, 0, 0));
}

ssize_t
recvmsg(int fd, struct msghdr *msg, int flags)
{
	return CALL(SYS_recvmsg, fd, msg, flags);
}

ssize_t
sendmsg(int fd, const struct msghdr *msg, int flags)
{
	return CALL(SYS_sendmsg, fd, msg, flags);
}

/* ---- signals ---- */

int
sigemptyset(sigset_t *set)
{
	(void)memset(set, 0, sizeof(*set));
	return 0;
}

int
sigfillset(sigset_t *set)
{
	(void)memset(set, 0xff, sizeof(*set));
	return 0;
}

int
sigaddset(sigset_t *set, int sig)
{
	((unsigned char *)set)[(sig - 1) / 8] |= (unsigned char)(1U << (sig - 1) % 8);
	return 0;
}

int
sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
	return (int)CALL4(SYS_rt_sigprocmask, how, set, old, SIGSET_BYTES);
}

/* To ignore, or by default, which is all that is asked for: no more of it counts. */
sighandler_t
signal(int sig, sighandler_t what)
{
	long action[8] = { (long)what };

	return CALL4(SYS_rt_sigaction, sig, action, NULL, SIGSET_BYTES) == -1 ? SIG_ERR : SIG_DFL;
}

int
signalfd(int fd, const sigset_t *set, int flags)
{
	return (int)CALL4(SYS_signalfd4, fd, set, SIGSET_BYTES, flags);
}

/* ---- processes ---- */

pid_t
fork(void)
{
	return (pid_t)CALL4(SYS_clone, SIGCHLD, 0, 0, 0);
}

pid_t
waitpid(pid_t pid, int *status, int flags)
{
	return (pid_t)CALL4(SYS_wait4, pid, status, flags, NULL);
}

int
setpgid(pid_t pid, pid_t group)
{
	return (int)CALL(SYS_setpgid, pid, group, 0);
}

pid_t
getpgrp(void)
{
	return (pid_t)CALL(SYS_getpgid, 0, 0, 0);
}

int
prctl(int what, ...)
{
	va_list ap;
	long a, b;

	va_start(ap, what);
	a = va_arg(ap, long);
	b = what == PR_SET_NAME ? 0 : va_arg(ap, long);
	va_end(ap);
	return (int)CALL(SYS_prctl, what, a, b);
}

int
getrlimit(limit_name what, struct rlimit *l)
{
	return (int)CALL4(SYS_prlimit64, 0, what, NULL, l);
}

int
setrlimit(limit_name what, const struct rlimit *l)
{
	return (int)CALL4(SYS_prlimit64, 0, what, l, NULL);
}

/* Of close_range(2) alone is it asked, by its number. */
long
syscall(long nr, ...)
{
	va_list ap;
	long a, b, c;

	va_start(ap, nr);
	a = va_arg(ap, unsigned);
	b = va_arg(ap, unsigned);
	c = va_arg(ap, unsigned);
	va_end(ap);
	return CALL(nr, a, b, c);
}

/* Of _SC_OPEN_MAX, likewise. */
long
sysconf(int what)
{
	struct rlimit l;

	(void)what;
	return getrlimit(RLIMIT_NOFILE, &l) == 0 ? (long)l.rlim_cur : 1024;
}

/* ---- the environment, and exec ---- */

char **environ;

/* A secret is a line of two bytes at the least (envline.h), beside what bwrap set. */
static char *variables[65536];
static char lines[2 * WORD_MAX];

int
setenv(const char *name, const char *value, int replace)
{
	static size_t used;
	size_t n = strlen(name), m = strlen(value) + 1, i;
	char *line = lines + used;

	(void)replace;
	for (i = 0; environ[i] != NULL; i++)
		if (begins(environ[i], name) && environ[i][n] == '=')
			break;
	if (n + 1 + m > sizeof(lines) - used || i + 2 > sizeof(variables) / sizeof(*variables)) {
		errno = ENOMEM;
		return -1;
	}
	(void)memcpy(line, name, n);
	line[n] = '=';
	(void)memcpy(line + n + 1, value, m);
	used += n + 1 + m;
	if (environ[i] == NULL)
		environ[i + 1] = NULL;
	environ[i] = line;
	return 0;
}

static const char *
path(void)
{
	size_t i;

	for (i = 0; environ[i] != NULL; i++)
		if (begins(environ[i], "PATH="))
			return environ[i] + 5;
	return "/bin:/usr/bin";
}

/* What the kernel does not know is a script of the shell's, as execvp(3) has it. */
static void
try_exec(const char *file, char *const argv[])
{
	static char *words[4096];
	size_t i;

	(void)CALL(SYS_execve, file, argv, environ);
	if (errno != ENOEXEC)
		return;
	words[0] = (char *)(size_t)"/bin/sh";
	words[1] = (char *)(size_t)file;
	for (i = 1; argv[i] != NULL; i++) {
		if (i + 2 >= sizeof(words) / sizeof(*words)) {
			errno = E2BIG;
			return;
		}
		words[i + 1] = argv[i];
	}
	words[i + 1] = NULL;
	(void)CALL(SYS_execve, words[0], words, environ);
}

int
execv(const char *file, char *const argv[])
{
	return (int)CALL(SYS_execve, file, argv, environ);
}

int
execvp(const char *file, char *const argv[])
{
	static char full[4096];   /* PATH_MAX */
	const char *p = path(), *end;
	int denied = 0;
	size_t n;

	if (*file == '\0')
		errno = ENOENT;
	else if (strchr(file, '/') != NULL)
		try_exec(file, argv);
	if (*file == '\0' || strchr(file, '/') != NULL)
		return -1;
	errno = ENOENT;
	for (;; p = end + 1) {
		end = p + strcspn(p, ":");
		n = (size_t)(end - p);
		if (n + strlen(file) + 2 <= sizeof(full)) {
			(void)memcpy(full, p, n);
			if (n > 0)
				full[n++] = '/';
			(void)memcpy(full + n, file, strlen(file) + 1);
			try_exec(full, argv);
			denied |= errno == EACCES;
			if (errno != EACCES && errno != ENOENT && errno != ENOTDIR)
				return -1;
		}
		if (*end == '\0')
			break;
	}
	errno = denied ? EACCES : ENOENT;
	return -1;
}

/* ---- the start ---- */

__attribute__((used)) static _Noreturn void
begin(long *stack)
{
	int argc = (int)*stack;
	char **argv = (char **)(stack + 1), **envp = argv + argc + 1;
	size_t i;

	for (i = 0; envp[i] != NULL && i + 2 < sizeof(variables) / sizeof(*variables); i++)
		variables[i] = envp[i];
	environ = variables;
	init_main(argc, argv);
}

/* The kernel's own way in: argc, argv and the environment lie on the stack. */
__asm__(".globl _start\n"
    "_start:\n"
    "\txor %ebp, %ebp\n"
    "\tmov %rsp, %rdi\n"
    "\tand $-16, %rsp\n"
    "\tcall begin\n");
