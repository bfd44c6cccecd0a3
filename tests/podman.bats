# SPDX-License-Identifier: MIT
# takes: 40 s
# wx-run on podman: the same promises on an image. As the suite's user, rootless.
load lib/helper
load lib/run
load lib/net
load lib/podman
load lib/listed

setup_file() {
	podman_setup_file
}

teardown_file() {
	podman_teardown_file
}

local_setup() {
	podman_setup
	run_setup
	git init -q .
	git config --global user.name Tester
	git config --global user.email tester@example.org
}

teardown() {
	[ -z "${run-}" ] || kill -KILL "$run" 2>/dev/null || :
}

@test "the command's status, its signal, its time, and those of no command" {
	run -7 in_image -n none -- sh -c 'exit 7'
	run -127 in_image -n none -- nosuch
	[[ $output == "wx-run: cannot run 'nosuch': No such file or directory" ]] || fail "$output"
	run -126 in_image -n none -- /etc/hosts
	run -137 in_image -n none -- sh -c 'kill -9 $$'
	run -124 in_image -n none -T 0.5 -- sleep 60
	run -0 in_image -n none -- sh -c 'echo "$0 $#"' a b 'c d'
	[ "$output" = "a 2" ]
	nothing_left
}

@test "the choice of the engine, and of the image" {
	[ "$(wx-run -i x --print-plan -n none -- true | jq -r .engine,.image | xargs)" = "podman x" ]
	[ "$(wx-run -e podman -i x --print-plan -n none -- true | jq -r .engine)" = podman ]
	echo '{"image": "x"}' >"$BATS_TEST_TMPDIR/profile"
	[ "$(wx-run -p "$BATS_TEST_TMPDIR/profile" --print-plan -n none -- true | jq -r .engine)" = podman ]
	run -125 wx-run -e podman -n none -- true
	[ "$output" = "wx-run: engine 'podman' needs an image (-i)" ] || fail "$output"
	run -125 wx-run -e bwrap -i x -n none -- true
	run -125 wx-run -i x -t git -n none -- true
	for bad in -x ../x x//y 'a b' 'a;b' ''; do
		run -125 wx-run "--image=$bad" -n none -- true
		[ "$output" = "wx-run: '$bad' is no name of an image" ] || fail "$output"
	done
	# An image that is not here is not fetched.
	run -125 wx-run -i localhost/absent:1 -n none -- true
	[[ $output == *localhost/absent:1*"cannot start the sandbox"* ]] || fail "$output"
	nothing_left
}

@test "what the sandbox is: read-only, no power, an own view" {
	cat >look <<-'S'
	grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\t' | xargs
	for d in / /etc /bin /run /run/wrapix /dev /var /usr; do touch "$d/x" 2>/dev/null && echo "writable: $d"; done
	for d in . "$HOME" /tmp /var/tmp /dev/shm; do touch "$d/x" || echo "not writable: $d"; done
	ls /sys | wc -l; hostname; id -u; id -g; pwd
	ls /proc | grep -vc '[a-z]'
	unshare -U true 2>&1 | grep -o 'not permitted'
	df -k /tmp "$HOME" | awk 'NR > 1 { print $2 }' | xargs
	cat /proc/1/environ 2>&1 | grep -o denied
	ulimit -c
	S
	run -0 in_image -n none -- sh look
	[ "$output" = "$(printf '%s\n' 'CapEff:0000000000000000 CapBnd:0000000000000000 NoNewPrivs:1 Seccomp:2' \
	    0 wrapix "$(id -u)" "$(id -g)" /workspace 4 'not permitted' '1048576 1048576' denied 0)" ] || fail "$output"
	nothing_left
}

@test "podman's own settings decide nothing of the sandbox: volumes, devices, environment, namespaces, seccomp, mounts" {
	conf=$HOME/.config/containers
	[ ! -e "$conf/containers.conf" ] || cp "$conf/containers.conf" was
	printf '%s\n' '[containers]' 'netns="host"' 'ipcns="host"' 'volumes=["/etc:/leak"]' 'devices=["/dev/fuse"]' 'env=["LEAK=1"]' \
	    'seccomp_profile="unconfined"' 'default_sysctls=["net.ipv4.ip_unprivileged_port_start=1"]' 'init=true' '[engine]' 'env=["LEAK=2"]' >"$conf/containers.conf"
	[ -z "${WX_RUNTIME-}" ] || printf 'runtime = "%s"\n' "$WX_RUNTIME" >>"$conf/containers.conf"
	echo "/etc/passwd:/run/leak" >"$conf/mounts.conf"
	run in_image -n none -- sh -c 'ls -d /leak /dev/fuse /run/leak; env; readlink /proc/self/ns/ipc; cat /proc/sys/net/ipv4/ip_unprivileged_port_start; grep Seccomp: /proc/1/status'
	rm "$conf/containers.conf" "$conf/mounts.conf"
	[ ! -e was ] || mv was "$conf/containers.conf"
	[ "$status" = 0 ] || fail "$output"
	[[ $output != *LEAK* && $output != *"$(readlink /proc/self/ns/ipc)"* && $output == *"Seccomp:	2"* ]] || fail "$output"
	[ "$(grep -c "No such file" <<<"$output")" = 3 ] || fail "$output"
	grep -qx 1024 <<<"$output" || fail "$output"
	nothing_left
}

@test "the environment: the image's, the sandbox's, what is asked for, nothing of the host" {
	export HOST_SECRET=wxmade-up-secret PASSED=yes HTTP_PROXY=http://127.0.0.1:9
	run -0 in_image -n none -v PASSED -v SET='a b' -- env
	unset HTTP_PROXY
	[[ $output != *wxmade-up* && ${output,,} != *proxy* ]] || fail "$output"
	for want in OF_IMAGE=yes PASSED=yes 'SET=a b' "HOME=$HOME" SHELL=/bin/sh "USER=$(id -un)"; do
		grep -qxF "$want" <<<"$output" || fail "no $want: $output"
	done
}

@test "large values: variables of 100 KB, 400 KB of them, a secret of 64 KiB" {
	big=$(head -c 100000 /dev/zero | tr '\0' v)
	export A=$big B=$big C=$big D=$big
	run -0 in_image -n none -v A -v B -v C -v D -- sh -c 'echo ${#A} ${#B} ${#C} ${#D}'
	[ "$output" = "100000 100000 100000 100000" ] || fail "${output:0:300}"
	unset A B C D
	printf 'S=%s\n' "${big:0:65530}" >"$BATS_TEST_TMPDIR/s"
	chmod 600 "$BATS_TEST_TMPDIR/s"
	run -0 in_image -n none -F 8 -- sh -c 'wc -c </run/secrets/S' 8<"$BATS_TEST_TMPDIR/s"
	[ "$output" = 65530 ] || fail "$output"
	run -0 in_image -n none -E 8 -- sh -c 'echo ${#S}' 8<"$BATS_TEST_TMPDIR/s"
	[ "$output" = 65530 ] || fail "$output"
}

@test "a terminal that is nobody's to control: the command has it as it is" {
	cat >"$BATS_TEST_TMPDIR/t.py" <<-'P'
	import os, pty, subprocess, sys
	m, s = pty.openpty()
	p = subprocess.Popen(sys.argv[1:], stdin=s, stdout=s, stderr=subprocess.PIPE, start_new_session=True)
	os.close(s)
	os.write(m, b"typed\n")
	got = b""
	while b"<typed>" not in got:
	    got += os.read(m, 100)
	sys.exit(p.wait())
	P
	run -0 timeout 100 /usr/bin/python3 "$BATS_TEST_TMPDIR/t.py" wx-run -i "$IMAGE" -n none -- sh -c 'read x; echo "<$x>"'
}

@test "secrets: they arrive, and stand in no argv, no inspect, no file, no other environment" {
	mkfifo up down
	secret=wxmade-up-$RANDOM$RANDOM file=wxmade-up-file-$RANDOM$RANDOM
	exec 8<<<"FILED=$file"
	wx-run -i "$IMAGE" -n none -E 0 -F 8 -v HOSTS=1 -- sh -c 'echo "$TOKEN $(cat /run/secrets/FILED)" >out
	    stat -c %a /run/secrets/FILED >>out; echo >up; read -r x <down' 3>&- <<<"TOKEN=$secret" &
	run=$!
	read -r _ <up
	[ "$(cat out)" = "$secret $file"$'\n'400 ] || fail "$(cat out)"
	rm out
	podman inspect -l >inspected
	grep -q HOSTS= inspected && fail 'a variable is in podman inspect'
	found=$(grep -rlaF -e "$secret" -e "$file" inspected "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" 2>/dev/null | head) || :
	[ -z "$found" ] || fail "on disk: $found"
	for p in /proc/[0-9]*; do
		! grep -qaF -e "$secret" -e "$file" "$p/cmdline" 2>/dev/null || fail "argv: $(tr '\0' ' ' <"$p/cmdline")"
		grep -qaF -e "$secret" "$p/environ" 2>/dev/null && { tr '\0\n' '  ' <"$p/cmdline"; echo; } >>environs
	done
	# The command's own, and nobody else's.
	[ "$(cut -c 1-11 environs)" = 'sh -c echo ' ] || fail "environment of: $(cat environs)"
	echo >down
	wait "$run"
	nothing_left
}

@test "the workspace: what is protected cannot be changed, what appeared is said, nothing is left" {
	echo x >f
	git add f
	git commit -qm one
	find . -printf '%p %i %m\n' | sort >"$BATS_TEST_TMPDIR/before"
	run in_image -n none -- sh -c 'echo x >>.git/config; mkdir -p .git/hooks .git/modules/a; echo x >.git/hooks/h
	    echo x >.git/config.worktree; mv .git b; rm -rf .git/hooks; exit 3'
	[ "$status" -eq 3 ]
	find . -printf '%p %i %m\n' | sort | diff "$BATS_TEST_TMPDIR/before" -
	git status --short | diff /dev/null -
	run -0 --separate-stderr in_image -n none -r "$BATS_TEST_TMPDIR/report" -- sh -c 'echo x >.envrc; mkdir -p n/.git; echo ref >n/.git/HEAD'
	[[ $stderr == *'wx-run: found: protected-kind ".envrc"'* ]] || fail "$stderr"
	[ "$(jq -r .path "$BATS_TEST_TMPDIR/report" | head -1)" != "" ]
	rm -r .envrc n
	echo secret >.env
	run -0 in_image -n none -H '.env*' -- sh -c 'wc -c <.env; echo y >.env; true'
	[ "${lines[0]}" = 0 ] || fail "$output"
	[ "$(cat .env)" = secret ]
	nothing_left
}

@test "the state of the project lives on, HOME does not" {
	run -0 in_image -n none -- sh -c 'echo kept >~/.claude/a; echo lost >~/b; ls -A ~ | xargs; cat ~/.gitconfig'
	[ "${lines[0]}" = ".claude .gitconfig b" ] || fail "$output"
	[[ $output == *'name = "Tester"'* ]]
	run -0 in_image -n none -- sh -c 'cat ~/.claude/a; ls -A ~ | xargs'
	[ "$output" = "kept"$'\n'".claude .gitconfig" ] || fail "$output"
}

@test "paths with commas, colons, quotes and newlines" {
	odd="$BATS_TEST_TMPDIR/o,d:d \"x\""$'\n'y
	mkdir "$odd"
	echo there >"$odd/f"
	run -0 in_image -n none -m "$odd:/odd" -- sh -c 'cat /odd/f; touch /odd/g || echo no'
	[ "${lines[0]}" = there ] && [ "${lines[-1]}" = no ] || fail "$output"
	mkdir "$odd/project"
	run -0 in_image -C "$odd/project" -n none -- sh -c 'echo new >f'
	[ "$(cat "$odd/project/f")" = new ]
}

@test "standard streams: a megabyte each way, and the two kept apart" {
	head -c 3000000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
	in_image -n none -- sh -c 'tee /dev/stderr' <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
	cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
	cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/err"
}

@test "signals to wx-run reach the command, which may clean up" {
	for sig in TERM HUP INT; do
		rm -f up done
		env --default-signal=INT wx-run -i "$IMAGE" -n none -- sh -c "trap 'echo $sig >done; exit 9' $sig; echo >up; while :; do sleep 0.05; done" 3>&- &
		run=$!
		until_true test -e up
		kill -s "$sig" "$run"
		rc=0
		wait "$run" || rc=$?
		[ "$rc" -eq 9 ] && [ "$(cat done)" = "$sig" ] || fail "$sig: $rc $(cat done 2>&1)"
	done
	nothing_left
}

@test "SIGKILL of wx-run: no process, no container is left, and the next run sweeps" {
	wx-run -i "$IMAGE" -n none -- sh -c 'echo >up; exec sleep 300' "$MARK" 3>&- &
	run=$!
	until_true test -e up
	inside=$(pgrep -f 'sleep 300' -u "$(id -u)")
	[ -n "$inside" ]
	kill -KILL "$run"
	rc=0
	wait "$run" 2>/dev/null || rc=$?
	until_true run ! kill -0 "$inside"
	no_containers() { [ -z "$(podman ps -aq)" ]; }
	until_true no_containers
	[ -n "$(find "$HOME" -path '*.run/stage-*')" ]
	run -0 in_image -n none -- true
	nothing_left
	[ -z "$(find ~/.local/state/wrapix -path '*.run/*' -name git)" ]
}

@test "SIGKILL of wx-run and of podman's monitor: the next run takes the container away, and so does --forget" {
	for next in "wx-run -i $IMAGE -n none -- true" "wx-run --forget"; do
		rm -f up
		wx-run -i "$IMAGE" -n none -- sh -c 'echo >up; exec sleep 300' "$MARK" 3>&- &
		run=$!
		until_true test -e up
		monitor=$(cat "$HOME"/.local/state/wrapix/*.run/stage-*/monitor)
		inside=$(pgrep -f 'sleep 300' -u "$(id -u)")
		kill -KILL "$monitor" "$run"
		wait "$run" 2>/dev/null || :
		until_true run ! kill -0 "$inside"
		[ -n "$(podman ps -aq)" ] || fail "no container is left to be taken away"
		run -0 $next
		nothing_left
	done
	state=$(wx-run -n none --print-summary | sed -n 's/^state\t//p')
	[ -n "$state" ] && [ ! -e "$state" ] && [ ! -e "$state.run" ] || fail "--forget left: $state"
}

@test "limits: processes exactly, memory for each" {
	run in_image -n none -P 8 -- sh -c 'trap "kill \$(jobs -p)" EXIT; for i in 1 2 3 4 5 6 7 8 9; do echo $i; sleep 30 & done'
	[[ $output == *$'\n'8$'\n'*"can't fork"* && $output != *$'\n'9* ]] || fail "$output"
	run -0 in_image -n none -P 8 -- sh -c 'for i in 1 2 3 4 5; do sleep 1 & done; wait; echo five'
	[ "$output" = five ] || fail "$output"
	run in_image -n none -M 64M -- sh -c 'x=$(head -c 200000000 /dev/zero | tr "\0" x); echo ${#x}'
	[ "$output" != 200000000 ]
	nothing_left
}

@test "network listed: names lead to wx-egress, which refuses what is not listed; a port leads to the host's loopback; nothing else" {
	[ -n "${WX_NETNS-}" ] || skip "needs a network namespace of the suite's own"
	services 127.0.0.1#7007 "$OUTSIDE#7007"
	echo '{"network_forward": [{"port": 5432, "to": "127.0.0.1:7007"}]}' >"$BATS_TEST_TMPDIR/profile"
	run -0 --separate-stderr in_image -p "$BATS_TEST_TMPDIR/profile" -a one.example:80 -- sh -c 'ip -o link | cut -d: -f2 | xargs
	    cat /etc/resolv.conf; nslookup -type=a any.example 2>&1 | grep -c "^Address.*198\.18\.0\."
	    wget -O - http://evil.example/ 2>&1 | grep -o "HTTP/1.1 403 .*"; echo hello | nc 127.0.0.1 5432; echo
	    echo hello | nc -w 5 203.0.113.53 7007; echo hello | nc -w 5 127.0.0.1 7007; grep Cap /proc/self/status | tr -d "\t0"'
	services_end
	[ "${lines[0]}" = lo ] && [ "${lines[1]}" = "nameserver 127.0.0.1" ] && [ "${lines[3]}" = 1 ] || fail "$output $stderr"
	[[ ${lines[4]} == "HTTP/1.1 403 wrapix: evil.example:80"* ]] && [ "${lines[5]}" = "echo hello" ] || fail "$output $stderr"
	[ "$(printf '%s ' "${lines[@]:6}")" = "CapInh: CapPrm: CapEff: CapBnd: CapAmb: " ] || fail "$output $stderr"
	[[ $stderr == *"wx-run: network: refused evil.example:80 1 time (not-listed); to allow it: -a evil.example:80"* ]] || fail "$stderr"
	run ! guests "$OUTSIDE"
	nothing_left
	until_true no_egress
}

@test "-B: an API is used with a secret that is not inside; it ends with the run" {
	local port
	echo '[{"text": "Hello."}]' >"$BATS_TEST_TMPDIR/script.json"
	coproc api { exec "$WX_TREE/tests/fake/messages-api" --log "$BATS_TEST_TMPDIR/api.log" "$BATS_TEST_TMPDIR/script.json" 3>&-; }
	read -r port <&"${api[0]}"
	mkdir -p "$HOME/.config/wrapix/routes"
	jq --arg u "http://127.0.0.1:$port" '.upstream = $u' "$WX_TREE/nix/routes/anthropic-key.json" >"$HOME/.config/wrapix/routes/anthropic-key.json"
	run -0 --separate-stderr in_image -n none -B 9 --broker anthropic-key -- sh -c 'ip -o link | cut -d: -f2 | xargs
	    wget -q -O - --header "x-api-key: $ANTHROPIC_API_KEY" --header "anthropic-version: 1" --header "content-type: application/json" \
	    --post-data "{\"model\": \"m\", \"messages\": []}" $ANTHROPIC_BASE_URL/v1/messages; echo; env; cat /proc/*/environ 2>/dev/null | tr "\0" "\n"' \
	    9< <(echo ANTHROPIC_API_KEY=sk-ant-api03-MADEUP)
	[ "${lines[0]}" = lo ] && [ "$(jq -r .type <<<"${lines[1]}")" = message ] || fail "$output $stderr"
	run ! grep MADEUP <<<"$output"
	[ "$(jq -r .x_api_key "$BATS_TEST_TMPDIR/api.log")" = "sha256:$(printf sk-ant-api03-MADEUP | sha256sum | cut -d' ' -f1)" ] || fail "$(cat "$BATS_TEST_TMPDIR/api.log")"
	kill "$api_PID"
	nothing_left
	[ -z "$(pgrep -u "$(id -u)" -r S,R,D -x wx-api-broker)" ]
}

@test "network: none has lo only; open reaches out, not the host's loopback" {
	run -0 in_image -n none -- sh -c 'ls /sys/class/net 2>/dev/null; ip -o link | cut -d: -f2 | xargs; ip route | wc -l'
	[ "$output" = "lo"$'\n'0 ] || fail "$output"
	[ -n "${WX_NETNS-}" ] || skip "needs a network namespace of the suite's own"
	services "$OUTSIDE" 127.0.0.1
	for h in pasta slirp4netns; do
		out=$(only_helper $h; in_image -n open -- sh -c '
		    timeout 2 nc -w 1 203.0.113.53 7007 </dev/null; [ $? -ne 1 ] && echo open
		    timeout 2 nc -w 1 127.0.0.1 7007 </dev/null || echo closed
		    cat /etc/resolv.conf; ip -o -4 addr show scope global | wc -l' 2>err) || fail "$h: $out $(cat err)"
		[[ $out == *open*closed*nameserver*1 ]] || fail "$h: $out $(cat err)"
	done
	nothing_left
}
