/* SPDX-License-Identifier: MIT */
#include "kinds.h"

#include <string.h>

static const char on_entering[] = "on entering the directory";
static const char on_command[] = "on each of its commands";
static const char on_opening[] = "on opening the project or a file of it";
static const char on_start[] = "when it starts there";
static const char on_git[] = "on git commit, push and the like";
static const char on_push[] = "when it is pushed";

/* From the documentation of each tool. */
const struct kind guard_kinds[] = {
	/* Shells and version managers. */
	{ ".envrc", "direnv", on_entering },
	{ ".envrc.local", "direnv", on_entering },
	{ ".tool-versions", "asdf or mise", on_entering },
	{ "mise*.toml", "mise", on_entering },
	{ ".mise*.toml", "mise", on_entering },
	{ ".mise", "mise", on_entering },
	{ "mise/config*.toml", "mise", on_entering },
	{ ".config/mise", "mise", on_entering },
	{ ".config/mise*.toml", "mise", on_entering },
	/* Package managers and compilers. */
	{ ".npmrc", "npm", on_command },
	{ ".yarnrc*", "yarn", on_command },
	{ ".pnpmfile.cjs", "pnpm", on_command },
	{ ".pnpmfile.mjs", "pnpm", on_command },
	{ "bunfig.toml", "bun", on_command },
	{ ".bundle/config", "bundler", on_command },
	{ ".cargo/config", "cargo", on_command },
	{ ".cargo/config.toml", "cargo", on_command },
	{ "rust-toolchain", "rustup", "on each command of cargo or rustc" },
	{ "rust-toolchain.toml", "rustup", "on each command of cargo or rustc" },
	{ ".pypirc", "twine", on_command },
	{ ".netrc", "curl", on_command },
	{ ".bazelrc", "bazel", on_command },
	{ "tools/bazel", "bazel", on_command },
	{ ".mvn", "Maven", on_command },
	{ ".sbtopts", "sbt", on_command },
	{ ".jvmopts", "sbt", on_command },
	{ "ansible.cfg", "ansible", on_command },
	{ ".latexmkrc", "latexmk", on_command },
	{ "latexmkrc", "latexmk", on_command },
	/* Languages at a prompt, and their debuggers. */
	{ ".Rprofile", "R", on_start },
	{ ".Renviron", "R", on_start },
	{ ".RData", "R", on_start },
	{ ".pdbrc", "Python's pdb", on_start },
	{ ".perldb", "Perl's debugger", on_start },
	{ ".irbrc", "irb", on_start },
	{ ".pryrc", "pry", on_start },
	{ ".ghci", "ghci", on_start },
	{ ".ocamlinit", "OCaml", on_start },
	{ ".iex.exs", "iex", on_start },
	{ ".octaverc", "Octave", on_start },
	/* Editors and debuggers. */
	{ ".vscode", "VS Code", on_opening },
	{ ".idea", "an editor of JetBrains", on_opening },
	{ ".devcontainer", "VS Code", on_opening },
	{ ".devcontainer.json", "VS Code", on_opening },
	{ ".zed", "Zed", on_opening },
	{ ".helix", "Helix", on_opening },
	{ ".vimrc", "vim", on_start },
	{ ".exrc", "vim", on_start },
	{ ".nvimrc", "Neovim", on_start },
	{ ".nvim.lua", "Neovim", on_start },
	{ ".lazy.lua", "Neovim", on_start },
	{ ".vim", "vim", on_opening },
	{ ".dir-locals.el", "Emacs", on_opening },
	{ ".dir-locals-2.el", "Emacs", on_opening },
	{ ".externalToolBuilders", "Eclipse", on_opening },
	{ ".gdbinit", "gdb", on_start },
	/* Agents, and what they are in. */
	{ ".wrapix.json", "wrapix", on_start },
	{ ".mcp.json", "Claude Code", on_start },
	{ ".claude/settings*.json", "Claude Code", on_start },
	{ ".claude/hooks", "Claude Code", on_start },
	{ ".claude/commands", "Claude Code", on_start },
	{ ".claude/agents", "Claude Code", on_start },
	{ ".claude/skills", "Claude Code", on_start },
	{ ".codex", "Codex", on_start },
	{ ".cursor/mcp.json", "Cursor", on_opening },
	{ ".cursor/hooks.json", "Cursor", on_opening },
	{ ".cursor/worktrees.json", "Cursor", on_opening },
	{ ".cursor/cli.json", "Cursor", on_start },
	{ ".windsurf/hooks.json", "Windsurf", on_opening },
	{ ".github/hooks", "Copilot CLI", on_start },
	{ ".amp/settings.json", "Amp", on_start },
	{ ".codebuddy/settings*.json", "CodeBuddy", on_start },
	{ ".junie/mcp", "Junie", on_opening },
	{ ".kilocode/mcp.json", "Kilo Code", on_opening },
	{ ".gemini", "Gemini CLI", on_start },
	{ ".qwen", "Qwen Code", on_start },
	{ ".amazonq", "Amazon Q", on_start },
	{ ".augment", "Augment", on_start },
	{ ".kiro/settings", "Kiro", on_opening },
	{ ".kiro/hooks", "Kiro", on_opening },
	{ ".roo/mcp.json", "Roo Code", on_opening },
	{ ".clinerules", "Cline", on_opening },
	{ ".continue", "Continue", on_opening },
	{ ".continuerc.json", "Continue", on_opening },
	{ ".factory", "Droid", on_start },
	{ ".pi", "Pi", on_start },
	{ ".opencode", "opencode", on_start },
	{ "opencode.json", "opencode", on_start },
	{ "opencode.jsonc", "opencode", on_start },
	{ "crush.json", "Crush", on_start },
	{ ".crush.json", "Crush", on_start },
	{ ".aider.conf.yml", "aider", on_start },
	/* Version control, its hooks and forges. */
	{ ".gitmodules", "git", "on git submodule and git fetch" },
	{ ".lfsconfig", "git lfs", "on git push, pull and checkout" },
	{ ".hg/hgrc", "Mercurial", on_command },
	{ ".hg/hgrc-not-shared", "Mercurial", on_command },
	{ ".hg/requires", "Mercurial", on_command },
	{ ".hg/sharedpath", "Mercurial", on_command },
	{ ".jj/repo/config.toml", "Jujutsu", on_command },
	{ ".sl/config", "Sapling", on_command },
	{ ".pijul/config", "Pijul", on_command },
	{ "_darcs/prefs/defaults", "darcs", on_command },
	{ ".husky", "husky", on_git },
	{ ".pre-commit-config.yaml", "pre-commit", on_git },
	{ "lefthook*.y*ml", "lefthook", on_git },
	{ ".lefthook*.y*ml", "lefthook", on_git },
	{ "lefthook*.toml", "lefthook", on_git },
	{ ".lefthook*.toml", "lefthook", on_git },
	{ ".github/workflows", "GitHub", on_push },
	{ ".github/actions", "GitHub", on_push },
	{ ".gitlab-ci.yml", "GitLab", on_push },
	{ ".circleci", "CircleCI", on_push },
	{ ".forgejo/workflows", "Forgejo", on_push },
	{ ".gitea/workflows", "Gitea", on_push },
	{ ".woodpecker", "Woodpecker", on_push },
	{ NULL, NULL, NULL },
};

bool
kinds_is_makefile(const char *name)
{
	return strcmp(name, "Makefile") == 0 || strcmp(name, "makefile") == 0 ||
	    strcmp(name, "GNUmakefile") == 0;
}
