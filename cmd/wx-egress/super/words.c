/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <stdio.h>

static void
entry(FILE *fp, const struct entry *e)
{
	size_t i;

	(void)fprintf(fp, "  %s%s", e->wildcard ? "*." : "", e->host);
	for (i = 0; i < e->nports; i++)
		if (e->nports > 1 || e->ports[i] != 443)
			(void)fprintf(fp, "%c%u", i == 0 ? ':' : ',', e->ports[i]);
	for (i = 0; i < e->nmethods; i++)
		(void)fprintf(fp, "%s%s", i == 0 ? "  " : ",", e->methods[i]);
	for (i = 0; i < e->npaths; i++)
		(void)fprintf(fp, "%s%s", i == 0 ? "  " : ",", e->paths[i]);
	if (e->up != 0)
		(void)fprintf(fp, "  %llu bytes up", (unsigned long long)e->up);
	if (e->text[0] == '@')
		(void)fprintf(fp, "  (%s)", e->text);
	(void)fputs("\n", fp);
}

char *
words_of(const struct policy *p)
{
	char *text = NULL;
	size_t size, i;
	FILE *fp = open_memstream(&text, &size);

	if (fp == NULL)
		return NULL;
	(void)fputs("The network of this sandbox reaches listed hosts only. A refusal is a decision, not a fault: do not\n"
	    "retry it, and do not look for a way round it. If you need a host, name it to the user.\n\n", fp);
	(void)fputs(p->allow.n > 0 ? "Allowed (port 443 where none is told):\n" : "No host is allowed.\n", fp);
	for (i = 0; i < p->allow.n; i++)
		entry(fp, &p->allow.e[i]);
	if (p->deny.n > 0)
		(void)fputs("\nRefused, whatever is allowed:\n", fp);
	for (i = 0; i < p->deny.n; i++)
		entry(fp, &p->deny.e[i]);
	for (i = 0; i < p->nforward; i++)
		(void)fprintf(fp, "%s  127.0.0.1:%u\n", i == 0 ? "\nServices of the machine:\n" : "", p->forward[i].port);
	if (fclose(fp) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
