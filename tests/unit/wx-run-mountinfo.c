/* SPDX-License-Identifier: MIT */
/* wx-run: the list of the mounts inside against the plan, with lists that no engine makes. */
#include <sys/mman.h>

#include <stdio.h>

#include "cmd/wx-run/mountns/mountinfo.c"
#include "cmd/wx-run/plan/plan.c"
#include "cmd/wx-run/plan/store.c"

#define RW "rw,nosuid,nodev,relatime - ext4 /dev/x rw\n"
#define RO "ro,nosuid,nodev,relatime - ext4 /dev/x rw\n"
#define OWN "1 0 0:1 / / " RO "2 1 0:2 / /proc rw - proc proc rw\n3 2 0:3 /1 /proc/keys ro - tmpfs t rw\n"
#define TOP "7 1 8:1 /home/u/p /workspace "
#define GUARD "9 7 8:1 /home/u/p/.vscode /workspace/.vscode "

static int n, bad;

static void
is(const char *text, bool want, const char *what)
{
	static const mount_id ids[] = { 7, 9 };
	struct plan p = { .engine = &(const struct engine){ .name = "bwrap" } };
	int fd = memfd_create("list", 0);
	bool got;

	(void)mount_add(&p.mounts, MOUNT_RW, "/", "/workspace", "project");
	(void)mount_add(&p.mounts, MOUNT_RO, "/.vscode", "/workspace/.vscode", "protected");
	got = fd != -1 && wx_write_all(fd, text, strlen(text)) == 0 && lseek(fd, 0, SEEK_SET) == 0 &&
	    mountinfo_agrees(&p, fd, ids);
	printf("%sok %d - %s\n", got == want ? "" : "not ", ++n, what);
	bad |= got != want;
	(void)close(fd);
}

int
main(void)
{
	is(OWN TOP RW GUARD RO, true, "what the plan names, and the engine's own");
	is(OWN TOP RO GUARD RO, true, "a project that is read-only on the host");
	is(OWN TOP RW GUARD RW, false, "a guard that can be written");
	is(OWN TOP RW GUARD "ro,nosuid,relatime - ext4 x rw\n", false, "a guard with devices");
	is(OWN TOP "rw,nodev,relatime - ext4 x rw\n" GUARD RO, false, "a project with set-uid programs");
	is(OWN TOP RW, false, "a guard that is not there");
	is(OWN GUARD RO, false, "no project");
	is(OWN TOP RW GUARD RO "10 1 8:1 /home/u/.ssh /srv/keys " RO, false, "a mount more");
	is(OWN TOP RW GUARD RO "10 7 8:1 /home/u/.ssh /workspace/src " RO, false, "a mount more in the project");
	is(OWN TOP RW GUARD RO "10 7 0:9 / /workspace/proc " RW, true, "what is mounted there on the host");
	is(OWN TOP RW GUARD RO "10 9 0:9 / /workspace/.vscode/\\040x " RO, false, "a name with a space");
	is(OWN TOP RW GUARD RO "8 7 8:1 / /workspace/.vscode " RW, true, "one below a guard, which hides it");
	is(OWN TOP RW GUARD RO "10 1 0:9 / /devices " RO, false, "a name that begins as an engine's own");
	is("", false, "an empty list");
	printf("1..%d\n", n);
	return bad;
}
