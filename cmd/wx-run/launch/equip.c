/* SPDX-License-Identifier: MIT */
/* What each of them is started with: descriptors, environment, stage. */
#include <sys/mman.h>

#include <err.h>
#include <fcntl.h>
#include <unistd.h>

#include "bwrap.h"
#include "inside/inside.h"
#include "launch.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/tool/program.h"
#include "libcommon/tool/text.h"
#include "podman.h"
#include "state/state.h"

/* A memfd with LEN bytes of DATA, at its start. */
static int
data_fd(const void *data, size_t len)
{
	int fd = memfd_create("wx-run", MFD_CLOEXEC);

	if (fd == -1 || wx_write_all(fd, data, len) == -1 || lseek(fd, 0, SEEK_SET) == -1)
		err(WX_CHAIN, "cannot make a memory file");
	return fd;
}

static int
args_fd(const struct strv *w)
{
	char *buf = NULL;
	size_t len = 0, i;
	FILE *fp = text_open(&buf, &len);
	int fd;

	for (i = 0; i < w->n; i++)
		(void)fwrite(w->v[i], 1, strlen(w->v[i]) + 1, fp);
	text_close(fp);
	fd = data_fd(buf, len);
	free(buf);
	return fd;
}

/* Made at build time of init.small.c, and a 0, or that alone. */
static const unsigned char init_small[] = {
#include "init.small.h"
};

/* The first process, as a file of the sandbox's. If we are it ourselves, as a
 * descriptor: we may lie where the sandbox, or the user that we became, cannot look. */
static int
first_program(void)
{
	int fd;

	if (sizeof(init_small) > 1)
		return data_fd(init_small, sizeof(init_small) - 1);
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		err(WX_CHAIN, "cannot open our own program");
	return fd;
}

void
bwrap_equip(const struct plan *p, const struct secrets *files, struct launch *l)
{
	struct strv names = { 0 }, options = { 0 };
	int *fds = l->fds, n = FD_FILES;
	char *eq;
	size_t i;

	if (p->limits.cgroup)
		l->envp = environ;   /* systemd-run(1) asks the user's systemd */
	/* bwrap shows a terminal that it has as /dev/console inside. */
	if (l->pty != NULL) {
		fds[STDIN_FILENO] = launch_null();
		fds[STDOUT_FILENO] = launch_null();
	}
	fds[FD_INIT] = first_program();
	fds[FD_FILTER] = seccomp_filter_fd();
	if (fds[FD_FILTER] == -1)
		err(WX_CHAIN, "cannot make the system call filter");
	for (i = 0; i < p->mounts.n && n < LAUNCH_FDS; i++)
		if (p->mounts.v[i].kind == MOUNT_FILE && !p->mounts.v[i].late)
			fds[n++] = data_fd(p->mounts.v[i].content, p->mounts.v[i].len);
	for (i = 0; files != NULL && i < files->n && n < LAUNCH_FDS; i++) {
		eq = strchr(files->line[i], '=');
		strv_addf(&names, "%.*s", (int)(eq - files->line[i]), files->line[i]);
		fds[n++] = data_fd(eq + 1, strlen(eq + 1));
	}
	if (n == LAUNCH_FDS)
		errx(WX_CHAIN, "more than %d made files", LAUNCH_FDS - FD_FILES - 1);
	bwrap_options(p, &names, &options);
	fds[FD_ARGS] = args_fd(&options);
}

static char *stage;
static int said = -1;   /* what podman wrote on standard error */

void
podman_clean(void)
{
	if (stage != NULL)
		stage_remove(stage);
	stage = NULL;
}

pid_t
podman_monitor(void)
{
	char *path = xprintf("%s/" STAGE_MONITOR, stage), buf[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long pid;

	if (fd != -1 && wx_read_all(fd, buf, sizeof(buf) - 1) == -1)
		*buf = '\0';
	if (fd != -1)
		(void)close(fd);
	pid = strtol(buf, NULL, 10);
	if (pid <= 0)
		warnx("podman left no '%s'", path);
	free(path);
	return pid > 0 ? (pid_t)pid : -1;
}

void
podman_said(void)
{
	char buf[4096];
	ssize_t n;

	if (said == -1 || lseek(said, 0, SEEK_SET) == -1)
		return;
	while ((n = read(said, buf, sizeof(buf))) > 0)
		(void)!write(STDERR_FILENO, buf, (size_t)n);
}

/*
 * None of ours but the socket, for it leaves processes that would hold them: whoever waits for the end of our output
 * would wait for those.
 */
void
podman_equip(const struct plan *p, const struct secrets *files, struct launch *l)
{
	static struct strv env;
	char *conf;

	(void)files;
	l->fds[STDIN_FILENO] = launch_null();
	l->fds[STDOUT_FILENO] = launch_null();
	l->fds[STDERR_FILENO] = data_fd("", 0);
	said = fcntl(l->fds[STDERR_FILENO], F_DUPFD_CLOEXEC, 0);
	l->stage = stage = podman_stage(p);
	conf = podman_conf(stage);
	program_podman_environment(conf, &env);
	free(conf);
	if (getenv("TMPDIR") != NULL)
		strv_addf(&env, "TMPDIR=%s", getenv("TMPDIR"));
	l->envp = env.v;
}
