/* SPDX-License-Identifier: MIT */
#include "make.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include "count.h"
#include "pass.h"

#include "libcommon/atomic.h"
#include "libcommon/confine.h"
#include "libcommon/envline.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"

#define PUBLIC_FD 3

static const char default_name[] = ".ssh/id_ed25519";

const char *
make_comment(const struct want *w)
{
	static char text[512];
	char host[256] = "localhost";
	const struct passwd *user;

	if (w->comment != NULL)
		return w->comment;
	user = getpwuid(geteuid());
	(void)gethostname(host, sizeof(host) - 1);
	if (user != NULL)
		(void)snprintf(text, sizeof(text), "%.200s@%s", user->pw_name, host);
	else
		(void)snprintf(text, sizeof(text), "%lu@%s", (unsigned long)geteuid(), host);
	return wx_env_value_ok(text, strlen(text)) ? text : "";
}

const char *
make_pass(const struct want *w, const char *path)
{
	char prompt[PATH_MAX + 64];
	const char *pass;

	if (w->pass_fd != -1)
		pass = pass_read(w->pass_fd);
	else if (w->ask) {
		(void)snprintf(prompt, sizeof(prompt), "Passphrase for '%s': ", path);
		pass = pass_ask(prompt, true);
	} else
		return NULL;
	if (*pass == '\0')
		errx(WX_FAIL, "refusing an empty passphrase; for a key without one leave the option out");
	return pass;
}

void
make_print(const char *line)
{
	if (puts(line) == EOF || wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
}

void
make_pair(const struct want *w, const struct place *p, const char *name, const char *pass, bool replace)
{
	static struct sshkey key;
	char line[WX_PUBKEY_LINE_MAX];
	int saved;

	sshkey_make(pass, &key);
	public_line(&key.half, make_comment(w), line);
	if (pair_write(p, name, &key, line, true) == -1 || pair_publish(p, name, replace) == -1 ||
	    wx_dir_sync(p->dir) == -1) {
		saved = errno;
		(void)pair_recover(p, name);
		errno = saved;
		err(fail_code(), "cannot write '%s'", place_path(p, name));
	}
	wx_wipe(&key, sizeof(key));
	line[strlen(line) - 1] = '\0';
	make_print(line);
}

/* Nothing may be in the way, unless it is to be replaced. True: an interrupted run made it. */
static bool
ready(const struct want *w, const struct place *p, struct pair *pair)
{
	enum recovered recovered = pair_recover(p, p->name);
	const char *path = place_path(p, p->name);

	pair_check(p, p->name, pair);
	if (w->force) {
		pair_check_hardware(p, p->name, pair);
		return false;
	}
	if (recovered == RECOVERED_NEW && pair->match && !pair->key.encrypted && !w->ask && w->pass_fd == -1)
		return true;
	if (pair->private.there && !pair->public.there)
		errx(WX_FAIL, "refusing to replace '%s', which has no public half; make that with "
		    "'wx-keygen -y', or use -f", path);
	if (pair->private.there)
		errx(WX_FAIL, "refusing to replace '%s', which is there already; "
		    "use -f, or rotate it with --stage and --commit", path);
	if (pair->public.there)
		errx(WX_FAIL, "refusing to replace '%s.pub', whose private half is missing; remove it, or use -f", path);
	return false;
}

static int
make_one(const struct want *w, const char *path)
{
	static struct place p;
	static struct pair pair;
	const char *pass = NULL, *comment = make_comment(w);
	struct want done = *w;
	bool finished;

	done.comment = comment;
	place_open(&p, path, true);
	if (w->ask) {
		/* Before the question rather than after it, and not while it waits. */
		place_lock(&p);
		(void)ready(w, &p, &pair);
		place_unlock(&p);
	}
	pass = make_pass(w, path);
	wx_confine(p.dir);
	place_lock(&p);
	finished = ready(w, &p, &pair);
	if (finished) {
		warnx("'%s' is there: an interrupted run had made it", path);
		make_print(pair.line);
	} else
		make_pair(&done, &p, p.name, pass, w->force);
	place_unlock(&p);
	return WX_OK;
}

/* Where it goes on standard output. */
static void
check_stdout(const struct want *w)
{
	struct stat st;

	if (w->force)
		return;
	if (isatty(STDOUT_FILENO) == 1)
		errx(WX_FAIL, "refusing to print a private key to a terminal; pipe it, or use -f");
	if (fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink > 0 &&
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		errx(WX_FAIL, "refusing to write a private key to a file that others have access to (mode %04o); "
		    "use '-o FILE', which makes it 0600, or -f", (unsigned)(st.st_mode & 07777));
}

/* Is the descriptor of the public half open for writing? Asked before anything else is opened. */
static bool
public_fd_open(void)
{
	int flags = fcntl(PUBLIC_FD, F_GETFL);

	return flags != -1 && (flags & O_ACCMODE) != O_RDONLY;
}

static int
make_stdout(const struct want *w)
{
	static struct sshkey key;
	char line[WX_PUBKEY_LINE_MAX];
	bool public = public_fd_open();
	const char *pass, *comment = make_comment(w);

	check_stdout(w);
	pass = make_pass(w, "standard output");
	wx_confine(-1);
	sshkey_make(pass, &key);
	public_line(&key.half, comment, line);
	if (wx_write_all(STDOUT_FILENO, key.text, key.len) == -1)
		err(WX_FAIL, "cannot write to standard output");
	wx_wipe(&key, sizeof(key));
	if (public && wx_write_all(PUBLIC_FD, line, strlen(line)) == -1)
		err(WX_FAIL, "cannot write to descriptor %d", PUBLIC_FD);
	return WX_OK;
}

/* What ssh(1) and ssh-add(1) look for by themselves. */
static const char *
default_path(void)
{
	static char path[PATH_MAX];
	const char *home = getenv("HOME");

	if (home == NULL || *home != '/' ||
	    (size_t)snprintf(path, sizeof(path), "%s/%s", home, default_name) >= sizeof(path))
		errx(WX_USAGE, "no home directory: name a file with -o");
	return path;
}

int
make_run(const struct want *w)
{
	const char *path = w->output != NULL ? w->output : default_path();

	if (w->count > 0)
		return count_run(w, path);
	return strcmp(path, "-") == 0 ? make_stdout(w) : make_one(w, path);
}
