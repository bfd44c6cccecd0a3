/* SPDX-License-Identifier: MIT */
#include "libcommon/secretkind.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *prefix;
	const char *kind;
} kinds[] = {
	{ "sk-ant-oat",  "claude-oauth" },
	{ "sk-ant-api",  "anthropic-api" },
	{ "ghp_",        "github-classic" },
	{ "github_pat_", "github-fine-grained" },
	{ "gho_",        "github-oauth" },
	{ "ghs_",        "github-app" },
	{ "ghu_",        "github-app-user" },
};

const char *
wx_secret_kind(const char *value)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(value, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
			return kinds[i].kind;
	return "unknown";
}

bool
wx_secret_kind_known(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(name, kinds[i].kind) == 0)
			return true;
	return false;
}
