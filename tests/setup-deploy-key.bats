# SPDX-License-Identifier: MIT
# Against tests/fake/github, over TLS on loopback, as an Enterprise host with a port, and a
# real sshd, which lets in those keys that the fake knows at that moment. Every token is
# made up, and holds the word MADEUP.
load lib/helper
load lib/sshd

setup_file() {
	export dir=$BATS_FILE_TMPDIR PATH="$WX_BUILD:$PATH:/usr/sbin"
	mkfifo "$dir/hold"
	"$WX_TREE/tests/fake/github" --log "$dir/log" "$dir/certs" <"$dir/hold" >"$dir/ports" 2>"$dir/fake.err" 3>&- &
	# It serves until its standard input ends: with this process.
	exec 9>"$dir/hold"
	while [ ! -s "$dir/ports" ]; do
		kill -0 $! || { cat "$dir/fake.err" >&2; return 1; }
		sleep 0.02
	done
	sshd_start "$dir/sshd"
	echo "$SSHD_PORT" >"$dir/sshd_port"
	echo "$SSHD_PID" >"$dir/sshd_pid"
	mkdir "$dir/bin"
	# Of a repository, what GitHub has behind its door: git's two commands, and nothing else.
	cat >"$dir/door" <<-'EOF'
	#!/bin/sh
	cd "${0%/*}/repos" || exit 1
	case $SSH_ORIGINAL_COMMAND in
	"git-receive-pack '"*"'" | "git-upload-pack '"*"'") ;;
	*) exit 1 ;;
	esac
	path=${SSH_ORIGINAL_COMMAND#*\'}
	path=${path%\'}
	exec "${SSH_ORIGINAL_COMMAND%% *}" "${path#/}"
	EOF
	# ssh, as the forge's servers have it: they learn the keys from the API.
	cat >"$dir/bin/ssh" <<-'EOF'
	#!/bin/bash
	. "${0%/*}/../state"
	if [[ " $* " == *" git-receive-pack "* ]]; then
		printf '%s\n' "$*" >>"$dir/ssh.log"
		if [ -s "$dir/late" ] && [ "$(cat "$dir/late")" -gt 0 ]; then
			echo $(($(cat "$dir/late") - 1)) >"$dir/late"
		else
			exec 8<>"/dev/tcp/127.0.0.1/$port_control"
			echo '{"op":"dump"}' >&8
			read -r dump <&8
			jq -r --arg d "$dir/door" '.["me/it"][] | "restrict,command=\"\($d)\" \(.key)"' <<<"$dump" >"$dir/sshd/authorized_keys"
		fi
	fi
	exec /usr/bin/ssh "$@"
	EOF
	chmod 755 "$dir/door" "$dir/bin/ssh"
	{ echo "dir='$dir'"; tr ' ' '\n' <"$dir/ports" | sed 's/^/port_/'; } >"$dir/state"
}

teardown_file() {
	SSHD_PID=$(cat "$dir/sshd_pid")
	sshd_stop
}

local_setup() {
	local p
	for p in $(cat "$dir/ports"); do export "port_${p%=*}=${p#*=}"; done
	host=127.0.0.1:$port_main
	SSHD_PORT=$(cat "$dir/sshd_port") SSHD_DIR=$dir/sshd
	export SSL_CERT_FILE=$dir/certs/ca.pem GH_ENTERPRISE_TOKEN=ghp_MADEUPclassic
	export GIT_CONFIG_GLOBAL=$HOME/.gitconfig GIT_CONFIG_NOSYSTEM=1
	unset GITHUB_ENTERPRISE_TOKEN NIX_SSL_CERT_FILE GH_CONFIG_DIR GH_HOST
	PATH=$dir/bin:$PATH
	keys=$HOME/.ssh/deploy_keys
	: >"$dir/late"
	: >"$dir/ssh.log"
	exec 8<>"/dev/tcp/127.0.0.1/$port_control"
	ctl '{"op":"reset"}'
	before=$(wc -l <"$dir/log")
	rm -rf "$dir/repos"
	mkdir -p "$dir/repos/me"
	git init -q --bare "$dir/repos/me/it.git"
	mkdir p
	cd p
	git init -q -b main
	git remote add origin "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/me/it.git"
	name=it-$(uname -n | cut -d. -f1 | tr -c 'A-Za-z0-9_\n-' -)
	cd ..
}

# After every test: no request came to another origin, nothing that was said holds a token.
teardown() {
	local astray=
	! grep -E '"origin": "(other|plain|expired|wrong|alien|old)"' "$dir/log" || astray=1
	! grep -rl MADEUP --include='out*' --include='err*' . || astray=1
	[ -z "$astray" ] || fail 'a request or a token went astray, as said above'
}

# ctl JSON: one order to the fake; what it says is in $reply.
ctl() {
	printf '%s\n' "$1" >&8
	read -r reply <&8
}

# sdk STATUS PATTERN ARG...: run it in the project, with out and err beside it; what it says
# on stderr holds PATTERN ('' for no more than the warning about the token).
sdk() {
	local rc=0 want=$1 pattern=$2
	shift 2
	(cd "${in:-p}" && timeout 100 setup-deploy-key "$@") >out 2>err </dev/null 8>&- || rc=$?
	[ "$rc" -eq "$want" ] || fail "$*: status $rc, not $want: $(cat out err)"
	if [ -z "$pattern" ]; then
		run ! grep -v -e 'warning: the key was made with' -e 'is staged for' err
	else
		grep -qE -- "$pattern" err || fail "$*: no '$pattern' in: $(cat err)"
	fi
}

# make ARG...: the usual call.
make_key() {
	sdk "${want:-0}" "${pattern-}" -H "$host" -k "$SSHD_DIR/known_hosts" "$@"
}

# there REPO|signing: the keys that the forge has, a line each.
there() {
	ctl '{"op":"dump"}'
	if [ "$1" = signing ]; then
		jq -r '.signing.me[]?.key' <<<"$reply"
	else
		jq -r --arg r "$1" '.[$r][].key' <<<"$reply"
	fi
}

# whole: one pair for each here, and the forge has those, and no others.
whole() {
	local k
	for k in "$name" "$name-signing"; do
		[ "$(stat -c %a "$keys/$k" "$keys/$k.pub" | tr '\n' ' ')" = '600 644 ' ] || fail "modes of $k"
		[ "$(ssh-keygen -y -f "$keys/$k" | cut -d' ' -f1,2)" = "$(cut -d' ' -f1,2 "$keys/$k.pub")" ] || fail "halves of $k"
	done
	[ "$(cd "$keys" && ls -A | tr '\n' ' ')" = ".$name.lock $name $name-signing $name-signing.pub $name.pub " ] ||
		fail "left over: $(ls -A "$keys")"
	[ "$(there me/it)" = "$(cut -d' ' -f1,2 "$keys/$name.pub")" ] || fail "the forge has: $(there me/it)"
	[ "$(there signing)" = "$(cut -d' ' -f1,2 "$keys/$name-signing.pub")" ] || fail "for signing the forge has: $(there signing)"
}

# What changes: the names and contents of HOME, the forge's keys.
sums() {
	(cd "$HOME" && find . ! -type d -printf '%p %m %i %T@\n' | sort)
	there me/it
	there signing
}

writes() {
	tail -n +$((before + 1)) "$dir/log" | jq -r 'select(.method != "GET" and .method != "CONNECT") | "\(.method) \(.status)"'
}

# --- the main path

@test "a first run makes both keys, adds them, with write access, tries the door; what it says is NDJSON" {
	make_key
	whole
	[ "$(jq -r '[.action, .repo // "signing", .host, .title] | join(" ")' out)" = "added me/it $host $name
added signing $host $name-signing" ] || fail "$(cat out)"
	[ "$(jq -r .read_only out)" = "false
null" ]
	[ "$(stat -c %a "$HOME/.ssh" "$keys" | tr '\n' ' ')" = '700 700 ' ]
	[ "$(wc -l <"$dir/ssh.log")" -eq 1 ]
}

@test "with what it made, git pushes through a real sshd, and signs; the old key stops working with a rotation" {
	make_key
	cd p
	git config --global user.name T
	git config --global user.email t@example.org
	git config --global gpg.format ssh
	git config --global user.signingkey "$keys/$name-signing.pub"
	echo "t@example.org $(cat "$keys/$name-signing.pub")" >../signers
	git config --global gpg.ssh.allowedSignersFile "$PWD/../signers"
	git commit -q -S --allow-empty -m one
	git verify-commit HEAD
	ssh_words="ssh -F /dev/null -i $keys/$name -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile=$SSHD_DIR/known_hosts"
	GIT_SSH_COMMAND=$ssh_words git push -q origin main
	[ "$(git -C "$dir/repos/me/it.git" rev-parse main)" = "$(git rev-parse HEAD)" ]
	cp "$keys/$name" ../old
	chmod 600 ../old
	cd ..
	make_key -f
	whole
	cd p
	git commit -q -S --allow-empty -m two
	GIT_SSH_COMMAND=$ssh_words git push -q origin main
	[ "$(git -C "$dir/repos/me/it.git" rev-parse main)" = "$(git rev-parse HEAD)" ]
	# Without the new public half: ssh would offer that.
	run ! env GIT_SSH_COMMAND="${ssh_words/$keys\/$name/$PWD/../old}" git ls-remote origin
	[[ $output == *'Permission denied'* ]] || fail "$output"
}

@test "a second run changes nothing; one more adds again what the forge has lost" {
	make_key
	sums >a
	make_key
	sums >b
	cmp a b
	[ "$(jq -r .action out | tr '\n' ' ')" = 'unchanged unchanged ' ]
	ctl '{"op":"clear","repo":"me/it","user":"me"}'
	make_key
	whole
	[ "$(jq -r .action out | tr '\n' ' ')" = 'added added ' ]
}

@test "-f: the new key is known before the old is not" {
	make_key
	cut -d' ' -f1,2 "$keys/$name.pub" "$keys/$name-signing.pub" >was
	before=$(wc -l <"$dir/log")
	make_key -f
	whole
	run ! grep -qFf was "$keys/$name.pub" "$keys/$name-signing.pub"
	[ "$(jq -r .action out | tr '\n' ' ')" = 'added added deleted deleted ' ] || fail "$(cat out)"
	[ "$(writes | tr '\n' ' ')" = 'POST 201 POST 201 DELETE 204 DELETE 204 ' ] || fail "$(writes)"
}

@test "the door learns late: it is tried again; and a key that the list shows late is waited for" {
	echo 2 >"$dir/late"
	ctl '{"op":"lag","n":0}'
	make_key
	whole
	[ "$(wc -l <"$dir/ssh.log")" -eq 3 ]
}

@test "a host key that is another ends it at once: nothing is learnt, the old key stays in use" {
	make_key
	cp "$keys/$name" was
	ssh-keygen -q -t ed25519 -N '' -f other
	echo "[127.0.0.1]:$SSHD_PORT $(cut -d' ' -f1,2 other.pub)" >wrong
	cp wrong wrong.was
	SECONDS=0
	sdk 1 'Host key verification failed' -f -H "$host" -k "$PWD/wrong"
	[ "$SECONDS" -lt 4 ]
	cmp wrong wrong.was
	cmp was "$keys/$name"
	grep -qxF "$(cut -d' ' -f1,2 "$keys/$name.pub")" <(there me/it)
	# Mended, it goes on from there.
	make_key
	whole
	run ! cmp -s was "$keys/$name"
}
