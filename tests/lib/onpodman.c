/* SPDX-License-Identifier: MIT */
/*
 * In the place of wx-run on PATH: the one whose words are in $WX_PODMAN_RUN (its path,
 * and options that make it take podman), one on a line, then our own arguments. No
 * script, for that would have a descriptor and signals of its own. A lone argument is
 * an option that asks something (-V): it goes without, and so does what is of a run that is there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
of_runs(const char *arg)
{
	return arg != NULL && (strcmp(arg, "--list") == 0 || strcmp(arg, "--stop") == 0 || strcmp(arg, "--exec") == 0);
}

int
main(int argc, char *argv[])
{
	char *words = getenv("WX_PODMAN_RUN"), *rest, *w, **run = calloc((size_t)argc + 130, sizeof(*run)), *program = NULL;
	int n = 0, i;

	rest = words == NULL || run == NULL ? NULL : strdup(words);
	while (rest != NULL && (w = strsep(&rest, "\n")) != NULL) {
		if (program == NULL)
			run[n++] = program = w;
		else if (argc > 2 && n < 128 && !of_runs(argv[1]))
			run[n++] = w;
	}
	if (program == NULL || run == NULL) {
		(void)fprintf(stderr, "onpodman: no WX_PODMAN_RUN\n");
		return 99;
	}
	run[0] = (char *)"wx-run";
	for (i = 1; i < argc; i++)
		run[n++] = argv[i];
	run[n] = NULL;
	(void)unsetenv("WX_PODMAN_RUN");
	(void)execv(program, run);
	perror(program);
	return 99;
}
