/* SPDX-License-Identifier: MIT */
/* PKGS: libcjson */
/* A line of wx-egress' control socket: what is taken is within its bounds, else there is a reason. */
#include <stdint.h>
#include <stdlib.h>

#include "cmd/wx-egress/policy/control.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct control_request r;
	char why[128] = "";

	if (!control_read((const char *)data, size, &r, why)) {
		if (why[0] == '\0')
			abort();
		return 0;
	}
	if (r.seconds < 0 || r.seconds > SECONDS_MAX || strlen(r.entry) >= sizeof(r.entry))
		abort();
	if (r.op <= CONTROL_REVOKE && (r.entry[0] == '\0' || r.entry[0] == '@' || r.entry[0] == '{'))
		abort();
	if (r.op == CONTROL_ANSWER && r.ask == 0)
		abort();
	return 0;
}
