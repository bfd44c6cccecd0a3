/* SPDX-License-Identifier: MIT */
/*
 * probe: looks from inside a sandbox for what should not be there.
 *
 *     probe [-l] [-c FILE] [GROUP...]
 *
 * Runs every probe, or those of the groups (or the single probes) named, and
 * prints a line for each, separated by tabs:
 *
 *     closed     group.name  what held
 *     EXPOSED    group.name  what was seen, reached or changed
 *     report     group.name  path: done, and the tool must name it after the run
 *     skip       group.name  why there is nothing to say
 *
 * descriptors   what is open when it starts, and where it starts
 * environment   variables, by name and by the canary's word
 * files         HOME, the host's folders by device and inode, its /etc by its
 *               text, writing outside the project, sockets of services
 * processes     the host's, by number, by /proc and by what can be done to them
 * namespaces    each its own, and no new one by unshare, clone, clone3, setns
 * devices       /dev, made nodes, mounts on which they would work
 * capabilities  sets, users and groups to become, set-uid, priorities
 * kernel        system calls and families of sockets, foreign ABIs, /proc/sys
 * terminal      typing into the host's shell; needs a terminal to say much
 * network       the host's loopback, abstract and path sockets, interfaces
 * ipc           System V and POSIX objects of the host
 * workspace     traps for the host's git, shell and editor in the project
 * limits        processes, memory, sizes: at the numbers that were asked for
 * leftovers     left behind for the host to look for after the run
 *
 * -l lists the probes and what they look for. FILE (default .probe.conf) holds
 * the host's values as KEY=VALUE, as canaries.bash writes them; what a probe
 * needs and does not find makes it skip. Exits 0 if nothing is exposed, 1 if
 * something is, 2 on usage, 3 if it cannot work.
 *
 * It knows nothing of the engine, links libc only, asks no database of users,
 * and may be linked statically: it can be copied into any image. The project is
 * the folder that it starts in. Each probe is a process of its own with a time
 * limit: death by SIGSYS is the filter at work and closed; any other death, and
 * silence, is no answer and counts as EXPOSED. Probes do no harm where they
 * succeed, run by an ordinary user, or by root in namespaces of its own.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <grp.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 60 };

struct probe {
	const char *name;
	void      (*ask)(const char *arg);
	const char *arg;
	const char *what; /* looked for */
};

#include "probe/base.c"

#include "probe/files.c"

#include "probe/processes.c"

#include "probe/namespaces.c"

#include "probe/devices.c"

#include "probe/capabilities.c"

#include "probe/kernel.c"

#include "probe/terminal.c"

#include "probe/network.c"

#include "probe/ipc.c"

#include "probe/environment.c"

#include "probe/workspace.c"

#include "probe/limits.c"

#define GROUP(g) { #g, g##_probes, sizeof g##_probes / sizeof *g##_probes }

/* Leftovers come last: they are there when the sandbox ends. */
static const struct {
	const char         *name;
	const struct probe *probes;
	size_t              n;
} groups[] = {
	GROUP(descriptors), GROUP(environment), GROUP(files), GROUP(processes), GROUP(namespaces),
	GROUP(devices), GROUP(capabilities), GROUP(kernel), GROUP(terminal), GROUP(network),
	GROUP(ipc), GROUP(workspace), GROUP(limits), GROUP(leftovers),
};

/* Before anything is opened: what came from outside. */
static void look_at_descriptors(void)
{
	struct stat st;

	for (int fd = 3; fd < 1024; fd++) {
		if (fstat(fd, &st) == -1)
			continue;
		if (n_inherited < (int)(sizeof inherited / sizeof *inherited))
			inherited[n_inherited++] = fd;
		if (S_ISDIR(st.st_mode) && inherited_folder == -1)
			inherited_folder = fd;
	}
}

/* One probe in a process of its own; its verdict, which is "WORD TAB DETAIL". */
static void ask(const struct probe *p, char *line, size_t size)
{
	int     pipefd[2], status = 0;
	ssize_t n;
	pid_t   pid;

	if (pipe2(pipefd, O_CLOEXEC | O_NONBLOCK) == -1 || (pid = fork()) == -1) {
		snprintf(line, size, "EXPOSED\tno answer: %s", strerror(errno));
		return;
	}
	if (pid == 0) {
		setpgid(0, 0);
		alarm(SECONDS);
		verdict_fd = pipefd[1];
		errno = 0;
		p->ask(p->arg);
		_exit(1);
	}
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	kill(-pid, SIGKILL);
	n = read(pipefd[0], line, size - 1);
	close(pipefd[0]);
	close(pipefd[1]);
	if (n > 0)
		line[n] = '\0';
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		snprintf(line, size, "closed\tkilled by the filter");
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		snprintf(line, size, "EXPOSED\tno answer in %d s", SECONDS);
	else if (WIFSIGNALED(status))
		snprintf(line, size, "EXPOSED\tno answer: died by signal %d", WTERMSIG(status));
	else
		snprintf(line, size, "EXPOSED\tno answer: ended with %d", WEXITSTATUS(status));
}

/* Is the probe one of those named? All are if none is. */
static bool wanted(const char *group, const char *name, char **names)
{
	if (*names == NULL)
		return true;
	for (; *names != NULL; names++)
		if (strcmp(*names, group) == 0 || strcmp(*names, name) == 0)
			return true;
	return false;
}

static bool known(const char *word)
{
	for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
		if (strcmp(word, groups[g].name) == 0)
			return true;
		for (size_t i = 0; i < groups[g].n; i++)
			if (strcmp(word, groups[g].probes[i].name) == 0)
				return true;
	}
	return false;
}

static int run(char **names, bool list)
{
	char line[2048];
	int  exposures = 0;

	for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
		for (size_t i = 0; i < groups[g].n; i++) {
			const struct probe *p = &groups[g].probes[i];

			if (!wanted(groups[g].name, p->name, names))
				continue;
			if (list) {
				printf("%s\t%s\n", p->name, p->what);
				continue;
			}
			ask(p, line, sizeof line);
			exposures += strncmp(line, "EXPOSED", 7) == 0;
			printf("%.*s\t%s\t%s\n", (int)strcspn(line, "\t"), line, p->name,
			    line + strcspn(line, "\t") + (strchr(line, '\t') != NULL));
			fflush(stdout);
		}
	}
	return exposures;
}

static int usage(void)
{
	fputs("usage: probe [-l] [-c FILE] [GROUP...]\n", stderr);
	return 2;
}

int main(int argc, char *argv[])
{
	const char *file = ".probe.conf";
	bool        list = false;
	int         c, exposures;

	look_at_descriptors();
	while ((c = getopt(argc, argv, "+lc:")) != -1) {
		if (c == 'l')
			list = true;
		else if (c == 'c')
			file = optarg;
		else
			return usage();
	}
	for (int i = optind; i < argc; i++)
		if (!known(argv[i]))
			return usage();
	if (!list && slurp(file, conf_text, sizeof conf_text) == -1 && errno != ENOENT) {
		fprintf(stderr, "probe: cannot read '%s': %s\n", file, strerror(errno));
		return 3;
	}
	exposures = run(argv + optind, list);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		fprintf(stderr, "probe: cannot write: %s\n", strerror(errno));
		return 3;
	}
	return exposures > 0;
}
