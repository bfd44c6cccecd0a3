/* SPDX-License-Identifier: MIT */
#include "names.h"

#include "libcommon/envline.h"
#include "libcommon/utf8.h"
#include "want.h"

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

#define OWNER_LEN 100
#define NAME_LEN  100

const char *
names_repo(const char *s)
{
	size_t owner = strspn(s, ALNUM "-_"), name;

	if (owner == 0 || s[owner] != '/' || strchr(s + owner + 1, '/') != NULL)
		return "not OWNER/NAME";
	if (s[0] == '-')
		return "the owner begins with '-'";
	s += owner + 1;
	name = strspn(s, ALNUM "-_.");
	if (name == 0 || s[name] != '\0')
		return "the name is not of letters, digits, '-', '_' and '.'";
	if (owner > OWNER_LEN || name > NAME_LEN)
		return "it is too long";
	if (strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
		return "the name is that of a folder";
	if (name >= 4 && strcmp(s + name - 4, ".git") == 0)
		return "leave '.git' out";
	return NULL;
}

const char *
names_title(const char *s)
{
	size_t len = strlen(s), i, n;

	if (len == 0)
		return "it is empty";
	if (len > TITLE_LEN)
		return "it is longer than 255 bytes";
	if (!wx_env_value_ok(s, len))
		return "it is not one line of printable UTF-8";
	for (i = 0; i < len; i += n) {
		n = wx_utf8_len(s + i, len - i);
		if (wx_utf8_acts(s + i, n))
			return "it is not one line of printable UTF-8";
	}
	return NULL;
}
