/* SPDX-License-Identifier: MIT */
/*
 * exchange A B SECONDS: for so long put each in the place of the other, again and again, with
 * pauses of 0 to 5 ms between (renameat2(2)). Prints how often.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	struct timespec pause = { 0 };
	time_t end;
	long n = 0;

	if (argc != 4)
		errx(99, "usage: exchange A B SECONDS");
	srand((unsigned)getpid());
	for (end = time(NULL) + strtol(argv[3], NULL, 10); time(NULL) < end; n++) {
		if (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) == -1)
			err(99, "cannot exchange '%s'", argv[1]);
		pause.tv_nsec = rand() % 5000000;
		(void)nanosleep(&pause, NULL);
	}
	(void)printf("%ld\n", n);
	return 0;
}
