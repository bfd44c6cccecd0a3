/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/hash.h"

/* -1 with errno. */
static int
try(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd, error;

	if ((size_t)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd == -1 || connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

/* Those that are left of runs that were killed refuse. */
static int
search(const char *base, const char *prefix, const char *dir)
{
	char path[PATH_MAX];
	struct dirent *e;
	int found = -1, fd;
	DIR *d = opendir(base);

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, prefix, strlen(prefix)) != 0 ||
		    (size_t)snprintf(path, sizeof(path), "%s/%s/control", base, e->d_name) >= sizeof(path))
			continue;
		fd = try(path);
		if (fd == -1)
			continue;
		if (found != -1)
			errx(WX_FAIL, "'%s' has more than one run: name one by its socket, -S %s/net.*/control", dir, base);
		found = fd;
	}
	if (d != NULL)
		(void)closedir(d);
	return found;
}

int
run_connect(const char *socket, const char *dir)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char base[PATH_MAX], real[PATH_MAX], prefix[64];
	int fd;

	if (socket != NULL) {
		fd = try(socket);
		if (fd == -1)
			err(WX_TEMP, "cannot connect to '%s'", socket);
		return fd;
	}
	if (realpath(dir, real) == NULL)
		err(WX_FAIL, "cannot find '%s'", dir);
	if (runtime == NULL || *runtime != '/')
		errx(WX_TEMP, "no run is to be found: XDG_RUNTIME_DIR is not set; name one by its socket, -S");
	(void)snprintf(base, sizeof(base), "%s/wrapix", runtime);
	(void)snprintf(prefix, sizeof(prefix), "net.%016llx.", (unsigned long long)wx_hash(real));
	fd = search(base, prefix, real);
	if (fd == -1)
		errx(WX_TEMP, "no sandbox with the network 'listed' runs for '%s'", real);
	return fd;
}
