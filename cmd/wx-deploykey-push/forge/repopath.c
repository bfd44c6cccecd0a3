/* SPDX-License-Identifier: MIT */
#include "repopath.h"

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

#define OWNER_LEN 100
#define NAME_LEN  100

const char *
repopath_two_fault(const char *s)
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
