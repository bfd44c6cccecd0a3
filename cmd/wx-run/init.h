/* SPDX-License-Identifier: MIT */
#ifndef INIT_H
#define INIT_H

/* What the first process says on FD_SOCKET. */
struct hello {
	char what;       /* 'H': the sandbox stands; 'E': exec failed, ERROR is errno */
	int  error;
};

/*
 * wx-run as the first process inside, made known by its name INIT_PATH:
 * PIDS DATA-BYTES IGNORED-SIGNALS FILE COMMAND... It tells wx-run that the
 * sandbox stands, waits for its word (with it come the secrets, NAME=value and
 * NUL each), sets limits and variables, gives signals their default, and becomes
 * COMMAND. Never returns.
 */
_Noreturn void init_main(int argc, char *argv[]);

#endif
