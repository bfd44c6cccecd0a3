# SPDX-License-Identifier: MIT
# Loaded by every test: the built tools first on PATH, a HOME of its own, and
# no secret and no setting of the person who runs the suite.
bats_require_minimum_version 1.5.0

# In CI a test that goes red is tried once more: many wait for other processes, on
# a machine whose speed is not ours. By hand every red is seen.
# shellcheck disable=SC2034 # read by bats
[ -z "${CI-}" ] || BATS_TEST_RETRIES=1

setup() {
	# What tests/lib/jobs sends to a test that hangs; it has killed what the test waits for.
	trap 'echo "hangs: stopped by tests/lib/jobs" >&2; exit 1' ABRT
	umask 022
	if [ "${BATS_TEST_TRY_NUMBER:-1}" -gt 1 ]; then
		find "$BATS_TEST_TMPDIR" -mindepth 1 -delete
	fi
	PATH="${WX_PODMAN:+$WX_PODMAN/bin:}$WX_BUILD:$WX_TREE/scripts:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
	HOME="$BATS_TEST_TMPDIR/home"
	mkdir -p "$HOME"
	export PATH HOME
	if [ -n "${WX_PODMAN-}" ]; then
		WX_PODMAN_RUN=$(cat "$WX_PODMAN/words")
		export WX_PODMAN_RUN
	fi
	unset CLAUDE_CODE_OAUTH_TOKEN ANTHROPIC_API_KEY GH_TOKEN GITHUB_TOKEN \
	    HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy \
	    XDG_STATE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_RUNTIME_DIR CREDENTIALS_DIRECTORY SSH_AUTH_SOCK
	# A real login's, in tests/lib/vm.
	[ -z "${WX_RUNTIME_DIR-}" ] || export XDG_RUNTIME_DIR=$WX_RUNTIME_DIR
	cd "$BATS_TEST_TMPDIR" || return
	if declare -F local_setup >/dev/null; then
		local_setup
	fi
}

# fail WORDS: end the test, and say why.
fail() {
	printf '%s\n' "$*" >&2
	return 1
}

# until_true COMMAND...: wait for the event that it succeeds, for 60 s at the most.
until_true() {
	local end=$((SECONDS + 60))
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] ||
		    fail "never: $*: ${MARK:+$(pgrep -af -- "$MARK")}$(cat err err.* 2>/dev/null)"
		read -rt 0.02 <> <(:) || :
	done
}

# at_root FOLDER COMMAND...: with FOLDER on /nix, which the machine need not have, and, if
# there is a FOLDER/bin, with that on /bin.
at_root() {
	local d binds=()
	for d in /*; do
		if [ "$d" = /bin ] && [ -d "$1/bin" ]; then
			binds+=(--ro-bind "$1/bin" /bin)
		elif [ -L "$d" ]; then
			binds+=(--symlink "$(readlink "$d")" "$d")
		elif [ "$d" != /nix ]; then
			binds+=(--dev-bind "$d" "$d")
		fi
	done
	env -u NIX_STORE_DIR -u NIX_STATE_DIR -u NIX_LOG_DIR bwrap "${binds[@]}" --bind "$1" /nix -- "${@:2}" 3>&- 4>&-
}

# chain_loader TOOL: does it exec a command, so that its own failure is 125?
chain_loader() {
	case $1 in wrapix | wx-run | wx-ssh-agent | wx-token-env) return 0 ;; esac
	return 1
}
