/* SPDX-License-Identifier: MIT */
#ifndef FILTER_H
#define FILTER_H

/*
 * What stands between the command and the ssh-agent. It passes on what message_allowed
 * lets through, answers all else with a failure, and reads no file.
 */

/* A socket at PATH, which only this user may open, that can be connected to from now on;
 * close-on-exec. Or -1 with errno. */
int filter_listen(const char *path);

/*
 * Serve the clients of LISTENER, each with a connection of its own to the agent's socket
 * AGENT, until the other end of the pipe STOP is closed or the agent has ended. In a process that does nothing else,
 * with SIGPIPE ignored.
 */
_Noreturn void filter_serve(int listener, const char *agent, int stop);

#endif
