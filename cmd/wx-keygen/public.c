/* SPDX-License-Identifier: MIT */
#include "public.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "make.h"

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"

int
public_run(const struct want *w)
{
	static char text[PRIVKEY_MAX];
	static struct privkey key;
	char line[WX_PUBKEY_LINE_MAX];
	const char *path = w->operands[0];
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	enum privkey_status status;
	struct stat st;
	ssize_t n;

	if (standard)
		path = "standard input";
	if (fd == -1 || fstat(fd, &st) == -1)
		err(fail_code(), "cannot open '%s'", path);
	if (S_ISREG(st.st_mode) && st.st_nlink > 0)
		private_check_mode(&st, path);
	n = wx_read_all(fd, text, sizeof(text));
	if (n == -1 && errno != EMSGSIZE)
		err(fail_code(), "cannot read '%s'", path);
	status = n == -1 ? PRIVKEY_NONE : privkey_parse(text, (size_t)n, &key);
	wx_wipe(text, sizeof(text));
	if (status != PRIVKEY_OK)
		errx(WX_FAIL, "refusing '%s': %s", path, privkey_error(status));
	public_line(&key, w->comment != NULL ? w->comment : "", line);
	line[strlen(line) - 1] = '\0';
	make_print(line);
	return WX_OK;
}
