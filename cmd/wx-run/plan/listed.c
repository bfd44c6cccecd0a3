/* SPDX-License-Identifier: MIT */
#include "listed.h"

#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/json.h"
#include "libcommon/osfile.h"

bool
listed_port(struct listed *l, unsigned port)
{
	size_t i;

	for (i = 0; i < l->nports; i++)
		if (l->ports[i] == port)
			return true;
	if (l->nports == LISTED_PORTS)
		return false;
	l->ports[l->nports++] = port;
	return true;
}

void
listed_entries(FILE *fp, const struct strv *w)
{
	size_t i;

	(void)fputc('[', fp);
	for (i = 0; i < w->n; i++) {
		if (i > 0)
			(void)fputs(", ", fp);
		/* An object is JSON already. */
		if (*w->v[i] == '{')
			(void)fputs(w->v[i], fp);
		else
			wx_json_string(fp, w->v[i]);
	}
	(void)fputc(']', fp);
}

void
listed_forwards(FILE *fp, const struct listed *l)
{
	size_t i;

	(void)fputc('[', fp);
	for (i = 0; i < l->nforwards; i++) {
		(void)fprintf(fp, "%s{\"port\": %u, \"to\": ", i == 0 ? "" : ", ", l->forwards[i].port);
		wx_json_string(fp, l->forwards[i].to);
		(void)fputc('}', fp);
	}
	(void)fputc(']', fp);
}

void
listed_policy(FILE *fp, const struct listed *l)
{
	(void)fputs("{\"version\": 1, \"allow\": ", fp);
	listed_entries(fp, &l->allow);
	(void)fputs(", \"deny\": ", fp);
	listed_entries(fp, &l->deny);
	(void)fputs(", \"forward\": ", fp);
	listed_forwards(fp, l);
	if (l->parent != NULL) {
		(void)fputs(", \"parent\": ", fp);
		wx_json_string(fp, l->parent);
	}
	(void)fprintf(fp, ", \"ask\": %u}\n", l->ask);
}

int
listed_policy_file(const struct listed *l)
{
	int fd = wx_file_memory();
	FILE *fp = fd == -1 ? NULL : fdopen(fcntl(fd, F_DUPFD_CLOEXEC, 3), "w");

	if (fp != NULL) {
		listed_policy(fp, l);
		if (fclose(fp) == 0 && lseek(fd, 0, SEEK_SET) == 0)
			return fd;
	}
	warn("cannot write the network's policy");
	if (fd != -1)
		(void)close(fd);
	return -1;
}

char *
listed_host(const char *entry)
{
	static const char key[] = "\"host\":\"";
	const char *at = *entry == '{' ? strstr(entry, key) : NULL;

	if (at != NULL)
		return xprintf("%.*s", (int)strcspn(at + strlen(key), "\""), at + strlen(key));
	return xprintf("%.*s", (int)strcspn(entry, " \t"), entry);
}
