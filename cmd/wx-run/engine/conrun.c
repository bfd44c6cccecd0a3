/* SPDX-License-Identifier: MIT */
#include "conrun.h"

#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit/audit.h"
#include "container.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/tool/path.h"
#include "state/state.h"

#define GRACE_SECONDS 2   /* from SIGTERM at the time limit to SIGKILL, and to ours */
#define STAGE_KIND "container"

/* What is there to be ended. */
static struct {
	const struct plan *plan;
	char  *stage;
	pid_t  client, watcher;   /* 0: none */
	int    lock, alive;       /* the stage's; the watcher's pipe: our end */
} live;

static void
wipe(struct secrets *s)
{
	if (s != NULL)
		wx_wipe(s, sizeof(*s));
}

/* ---- the client as a child ---- */

/* Its own, and nothing else of ours. */
static void
base_environment(struct strv *env)
{
	static const char *const kept[] = { "PATH", "HOME", "USER", "LOGNAME", "LANG", "TERM",
	    "TMPDIR", "XDG_CONFIG_HOME", NULL };
	const char *const *n;

	for (n = kept; *n != NULL; n++)
		if (getenv(*n) != NULL)
			strv_addf(env, "%s=%s", *n, getenv(*n));
}

static pid_t
start(char *argv[], char *envp[], bool quiet)
{
	pid_t pid = fork();
	sigset_t none;
	int fd;

	if (pid != 0)
		return pid;
	if (quiet) {
		fd = open("/dev/null", O_RDWR);
		if (fd == -1 || dup2(fd, 0) == -1 || dup2(fd, 1) == -1 || dup2(fd, 2) == -1)
			_exit(WX_CHAIN);
	}
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execve(live.plan->program, argv, envp);
	warn("cannot run '%s'", live.plan->program);
	_exit(WX_CHAIN);
}

/* "container VERB ..." in silence: did it succeed? */
static bool
ask(const char *const words[])
{
	struct strv argv = { 0 }, env = { 0 };
	int status;
	pid_t pid;

	strv_add(&argv, "container");
	strv_addv(&argv, words);
	base_environment(&env);
	pid = start(argv.v, env.v, true);
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return pid != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void
send_signal(const char *stage, const char *sig)
{
	char *name = container_name(stage);
	const char *const words[] = { "kill", "--signal", sig, name, NULL };

	(void)ask(words);
	free(name);
}

/* One that has gone by --rm is not found: that is well, too. */
static void
delete(const char *stage)
{
	char *name = container_name(stage);
	const char *const words[] = { "delete", "--force", name, NULL };

	(void)ask(words);
	free(name);
}

/* ---- the stage ---- */

static void
unstage(const char *stage)
{
	static const char *const parts[] = { "secrets", "files", NULL };
	const char *const *part;
	char *path;

	for (part = parts; *part != NULL; part++) {
		path = xprintf("%s/%s", stage, *part);
		stage_remove(path);
		free(path);
	}
	stage_remove(stage);
}

/* Of a run that was killed: its container may live. */
static void
forget(const struct plan *p, const char *path)
{
	(void)p;
	delete(path);
	unstage(path);
}

static void
stage_folder(const char *name)
{
	char *path = xprintf("%s/%s", live.stage, name);

	if (mkdir(path, 0700) == -1)
		err(WX_CHAIN, "cannot make '%s'", path);
	free(path);
}

/*
 * What the client can only take as a folder: the made files, and the secret ones. On
 * the disk, for macOS has no file system in memory that a user can make; mode 0700,
 * and held to our end, however that comes.
 */
static void
stage(const struct plan *p, const struct secrets *files)
{
	const struct mount *m;
	const char *eq;
	char *path;
	size_t i;

	live.stage = stage_make(p, STAGE_KIND, &live.lock);
	stage_folder("files");
	for (i = 0; i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		if (m->kind != MOUNT_FILE)
			continue;
		path = xprintf("%s/files/%s", live.stage, strrchr(m->dest, '/') + 1);
		stage_write(path, m->mode, container_before(m->dest), m->content, m->len);
		free(path);
	}
	/* Mount points in it: it is read-only inside. */
	for (i = 0; i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		if (m->kind != MOUNT_FILE && path_within(m->dest, CONTAINER_FILES) &&
		    strcmp(m->dest, CONTAINER_FILES) != 0) {
			path = xprintf("files%s", m->dest + sizeof(CONTAINER_FILES) - 1);
			stage_folder(path);
			free(path);
		}
	}
	if (files != NULL)
		stage_folder("secrets");
	for (i = 0; files != NULL && i < files->n; i++) {
		eq = strchr(files->line[i], '=');
		path = xprintf("%s/secrets/%.*s", live.stage, (int)(eq - files->line[i]),
		    files->line[i]);
		stage_write(path, 0400, "", eq + 1, strlen(eq + 1));
		free(path);
	}
}

/* The client writes it when the machine stands. */
static bool
stands(void)
{
	char *path = xprintf("%s/cid", live.stage);
	struct stat st;
	bool is = stat(path, &st) == 0;

	free(path);
	return is;
}

/*
 * A process that outlives us to end what we began. It shares the lock of the stage,
 * so that no other run takes that for forgotten before it is done.
 */
static void
watch(struct secrets *env)
{
	int pipefd[2], fd;
	pid_t client = 0;

	if (pipe(pipefd) == -1 || (live.watcher = fork()) == -1)
		err(WX_CHAIN, "cannot watch over the container");
	if (live.watcher != 0) {
		(void)close(pipefd[0]);
		live.alive = pipefd[1];
		(void)fcntl(live.alive, F_SETFD, FD_CLOEXEC);
		return;
	}
	wipe(env);
	(void)setsid();
	(void)close(pipefd[1]);
	fd = open("/dev/null", O_RDWR);
	if (fd == -1 || dup2(fd, 0) == -1 || dup2(fd, 1) == -1 || dup2(fd, 2) == -1)
		_exit(WX_CHAIN);
	/* The client's pid, and then the end of us. */
	if (wx_read_all(pipefd[0], &client, sizeof(client)) == (ssize_t)sizeof(client))
		(void)kill(client, SIGKILL);
	delete(live.stage);
	if (!stands()) {   /* the client may have asked for the machine just now */
		(void)sleep(GRACE_SECONDS);
		delete(live.stage);
	}
	unstage(live.stage);
	_exit(0);
}

/* ---- the run ---- */

static struct {
	volatile sig_atomic_t sent[32], terminal[32], alarm;
} seen;

static void
on_signal(int sig, siginfo_t *si, void *context)
{
	(void)context;
	if (sig == SIGALRM)
		seen.alarm = 1;
	else if (sig == SIGCHLD)
		;
	else if (si->si_pid > 0)   /* of a process; the terminal's reached the client too */
		seen.sent[sig] = 1;
	else
		seen.terminal[sig] = 1;
}

/* Those that our caller did not have ignored; the mask to wait with in OPEN. */
static void
catch_signals(sigset_t *open)
{
	static const int all[] = { SIGCHLD, SIGALRM, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1,
	    SIGUSR2 };
	struct sigaction sa = { .sa_flags = SA_SIGINFO }, old;
	sigset_t closed;
	size_t i;

	sa.sa_sigaction = on_signal;
	(void)sigemptyset(&sa.sa_mask);
	(void)sigemptyset(&closed);
	(void)sigemptyset(open);
	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		(void)sigaddset(&closed, all[i]);
		if (i < 2 || (sigaction(all[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN))
			(void)sigaction(all[i], &sa, NULL);
	}
	(void)sigprocmask(SIG_SETMASK, &closed, NULL);
}

static void
wake_in(double seconds)
{
	struct itimerval t = { 0 };

	t.it_value.tv_sec = (time_t)seconds;
	t.it_value.tv_usec = (suseconds_t)((seconds - (double)t.it_value.tv_sec) * 1e6) + 1;
	(void)setitimer(ITIMER_REAL, &t, NULL);
}

/* Hand on what a process sent us. Before the machine stands it is for us: the signal
 * that ends all, or 0. */
static int
hand_on(void)
{
	static const struct { int sig; const char *name; } all[] = { { SIGTERM, "TERM" },
	    { SIGHUP, "HUP" }, { SIGINT, "INT" }, { SIGQUIT, "QUIT" }, { SIGUSR1, "USR1" },
	    { SIGUSR2, "USR2" } };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (seen.sent[all[i].sig] == 0)
			continue;
		seen.sent[all[i].sig] = 0;
		if (!stands())
			return all[i].sig;
		send_signal(live.stage, all[i].name);
	}
	return 0;
}

/* At the time limit, and after each grace. */
static void
on_alarm(int *step)
{
	seen.alarm = 0;
	if (*step == 0 && stands())
		send_signal(live.stage, "TERM");
	else if (*step <= 1 && stands())
		send_signal(live.stage, "KILL");
	else
		(void)kill(live.client, SIGKILL);
	(*step)++;
	wake_in(GRACE_SECONDS);
}

/* To the client's end: its wait status. A signal that came too early in *EARLY; in
 * *TIMED the number of steps taken at the time limit. */
static int
supervise(const sigset_t *open, int *early, int *timed)
{
	int status;
	pid_t pid;

	for (;;) {
		pid = waitpid(live.client, &status, WNOHANG);
		if (pid == live.client || (pid == -1 && errno != EINTR))
			return status;
		if (seen.alarm != 0)
			on_alarm(timed);
		if (*early == 0 && (*early = hand_on()) != 0)
			(void)kill(live.client, SIGKILL);
		(void)sigsuspend(open);
	}
}

/* Names for the argv; for the client what it is not to be seen in one. */
static pid_t
start_client(const struct plan *p, struct secrets *env)
{
	bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
	struct strv argv = { 0 }, names = { 0 }, vars = { 0 };
	size_t i;
	pid_t pid;

	base_environment(&vars);
	for (i = 0; i < p->env.n; i++)
		if (p->env.v[i].passed)
			strv_addf(&vars, "%s=%s", p->env.v[i].name, p->env.v[i].value);
	if (p->agent_sock != NULL)
		strv_addf(&vars, "SSH_AUTH_SOCK=%s", p->agent_sock);
	for (i = 0; env != NULL && i < env->n; i++) {
		strv_addf(&names, "%.*s", (int)strcspn(env->line[i], "="), env->line[i]);
		strv_add(&vars, env->line[i]);
	}
	container_argv(p, &(struct launch){ .stage = live.stage, .secrets = &names, .terminal = terminal }, &argv);
	pid = start(argv.v, vars.v, false);
	if (pid == -1)
		err(WX_CHAIN, "cannot fork");
	for (i = 0; i < vars.n; i++)
		wx_wipe(vars.v[i], strlen(vars.v[i]));
	return pid;
}

/* The image is not fetched behind the user's back: as podman's --pull=never. */
static void
look_for_image(const struct plan *p)
{
	const char *const words[] = { "image", "inspect", p->image, NULL };

	if (!ask(words))
		errx(WX_CHAIN, "engine 'container' has no image '%s' here, or does not run; try: "
		    "container system start, and container image pull %s", p->image, p->image);
}

/* What the client would obey itself, or has for itself, is no name for a secret. */
static void
check_names(const struct secrets *env)
{
	static const char *const taken[] = { "CONTAINER_", "DYLD_", "PATH=", "TMPDIR=",
	    "XDG_CONFIG_HOME=", "SSH_AUTH_SOCK=", NULL };
	const char *const *t;
	size_t i;

	for (i = 0; env != NULL && i < env->n; i++)
		for (t = taken; *t != NULL; t++)
			if (strncmp(env->line[i], *t, strlen(*t)) == 0)
				errx(WX_CHAIN, "secret '%.*s' (-E): engine 'container' obeys this "
				    "variable itself; use another name, or -F",
				    (int)strcspn(env->line[i], "="), env->line[i]);
}

void
conrun_abandon(void)
{
	if (live.client > 0) {
		(void)kill(live.client, SIGKILL);
		(void)waitpid(live.client, NULL, 0);
	}
	if (live.stage != NULL) {
		if (live.client != 0)
			delete(live.stage);
		unstage(live.stage);
	}
	if (live.watcher > 0) {
		(void)kill(live.watcher, SIGKILL);
		(void)waitpid(live.watcher, NULL, 0);
		(void)close(live.alive);
	}
	if (live.stage != NULL && live.lock != -1)
		(void)close(live.lock);
	live.stage = NULL;
	live.client = live.watcher = 0;
}

static int
exit_status(int status, int early, int timed, bool stood)
{
	if (early != 0)
		return 128 + early;
	if (!stood) {
		warnx("cannot start the sandbox: what 'container' said is above; it must be 1.0.0 "
		    "or newer");
		return WX_CHAIN;
	}
	if (timed > 0)
		return WX_TIMEOUT;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void
conrun_sweep(const struct plan *p)
{
	live.plan = p;
	stage_sweep(p, STAGE_KIND, forget);
}

struct outcome
conrun_plan(const struct plan *p, struct secrets *env, struct secrets *files,
    void (*meanwhile)(void *, struct mounts *late), void *arg)
{
	struct mounts none = { 0 };   /* the machine's are not ours to make */
	struct outcome o = { 0 };
	int status, early = 0, timed = 0;
	sigset_t open;

	live.plan = p;
	check_names(env);
	look_for_image(p);
	conrun_sweep(p);
	stage(p, files);
	wipe(files);
	meanwhile(arg, &none);
	watch(env);
	catch_signals(&open);
	o.began = audit_clock();
	live.client = start_client(p, env);
	wipe(env);
	if (wx_write_all(live.alive, &live.client, sizeof(live.client)) == -1)
		err(WX_CHAIN, "cannot watch over the container");
	if (p->limits.seconds > 0)
		wake_in(p->limits.seconds);
	status = supervise(&open, &early, &timed);
	live.client = -1;   /* reaped; what it began may be there */
	o.started = stands();
	o.status = exit_status(status, early, timed, o.started);
	o.interrupted = seen.terminal[SIGINT] != 0 && o.status == 128 + SIGINT;
	conrun_abandon();
	return o;
}
