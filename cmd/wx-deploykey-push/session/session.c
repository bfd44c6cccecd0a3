/* SPDX-License-Identifier: MIT */
/*
 *   main: journal, keeper; a child adds the key; becomes the command
 *   keeper: waits for the end of the command, or of the time; a child deletes the key; the journal goes
 *
 * The keeper is there before the forge hears of the key, and the journal before the keeper, so whoever is killed, the
 * key is deleted by the keeper or, with that killed too, by the next who looks at the journals. What talks to the forge
 * is a process that may do nothing else; it tells by its status.
 */
#include "session.h"

#include <sys/wait.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "journal.h"
#include "say/say.h"

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"

#define TITLE        "wrapix session "
#define LOOK_SECONDS 20 /* of the keeper, at the clock, which may be set */
#define TRIES        3  /* of a deletion, TRY_SECONDS after each other */
#define TRY_SECONDS  10

/* What a child is to do. */
struct work {
	const struct client *c;
	session_ready        ready;
	const struct journal *j;
	enum verb            verb;
	time_t               until; /* by when the key is to be deleted */
};

static void
time_text(time_t t, char out[static JOURNAL_UNTIL])
{
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || strftime(out, JOURNAL_UNTIL, "%Y-%m-%dT%H:%M:%SZ", &tm) != JOURNAL_UNTIL - 1)
		errx(WX_CHAIN, "cannot tell the time");
}

static bool
is_over(const char *until)
{
	char now[JOURNAL_UNTIL];

	time_text(time(NULL), now);
	return strcmp(until, now) <= 0;
}

/* The words that begin the titles of this machine's keys. */
static void
title_head(char *out, size_t cap)
{
	char host[65] = "", *p;

	(void)gethostname(host, sizeof(host) - 1);
	for (p = host; *p != '\0'; p++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", *p) == NULL)
			*p = '-';
	(void)snprintf(out, cap, TITLE "%s ", host);
}

/* --- in a child */

/* "wrapix session MACHINE UNTIL FPR8", of a time that is over. */
static bool
is_stale(const struct key *k)
{
	char head[128], until[JOURNAL_UNTIL];
	size_t n;

	title_head(head, sizeof(head));
	n = strlen(head);
	if (strncmp(k->title, head, n) != 0 || strlen(k->title) != n + JOURNAL_UNTIL + 8 ||
	    k->title[n + JOURNAL_UNTIL - 1] != ' ')
		return false;
	memcpy(until, k->title + n, JOURNAL_UNTIL - 1);
	until[JOURNAL_UNTIL - 1] = '\0';
	return until[10] == 'T' && until[19] == 'Z' && is_over(until);
}

static _Noreturn void
become_worker(const struct work *w)
{
	static struct client c;
	static struct host host;
	static struct want want;
	struct job job = { .repo = w->j->repo, .title = w->j->title };
	const struct forge *forge = forge_of_kind(w->j->kind);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), rc;

	c = *w->c;
	want = *w->c->want;
	want.verb = w->verb;
	c.want = &want;
	c.warned = true; /* it does not live for long enough */
	if (forge == NULL || host_set(&host, forge, w->j->host) != NULL || forge->repo_fault(job.repo) != NULL ||
	    (w->verb != VERB_LIST && wx_pubkey_parse(w->j->key, strlen(w->j->key), &job.key) != WX_PUBKEY_OK) ||
	    null == -1 || dup2(null, STDOUT_FILENO) == -1)
		_exit(WX_FAIL);
	/* What is left of the last day is the forge's to see to as well. */
	if (w->verb == VERB_ADD && forge->expires)
		want.days = 1 + (long)(w->until - time(NULL)) / 86400;
	w->ready(&c, &host);
	rc = w->verb == VERB_LIST ? client_sweep(&c, &job, is_stale) : client_do(&c, &job);
	(void)fflush(stdout);
	_exit(rc);
}

/* Its status. */
static int
work(const struct work *w)
{
	pid_t pid = fork();
	int status;

	if (pid == -1)
		return WX_TEMP;
	if (pid == 0)
		become_worker(w);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return WX_TEMP;
	return WIFEXITED(status) ? WEXITSTATUS(status) : WX_TEMP;
}

/* --- the keeper */

/* Has it ended, or ends it within MS? */
static bool
ends_within(int command, pid_t pid, int ms)
{
	const struct timespec beat = { 0, 200 * 1000000L };
	struct pollfd p = { .fd = command, .events = POLLIN };

	if (command != -1)
		return poll(&p, 1, ms) == 1;
	for (; ms > 0 && (kill(pid, 0) == 0 || errno == EPERM); ms -= 200)
		(void)nanosleep(&beat, NULL);
	return ms > 0;
}

/* Nothing of the caller's stays open in it but the journal and what tells the end of the command. */
static void
leave(const int keep[], size_t n)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE };
	int fd, null = open("/dev/null", O_RDWR | O_CLOEXEC);
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
	for (fd = STDIN_FILENO; null != -1 && fd <= STDERR_FILENO; fd++)
		(void)dup2(null, fd);
	wx_proc_keep(keep, n);
	(void)setsid();
	if (chdir("/") == -1)
		_exit(WX_TEMP);
}

static _Noreturn void
keep(const struct work *w, int dir, int journal, int command, pid_t pid, const char *name)
{
	const struct timespec pause = { TRY_SECONDS, 0 };
	const int fds[] = { dir, journal, command };
	time_t left;
	int tries;

	leave(fds, command == -1 ? 2 : 3);
	while ((left = w->until - time(NULL)) > 0 &&
	    !ends_within(command, pid, left < LOOK_SECONDS ? (int)left * 1000 : LOOK_SECONDS * 1000))
		;
	for (tries = 0; tries < TRIES; tries++) {
		if (work(w) == WX_OK) {
			(void)unlinkat(dir, name, 0);
			_exit(WX_OK);
		}
		(void)nanosleep(&pause, NULL);
	}
	/* For the next who looks at the journals. */
	_exit(WX_TEMP);
}

/* In a child of a child that has ended: none of the command's, which may wait for all of its own. */
static void
fork_keeper(const struct work *w, int dir, int journal, const char *name)
{
	int status, command = wx_proc_self_fd();
	pid_t own = getpid(), pid = fork();

	if (pid == 0) {
		pid = fork();
		if (pid == 0)
			keep(w, dir, journal, command, own, name);
		_exit(pid == -1 ? WX_TEMP : WX_OK);
	}
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (pid == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != WX_OK) {
		(void)unlinkat(dir, name, 0);
		errx(WX_CHAIN, "cannot start a process");
	}
	(void)close(journal);
	if (command != -1)
		(void)close(command);
}

/* --- what the others call */

/* The journal NAME, if nobody looks after its key. */
static int
reap(struct work *w, int dir, const char *name)
{
	static struct journal j;
	int rc, fd = journal_take(dir, name, &j);

	if (fd == -1) {
		if (errno == EBADMSG && *name != '.')
			say("'%s' is no journal of a session's: remove it", name);
		return WX_OK;
	}
	w->j = &j;
	w->verb = VERB_DELETE;
	rc = work(w);
	if (rc == WX_OK)
		(void)unlinkat(dir, name, 0);
	else
		say("the key of a session that is over, '%s', may be in force at '%s': see 'wx-deploykey-push -l'", j.title, j.repo);
	(void)close(fd);
	return rc;
}

static int
reap_journals(struct work *w)
{
	int rc = WX_OK, one, dir = journal_dir();
	DIR *d = dir == -1 ? NULL : wx_dir_list(dir, ".");
	struct dirent *e;

	if (d == NULL) {
		say("cannot look for sessions: %s", strerror(errno));
		return WX_FAIL;
	}
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		one = reap(w, dir, e->d_name);
		rc = one == WX_OK ? rc : one;
	}
	(void)closedir(d);
	(void)close(dir);
	return rc;
}

/* The keys of REPO whose time is over, by their titles. */
static int
reap_titles(struct work *w, const char *repo)
{
	static struct journal j;

	(void)snprintf(j.kind, sizeof(j.kind), "%s", w->c->api.host->forge->kind);
	(void)snprintf(j.host, sizeof(j.host), "%s", w->c->api.host->name);
	(void)snprintf(j.repo, sizeof(j.repo), "%s", repo);
	w->j = &j;
	w->verb = VERB_LIST;
	return work(w);
}

int
session_reap(const struct client *c, session_ready ready, const char *repo)
{
	struct work w = { .c = c, .ready = ready };
	int rc = reap_journals(&w), titles = repo == NULL ? WX_OK : reap_titles(&w, repo);

	return titles == WX_OK ? rc : titles;
}

static void
describe(struct journal *j, const struct client *c, const char *repo, time_t until, char print[static WX_FINGERPRINT])
{
	const char *line = getenv(SESSION_KEY);
	struct wx_pubkey key;
	char head[128];

	if (line == NULL)
		errx(WX_CHAIN, "no key for the session: " SESSION_KEY " is not set; run it by 'wx-ssh-agent -d USER@HOST -K'");
	if (strlen(line) >= sizeof(j->key) || wx_pubkey_parse(line, strlen(line), &key) != WX_PUBKEY_OK ||
	    strchr(line, '\n') != NULL)
		errx(WX_CHAIN, "refusing '" SESSION_KEY "': it is no public key");
	wx_pubkey_fingerprint(&key, print);
	(void)snprintf(j->kind, sizeof(j->kind), "%s", c->api.host->forge->kind);
	(void)snprintf(j->host, sizeof(j->host), "%s", c->api.host->name);
	(void)snprintf(j->repo, sizeof(j->repo), "%s", repo);
	(void)snprintf(j->key, sizeof(j->key), "%s", line);
	time_text(until, j->until);
	title_head(head, sizeof(head));
	(void)snprintf(j->title, sizeof(j->title), "%s%s %.8s", head, j->until, print + strlen("SHA256:"));
}

void
session_run(const struct client *c, session_ready ready, const char *repo, unsigned seconds, char *argv[])
{
	static struct journal j;
	struct work add = { .c = c, .ready = ready, .j = &j, .verb = VERB_ADD }, delete = add, look = add;
	char print[WX_FINGERPRINT], name[WX_FINGERPRINT];
	int dir, fd, error;

	add.until = delete.until = time(NULL) + (time_t)seconds;
	describe(&j, c, repo, add.until, print);
	(void)reap_journals(&look);
	/* Where that is refused, a key would be, too, and nothing is to be written down. */
	if (reap_titles(&look, repo) != WX_OK)
		exit(WX_CHAIN);
	journal_name(print, name);
	dir = journal_dir();
	fd = dir == -1 ? -1 : journal_make(dir, name, &j);
	if (fd == -1)
		err(WX_CHAIN, "cannot write down the session");
	delete.verb = VERB_DELETE;
	fork_keeper(&delete, dir, fd, name);
	if (work(&add) != WX_OK)
		exit(WX_CHAIN);
	(void)unsetenv(SESSION_KEY);
	(void)execvp(argv[0], argv);
	error = errno;
	warn("cannot run '%s'", argv[0]);
	_exit(error == ENOENT ? WX_NOCMD : WX_NOEXEC);
}
