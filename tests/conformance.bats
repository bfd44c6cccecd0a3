# SPDX-License-Identifier: MIT
# sanitizers: no, the probe is without them
# engines: bwrap podman
# takes: 50 s
# takes: 50 s on podman
# What a sandbox must not expose, looked for from inside by tests/lib/probe.c.
# First without a sandbox, or in bad ones: there each probe must see its exposure,
# or it would prove nothing. Then in wx-run.
load lib/helper
load lib/canaries

local_setup() {
	project=$BATS_TEST_TMPDIR/p/project
	trap_project "$project"
	plant_canaries "$project"
}

teardown() {
	remove_canaries
}

# in_host COMMAND...: as a host starts a sandbox: from the project, with
# descriptors that nobody closed, one of them a folder.
in_host() {
	(cd "$project" && "$@" 7<"$HOME/.netrc" 8</ 3>&-)
}

# The names of the probes with verdict $1 in the outputs that follow; one that
# gave no answer (it died, say) counts against a sandbox, but shows nothing here.
names() {
	local verdict=$1
	shift
	awk -F'\t' -v v="$verdict" '$1 == v && $3 !~ /^no answer/ { print $2 }' "$@" | LC_ALL=C sort -u
}

# Files to be bound in a bad sandbox, and what they stand for.
plant_bad() {
	bad=$BATS_TEST_TMPDIR/bad
	mkdir -p "$bad"
	echo "$CANARY_WORD" >"$bad/file"
	# As long as the kernel's, and no zero in it.
	printf 'ffffffff81000000 T _text\n' >"$bad/kallsyms"
}

# A sandbox as one should not build it: the root and /dev are left writable,
# sockets of services, devices and files of the host are bound into it, and its
# /proc is a folder.
bad_sandbox() {
	local args=() f uid
	uid=$(id -u)
	for f in mem port kmsg kvm fuse net/tun vhost-vsock vsock dri input uinput snd video0 hidraw0 tpmrm0 bus/usb \
	    loop-control mapper/control userfaultfd tty1 hugepages null; do
		args+=(--dev-bind /dev/null "/dev/$f")
	done
	for f in /run/dbus/system_bus_socket "/run/user/$uid/bus" "/run/user/$uid/wayland-0" /tmp/.X11-unix/X0 \
	    /run/systemd/private /run/docker.sock "/run/user/$uid/podman/podman.sock" \
	    /run/containerd/containerd.sock /nix/var/nix/daemon-socket/socket; do
		args+=(--bind "$CANARY_DIR/sock" "$f")
	done
	for f in /etc/shadow /etc/ssh/ssh_host_ed25519_key /root/file /home/somebody/file /sys/firmware/acpi \
	    /sys/block/sda /proc/sysrq-trigger /proc/kcore /proc/kmsg /proc/irq/default_smp_affinity \
	    /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sys/net/ipv4/ip_forward \
	    /proc/sys/vm/overcommit_memory; do
		args+=(--bind "$bad/file" "$f")
	done
	# Not the folder of libraries, but what is in it.
	for f in /lib/*-linux-*; do
		args+=(--ro-bind "$f" "$f")
	done
	bwrap --dir /bin --dir /lib --dir /opt --dir /var --dir /nix/store --dir /etc --dir /tmp \
	    --ro-bind /usr/lib /usr/lib --ro-bind-try /lib64 /lib64 --ro-bind-try /usr/lib64 /usr/lib64 \
	    --bind "$bad/kallsyms" /proc/kallsyms "${args[@]}" --ro-bind "$WX_BUILD/lib" "$WX_BUILD/lib" \
	    --dev-bind "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR" --setenv PATH "$project:/bin" --chdir "$project" "$@"
}

# What a run left on the host, a word each.
leftovers() {
	local before now
	before=$(stat -c %s "$project/.probe.beat" 2>/dev/null || echo 0)
	sleep 0.3
	now=$(stat -c %s "$project/.probe.beat" 2>/dev/null || echo 0)
	[ "$before" = "$now" ] || echo leftovers.daemon
	[ ! -e "$HOME/wx-left-$CANARY_WORD" ] || echo leftovers.home
	[ ! -e "/tmp/wx-left-$CANARY_WORD" ] || echo leftovers.tmp
	[ ! -e "/dev/shm/wx-left-$CANARY_WORD" ] || echo leftovers.shm-file
	! grep -q "^ *$(($(canary_value sysv_key) + 1)) " /proc/sysvipc/shm || echo leftovers.shm
}

@test "control: every probe can fail, in no sandbox, a bare one, one with power, a bad one" {
	bwrap --bind / / true || skip "bwrap cannot work here"
	local probe=$WX_BUILD/lib/probe name class cond words wrong=()
	probe_conf "$project" "workspace=$project" net=none pids=32 memory=$((32 << 20)) nofile=64
	plant_bad
	mkdir out
	in_host "$probe" >out/naked || true
	in_host bwrap --bind / / --dev-bind /dev /dev --proc /proc -- "$probe" >out/bare || true
	leftovers >left
	in_host bwrap --unshare-user --uid 0 --gid 0 --cap-add ALL --unshare-pid --unshare-net --unshare-uts \
	    --clearenv --bind / / --dev-bind /dev /dev --proc /proc --chdir "$project" -- "$probe" >out/power || true
	in_host bad_sandbox "$probe" >out/bad || true
	# Elsewhere than in the project, with a folder for its input.
	in_host bwrap --bind / / --chdir / -- "$probe" -c "$project/.probe.conf" descriptors \
	    <"$project" >out/away || true
	# On a terminal, where what is typed into it is seen too.
	in_host script -qec "bwrap --bind / / --dev-bind /dev /dev -- $probe terminal" /dev/null </dev/null |
	    sed 's/^ *//; s/\r//' >out/tty || true

	"$probe" -l | cut -f1 | LC_ALL=C sort >all
	[ "$(wc -l <all)" -ge 300 ] || fail "$(wc -l <all) probes only"
	{ names EXPOSED out/*; names report out/*; cat left; } | LC_ALL=C sort -u >red
	LC_ALL=C comm -23 all red >green
	while IFS=$'\t' read -r name class cond words; do
		case $class in
		host) grep -qx "$name" left || wrong+=("$name: $words") ;;
		here) grep -qx "$name" red || ! holds "$cond" || wrong+=("$name: $words") ;;
		esac
		case $name in '#'*) ;; *) grep -qx "$name" all || wrong+=("$name: no such probe") ;; esac
		sed -i "/^$name\$/d" green
	done <"$WX_TREE/tests/lib/probe/control.tsv"
	echo "# control: $(wc -l <red) of $(wc -l <all) probes see an exposure; the bare sandbox shows" \
	    "$(names EXPOSED out/bare | wc -l)" >&3
	[ ! -s green ] || fail "nowhere exposed, and control.tsv does not say why: $(cat green)"
	[ ${#wrong[@]} -eq 0 ] || fail "not exposed: $(printf '%s\n' "${wrong[@]}")"
	# The listeners saw their guests, each kind of them.
	[ "$(sort -u "$CANARY_DIR/guests" | wc -l)" -ge 4 ] || fail "guests: $(cat "$CANARY_DIR/guests")"
}

@test "control: every way to change a protected file is tried" {
	probe_conf "$project" "workspace=$project"
	in_host "$WX_BUILD/lib/probe" workspace >out || true
	grep -q $'^EXPOSED\tworkspace.envrc\t.envrc: write chmod link rename replace unlink$' out
	grep -q $'^EXPOSED\tworkspace.vscode\t.vscode: create mkdir write chmod rename replace$' out
	grep -q $'^EXPOSED\tworkspace.claude\t.claude: rename replace$' out
	grep -q $'^EXPOSED\tworkspace.commondir\t.git/commondir: write symlink$' out
	# And undone.
	[ -z "$(cd "$project" && find . -name '*wx-probe*')" ]
	[ ! -e "$project/.git/commondir" ]
}

@test "probe: a probe that dies or does not answer counts as exposed, usage is 2" {
	run -2 "$WX_BUILD/lib/probe" nothing
	run -2 "$WX_BUILD/lib/probe" -x
	[ -z "$("$WX_BUILD/lib/probe" -l | cut -f1 | sort | uniq -d)" ]
	probe_conf "$project"
	# Too few processes for a probe to be asked at all.
	# shellcheck disable=SC2016 # that shell's $0
	in_host bash -c 'ulimit -u 1; exec "$0" ipc' "$WX_BUILD/lib/probe" >out || true
	[ "$(id -u)" -eq 0 ] || grep -q $'^EXPOSED\tipc.shm\tno answer' out
}

# The sandbox under test: as in_host, with the options given. The limits are
# small, so that they can be reached.
sandbox() {
	cat >"$BATS_TEST_TMPDIR/profile.json" <<-E
		{ "tmp_size": "16M", "shm_size": "16M" }
	E
	in_host wx-run -C "$project" -p "$BATS_TEST_TMPDIR/profile.json" -P 64 -M 512M \
	    -m "$WX_BUILD/lib:/opt/probe:ro" --report "$BATS_TEST_TMPDIR/report" "$@"
}

need_wx_run() {
	[ -x "$WX_BUILD/wx-run" ] || skip "NO wx-run IN $WX_BUILD: THE SANDBOX IS NOT TESTED"
	probe_conf "$project" workspace=/workspace "net=$1" pids=64 memory=$((512 << 20))
	trap_sums "$project" >before
}

# After a run with output in the file out and words in err: nothing exposed, only
# the probes named skipped, each "report" named by the tool, nothing left.
holds_tight() {
	local path
	[ -s out ] || fail "no answers: $(cat err)"
	[ "$(wc -l <out)" -eq "$("$WX_BUILD/lib/probe" -l | wc -l)" ] || fail "no answer of $("$WX_BUILD/lib/probe" -l | cut -f 1 | grep -vxF -f <(cut -f 2 out) | xargs): $(cat err)"
	if grep ^EXPOSED out; then
		fail "exposed, as said above"
	fi
	# Without a cgroup there is no System V shared memory to be left.
	names skip out | grep -vx leftovers.shm >skipped
	printf '%s\n' "$@" | LC_ALL=C sort >expected
	diff expected skipped || fail "skipped, as said above: $(grep ^skip out)"
	[ -n "$(names report out)" ] || fail "nothing to report"
	awk -F'\t' '$1 == "report" { print $3 }' out >paths
	while read -r path; do
		grep -qF "\"$path\"" err || fail "no word of '$path': $(cat err)"
		grep -qF "\"path\":\"$path\"" report || fail "'$path' is not in --report: $(cat report)"
	done <paths
	leftovers >left
	[ ! -s left ] || fail "left: $(cat left)"
	# The canaries had no guest, and the host obeys what it obeyed before.
	[ ! -s "$CANARY_DIR/guests" ] || fail "guests: $(cat "$CANARY_DIR/guests")"
	trap_sums "$project" >after
	diff before after || fail "protected files changed, as said above"
	[ -z "$(find "$project" -name '*.wx-probe' -o -name '.wx-probe-*' -o -name config.lock)" ]
}

no_terminal=(terminal.tiocsti terminal.tiocsti-stdout terminal.tiocsti-stderr terminal.tiocsti-high
	terminal.tiocsti-tty terminal.tioclinux terminal.tioclinux-high)
# Limits that wx-run does not set, and what holds_tight looks at.
always=(limits.open-files leftovers.daemon leftovers.home leftovers.tmp leftovers.shm-file)

@test "wx-run -n none: nothing of the host is exposed" {
	need_wx_run none
	sandbox -n none -- /opt/probe/probe >out 2>err </dev/null || true
	holds_tight "${always[@]}" "${no_terminal[@]}"
}

@test "wx-run -n open: nothing of the host is exposed" {
	need_wx_run open
	sandbox -n open -- /opt/probe/probe >out 2>err </dev/null || true
	holds_tight "${always[@]}" "${no_terminal[@]}" network.interfaces network.route
}

@test "wx-run on a terminal: nothing of the host is exposed" {
	need_wx_run none
	in_host script -qec "$(declare -f sandbox in_host); BATS_TEST_TMPDIR='$BATS_TEST_TMPDIR' project='$project'
	    sandbox -n none -- sh -c '/opt/probe/probe >.probe.out' 2>'$BATS_TEST_TMPDIR/err'" /dev/null </dev/null >screen || true
	cp "$project/.probe.out" out || fail "no answers: $(cat screen err)"
	holds_tight "${always[@]}" terminal.tiocsti-stdout terminal.tiocsti-stderr
	# Nothing was typed, but the NUL that script(1) sends for an end to a raw terminal, and
	# the one of a container echoes: the terminal shows nothing.
	[ -z "$(tr -d '\r\n' <screen | sed 's/\^@//')" ] || fail "on the terminal: $(cat screen)"
}

@test "wx-run: a copy of the probe in the project finds no more" {
	need_wx_run none
	cp "$WX_BUILD/lib/probe" "$project/.probe"
	sandbox -n none -- ./.probe files processes devices >out 2>err </dev/null || true
	if grep ^EXPOSED out; then
		fail "exposed, as said above: $(cat err)"
	fi
	[ "$(grep -c ^closed out)" -gt 100 ]
}

@test "wx-run -n host, a protection lifted: the same probes see what is then open" {
	local name
	need_wx_run host
	sandbox -n host -u .envrc -- /opt/probe/probe network namespaces workspace >out 2>err </dev/null || true
	names EXPOSED out >red
	for name in network.loopback4 network.loopback-udp network.abstract network.list-tcp network.list-unix \
	    workspace.envrc; do
		grep -qx "$name" red || fail "$name is not exposed: $(cat out err)"
	done
	if grep -v -e ^network -e '^workspace.envrc$' red; then
		fail "exposed too, as said above"
	fi
	grep -qx tcp4 "$CANARY_DIR/guests"
}
