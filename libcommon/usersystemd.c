/* SPDX-License-Identifier: MIT */
#include "libcommon/usersystemd.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/fileio.h"

bool
wx_usersystemd(void)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	char sock[PATH_MAX];
	int n;

	if (dir == NULL || *dir != '/')
		return false;
	n = snprintf(sock, sizeof(sock), "%s/systemd/private", dir);
	return n > 0 && n < (int)sizeof(sock) && access(sock, W_OK) == 0;
}

void
wx_usersystemd_controllers(uid_t uid, char *buf, size_t cap)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/user.slice/user-%lu.slice/user@%lu.service/"
	    "cgroup.controllers", (unsigned long)uid, (unsigned long)uid);
	(void)wx_read_text(AT_FDCWD, path, 0, buf, cap);
	buf[strcspn(buf, "\n")] = '\0';
}

bool
wx_usersystemd_controls(uid_t uid, const char *name)
{
	char buf[256], *w, *save = NULL;

	wx_usersystemd_controllers(uid, buf, sizeof(buf));
	for (w = strtok_r(buf, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
		if (strcmp(w, name) == 0)
			return true;
	return false;
}
