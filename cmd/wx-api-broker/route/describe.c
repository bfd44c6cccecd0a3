/* SPDX-License-Identifier: MIT */
#include "route.h"

#include "libcommon/json.h"

void
describe(FILE *fp, const struct route *r)
{
	size_t i;

	(void)fputs("{\"route\":", fp);
	wx_json_string(fp, r->name);
	(void)fputs(",\"file\":", fp);
	wx_json_string(fp, r->file);
	(void)fputs(",\"upstream\":", fp);
	wx_json_string(fp, r->upstream);
	(void)fputs(",\"secret\":", fp);
	wx_json_string(fp, r->secret);
	(void)fprintf(fp, ",\"port\":%u,\"guest\":{", r->port);
	for (i = 0; i < r->nguests; i++) {
		(void)fputs(i == 0 ? "" : ",", fp);
		wx_json_string(fp, r->guests[i].name);
		(void)fputc(':', fp);
		wx_json_string(fp, r->guests[i].value);
	}
	(void)fputs("}}\n", fp);
}
