# SPDX-License-Identifier: MIT
# takes: 110 s
# sanitizers: no, of a script; its tools have theirs
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
	# github.com is here, for the time of a test.
	[ ! -e "$dir/github.com" ] || [[ " $* " == *" -G "* ]] ||
		set -- -p "$(cat "$dir/sshd_port")" -l "$(id -un)" -o HostName=127.0.0.1 $(cat "$dir/github.com") "$@"
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
	rm -f "$dir/github.com"
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
		! grep -v -e 'warning: the key was made with' -e 'is staged for' -e 'the origin is of https' err || fail "$*: said that"
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

@test "-g: plain git pushes with the key through a real sshd, and signs; after a rotation too; -r ends it" {
	git config --global user.name T
	git config --global user.email t@example.org
	git config --global push.default current
	cp ~/.gitconfig gitconfig
	cksum p/.git/config >project
	make_key -gn
	[ "$(grep -c '^would ' out)" -eq 9 ] || fail "$(cat out)"
	cmp gitconfig ~/.gitconfig
	make_key --git
	sums >a
	make_key -g
	sums | diff a -
	whole
	cd p
	git commit -q -S --allow-empty -m one
	run -0 git push -q
	[ "$(git -C "$dir/repos/me/it.git" rev-parse main)" = "$(git rev-parse HEAD)" ]
	cp "$keys/$name" ../old
	cd ..
	sleep 1.1
	make_key -f
	whole
	cd p
	sleep 1.1
	git commit -q -S --allow-empty -m two
	run -0 git push -q
	[ "$(git -C "$dir/repos/me/it.git" rev-parse main)" = "$(git rev-parse HEAD)" ]
	[ "$(git log --format='%G? %GS')" = "$(printf 'G t@example.org\nG t@example.org')" ] || fail "$(git log --show-signature)"
	cd ..
	# Of an https origin the push goes by ssh; without -g it is said that it does not.
	git -C p config remote.origin.url https://127.0.0.1/me/second.git
	cksum p/.git/config >project
	sdk 0 'the origin is of https: git pushes by its login, not with this key; -g has it' -N -H "$host" two
	mkdir -p ~/.config/wrapix
	sdk 0 '' -g -N -S -H "$host" two
	[ "$(git -C p config core.sshCommand | grep -c "'$keys/two' 'me/second'")" -eq 1 ]
	[ -z "$(git -C p config --file ~/.config/wrapix/git/two/config gpg.format)" ]
	sdk 0 '' -N -H "$host" two
	[ "$(git -C p remote get-url --push origin)" = ssh://git@127.0.0.1:22/me/second.git ]
	in=. sdk 0 '' -r two
	in=. sdk 0 '' -r -n "$name"
	[ "$(grep -c '^would ' out)" -eq 7 ] || fail "$(cat out)"
	rm "$keys/$name" "$keys/$name.pub"
	in=. sdk 0 '' -r "$name"
	cmp gitconfig ~/.gitconfig
	[ ! -e ~/.config/wrapix/git/two ] && [ ! -e "$HOME/.config/wrapix/git/$name" ]
	cksum p/.git/config | cmp project -
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

@test "the door learns late: it is tried again, and no other key of an agent passes for the new one" {
	echo 1 >"$dir/late"
	make_key
	whole
	[ "$(wc -l <"$dir/ssh.log")" -eq 2 ]
	eval "$(ssh-agent -s -a "$PWD/a")" >/dev/null
	ssh-add -q "$keys/$name"
	echo 1 >"$dir/late"
	: >"$dir/ssh.log"
	rc=0
	make_key -f || rc=1
	kill "$SSH_AGENT_PID"
	[ "$rc" -eq 0 ]
	whole
	[ "$(wc -l <"$dir/ssh.log")" -eq 2 ]
}

@test "a list that shows the new key late is asked again" {
	# Four looks before, none of which can miss it.
	ctl '{"op":"lag","n":5}'
	make_key
	whole
	[ "$(tail -n +$((before + 1)) "$dir/log" | jq -r '"\(.method) \(.bare)"' | sed -n '/POST .*it/,$p' | grep -c 'GET /repos/me/it/keys')" -eq 2 ]
	[ -s "$dir/ssh.log" ]
}

@test "a host key that is another ends it at once: nothing is learnt, the old key stays in use" {
	make_key
	cp "$keys/$name" was
	ssh-keygen -q -t ed25519 -N '' -f other
	echo "[127.0.0.1]:$SSHD_PORT $(cut -d' ' -f1,2 other.pub)" >wrong
	cp wrong wrong.was
	SECONDS=0
	sdk 1 'Host key verification failed' -f -H "$host" -k "$PWD/wrong"
	[ "$SECONDS" -lt 25 ]
	cmp wrong wrong.was
	# One of another type is none either.
	ssh-keygen -q -t ecdsa -N '' -f ecdsa
	echo "[127.0.0.1]:$SSHD_PORT $(cut -d' ' -f1,2 ecdsa.pub)" >wrong
	sdk 1 'Host key verification failed' -f -H "$host" -k "$PWD/wrong"
	[ "$(wc -l <wrong)" -eq 1 ]
	cmp was "$keys/$name"
	grep -qxF "$(cut -d' ' -f1,2 "$keys/$name.pub")" <(there me/it)
	# Mended, it goes on from there.
	make_key
	whole
	run ! cmp -s was "$keys/$name"
}

# --- what is looked at, and what is said, before anything changes

# unchanged: here and at the forge all is as before.
unchanged() {
	sums >after
	cmp "${1:-was}" after || fail "changed: $(diff "${1:-was}" after)"
	[ -z "$(writes)" ] || fail "sent: $(writes)"
}

@test "-n shows the steps and changes nothing: before a first run, before a rotation, before -r" {
	sums >was
	make_key -n
	unchanged
	[ ! -e "$HOME/.ssh" ]
	[ "$(grep -c '^would ' out)" -eq 7 ] || fail "$(cat out)"
	make_key
	sums >was
	before=$(wc -l <"$dir/log")
	make_key -fn
	unchanged
	[ "$(grep -c '^would ' out)" -eq 9 ] || fail "$(cat out)"
	[ "$(grep -c '^would delete' out)" -eq 2 ]
	sdk 0 '' -r -n
	unchanged
	[ "$(grep -c '^would ' out)" -eq 6 ] || fail "$(cat out)"
}

@test "a scope that the token lacks is said first, with the line that mends it" {
	for t in gho_MADEUPgist:repo gho_MADEUPread:write:ssh_signing_key; do
		export GH_ENTERPRISE_TOKEN=${t%%:*}
		sums >was
		sdk 1 "gh auth refresh .*${t#*:}" -H "$host" -k "$SSHD_DIR/known_hosts"
		unchanged
		[ ! -e "$HOME/.ssh" ]
	done
	# Write, but not delete: a rotation could not end.
	export GH_ENTERPRISE_TOKEN=gho_MADEUPwrite
	make_key
	sums >was
	before=$(wc -l <"$dir/log")
	sdk 1 'gh auth refresh .*admin:ssh_signing_key' -f -H "$host" -k "$SSHD_DIR/known_hosts"
	unchanged
}

@test "the host key is known before, or it is refused; -N goes without" {
	sums >was
	sdk 1 "no host key of '\[127.0.0.1\]:$SSHD_PORT'" -H "$host"
	sdk 1 'no host key of' -H "$host" -k "$PWD/nowhere"
	unchanged
	mkdir -p "$HOME/.config/wrapix"
	cp "$SSHD_DIR/known_hosts" "$HOME/.config/wrapix/known_hosts"
	sdk 0 '' -H "$host"
	whole
	rm -r "$HOME/.config"
	cp "$SSHD_DIR/known_hosts" 'p/known hosts'
	sdk 0 '' -H "$host" -k 'known hosts'
	: >"$dir/ssh.log"
	sdk 0 '' -f -N -H "$host"
	whole
	[ ! -s "$dir/ssh.log" ]
}

@test "folder of the keys: open to others, a symbolic link, read-only" {
	mkdir -p "$keys"
	chmod 755 "$keys"
	sums >was
	pattern="chmod 700 '$keys'" want=1 make_key
	unchanged
	chmod 700 "$keys"
	mv "$keys" elsewhere
	ln -s "$PWD/elsewhere" "$keys"
	pattern='symbolic link' want=1 make_key
	[ -z "$(ls -A elsewhere)" ]
	rm "$keys"
	mkdir -m 500 "$keys"
	pattern='cannot write in folder' want=1 make_key
	[ -z "$(writes)" ]
	chmod 700 "$keys"
	make_key
	whole
}

@test "half a pair: a public line alone, a private key alone" {
	make_key
	cp "$keys/$name" "$keys/$name.pub" .
	rm "$keys/$name"
	before=$(wc -l <"$dir/log")
	pattern='without its private half; .* -r ' want=1 make_key
	[ -z "$(writes)" ]
	# With -f it goes for a new one, and the forge forgets what is lost.
	make_key -f
	whole
	rm "$keys/$name.pub"
	pattern='without its public half; make it with: wx-keygen -y' want=1 make_key
	cmd=$(sed -n 's/.*make it with: //p' err)
	bash -c "$cmd"
	chmod 644 "$keys/$name.pub"
	make_key
	whole
	[ "$(cut -d' ' -f3 "$keys/$name.pub")" = "$host/me/it" ]
}

@test "disk full: the keys stay, and it is an error" {
	make_key
	sums >was
	rc=0
	# Of a file no more than nothing can be written.
	(cd p && ulimit -f 0 && trap '' XFSZ && setup-deploy-key -f -H "$host" -N) >/dev/null 2>err 8>&- || rc=$?
	[ "$rc" -eq 1 ] || fail "status $rc: $(cat err)"
	make_key
	whole
	sums >after
	cmp was after
}

@test "origins: other forms, from a linked tree and a subfolder; an alias of the user's ssh" {
	cd p
	git config user.name T
	git config user.email t@e
	git commit -q --allow-empty -m one
	git worktree add -q ../linked
	mkdir -p a/b
	cd ..
	make_key
	in=p/a/b make_key
	in=linked make_key
	[ "$(jq -r .action out | tr '\n' ' ')" = 'unchanged unchanged ' ]
	git -C p config remote.origin.url forge:me/it
	printf 'Host forge\n\tHostName 127.0.0.1\n\tPort %s\n\tUser %s\n\tIdentityFile ~/.ssh/mine\n' "$SSHD_PORT" "$(id -un)" >"$HOME/.ssh/config"
	: >"$dir/ssh.log"
	make_key
	whole
	grep -q -- "-p $SSHD_PORT -l $(id -un) -- 127.0.0.1 " "$dir/ssh.log"
	run ! grep -q mine "$dir/ssh.log"
	git -C p config remote.origin.url https://127.0.0.1/me/dots.and-dashes_x.git
	sdk 0 '' -N -H "$host"
	[ "$(there me/dots.and-dashes_x)" = "$(cut -d' ' -f1,2 "$keys/dots.and-dashes_x-${name#it-}.pub")" ]
}

@test "origins that are refused: not the forge's, not to be parsed, none, a host that was not named" {
	sums >was
	git -C p config remote.origin.url git@elsewhere.example:me/it
	sdk 1 "is at 'elsewhere.example', not at" -H "$host" -N
	sdk 1 'say so: -H elsewhere.example' -N
	git -C p config remote.origin.url git@evil.ghe.com:me/it
	sdk 1 'say so: -H evil.ghe.com' -N
	git -C p config remote.origin.url "ssh://git@127.0.0.1/a/b/c"
	sdk 1 'not OWNER/NAME' -H "$host" -N
	git -C p config --unset remote.origin.url
	sdk 1 "no remote 'origin'" -H "$host" -N
	in=. sdk 1 'no repository in' -H "$host" -N
	unchanged
}

@test "an origin at another kind of forge: its own token, or what can be done there, and no token of GitHub's goes anywhere" {
	export GH_TOKEN=ghp_MADEUPclassic
	for o in git@gitlab.com:me/it https://gitlab.com/me/it; do
		git -C p config remote.origin.url "$o"
		sdk 1 "no token for 'gitlab.com': not in GITLAB_TOKEN" -N
	done
	# Which host gets a token that is not of one host alone, the user says.
	for o in git@codeberg.org:me/it https://gitea.com/me/it; do
		git -C p config remote.origin.url "$o"
		at=${o#*@} at=${at#https://} at=${at%%[:/]*}
		sdk 1 "if that is your forge, say so: -H $at" -N
		sdk 1 "no token for '$at': not in FORGEJO_TOKEN" -N -H "$at"
	done
	git -C p config remote.origin.url git@gitlab.example.org:me/it
	sdk 1 'by its name it is a GitLab: say so with -F gitlab; nothing was sent' -N -H gitlab.example.org
	for o in git@bitbucket.org:me/it https://dev.azure.com/me/it git@git.sr.ht:~me/it; do
		git -C p config remote.origin.url "$o"
		at=${o#*@} at=${at#https://} at=${at%%[:/]*}
		for h in "" "-H $at"; do
			sdk 1 "'$at'.*nothing was sent|say so: -H" -N $h
			[ -z "$h" ] || run ! grep 'say so' err
		done
	done
	[ -z "$(tail -n +$((before + 1)) "$dir/log")" ] || fail "$(tail -n +$((before + 1)) "$dir/log")"
	[ ! -e "$keys" ]
}

@test "a repository that was renamed: its key is taken over with a word, if the forge says that it is the same" {
	make_key
	git -C p config remote.origin.url "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/me/second.git"
	pattern="is for $host/me/it; give another name for $host/me/second, or, if that is its new name, say so: -m" want=1 make_key -N "$name"
	pattern="'$host/me/second' does not have the key '$name', so it is another" want=1 make_key -N -m "$name"
	[ "$(cut -d' ' -f3 "$keys/$name.pub")" = "$host/me/it" ]
	ctl "{\"op\":\"key\",\"repo\":\"me/second\",\"key\":\"$(cut -d' ' -f1,2 "$keys/$name.pub")\"}"
	make_key -Nmn "$name"
	[ "$(cut -d' ' -f3 "$keys/$name.pub")" = "$host/me/it" ]
	make_key -N --moved "$name"
	[ "$(cut -d' ' -f3 "$keys/$name.pub" "$keys/$name-signing.pub" | sort -u)" = "$host/me/second" ]
	[ "$(jq -r .action out | tr '\n' ' ')" = 'unchanged unchanged ' ] || fail "$(cat out)"
	sdk 0 '' -s "$name"
	make_key -N "$name"
}

@test "-R: another remote" {
	git -C p config remote.origin.url git@github.com:you/private
	git -C p config remote.mine.url "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/me/it.git"
	make_key -R mine
	whole
	sdk 0 '' -l --remote=mine
	[ "$(cut -f 2 out)" = "$host/me/it" ]
	sdk 1 "no deploy key for 'github.com/you/private'" -l
	sdk 1 "no remote 'none'" -N -R none -H "$host"
	sdk 0 '' -r -R mine
	[ -z "$(there me/it)" ]
}

@test "--no-signing: the deploy key alone, and nothing is asked of the user's signing keys" {
	make_key --no-signing
	[ "$(cd "$keys" && ls -A | tr '\n' ' ')" = ".$name.lock $name $name.pub " ] || fail "$(ls -A "$keys")"
	[ "$(there me/it)" = "$(cut -d' ' -f1,2 "$keys/$name.pub")" ]
	first=$(there me/it)
	make_key -fS
	[ "$(there me/it)" = "$(cut -d' ' -f1,2 "$keys/$name.pub")" ] && [ "$(there me/it)" != "$first" ]
	run ! grep ssh_signing_keys <(tail -n +$((before + 1)) "$dir/log")
	sdk 2 'are for making a key' -s -S
	# Without it a signing key is made now, and the other one stays.
	first=$(there me/it)
	make_key
	whole
	[ "$(there me/it)" = "$first" ]
}

@test "owner and name are compared as the forge does; www. and the forge's port 443 are the forge" {
	make_key -N
	git -C p config remote.origin.url "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/Me/IT.git"
	make_key -N "$name"
	[ "$(jq -r .action out | tr '\n' ' ')" = 'unchanged unchanged ' ] || fail "$(cat out)"
	sdk 0 '' -l
	[ "$(cut -f 1 out)" = "$keys/$name" ] || fail "$(cat out)"
	wx-keygen -C github.com/me/it -o "$keys/hub" >/dev/null
	for o in https://www.github.com/Me/it https://github.com/me/IT git@www.github.com:me/it; do
		git -C p config remote.origin.url $o
		sdk 0 '' -l
		[ "$(cut -f 1,3-5 out)" = "$keys/hub"$'\tgit\tgithub.com\t22' ] || fail "$o: $(cat out)"
	done
	printf 'Host github.com\n\tHostName ssh.github.com\n\tPort 443\n' >"$HOME/.ssh/config"
	for o in https://github.com/me/it git@github.com:me/it ssh://git@ssh.github.com:443/me/it; do
		git -C p config remote.origin.url $o
		sdk 0 '' -l
		[ "$(cut -f 1,3-5 out)" = "$keys/hub"$'\tgit\tssh.github.com\t443' ] || fail "$o: $(cat out)"
	done
}

@test "a passphrase is said at once; with an agent that has the key it is tried" {
	make_key
	wx-keygen -P -D 5 "$keys/$name" 5<<<"MADE UP"
	: >"$dir/ssh.log"
	pattern="'$keys/$name' has a passphrase, and no agent has the key: give it to one with 'ssh-add $keys/$name'" want=1 make_key
	[ ! -s "$dir/ssh.log" ] || fail "it was tried: $(cat "$dir/ssh.log")"
	printf '#!/bin/sh\necho MADE UP\n' >ask
	chmod 755 ask
	eval "$(ssh-agent -a "$(mktemp -d /tmp/wx-a.XXXXXX)/a" 3>&-)" >/dev/null
	SSH_ASKPASS=$PWD/ask SSH_ASKPASS_REQUIRE=force ssh-add -q "$keys/$name"
	make_key || { kill "$SSH_AGENT_PID"; fail "not with an agent"; }
	kill "$SSH_AGENT_PID"
	rm -rf "${SSH_AUTH_SOCK%/*}"
	[ -s "$dir/ssh.log" ]
}

@test "what the project's configuration names is not run, and nothing redirects" {
	cd p
	for k in core.sshCommand core.fsmonitor core.pager credential.helper core.askPass core.hooksPath \
	    ssh.variant alias.config include.path gpg.ssh.program; do
		git config "$k" "touch $PWD/../ran"
	done
	printf '#!/bin/sh\ntouch %s\n' "$PWD/../ran" >hook
	chmod +x hook
	for h in wx-keygen wx-origin ssh flock git; do cp hook "$h"; done
	cp hook .git/hooks/post-checkout
	git config "url.git@evil.example:.insteadOf" ssh://
	cd ..
	pattern='ignoring url' make_key
	whole
	grep -q 'ignoring core.sshCommand' err
	[ ! -e ran ]
}

@test "names: of the alphabet, and one key for one repository" {
	sums >was
	for n in '' . .. -x .x a/b 'a b' a.pub a.next a.old a-signing "$(printf 'a\033b')" 'a$b' "$(printf 'x%.0s' $(seq 181))"; do
		sdk 2 "refusing the name|usage" -H "$host" -N -- "$n"
		run ! grep -q "$(printf '\033')" err
	done
	unchanged
	make_key
	git -C p config remote.origin.url "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/me/second.git"
	pattern="is for $host/me/it; give another name for $host/me/second" want=1 make_key "$name"
	make_key -N other
	[ "$(there me/second)" = "$(cut -d' ' -f1,2 "$keys/other.pub")" ]
}

@test "the page has each option of the script, letter and word, and the other way round" {
	page=$(sed -n 's/^\.It Fl \(.\) , -\([a-z-]*\).*/-\1 | --\2/p' "$WX_TREE/man/setup-deploy-key.1" | sort)
	code=$(grep -oE '^	-[a-zA-Z](\?\*)? \| --[a-z-]*' "$WX_TREE/scripts/setup-deploy-key" | sed 's/?\*//' | tr -d '\t' | sort -u)
	[ "$(wc -l <<<"$page")" -eq 17 ]
	diff <(echo "$page") <(echo "$code")
}

@test "-l: the deploy key of the origin by its comment, not by its name, and the way there" {
	printf '[remote "origin"]\n\turl = git@ssh.github.com:me/it.git\n' >p/.git/config
	printf 'Host ssh.github.com\n\tPort 443\n' >~/.ssh/config 2>/dev/null || { mkdir -p -m 700 ~/.ssh; printf 'Host ssh.github.com\n\tPort 443\n' >~/.ssh/config; }
	sdk 1 "no deploy key for 'github.com/me/it'; make one with: setup-deploy-key\$" -l
	for k in a:github.com/me/other b:github.com/me/it z-signing:github.com/me/it c:127.0.0.1/me/it; do
		wx-keygen -C "${k#*:}" -o "$keys/${k%%:*}" >/dev/null
	done
	sdk 0 '' -l
	[ "$(cat out)" = "$keys/b	github.com/me/it	git	ssh.github.com	443	0	ok" ] || fail "$(cat out)"
	# One with the default name comes first, and an old one is said to be so.
	wx-keygen -C github.com/me/it -o "$keys/$name" >/dev/null
	touch -d '-91 days' "$keys/$name" "$keys/$name.pub"
	sdk 0 '' --locate
	[ "$(cat out)" = "$keys/$name	github.com/me/it	git	ssh.github.com	443	91	overdue" ] || fail "$(cat out)"
	mkdir -p p/sub
	in=p/sub sdk 0 '' -l
}

@test "usage: what does not go together" {
	for o in '-a' '-s -r' '-r -a' '-s -f' '-r -f' '-s -n' '-s -H h' '-r -N' '-s -g' '-r -g' '-l -g' '-s -a x' 'x y' '-H' '--nosuch' '-r -k f' '-l -s' '-l -f' '-l -a' '-l x' '-l -H h'; do
		sdk 2 usage $o
	done
	for o in '--force --dry-run' '-fn' '--force -n --'; do
		sdk 0 '' $o --host="$host" --no-ssh-check 2>/dev/null || sdk 0 '' --host "$host" --no-ssh-check $o
		grep -q '^would' out
	done
}

@test "github.com: without -H, its own token, and none but its own host keys" {
	export https_proxy=http://127.0.0.1:$port_proxy GH_TOKEN=ghp_MADEUPclassic
	unset GH_ENTERPRISE_TOKEN
	echo '-o HostKeyAlias=github.com' >"$dir/github.com"
	for u in git@github.com:me/it.git ssh://git@ssh.github.com:443/me/it https://github.com/me/it; do
		git -C p config remote.origin.url "$u"
		# Our sshd is not github.com.
		sdk 1 'Host key verification failed'
		sdk 0 '' -r
	done
	# By no name that is known.
	: >"$dir/github.com"
	sdk 1 'Host key verification failed'
	echo '-o HostKeyAlias=github.com' >"$dir/github.com"
	sdk 0 '' -r
	# Unless the user says so.
	echo "github.com $(cut -d' ' -f1,2 "$SSHD_DIR/host.pub")" >known
	sdk 0 '' -k "$PWD/known"
	whole
	[ "$(jq -r .host out | sort -u)" = github.com ]
	[ "$(cut -d' ' -f3 "$keys/$name.pub")" = github.com/me/it ]
	sdk 0 '' -N -f
	whole
	# And ours are those of wx-origin -k.
	mkdir 'with blank'
	printf '#!/bin/sh\n[ "$1" = -k ] && exec cat "%s"\nexec "%s" "$@"\n' "$PWD/known" "$WX_BUILD/wx-origin" >'with blank/wx-origin'
	chmod 755 'with blank/wx-origin'
	PATH="$PWD/with blank:$PATH"
	sdk 0 '' -f
	whole
}

@test "with bash for sh, and perl where there is no flock(1), as on macOS" {
	mkdir bin
	for c in bash cat cut date find grep head id ls mkdir mktemp perl rm sed sleep sort ssh-keygen tr uname; do ln -s "$(command -v "$c")" bin; done
	ln -s "$WX_BUILD"/wx-* /usr/bin/ssh bin
	# shellcheck disable=SC2016
	printf '#!%s/bin/bash\nPATH=%s exec bash --posix "$0.real" "$@"\n' "$PWD" "$PWD/bin" >bin/setup-deploy-key
	sed 's/^prog=.*/prog=setup-deploy-key/' "$WX_TREE/scripts/setup-deploy-key" >bin/setup-deploy-key.real
	chmod 755 bin/setup-deploy-key
	PATH=$PWD/bin:$PATH
	sdk 0 '' -N -H "$host"
	whole
	sdk 0 '' -f -N -H "$host"
	whole
	sdk 0 '' -s
	(exec 7>>"$keys/.$name.lock"; flock 7; touch held; exec sleep 60) 8>&- 3>&- &
	pid=$!
	until [ -e held ]; do sleep 0.02; done
	sdk 3 'another run' -N -H "$host"
	kill "$pid"
	sdk 0 '' -r
	rm bin/perl
	sdk 1 'neither flock' -N -H "$host"
	rm bin/wx-origin bin/ssh
	sdk 1 'not found on PATH: wx-origin ssh' -N -H "$host"
}

# --- status, revoke

@test "-s: age, state and what the forge says; 1 for what is overdue, unregistered, orphaned, open to others" {
	make_key
	sdk 0 '' -s
	[ "$(cut -f1,4- out)" = "$keys/$name	$host/me/it	0	ok	registered
$keys/$name-signing	$host/me/it	0	ok	registered" ] || fail "$(cat out)"
	in=. sdk 0 '' --status --all
	[ "$(wc -l <out)" -eq 2 ]
	touch -d '89 days ago' "$keys/$name"
	sdk 0 '' -s "$name"
	touch -d '90 days ago' "$keys/$name"
	sdk 1 '' -s
	[ "$(cut -f5- out | head -n 1)" = '90	overdue	registered' ]
	touch "$keys/$name"
	chmod 640 "$keys/$name-signing"
	sdk 1 chmod -s
	[ "$(cut -f6 out | tail -n 1)" = mode ]
	chmod 600 "$keys/$name-signing"
	chmod 711 "$keys"
	run -1 env -C p setup-deploy-key -s
	chmod 700 "$keys"
	cp "$keys/$name.pub" "$keys/lost.pub"
	sdk 0 '' -s
	in=. sdk 1 '' -s -a
	[ "$(grep lost out | cut -f6)" = orphan ]
	rm "$keys/lost.pub"
	ctl '{"op":"clear","repo":"me/it","user":"none"}'
	sdk 1 '' -s
	[ "$(cut -f6- out | head -n 1)" = 'ok	unregistered' ]
	cp "$keys/$name" "$keys/foreign"
	ssh-keygen -y -f "$keys/foreign" >"$keys/foreign.pub"
	chmod 644 "$keys/foreign.pub"
	in=. sdk 1 'does not say which repository' -s foreign
	in=. sdk 1 "no key 'none'" -s none
	SSL_CERT_FILE=$dir/certs/ca.pem GH_ENTERPRISE_TOKEN=ghp_wrong sdk 1 'not accepted|Bad' -s
	[ "$(cut -f7 out | head -n 1)" = unsaid ]
}

@test "-s -a where there is no folder, and where no key is in it" {
	in=. sdk 0 '' -s -a
	mkdir -p -m 700 "$keys"
	in=. sdk 0 '' -s -a
	[ ! -s out ]
	in=. sdk 1 "no key 'x'" -s x
}

@test "-s while the forge cannot be reached is 3" {
	make_key
	ctl '{"op":"fault","kind":"502","method":"*","times":-1}'
	sdk 3 '' -s "$name" || sdk 3 'cannot list' -s "$name"
	[ "$(cut -f6- out | sort -u)" = 'ok	unsaid' ]
}

@test "-s -a: all deploy keys of a host over one connection, hosts at the same time, and a dead one is given up after 10 s" {
	make_key -N one
	for k in two three; do
		wx-keygen -C "$host/me/$([ $k = two ] && echo second || echo dots.and-dashes_x)" -o "$keys/$k" >/dev/null
	done
	wx-deploykey-push -H "$host" -t two me/second <"$keys/two.pub" >/dev/null 2>&1
	# Three hosts that take a call and say nothing; together is there when all three had one open at a moment.
	cat >dead.py <<-'END'
	import select, socket
	ports = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
	print(*(p.getsockname()[1] for p in ports), flush=True)
	calls = {}
	while True:
	    for s in select.select(ports + list(calls), [], [])[0]:
	        if s in ports:
	            calls[s.accept()[0]] = s
	        elif not s.recv(4096):
	            del calls[s]
	    if len(set(calls.values())) == 3:
	        open("together", "w").close()
	END
	python3 dead.py >dead.ports 3>&- 8>&- &
	pid=$!
	until [ -s dead.ports ]; do sleep 0.02; done
	n=0
	for port in $(cat dead.ports); do
		n=$((n + 1))
		wx-keygen -C "127.0.0.1:$port/me/it" -o "$keys/dead$n" >/dev/null
	done
	before=$(wc -l <"$dir/log")
	in=. sdk 1 'cannot list the keys' -s -a
	kill $pid
	[ -e together ] || fail 'one host after the other'
	[ "$(cut -f 1,7 out | sed 's,.*/,,' | tr '\t\n' '= ')" = 'dead1=unsaid dead2=unsaid dead3=unsaid one=registered one-signing=registered three=unregistered two=registered ' ] || fail "$(cat out)"
	[ "$(tail -n +$((before + 1)) "$dir/log" | jq 'select(.bare | test("/keys$")) | select(.bare | test("^/repos")) | .connection' | sort -u | wc -l)" -eq 1 ]
}

@test "-r: removed there and here, from anywhere, half-done rotations too; twice is no error" {
	make_key
	in=. sdk 0 '' -r "$name"
	[ -z "$(there me/it)$(there signing)" ]
	[ "$(ls -A "$keys")" = ".$name.lock" ]
	[ "$(jq -r .action out | tr '\n' ' ')" = 'deleted deleted ' ]
	in=. sdk 0 "no key '$name'" -r "$name"
	in=. sdk 0 "no key 'i'" -r i
	make_key
	wx-keygen -s -C "$host/me/it" "$keys/$name" | wx-deploykey-push -H "$host" -t x me/it >/dev/null 2>&1
	wx-keygen -s -C "$host/me/it" "$keys/$name-signing" | wx-deploykey-push -s -H "$host" -t x >/dev/null
	rm "$keys/$name-signing.next.pub"
	: >"$keys/.$name.wx-new"
	: >"$keys/.$name.pub.wx-old"
	sdk 0 '' --revoke
	[ -z "$(there me/it)$(there signing)" ]
	[ "$(ls -A "$keys")" = ".$name.lock" ]
	# The forge says no: what is here stays, for the next try.
	make_key
	ctl '{"op":"fault","kind":"403","method":"DELETE","times":1}'
	sdk 1 '.' -r
	whole
}

@test "what a kill between two renames of a commit leaves is completed, with and without -f" {
	for o in -f ''; do
		make_key
		cp "$keys/$name" was
		for k in "$name" "$name-signing"; do
			wx-keygen -s -C "$host/me/it" "$keys/$k" >line
			(cd "$keys" && mv "$k.pub" "$k.old.pub" && mv "$k.next" "$k")
		done
		# One of them was known already, the other not.
		wx-deploykey-push -s -H "$host" -t x <line >/dev/null
		make_key $o
		whole
		run ! cmp -s was "$keys/$name"
	done
}

@test "-r of a key that does not say whose it is asks the origin" {
	make_key
	wx-keygen -y -C me@here "$keys/$name" >"$keys/$name.pub"
	wx-keygen -y -C me@here "$keys/$name-signing" >"$keys/$name-signing.pub"
	in=. sdk 1 'no repository' -r "$name"
	sdk 1 'say so: -H' -r
	sdk 0 '' -r -H "$host"
	[ -z "$(there me/it)$(there signing)" ]
	[ "$(ls -A "$keys")" = ".$name.lock" ]
}

# --- one at a time

@test "a second run on the same key says so, 3; another key is free; a killed one holds nothing" {
	mkdir -p -m 700 "$keys"
	(exec 7>>"$keys/.$name.lock"; flock 7; touch held; exec sleep 60) 8>&- 3>&- &
	pid=$!
	until [ -e held ]; do sleep 0.02; done
	pattern="another run is at work on '$name'" want=3 make_key
	pattern='another run' want=3 make_key -f
	in=. sdk 3 'another run' -r "$name" || fail "$(cat err)"
	make_key -n
	sdk 1 "no key" -s "$name"
	make_key -N other
	kill -KILL "$pid"
	wait "$pid" || true
	in=. sdk 0 '' -r other
	rm "$keys/.other.lock"
	make_key
	whole
}

@test "kill: at some system calls of a first run, a rotation, a revocation; two rotations at once (all of it: make campaign)" {
	[ -x "$WX_BUILD/lib/killat" ] || fail "no killat"
	BUILD=$WX_BUILD TMPDIR='' FIRST=$((500 + RANDOM % 400)) STRIDE=1301 ROUNDS=3 \
	    "$WX_TREE/tests/campaign.d/setup-deploy-key" >out 2>err || fail "$(cat out err)"
	[ "$(grep -c 'all completed' out)" -eq 3 ] || fail "$(cat out)"
	grep -q '3 times, [123] times one' out || fail "$(cat out)"
}
