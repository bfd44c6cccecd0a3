# SPDX-License-Identifier: MIT
# sanitizers: no, of a compiler
# What is not in the Makefile's list LINUX compiles elsewhere (tests/portable).
load lib/helper

@test "the portable part compiles without Linux and GNU libc" {
	command -v musl-gcc >/dev/null || skip "no musl-gcc (musl-tools)"
	cd "$WX_TREE"
	files=$(make -s -f - 2>/dev/null <<<$'include Makefile\nlist:\n\t@echo $(PORTABLE)' list)
	[ "$(wc -w <<<"$files")" -gt 60 ]
	run -0 tests/portable $files
}

# planted WHAT: a file with it does not pass
planted() {
	printf '%b\n' "$1" >f.c
	run ! "$WX_TREE/tests/portable" "$PWD/f.c"
	[[ $output != *"portable:"* ]] || fail "$1: passed"
}

@test "what only Linux or GNU has does not pass" {
	command -v musl-gcc >/dev/null || skip "no musl-gcc (musl-tools)"
	printf '#include <errno.h>\nint f(int);\nint f(int x) { return x + errno; }\n' >f.c
	run -0 "$WX_TREE/tests/portable" "$PWD/f.c"
	for h in sys/prctl.h sys/signalfd.h sys/epoll.h linux/openat2.h sys/syscall.h link.h; do
		planted "#include <$h>"
	done
	for w in O_PATH O_TMPFILE MSG_NOSIGNAL SOCK_CLOEXEC F_SETLEASE SCM_CREDENTIALS; do
		planted "#include <fcntl.h>\n#include <sys/socket.h>\nint f(void);\nint f(void) { return $w; }"
	done
	for w in pipe2 memfd_create reallocarray strchrnul execvpe syscall setresuid; do
		planted "void *f(void);\nvoid *f(void) { return (void *)$w; }"
	done
	planted 'const char *f(void);\nconst char *f(void) { return "/proc/self/exe"; }'
	planted '#ifdef __linux__\n#else\n#error x\n#endif'
}
