/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "libcommon/json.h"
#include "policy.h"

static void
show_words(FILE *fp, const char *key, char *const w[], size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		(void)(i == 0 ? fprintf(fp, ",\"%s\":[", key) : fputs(",", fp));
		wx_json_string(fp, w[i]);
	}
	if (n > 0)
		(void)fputs("]", fp);
}

static void
show_entry(FILE *fp, const struct entry *e)
{
	char host[WX_HOSTNAME_MAX + 2];
	size_t i;

	(void)snprintf(host, sizeof(host), "%s%s", e->wildcard ? "*." : "", e->host);
	(void)fputs("{\"host\":", fp);
	wx_json_string(fp, host);
	if (e->text[0] == '@') {
		(void)fputs(",\"group\":", fp);
		wx_json_string(fp, e->text + 1);
	}
	for (i = 0; i < e->nports; i++)
		(void)fprintf(fp, "%s%u", i == 0 ? ",\"ports\":[" : ",", e->ports[i]);
	if (e->nports > 0)
		(void)fputs("]", fp);
	show_words(fp, "methods", e->methods, e->nmethods);
	show_words(fp, "paths", e->paths, e->npaths);
	if (e->private)
		(void)fputs(",\"private\":true", fp);
	if (e->up != 0)
		(void)fprintf(fp, ",\"up\":\"%llu\"", (unsigned long long)e->up);
	(void)fputs("}", fp);
}

static void
show_list(FILE *fp, const char *key, const struct entries *l)
{
	size_t i;

	(void)fprintf(fp, ",\"%s\":[", key);
	for (i = 0; i < l->n; i++) {
		if (i > 0)
			(void)fputs(",", fp);
		show_entry(fp, &l->e[i]);
	}
	(void)fputs("]", fp);
}

char *
policy_json(const struct policy *p)
{
	char *text = NULL;
	size_t size, i;
	FILE *fp = open_memstream(&text, &size);

	if (fp == NULL)
		return NULL;
	(void)fputs("{\"version\":1", fp);
	show_list(fp, "allow", &p->allow);
	show_list(fp, "deny", &p->deny);
	(void)fputs(",\"forward\":[", fp);
	for (i = 0; i < p->nforward; i++)
		(void)fprintf(fp, "%s{\"port\":%u,\"to\":\"%s\"}", i > 0 ? "," : "", p->forward[i].port, p->forward[i].to);
	(void)fprintf(fp, "],\"ech\":\"%s\"}\n", p->ech_deny ? "deny" : "allow");
	if (fclose(fp) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
