# SPDX-License-Identifier: MIT
# Against the ssh-agent, ssh-add and sshd of OpenSSH.
load lib/helper
load lib/sshd
load lib/traps

local_setup() {
	umask 077
	# A socket's name has a limit, and the folder of the suite is deep.
	XDG_RUNTIME_DIR=$(mktemp -d /tmp/wx-sa.XXXXXX)
	export XDG_RUNTIME_DIR
	base=$XDG_RUNTIME_DIR/wrapix
	ssh-keygen -q -t ed25519 -N '' -C one -f one
	ssh-keygen -q -t ed25519 -N '' -C two -f two
	chmod -R go= .
	SSHD_PID=
}

teardown() {
	[ -z "$SSHD_PID" ] || sshd_stop
	rm -rf "$XDG_RUNTIME_DIR"
	traps_away
}

# nothing_left: no process that has to do with it, no folder.
nothing_left() {
	local end=$((SECONDS + ${1:-4}))
	while pgrep -f "$base" >left || [ -n "$(find "$base" -name 'run.*' 2>/dev/null)" ]; do
		[ "$SECONDS" -lt "$end" ] || fail "left: $(find "$base"; ps -o pid,args -p "$(paste -sd, left)")"
		sleep 0.02
	done
}

parent() {
	ps -o ppid= -p "$1" | tr -d ' '
}

# begin ARG...: in the background, up to the moment when the command runs. Its pid in $run,
# those of the agent and of who looks after it in $agent and $keeper.
begin() {
	rm -f ready
	wx-ssh-agent -k one "$@" sh -c 'echo $$ >ready; exec sleep 100' 3>&- &
	run=$!
	until [ -s ready ]; do sleep 0.02; done
	folder=$(echo "$base"/run.*)
	agent=$(pgrep -n -f "^ssh-agent -a $folder/real")
	keeper=$(parent "$(parent "$agent")")
	filter=$(pgrep -P "$keeper" wx-ssh-agent)
}

# ended PID: at once, or it is a zombie.
ended() {
	local end=$((SECONDS + 4))
	while kill -0 "$1" 2>/dev/null && [ "$(ps -o stat= -p "$1" | cut -c1)" != Z ]; do
		[ "$SECONDS" -lt "$end" ] || fail "$1 is still there: $(ps -o pid,args -p "$1")"
		sleep 0.02
	done
}

# --- the command

@test "the command has the keys, and only them; it is this process, with its streams and its status" {
	export SSH_AUTH_SOCK=/nowhere SSH_AGENT_PID=1
	run -7 wx-ssh-agent -k one -k two sh -c 'ssh-add -l | cut -d" " -f2,3; echo "${SSH_AGENT_PID-unset}"; exit 7'
	want=$(for k in one two; do ssh-keygen -lf $k.pub | cut -d' ' -f2,3; done)
	[ "$output" = "$want"$'\n'unset ] || fail "$output"
	nothing_left
	begin
	[ "$(cat ready)" = "$run" ]
	kill "$run"
	[ "$(echo words | wx-ssh-agent -k one cat)" = words ]
	run -143 wx-ssh-agent -k one -- sh -c 'kill -TERM $$'
	run -127 wx-ssh-agent -k one no-such-command
	[[ $output == *"cannot run 'no-such-command': No such file"* ]] || fail "$output"
	touch plain
	run -126 wx-ssh-agent -k one ./plain
	nothing_left
}

@test "a key without a comment is called by its name, not by its path" {
	wx-keygen -o d/plain >/dev/null
	[ "$(wx-ssh-agent -k "$PWD/d/plain" ssh-add -l | cut -d' ' -f3)" = plain ]
	(cd d && [ "$(wx-ssh-agent -k plain ssh-add -l | cut -d' ' -f3)" = plain ])
	mv d/plain d/-x && mv d/plain.pub d/-x.pub
	[ "$(wx-ssh-agent -k d/-x ssh-add -l | cut -d' ' -f3)" = -x ]
}

@test "a key with a passphrase is asked for" {
	ssh-keygen -q -p -N 'MADE UP' -P '' -f two
	printf '#!/bin/sh\necho MADE UP\n' >ask
	chmod 755 ask
	SSH_ASKPASS=$PWD/ask SSH_ASKPASS_REQUIRE=force run -0 wx-ssh-agent -k two ssh-add -l
	[[ $output == *" two "* ]] || fail "$output"
	run -125 setsid -w wx-ssh-agent -k two true </dev/null
	nothing_left
}

# --- where it leads

@test "with -d a key opens the one host that is known, and no other; without it none" {
	sshd_start "$PWD/a"
	cat one.pub >a/authorized_keys
	local first=$SSHD_PORT pid=$SSHD_PID
	sshd_start "$PWD/b"
	cat one.pub >b/authorized_keys
	cat a/known_hosts b/known_hosts >known
	ssh="ssh -F /dev/null -o UserKnownHostsFile=$PWD/known -o StrictHostKeyChecking=yes -o BatchMode=yes"
	local at="$(id -un)@[127.0.0.1]:$first"
	run -0 wx-ssh-agent -H known -d "$at" -k one $ssh -p "$first" 127.0.0.1 echo in
	[ "$output" = in ] || fail "$output"
	run -255 wx-ssh-agent -H known -d "$at" -k one $ssh -p "$SSHD_PORT" 127.0.0.1 echo in
	[[ $output == *"Permission denied"* ]] || fail "$output"
	run -255 wx-ssh-agent -H known -d "other@[127.0.0.1]:$first" -k one $ssh -p "$first" 127.0.0.1 echo in
	run -255 wx-ssh-agent -H known -k one -d "$at" -k two $ssh -p "$SSHD_PORT" 127.0.0.1 echo in
	run -255 wx-ssh-agent -H known -k one $ssh -p "$first" 127.0.0.1 echo in
	# One key, two hosts.
	for p in "$first" "$SSHD_PORT"; do
		run -0 wx-ssh-agent -H known -d "$at" -k one -d "$(id -un)@[127.0.0.1]:$SSHD_PORT" -k one $ssh -p "$p" 127.0.0.1 echo in
	done
	kill "$pid"
}

@test "host keys: of github.com, the user's own, those of -H instead; no other is learnt" {
	run -0 wx-ssh-agent -d git@github.com -k one true
	run -125 wx-ssh-agent -d git@git.example -k one true
	[[ $output == "wx-ssh-agent: no host key of 'git.example' is known, so no key can be bound to it: put its line into ~/.config/wrapix/known_hosts, or name a file that has it (-H)" ]] || fail "$output"
	mkdir -p ~/.config/wrapix
	printf 'git.example %s\n' "$(cut -d' ' -f1,2 two.pub)" >~/.config/wrapix/known_hosts
	run -0 wx-ssh-agent -d git@git.example -k one true
	# Hashed, and by a pattern; revoked, or an authority's, it is none.
	hashed=$(sed 's/.*/*.example &/; s/example git.example/example/' ~/.config/wrapix/known_hosts)
	printf '%s\n' "$hashed" >pattern
	cp ~/.config/wrapix/known_hosts hashed
	ssh-keygen -q -H -f hashed >/dev/null 2>&1
	grep -q '^|1|' hashed
	for f in pattern hashed; do run -0 wx-ssh-agent -H $f -d git@git.example -k one true; done
	for m in @revoked @cert-authority; do
		sed "s/^/$m /" ~/.config/wrapix/known_hosts >marked
		[ $m != @revoked ] || cat ~/.config/wrapix/known_hosts >>marked
		run -125 wx-ssh-agent -H marked -d git@git.example -k one true
		[[ $output == *"no host key of 'git.example' is known"* ]] || fail "$m: $output"
	done
	XDG_CONFIG_HOME=$PWD/none run -125 wx-ssh-agent -d git@git.example -k one true
	cp ~/.config/wrapix/known_hosts mine
	run -0 wx-ssh-agent -H mine -d git@git.example -k one true
	run -125 wx-ssh-agent -H mine -d git@github.com -k one true
	run -125 wx-ssh-agent -H none -d git@github.com -k one true
	[[ $output == *"cannot read host keys from 'none': No such file"* ]] || fail "$output"
	nothing_left
}

# --- git with this key and no other

@test "git push: by the key that is named, in a world whose ~/.ssh is full of traps; revoked, by none" {
	traps
	a_forge
	cat one.pub personal.pub >forge/authorized_keys
	run -0 wx-ssh-agent -H forge/known_hosts -d "$at" -k one git -C p push -q origin main
	grep -q "Accepted key ED25519 $(ssh-keygen -lf one.pub | cut -d' ' -f2)" forge/log || fail "$(cat forge/log)"
	run ! grep -F "$(ssh-keygen -lf personal.pub | cut -d' ' -f2)" forge/log
	no_trap
	git -C p commit -q --allow-empty -m two
	cat two.pub personal.pub >forge/authorized_keys
	for a in "-k one" "-d $at -k one" "-k two -d $at -k one"; do
		run -128 wx-ssh-agent -H forge/known_hosts $a git -C p push -q origin main
		[[ $output == *"Permission denied (publickey)"* ]] || fail "$a: $output"
	done
	no_trap
	# With none that logs in ssh does not look for others.
	run -128 wx-ssh-agent -H forge/known_hosts -k one -k two git -C p push -q origin main
	[[ $output == *"Permission denied (publickey)"* ]] || fail "$output"
	no_trap
	kill "$personal_agent"
	nothing_left
}

@test "git push: a host key that is not pinned is refused, and none is learnt" {
	traps
	a_forge
	cat one.pub personal.pub >forge/authorized_keys
	run -128 wx-ssh-agent -k one git -C p push -q origin main
	[[ $output == *"Host key verification failed"* ]] || fail "$output"
	printf '[127.0.0.1]:%d %s\n' "$SSHD_PORT" "$(cut -d' ' -f1,2 two.pub)" >wrong
	run -128 wx-ssh-agent -H wrong -d "$at" -k one git -C p push -q origin main
	[[ $output == *"Host key verification failed"* ]] || fail "$output"
	no_trap
	kill "$personal_agent"
}

@test "git push: each example of a page that pushes with wx-ssh-agent, in that world" {
	traps
	a_forge
	cat one.pub personal.pub >forge/authorized_keys
	mkdir -p -m 700 ~/.ssh/deploy_keys ~/.config/wrapix
	for k in it it-host wrapix; do cp one ~/.ssh/deploy_keys/$k; done
	cp forge/known_hosts ~/.config/wrapix/
	cd p
	git config push.default current
	n=0
	while IFS= read -r line; do
		n=$((n + 1))
		git commit -q --allow-empty -m "$n"
		# What they name is github.com.
		run -0 sh -c "${line//git@github.com/$at}"
		[ "$(git -C ../it.git rev-parse main)" = "$(git rev-parse HEAD)" ] || fail "$line: $output"
	done < <(cat "$WX_TREE"/man/*.[1-8] "$WX_TREE/README.md" | sed -n 's/^\(\.Dl \)\{0,1\}\( \{4\}\|\$ \)\(.*wx-ssh-agent.* git push\)$/\3/p')
	[ "$n" -ge 3 ] || fail "only $n examples"
	cd ..
	run ! grep -F "$(ssh-keygen -lf personal.pub | cut -d' ' -f2)" forge/log
	no_trap
	run ! grep -rn 'GIT_SSH_COMMAND=' "$WX_TREE/man" "$WX_TREE/README.md"
	kill "$personal_agent"
}

# blocks: the commands of the pages' literal blocks and lines, of several lines joined by a blank.
blocks() {
	awk '/^\.Bd -literal/ { on = 1; cmd = ""; next } /^\.Ed/ { if (on && cmd != "") print cmd; on = 0 }
	    on && /^\$ / { if (cmd != "") print cmd; cmd = substr($0, 3); next }
	    on && cmd != "" { cmd = cmd " " $0 }' "$WX_TREE"/man/*.[1-8] | sed 's/ \\e / /g; s/  */ /g'
}

@test "git push: each example of a page that gives a key to a sandbox, in that world" {
	traps
	a_forge
	cat one.pub personal.pub >forge/authorized_keys
	mkdir -p -m 700 ~/.ssh/deploy_keys ~/.config/wrapix ~/src
	cp one ~/key
	for k in it it-host; do cp one ~/.ssh/deploy_keys/$k; cp one.pub ~/.ssh/deploy_keys/$k.pub; done
	for e in '' .pub; do cp two$e ~/.ssh/deploy_keys/it-signing$e; done
	cp forge/known_hosts ~/.config/wrapix/
	git config --global push.default current
	mv p ~/src/it
	n=0
	while IFS= read -r line; do
		# What they name is github.com, and what runs inside pushes; sockets have short names.
		line=${line//git@github.com/$at} line=${line//\~\/.ssh\/it.sock/$XDG_RUNTIME_DIR/it.sock}
		line=${line/wx-run /wx-run -n host } line=${line/%claude/git push} line=${line/%claude\'/git push\'} line=${line/%it-signing.pub\'/it-signing.pub git push\'}
		case $line in
		*'ssh-agent -a '*) eval "$(eval "$line" 3>&-)" >/dev/null; theirs=$SSH_AGENT_PID; continue ;;
		'SSH_AUTH_SOCK='*ssh-add*) run -0 sh -c "$line"; continue ;;
		*wx-run*'git push'*) ;;
		*) continue ;;
		esac
		n=$((n + 1))
		git -C ~/src/it commit -q --allow-empty -m "$n"
		run -0 env -C ~/src/it sh -c "$line"
		[ "$(git -C it.git rev-parse main)" = "$(git -C ~/src/it rev-parse HEAD)" ] || fail "$line: $output"
	done < <(blocks | grep -e 'wx-run .*-k' -e 'it\.sock')
	kill "$theirs"
	[ "$n" -eq 3 ] || fail "$n examples"
	run ! grep -F "$(ssh-keygen -lf personal.pub | cut -d' ' -f2)" forge/log
	no_trap
}

# --- what the command may ask of the agent

@test "the command lists and signs; it adds, removes and locks nothing, and loads no library" {
	cat >ask <<-'END'
		ssh-add -l | cut -d' ' -f3
		for a in -D -d\ one.pub -k\ two -x -X -t\ 9\ two "-s $LIB" "-e $LIB"; do
			SSH_ASKPASS=/bin/true SSH_ASKPASS_REQUIRE=force ssh-add $a </dev/null >out 2>&1 && echo "$a went well"
		done
		[ "$(pgrep -c -u "$(id -u)" -x ssh-pkcs11-help)" = 0 ] || echo helper
		ssh-add -l | cut -d' ' -f3
		echo words | ssh-keygen -q -Y sign -n git -f one.pub >sig && echo signed
		ssh-add -T one.pub 2>/dev/null && echo "signs anything"
		for n in file git2 email; do echo words | ssh-keygen -q -Y sign -n $n -f one.pub >sig 2>&1 && echo "signed for $n"; done
		echo end
	END
	mv one kept
	export LIB=/usr/lib/x86_64-linux-gnu/libp11-kit.so.0
	run -0 wx-ssh-agent -k kept sh ./ask
	[ "$output" = one$'\n'one$'\n'signed$'\n'end ] || fail "$output"
	nothing_left
}

@test "the agent itself loads no library either, nor for a hardware key" {
	begin
	export SSH_AUTH_SOCK=$folder/real LIB=/usr/lib/x86_64-linux-gnu/libp11-kit.so.0
	[ -e "$LIB" ] || skip "no library to load"
	run -1 ssh-add -s "$LIB" </dev/null
	run ! pgrep -u "$(id -u)" -x ssh-pkcs11-help
	run -0 ssh-add -l
	tr '\0' '|' <"/proc/$agent/cmdline" | grep -F -- '|-P||' || fail "$(tr '\0' ' ' <"/proc/$agent/cmdline")"
	kill "$run"
}

@test "a client that means no good: every kind of message, cut ones, lengths, a crowd" {
	hostile="$WX_TREE/tests/lib/agent-client"
	[ "$(wx-ssh-agent -k one -k two "$hostile" kinds)" = "11 12"$'\n'"13 14" ] || fail "$(wx-ssh-agent -k one "$hostile" kinds)"
	for what in lists cut length crowd; do
		run wx-ssh-agent -k one "$hostile" $what
		[ -z "$output" ] || fail "$what: $output"
	done
	nothing_left
}

@test "few descriptors, a crowd: the one who asks is served" {
	run -0 wx-ssh-agent -k one bash -c '"$0" crowd && ssh-add -l' "$WX_TREE/tests/lib/agent-client"
	(ulimit -n 40 && exec wx-ssh-agent -k one sh -c 'echo >ready2; until [ -e stop ]; do sleep 0.1; done' 3>&-) &
	until [ -e ready2 ]; do sleep 0.02; done
	SSH_AUTH_SOCK=$(echo "$base"/run.*/agent) timeout 60 "$WX_TREE/tests/lib/agent-client" crowd || { touch stop; fail "not served"; }
	touch stop
	nothing_left
}

@test "eight clients at once sign 25 times each" {
	cat >sign <<-'END'
		for c in 1 2 3 4 5 6 7 8; do
			(i=0; while [ $i -lt 25 ]; do ssh-keygen -Y sign -q -n git -f one.pub <sign >/dev/null || exit; i=$((i + 1)); done; echo "$c") &
		done
		wait
	END
	[ "$(wx-ssh-agent -k one sh ./sign | sort -n | tr -d '\n')" = 12345678 ]
}

@test "SIGKILL of the agent: the filter goes as well, and nobody waits for an answer" {
	begin
	kill -KILL "$agent"
	ended "$filter"
	SSH_AUTH_SOCK=$folder/agent run -2 timeout 10 ssh-add -l
	kill "$run"
	nothing_left
}

@test "SIGKILL of the filter: the command has no agent any more, and at its end all goes" {
	begin
	SSH_AUTH_SOCK=$folder/agent ssh-add -l >/dev/null
	kill -KILL "$filter"
	ended "$filter"
	SSH_AUTH_SOCK=$folder/agent run -2 ssh-add -l
	kill "$run"
	nothing_left
}

# --- before the agent that the user has

# users_agent: one of OpenSSH's, at $SSH_AUTH_SOCK, with the keys one, two and three.
users_agent() {
	ssh-keygen -q -t rsa -b 2048 -N '' -C "secret place" -f three
	eval "$(ssh-agent -a "$XDG_RUNTIME_DIR/u" "$@" 3>&-)" >/dev/null
	personal_agent=$SSH_AGENT_PID
	ssh-add -q one two three
}

# signs NAMESPACE [KEY]: does the agent sign for it?
signs() {
	echo words | ssh-keygen -q -Y sign -n "$1" -f "${2-one.pub}" >/dev/null 2>&1
}
export -f signs

@test "-A: of the user's agent the named keys, by the files' names; git is signed, and nothing else" {
	users_agent
	# Or ssh-keygen would sign with what it finds there.
	mkdir away
	mv one two three away
	run -0 wx-ssh-agent -A -k one.pub -k three.pub sh -c 'ssh-add -l | cut -d" " -f3; echo "$SSH_AUTH_SOCK"'
	[ "$output" = one$'\n'three$'\n'"$(dirname "${lines[2]}")/agent" ] || fail "$output"
	run -0 wx-ssh-agent -A -k one.pub -k three.pub bash -c '
		for k in one three; do signs git $k.pub && echo "$k git"; signs file $k.pub && echo "$k file"; done
		signs git two.pub && echo two
		ssh-add -T one.pub 2>/dev/null && echo anything
		for a in -D -d\ one.pub -x -X away/two; do SSH_ASKPASS=/bin/true SSH_ASKPASS_REQUIRE=force ssh-add $a </dev/null >/dev/null 2>&1 && echo "$a"; done
		:'
	[ "$output" = "one git"$'\n'"three git" ] || fail "$output"
	[ "$(ssh-add -l | wc -l)" -eq 3 ]
	nothing_left
}

@test "-A -d: a login where the host is known and the user is as said; by real hosts of each kind of key" {
	users_agent
	mkdir away
	mv one two three away
	me=$(id -un)
	for t in ed25519 ecdsa rsa; do
		mkdir -p -m 700 "$t"
		ssh-keygen -q -t $t -N '' -f "$t/host"
		sshd_start "$PWD/$t"
		cat one.pub two.pub >"$t/authorized_keys"
		at="$me@[127.0.0.1]:$SSHD_PORT"
		log="ssh -F /dev/null -o UserKnownHostsFile=$PWD/$t/known_hosts -o StrictHostKeyChecking=yes -o BatchMode=yes -p $SSHD_PORT 127.0.0.1"
		run -0 wx-ssh-agent -A -H $t/known_hosts -k two.pub -d "$at" -k one.pub bash -c "$log echo in; signs git two.pub && echo signed; ! signs git one.pub"
		[ "$output" = in$'\n'signed ] || fail "$t: $output"
		grep -q "Accepted key ED25519 $(ssh-keygen -lf one.pub | cut -d' ' -f2)" $t/log || fail "$(cat $t/log)"
		for a in "-k one.pub" "-d other@${at#*@} -k one.pub" "-H $PWD/elsewhere -d git@git.example -k one.pub"; do
			printf 'git.example %s\n' "$(cut -d' ' -f1,2 two.pub)" >elsewhere
			run -255 wx-ssh-agent -A -H $t/known_hosts $a $log echo in
			[[ $output == *"Permission denied"* ]] || fail "$t, $a: $output"
		done
		# Not forwarded: the one that is logged in to gets nothing from it.
		[ "$t" = rsa ] || { sshd_stop; continue; }
		run -0 wx-ssh-agent -A -H $t/known_hosts -k two.pub -d "$at" -k one.pub ${log/-F/-A -F} "ssh-add -l; cd $PWD && echo words | ssh-keygen -q -Y sign -n git -f two.pub || echo none"
		[[ $output == *"refused"* && $output != *SIGNATURE* ]] || fail "$output"
	done
	nothing_left
}

@test "-A: git push and commits that are signed, with an agent of gpg's, which knows neither hosts nor binds" {
	command -v gpg-agent >/dev/null || skip "no gpg-agent"
	traps
	a_forge
	export GNUPGHOME=$XDG_RUNTIME_DIR/g
	mkdir -m 700 "$GNUPGHOME"
	printf '#!/bin/sh\necho OK; while read -r w _; do case $w in GETPIN) echo "D made up"; echo OK ;; BYE) exit ;; *) echo OK ;; esac; done\n' >pin
	chmod 755 pin
	gpg-agent --homedir "$GNUPGHOME" --daemon --enable-ssh-support --pinentry-program "$PWD/pin" 3>&- >/dev/null 2>&1
	export SSH_AUTH_SOCK=$GNUPGHOME/S.gpg-agent.ssh
	ssh-add -q one two </dev/null
	mv one one.away && mv two two.away
	cat one.pub >forge/authorized_keys
	run -0 wx-ssh-agent -A -l "$PWD/lines" -H forge/known_hosts -k two.pub -d "$at" -k one.pub sh -c 'ssh-add -l | cut -d" " -f3
		git -C p -c gpg.format=ssh -c user.signingkey="$PWD/two.pub" commit -q -S --allow-empty -m signed && git -C p push -q origin main'
	[ "$output" = two$'\n'one ] || [ "$output" = one$'\n'two ] || fail "$output"
	git -C p cat-file commit HEAD | grep -q 'BEGIN SSH SIGNATURE'
	grep -q '"verdict":"allow","use":"git",.*"name":"two"}' lines || fail "$(cat lines)"
	grep -q '"verdict":"allow","use":"login",.*"name":"one","user":"'"$(id -un)"'","host":"\[127.0.0.1\]:'"$SSHD_PORT"'"}' lines || fail "$(cat lines)"
	# Without it the same agent lets anybody in anywhere.
	sshd_ssh one.pub true
	run -255 wx-ssh-agent -A -H forge/known_hosts -d "other@${at#*@}" -k one.pub ssh -F /dev/null -o UserKnownHostsFile=forge/known_hosts -p "$SSHD_PORT" 127.0.0.1 true
	no_trap
	gpgconf --homedir "$GNUPGHOME" --kill gpg-agent
	kill "$personal_agent"
	nothing_left
}

# hostile_world: hosts of three kinds of key in the file known, for $USER@git.example.
hostile_world() {
	umask 077
	openssl genpkey -algorithm ed25519 -out h.ed 2>/dev/null
	openssl genpkey -algorithm ed25519 -out stranger 2>/dev/null
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out h.ec 2>/dev/null
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out h.rsa 2>/dev/null
	export HOSTS="$PWD/h.ed $PWD/h.ec $PWD/h.rsa" STRANGER=$PWD/stranger UNNAMED=$PWD/three.pub USER=git
	for f in h.ec h.rsa; do printf 'git.example %s\n' "$(ssh-keygen -i -m PKCS8 -f <(openssl pkey -in $f -pubout))"; done >known
	printf 'git.example ssh-ed25519 %s\n' "$({ printf '\0\0\0\13ssh-ed25519\0\0\0\40'; openssl pkey -in h.ed -pubout -outform DER | tail -c 32; } | base64 -w0)" >>known
}

@test "a client that means no good: binds and signatures, good but for one thing, of the user's agent" {
	users_agent
	hostile_world
	run wx-ssh-agent -A -H known -k one.pub -d git@git.example -k two.pub "$WX_TREE/tests/lib/agent-client" filter
	[ "$status" -eq 0 ] && [ -z "$output" ] || fail "$output"
	for what in kinds lists cut length crowd; do
		run -0 wx-ssh-agent -A -H known -k one.pub -d git@git.example -k two.pub "$WX_TREE/tests/lib/agent-client" $what
		[ "$what" = kinds ] && [ "$output" = "11 12"$'\n'"13 14" ] || [ -z "$output" ] || fail "$what: $output"
	done
	[ "$(ssh-add -l | wc -l)" -eq 3 ]
	nothing_left
}

@test "a client that means no good: the same, of keys of its own" {
	ssh-keygen -q -t ed25519 -N '' -f three
	hostile_world
	run wx-ssh-agent -H known -k one -d git@git.example -k two "$WX_TREE/tests/lib/agent-client" filter
	[ "$status" -eq 0 ] && [ -z "$output" ] || fail "$output"
	nothing_left
}

@test "-A: the user's agent ends and comes back, and is served again" {
	users_agent
	cat >both <<-'END'
		signs git && echo before
		touch went
		until [ -e back ]; do sleep 0.02; done
		signs git && echo after
	END
	wx-ssh-agent -A -k one.pub bash ./both >out 2>&1 3>&- &
	run=$!
	until [ -e went ]; do sleep 0.02; done
	kill "$personal_agent"
	ended "$personal_agent"
	rm -f "$XDG_RUNTIME_DIR/u"
	eval "$(ssh-agent -a "$XDG_RUNTIME_DIR/u" 3>&-)" >/dev/null
	personal_agent=$SSH_AGENT_PID
	ssh-add -q one
	touch back
	wait "$run" || fail "$(cat out)"
	[ "$(cat out)" = before$'\n'after ] || fail "$(cat out)"
	nothing_left
}

@test "-A: no agent, a key that it does not hold, a private key, a locked one: a line each" {
	users_agent
	run -125 env -u SSH_AUTH_SOCK wx-ssh-agent -A -k one.pub true
	[[ $output == "wx-ssh-agent: no ssh-agent to put a filter before: SSH_AUTH_SOCK is not set" ]] || fail "$output"
	run -125 env SSH_AUTH_SOCK="$PWD/none" wx-ssh-agent -A -k one.pub true
	[[ $output == "wx-ssh-agent: cannot ask the ssh-agent of '$PWD/none': No such file or directory" ]] || fail "$output"
	run -125 env SSH_AUTH_SOCK=none wx-ssh-agent -A -k one.pub true
	[[ $output == *"does not begin with '/'"* ]] || fail "$output"
	run -125 wx-ssh-agent -A -k one true
	[[ $output == "wx-ssh-agent: refusing 'one': it holds a private key; give the public half, the file that ends in .pub" ]] || fail "$output"
	ssh-keygen -q -t ed25519 -N '' -f four
	run -125 wx-ssh-agent -A -k four.pub true
	[[ $output == "wx-ssh-agent: the ssh-agent of SSH_AUTH_SOCK does not hold the key of 'four.pub': unlock it, plug it in, or add it (ssh-add -l lists what it holds)" ]] || fail "$output"
	run -125 wx-ssh-agent -A -k none.pub true
	[[ $output == "wx-ssh-agent: cannot read 'none.pub': No such file or directory" ]] || fail "$output"
	nothing_left
}

# --- asked, written down, limited

# askpass WORD STATUS: a program that answers so, and keeps what it was asked.
askpass() {
	printf '#!/bin/sh\nprintf "%%s\\n" "$SSH_ASKPASS_PROMPT: $1" >>%q\necho "%s"\nexit %d\n' "$PWD/asked" "$1" "$2" >ask
	chmod 755 ask
	export SSH_ASKPASS=$PWD/ask
}

@test "-c: each signature is asked about; no, too much, no answer and no program are no" {
	askpass yes 0
	run -0 wx-ssh-agent -c -k one bash -c 'signs git && signs git; signs file || echo unasked'
	[ "$output" = unasked ] && [ "$(cat asked)" = "confirm: Allow key 'one' to sign a commit or tag of git?"$'\n'"confirm: Allow key 'one' to sign a commit or tag of git?" ] || fail "$output; $(cat asked)"
	rm asked
	sshd_start "$PWD/a"
	cat one.pub >a/authorized_keys
	run -0 wx-ssh-agent -c -H a/known_hosts -d "$(id -un)@[127.0.0.1]:$SSHD_PORT" -k one sh -c 'exec $GIT_SSH_COMMAND -p "$0" 127.0.0.1 echo in' "$SSHD_PORT"
	[ "$output" = in ] && [ "$(cat asked)" = "confirm: Allow key 'one' to log in as $(id -un) at [127.0.0.1]:$SSHD_PORT?" ] || fail "$output; $(cat asked)"
	for answer in "no 0" "yes 1" "$(printf 'y%.0s' {1..100}) 0" "yesyes 0"; do
		askpass $answer
		run -0 wx-ssh-agent -c -k one bash -c 'signs git || echo no'
		[ "$output" = no ] || fail "$answer: $output"
	done
	SSH_ASKPASS=$PWD/none run -0 wx-ssh-agent -c -k one bash -c 'signs git || echo no'
	[ "$output" = no ]
	# After three times no nobody is asked again.
	askpass no 1
	rm asked
	run -0 wx-ssh-agent -c -k one bash -c 'for i in 1 2 3 4 5 6; do signs git; done; :'
	[ "$(wc -l <asked)" -eq 3 ]
	run -125 env -u SSH_ASKPASS wx-ssh-agent -c -k one true
	[[ $output == *"nobody can be asked (-c): SSH_ASKPASS names no program"* ]] || fail "$output"
	nothing_left
}

@test "-c: who hangs up while the user is asked takes the question away; others are served meanwhile" {
	printf '#!/bin/sh\necho $$ >>%q\nexec sleep 100\n' "$PWD/asked" >ask
	chmod 755 ask
	cat >some <<-'END'
		for i in 1 2; do
			ssh-keygen -q -Y sign -n git -f one.pub <some >/dev/null 2>&1 &
			until [ "$(wc -l <asked)" = $i ]; do sleep 0.02; done
			ssh-add -l >/dev/null || echo "not served"
			kill $!
			wait $! || :
		done 2>/dev/null
		touch done
	END
	: >asked
	SSH_ASKPASS=$PWD/ask run -0 timeout 60 wx-ssh-agent -c -k one sh ./some
	[ -z "$output" ] && [ -e done ] || fail "$output"
	for p in $(cat asked); do ended "$p"; done
	nothing_left
}

@test "-l: a line for each signature and for what was refused, in a file or on a descriptor" {
	run -0 wx-ssh-agent -l lines -k one bash -c 'signs git; signs file; for i in 1 2 3 4 5; do signs email; done; ssh-add -D; ssh-add -l >/dev/null'
	nothing_left
	key='"key":"'$(ssh-keygen -lf one.pub | cut -d' ' -f2)'","name":"one"}'
	[ "$(stat -c %a lines)" = 600 ]
	[ "$(jq -r 'select(.verdict == "allow") | .use' lines)" = git ] || fail "$(cat lines)"
	grep -q '"verdict":"allow","use":"git",'"$key" lines
	grep -q '"verdict":"deny","use":"other","reason":"namespace","count":1,'"$key" lines
	[ "$(jq -s 'map(select(.reason == "namespace").count) | add' lines)" = 6 ] || fail "$(cat lines)"
	[ "$(wc -l <lines)" -le 6 ]
	grep -q '"reason":"kind"' lines
	[ "$(jq -r .t lines | grep -cvE '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z$')" = 0 ]
	# Behind what was there; a pipe; the descriptor itself is not the command's matter.
	wx-ssh-agent -l lines -k one bash -c 'signs git'
	[ "$(jq -r 'select(.verdict == "allow") | .use' lines | wc -l)" -eq 2 ]
	got=$(wx-ssh-agent -l /dev/fd/9 -k one bash -c 'signs git; echo out' 9>&1 | cat)
	[[ $got == *'"use":"git"'* && $got == *out* ]] || fail "$got"
	for bad in none/lines /dev/fd/77 /dev/fd/x .; do
		run -125 wx-ssh-agent -l "$bad" -k one true
		[[ $output == "wx-ssh-agent: cannot write to '$bad': "* ]] || fail "$output"
	done
	# What cannot be written is not signed.
	run -0 wx-ssh-agent -l /dev/full -k one bash -c 'signs git || echo no'
	[ "$output" = no ] || fail "$output"
	nothing_left
}

@test "-l: a reader that does not read holds up no end" {
	mkfifo pipe
	sleep 100 <pipe 3>&- &
	reader=$!
	exec 9>pipe
	timeout 60 wx-ssh-agent -l /dev/fd/9 -k one bash -c 'for i in $(seq 20); do (sleep 5; kill $$) & break; done; while signs git; do :; done' 9>&9 3>&- || true
	exec 9>&-
	kill "$reader"
	nothing_left 20
}

@test "-n and -t: so many signatures, for so long" {
	run -0 wx-ssh-agent -n 2 -l lines -k one bash -c 'for i in 1 2 3 4; do signs git && echo "$i"; done; ssh-add -l >/dev/null && echo listed'
	[ "$output" = 1$'\n'2$'\n'listed ] || fail "$output"
	grep -q '"verdict":"deny","use":"git","reason":"limit"' lines
	mv one kept
	run -0 wx-ssh-agent -t 1 -k kept bash -c 'until ! ssh-add -l >/dev/null 2>&1; do sleep 0.1; done; signs git || echo over'
	[ "$output" = over ] || fail "$output"
	for a in "-n 0" "-n x" "-n 99999999" "-t 0" "-t -1" "-t 1h"; do
		run -125 wx-ssh-agent $a -k kept true
		[[ $output == *"usage: "* ]] || fail "$a: $output"
	done
	nothing_left
}

@test "what reads the command's messages can open, run and connect nothing; nobody of the user's traces it" {
	[ -z "$WX_SAN" ] || skip "its runtime makes calls of its own"
	begin
	parser=$(pgrep -P "$filter")
	for p in "$filter" "$parser"; do
		grep -q '^NoNewPrivs:.1$' "/proc/$p/status" && grep -q '^Seccomp:.2$' "/proc/$p/status" || fail "$(cat "/proc/$p/status")"
		run ! cat "/proc/$p/environ"
	done
	grep -q '^Seccomp_filters:.2$' "/proc/$parser/status"
	kill "$run"
	nothing_left
}

# --- its end

@test "while it runs the folder is private; all goes with the command, also by SIGKILL" {
	begin
	[ "$(stat -c %a "$base" "$folder" "$folder/agent" "$folder/real" | paste -sd,)" = 700,700,600,600 ]
	kill -KILL "$run"
	wait "$run" || [ $? -eq 137 ]
	nothing_left
	ended "$filter"
}

@test "who looks after the agent holds nothing of the caller's" {
	# What it held would keep the other end of a pipe waiting for as long as the command runs.
	mkfifo pipe
	(cat pipe >/dev/null; touch eof) 3>&- &
	wx-ssh-agent -k one sh -c 'exec >/dev/null 9>&-; exec sleep 100' 3>&- >pipe 9>&1 &
	run=$!
	local end=$((SECONDS + 10))
	until [ -e eof ]; do
		[ "$SECONDS" -lt "$end" ] || fail "the pipe is held"
		sleep 0.02
	done
	kill "$run"
	nothing_left
	begin
	[ "$(ps -o sid= -p "$keeper" | tr -d ' ')" = "$keeper" ]
	find "/proc/$filter/fd" -printf '%l\n' | grep -v -e '^$' -e '^/dev/null$' -e '^socket:' -e '^pipe:' >held || true
	[ ! -s held ] || fail "the filter holds: $(cat held)"
	kill "$run"
	nothing_left
}

@test "the command may wait for all its children, and end them: the agent is none" {
	run -0 timeout 20 wx-ssh-agent -k one bash -c 'wait; pgrep -P $$ ssh-agent; ssh-add -l'
	[[ $output == *" one "* ]] || fail "$output"
	run -0 timeout 20 env --ignore-signal=CHLD wx-ssh-agent -k one ssh-add -l
}

@test "SIGKILL of who looks after it: the agent ends by itself, and the next run removes the rest" {
	[ -z "$WX_SAN" ] || skip "ten seconds, for OpenSSH's part"
	begin
	kill -KILL "$keeper"
	ended "$filter"
	local end=$((SECONDS + 100))
	while kill -0 "$agent" 2>/dev/null && [ "$(ps -o stat= -p "$agent" | cut -c1)" != Z ]; do
		[ "$SECONDS" -lt "$end" ] || fail "the agent is still there"
		sleep 0.1
	done
	kill -0 "$run"
	[ -d "$folder" ]
	wx-ssh-agent -k two true
	kill "$run"
	nothing_left
}

@test "SIGTERM and SIGHUP do not take the agent from a command that goes on" {
	begin
	kill -TERM "$keeper" "$filter"
	kill -HUP "$keeper" "$filter"
	kill -INT "$keeper" "$filter"
	SSH_AUTH_SOCK=$folder/agent ssh-add -l >/dev/null
	kill "$run"
	nothing_left
}

@test "two at once have an agent each, and neither removes the other's" {
	begin
	[ "$(wx-ssh-agent -k two sh -c 'echo "$SSH_AUTH_SOCK"; ssh-add -l' | grep -c -e " two " -e "$base/run")" = 2 ]
	[ "$(SSH_AUTH_SOCK=$folder/agent ssh-add -l | cut -d' ' -f3)" = one ]
	kill "$run"
	nothing_left
}

@test "kill: at some of its system calls; after the next run nothing is left (all: make campaign)" {
	STRIDE=13 KILLS=14 timeout 200 "$WX_TREE/tests/campaign.d/wx-ssh-agent" >out 2>err || fail "$(cat out err)"
}

# --- bad input

@test "arguments: a line, the usage, 125" {
	for a in '' '-k one' '-k' 'true' '-k  true' '-d -x -k one true'; do
		IFS=' ' read -ra words <<<"$a"
		run -125 wx-ssh-agent "${words[@]}"
		[[ $output == *"usage: wx-ssh-agent"* ]] || fail "$a: $output"
	done
	run -125 wx-ssh-agent -k '' true
	[[ $output == *"the key has no name"* ]]
	run -125 wx-ssh-agent -k one -d git@github.com true
	[[ $output == *"no key (-k) after the last destination (-d)"* ]] || fail "$output"
	run -125 wx-ssh-agent -k dir/ true
	run -125 wx-ssh-agent $(printf -- '-k one %.0s' {1..65}) true
	[[ $output == *"more than 64 keys"* ]]
	run -125 wx-ssh-agent -k none true
	[[ $output == *"none: No such file"*"cannot give key 'none'"* ]] || fail "$output"
	chmod 644 one
	run -125 wx-ssh-agent -k one true
	[[ $output == *"UNPROTECTED"* ]] || fail "$output"
	nothing_left
}

@test "a place for the socket that is not ours alone is refused; another is found where there is none" {
	mkdir -m 755 "$base"
	run -125 wx-ssh-agent -k one true
	[[ $output == *"cannot use '$base': it must be a folder of yours that nobody else can enter; move it away"* ]] || fail "$output"
	rmdir "$base"
	mkdir -m 700 elsewhere
	ln -s "$PWD/elsewhere" "$base"
	run -125 wx-ssh-agent -k one true
	rm "$base"
	mkdir -m 700 "a b" 'a%h' "a'b"
	for d in '' relative "$PWD/none" "/tmp/$(printf 'x%.0s' {1..90})" "$PWD/a b" "$PWD/a%h" "$PWD/a'b"; do
		run -0 env XDG_RUNTIME_DIR="$d" wx-ssh-agent -k one sh -c 'echo "$SSH_AUTH_SOCK"'
		[[ $output == "/tmp/wrapix-$(id -u)/run."* ]] || fail "'$d': $output"
	done
	base=/tmp/wrapix-$(id -u)
	nothing_left
	# Others of this user's may have something there.
	rmdir "$base" 2>/dev/null || :
}

@test "no ssh-agent, no ssh-add: a line" {
	mkdir bin
	for t in sh cat true ssh-add; do ln -s "$(command -v $t)" bin/; done
	PATH=$WX_BUILD:$PWD/bin run -125 wx-ssh-agent -k one true
	[[ $output == *"cannot run 'ssh-agent': No such file"*"ssh-agent did not start"* ]] || fail "$output"
	ln -s "$(command -v ssh-agent)" bin/
	/bin/rm bin/ssh-add
	PATH=$WX_BUILD:$PWD/bin run -125 wx-ssh-agent -k one true
	[[ $output == *"cannot run 'ssh-add': No such file"* ]] || fail "$output"
	nothing_left
}
