# SPDX-License-Identifier: MIT
# takes: 110 s
# Against tests/fake/github, over TLS on loopback: an Enterprise host with a port,
# and, through a proxy of the fake's, github.com and ghe.com themselves. Every
# token is made up, and holds the word MADEUP.
load lib/helper
load lib/push

setup_file() {
	export dir=$BATS_FILE_TMPDIR
	fake_start github "$dir"
	ssh-keygen -q -t ed25519 -N '' -C me@here -f "$dir/key"
}

local_setup() {
	umask 077
	local p
	for p in $(cat "$dir/ports"); do export "port_${p%=*}=${p#*=}"; done
	host=127.0.0.1:$port_main
	export SSL_CERT_FILE=$dir/certs/ca.pem GH_ENTERPRISE_TOKEN=ghp_MADEUPclassic
	unset GITHUB_ENTERPRISE_TOKEN NIX_SSL_CERT_FILE GH_CONFIG_DIR GH_HOST
	cp "$dir/key.pub" key.pub
	blob=$(cut -d ' ' -f 1,2 key.pub)
	connect
	ctl '{"op":"reset"}'
	before=$(wc -l <"$dir/log")
}

# --- the verbs

@test "add: one request, one line in the order of the page, the comment as title" {
	expect 0 'made with a classic personal access token' me/it
	is_there me/it
	[ "$(requests)" = 'POST /api/v3/repos/me/it/keys 201' ] || fail "$(requests)"
	[ "$(jq -r 'keys_unsorted | join(" ")' out)" = 'id title fingerprint read_only enabled created_at last_used expires_at repo host action' ]
	print=$(ssh-keygen -lf key.pub | cut -d ' ' -f 2)
	[ "$(jq -r '[.title, .fingerprint, .read_only, .enabled, .last_used, .repo, .host, .action] | @csv' out)" = \
	    "\"me@here\",\"$print\",false,true,,\"me/it\",\"$host\",\"added\"" ] || fail "$(cat out)"
	[ "$(tail -n 1 "$dir/log" | jq -c .request)" = \
	    "{\"title\":\"me@here\",\"key\":\"$blob\",\"read_only\":false}" ] || fail "$(tail -n 1 "$dir/log")"
}

@test "add: what is there already is success, and says nothing" {
	plant me/it
	expect 0 '' me/it
	[ "$(action)" = unchanged ]
	is_there me/it
}

@test "add -r -t: read-only, with that title" {
	push -r -t 'a "title" ü' me/it <key.pub >out 2>err
	[ "$(jq -r '"\(.title) \(.read_only)"' out)" = 'a "title" ü true' ] || fail "$(cat out)"
	expect 0 '' --verify --read-only me/it
}

@test "add: there, but read-only, or writable, or disabled, is no success" {
	plant me/it '"read_only":true'
	expect 1 'it is read-only; to make it writable delete it first' me/it
	expect 0 '' -r me/it
	plant me/second
	ctl '{"op":"clear","repo":"me/second","user":"-"}'
	plant me/second '"enabled":false'
	ctl '{"op":"clear","repo":"me/it","user":"-"}'
	expect 1 'it is disabled by the organisation' me/second
	expect 1 'it is disabled by the organisation' -v me/second
	plant me/it
	expect 1 'it may write; to make it read-only' -r me/it
}

@test "verify: there and writable; absent; read-only" {
	expect 1 "the key is not known to 'me/it'" -v me/it
	[ "$(jq -r '[.id, .repo, .fingerprint, .action] | join(" ")' out)" = " me/it $(ssh-keygen -lf key.pub | cut -d ' ' -f 2) unknown" ] || fail "$(cat out)"
	plant me/it
	expect 0 '' -v me/it
	[ "$(action)" = verified ]
	expect 1 'it may write' -v -r me/it
	[ "$(action)" = unfit ]
	printf 'me/it\tx\t%s\nme/second\tx\t%s\n' "$(cat key.pub)" "$(cat key.pub)" >lines
	batch 1 -v
	[ "$(jq -r '"\(.repo) \(.action)"' out)" = $'me/it verified\nme/second unknown' ] || fail "$(cat out)"
}

@test "delete: there, and then absent, are both success" {
	plant me/it
	expect 0 '' -d me/it
	[ "$(action)" = deleted ]
	is_absent me/it
	expect 0 '' --delete me/it
	[ "$(action)" = absent ] && [ "$(jq -r '"\(.id) \(.title)"' out)" = 'null null' ]
}

@test "delete: the key, not another of the same title" {
	ctl '{"op":"key","repo":"me/it","key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJKnDBFK1wKy6qYLyrZIYQGGzYbVPjPnOlvIKrCFf2Ez","title":"me@here"}'
	expect 0 '' -d me/it
	[ "$(action)" = absent ]
	[ "$(count me/it 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJKnDBFK1wKy6qYLyrZIYQGGzYbVPjPnOlvIKrCFf2Ez')" -eq 1 ]
}

# --- a list that changes while it is read

@test "delete, verify, add: a key that a deletion moves to the page before is seen all the same" {
	for at in 100 200; do
		in_order $at
		shift_list 1 $((at / 100 - 1))
		expect 0 '' -d me/many
		[ "$(action)" = deleted ] || fail "at $at: $(cat out)"
		is_absent me/many
		in_order $at
		shift_list 1 $((at / 100 - 1))
		expect 0 '' -v me/many
		in_order $at
		shift_list 1 $((at / 100 - 1))
		expect 0 '' me/many
		[ "$(action)" = unchanged ]
	done
}

@test "delete: absent only when two walks agree; of a list that never rests: 3" {
	shift_list 3
	expect 0 '' -d me/many
	[ "$(action)" = absent ]
	# One walk of three pages that shrinks, one of it at rest, and one that agrees.
	[ "$(requests | grep -c ^GET)" -ge 8 ] || fail "$(requests)"
	ctl '{"op":"reset"}'
	shift_list -1
	for verb in -d -v; do
		expect 3 "the list of the keys of 'me/many' changes each time that it is read" $verb me/many
	done
	# One page is of one moment.
	before=$(wc -l <"$dir/log")
	expect 0 '' -d me/it
	[ "$(requests | wc -l)" -eq 1 ] || fail "$(requests)"
}

@test "list: what moved to the page before is listed, and nothing twice" {
	in_order 100
	shift_list 1
	stdin=/dev/null expect 0 '' -l me/many
	[ "$(jq -r .fingerprint out | sort | uniq -d | wc -l)" -eq 0 ]
	fp=$(ssh-keygen -lf key.pub | cut -d' ' -f2)
	[ "$(grep -c -F "$fp" out)" -eq 1 ] || fail "$fp is not in $(wc -l <out) lines"
	[ "$(wc -l <out)" -eq 231 ]
}

@test "delete: a 204 is checked by the list" {
	plant me/it
	fault 204 DELETE
	expect 0 '' -d me/it
	[ "$(action)" = deleted ]
	is_absent me/it
	plant me/it
	fault 204 DELETE -1
	expect 3 "cannot delete the key from 'me/it': the forge says that it is done, and lists it still" -d me/it
	is_there me/it
	ctl '{"op":"reset"}'
	plant me/it
	fault stale DELETE 1 '"lists":2'
	expect 0 '' -d me/it
	[ "$(action)" = deleted ]
	is_absent me/it
}

@test "many revocations at once: each is done, and says so only then" {
	for n in 1 2 3 4 5 6 7 8; do
		ssh-keygen -q -t ed25519 -N '' -C "k$n" -f "k$n"
		# At the places where one hides the other.
		ctl "{\"op\":\"key\",\"repo\":\"me/many\",\"key\":\"$(cut -d ' ' -f 1,2 "k$n.pub")\",\"at\":$((n * 28))}"
	done
	for n in 1 2 3 4 5 6 7 8; do
		(push -d me/many <"k$n.pub" >"out.$n" 2>"err.$n"; echo $? >"rc.$n") 3>&- 8>&- &
	done
	wait
	for n in 1 2 3 4 5 6 7 8; do
		[ "$(cat "rc.$n")-$(jq -r .action "out.$n")" = 0-deleted ] || fail "$n: $(cat "rc.$n" "out.$n" "err.$n")"
		[ "$(count me/many "$(cut -d ' ' -f 1,2 "k$n.pub")")" -eq 0 ] || fail "$n is still there"
	done
}

@test "list: every page by the Link of GitHub's form; needs no stdin" {
	stdin=/dev/null expect 0 '' -l me/many
	[ "$(wc -l <out)" -eq 230 ]
	[ "$(jq -r .id out | sort -u | wc -l)" -eq 230 ]
	[ "$(jq -r .action out | uniq)" = listed ]
	[ "$(requests | grep -c '/api/v3/repositories/[0-9]*/keys?per_page=100&page=[23] 200')" -eq 4 ] || fail "$(requests)"
	stdin=/dev/null expect 0 '' -l me/it
	[ ! -s out ]
}

@test "a key on the third page is found" {
	key=$(push -l me/many | jq -r 'select(.title == "many 229") | .id')
	ctl '{"op":"dump"}'
	jq -r --argjson id "$key" '."me/many"[] | select(.id == $id) | .key' <<<"$reply" >third.pub
	stdin=third.pub expect 0 '' -v me/many
	[ "$(jq .id out)" -eq "$key" ]
}

@test "signing: the user's keys, of which none is read-only" {
	expect 0 '' -s -t 'my laptop'
	[ "$(jq -c '[.title, .read_only, .enabled, .repo, .action]' out)" = '["my laptop",null,null,null,"added"]' ] || fail "$(cat out)"
	[ "$(tail -n 1 "$dir/log" | jq -c .request)" = "{\"title\":\"my laptop\",\"key\":\"$blob\"}" ]
	expect 0 '' --signing --verify
	expect 0 '' -s
	[ "$(action)" = unchanged ]
	stdin=/dev/null expect 0 '' -sl
	[ "$(wc -l <out)" -eq 1 ]
	expect 0 '' -sd
	expect 1 'not known as one of your signing keys' -sv
}

@test "signing: more than a page" {
	ctl '{"op":"many","user":"me","n":150}'
	stdin=/dev/null expect 0 '' -s -l
	[ "$(wc -l <out)" -eq 150 ]
}

@test "a key is either a deploy key or a signing key" {
	expect 0 'warning' me/it
	expect 1 'in use elsewhere: at another account, or as a deploy key' -s
	expect 1 "in use elsewhere.*wx-keygen for 'me/second'" me/second
	is_absent me/second
	ctl "{\"op\":\"clear\",\"repo\":\"me/it\",\"user\":\"-\"}"
	ctl "{\"op\":\"foreign\",\"key\":\"$blob\"}"
	expect 1 'in use elsewhere' me/it
}

@test "other kinds of key that GitHub takes" {
	for t in rsa:3072 ecdsa:256 ecdsa:384 ecdsa:521; do
		ssh-keygen -q -t "${t%:*}" -b "${t#*:}" -N '' -C '' -f "k$t"
		stdin=k$t.pub expect 0 warning me/it
		[ "$(jq -r .fingerprint out)" = "$(ssh-keygen -lf "k$t.pub" | cut -d ' ' -f 2)" ]
	done
	# No comment: the fingerprint is the title.
	[ "$(jq -r .title out)" = "$(jq -r .fingerprint out)" ]
}

@test "dry-run: what would be sent, and nothing is" {
	expect 0 "would send: POST https://$host/api/v3/repos/me/it/keys \{\"title\":\"me@here\",\"key\":\"ssh-ed25519 " -n me/it
	[ "$(jq -r '"\(.action) \(.id) \(.fingerprint)"' out)" = "would-add null $(ssh-keygen -lf key.pub | cut -d ' ' -f 2)" ]
	is_absent me/it
	plant me/it
	expect 0 'would send: DELETE https://.*/keys/[0-9]+$' --dry-run -d me/it
	[ "$(action)" = would-delete ]
	expect 0 '' -n me/it
	[ "$(action)" = unchanged ]
	is_there me/it
	[ "$(requests | grep -vc '^GET')" -eq 0 ]
}

@test "dry-run: a scope that is missing is said before anything is sent" {
	export GH_ENTERPRISE_TOKEN=gho_MADEUPread
	expect 1 "lacks the scope 'write:ssh_signing_key'.*gh auth refresh -h $host -s write:ssh_signing_key" -s -n
	export GH_ENTERPRISE_TOKEN=ghp_MADEUPclassic
	expect 0 'would send: POST .*/user/ssh_signing_keys' -s -n
}

@test "a repository that was renamed: the same method again, at its number, and a warning" {
	expect 0 "'me/old' has a new name" me/old
	[ "$(requests | cut -d ' ' -f 1,3)" = $'POST 307\nPOST 201' ] || fail "$(requests)"
	is_there me/new
	expect 0 'new name' -v me/old
	[ "$(requests | tail -n 2 | cut -d ' ' -f 1,3)" = $'GET 301\nGET 200' ]
	expect 0 'new name' -d me/old
	is_absent me/new
	expect 0 'would send: POST https://.*/repositories/[0-9]+/keys' -n me/old
}

# --- batch

batch() {
	local rc=0 want=$1
	shift
	push -b "$@" >out 2>err <lines || rc=$?
	[ "$rc" -eq "$want" ] || fail "batch $*: status $rc, not $want: $(cat out err)"
}

@test "batch: one connection; changes a second apart; what is there costs no change" {
	ssh-keygen -q -t ed25519 -N '' -C two@here -f two
	printf '%s\t%s\t%s\n' me/it 'first' "$(cat key.pub)" me/second '' "$(cat two.pub)" >lines
	start=$(date +%s%N)
	batch 0
	took=$((($(date +%s%N) - start) / 1000000))
	[ "$took" -ge 1000 ] || fail "$took ms"
	[ "$(jq -r '"\(.repo) \(.title) \(.action)"' out)" = $'me/it first added\nme/second two@here added' ] || fail "$(cat out)"
	[ "$(tail -n 4 "$dir/log" | jq .connection | uniq | wc -l)" -eq 1 ]
	start=$(date +%s%N)
	batch 0
	took=$((($(date +%s%N) - start) / 1000000))
	[ "$took" -lt 900 ] || fail "$took ms"
	[ "$(action | uniq)" = unchanged ]
	batch 0 --verify
	batch 0 --delete
	[ "$(action | uniq)" = deleted ]
	is_absent me/it
}

@test "batch --list: repositories, one a line" {
	plant me/it
	printf '%s\n' me/it me/many me/second >lines
	batch 0 -l
	[ "$(wc -l <out)" -eq 231 ]
}

@test "batch: a line that is refused is said with its number, and the next are done" {
	printf '%s\n' "me/it		$(cat key.pub)" 'a/b/c	x	y' 'me/second' $'me/it\tx\tssh-ed25519 AAAA' '' \
	    "me/archived	x	$(ssh-keygen -q -t ed25519 -N '' -f b -C b >/dev/null; cat b.pub)" \
	    $'me/it\t\e[31m\t'"$(cat key.pub)" "no/such	x	$(cat b.pub)" "me/second	x	$(cat b.pub)" >lines
	batch 1
	[ "$(jq -r .repo out)" = $'me/it\nme/second' ] || fail "$(cat out)"
	for w in 'line 2: refusing the line: not OWNER/NAME' 'line 3: refusing the line: not REPO, TITLE and KEY' \
	    'line 4: refusing the line: the key is damaged' 'line 5: refusing the line: not OWNER/NAME' \
	    "line 6: 'me/archived' is archived" 'line 7: refusing the line: it is not one line of printable' \
	    "line 8: no repository 'no/such'"; do
		grep -qF "$w" err || fail "no '$w' in: $(cat err)"
	done
}

@test "batch: a private key, a NUL, a line without end are refused, and not shown" {
	{ printf 'me/it\tx\t'; tr -d '\n' <"$dir/key"; echo; } >lines
	batch 1
	grep -q 'line 1: refusing the line: it holds a private key' err
	run ! grep -q 'b3BlbnNz\|OPENSSH' out err
	printf 'me/it\tx\t%s\0\n' "$(cat key.pub)" >lines
	batch 1
	grep -q 'line 1: refusing the line: it holds a NUL' err
	{ head -c 2000000 /dev/zero | tr '\0' a; printf '\nme/it\tx\t%s' "$(cat key.pub)"; } >lines
	batch 1
	grep -q 'line 1: refusing the line: it is too long' err
	is_there me/it
}

@test "batch: a bad token stops at the first line; a temporary error stops with 3" {
	printf '%s\n' me/it me/second me/many >lines
	fault 401 GET
	batch 1 -l
	[ "$(requests | wc -l)" -eq 1 ]
	fault 502 GET -1
	batch 3 -l
	grep -q "line 1: cannot list the keys of 'me/it': the answer is HTTP 502" err
}

@test "batch: 500 lines in constant memory" {
	[ -z "$WX_SAN" ] || skip "the sanitizers' own memory hides it"
	mkfifo lines
	for n in 2 500; do
		wx-deploykey-push -H "$host" -b -l <lines >out 2>err &
		pid=$!
		exec 7>lines
		for ((i = 0; i < n; i++)); do echo me/many; done >&7
		# It waits for more lines, and shows what it needed so far.
		until [ "$(wc -l <out)" -eq $((n * 230)) ]; do
			kill -0 $pid || fail "ended: $(cat err)"
			sleep 0.05
		done
		eval "peak$n=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' /proc/$pid/status)"
		exec 7>&-
		wait $pid
	done
	[ "$peak2" -gt 1024 ]
	[ "$peak500" -lt $((peak2 + 1024)) ] || fail "$peak2 KiB for 2, $peak500 KiB for 500"
	[ "$(tail -n 1500 "$dir/log" | jq .connection | uniq | wc -l)" -eq 1 ]
}

# --- bad input

@test "the key: empty, two lines, private, 1 MiB, NUL, options, unknown type, damaged: refused, and not shown" {
	: >empty
	cat key.pub key.pub >two
	head -c 1048576 /dev/zero | tr '\0' A >big
	printf '%s\0' "$(cat key.pub)" >nul
	echo "no-pty,command=\"x\" $(cat key.pub)" >options
	echo 'ssh-dss AAAAB3NzaC1kc3MAAACBAMADEUP me' >dsa
	sed 's/ AAAA/ AAAB/' key.pub >damaged
	cp "$dir/key" private
	for c in 'empty:it is empty' 'two:not one line' 'big:too long for a public key' 'nul:not one line' \
	    'options:options stand before the type' 'dsa:no public key of a known type' 'damaged:the key is damaged' \
	    'private:it holds a private key'; do
		stdin=${c%%:*} expect 1 "refusing standard input: .*${c#*:}" me/it
		stdin=${c%%:*} expect 1 'refusing standard input' -s
		run ! grep -q 'AAAA\|OPENSSH\|b3BlbnNz' err
	done
	[ -z "$(requests)" ]
	stdin=. expect 1 'cannot read standard input' me/it
}

@test "the key: CRLF, and blanks around it, are taken off" {
	sed 's/$/\r/' key.pub >crlf
	stdin=crlf expect 0 warning me/it
	[ "$(jq -r .title out)" = me@here ]
	printf '  %s\t \n' "$(cat key.pub)" >blanks
	stdin=blanks expect 0 '' me/it
	[ "$(action)" = unchanged ]
}

@test "the title: control characters, bad UTF-8, empty, too long; and a comment that is none" {
	for t in $'a\nb' $'\e[31m' $'a\tb' $'\xff' $'a\u202eb' $'\u009b31m' '' "$(printf 'x%.0s' {1..256})"; do
		expect 2 'no title: ' -t "$t" me/it
	done
	printf '%s \xff\n' "$blob" >odd
	stdin=odd expect 1 "comment is no title" me/it
	printf '%s %0300d\n' "$blob" 7 >long
	stdin=long expect 1 "comment is too long" me/it
	stdin=odd expect 0 warning -t fine me/it
}

@test "the repository: not OWNER/NAME is a usage error, and nothing is sent" {
	for r in a/b/c a .. ../.. a/.. a/. /b a/ 'a/b%2e' 'a%2fb/c' a/b.git 'a/b?x' 'a/b#x' 'a b/c' $'a/b\n' 'ü/b' '' \
	    https://github.com/a/b git@github.com:a/b -- "a/$(printf 'x%.0s' {1..101})"; do
		expect 2 'usage' "$r"
	done
	expect 2 usage -x/y
	expect 2 "begins with '-'" -- -x/y
	[ -z "$(requests)" ]
	expect 1 "no repository 'a/-x'" -d a/-x
}

@test "the host: not HOST[:PORT] is a usage error" {
	for h in '' -x 'a b' a/b user@a a:0 a:65536 a:x a: a:08 'a..b' .a a. '[::1]' github.com:443 api.github.com \
	    ghe.com a.b.ghe.com api.a.ghe.com:443 "$(printf 'a%.0s' {1..64}).b"; do
		rc=0
		wx-deploykey-push -H "$h" me/it >out 2>err <key.pub || rc=$?
		[ "$rc" -eq 2 ] || fail "$h: status $rc"
	done
}

@test "options that exclude each other are usage errors" {
	for o in '-d -v' '-l -d' '-s -b' '-t x -d' '-t x -b' '-r -s' '-r -d' '-r -l' '-T 1' '-T 2' '-T x' '-T 0' '-m 0' \
	    '-m x' '-m 3601' '-s me/it' '-b me/it'; do
		expect 2 usage $o $([[ $o == *me/it ]] || [[ $o == *-s* ]] || [[ $o == *-b* ]] || echo me/it)
	done
	expect 2 usage
	expect 2 usage me/it me/second
}

# --- tokens

@test "the token: --token-fd before the variables; it is closed; no other gets there" {
	export GH_ENTERPRISE_TOKEN=ghp_MADEUPwrong
	expect 0 '' -l -T 7 me/it 7<<<ghp_MADEUPclassic
	printf 'ghp_MADEUPclassic\r\n' >token
	expect 0 '' -l --token-fd 7 me/it 7<token
	stdin=token expect 0 '' -l -T 0 me/it
	expect 1 'cannot read descriptor 77: Bad file descriptor' -l -T 77 me/it
	expect 1 'descriptor 7: it is empty' -l -T 7 me/it 7</dev/null
	expect 1 'more than 4096 bytes' -l -T 7 me/it 7< <(head -c 5000 /dev/zero | tr '\0' x)
}

@test "the token: with a newline, a blank, or not ASCII, is refused and not shown" {
	for t in $'MADEUP\nX-Evil: 1' 'MADEUP x' $'MADEUP\x01' 'MADEUPü' $'MADEUP\n\n'; do
		GH_ENTERPRISE_TOKEN=$t expect 1 "refusing the token in variable 'GH_ENTERPRISE_TOKEN'" -l me/it
	done
	[ -z "$(requests)" ]
}

@test "the token: the variables of an Enterprise host, in their order; an empty one is none" {
	unset GH_ENTERPRISE_TOKEN
	GH_ENTERPRISE_TOKEN=ghp_MADEUPclassic GITHUB_ENTERPRISE_TOKEN=ghp_MADEUPwrong expect 0 '' -l me/it
	GH_ENTERPRISE_TOKEN= GITHUB_ENTERPRISE_TOKEN=ghp_MADEUPclassic expect 0 '' -l me/it
	GITHUB_ENTERPRISE_TOKEN=ghp_MADEUPclassic expect 0 '' -l me/it
	# Those of github.com never go there.
	GH_TOKEN=ghp_MADEUPclassic GITHUB_TOKEN=ghp_MADEUPclassic expect 1 "no token for '$host'.*gh auth login" -l me/it
}

@test "github.com and ghe.com: their API, their variables, through a proxy that sees no token" {
	export https_proxy=http://127.0.0.1:$port_proxy
	wx-deploykey-push me/it <key.pub >out 2>err && fail 'the Enterprise token was taken'
	grep -q "no token for 'github.com'" err
	unset GH_ENTERPRISE_TOKEN
	export GITHUB_TOKEN=gho_MADEUPgh
	wx-deploykey-push me/it <key.pub >out 2>err
	grep -q 'made with an OAuth token, such as the login of gh (gho_)' err
	[ "$(jq -r .host out)" = github.com ]
	GH_TOKEN=ghp_MADEUPclassic GITHUB_TOKEN=ghp_MADEUPwrong wx-deploykey-push -H ACME.ghe.com -v me/it <key.pub >out
	[ "$(jq -r .host out)" = acme.ghe.com ]
	tail -n +$((before + 1)) "$dir/log" | jq -r '"\(.origin) \(.path)"' >seen
	[ "$(cat seen)" = $'proxy api.github.com:443\nmain /repos/me/it/keys\nproxy api.acme.ghe.com:443\nmain /repos/me/it/keys?per_page=100' ] || fail "$(cat seen)"
}

@test "the token: gh's hosts.yml, old form and new" {
	unset GH_ENTERPRISE_TOKEN
	mkdir -p "$HOME/.config/gh" xdg/gh ghdir
	printf 'github.com:\n    oauth_token: gho_MADEUPwrong\n%s:\n    user: me\n    oauth_token: gho_MADEUPgh\n    git_protocol: https\n' \
	    "$host" >"$HOME/.config/gh/hosts.yml"
	expect 0 '' -l me/it
	printf '%s:\n    git_protocol: https\n    users:\n        you:\n            oauth_token: ghp_MADEUPyou\n        me:\n            oauth_token: gho_MADEUPgh\n    user: me\n' \
	    "$host" >xdg/gh/hosts.yml
	XDG_CONFIG_HOME=$PWD/xdg expect 0 '' -l me/it
	printf '# gh\n"%s":\n  oauth_token: "gho_MADEUPgh" # mine\n' "$host" >ghdir/hosts.yml
	GH_CONFIG_DIR=$PWD/ghdir XDG_CONFIG_HOME=$PWD/none expect 0 '' -l me/it
	# A variable goes before.
	GH_ENTERPRISE_TOKEN=ghp_MADEUPwrong expect 1 "token from variable" -l me/it
	# Another port is another host.
	rc=0
	wx-deploykey-push -H "127.0.0.1:$port_other" -l me/it >out 2>err || rc=$?
	[ "$rc" -eq 1 ]
	grep -q 'no token' err
}

@test "the token: a hosts.yml that is malformed, or open to others, is refused with the mend" {
	unset GH_ENTERPRISE_TOKEN
	f=$HOME/.config/gh/hosts.yml
	mkdir -p "${f%/*}"
	for bad in 'x' '	oauth_token: x' '    oauth_token: a: b' '    oauth_token: *ref' '    oauth_token: [a]' '    oauth_token: |' \
	    $'    oauth_token: a\n    oauth_token: b' $'    oauth_token: a\n  user: b' $'    user: a\n        oauth_token: b' \
	    '    oauth_token: "a\"b"' '    oauth_token: "a' $'    oauth_token: gho_MADEUP\x01' '- a' '---'; do
		printf '%s:\n%s\n' "$host" "$bad" >"$f"
		expect 1 "line [0-9]+ is not what gh writes.*gh auth login -h $host" -l me/it
	done
	printf '%s:\n    oauth_token: gho_MADEUPgh\n' "$host" >"$f"
	chmod 644 "$f"
	expect 1 "refusing '$f': others have access to it \(mode 0644\); mend it with: chmod go=" -l me/it
	chmod 600 "$f"
	expect 0 '' -l me/it
	rm "$f"
	mkdir "$f"
	expect 1 'not a regular file' -l me/it
}

# A gh of our own, first on PATH.
stub_gh() {
	mkdir -p bin
	cat >bin/gh
	sed -i "1i #!/bin/sh" bin/gh
	chmod 755 bin/gh
	PATH=$PWD/bin:$PATH
}

@test "the token: at the end 'gh auth token', which gets no token, no descriptor and an allow-list" {
	unset GH_ENTERPRISE_TOKEN
	stub_gh <<-'S'
	echo "$*" >argv; env >environ; ls -l /proc/self/fd | grep -c ' -> ' >fds
	[ "$1 $2 $3" = 'auth token --hostname' ] && echo gho_MADEUPgh
	S
	export GH_TOKEN=ghp_MADEUPwrong SOME_SECRET=x
	expect 0 '' -l me/it 7<key.pub
	[ "$(cat argv)" = "auth token --hostname $host" ]
	run ! grep -E 'TOKEN|SECRET|SSL' environ
	grep -q '^GH_PROMPT_DISABLED=1$' environ
	[ "$(cat fds)" -le 4 ] || fail "$(cat fds) descriptors"
	# Not where a variable or hosts.yml has one.
	rm argv
	GH_ENTERPRISE_TOKEN=ghp_MADEUPclassic expect 0 '' -l me/it
	[ ! -e argv ]
}

@test "the token: a gh that fails, or prints no token, gives none" {
	unset GH_ENTERPRISE_TOKEN
	stub_gh <<<'echo no oauth token >&2; exit 1'
	expect 1 "no token for '$host'" -l me/it
	stub_gh <<<'yes MADEUP'
	expect 1 "no token for '$host'" -l me/it
	stub_gh <<<'echo MADEUP a; echo b'
	expect 1 "refusing the token in the output of 'gh auth token'" -l me/it
	stub_gh <<<'echo gho_MADEUPgh'
	(trap '' CHLD; expect 0 '' -l me/it)
}

@test "the token: a 401 is the end, no other is tried" {
	GH_ENTERPRISE_TOKEN=ghp_MADEUPwrong GITHUB_ENTERPRISE_TOKEN=ghp_MADEUPclassic expect 1 \
	    "does not accept the token from variable 'GH_ENTERPRISE_TOKEN' \(Bad credentials\); log in anew with: gh auth login" me/it
	[ "$(requests)" = 'POST /api/v3/repos/me/it/keys 401' ]
}

@test "each kind of token is named in the warning" {
	for t in ghp_MADEUPclassic:classic github_pat_MADEUPfine:fine-grained gho_MADEUPgh:'login of gh' \
	    MADEUPother:'the token that made it'; do
		ctl '{"op":"clear","repo":"me/it","user":"-"}'
		GH_ENTERPRISE_TOKEN=${t%%:*} expect 0 "warning: .*${t#*:}.*" me/it
	done
	# What an App's token adds outlives it.
	for t in ghs_MADEUPapp ghu_MADEUPuser; do
		ctl '{"op":"clear","repo":"me/it","user":"-"}'
		GH_ENTERPRISE_TOKEN=$t expect 0 '' me/it
		is_there me/it
	done
}

@test "the process: no token in its arguments, not dumpable, confined, no environment to be read" {
	fault hang GET
	wx-deploykey-push -H "$host" -l me/it >out 2>err &
	pid=$!
	until [ -n "$(requests)" ]; do sleep 0.05; done
	run ! grep -q MADEUP "/proc/$pid/cmdline"
	[ "$(stat -c %u "/proc/$pid/environ")" -eq 0 ]
	grep -q '^NoNewPrivs:.1' "/proc/$pid/status"
	grep -q '^Seccomp:.2' "/proc/$pid/status"
	[ "$(id -u)" -eq 0 ] || run ! cat "/proc/$pid/environ"
	kill "$pid"
	wait "$pid" || true
	[ -z "$WX_SAN" ] || skip 'the sanitizers do not run under strace'
	strace -f -o trace -e trace=landlock_restrict_self,seccomp,execve,connect wx-deploykey-push -H "$host" -l me/it
	grep -q 'landlock_restrict_self(.*= \(0\|-1 ENOSYS\|-1 EOPNOTSUPP\)' trace || fail "$(cat trace)"
	# Confined before the first connection, and nothing is run afterwards.
	[ "$(grep -n seccomp trace | head -n 1 | cut -d : -f 1)" -lt "$(grep -n 'connect(' trace | head -n 1 | cut -d : -f 1)" ]
	[ "$(grep -c execve trace)" -eq 1 ]
}

@test "SSLKEYLOGFILE: the keys of the session are written nowhere" {
	SSLKEYLOGFILE=$PWD/keys expect 0 '' -l me/it
	[ ! -e keys ]
}

# --- what the forge refuses

@test "refusals: each with its mend" {
	expect 1 "no repository 'no/such', or the token from variable 'GH_ENTERPRISE_TOKEN' has no admin right there" no/such
	expect 1 "no repository 'you/private'" you/private
	expect 1 "'me/archived' is archived, and so read-only; unarchive it first" me/archived
	expect 1 "deploy keys are disabled for 'org/disabled' by its organisation" org/disabled
	GH_ENTERPRISE_TOKEN=gho_MADEUPgist expect 1 "lacks the scope 'repo' \(it has: gist\); mend it with: gh auth refresh -h $host -s repo" me/it
	GH_ENTERPRISE_TOKEN=gho_MADEUPgist expect 1 'gh auth refresh .* -s write:ssh_signing_key' -s
	GH_ENTERPRISE_TOKEN=gho_MADEUPgist expect 1 'gh auth refresh .* -s read:ssh_signing_key' -s -l
	GH_ENTERPRISE_TOKEN=gho_MADEUPgist expect 1 'gh auth refresh .* -s admin:ssh_signing_key' -s -d
	GH_ENTERPRISE_TOKEN=github_pat_MADEUPweak expect 1 "permission 'Administration: read and write' \(the forge asks for administration=write\)" me/it
	GH_ENTERPRISE_TOKEN=github_pat_MADEUPweak expect 1 "'SSH signing keys: read and write'" -s
	fault 403 POST
	expect 1 'HTTP 403: Must have admin rights' me/it
}

@test "SAML: the address is shown only if it is of the forge itself" {
	expect 1 "single sign-on; open: https://$host/orgs/org/sso\?authorization_request=A1B2$" -l org/saml
	expect 1 'leads elsewhere and is not shown' -l org/badsaml
	run ! grep -q evil err
}

@test "what a server says reaches no terminal as it is, nor does a token in it" {
	fault escapes POST
	expect 1 'HTTP 403: \?\]0;owned\?\?\[31mred\?\?\?gnp.exe \?31m no \*\*\*' me/it
	run ! grep -qP '[\x00-\x09\x0b-\x1f\x7f]' err
	# Cut to what we keep of it, the token is no longer whole.
	fault cut-token POST
	expect 1 'xxx\*\*\*$' me/it
	plant me/it
	fault escapes-title GET
	expect 0 '' -l me/it
	[ "$(grep -c '"title":"\\u001b\[31m\\u202e"' out)" -eq 1 ] || fail "$(cat out)"
}

# --- limits

@test "limits: up to a minute is waited for, and then it is done" {
	for kind in 429 primary secondary; do
		ctl '{"op":"clear","repo":"me/it","user":"-"}'
		fault $kind POST 1 '"n":1'
		start=$(date +%s%N)
		expect 0 warning me/it
		took=$((($(date +%s%N) - start) / 1000000))
		[ "$took" -ge 900 ] || fail "$kind: $took ms"
		is_there me/it
	done
}

@test "limits: a longer one ends with 3 and the time; and the waits add up" {
	for kind in 429 primary secondary; do
		for verb in '' -d -v -l; do
			fault $kind '*' 1 '"n":100'
			expect 3 "rate limit reached: try again after 20[0-9T:-]*Z \(in (99|100|101) s\)" $verb me/it
		done
		is_absent me/it
	done
	fault 429 GET 1 '"n":2'
	fault 429 GET 1 '"n":59'
	expect 3 'in 59 s' -l me/it
}

# --- faults

@test "faults before and after it was done × add, delete, verify, list × deploy, signing: undone, recovered, or 3" {
	in_parallel after $after_faults
	in_parallel before $before_faults
	wait
	! cat bad.* 2>/dev/null || fail 'as said above'
	all=($before_faults $after_faults)
	[ "$(wc -l <all)" -eq ${#all[@]} ] || fail "only these came to an end: $(cat all)"
}

@test "kill: at system calls of add and delete; the same again completes (all of them: make campaign)" {
	strace -qq -o /dev/null true 2>/dev/null || skip "ptrace does not work here"
	[ -z "$WX_SAN" ] || skip "the sanitizers do not like to be traced"
	for verb in '' -d; do
		local n=1 stride=1 rc kills=0 seen=
		if [ -z "${WX_WHOLE-}" ]; then
			[ -z "$verb" ] || plant me/it
			"$WX_BUILD/lib/killat" -c calls 0 wx-deploykey-push -H "$host" $verb me/it <key.pub >out 2>err || true
			n=$(($(cat calls) - 70)) stride=7
			# Behind the DELETE the list is asked once more.
			[ -z "$verb" ] || n=$((n - 70)) stride=14
		fi
		while :; do
			ctl '{"op":"reset"}'
			[ -z "$verb" ] || plant me/it
			rc=0
			"$WX_BUILD/lib/killat" -c calls "$n" wx-deploykey-push -H "$host" $verb me/it <key.pub >out 2>err || rc=$?
			[ "$rc" -ne 99 ] || break
			[ "$rc" -eq 0 ] || fail "${verb:-add}, call $n: status $rc: $(cat err)"
			seen="$seen $(count me/it)"
			push $verb me/it <key.pub >out 2>err || fail "${verb:-add}, killed at call $n, again: $(cat err)"
			[ "$(count me/it)" -eq $([ -z "$verb" ] && echo 1 || echo 0) ] || fail "${verb:-add}, call $n: the key is there $reply times"
			kills=$((kills + 1))
			n=$((n + stride))
		done
		# Some before it was done, and some after.
		[ -z "${seen//[ 01]/}" ] && [[ $seen == *0* && $seen == *1* ]] || fail "${verb:-add}: $seen"
		echo "# ${verb:-add}: killed at $kills of $(cat calls) calls, the key was there after $(tr -cd 1 <<<"$seen" | wc -c)" >&3
	done
}

@test "a server that drips is given up, and one that never ends when the time is over" {
	plant me/it
	fault slow GET -1 '"user":"me"'
	fault steady GET -1 '"user":"you"'
	GH_ENTERPRISE_TOKEN=ghp_MADEUPyou wx-deploykey-push -H "$host" -m 1 -l you/private >out.steady 2>err.steady &
	rc=0
	wx-deploykey-push -H "$host" -m 3 -l me/it >out 2>err || rc=$?
	[ "$rc" -eq 3 ]
	grep -q 'too slow' err || fail "$(cat err)"
	rc=0
	wait $! || rc=$?
	[ "$rc" -eq 3 ]
	grep -q 'timed out' err.steady || fail "$(cat err.steady)"
}

@test "redirects that are not GitHub's own: refused by every verb, and nothing is done" {
	kinds='redirect-host redirect-301-host redirect-user redirect-slashes redirect-http redirect-path redirect-prefix redirect-id-host redirect-302 redirect-longer'
	for kind in $kinds; do
		fault $kind POST
		expect 1 'redirects elsewhere, which is not followed' me/it
		for verb in -d -v -l; do
			fault $kind GET
			expect 1 'redirects elsewhere, which is not followed' $verb me/it
		done
		fault $kind POST
		expect 1 'redirects elsewhere' -s
		is_absent me/it
		plant me/it
		fault $kind DELETE
		expect 1 'redirects elsewhere' -d me/it
		is_there me/it
		ctl '{"op":"reset"}'
	done
	# The right form, again and again.
	ctl '{"op":"dump"}'
	fault redirect-id '*' -1 '"n":101'
	for verb in '' -d -v -l; do
		expect 1 'redirects elsewhere' $verb me/it
	done
	ctl '{"op":"reset"}'
	fault redirect-id POST 1 '"n":101'
	expect 0 'has a new name' me/it
	is_there me/it
}

@test "a Link that leads elsewhere or in a circle is not followed" {
	for kind in link-host link-http link-garbage link-loop; do
		times=1
		[ $kind != link-loop ] || times=-1
		for verb in -d -v -l; do
			fault $kind GET $times
			some_out=1 expect 1 'the list of keys leads astray' $verb me/it
			ctl '{"op":"reset"}'
		done
		# A key that is in use: the list is asked.
		ctl "{\"op\":\"foreign\",\"key\":\"$blob\"}"
		fault $kind GET $times
		expect 1 'leads astray' me/it
		ctl '{"op":"reset"}'
	done
}

@test "too large: a body, a header, and a Link that cannot be kept, which is no end of the list" {
	for kind in huge-body huge-headers link-long; do
		fault $kind GET -1
		expect 3 "cannot list the keys of 'me/it': the answer is too large" -v me/it
		ctl '{"op":"reset"}'
	done
}

@test "404 and 403 in between: who deletes may find it gone, and who may not is told" {
	plant me/it
	fault 404 DELETE
	expect 0 '' -d me/it
	is_absent me/it
	plant me/it
	fault 404 DELETE -1
	expect 1 'has no admin right there' -d me/it
	ctl '{"op":"clear","repo":"me/it","user":"-"}'
	for verb in '' -d -v -l; do
		fault 403 '*'
		expect 1 'HTTP 403: Must have admin rights' $verb me/it
		fault 401 '*'
		expect 1 'does not accept the token' $verb me/it
		fault 404 '*'
		expect 1 'no repository' $verb me/it
	done
	is_absent me/it
}

@test "another key in the answer is not believed, nor one that came out read-only" {
	fault other-key POST
	expect 0 warning me/it
	[ "$(requests | cut -d ' ' -f 1)" = $'POST\nGET' ]
	[ "$(jq -r .fingerprint out)" = "$(ssh-keygen -lf key.pub | cut -d ' ' -f 2)" ]
}

@test "a refusal that was cut or garbled is no answer: the list is asked" {
	for kind in truncated-1.0 garbage empty; do
		plant me/it
		fault $kind POST
		expect 0 warning me/it
		[ "$(requests | tail -n 2 | cut -d ' ' -f 1,3)" = $'POST 422\nGET 200' ] || fail "$(requests)"
		ctl '{"op":"reset"}'
	done
}

@test "a list that lags behind: the second POST is 'in use', and the key is ours" {
	fault reset-after POST
	ctl '{"op":"lag","n":1}'
	expect 0 warning me/it
	[ "$(action)" = added ]
	[ "$(requests | cut -d ' ' -f 1)" = $'POST\nGET\nPOST\nGET' ] || fail "$(requests)"
	is_there me/it
	# Or it lags for longer, or the key is another's after all: nobody knows yet.
	ctl "{\"op\":\"foreign\",\"key\":\"$blob\"}"
	fault reset POST
	expect 3 "cannot add the key to 'me/second': it is said to be in use, but not listed" me/second
}

@test "certificates: expired, of another name, of another authority, TLS 1.1: 1, by every verb, and no request" {
	# Debian's settings of OpenSSL refuse TLS 1.1 too; it is ours that is looked at here.
	printf '%s\n' 'openssl_conf = a' '[a]' 'ssl_conf = b' '[b]' 'system_default = c' '[c]' 'MinProtocol = TLSv1' \
	    'CipherString = DEFAULT:@SECLEVEL=0' >openssl.cnf
	export OPENSSL_CONF=$PWD/openssl.cnf
	for p in expired wrong alien old; do
		port=port_$p
		for verb in '' -d -v -l -s; do
			rc=0
			wx-deploykey-push -H "127.0.0.1:${!port}" $verb $([ "$verb" = -s ] || echo me/it) <key.pub >out 2>err || rc=$?
			[ "$rc" -eq 1 ] || fail "$p $verb: status $rc: $(cat err)"
			grep -q 'cannot trust' err || fail "$(cat err)"
		done
	done
	rc=0
	wx-deploykey-push -H "127.0.0.1:$port_plain" -l me/it >out 2>err || rc=$?
	[ "$rc" -eq 1 ] && grep -q 'cannot trust' err
	[ -z "$(requests)" ]
}

@test "authorities: --cacert, then NIX_SSL_CERT_FILE, then SSL_CERT_FILE" {
	ca=$SSL_CERT_FILE
	export SSL_CERT_FILE=$dir/certs/alien-ca.pem
	expect 1 'cannot trust' -l me/it
	expect 0 '' -l --cacert "$ca" me/it
	NIX_SSL_CERT_FILE=$ca expect 0 '' -l me/it
	SSL_CERT_FILE= expect 1 'cannot trust' -l me/it
	expect 1 "cannot read the authorities in 'none'" -l -c none me/it
	expect 1 'cannot trust' -l -c /dev/null me/it
}

@test "authorities: SSL_CERT_DIR, CURL_CA_BUNDLE; a proxy of https is trusted by the same" {
	ca=$SSL_CERT_FILE
	unset SSL_CERT_FILE
	expect 1 'cannot trust' -l me/it
	CURL_CA_BUNDLE=$ca expect 0 '' -l me/it
	mkdir authorities
	cp "$ca" "authorities/$(openssl x509 -hash -noout -in "$ca").0"
	SSL_CERT_DIR=$PWD/authorities expect 0 '' -l me/it
	SSL_CERT_DIR=$PWD/authorities https_proxy=https://127.0.0.1:$port_secure expect 0 '' -l me/it
	CURL_CA_BUNDLE=$ca https_proxy=https://127.0.0.1:$port_secure expect 0 '' -l me/it
	CURL_CA_BUNDLE=$dir/certs/alien-ca.pem https_proxy=https://127.0.0.1:$port_secure expect 1 'cannot trust' -l me/it
}

@test "a proxy that refuses, and a server that wants a certificate, are what they are: 1, with the remedy, and no login is shown" {
	export https_proxy=http://me:MADEUPlogin@127.0.0.1:$port_proxy
	for n in 407:'the proxy wants a login \(HTTP 407\): put one into https_proxy' 403:'the proxy refuses to connect \(HTTP 403\)'; do
		ctl "{\"op\":\"proxy\",\"n\":${n%%:*}}"
		for verb in '' -d -v -l; do expect 1 "cannot connect to '$host': ${n#*:}" $verb me/it; done
	done
	ctl '{"op":"proxy","n":503}'
	expect 3 "cannot connect to '$host': the proxy refuses" -l me/it
	ctl '{"op":"proxy","n":200}'
	expect 0 '' -l me/it
	https_proxy=odd://me:MADEUPlogin@127.0.0.1:1 expect 3 'Unsupported proxy' -l me/it
	unset https_proxy
	is_absent me/it
	for verb in '' -d -v -l; do
		host=127.0.0.1:$port_client expect 1 'it wants a certificate of the client, which cannot be given here' $verb me/it
	done
}

@test "an answer that is packed is read, up to the same size; a header of several lines is read whole" {
	plant me/it
	fault gzip GET -1
	expect 0 '' -v me/it
	ctl '{"op":"reset"}'
	fault fold GET -1
	stdin=/dev/null expect 0 '' -l me/many
	[ "$(wc -l <out)" -eq 230 ]
	in_order 200
	fault fold GET -1
	expect 0 '' -d me/many
	[ "$(action)" = deleted ]
}

@test "no server: 3, by every verb; a proxy that is not there too" {
	for verb in '' -d -v -l; do
		rc=0
		wx-deploykey-push -H 127.0.0.1:1 $verb me/it <key.pub >out 2>err || rc=$?
		[ "$rc" -eq 3 ] && grep -q "cannot connect to '127.0.0.1:1'" err || fail "$rc $(cat err)"
		rc=0
		wx-deploykey-push -H "127.0.0.1:$port_mute" $verb me/it <key.pub >out 2>err || rc=$?
		[ "$rc" -eq 3 ] || fail "hung up in the handshake: $rc $(cat err)"
		https_proxy=http://127.0.0.1:2 expect 3 'cannot connect' $verb me/it
	done
}

@test "standard output that is full or closed is an error, and the key is there" {
	push me/it <key.pub >/dev/full 2>said && fail 'success'
	grep -q 'cannot write to standard output' said
	is_there me/it
	push -l me/it >/dev/full 2>/dev/null && fail 'success'
	true
}

# --- GitHub's own description

@test "recorded exchanges are as GitHub's own API description has them" {
	push me/it <key.pub >out 2>err
	for verb in '' -v -l -d; do push $verb me/it <key.pub >out 2>err; done
	for verb in '' -v -l -d; do push -s $verb <key.pub >out 2>err; done
	push me/old <key.pub >out 2>err
	push -l me/many >out
	[ -e "$WX_SHARED/data/github-deploykeys.openapi.json" ] ||
	    skip "no $WX_SHARED/data: GitHub's API description is not there to check against"
	for f in github ghes; do
		"$WX_TREE/tests/lib/check-openapi" "$WX_SHARED/data/$f-deploykeys.openapi.json" "$dir/log" >checked || fail "$(cat checked)"
		read -r n _ <checked
		[ "$n" -gt 12 ] || fail "$(cat checked)"
	done
}
