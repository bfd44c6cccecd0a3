/* SPDX-License-Identifier: MIT */
/*
 * pairbench [-n RUNS] [-l LABEL] CMD... --vs CMD...
 *
 * Run two commands by turns, so that what else the machine does meets both, and
 * print for each the wall time and the largest resident set, and the median of
 * the ratios (first to second) of the pairs. Two pairs go before and are not
 * counted; which of the two is first changes with each pair. A command that
 * fails ends it: the time of a failure is none. The resident set has this
 * program's own, about 1.5 MB, for its least value: that of a child counts from
 * before its exec (getrusage(2), whose unit is KiB on Linux).
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/fileio.h"

#define WARM_UP  2
#define RUNS_MAX 10000

extern char **environ;

struct side {
	char **argv;
	double *ms;
	long rss; /* KiB */
};

static double
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Run it once; its wall time. */
static double
run(struct side *s, posix_spawn_file_actions_t *quiet)
{
	double start = now_ms(), ms;
	struct rusage use;
	int status, rc;
	pid_t pid;

	rc = posix_spawnp(&pid, s->argv[0], quiet, NULL, s->argv, environ);
	if (rc != 0)
		errx(1, "cannot run '%s': %s", s->argv[0], strerror(rc));
	if (wait4(pid, &status, 0, &use) == -1)
		err(1, "cannot wait for '%s'", s->argv[0]);
	ms = now_ms() - start;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		errx(1, "'%s' failed: wait status %#x", s->argv[0], (unsigned)status);
	if (use.ru_maxrss > s->rss)
		s->rss = use.ru_maxrss;
	return ms;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts V. */
static double
median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), ascending);
	return n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static void
report(const char *which, struct side *s, int n)
{
	double mid = median(s->ms, n);

	(void)printf("  %s  min %.2f  median %.2f  max %.2f ms  rss %ld KiB  ", which, s->ms[0], mid,
	    s->ms[n - 1], s->rss);
	for (char **a = s->argv; *a != NULL; a++)
		(void)printf(" %s", *a);
	(void)putchar('\n');
}

static void
measure(struct side side[2], double *ratio, int n)
{
	posix_spawn_file_actions_t quiet;
	int i, first;

	if (posix_spawn_file_actions_init(&quiet) != 0 ||
	    posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) != 0)
		errx(1, "cannot prepare to spawn");
	for (i = -WARM_UP; i < n; i++) {
		int at = i < 0 ? 0 : i;

		first = at % 2;
		side[first].ms[at] = run(&side[first], &quiet);
		side[!first].ms[at] = run(&side[!first], &quiet);
		ratio[at] = side[0].ms[at] / side[1].ms[at];
	}
	(void)posix_spawn_file_actions_destroy(&quiet);
}

static _Noreturn void
usage(void)
{
	errx(2, "usage: pairbench [-n runs] [-l label] command ... --vs command ...");
}

int
main(int argc, char *argv[])
{
	const char *label = NULL;
	struct side side[2] = { { 0 }, { 0 } };
	double *ratio;
	long n = 101;
	int ch, i;

	while ((ch = getopt(argc, argv, "+n:l:")) != -1) {
		if (ch == 'n')
			n = strtol(optarg, NULL, 10);
		else if (ch == 'l')
			label = optarg;
		else
			usage();
	}
	for (i = optind; i < argc && strcmp(argv[i], "--vs") != 0; i++)
		;
	if (i == optind || i + 1 >= argc || n < 1 || n > RUNS_MAX)
		usage();
	argv[i] = NULL;
	side[0].argv = argv + optind;
	side[1].argv = argv + i + 1;
	ratio = calloc((size_t)n, sizeof(double));
	side[0].ms = calloc((size_t)n, sizeof(double));
	side[1].ms = calloc((size_t)n, sizeof(double));
	if (ratio == NULL || side[0].ms == NULL || side[1].ms == NULL)
		err(1, "cannot keep %ld times", n);
	measure(side, ratio, (int)n);
	(void)printf("%s (%ld pairs)\n", label != NULL ? label : "a vs b", n);
	report("a", &side[0], (int)n);
	report("b", &side[1], (int)n);
	(void)printf("  ratio a/b, median of pairs: %.2f\n", median(ratio, (int)n));
	return wx_flush(stdout) == -1;
}
