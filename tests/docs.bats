# SPDX-License-Identifier: MIT
# sanitizers: no, of pages
# takes: 15 s
load lib/helper

# The pages against the code and the built tools: what a page lists is all there
# is, what it shows is what happens. tests/every-tool.bats has the rest.
local_setup() {
	man=$WX_TREE/man
	src=$WX_TREE/cmd/wx-run
	mkdir app
}

# of TOOL FILE: where a file of a tool is, in whichever room.
of() {
	find "$WX_TREE/cmd/$1" -name "$2"
}

# section PAGE NAME: the source of one section, or subsection.
section() {
	awk -v name="$2" '/^\.S[hs] /{ on = substr($0, 5) == name; next } on' "$man/$1"
}

# items PAGE SECTION: the first words of the list items that are literals.
items() {
	section "$1" "$2" | sed -n 's/^\.It Li \([^ ]*\).*/\1/p'
}

# same WHAT A B: two lists of lines, in any order, each line once.
same() {
	[ -n "$2" ] || fail "$1: found nothing to compare"
	diff <(sort <<<"$2") <(sort <<<"$3") || fail "$1: the page (<) and the code (>) differ"
}

# code FILE...: the source on one line, literals that stand side by side joined.
code() {
	cat "$@" | tr '\n\t' '  ' | sed 's/" *"//g'
}

# between PAGE WORD: what stands between '.\" list: WORD' and '.\" end'.
between() {
	sed -n "/^\.\\\\\" list: $2\$/,/^\.\\\\\" end\$/p" "$man/$1" | grep -v '^\.\\"'
}

# --- lists

@test "each tool's page has each option of its table, letter, word and argument, and no other" {
	# SYNOPSIS against -h is every-tool.bats' part.
	for t in $WX_TOOLS; do
		# One without a letter has a name for it in the code, and '-' here.
		table=$(sed -n '/^static const struct args_option/,/^};/{
		    s/^	{ 0, /	{ '"'-'"', /
		    s/^	{ .\(.\)., "\([a-z-]*\)", NULL, .*/\1 \2 no/p
		    s/^	{ .\(.\)., "\([a-z-]*\)", ".*/\1 \2 required/p
		    }
		    /^static const struct option/,/^};/s/.*"\([a-z-]*\)", *\([a-z]*\)_argument, *NULL, .\(.\)..*/\3 \1 \2/p' $(of "$t" "*.c"))
		page=$(sed -n <"$man/$t.1" '
		    s/^\.It Fl \(.\) , -\([a-z-]*\)$/\1 \2 no/p
		    s/^\.It Fl \(.\) , -\([a-z-]*\) Ar .*/\1 \2 required/p
		    s/^\.It Fl -\([a-z-]*\)$/- \1 no/p
		    s/^\.It Fl -\([a-z-]*\) Ar .*/- \1 required/p')
		same "options of $t" "$page" "$table"
	done
}

@test "wrapix-workspace(7) lists each kind of finding, and no other" {
	# A kind is one word, or hyphened; details have spaces.
	kinds=$(code "$src"/*.c "$src"/*/*.c | grep -oE '\b(report_add|look_found|home_found)\([^;]*;' |
	    grep -oE '"[a-z]+(-[a-z]+)*"' | tr -d '"' | sort -u)
	same findings "$(items wrapix-workspace.7 REPORT)" "$kinds"
}

@test "wrapix-workspace(7) names the keys of a finding, in their order" {
	wx-run -n none -C app -r found -- ln -s /etc/passwd out 2>/dev/null
	keys=$(jq -r 'keys_unsorted | join(" , ")' found)
	section wrapix-workspace.7 REPORT | tr '\n' ' ' | grep -qF ".Li ${keys% , *} and .Li ${keys##* , } ,"
}

@test "wrapix-plan(5) lists each key of the plan, in their order, and no other" {
	touch app/.envrc
	echo '{"mounts": [{"source": "/usr/share", "dest": "/opt/x", "optional": true}]}' >prof
	wx-run -C app -n none -p prof -H .envrc -v FOO=bar --publish 8000 --print-plan -- true >plan
	keys=$(jq -r '[paths(type != "object" and type != "array" or . == []) | map(tostring) |
	    if .[0] | IN("environment", "command", "protect", "unprotect", "hide") then .[:1] else . end |
	    join(".") | gsub("mounts\\.[0-9]+"; "mounts[]")] | .[]' plan | awk '!seen[$0]++')
	page=$(items wrapix-plan.5 PLAN)
	same "the plan" "$page" "$keys"
	# The keys of a mount differ by its kind: of these the order is not compared.
	[ "$(grep -v '^mounts' <<<"$page")" = "$(grep -v '^mounts' <<<"$keys")" ] || fail "another order"
}

@test "wrapix-plan(5) lists each key of the summary, in their order, and no other" {
	git -C app init -q
	touch app/.envrc
	mkdir -p "$HOME/own/bin"
	PATH=$HOME/own/bin:$PATH
	printf '{"network_names": ["a.example"]}' >p
	wx-run -C app -p p -n none --publish 8000 --print-summary -- true | cut -f 1 | awk '!seen[$0]++' >keys
	[ "$(items wrapix-plan.5 SUMMARY)" = "$(cat keys)" ] || fail "$(cat keys)"
}

@test "wrapix-plan(5), wx-run(1), wx-log(1): the members of the end, of a run that is listed, of a line of a record, in order" {
	wx-run -n none -C app --end-fd 7 -- true 7>end
	# Two members may be one item of the list.
	page=$(section wrapix-plan.5 'THE END' | sed -n 's/^\.It Li //p' | sed 's/ , /\n/g')
	[ "$page" = "$(jq -r 'keys_unsorted[]' end)" ] || fail "$(diff <(echo "$page") <(jq -r 'keys_unsorted[]' end))"
	mkfifo go
	wx-run -n none -C app -- sh -c 'echo up; read x' <go >out 3>&- &
	exec 9>go
	until_true grep -q up out
	wx-run --list --json >runs
	exec 9>&-
	wait
	keys=$(jq -r 'keys_unsorted | (.[:-1] | join(" , ")) + " and " + .[-1]' runs)
	section wx-run.1 'RUNS AT WORK' | tr '\n' ' ' | sed 's/ \.Li / /g' | grep -qF "${keys% and *} and ${keys##* and } ." || fail "$keys"
	echo '{}' | wx-log record >/dev/null
	[ "$(items wx-log.1 DESCRIPTION | head -n 4)" = "$(jq -r 'keys_unsorted[]' record)" ]
}

@test "wrapix-plan(5) names each reason and kind of a mount" {
	words=$(section wrapix-plan.5 PLAN | sed -n '/mounts\[\]\.for/,/^\.It Li protect/p')
	reasons=$(code "$src"/*.c "$src"/*/*.c | grep -oE '(mount_add|show)\([^;]*;' | grep -oE '"[a-z-]+" *\);' |
	    tr -d '"); ')
	[ "$(wc -l <<<"$reasons")" -gt 8 ]
	for w in $reasons anchor protected hide made; do
		grep -qw -- "$w" <<<"$words" || fail "no '$w' under mounts[].for"
	done
	for w in $(sed -n 's/.*kinds\[\] = {\(.*\)};/\1/p' $(of wx-run planjson.c) | tr -d '",'); do
		section wrapix-plan.5 PLAN | sed -n '/mounts\[\]\.kind/,/mounts\[\]\.source/p' |
		    grep -qw "$w" || fail "no '$w' under mounts[].kind"
	done
}

@test "wrapix-workspace(7) lists the protected kinds with the tool and when, and no other" {
	page=$(between wrapix-workspace.7 guard_kinds | awk '
	    /^\.It / { sub(/^\.It /, ""); sub(/ , /, "|"); of = $0 }
	    /^\.Pa / { for (i = 2; i <= NF; i++) if ($i != ",") print of "|" $i }')
	list=$(awk '
	    /^static const char/ { name = $4; sub(/\[\]/, "", name); split($0, q, "\""); word[name] = q[2] }
	    /^\t\{ "/ { split($0, q, "\""); last = q[5]
	        if (last ~ /[a-z]/) { gsub(/[^a-z_]/, "", last); q[6] = word[last] }
	        print q[4] "|" q[6] "|" q[2] }' $(of wx-run kinds.c))
	[ "$(wc -l <<<"$list")" -ge 70 ] || fail "$list"
	same "protected kinds" "$page" "$list"
}

@test "wx-keygen(1) and wx-deploykey-push(1) list each state, and each member of the output, in order" {
	wx-keygen -o keys/k >/dev/null
	members=$(wx-keygen -lj keys | jq -r 'keys_unsorted[]')
	[ "$(section wx-keygen.1 'THE LIST' | sed -n 's/^\.It Li \([a-z_]*\)$/\1/p' | head -n 6)" = "$members" ]
	states=$(grep -o '\[STATE_[A-Z]*\] = "[a-z]*"' $(of wx-keygen list.c) | sed 's/.*"\(.*\)"/\1/')
	same states "$(section wx-keygen.1 'THE LIST' | sed -n 's/^\.It Li \([a-z_]*\)$/\1/p' | tail -n +7)" "$states"
	out=$(code $(of wx-deploykey-push output.c) | grep -oE '(\\"|fp, ")(id|title|fingerprint|read_only|enabled|created_at|last_used|expires_at|repo|host|action)\\?"' | tr -cd 'a-z_\n' | sed 's/^fp//' | awk '!seen[$0]++')
	[ "$(section wx-deploykey-push.1 OUTPUT | sed -n 's/^\.It Li \([a-z_]*\)$/\1/p' | head -n 11)" = "$out" ] || fail "$out"
}

@test "wx-run(1): each message under DIAGNOSTICS is one of the code's" {
	all=$(code "$src"/*.c "$src"/*/*.c)
	n=0
	while read -r message; do
		n=$((n + 1))
		want=$(sed "s/'[A-Z]*'/'%s'/g; s/USER '%s'/USER '%s'/; s/ FD:/ %d:/; s/^bwrap is not on PATH: .*/%s is not on PATH: %s/" <<<"$message")
		grep -qF -- "\"$want\"" <<<"$all" || fail "no message '$want' in the code"
	done < <(section wx-run.1 DIAGNOSTICS | sed -n 's/^\.It "\(.*\)"$/\1/p')
	[ "$n" -ge 8 ]
}

@test "wrapix-profile(5) lists each key, and of a mount each, and no other" {
	same "keys" "$(items wrapix-profile.5 DESCRIPTION)" \
	    "$(sed -n 's/^\t{ "\([a-z_]*\)", [a-z]*_[a-z]*, AT(.*/\1/p' $(of wx-run profile.c))"
	same "keys of a mount" "$(items wrapix-profile.5 Mounts)" \
	    "$(sed -n 's/.*keys\[\] = {\(.*\)};/\1/p' $(of wx-run profile.c) | grep -o '[a-z]*')"
	same "keys of an agent" "$(items wrapix-profile.5 Agent)" \
	    "$(sed -n 's/^\t{ "\([a-z_]*\)", [a-z_]*, AGENT(.*/\1/p' $(of wx-run agentkeys.c))"
}

@test "wrapix-profile(5) has the limits of the code" {
	for name in MAX ITEMS DEPTH; do
		n=$(sed -n "s/^#define PROFILE_$name *\([0-9]*\).*/\1/p" $(of wx-run profile.h))
		section wrapix-profile.5 Limits | grep -qw "$n" || fail "no $n (PROFILE_$name)"
	done
	for name in PATHS BYTES; do
		n=$(sed -n "s/^#define STORE_$name *\([0-9]*\).*/\1/p" $(of wx-run store.h))
		section wrapix-profile.5 DESCRIPTION | sed -n '/^\.It Li store_paths/,/^\.It/p' | grep -qw "$n" ||
		    fail "no $n (STORE_$name)"
	done
}

@test "wrapix-profile(5): each option that it refers to is that of the key" {
	# By experience and not by name: the profile's value, then the option over it.
	for pair in 'memory "1G" .limits.memory.bytes M 512M' 'pids 9 .limits.pids.count P 8' \
	    'timeout 9 .limits.seconds T 8' 'network "host" .network.mode n none'; do
		read -r key value path letter other <<<"$pair"
		section wrapix-profile.5 DESCRIPTION | sed -n "/^\.It Li $key\$/,/^\.It/p" |
		    grep -q "^\.Fl $letter \.\$" || fail "$key: no -$letter"
		printf '{"network": "none", "%s": %s}' "$key" "$value" |
		    sed 's/"network": "none", "network"/"network"/' >p
		a=$(wx-run -C app -p p -L | jq "$path")
		b=$(wx-run -C app -p p "-$letter" "$other" -L | jq "$path")
		[ "$a" != "$b" ] || fail "$key: -$letter does not win over the profile"
	done
	for pair in 'hide H' 'protect w' 'unprotect u'; do
		read -r key letter <<<"$pair"
		section wrapix-profile.5 DESCRIPTION | sed -n "/^\.It Li $key\$/,/^\.It/p" |
		    grep -q "^\.Fl $letter \.\$" || fail "$key: no -$letter"
		printf '{"network": "none", "%s": ["one"]}' "$key" >p
		[ "$(wx-run -C app -p p "-$letter" two -L | jq -c ".$key")" = '["one","two"]' ] ||
		    fail "$key and -$letter do not add up"
	done
}

@test "wrapix(7) names only tools that are there" {
	n=0
	for t in $(between wrapix.7 tools | sed -n 's/^\.It Xr \([a-z-]*\) .*/\1/p'); do
		n=$((n + 1))
		command -v "$t" >/dev/null || fail "no $t"
	done
	[ "$n" -ge 2 ]
}

@test "wrapix-security(7): each claim has a test, and that has its name" {
	n=0
	while read -r file name; do
		n=$((n + 1))
		grep -qF -- "@test \"$name\" {" "$WX_TREE/$file" || fail "$file has no test '$name'"
	done < <(between wrapix-security.7 claims | awk '/^\.Pa /{ file = $2; getline; print file, $0 }')
	[ "$n" -eq "$(between wrapix-security.7 claims | grep -c '^\.It ')" ] && [ "$n" -ge 12 ]
}

@test "wx-egress(1) and wrapix-security(7) say what is not stopped: another host inside TLS, what is sent to a listed host" {
	grep -q 'may name another host than the certificate' "$WX_TREE/man/wx-egress.1"
	grep -q 'what can be uploaded to it can be sent away, and one' "$WX_TREE/man/wrapix-security.7"
	grep -q 'may be a door to others there (the name inside TLS is not seen)' "$WX_TREE/man/wrapix-security.7"
}

@test "tests/threats: each number is there, and each test it names" {
	local name file
	for n in T{1..25} C{1..38}; do
		grep -q "^$n	" "$WX_TREE/tests/threats" || fail "no $n"
	done
	while IFS=$'\t' read -r _ file name; do
		case $file in
		-) [ -n "$name" ] || fail "no reason" ;;
		*.bats) grep -qF -- "@test \"$name\" {" "$WX_TREE/$file" || fail "$file has no test '$name'" ;;
		*) grep -qF -- "$name" "$WX_TREE/$file" || fail "$file has no '$name'" ;;
		esac
	done < <(grep -v '^#\|^$' "$WX_TREE/tests/threats")
}

@test "wrapix(7) has the exit statuses of the header" {
	for n in $(sed -n 's/.* = \([0-9]*\),.*/\1/p' "$WX_TREE/libcommon/exitcode.h"); do
		section wrapix.7 'Exit status' | grep -qx "\.It $n" || fail "no $n"
	done
}

# --- examples

# profiles: each JSON object among the displays of wrapix-profile(5), to pN.json.
profiles() {
	section wrapix-profile.5 EXAMPLES | awk '
	    /^\{$/ { n++; on = 1 }
	    on { print > ("p" n ".json") }
	    /^\}$/ { on = 0 }'
}

@test "wrapix-profile(5): each example is a profile" {
	printf '#!/bin/sh\n' | tee claude node >/dev/null
	chmod +x claude node
	PATH=$PWD:$PATH
	if ! command -v pasta >/dev/null && ! command -v slirp4netns >/dev/null; then
		skip "neither pasta nor slirp4netns"
	fi
	profiles
	[ -f p3.json ]
	mkdir -p ~/.config/wrapix/profiles
	cp "$WX_TREE/nix/profiles/base.json" ~/.config/wrapix/profiles
	for p in p?.json; do
		wx-run -C app -p "$p" --print-plan >plan || fail "$p: $(cat "$p")"
		want=$(jq -c '.hide // []' "$p")
		[ "$(jq -c .hide plan)" = "$want" ] || fail "$p: hide is not $want"
	done
}

@test "wrapix-profile(5): the first example has every key but those of its heading, and does what it says" {
	profiles
	same "keys of the example" "$(jq -r 'keys[]' p1.json; echo cpus; echo devices; echo extends; echo image; echo store_paths)" "$(items wrapix-profile.5 DESCRIPTION)"
	# Inside, but for the agent and the network.
	jq '.network = "none" | .command = ["sh", "-c", "echo $EDITOR $CI; ls -d /doc ~/.cache/pip; df -B1 --output=size ~ /tmp /dev/shm"]' p1.json >q.json
	mkdir -p ~/.cache/pip
	run -0 wx-run -C app -p q.json
	[ "${lines[0]}" = "vi 1" ]
	[ "${lines[1]} ${lines[2]}" = "/doc $HOME/.cache/pip" ]
	[ "$(echo ${lines[4]} ${lines[5]} ${lines[6]})" = "$((512 << 20)) $((2 << 30)) $((64 << 20))" ]
}

# shown PAGE: the commands of EXAMPLES, one a line: what begins with "$ ", with the
# lines that continue it. What waits for somebody to type is left out.
shown() {
	section "$1" EXAMPLES | sed 's/^\.Dl //; s/\\(dq/"/g; s/\\e/\\/g' | awk '
	    /^\$ / { if (cmd != "") print cmd; cmd = substr($0, 3); next }
	    /^    / && cmd != "" { sub(/\\$/, "", cmd); cmd = cmd " " substr($0, 5); next }
	    { if (cmd != "") print cmd; cmd = "" }
	    END { if (cmd != "") print cmd }' | grep -v 'cat >'
}

# A home and a project in which all of the examples can run, with an agent that
# does nothing but say that it has what it needs.
world() {
	mkdir -p ~/.local/bin ~/.config/wrapix ~/.npm app/.github/workflows app/config
	printf '#!/bin/sh\n[ -n "$CLAUDE_CODE_OAUTH_TOKEN" ]\n' >~/.local/bin/claude
	printf '#!/bin/sh\necho MADEUP-npm\n' >~/.local/bin/pass
	printf '#!/bin/sh\n[ "$1" = test ]\n' >~/.local/bin/npm
	# For where there is none.
	printf '#!/bin/sh\n' >~/.local/bin/node
	chmod 755 ~/.local/bin/*
	(umask 077; echo MADEUP-token >~/.config/wrapix/CLAUDE_CODE_OAUTH_TOKEN)
	profiles
	mv p3.json ~/.config/wrapix/node.json
	ssh-keygen -q -t ed25519 -N '' -f ~/key
	printf '[user]\n\tname = A\n\temail = a@example.invalid\n' >~/.gitconfig
	cd app
	printf 'test:\n\t@true\n' >Makefile
	printf 'S=MADEUP\n' >.env
	touch .npmrc config/a.key
	git init -q -b main
	git init -q --bare ../o.git
	git add -A && git commit -qm one
	git clone -q --bare . o.git
	git remote add origin /workspace/o.git
	git config push.default current
	PATH=$HOME/.local/bin:$PATH
}

# try PAGE COUNT: run each command of a page's EXAMPLES as it stands.
try() {
	local n=0 cmd
	[ -n "$WX_NETNS" ] || skip "needs a network of our own"
	world
	while read -r cmd; do
		n=$((n + 1))
		# Of a run that is at work; the next one ends it.
		if [[ $cmd == *--exec* ]]; then
			wx-run -n none -- sleep 1000 3>&- &
			until_true wx-run --exec -- true
		fi
		timeout 60 bash -o pipefail -c "$cmd" >out 2>err </dev/null ||
		    fail "'$cmd': status $?: $(cat out err)"
	done < <(shown "$1")
	[ "$n" -ge "$2" ] || fail "only $n examples"
}

@test "wx-run(1): each example runs as it stands" {
	try wx-run.1 12
	# The last is --check; what the page shows of it is what it says.
	want=$(section wx-run.1 EXAMPLES | sed -n 's/^\(ok [a-z]*:\).*/\1/p')
	[ "$(cut -d' ' -f1,2 out | head -n "$(wc -l <<<"$want")")" = "$want" ]
}

@test "wx-run(1): the example that hides passwords hides them, the one that pushes pushes" {
	world
	eval "$(shown wx-run.1 | grep -- "-H '.env\*'")" >out
	grep -q ' 0 .* \.env$' out
	[ "$(cat .env)" = S=MADEUP ]
	before=$(git -C o.git rev-parse HEAD)
	git commit -q --allow-empty -m two
	cmd=$(shown wx-run.1 | grep 'git push')
	cmd=${cmd/wx-run/wx-run -n none -u o.git}
	eval "${cmd/git push/ssh-add -l}" >out
	[ "$(cut -d' ' -f2 out)" = "$(ssh-keygen -lf ~/key.pub | cut -d' ' -f2)" ]
	eval "$cmd" 2>/dev/null
	[ "$(git -C o.git rev-parse HEAD)" != "$before" ]
}

@test "wrapix(7): each example runs as it stands" {
	# github.com is the suite's own, behind a proxy; it knows me/it, and serves until its stdin ends.
	mkfifo hold
	"$WX_TREE/tests/fake/github" certs <hold >ports 2>fake.err 3>&- &
	exec 9>hold
	until [ -s ports ]; do kill -0 $! || fail "$(cat fake.err)"; sleep 0.02; done
	export SSL_CERT_FILE=$PWD/certs/ca.pem GH_TOKEN=ghp_MADEUPclassic
	export https_proxy=http://127.0.0.1:$(sed 's/.* proxy=\([0-9]*\).*/\1/' ports)
	try wrapix.7 5
	exec 9>&-
	wait
}

@test "wrapix-profile(5): the last example runs as it stands" {
	try wrapix-profile.5 1
}

# --- what the pages promise, where no other test has it

@test "a writable mount that overlaps the project is refused, a read-only one is not" {
	mkdir above
	mv app above
	cd above/app
	git init -q
	for m in .:/x:rw ..:/x:rw .git:/x:rw "$PWD:rw"; do
		run -125 wx-run -n none -m "$m" -- touch /x/.git/hooks/planted
		[[ $output == *"writable: it "* ]] || fail "$m: $output"
	done
	run -0 wx-run -n none -m .:/x -- ls /x/.git
	run -0 wx-run -n none -m /usr/share:/x:rw -- true
	# The main tree of a linked one, whose git folder is bound too.
	git -c user.name=A -c user.email=a@example.invalid commit -q --allow-empty -m one
	git worktree add -q ../linked
	cd ../linked
	run ! wx-run -n none -m ../app:/x:rw -- touch /x/.git/hooks/planted
	[ ! -e ../app/.git/hooks/planted ]
}
