# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For the tests of wx-deploykey-push with a forge's stand-in of tests/fake: to be loaded after helper.
# $host is where it is, "${to[@]}" what says its kind, $token_variable names the variable of
# its token, $signing is empty where it has no signing keys, and $dir has the stand-in's files.
to=() token_variable=GH_ENTERPRISE_TOKEN signing=-s

# fake_start NAME DIR: the stand-in NAME; its ports are in DIR/ports, its log is DIR/log.
fake_start() {
	mkdir -p "$2"
	mkfifo "$2/hold"
	"$WX_TREE/tests/fake/$1" --log "$2/log" "$2/certs" <"$2/hold" >"$2/ports" 2>"$2/fake.err" 3>&- &
	# It serves until its standard input ends: with this process.
	exec {hold}>"$2/hold"
	while [ ! -s "$2/ports" ]; do
		kill -0 $! || { cat "$2/fake.err" >&2; return 1; }
		sleep 0.02
	done
}

# After every test: no request came to another origin, none was seen by the proxy with a
# token, and nothing that was said holds one. bats heeds the last status of teardown only.
teardown() {
	local astray=
	! grep -E '"origin": "(other|plain|expired|wrong|alien|old)"' ${logs:-"$dir/log"} || astray=1
	! grep -E '"origin": "proxy".*leaked' ${logs:-"$dir/log"} || astray=1
	! grep -rl MADEUP --include='out*' --include='err*' --include=said . || astray=1
	[ -z "$astray" ] || fail 'a request or a token went astray, as said above'
}

connect() {
	exec 8<>"/dev/tcp/127.0.0.1/$port_control"
}

# ctl JSON: one order to the fake; what it says is in $reply.
ctl() {
	printf '%s\n' "$1" >&8
	read -r reply <&8
}

# fault KIND [METHOD [TIMES [MORE]]]: to come, once if nothing else is said.
fault() {
	ctl "{\"op\":\"fault\",\"kind\":\"$1\",\"method\":\"${2:-*}\",\"times\":${3:-1}${4:+,$4}}"
}

# What turns in a circle ends as a failure.
push() {
	timeout 120 wx-deploykey-push -H "$host" "${to[@]}" -m 5 "$@"
}

# expect STATUS PATTERN ARG... : it exits so with key.pub on stdin; what it writes on stderr holds PATTERN
# ('' for nothing at all).
expect() {
	local rc=0 want=$1 pattern=$2
	shift 2
	push "$@" >out 2>err <"${stdin:-key.pub}" || rc=$?
	[ "$rc" -eq "$want" ] || fail "$*: status $rc, not $want: $(cat out err)"
	if [ -z "$pattern" ]; then
		[ ! -s err ] || fail "$*: said: $(cat err)"
	else
		grep -qE -- "$pattern" err || fail "$*: no '$pattern' in: $(cat err)"
	fi
	# What -v found is on stdout, whatever it is.
	[ "$rc" -eq 0 ] || [ ! -s out ] || [ -n "${some_out-}" ] || [[ $(jq -r .action out | sort -u) =~ ^(unknown|unfit)$ ]] || fail "$*: wrote on stdout: $(cat out)"
}

# count REPO: how often the key is there.
count() {
	ctl "{\"op\":\"count\",\"repo\":\"$1\",\"key\":\"${2:-$blob}\"}"
	reply=${reply//[!0-9]/}
	echo "$reply"
}

is_there() {
	[ "$(count "$1")" -eq 1 ] || fail "key is $(count "$1") times in $1"
}

is_absent() {
	[ "$(count "$1")" -eq 0 ] || fail "key is in $1"
}

# requests: those of this test, as "METHOD path status", one a line.
requests() {
	tail -n +$((before + 1)) "$dir/log" | jq -r 'select(.origin != "proxy") | "\(.method) \(.path) \(.status)"'
}

# plant REPO [MORE]: the key is there already.
plant() {
	ctl "{\"op\":\"key\",\"repo\":\"$1\",\"key\":\"$blob\"${2:+,$2}}"
}

action() {
	jq -r .action out
}

# --- a list that changes while it is read

# shift TIMES [SKIP]: after a page was read another client deletes the first key.
shift_list() {
	fault shift GET "$1" "\"repo\":\"me/many\",\"path\":\"/keys\",\"skip\":${2:-0}"
}

# in_order N: the key is the N-th of 230 there (0 is the first).
in_order() {
	ctl '{"op":"reset"}'
	ctl "{\"op\":\"key\",\"repo\":\"me/many\",\"key\":\"$blob\",\"at\":$1}"
}

# --- faults

# After these nothing was done; after those it was, and the answer went wrong.
before_faults='hang 502 500 portal reset close'
after_faults='hang-after slow steady 502-after reset-after truncated-1.0 truncated-1.1 garbage empty trailing twice nul not-utf8 deep
    scalar huge-body huge-headers wrong-type huge-id broken-id text-id'

# one PLACE METHOD TIMES STATUS N VERB...: with the fault $kind on METHOD, PLACE (a repository or -s) ends
# with STATUS, and with the key N times there.
one() {
	local place=$1 method=$2 times=$3 status=$4 n=$5 rc=0 where
	shift 5
	where="\"repo\":\"$user/it\""
	[ "$place" != -s ] || where="\"none\":0"
	fault "$kind" "$method" "$times" "\"user\":\"$user\""
	timeout 200 wx-deploykey-push -H "$host" "${to[@]}" -m 1 "$@" "$place" <"$user.pub" >"out.$user" 2>"err.$user" || rc=$?
	ctl "{\"op\":\"count\",\"user\":\"$user\",$where,\"key\":\"$key\"}"
	[ "$rc" -eq "$status" ] && [ "$reply" = "{\"n\": $n}" ] ||
	    echo "$kind $times on $method, ${*:-add} $place: status $rc, not $status; $reply: $(cat "err.$user")" >>"bad.$user"
	! grep -q MADEUP "out.$user" "err.$user" || echo "$kind: shows the token" >>"bad.$user"
}

# fresh PLACE [there]: another key there, and this one.
fresh() {
	local where="\"user\":\"$user\"" repo="\"repo\":\"$user/it\""
	ctl "{\"op\":\"clear\",$where,$repo}"
	[ "$1" = -s ] || where="$where,$repo"
	ctl "{\"op\":\"key\",$where,\"key\":\"$other\"}"
	[ -z "${2-}" ] || ctl "{\"op\":\"key\",$where,\"key\":\"$key\"}"
}

# every_verb KIND CLASS: a user of its own, so that many of these can go on at once. Each kind meets add,
# delete and verify once; the rest, where giving up takes seconds, is for two kinds, and, with WX_WHOLE
# (make campaign), for all.
every_verb() {
	local kind=$1 class=$2 user=u${1//[.-]/} key other place t whole=${WX_WHOLE-}
	[[ $kind != 502* ]] || whole=1
	connect
	ctl "{\"op\":\"user\",\"user\":\"$user\"}"
	export "$token_variable=ghp_MADEUP$user"
	ssh-keygen -q -t ed25519 -N '' -C "$user" -f "$user"
	ssh-keygen -q -t ed25519 -N '' -C "$user" -f "$user.o"
	key=$(cut -d ' ' -f 1,2 "$user.pub")
	other=$(cut -d ' ' -f 1,2 "$user.o.pub")
	for place in "$user/it" $signing; do
		for t in 1 -1; do
			# Giving up takes seconds, and signing takes the same road to it.
			[ "$t$place" != -1-s ] || continue
			[ -n "$whole" ] || [ "$t$place" = "1$user/it" ] || continue
			# What stays of it if the fault is there each time.
			local last=0 undone=0
			[ $t -eq 1 ] || last=3
			[ $t -eq 1 ] || [ "$class" = after ] || undone=1
			fresh "$place"
			one "$place" POST $t $((undone * 3)) $((1 - undone))
			fresh "$place" there
			one "$place" DELETE $t $((undone * 3)) $undone -d
			fresh "$place" there
			one "$place" GET $t $last 1 -v
			[ -n "$whole" ] || continue
			fresh "$place" there
			one "$place" GET $t $last $((last / 3)) -d
			fresh "$place" there
			one "$place" GET $t $last 1 -l
			fresh "$place" there
			one "$place" GET $t $last 1
		done
	done
}

# in_parallel CLASS KIND...: as many as there are, ten at a time.
in_parallel() {
	local class=$1 k
	shift
	for k; do
		while [ "$(jobs -rp | wc -l)" -ge 10 ]; do wait -n || fail "one of $* ended early"; done
		(every_verb "$k" "$class" && echo "$k" >>all) 3>&- &
	done
}
