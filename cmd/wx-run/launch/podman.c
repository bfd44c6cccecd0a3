/* SPDX-License-Identifier: MIT */
#include "podman.h"

#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <link.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/containersconf.h"
#include "libcommon/exitcode.h"
#include "libcommon/imagespec.h"
#include "libcommon/selinux.h"
#include "libcommon/tool/path.h"
#include "libcommon/tool/program.h"
#include "libcommon/tool/task.h"
#include "state/state.h"

#define STAGE_KIND "stage"
#define STAGE_CONF "containers.conf"
#define REMOVE_TRIES 10
#define LIB_DIR "/run/wrapix/lib"

/*
 * One shared object of ours, to LIB_DIR: with them, and the loader among them, our
 * program runs in any image, whatever libc that has. The first is the program.
 */
static int
bring_object(struct dl_phdr_info *o, size_t size, void *arg)
{
	struct plan *p = arg;
	char *real, *dest;

	(void)size;
	real = *o->dlpi_name == '/' ? realpath(o->dlpi_name, NULL) : NULL;
	if (real == NULL)
		return 0;
	dest = xprintf("%s/%s", LIB_DIR, strrchr(o->dlpi_name, '/') + 1);
	(void)mount_add(&p->mounts, MOUNT_RO, real, dest, "wx-run");
	free(dest);
	free(real);
	return 0;
}

static void
bring_ourselves(struct plan *p)
{
	char *self = realpath("/proc/self/exe", NULL);

	if (self == NULL || access(self, R_OK | X_OK) == -1)
		err(WX_CHAIN, "cannot find our own program for the sandbox");
	(void)mount_add(&p->mounts, MOUNT_RO, self, INIT_PATH, "wx-run");
	free(self);
	(void)dl_iterate_phdr(bring_object, p);
}

void
podman_system(struct plan *p)
{
	static const char hosts[] = "127.0.0.1 localhost wrapix\n::1 localhost wrapix\n";
	struct mount *m;

	/* --tmpfs has no quotes. */
	if (strchr(p->home, ':') != NULL)
		errx(WX_CHAIN, "engine 'podman' takes no home with a colon in its path, as '%s'; "
		    "use -e bwrap", escaped(p->home));
	p->selinux = wx_selinux_enforcing();
	bring_ourselves(p);
	mount_file(&p->mounts, "/etc/hosts", 0644, hosts, sizeof(hosts) - 1);
	m = mount_add(&p->mounts, MOUNT_TMPFS, NULL, "/tmp", "scratch");
	m->size = p->tmp_size;
	m->mode = 01777;
	m = mount_add(&p->mounts, MOUNT_TMPFS, NULL, "/var/tmp", "scratch");
	m->size = p->tmp_size;
	m->mode = 01777;
	m = mount_add(&p->mounts, MOUNT_TMPFS, NULL, p->home, "home");
	m->size = p->home_size;
	m->mode = 0700;
	m = mount_add(&p->mounts, MOUNT_TMPFS, NULL, SECRETS_DIR, "secrets");
	m->size = 1 << 20;
	m->mode = 0700;
}

/* A field of podman's comma-separated words, quoted as its reader has it (RFC 4180). */
static void
add_field(char **s, const char *key, const char *value)
{
	char *old = *s, *quoted = NULL;
	const char *c;
	size_t n = 0;

	if (strpbrk(value, ",\"\n\r") != NULL) {
		quoted = malloc(2 * strlen(value) + 1);
		if (quoted == NULL)
			err(WX_CHAIN, "cannot allocate memory");
		for (c = value; *c != '\0'; c++) {
			if (*c == '"')
				quoted[n++] = '"';
			quoted[n++] = *c;
		}
		quoted[n] = '\0';
		*s = xprintf("%s,\"%s=%s\"", old, key, quoted);
	} else {
		*s = xprintf("%s,%s=%s", old, key, value);
	}
	free(quoted);
	free(old);
}

static void
add_bind(struct strv *out, const char *src, const char *dest, bool rw)
{
	char *s = xstrdup("type=bind");

	add_field(&s, "src", src);
	add_field(&s, "dst", dest);
	strv_add(out, "--mount");
	strv_addf(out, "%s,nosuid,nodev,ro=%s", s, rw ? "false" : "true");
	free(s);
}

/* Where the N-th made file of the plan lies. */
static char *
staged(const char *stage, size_t n)
{
	return xprintf("%s/%zu", stage == NULL ? "STAGE" : stage, n);
}

/* Those below HOME, which is a tmpfs, the first process makes. */
static bool
by_stage(const struct plan *p, const struct mount *m)
{
	return m->kind == MOUNT_FILE && !m->late && !path_within(m->dest, p->home);
}

/* Does a later mount cover the N-th? podman mounts once on one place. */
static bool
covered(const struct plan *p, size_t n)
{
	size_t i;

	for (i = n + 1; i < p->mounts.n; i++)
		if (!p->mounts.v[i].late && strcmp(p->mounts.v[i].dest, p->mounts.v[n].dest) == 0)
			return true;
	return false;
}

static void
add_mount(const struct plan *p, size_t n, const char *stage, struct strv *out)
{
	const struct mount *m = &p->mounts.v[n];
	char *path;

	if (m->late || covered(p, n))
		return;
	if (m->kind == MOUNT_RO || m->kind == MOUNT_RW) {
		add_bind(out, m->src, m->dest, m->kind == MOUNT_RW);
	} else if (m->kind == MOUNT_DEV) {
		strv_addf(out, "--device=%s:%s:rw", m->src, m->dest);
	} else if (m->kind == MOUNT_TMPFS) {
		strv_add(out, "--tmpfs");
		strv_addf(out, "%s:rw,exec,nosuid,nodev,size=%" PRIu64 ",mode=%04o%s", m->dest,
		    m->size, m->mode, m->mode == 01777 ? "" : ",U");
	} else if (by_stage(p, m)) {
		path = staged(stage, n);
		add_bind(out, path, m->dest, false);
		free(path);
	}
}

static void
add_isolation(const struct plan *p, struct strv *out)
{
	static const char *const all[] = { "--rm", "--detach", "--pull=never",
	    "--userns=keep-id", "--cap-drop=all", "--security-opt=no-new-privileges",
	    "--security-opt=mask=/sys", "--read-only", "--read-only-tmpfs=false",
	    "--ipc=private", "--pid=private", "--uts=private", "--cgroupns=private",
	    "--hostname=wrapix", "--no-hosts", "--http-proxy=false", "--env-host=false",
	    "--log-driver=none", "--sdnotify=ignore", "--preserve-fds=1", NULL };
	const struct limits *l = &p->limits;

	strv_addv(out, all);
	strv_addf(out, "--workdir=%s%s%s", p->at, p->sub == NULL ? "" : "/", p->sub == NULL ? "" : p->sub);
	/* A label of its own would want the files of the project relabelled. */
	if (p->selinux)
		strv_add(out, "--security-opt=label=disable");
	/* Of its own: wx-run's helper gives it an outside (net.h). */
	strv_add(out, p->net == NET_HOST ? "--network=host" : "--network=none");
	strv_addf(out, "--user=%u:%u", (unsigned)p->uid, (unsigned)p->gid);
	/* Not --shm-size: without --read-only-tmpfs podman 5 has that read-only. */
	strv_add(out, "--tmpfs");
	strv_addf(out, "/dev/shm:rw,noexec,nosuid,nodev,size=%" PRIu64 ",mode=1777", p->shm_size);
	if (!l->cgroup) {
		strv_add(out, "--cgroups=disabled");
		return;
	}
	strv_addf(out, "--memory=%" PRIu64, l->memory);
	strv_addf(out, "--memory-swap=%" PRIu64, l->memory);
	strv_addf(out, "--pids-limit=%" PRIu64, l->pids + 8);
	if (l->cpu_cgroup)
		strv_addf(out, "--cpus=%" PRIu64, l->cpus);
}

/* The loader, as our program names it; NULL where that is linked without one. */
static const char *
loader(const struct plan *p)
{
	size_t i;

	for (i = 0; i < p->mounts.n; i++)
		if (strncmp(p->mounts.v[i].dest, LIB_DIR "/ld-", sizeof(LIB_DIR) + 3) == 0)
			return p->mounts.v[i].dest;
	return NULL;
}

/* A folder gets an overlay: podman makes the mount points in it. */
static void
add_image(const struct plan *p, struct strv *out)
{
	const char *path;
	bool rootfs = wx_image_parse(p->image, &path) == WX_IMAGE_ROOTFS;

	if (rootfs)
		strv_add(out, "--rootfs");
	strv_add(out, "--");
	if (rootfs)
		strv_addf(out, "%s:O", path);
	else
		strv_add(out, p->image);
}

void
podman_argv(const struct plan *p, const struct launch *l, struct strv *out)
{
	const char *ld = loader(p), *dir = l->stage == NULL ? "STAGE" : l->stage;
	size_t i;

	strv_add(out, "podman");
	/* Of the files that are mounted into all containers (mounts.conf(5)) none. */
	strv_add(out, "--default-mounts-file=/dev/null");
	strv_add(out, "run");
	add_isolation(p, out);
	strv_addf(out, "--conmon-pidfile=%s/" STAGE_MONITOR, dir);
	strv_addf(out, "--cidfile=%s/" STAGE_ID, dir);
	for (i = 0; i < p->mounts.n; i++)
		add_mount(p, i, l->stage, out);
	strv_addf(out, "--entrypoint=%s", ld == NULL ? INIT_PATH : ld);
	add_image(p, out);
	if (ld != NULL) {
		strv_add(out, "--library-path");
		strv_add(out, LIB_DIR);
		strv_add(out, INIT_PATH);
	}
	strv_addf(out, "%" PRIu64, p->limits.pids);
	strv_addf(out, "%" PRIu64, p->limits.cgroup ? 0 : p->limits.memory);
	strv_addf(out, "%lx", l->ignored);
	strv_add(out, l->pty == NULL ? "sent" : l->pty);
	strv_add(out, "");
	for (i = 0; i < p->command.n; i++)
		strv_add(out, p->command.v[i]);
}

/* The container's end is podman's too, by its monitor: the file stays until then. */
static void
write_conf(const char *stage)
{
	static char text[WX_CONTAINERSCONF_MAX];
	char bad[PATH_MAX], *path = podman_conf(stage);

	if (wx_containersconf(text, sizeof(text), bad, sizeof(bad)) == -1)
		err(WX_CHAIN, "cannot read podman's settings in '%s'", escaped(bad));
	stage_write(path, 0600, "", text, strlen(text));
	free(path);
}

char *
podman_conf(const char *stage)
{
	return xprintf("%s/" STAGE_CONF, stage);
}

/* podman's status, which is 0 where it has taken away the container that FILE names. */
static int
remove_container(const struct plan *p, const char *file)
{
	char *option = xprintf("--cidfile=%s", file);
	const char *const argv[] = { p->program, "rm", "--force", "--ignore", "--time=0", option,
	    NULL };
	struct strv env = { 0 };
	int status;

	program_podman_environment(NULL, &env);
	status = task_wait(task_start(argv, env.v, "/", -1, -1, -1));
	free(option);
	return status;
}

/*
 * The container of a run that was killed, and whose monitor was, is still there. The
 * first calls may only find out that it does not run any more (4.3.1: "container state
 * improper").
 */
static void
forget(const struct plan *p, const char *path)
{
	static const struct timespec pause = { .tv_nsec = 200000000 };
	char *file = xprintf("%s/" STAGE_ID, path);
	bool there = access(file, F_OK) == 0;
	int tries;

	for (tries = 0; there && tries < REMOVE_TRIES; tries++) {
		there = remove_container(p, file) != 0;
		if (there)
			(void)nanosleep(&pause, NULL);
	}
	if (there)
		warnx("cannot take away the container of an earlier run, which was killed; see "
		    "podman ps -a");
	free(file);
	stage_remove(path);
}

void
podman_sweep(const struct plan *p)
{
	stage_sweep(p, STAGE_KIND, forget);
}

char *
podman_stage(const struct plan *p)
{
	const struct mount *m;
	char *stage, *path;
	size_t i;
	int lock;

	podman_sweep(p);
	stage = stage_make(p, STAGE_KIND, &lock);
	write_conf(stage);
	for (i = 0; i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		if (!by_stage(p, m))
			continue;
		path = staged(stage, i);
		stage_write(path, m->mode, "", m->content, m->len);
		free(path);
	}
	return stage;
}
