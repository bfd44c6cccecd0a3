# SPDX-License-Identifier: MIT
# takes: 25 s
load lib/helper
load lib/podman

# wx-kube: the Pod is the plan, is of the level "restricted", holds no
# secret and nothing of this machine, and what it cannot hold is refused. On the
# real podman: that it runs.
setup_file() {
	command -v podman >/dev/null || return 0
	podman_setup_file
	[ ! -e "$BATS_FILE_TMPDIR/podman/cannot" ] || return 0
	# Of its own, for a kube play brings no cgroup options and no PATH, and else
	# builds itself an image of catatonit.
	cat >"$HOME/.config/containers/containers.conf" <<-'C'
	[containers]
	cgroups = "disabled"
	[engine]
	infra_image = "localhost/pause:1"
	C
	chmod 1777 "$BATS_FILE_TMPDIR/podman/root/tmp"
	for i in 'pause:1 ENTRYPOINT ["/bin/sleep","1000"]' 'kube:1 ENV PATH=/bin'; do
		tar -C "$BATS_FILE_TMPDIR/podman/root" -c . | podman import -q -c "${i#* }" - "localhost/${i%% *}" >/dev/null
	done
}

teardown_file() {
	[ ! -d "$BATS_FILE_TMPDIR/podman" ] || podman_teardown_file
}

local_setup() {
	T=$BATS_TEST_TMPDIR
	mkdir project
	cd project || return
}

# plan OPTIONS -- COMMAND: in an environment that is known.
plan() {
	env -i ${ASAN_OPTIONS:+"ASAN_OPTIONS=$ASAN_OPTIONS"} HOME="$HOME" PATH=/usr/bin:/bin LANG=C.UTF-8 TERM=dumb \
	    C=wxmade-up-secret "$(command -v wx-run)" -i localhost/kube:1 --print-plan "$@"
}

# kube OPTIONS -- COMMAND: the Pod of that.
kube() {
	plan "$@" >"$T/plan" && wx-kube <"$T/plan"
}

# Without what is the machine's or this run's.
normal() {
	sed -E -e "s#wrapix-[0-9a-f]{16}#wrapix-HASH#g; s#$T#T#g; s#\"$(id -un)\"#\"USER\"#g" \
	    -e "s#(\"(runAsUser|runAsGroup|fsGroup)\": )[0-9]+#\1ID#; s#(\"SHELL\", \"value\": ).*\}#\1SHELL}#" \
	    -e 's#("cpu": )"[0-9]+"#\1CPUS#'
}

full() {
	printf '[user]\n\tname = A B\n\temail = a@example.invalid\n' >"$HOME/.gitconfig"
	echo '{"env": {"A": "of the profile", "C": null}, "memory": "2G", "timeout": 30, "home_size": "64M",
	    "tmp_size": "32M", "shm_size": "16M", "mounts": [{"source": "~/absent", "optional": true}]}' >"$T/prof"
	kube -p "$T/prof" -v D='two words' -E 0 -F 3 "$@" -- sh -c 'echo "$A"' 3</dev/null </dev/null
}

@test "a Pod is as it was agreed, the same to the byte when asked again, and writes nothing" {
	diff -u "$WX_TREE/tests/golden/full.kube" <(full | normal)
	diff -u "$WX_TREE/tests/golden/none.kube" <(kube -n none -- true | normal)
	full >"$T/1"
	full >"$T/2"
	cmp "$T/1" "$T/2"
	[ ! -e "$HOME/.local" ] || fail "$(find "$HOME")"
	run -1 bash -c 'wx-kube <"$1" >/dev/full' - "$T/plan"
	[[ $output == *"cannot write to standard output"* ]] || fail "$output"
}

# The Pod Security Standards' level "restricted", and "baseline" that it includes
# (kubernetes.io/docs/concepts/security/pod-security-standards): each rule that a Pod
# on standard input breaks, one a line.
restricted() {
	jq -r '.spec as $s | ($s.containers + ($s.initContainers // []) + ($s.ephemeralContainers // [])) as $c |
	    ($s.securityContext // {}) as $p | [
	    ["host namespaces", ($s | (.hostNetwork, .hostPID, .hostIPC) == true)],
	    ["privileged", ($c[] | .securityContext.privileged == true)],
	    ["capabilities added", ($c[] | (.securityContext.capabilities.add // []) - ["NET_BIND_SERVICE"] != [])],
	    ["capabilities kept", ($c[] | .securityContext.capabilities.drop // [] | index("ALL") == null)],
	    ["host ports", ($c[] | .ports // [] | any(.hostPort // 0 != 0))],
	    ["volume types", ($s.volumes // [] | any(keys - ["name", "configMap", "csi", "downwardAPI", "emptyDir",
	        "ephemeral", "persistentVolumeClaim", "projected", "secret"] != []))],
	    ["AppArmor", ($p, $c[].securityContext | .appArmorProfile.type == "Unconfined")],
	    ["SELinux", ($p, $c[].securityContext | .seLinuxOptions | (.user, .role) != null)],
	    ["proc mount", ($c[] | .securityContext.procMount // "Default" != "Default")],
	    ["sysctls", ($p.sysctls // [] != [])],
	    ["windows", ($p, $c[].securityContext | .windowsOptions.hostProcess == true)],
	    ["escalation", ($c[] | .securityContext.allowPrivilegeEscalation != false)],
	    ["root", ($c[] | .securityContext.runAsNonRoot // $p.runAsNonRoot != true)],
	    ["user 0", ($p, $c[].securityContext | .runAsUser == 0)],
	    ["seccomp", ($c[] | .securityContext.seccompProfile.type // $p.seccompProfile.type |
	        IN("RuntimeDefault", "Localhost") | not)]
	    ][] | select(.[1:] | any) | .[0]'
}

@test "the Pod is of the level restricted, and each rule is looked at" {
	for call in full 'kube -n none -- true' 'kube -- true'; do
		$call | jq 'if .kind == "List" then .items[] | select(.kind == "Pod") else . end' >pod
		[ "$(jq -r .kind pod)" = Pod ]
		[ -z "$(restricted <pod)" ] || fail "$call: $(restricted <pod)"
	done
	while read -r rule change; do
		[ "$(jq "$change" pod | restricted)" = "${rule//_/ }" ] || fail "$rule: $(jq "$change" pod | restricted)"
	done <<-'R'
	host_namespaces .spec.hostNetwork = true
	privileged .spec.containers[0].securityContext.privileged = true
	capabilities_added .spec.containers[0].securityContext.capabilities.add = ["SYS_ADMIN"]
	capabilities_kept .spec.containers[0].securityContext.capabilities.drop = []
	host_ports .spec.containers[0].ports = [{"hostPort": 80}]
	volume_types .spec.volumes += [{"name": "x", "hostPath": {"path": "/"}}]
	AppArmor .spec.securityContext.appArmorProfile.type = "Unconfined"
	SELinux .spec.securityContext.seLinuxOptions.role = "x"
	proc_mount .spec.containers[0].securityContext.procMount = "Unmasked"
	sysctls .spec.securityContext.sysctls = [{"name": "a"}]
	windows .spec.securityContext.windowsOptions.hostProcess = true
	escalation del(.spec.containers[0].securityContext.allowPrivilegeEscalation)
	root del(.spec.securityContext.runAsNonRoot)
	user_0 .spec.securityContext.runAsUser = 0
	seccomp del(.spec.securityContext.seccompProfile)
	R
	# What the level does not ask for, and we promise.
	jq -e '.spec | .automountServiceAccountToken == false and .enableServiceLinks == false and .restartPolicy == "Never" and
	    (.containers | all(.securityContext.readOnlyRootFilesystem)) and
	    (.volumes | all(.emptyDir == null or (.emptyDir.medium == "Memory" and .emptyDir.sizeLimit != null)))' pod >/dev/null
}

@test "the names are those of Kubernetes, whichever agent's profile it is" {
	for p in "$WX_TREE"/nix/profiles/*.json; do
		jq 'with_entries(select(.key == "agent" or .key == "env"))' "$p" >"$T/prof"
		jq -e '.agent | . == null or has("command")' "$T/prof" >/dev/null || continue   # it is another's
		kube -p "$T/prof" -n none -- true >pod
		[ "$(jq -r '.items[].metadata.name' pod | grep -cvE '^wrapix-[0-9a-f]{16}$')" -eq 0 ] || fail "$p: $(jq -c '.items[].metadata' pod)"
	done
}

@test "each mount has its volume, and each volume its mount" {
	full | jq -e '([.spec.volumes[].name] | sort) == ([.spec.containers[0].volumeMounts[].name] | sort)' >/dev/null
}

@test "no secret, and no path of this machine but the name of the home" {
	full >pod
	run ! grep -e wxmade-up -e "$PWD" pod
	[ "$(jq -c '.spec.containers[0].env[] | select(.name == "C")' pod)" = \
	    '{"name":"C","valueFrom":{"secretKeyRef":{"name":"wrapix-env","key":"C","optional":false}}}' ]
	sed "s#\"$HOME[\"/]##" pod | { run ! grep -F "$T"; }
	kube -- true >pod
	run ! grep -i secret pod
}

@test "Kubernetes gets the words that were given, dollars and all" {
	# Its expansion (k8s.io/kubernetes/third_party/forked/golang/expansion) of "command" and of values.
	expansion() {
		python3 -c 'import json, re, sys
c = json.load(sys.stdin)["spec"]["containers"][0]
env = {"HOME": "EXPANDED", "A": "EXPANDED", "TOKEN": "EXPANDED"}
def e(s): return re.sub(r"\$(\$|\(([^)]*)\))", lambda m: "$" if m[1] == "$" else env.get(m[2], m[0]), s)
for w in c["command"] + [v["value"] for v in c["env"] if v["name"] == "A"]: print(e(w))'
	}
	words=('$' '$$' '$$$' '$HOME' '$(HOME)' '$$(HOME)' '$$$(HOME)' '$(date)' '$(' '$(A' '$()' 'a$(A)$(A)b' '$((1))' 'x$' 'q"\u')
	for w in "${words[@]}"; do
		[ "$(kube -v "A=$w" -- "$w" | expansion)" = "$w"$'\n'"$w" ] || fail "$w: $(kube -v "A=$w" -- "$w" | grep -e '"A"' -e command)"
	done
	# What needs no care has none: podman's kube play knows of no such expansion.
	[ "$(kube -- 'a $(date) $HOME' | jq -r '.spec.containers[0].command[0]')" = 'a $(date) $HOME' ]
	# A variable may come by the secret.
	[ "$(kube -E 0 -- 'a $(TOKEN)' </dev/null | expansion | head -n 1)" = 'a $(TOKEN)' ]
}

@test "what no Pod can hold is refused, each with its line" {
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("x")'
	mkdir b
	run -1 kube -n host -k x -m /usr:/u -m /opt:/o -P 4 -H .env -w b --inbox -- $'\xff'
	for line in 'cannot bring an ssh-agent (-k) into a Pod: it has no socket of this machine' \
	    "cannot have network 'host' in a Pod: the level 'restricted' forbids it" "cannot mount '/usr' (-m) in a Pod: it has no path of this machine; put it into the image or the claim" \
	    "cannot mount '/opt' (-m)" "cannot limit processes (-P) in a Pod" 'cannot have an inbox (--inbox) in a Pod' \
	    'cannot hide or protect (-H, -w) in a Pod' 'cannot have words or values that are not UTF-8 in a Pod'; do
		[[ $output == *"wx-kube: $line"* ]] || fail "no '$line': $output"
	done
	run ! grep -v '^wx-kube: ' <<<"$output"
	run -1 bash -c 'wx-run -n none -L -- true | wx-kube'
	[ "$output" = "wx-kube: a Pod needs an image, and engine 'bwrap' has none: wx-run -i NAME --print-plan ..." ] || fail "$output"
	run -1 kube -w b -- true
	ssh-keygen -q -t ed25519 -N '' -f "$T/key"
	run -1 kube --signing-key "$T/key.pub" -- true
	[[ $output == *"cannot sign commits (--signing-key) in a Pod"* ]] || fail "$output"
	run -1 kube -v "A=$(printf '\xff')" -- true
	mkdir "$T/root"
	plan -- true | jq --arg i "rootfs:$T/root" '.image = $i' >"$T/plan"
	run -1 wx-kube <"$T/plan"
	[ "$output" = "wx-kube: a Pod takes its image by a name: push it to a registry, and say that (-i)" ] || fail "$output"
	# One of a profile that is there, too.
	echo '{"mounts": [{"source": "/opt", "optional": true}]}' >"$T/prof"
	run -0 kube -p "$T/prof" -- true
	[[ $output != */opt* ]] || fail "$output"
}

@test "what is no plan is refused, whatever lacks" {
	plan -T 5 -- true >"$T/good"
	for bad in '' '{}' '[]' null '{"engine": "podman"' "$(printf '{"image": "a\\u0000b"}')"; do
		run -1 wx-kube <<<"$bad"
		[[ $output == "wx-kube: standard input is no plan of wx-run (no "*"wx-run --print-plan ... | wx-kube" ]] || fail "$bad: $output"
	done
	for key in image project command user user.uid user.home limits limits.memory limits.cpus limits.pids limits.shm mounts; do
		jq "del(.$key)" "$T/good" >"$T/plan"
		run -1 wx-kube <"$T/plan"
		[[ $output == "wx-kube: standard input is no plan of wx-run (no "* ]] || fail "$key: $output"
	done
	for change in '.command = [1]' '.environment.A = 1' '.limits.memory.bytes = -1' '.user.uid = 1e300' '.command = []'; do
		jq "$change" "$T/good" >"$T/plan"
		run -1 wx-kube <"$T/plan"
		[[ $output == "wx-kube: standard input is no plan of wx-run (no "* ]] || fail "$change: $output"
	done
	{ cat "$T/good"; head -c 5000000 /dev/zero | tr '\0' ' '; } >"$T/plan"
	run -1 wx-kube <"$T/plan"
	[ "$output" = "wx-kube: cannot read a plan from standard input: Message too long" ] || fail "$output"
	run -2 wx-kube plan
}

@test "network, time, processors and memory" {
	kube -n open -- true | jq -e '.kind == "Pod" and .spec.activeDeadlineSeconds == null' >/dev/null
	kube -n none -- true | jq -e '(.items | map(.kind)) == ["NetworkPolicy", "Pod"] and
	    .items[0].spec == {podSelector: {matchLabels: {"app.kubernetes.io/instance": .items[1].metadata.labels["app.kubernetes.io/instance"]}},
	    policyTypes: ["Ingress", "Egress"]}' >/dev/null
	for t in 0.2=1 1=1 1.5=2 600=600; do
		[ "$(kube -T "${t%=*}" -- true | jq .spec.activeDeadlineSeconds)" = "${t#*=}" ] || fail "$t"
	done
	# No helper and no user systemd of this machine is needed.
	[ "$(kube -c 3 -M 1G -- true | jq -c '.spec.containers[0].resources.limits')" = '{"cpu":"3","memory":"1073741824"}' ]
	mkdir "$T/bin"
	ln -s "$(command -v jq)" "$T/bin"
	[ "$(PATH=$T/bin "$(command -v wx-run)" -i x -L -- true | wx-kube | jq -r .kind)" = Pod ]
}

# play POD: its log, when it has ended; it is then removed. (podman 4.3's wait takes
# 20 s for one that has ended.)
play() {
	podman kube play --quiet --userns=keep-id --network none "$1" >"$T/played" 2>&1 || fail "$(cat "$T/played")"
	name=$(jq -r .metadata.name "$1")
	for ((i = 0; i < 200; i++)); do
		case $(podman inspect --format '{{.State.Status}}' "$name-command") in
		stopped | exited) break ;;
		esac
	done
	podman inspect --format '{{.State.ExitCode}}' "$name-command" >"$T/status"
	podman logs "$name-command" 2>&1
	podman pod rm -f -t 0 "$name" >/dev/null
}

@test "podman kube play runs it: the claim, the secrets, no power" {
	command -v podman >/dev/null || skip "no podman"
	home=$HOME   # of the test: podman's is another
	podman_setup
	# podman 4.3 takes a secret of its own: for variables the data alone, for files the
	# whole, which it does not decode.
	printf '{"T": "%s"}' "$(printf hush | base64)" | podman secret create wrapix-env - >/dev/null
	printf '{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "wrapix-files"}, "data": {"F": "%s"}}' \
	    "$(printf hushed | base64)" | podman secret create wrapix-files - >/dev/null
	HOME=$home T=hidden wx-run -i localhost/kube:1 -v SET='a b' -v T -E 0 -F 3 -L -- sh -c 'echo "$SET $T $(cat /run/secrets/F)"
	    id -u; id -g; pwd; hostname; grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status | tr -d "\t" | xargs
	    for d in / /etc /run /usr; do touch "$d/x" 2>/dev/null && echo "writable: $d"; done
	    for d in . "$HOME" /tmp /var/tmp /dev/shm; do touch "$d/x" || echo "not writable: $d"; done; exit 7' 3</dev/null </dev/null | wx-kube >pod
	# podman 5 has a tmpfs on /run of each read-only root that it makes of a manifest.
	out=$(play pod | grep -vx 'writable: /run')
	want="a b hush hushed
$(id -u)
$(id -g)
/workspace
wrapix
CapEff:0000000000000000 CapBnd:0000000000000000 NoNewPrivs:1 Seccomp:2"
	[ "${out/"$(printf hushed | base64)"/hushed}" = "$want" ] || fail "$out"
	[ "$(cat "$T/status")" = 7 ]
	# The claim lives on.
	HOME=$home wx-run -i localhost/kube:1 -L -- ls | wx-kube >pod
	[ "$(play pod)" = x ]
	# A List with its NetworkPolicy podman 4.3 refuses; 5 takes it, as if there were no
	# policy: the page says so. With --network none neither gives it a network.
	HOME=$home wx-run -i localhost/kube:1 -n none -L -- true | wx-kube >list
	case $(podman --version) in
	*" "4.*) run -125 podman kube play --network none list; [ -z "$(podman pod ps -q)" ] ;;
	*) podman kube play --quiet --userns=keep-id --network none list; podman pod rm -af -t 0 >/dev/null ;;
	esac
	jq '.items[] | select(.kind == "Pod") | .spec.containers[0].command = ["echo", "yes"]' list >pod
	[ "$(play pod)" = yes ]
}
