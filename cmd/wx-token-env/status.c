/* SPDX-License-Identifier: MIT */
#include "status.h"

#include <inttypes.h>

#include "expiry.h"
#include "libcommon/json.h"
#include "libcommon/secretkind.h"

void
status_print(FILE *fp, const char *name, const struct token *t, int64_t now)
{
	static const char *const states[] = {
		[EXPIRY_OK] = "ok", [EXPIRY_SOON] = "expiring", [EXPIRY_PAST] = "expired"
	};
	char at[EXPIRY_TEXT];

	/* NAME, source, kind and state are of letters that need no escape. */
	(void)fprintf(fp, "{\"name\":\"%s\",\"source\":\"%s\",\"path\":", name, t->source);
	if (t->path[0] != '\0')
		wx_json_string(fp, t->path);
	else
		(void)fputs("null", fp);
	(void)fprintf(fp, ",\"kind\":\"%s\",\"length\":%zu", wx_secret_kind(t->value), t->len);
	if (t->expires == -1)
		(void)fputs(",\"expires_at\":null,\"days_left\":null", fp);
	else {
		expiry_text(t->expires, at);
		(void)fprintf(fp, ",\"expires_at\":\"%s\",\"days_left\":%" PRId64, at,
		    expiry_days(t->expires, now));
	}
	(void)fprintf(fp, ",\"state\":\"%s\"}\n", states[expiry_of(t->expires, now)]);
}
