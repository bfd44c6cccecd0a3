/* SPDX-License-Identifier: MIT */
#include "serve.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine.h"
#include "fetch.h"
#include "git/git.h"
#include "host/host.h"
#include "libcommon/exitcode.h"
#include "libcommon/proc.h"
#include "private/private.h"
#include "run/run.h"
#include "tools/tools.h"

#define MEMORY (4ULL << 30)
#define PIDS   256
#define TMP    (256ULL << 20)
#define START  "/run/wrapix/start"

/*
 * It serves from a git directory of its own, in which only the refs and the objects are the run's: the
 * run's settings decide nothing. What upload-pack does not serve gets a ref: the entries of the
 * stash, which are in its reflog, and a HEAD that is on no branch, of each work tree.
 */
static const char script[] =
    "set -eu; g=$1 s=/tmp/serve; umask 022\n"
    "mkdir -p $s/objects/info $s/objects/pack $s/refs/heads\n"
    "{ echo \"$g/objects\"; cat \"$g/objects/info/alternates\" 2>/dev/null || :; } >$s/objects/info/alternates\n"
    "echo 'ref: refs/heads/.none' >$s/HEAD\n"
    "cp \"$2/config\" $s/config; [ ! -e \"$g/shallow\" ] || cp \"$g/shallow\" $s/shallow\n"
    "git --work-tree=/tmp --git-dir=\"$g\" for-each-ref '--format=%(objectname) %(refname)' "
    "refs/heads refs/tags refs/notes </dev/null >$s/packed-refs\n"
    "i=0; tac \"$g/logs/refs/stash\" 2>/dev/null | head -n 50 | while read -r _ id _; do\n"
    "	echo \"$id refs/wrapix-stash/$i\"; i=$((i + 1)); done >>$s/packed-refs\n"
    "for h in \"$g/HEAD\" \"$g\"/worktrees/*/HEAD; do [ -f \"$h\" ] && read -r id <\"$h\" || continue\n"
    "	case $id in *[!0-9a-f]* | '') continue ;; esac\n"
    "	n=${h%/HEAD}; [ \"$n\" != \"$g\" ] && n=tree/${n##*/} || n=main\n"
    "	echo \"$id refs/wrapix-head/$n\" >>$s/packed-refs; done\n"
    "exec git upload-pack --strict $s";

char *
serve_command(const struct plan *p, const char *path, const char *rel)
{
	char *bwrap = host_program("bwrap");
	const char *const words[] = { SERVE_WORD, path, rel, bwrap != NULL ? "bwrap" : p->engine->name,
	    bwrap != NULL || p->image == NULL ? "" : p->image, NULL };
	char *self = wx_proc_program(), *all, *word, *more;
	const char *const *w;

	all = quote_sh(self == NULL ? "wx-run" : self);
	free(self);
	free(bwrap);
	for (w = words; *w != NULL; w++) {
		word = quote_sh(*w);
		more = xprintf("%s %s", all, word);
		free(word);
		free(all);
		all = more;
	}
	return all;
}

static void
set_environment(struct plan *p)
{
	static const char *const settings[][2] = { { "safe.directory", "*" }, { "core.fsmonitor", "false" },
	    { "core.hooksPath", "/dev/null" }, { "uploadpack.allowAnySHA1InWant", "false" } };
	const char *protocol = getenv("GIT_PROTOCOL");
	char *name;
	size_t i;

	env_set(&p->env, "HOME", p->home, false);
	env_set(&p->env, "LC_ALL", "C", false);
	env_set(&p->env, "GIT_CONFIG_NOSYSTEM", "1", false);
	env_set(&p->env, "GIT_NO_LAZY_FETCH", "1", false);
	env_set(&p->env, "GIT_CONFIG_COUNT", "4", false);
	for (i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		name = xprintf("GIT_CONFIG_KEY_%zu", i);
		env_set(&p->env, name, settings[i][0], false);
		free(name);
		name = xprintf("GIT_CONFIG_VALUE_%zu", i);
		env_set(&p->env, name, settings[i][1], false);
		free(name);
	}
	/* What the client speaks, as sshd(8) would hand it on. */
	if (protocol != NULL && strcmp(protocol, "version=2") == 0)
		env_set(&p->env, "GIT_PROTOCOL", protocol, false);
}

static void
set_engine(struct plan *p, const char *engine, const char *image)
{
	p->engine = engine_find(engine);
	if (p->engine == NULL)
		errx(WX_CHAIN, "engine '%s' is not for this system", engine);
	p->program = host_program(p->engine->name);
	p->image = *image == '\0' ? NULL : xstrdup(image);
	p->home_size = p->tmp_size = p->shm_size = TMP;
	p->limits = (struct limits){ .memory = MEMORY, .pids = PIDS, .cpus = 1 };
	p->net = NET_NONE;
	p->engine->base(p);
}

static void
nothing(void *arg, struct mounts *late)
{
	(void)arg;
	(void)late;
}

_Noreturn void
serve_main(int argc, char *argv[])
{
	struct plan p = { 0 };
	struct private v;
	struct outcome o;
	char *git, *start;
	size_t i;

	if (argc < 6 || strchr(argv[2], '/') == NULL || !private_read(argv[2], &v))
		errx(WX_CHAIN, "%s is for git fetch, which wx-run runs itself", SERVE_WORD);
	host_user(&p);
	p.run_dir = xprintf("%.*s", (int)(strrchr(argv[2], '/') - argv[2]), argv[2]);
	p.project = xprintf("%s/git", argv[2]);
	p.at = xstrdup(WORKSPACE);
	p.state = p.run_dir;
	set_engine(&p, argv[4], argv[5]);
	set_environment(&p);
	strv_add(&p.command, "sh");
	strv_add(&p.command, "-c");
	strv_add(&p.command, script);
	strv_add(&p.command, "sh");
	git = xprintf("%s%s%s", WORKSPACE, *argv[3] == '\0' ? "" : "/", argv[3]);
	strv_add(&p.command, git);
	strv_add(&p.command, START);
	if (!p.engine->needs_image) {
		strv_add(&p.tools, "git");
		find_command(&p);
	}
	(void)mount_add(&p.mounts, MOUNT_RO, p.project, WORKSPACE, "project");
	start = xprintf("%s/start%s%s", argv[2], *argv[3] == '\0' ? "" : "/", argv[3]);
	(void)mount_add(&p.mounts, MOUNT_RO, start, START, "objects");
	for (i = 0; i < v.mounts.n; i++)
		(void)mount_add(&p.mounts, MOUNT_RO, v.mounts.v[i].src, v.mounts.v[i].dest, "objects");
	if (p.engine->settle != NULL)
		p.engine->settle(&p);
	run_block_signals();
	o = p.engine->run(&p, NULL, NULL, nothing, NULL);
	exit(o.status);
}
