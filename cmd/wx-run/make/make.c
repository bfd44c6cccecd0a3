/* SPDX-License-Identifier: MIT */
#include "make.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "engine/engine.h"
#include "devices.h"
#include "gitenv.h"
#include "gituser/gituser.h"
#include "host/host.h"
#include "image/image.h"
#include "libcommon/envline.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/knownhosts.h"
#include "libcommon/number.h"
#include "libcommon/tool/imagespec.h"
#include "libcommon/tool/path.h"
#include "libcommon/tool/text.h"
#include "libcommon/tool/usercgroup.h"
#include "network.h"
#include "nixdaemon.h"
#include "plan/plan.h"
#include "publish.h"
#include "secret/secret.h"
#include "sides/sides.h"
#include "state/state.h"
#include "tools/tools.h"
#include "usermount.h"

static void
set_limits(const struct request *r, struct plan *p)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	struct limits *l = &p->limits;
	struct usercgroup cgroup;
	char *end;

	l->memory = DEFAULT_MEMORY;
	l->pids = DEFAULT_PIDS;
	l->cpus = online > 4 ? (uint64_t)online / 2 : 2;
	p->home_size = DEFAULT_HOME;
	p->tmp_size = DEFAULT_TMP;
	p->shm_size = DEFAULT_SHM;
	if (r->memory != NULL && wx_size(r->memory, &l->memory) == -1)
		errx(WX_CHAIN, "'%s' is no size for -M: say 512M or 4G", r->memory);
	if (r->pids != NULL && !parse_count(r->pids, PIDS_MAX, &l->pids))
		errx(WX_CHAIN, "'%s' is no number of processes for -P", r->pids);
	if (r->cpus != NULL && !parse_count(r->cpus, CPUS_MAX, &l->cpus))
		errx(WX_CHAIN, "'%s' is no number of processors for -c", r->cpus);
	if (r->seconds != NULL) {
		l->seconds = strtod(r->seconds, &end);
		if (end == r->seconds || *end != '\0' || !(l->seconds > 0) || l->seconds > 1e8)
			errx(WX_CHAIN, "'%s' is no number of seconds for -T", r->seconds);
	}
	p->sized = r->home_size != NULL ? "home_size" : r->tmp_size != NULL ? "tmp_size" : NULL;
	if (r->home_size != NULL)
		(void)wx_size(r->home_size, &p->home_size);
	if (r->tmp_size != NULL)
		(void)wx_size(r->tmp_size, &p->tmp_size);
	if (r->shm_size != NULL)
		(void)wx_size(r->shm_size, &p->shm_size);
	cgroup = p->engine->machine ? (struct usercgroup){ false, true } : usercgroup(p->uid);   /* a machine has no more */
	l->cgroup = cgroup.limits;
	l->cpu_cgroup = cgroup.cpus;
	if (r->cpus != NULL && !l->cpu_cgroup && !r->print_plan)
		errx(WX_CHAIN, "cannot limit processors (-c): that needs a user systemd, "
		    "and none answers here; leave -c out");
}

static void
set_env(const struct request *r, struct plan *p)
{
	const struct env_var *v;
	const char *value;
	size_t i;

	for (i = 0; i < r->env.n; i++) {
		v = &r->env.v[i];
		value = v->passed ? getenv(v->name) : v->value;
		if (value != NULL)
			env_set(&p->env, v->name, value, v->passed);
	}
}

/* The pinned host keys, built in and the user's, for ssh inside. */
static void
add_known_hosts(const struct request *r, struct plan *p)
{
	static char mine[65536];
	char *config = host_xdg(p, "CONFIG", ".config");
	char *path = xprintf("%s/wrapix/known_hosts", config), *text = NULL;
	size_t len = 0, i;
	FILE *fp = text_open(&text, &len);

	if (path_inside(path, p->project))
		warnx("leaves out the host keys of '%s': it leads into the project, where the sandbox could change it", path);
	else if (wx_read_text(AT_FDCWD, path, 0, mine, sizeof(mine)) == -1 && errno != ENOENT && errno != ENOTDIR)
		err(WX_CHAIN, "cannot read '%s'", path);
	(void)fprintf(fp, "%s%s%s", wx_known_hosts, mine,
	    *mine != '\0' && mine[strlen(mine) - 1] != '\n' ? "\n" : "");
	for (i = 0; i < r->known_hosts.n; i++)
		(void)fprintf(fp, "%s\n", r->known_hosts.v[i]);
	text_close(fp);
	mount_file(&p->mounts, "/etc/ssh/ssh_known_hosts", 0644, text, len);
	free(text);
	free(path);
	free(config);
}

/*
 * An ssh-agent's socket, and an ssh for git that uses it alone: no key file, no
 * configuration, only hosts whose keys are pinned.
 */
static void
add_agent(const struct request *r, struct plan *p)
{
	struct stat st;
	char *sock;

	if (r->agent_sock == NULL)
		return;
	sock = realpath(r->agent_sock, NULL);
	if (sock == NULL || stat(sock, &st) == -1)
		err(WX_CHAIN, "cannot find ssh-agent socket '%s'", r->agent_sock);
	if (!S_ISSOCK(st.st_mode))
		errx(WX_CHAIN, "'%s' is not a socket", sock);
	p->agent_sock = sock;
	if (p->engine->machine)   /* --ssh */
		return;
	(void)mount_add(&p->mounts, MOUNT_RO, sock, AGENT_SOCK, "ssh-agent");
	env_set(&p->env, "SSH_AUTH_SOCK", AGENT_SOCK, false);
	env_set(&p->env, "GIT_SSH_COMMAND", "ssh -F /dev/null -o IdentityAgent=" AGENT_SOCK
	    " -o IdentityFile=none -o StrictHostKeyChecking=yes"
	    " -o UserKnownHostsFile=/dev/null"
	    " -o GlobalKnownHostsFile=/etc/ssh/ssh_known_hosts"
	    " -o BatchMode=yes -o ForwardAgent=no", false);
}

/* An image asks for an engine that has some; without one the host's own system is
 * shown. */
static void
set_engine(const struct request *r, struct plan *p)
{
	const char *asked = r->engine == NULL ? "auto" : r->engine;

	p->image = r->image;
	p->engine = strcmp(asked, "auto") == 0 ? engine_auto(p->image != NULL) : engine_find(asked);
	if (p->engine == NULL)
		errx(WX_CHAIN, "engine '%s' is not for this system", asked);
	if (p->engine->needs_image && p->image == NULL)
		errx(WX_CHAIN, "engine '%s' needs an image (-i)", p->engine->name);
	if (!p->engine->needs_image && p->image != NULL)
		errx(WX_CHAIN, "engine 'bwrap' has no images: it shows the system of this machine; "
		    "leave -i out, or say -e podman");
	if (p->engine->needs_image)
		p->image = imagespec_absolute(p->image, p->host_home);
	if (p->engine->needs_image && r->tools.n > 0)
		errx(WX_CHAIN, "engine '%s' brings no tools of the host (-t): put them into "
		    "the image", p->engine->name);
	p->program = host_program(p->engine->name);
}

/* What is run is found on the host where its system is shown, else in the image. */
static void
set_command(const struct request *r, struct plan *p)
{
	size_t i;

	if ((r->go_on || r->resume != NULL) && !seed_is_agent(r))
		errx(WX_CHAIN, "--continue and --resume are for an agent: take a profile that has one (-p)");
	if (seed_is_agent(r)) {
		seed_command(r, p);
		for (i = 0; i < r->command.n; i++)
			strv_add(&p->command, r->command.v[i]);
	} else {
		p->command = r->command;
	}
	if (p->command.n == 0)
		strv_add(&p->command, p->engine->needs_image ? "/bin/sh" : p->shell);
	p->tools = r->tools;
	if (!p->engine->needs_image)
		find_command(p);
	if (p->store != NULL)
		closure_settle(p->store);
}

/* An image has its own store, whole. The list is the user's word, as a profile is. */
static void
set_store(const struct request *r, struct plan *p)
{
	char *file;

	if (r->store_paths == NULL || r->nix)   /* which shows all, for what is built is in no list */
		return;
	if (p->engine->needs_image)
		errx(WX_CHAIN, "engine '%s' shows nothing of this machine's Nix store: it cannot honour "
		    "the profile's store_paths; take a profile without", p->engine->name);
	file = dest_expand(p->host_home, r->store_paths);
	if (!r->trust && path_inside(file, p->project))
		errx(WX_CHAIN, "'%s' (store_paths) lies in the project, where the sandbox can write "
		    "it: move it, or say --trust-profile", file);
	p->store = store_read(file);
	free(file);
}

/*
 * Where the project is inside: at its own path where the host's system is shown, so that what names
 * files by their paths (virtual environments, CMake's cache) is right on both sides; an image
 * has a system of its own.
 */
static void
set_at(const struct request *r, struct plan *p)
{
	if (r->at != NULL && *r->at != '/')
		errx(WX_CHAIN, "'%s' is no place for the project (--at): an absolute path", r->at);
	p->at = r->at != NULL ? path_clean("/", r->at) :
	    xstrdup(p->engine->needs_image ? WORKSPACE : p->project);
	if (strcmp(p->at, p->project) != 0 && strcmp(p->at, WORKSPACE) != 0)
		dest_refuse(p, p->at);
}

/* What else the agent keeps. */
static void
add_states(const struct request *r, struct plan *p)
{
	char *dest, *src;
	size_t i;

	for (i = 1; i < r->agent.states.n; i++) {
		dest = dest_expand(p->home, r->agent.states.v[i]);
		src = state_of(p, r->agent.states.v[i]);
		(void)mount_add(&p->mounts, MOUNT_RW, src, dest, "state");
		free(src);
		free(dest);
	}
}

/* What is kept for the next run of the project, and is no agent's. */
static void
add_caches(const struct request *r, struct plan *p)
{
	char *dest, *src, *state;
	size_t i, k;

	for (i = 0; i < r->cache.n; i++) {
		dest = dest_expand(p->home, r->cache.v[i]);
		for (k = 0; k == 0 || k < r->agent.states.n; k++) {
			state = dest_expand(p->home, r->agent.states.n == 0 ? "~/.claude" : r->agent.states.v[k]);
			if (path_within(dest, state) || path_within(state, dest))
				errx(WX_CHAIN, "cannot keep '%s' (cache): the agent's state is '%s'", r->cache.v[i], state);
			free(state);
		}
		dest_check(p, dest);
		src = state_of_cache(p, r->cache.v[i]);
		(void)mount_add(&p->mounts, MOUNT_RW, src, dest, "cache");
		free(src);
		free(dest);
	}
}

static void
add_inbox(const struct request *r, struct plan *p)
{
	char *inbox;

	if (!r->inbox)
		return;
	inbox = xprintf("%s/inbox", p->run_dir);
	(void)mount_add(&p->mounts, MOUNT_RO, inbox, INBOX, "inbox");
	free(inbox);
}

static void
from_request(struct request *r, struct plan *p)
{
	struct capture git;
	char *dest;

	gitsettings_start(p, &git);
	set_engine(r, p);
	set_at(r, p);
	set_store(r, p);
	set_limits(r, p);
	network_plan(r, p);
	broker_plan(r, p);
	publish_plan(r, p);
	p->engine->base(p);
	if (!p->engine->machine)   /* which sees to names itself */
		host_resolver(p);
	add_known_hosts(r, p);
	dest = dest_expand(p->home, r->agent.states.n == 0 ? "~/.claude" : r->agent.states.v[0]);
	(void)mount_add(&p->mounts, MOUNT_RW, p->state, dest, "state");
	gitsettings_finish(p, &git);
	add_inbox(r, p);
	/* Before the user's mounts, of which one may lie in a cache. */
	add_caches(r, p);
	usermount_add(r, p);
	host_env(p);
	network_env(r, p);
	/* Claude Code then keeps all it writes in one folder, the state's. */
	add_states(r, p);
	share_add(r, p);
	share_told(r, p);
	if (r->agent.states.n == 0 || strcmp(r->agent.states.v[0], "~/.claude") == 0)
		env_set(&p->env, "CLAUDE_CONFIG_DIR", dest, false);
	free(dest);
	add_agent(r, p);
	nixdaemon_add(r, p);
	devices_add(r, p);
	broker_env(p);
	proxyenv_add(r, p);
	set_env(r, p);
	gitenv_add(r, p);
	set_command(r, p);
	usermount_refuse_links(p);
	p->protect = r->protect;
	p->unprotect = r->unprotect;
	p->hide = r->hide;
	p->env_secrets |= r->env_fd != -1;
	p->file_secrets = r->file_fd != -1;
	(void)mount_add(&p->mounts, MOUNT_RW, p->project, p->at, "project");
	if (!p->engine->needs_image && !path_within(p->at, WORKSPACE))
		(void)mount_add(&p->mounts, MOUNT_SYMLINK, p->at, WORKSPACE, "project");
	sides_plan(p);
	if (p->engine->refuse != NULL)
		p->engine->refuse(p);
	if (p->engine->settle != NULL)
		p->engine->settle(p);
	image_check(p, r->pull);
}

void
make_plan(struct request *r, struct plan *p, struct guards *g, void (*begin)(const struct request *, struct plan *))
{
	from_request(r, p);
	if (begin != NULL)
		begin(r, p);
	guard_find(g, p, begin != NULL);
	policy_add(p, g);
	guard_mounts(g, p);
	tell_agent(r, p, g);
}

void
make_import(const struct request *r, struct plan *p)
{
	struct capture git;

	gitsettings_start(p, &git);
	gitsettings_finish(p, &git);
	p->protect = r->protect;
}
