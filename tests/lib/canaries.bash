# SPDX-License-Identifier: MIT
# Loaded by the tests of the sandbox: what a host has that a sandbox must not
# see, planted where probe looks for it, and a project with every trap.
#
#   trap_project DIR             make the project
#   plant_canaries DIR           files, variables, sockets, a process; what probe must know is kept
#   probe_conf DIR KEY=VALUE...  hand it to the probe, as DIR/.probe.conf
#   remove_canaries              all of it away again
#
# CANARY_WORD is the word that must not be found, CANARY_DIR a folder of the
# host's, CANARY_PID the process.

# The word, in each of the files of HOME that probe/files.c asks for.
_plant_home() {
	local f
	case $HOME/ in
	"$BATS_TEST_TMPDIR"/*) ;;
	*) fail "will not plant canaries in '$HOME'" ;;
	esac
	for f in canary .ssh/id_canary .gnupg/private-keys-v1.d/canary.key .aws/credentials .kube/config \
	    .docker/config.json .config/gh/hosts.yml .netrc .git-credentials .claude/.credentials.json \
	    .bash_history .local/share/keyrings/canary.keyring .password-store/canary.gpg \
	    .mozilla/firefox/canary/cookies.sqlite .npmrc .local/state/wrapix/canary; do
		mkdir -p "$(dirname "$HOME/$f")"
		printf '%s\n' "$CANARY_WORD" >"$HOME/$f"
		chmod 600 "$HOME/$f"
	done
	printf '[user]\n\tname = T\n\temail = t@example.org\n[http]\n\textraHeader = "Authorization: token %s"\n' \
	    "$CANARY_WORD" >"$HOME/.gitconfig"
}

# Variables of the host. Their names are those of real secrets.
_plant_environment() {
	local run=${WX_RUNTIME_DIR:-$CANARY_DIR/run}
	mkdir -p "$run"
	chmod 700 "$run"
	export WX_CANARY="$CANARY_WORD" GITHUB_TOKEN="$CANARY_WORD" CANARY_API_KEY="$CANARY_WORD" \
	    AWS_SECRET_ACCESS_KEY="$CANARY_WORD" DBUS_SESSION_BUS_ADDRESS="unix:path=$run/bus" \
	    XDG_RUNTIME_DIR="$run" DISPLAY=:0 LD_BIND_NOT=1
}

# FNV-1a of a file, 64 bits, as probe/files.c has it.
_fnv() {
	local -i h=0xcbf29ce484222325
	local byte
	for byte in $(od -An -v -tu1 "$1"); do
		h=$(((h ^ byte) * 0x100000001b3))
	done
	printf '%016x' "$h"
}

# What the host alone can say of itself.
_describe_host() {
	local f base='root nobody daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc _apt gnats'
	echo "token=$CANARY_WORD"
	echo "home=$HOME"
	echo "canary_file=$HOME/canary"
	echo "uid=$(id -u)"
	echo "gid=$(id -g)"
	echo "hostname=$(uname -n)"
	echo "users=$(cut -d: -f1 /etc/passwd | grep -vxF -e "$(id -un)" -e "${base// /$'\n'}" | tr '\n' ' ')"
	echo "init_start=$(sed 's/.*) //' /proc/1/stat | cut -d' ' -f20)"
	echo loopback4=127.0.0.1
	echo any4=0.0.0.0
	echo "host_address4=$(ip -4 -o addr show scope global 2>/dev/null | awk 'NR == 1 { sub("/.*", "", $4); print $4 }')"
	for f in pid ipc uts cgroup user net mnt; do
		echo "ns:$f=$(readlink /proc/self/ns/$f)"
	done
	for f in / /etc /home /root /run /run/user /tmp /var /var/lib /var/log /var/tmp /boot /sys /mnt /media /srv \
	    /opt /dev /dev/pts /dev/shm; do
		echo "id:$f=$(stat -Lc %d:%i $f 2>/dev/null)"
	done
	for f in /etc/passwd /etc/group /etc/hostname /etc/fstab /etc/machine-id; do
		[ ! -s $f ] || echo "fnv:$f=$(_fnv $f)"
	done
}

plant_canaries() {
	CANARY_WORD=canary-$(tr -d - </proc/sys/kernel/random/uuid)
	# Short: its name is that of a socket, too.
	CANARY_DIR=$(mktemp -d "${TMPDIR:-/tmp}/wxc.XXXXXX")
	mkdir -p "$1/../sibling"
	printf '%s\n' "$CANARY_WORD" >"$1/../sibling/canary"
	_plant_home
	_plant_environment
	"$WX_BUILD/lib/canary" "$CANARY_DIR" "$CANARY_WORD" </dev/null >"$CANARY_DIR/values" 3>&- &
	CANARY_PID=$!
	until grep -q ^ready= "$CANARY_DIR/values"; do
		kill -0 "$CANARY_PID" 2>/dev/null || fail "no canary: $(cat "$CANARY_DIR/values")"
		sleep 0.01
	done
	_describe_host >>"$CANARY_DIR/values"
	ln -s "$HOME/canary" "$1/link-out"
}

probe_conf() {
	local project=$1
	shift
	{
		cat "$CANARY_DIR/values"
		echo "project=$project"
		[ ! -e "$project/.git/HEAD" ] || echo "id:.git/HEAD=$(stat -c %d:%i "$project/.git/HEAD")"
		echo "id:..=$(stat -c %d:%i "$project/..")"
		printf '%s\n' "$@"
	} >"$project/.probe.conf"
}

# The value of a key, of those that the probe gets.
canary_value() {
	sed -n "s/^$1=//p" "$CANARY_DIR/values"
}

remove_canaries() {
	[ ! -s "${CANARY_DIR-}/values" ] || ipcrm -M $(($(canary_value sysv_key) + 1)) 2>/dev/null || :
	[ -z "${CANARY_PID-}" ] || { kill "$CANARY_PID" && wait "$CANARY_PID"; } 2>/dev/null || :
	[ -z "${CANARY_DIR-}" ] || rm -rf "$CANARY_DIR"
	# What a sandbox that does not hold leaves behind.
	rm -f "/dev/shm/wx-left-${CANARY_WORD-none}" "/tmp/wx-left-${CANARY_WORD-none}"
	CANARY_PID='' CANARY_DIR=''
}

_git() {
	git -C "$1" -c user.name=T -c user.email=t@example.org -c protocol.file.allow=always \
	    -c init.defaultBranch=main "${@:2}"
}

# A repository with a worktree, a submodule, a hook and a hooksPath, and files
# of every protected kind but those that probe makes new.
trap_project() {
	local d=$1 f
	mkdir -p "$d" "$d.sub"
	(
		export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
		_git "$d.sub" init -q
		_git "$d.sub" commit -q --allow-empty -m sub
		_git "$d" init -q
		for f in .envrc .tool-versions .mise.toml .npmrc .yarnrc.yml .pypirc .netrc .mcp.json \
		    .vscode/tasks.json .idea/workspace.xml .devcontainer/devcontainer.json .githooks/pre-commit \
		    .claude/settings.json .claude/settings.local.json .claude/hooks/hook .claude/commands/c.md \
		    .claude/agents/a.md .github/workflows/ci.yml src/main.c; do
			mkdir -p "$d/$(dirname "$f")"
			echo "# $f" >"$d/$f"
		done
		_git "$d" submodule --quiet add "$d.sub" sub
		mkdir -p "$d/.git/modules/sub/hooks"
		echo 'exit 0' >"$d/.git/modules/sub/hooks/pre-commit"
		_git "$d" config core.hooksPath .githooks
		echo '/.probe*' >>"$d/.git/info/exclude"
		_git "$d" -c core.hooksPath=/dev/null add -A
		_git "$d" -c core.hooksPath=/dev/null commit -q -m project
		_git "$d" worktree add -q -b w1 "$d.trees/w1"
	)
	printf '#!/bin/sh\n' >"$d/.git/hooks/pre-commit"
}

# Sums of everything in the project that the host would obey.
trap_sums() {
	(cd "$1" && find .git/config .git/hooks .git/modules/sub/config .git/modules/sub/hooks .git/worktrees \
	    .gitmodules .githooks .envrc .tool-versions .mise.toml .npmrc .yarnrc.yml .pypirc .netrc .mcp.json \
	    .vscode .idea .devcontainer .claude .github .git/commondir .git/config.worktree \
	    ! -type d -printf '%p %m %l ' -exec cksum {} \; 2>/dev/null | LC_ALL=C sort)
}

# Conditions of probe/control.tsv.

# Has this process, or root in the root half, the capability of that number?
has_cap() {
	[ $((0x$(sed -n 's/^CapEff:\t*//p' /proc/self/status) >> $1 & 1)) -eq 1 ]
}

# Is the mount of folder $2 without the flag $1?
no_flag() {
	case ,$(findmnt -no OPTIONS -T "$2"), in
	*,"$1",*) return 1 ;;
	esac
}

# Was the kernel built with CONFIG_$1? No, if it does not say.
kernel_has() {
	{ zcat /proc/config.gz || cat "/boot/config-$(uname -r)"; } 2>/dev/null | grep -q "^CONFIG_$1=y"
}

# holds CONDITION: does it?
holds() {
	[ "$1" = - ] || (eval "$1") 2>/dev/null
}
