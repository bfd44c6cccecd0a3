/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <inttypes.h>

#include "libcommon/json.h"

static void
string_or_null(FILE *fp, const char *name, const char *s)
{
	(void)fprintf(fp, ",\"%s\":", name);
	if (s != NULL && *s != '\0')
		wx_json_string(fp, s);
	else
		(void)fputs("null", fp);
}

static const char *
word(enum yes y)
{
	return y == YES ? "true" : y == NO ? "false" : "null";
}

void
output_key(FILE *fp, const struct key *k, const char *repo, const char *host, const char *action)
{
	if (k->id > 0)
		(void)fprintf(fp, "{\"id\":%" PRId64 ",\"title\":", k->id);
	else
		(void)fputs("{\"id\":null,\"title\":", fp);
	if (k->id > 0 || k->title[0] != '\0')
		wx_json_string(fp, k->title);
	else
		(void)fputs("null", fp);
	string_or_null(fp, "fingerprint", k->fingerprint);
	(void)fprintf(fp, ",\"read_only\":%s,\"enabled\":%s", word(k->read_only), word(k->enabled));
	string_or_null(fp, "created_at", k->created_at);
	string_or_null(fp, "last_used", k->last_used);
	string_or_null(fp, "expires_at", k->expires_at);
	string_or_null(fp, "repo", repo);
	string_or_null(fp, "host", host);
	(void)fprintf(fp, ",\"action\":\"%s\"}\n", action);
}
