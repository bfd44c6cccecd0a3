/* SPDX-License-Identifier: MIT */
#include "guard.h"

/* Read by a shell, a package manager, an editor, an agent, git's hooks or a forge on its own
 * accord, and then run what it says. */
const char *const guard_defaults[] = {
	".envrc", ".tool-versions", "mise*.toml", ".mise*.toml", ".mise", "mise/config*.toml",
	".config/mise", ".config/mise*.toml",
	".npmrc", ".yarnrc*", ".pnpmfile.cjs", ".pnpmfile.mjs", "bunfig.toml", ".bundle/config",
	".cargo/config", ".cargo/config.toml", ".pypirc", ".netrc", ".gitmodules",
	".vscode", ".idea", ".devcontainer", ".devcontainer.json", ".zed", ".helix", ".exrc",
	".nvimrc", ".nvim.lua", ".dir-locals.el", ".dir-locals-2.el", ".gdbinit",
	".mcp.json", ".claude/settings*.json", ".claude/hooks", ".claude/commands",
	".claude/agents", ".claude/skills", ".codex", ".cursor/mcp.json", ".cursor/hooks.json",
	".gemini", ".amazonq", ".kiro/settings", ".kiro/hooks", ".roo/mcp.json", ".opencode",
	"opencode.json", "opencode.jsonc",
	".husky", ".pre-commit-config.yaml", "lefthook*.y*ml", ".lefthook*.y*ml",
	".github/workflows", ".github/actions", ".gitlab-ci.yml", ".circleci",
	".forgejo/workflows", ".gitea/workflows", ".woodpecker", NULL
};
