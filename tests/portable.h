/* SPDX-License-Identifier: MIT */
/* For tests/portable: what macOS has beyond POSIX and musl declares for GNU only, and
 * what musl has and macOS has not. */
#include <sys/socket.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *memmem(const void *, size_t, const void *, size_t);
char *strcasestr(const char *, const char *);
int vasprintf(char **, const char *, __builtin_va_list);
int asprintf(char **, const char *, ...);
int getpeereid(int, uid_t *, gid_t *);
extern char **environ;

#undef F_SETLEASE
#undef MSG_CMSG_CLOEXEC
#undef MSG_NOSIGNAL
#undef O_PATH
#undef O_TMPFILE
#undef O_ACCMODE
#define O_ACCMODE (O_RDONLY | O_WRONLY | O_RDWR)
#undef SCM_CREDENTIALS
#undef SOCK_CLOEXEC
#undef SOCK_NONBLOCK
#undef SO_PASSCRED
#undef SO_PEERCRED
#define SO_NOSIGPIPE 0x1022
#define st_atimespec st_atim
#define st_birthtimespec st_ctim
#define st_ctimespec st_ctim
#define st_mtimespec st_mtim
#pragma GCC poison accept4 clearenv dup3 execvpe explicit_bzero getresuid memfd_create mempcpy \
    pipe2 ppoll prlimit rawmemchr reallocarray renameat2 secure_getenv setresgid setresuid \
    statx strchrnul syncfs syscall sigtimedwait signalfd st_atim st_ctim st_mtim
