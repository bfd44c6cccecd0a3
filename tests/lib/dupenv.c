/* SPDX-License-Identifier: MIT */
/* dupenv PATH [ARG...]: run PATH where TOK is in the environment twice, and with it a string with no '='. */
#include <err.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	static char a[] = "A=1", first[] = "TOK=first", b[] = "B=2", second[] = "TOK=second", odd[] = "odd";
	char *env[] = { a, first, b, second, odd, NULL };

	if (argc < 2)
		errx(2, "usage: dupenv path [argument ...]");
	(void)execve(argv[1], argv + 1, env);
	err(1, "cannot run '%s'", argv[1]);
}
