/* SPDX-License-Identifier: MIT */
/* containersconf of libcommon: what of podman's settings is taken. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/containersconf.h"
#include "libcommon/removetree.h"

static int n, bad;
static char out[WX_CONTAINERSCONF_MAX], at[256];

static void
ok(int cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF)
		exit(1);
}

/* Of TEXT as the one file that podman is told. */
static int
of(const char *text)
{
	write_file("one.conf", text);
	(void)setenv("CONTAINERS_CONF", "one.conf", 1);
	return wx_containersconf(out, sizeof(out), at, sizeof(at));
}

static void
kept(void)
{
	const char *text = strchr((of("# mine\n[containers]\nnetns = \"host\"\nvolumes = [\"/:/host\"]\ndevices=[\n \"/dev/kvm\", # x ]\n]\n"
	    "[engine]\nruntime = 'runsc'   # careful\nnetwork_cmd_options = [\"allow_host_loopback=true\"]\nhooks_dir = [\"/h\"]\n"
	    "helper_binaries_dir = [\n  \"/a]\",\n  '/b'\n]\nenv = [\"A=1\"]\n\n[engine.runtimes]\nrunsc = [\"/opt/runsc\"]\n\"my-own\" = [ \"/x\" ]\n"
	    "[engine.service_destinations.far]\nuri = \"ssh://x\"\n[network]\nnetwork_backend = \"netavark\"\n"), out), '\n') + 1;

	ok(strcmp(text, "[engine]\nhelper_binaries_dir = [\n  \"/a]\",\n  '/b'\n]\nruntime = 'runsc'\n[network]\nnetwork_backend = \"netavark\"\n"
	    "[engine.runtimes]\nrunsc = [\"/opt/runsc\"]\nmy-own = [ \"/x\" ]\n") == 0, "what is podman's own is kept, and no more");
}

static void
refused(void)
{
	char *big = malloc(4000);

	ok(of("[engine]\nruntime = [\"a\"\n") == -1 && errno == EINVAL && strcmp(at, "one.conf") == 0, "an array without an end");
	ok(of("[engine]\nruntime = \"a\n\"\n") == -1 && errno == EINVAL, "a string without an end");
	ok(of("[engine\nruntime = \"a\"\n") == -1 && errno == EINVAL, "a table without an end");
	ok(of("runtime\n") == -1 && errno == EINVAL, "a key without a value");
	if (big == NULL)
		exit(1);
	(void)snprintf(big, 4000, "[engine]\nruntime = \"%01500d\"\n", 1);
	ok(of(big) == -1 && errno == EFBIG, "a value that is too long");
	(void)snprintf(big, 4000, "[engine]\nother = \"%01500d\"\n", 1);
	ok(of(big) == 0, "but not one that is none of ours");
	free(big);
	ok(of("") == 0 && strchr(out, '\n')[1] == '\0', "of none, none");
	(void)setenv("CONTAINERS_CONF", ".", 1);
	ok(wx_containersconf(out, sizeof(out), at, sizeof(at)) == -1, "a directory");
}

static void
order(void)
{
	(void)unsetenv("CONTAINERS_CONF");
	if (mkdir("containers", 0700) == -1 || mkdir("containers/containers.conf.d", 0700) == -1)
		exit(1);
	(void)setenv("XDG_CONFIG_HOME", getcwd(at, sizeof(at)), 1);
	write_file("containers/containers.conf", "[engine]\nruntime=\"one\"\nconmon_path = [\"/c\"]\n");
	write_file("containers/containers.conf.d/20.conf", "[engine]\nruntime=\"three\"\n");
	write_file("containers/containers.conf.d/10.conf", "[engine]\nruntime=\"two\"\n");
	write_file("containers/containers.conf.d/30.txt", "[engine]\nruntime=\"four\"\n");
	ok(wx_containersconf(out, sizeof(out), at, sizeof(at)) == 0 && strstr(out, "runtime = \"three\"") != NULL &&
	    strstr(out, "conmon_path = [\"/c\"]") != NULL && strstr(out, "two") == NULL, "the last of the files says it");
}

int
main(void)
{
	char dir[] = "/tmp/wx-unit.XXXXXX";

	if (mkdtemp(dir) == NULL || chdir(dir) == -1)
		return 1;
	kept();
	refused();
	order();
	printf("1..%d\n", n);
	if (chdir("/") == -1 || wx_remove_tree(AT_FDCWD, dir) == -1)
		return 1;
	return bad;
}
