/* SPDX-License-Identifier: MIT */
#ifndef INIT_H
#define INIT_H

/* What is said on FD_SOCKET, one message each. */
struct hello {
	char what;
	int  value;
};

enum {
	HELLO_READY = 'H',   /* by the command to be: the sandbox stands */
	HELLO_ERROR = 'E',   /* by the same: exec failed, VALUE is errno */
	HELLO_STOP  = 'S',   /* by the first process: the signal that stopped it */
	HELLO_END   = 'X',   /* by the same: its wait status */
};

/*
 * wx-run as the first process inside, made known by its name INIT_PATH:
 * PIDS DATA-BYTES IGNORED-SIGNALS FILE COMMAND... Its child tells wx-run that the
 * sandbox stands, waits for its word (with it come the secrets, NAME=value and
 * NUL each), sets limits and variables, gives signals their default, and becomes
 * COMMAND. The first process buries what dies, tells wx-run where the command was
 * stopped, and ends with it, or with wx-run: then the kernel ends all inside.
 * Never returns.
 */
_Noreturn void init_main(int argc, char *argv[]);

#endif
