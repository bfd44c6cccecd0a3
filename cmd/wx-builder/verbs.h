/* SPDX-License-Identifier: MIT */
#ifndef VERBS_H
#define VERBS_H

#include "want.h"

/* The commands. Each returns the exit code, or ends the program with a line. */
int authorize_run(const struct want *w);
int block_run(const struct want *w);
int config_run(const struct want *w);
int exec_run(const struct want *w);
int listen_run(const struct want *w);
int load_run(const struct want *w);
int machine_run(const struct want *w);
int restart_run(const struct want *w);
int start_run(const struct want *w);
int status_run(const struct want *w);
int stop_run(const struct want *w);
int wait_run(const struct want *w);

/* Our own argv[0]: beside it other tools are looked for. */
void builder_program(const char *argv0);

#endif
