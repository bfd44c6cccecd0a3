/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/json.h"
#include "libcommon/tool/task.h"
#include "show.h"

/* Of a path there is a slash, or it is there; a host has a dot and perhaps a port. */
static bool
is_host(const struct plan *p, const char *what)
{
	char *path = xprintf("%s/%s", p->project, what);
	size_t name = strcspn(what, ":"), digits = what[name] == '\0' ? 0 : strspn(what + name + 1, "0123456789");
	bool port = digits > 0 && what[name + 1 + digits] == '\0';
	bool host = p->net == NET_LISTED && strchr(what, '/') == NULL && memchr(what, '.', name) != NULL &&
	    (port || (what[name] == '\0' && access(path, F_OK) == -1));

	free(path);
	return host;
}

/* "VERDICT HOST:PORT RULE" of wx-egress, in its parts; false: it is something else. */
static bool
parts(char *line, char **host, char **rule)
{
	*host = strchr(line, ' ');
	*rule = *host == NULL ? NULL : strchr(*host + 1, ' ');
	if (*rule == NULL)
		return false;
	*(*host)++ = '\0';
	*(*rule)++ = '\0';
	return true;
}

bool
why_host(FILE *fp, const struct plan *p, const char *what, bool json)
{
	const char *const argv[] = { p->listed.program, "-w", what, NULL };
	char *envp[] = { NULL }, *line, *host, *rule;
	int policy, said;

	if (!is_host(p, what))
		return false;
	policy = listed_policy_file(&p->listed);
	if (policy == -1)
		exit(WX_CHAIN);
	said = task_file();
	(void)task_wait(task_start(argv, envp, "/", policy, said, said));
	(void)close(policy);
	line = task_said(said);
	if (!parts(line, &host, &rule))
		errx(WX_CHAIN, "wx-egress says nothing of '%s' that wx-run understands: %s", escaped(what), escaped(line));
	if (json) {
		(void)fputs("{\"host\": ", fp);
		wx_json_string(fp, host);
		(void)fprintf(fp, ", \"verdict\": \"%s\", \"rule\": ", line);
		wx_json_string(fp, rule);
		(void)fputs("}\n", fp);
	} else {
		(void)fprintf(fp, "%s\t%s\t%s\n", line, host, rule);
	}
	free(line);
	return true;
}
