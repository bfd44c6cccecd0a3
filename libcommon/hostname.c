/* SPDX-License-Identifier: MIT */
#include "libcommon/hostname.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#define LABEL_MAX 63

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* In lower case; NUL: no character of a name. */
static char
fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_' ? c : '\0';
}

/* What inet_aton(3) and WHATWG's URLs take for a part of an IPv4 address. */
static bool
is_number(const char *label)
{
	size_t len = strlen(label);

	if (label[0] == '0' && label[1] == 'x')
		return strspn(label + 2, "0123456789abcdef") == len - 2;
	return strspn(label, "0123456789") == len;
}

static bool
take(const char *s, size_t len, char *out)
{
	size_t i, label = 0;
	const char *last = out;

	for (i = 0; i < len; i++) {
		out[i] = s[i] == '.' ? '.' : fold(s[i]);
		if (out[i] == '\0')
			return false;
		if (out[i] != '.' && ++label > LABEL_MAX)
			return false;
		if (out[i] == '.') {
			if (label == 0)
				return false;
			label = 0;
			last = out + i + 1;
		}
	}
	out[len] = '\0';
	return label > 0 && last != out && !is_number(last);
}

int
wx_hostname(const char *s, size_t len, char out[static WX_HOSTNAME_MAX])
{
	if (len > 0 && s[len - 1] == '.')
		len--;
	if (len > 0 && len < WX_HOSTNAME_MAX && take(s, len, out))
		return 0;
	out[0] = '\0';
	errno = EINVAL;
	return -1;
}

bool
wx_hostname_literal(const char *s, size_t len, int *family, unsigned char addr[static 16],
    char out[static WX_HOSTNAME_MAX])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN];

	out[0] = '\0';
	if (len >= 2 && s[0] == '[' && s[len - 1] == ']' && memchr(s, ':', len) != NULL) {
		s++;
		len -= 2;
	}
	if (len == 0 || len >= sizeof(text) || memchr(s, '\0', len) != NULL)
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	*family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	if (inet_pton(*family, text, addr) != 1)
		return false;
	if (*family == AF_INET6 && memcmp(addr, mapped, sizeof(mapped)) == 0)
		return false;
	if (inet_ntop(*family, addr, out, WX_HOSTNAME_MAX) == NULL)
		return false;
	/* inet_pton takes "01.2.3.4" in some libcs. */
	if (*family == AF_INET && strcmp(out, text) != 0) {
		out[0] = '\0';
		return false;
	}
	return true;
}
