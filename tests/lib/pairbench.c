/* SPDX-License-Identifier: MIT */
/*
 * pairbench [-n RUNS] [-l LABEL] CMD... --vs CMD...
 *
 * Run two commands by turns, so that what else the machine does meets both, and
 * print for each the wall time and the largest resident set, and the median of
 * the ratios (first to second) of the pairs. Two pairs go before and are not
 * counted; which of the two is first changes with each pair. A command that
 * fails ends it: the time of a failure is none. A last argument that ends in {n}
 * has the number of the run there, for a file that is new each time. The resident set has this
 * program's own, about 1.5 MB, for its least value: that of a child counts from
 * before its exec (getrusage(2), whose unit is KiB on Linux).
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/fileio.h"

#define WARM_UP  2
#define RUNS_MAX 10000

extern char **environ;

struct side {
	char **argv;
	char *mark;          /* the last argument, as it was */
	char last[PATH_MAX];
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

/* The number of the run into the last argument, if it ends in {n}. */
static void
number(struct side *s, long n)
{
	char **last = s->argv;

	while (last[1] != NULL)
		last++;
	if (s->mark == NULL)
		s->mark = *last;
	if (strlen(s->mark) < 3 || strcmp(s->mark + strlen(s->mark) - 3, "{n}") != 0)
		return;
	(void)snprintf(s->last, sizeof(s->last), "%.*s%ld", (int)strlen(s->mark) - 3, s->mark, n);
	*last = s->last;
}

/* Run it for the N-th time; its wall time. */
static double
run(struct side *s, posix_spawn_file_actions_t *quiet, long n)
{
	struct rusage use;
	int status, rc;
	double start, ms;
	pid_t pid;

	number(s, n);
	start = now_ms();
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
		side[first].ms[at] = run(&side[first], &quiet, i + WARM_UP);
		side[!first].ms[at] = run(&side[!first], &quiet, i + WARM_UP);
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
	static struct side side[2];
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
