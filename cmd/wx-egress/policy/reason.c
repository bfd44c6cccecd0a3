/* SPDX-License-Identifier: MIT */
#include "policy.h"

const char *
reason_name(enum reason r)
{
	static const char *const names[REASONS] = {
		[REASON_ALLOWED] = "allowed", [REASON_BAD_NAME] = "bad-name", [REASON_DENIED] = "denied",
		[REASON_NOT_LISTED] = "not-listed", [REASON_PORT] = "port", [REASON_REQUEST] = "request",
		[REASON_PATH] = "path", [REASON_NEEDS_HTTP] = "request", [REASON_LIMIT] = "limit", [REASON_UP] = "up",
		[REASON_DNS] = "dns", [REASON_ADDRESS] = "address", [REASON_REFUSED] = "refused",
		[REASON_TIMEOUT] = "timeout", [REASON_UNREACHABLE] = "unreachable", [REASON_INTERNAL] = "internal",
		[REASON_ASK] = "ask", [REASON_SNI] = "sni", [REASON_PROTOCOL] = "protocol",
	};

	return (unsigned)r < REASONS ? names[r] : "internal";
}
