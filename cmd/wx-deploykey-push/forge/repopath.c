/* SPDX-License-Identifier: MIT */
#include "repopath.h"

#include <stdbool.h>

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

#define OWNER_LEN 100
#define NAME_LEN  100

/* OWNERS: the letters of an owner. */
static const char *
two_fault(const char *s, const char *owners)
{
	size_t owner = strspn(s, owners), name;

	if (owner == 0 || s[owner] != '/' || strchr(s + owner + 1, '/') != NULL)
		return "not OWNER/NAME";
	if (s[0] == '-' || s[0] == '.')
		return "the owner begins with '-' or '.'";
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
repopath_two_fault(const char *s)
{
	return two_fault(s, ALNUM "-_");
}

const char *
repopath_dots_fault(const char *s)
{
	return two_fault(s, ALNUM "-_.");
}

/* Is S, of LEN bytes, a part of a path? */
static bool
part_ok(const char *s, size_t len)
{
	return len > 0 && strspn(s, ALNUM "-_.") >= len && s[0] != '-' && strspn(s, ".") < len &&
	    !(len >= 4 && memcmp(s + len - 4, ".git", 4) == 0);
}

const char *
repopath_groups_fault(const char *s)
{
	size_t len, parts = 0;

	if (strlen(s) > 255)
		return "it is too long";
	for (;; s += len + 1) {
		len = strcspn(s, "/");
		if (!part_ok(s, len))
			return "not GROUP/NAME of letters, digits, '-', '_' and '.', no '-' first, no '.git' last";
		parts++;
		if (s[len] == '\0')
			return parts < 2 || parts > 20 ? "not GROUP/NAME, with 2 to 20 parts" : NULL;
	}
}

const char *
repopath_project_fault(const char *s)
{
	size_t tilde = s[0] == '~', project = strcspn(s + tilde, "/"), name;
	const char *rest = s + tilde + project;

	if (rest[0] != '/' || strchr(rest + 1, '/') != NULL)
		return "not PROJECT/NAME";
	name = strlen(rest + 1);
	if (project > OWNER_LEN || name > NAME_LEN)
		return "it is too long";
	if (!part_ok(s + tilde, project) || !part_ok(rest + 1, name))
		return "not PROJECT/NAME of letters, digits, '-', '_' and '.', no '-' first, no '.git' last";
	return NULL;
}
