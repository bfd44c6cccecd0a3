# SPDX-License-Identifier: MIT
# takes: 60 s
# Against tests/fake/upstream, over TLS on loopback; curl is the client, by a unix socket, and
# where it would not send what is wanted, a raw one. Every secret is made up, and holds the word MADEUP.
load lib/helper

# serve NAME: a fake upstream with that certificate; its port is in $dir/NAME.port.
serve() {
	"$WX_TREE/tests/fake/upstream" --log "$dir/log" --name "$1" "$dir/certs" <"$dir/hold" >"$dir/$1.port" 2>"$dir/$1.err" 3>&- 9>&- &
	while [ ! -s "$dir/$1.port" ]; do
		kill -0 $! || { cat "$dir/$1.err" >&2; return 1; }
		sleep 0.02
	done
}

setup_file() {
	export dir=$BATS_FILE_TMPDIR
	mkfifo "$dir/hold"
	# They serve until their standard input ends: with this process.
	exec 9<>"$dir/hold"
	serve good
	serve plain
}

local_setup() {
	export SSL_CERT_FILE=$dir/certs/ca.pem
	unset NIX_SSL_CERT_FILE
	secret=MADEUP-$(tr -dc a-z0-9 </dev/urandom | head -c 24)
	# The name of a socket has a limit, and the folder of the suite is deep.
	sock=$(mktemp -d /tmp/wx-ab.XXXXXX)
	port=$(cat "$dir/good.port")
	seen=$(wc -l <"$dir/log" 2>/dev/null || echo 0)
	pids=
}

# No broker is left, and what was said and logged never holds a secret.
teardown() {
	local p leaked=
	for p in $pids; do kill -9 "$p" 2>/dev/null || :; done
	! grep -rl MADEUP --include='uses*' --include='err*' . || leaked=1
	! grep MADEUP "$dir/log" || leaked=1
	rm -rf "$sock"
	[ -z "$leaked" ] || fail 'a secret was written down, as said above'
}

# route [KEY JSON]...: the route t, with these keys in place of its own.
route() {
	local keys
	keys=$(jq -n --arg u "https://localhost:$port" '{version: 1, upstream: $u, secret: "TOK", shape: "anthropic",
	    auth: {default: {header: "Authorization", format: "Bearer {}"}},
	    allow: [{methods: ["GET", "HEAD", "POST", "PUT", "DELETE"], path: "/x", query: ["do"]},
	        {methods: ["GET"], path: "/open", query: ["do"], open: true}, {methods: ["GET"], path: "/below", prefix: true}]}')
	while [ $# -gt 0 ]; do
		keys=$(jq --arg k "$1" --argjson v "$2" '.[$k] = $v' <<<"$keys")
		shift 2
	done
	printf '%s\n' "$keys" >t.json
}

# broker ARG...: with the route, at $sock/s, until the test ends; descriptor 7 is its standard input. UNDER: words of a command
# that runs it.
broker() {
	rm -f in ready
	mkfifo in
	# shellcheck disable=SC2086 # words
	${UNDER-} wx-api-broker -R 5 -u "t=$sock/s" "$@" ./t.json <in >uses 2>err 5>ready 3>&- 4>&- 9>&- &
	back=$!
	pids="$pids $back"
	exec 7>in
	until_true test -s ready
	front=$(pgrep -P "$back")
}

give() {
	local n
	n=$(grep -c generation uses) || :
	printf 'TOK=%s\n' "$1" >&7
	until_true more_than "$n"
}

more_than() {
	[ "$(grep -c '"t":.*"secret":"TOK","generation":[0-9]*[,}]' uses)" -gt "$1" ]
}

# started [ARG...]: the usual: route, broker, secret.
started() {
	[ -e t.json ] || route
	broker "$@"
	give "$secret"
}

ask() {
	curl -s -S --max-time 60 --unix-socket "$sock/s" "$@" 7>&-
}

# status ARG...: the status alone; the body is in ./body.
status() {
	ask -o body -w '%{http_code}' "$@"
}

# last: the request that upstream saw last.
last() {
	tail -n 1 "$dir/log"
}

# nothing_seen: none came to upstream since the test began.
nothing_seen() {
	[ "$(wc -l <"$dir/log")" -eq "$seen" ] || fail "upstream saw: $(tail -n +$((seen + 1)) "$dir/log")"
}

one_seen() {
	[ "$(wc -l <"$dir/log")" -gt "$seen" ]
}

one_gone() {
	tail -n +$((seen + 1)) "$dir/log" | grep -q '"gone": true'
}

three_said() {
	[ "$(grep -c 'standard input' err)" -ge 3 ]
}

sum() {
	printf %s "$1" | sha256sum | cut -d ' ' -f 1
}

# raw TEXT [SECONDS]: what is answered to these bytes; printf's escapes.
raw() {
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(60)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode("latin-1").decode("unicode_escape").encode("latin-1"))
out = b""
try:
    while True:
        part = s.recv(65536)
        if not part: break
        out += part
        if len(sys.argv) > 3 and out.count(b"HTTP/1.1 ") >= int(sys.argv[3]) and out.endswith(b"\n"): break
except ConnectionResetError:
    out += b"RESET"
sys.stdout.buffer.write(out)' "$sock/s" "$@"
}

@test "a request gets the secret in place of what its client says it is" {
	route identity true drop_request '["x-mine"]' drop_response '["x-dropped"]'
	started
	ask -H 'Authorization: Bearer none' -H 'x-api-key: none' -H 'X-Goog-Api-Key: none' -H 'api-key: none' -H 'Cookie: a=b' \
	    -H 'X-Forwarded-For: me' -H 'Forwarded: for=me' -H 'Proxy-Foo: 1' -H 'TE: trailers' -H 'Connection: X-Hop' -H 'X-Hop: 1' \
	    -H 'X-HTTP-Method-Override: DELETE' -H 'X-Original-URL: /y' -H 'X-Mine: 1' -H 'Accept-Encoding: gzip' -H 'anthropic-beta: b1,b2' -H 'X-Empty;' -d 'hello' -i "http://t/x?do=" >out
	last | jq -e --arg s "Bearer sha256:$(sum "$secret")" --arg h "localhost:$port" '.method == "POST" and .body == 5 and
	    ([.fields[] | .[0] |= ascii_downcase | join(": ")] | sort) == (["host: " + $h, "accept: */*", "accept-encoding: identity",
	    "anthropic-beta: b1,b2", "authorization: " + $s, "content-length: 5", "content-type: application/x-www-form-urlencoded",
	    "user-agent: curl/\(.fields[] | select(.[0] == "User-Agent") | .[1] | ltrimstr("curl/"))", "x-empty: "] | sort)' || fail "$(last)"
	tr -d '\r' <out >plain
	[ "$(sed -n 1p plain)" = 'HTTP/1.1 200 OK' ]
	grep -qx 'X-Kept: 1' plain
	run ! grep -iE '^(set-cookie|alt-svc|strict-transport|x-dropped|keep-alive|connection):' plain
	jq -se '.[-1] | .route == "t" and .method == "POST" and .path == "/x" and .status == 200 and .up == 5 and .down > 100 and .secret == "TOK"
	    and .generation == 1 and (has("refused") or has("broken") | not)' uses || fail "$(cat uses)"
	[ ! -s err ] || fail "$(cat err)"
}

@test "bodies go up whole, by length and in chunks, with 100-continue, and HEAD, PUT, DELETE too" {
	started
	head -c 3000000 /dev/urandom >big
	want=$(sha256sum <big | cut -d ' ' -f 1)
	for how in 'Expect:' 'Expect: 100-continue' 'Transfer-Encoding: chunked'; do
		[ "$(status -H "$how" --data-binary @big http://t/x)" = 200 ]
		[ "$(last | jq -r .sha256)" = "$want" ] || fail "$how: $(last)"
	done
	last | jq -e '[.fields[] | select(.[0] | ascii_downcase == "transfer-encoding")] | length == 1' || fail "$(last)"
	[ "$(status -T big http://t/x)" = 200 ] && [ "$(last | jq -r '.method + .sha256')" = "PUT$want" ]
	[ "$(status -X DELETE http://t/x)" = 200 ] && [ "$(last | jq -r .method)" = DELETE ]
	[ "$(status -I http://t/x)" = 200 ] && [ "$(last | jq -r .method)" = HEAD ]
	[ "$(status -X POST -H 'Content-Length: 0' http://t/x)" = 200 ]
	last | jq -e '.method == "POST" and ([.fields[] | select(.[0] == "Content-Length")] == [["Content-Length", "0"]])' || fail "$(last)"
	[ "$(status 'http://t/x?do=toend:70000')" = 200 ] && [ "$(wc -c <body)" -eq 70000 ]
	[ "$(status 'http://t/x?do=bytes:70000')" = 200 ] && [ "$(wc -c <body)" -eq 70000 ]
	[ "$(ask -0 -i 'http://t/x?do=toend:5' | tail -n 1)" = yyyyy ]
}

@test "what the route does not allow is refused, and upstream sees nothing" {
	started
	while read -r want word method path; do
		[ "$(status --path-as-is -X "$method" "http://t$path")" = "$want" ] || fail "$method $path: $(cat body)"
		jq -e --arg w "($word)" '.type == "error" and (.error.message | startswith("wrapix: ")) and (.error.message | contains($w))' body ||
		    fail "$method $path: $(cat body)"
		grep -q "\"refused\":\"$word\"" uses || fail "$path: $(cat uses)"
	done <<-'E'
	403 path GET /
	403 path GET /X
	403 path GET /x/
	403 path GET /x/y
	403 path GET /xy
	403 path GET /%78
	403 method PATCH /x
	403 method OPTIONS /x
	403 method TRACE /x
	403 method POST /open
	403 query GET /x?other=1
	403 query GET /x?do=1&other
	403 query GET /x?d%6f=1
	403 query GET /x?do=1;other=2
	403 query GET /below/x?do=1
	403 path GET /belowx
	403 target GET /below/../x
	403 target GET /below/./x
	403 target GET /below//x
	403 target GET /below/..
	403 target GET /below/%2e%2e/x
	403 target GET /below/..;/x
	403 target GET /below/a%2fb
	403 target GET /below/a%5cb
	403 target GET /below/a\b
	403 target GET /below/%00
	403 target GET /below/%252e
	403 target GET //x
	E
	nothing_seen
	for path in /below /below/ /below/a/b.c '/x?do=' '/x?do=%2e%2e/&do=1' '/x?'; do
		[ "$(status --path-as-is "http://t$path")" = 200 ] || fail "$path: $(cat body)"
	done
}

@test "the guest's word is wanted where the secret would be, but on open paths, which get no secret" {
	word=0123456789abcdef0123456789abcdef
	started -g "$word"
	for f in "Authorization: Bearer $word" "authorization: bearer $word" "Authorization: token $word" "Authorization: $word" \
	    "x-api-key: $word" "x-goog-api-key: $word" "api-key: $word"; do
		[ "$(status -H "$f" http://t/x)" = 200 ] || fail "$f: $(cat body)"
	done
	[ "$(status http://t/open)" = 200 ]
	last | jq -e '[.fields[] | select(.[0] | ascii_downcase == "authorization")] == []' || fail "$(last)"
	seen=$(wc -l <"$dir/log")
	for f in 'X: 1' 'Authorization: Bearer' "Authorization: Bearer ${word}0" "Authorization: Bearer ${word%?}" "Authorization: Basic $word" \
	    "Cookie: $word" "x-api-key: 0123456789abcdef0123456789abcdee" "x-api-key: Bearer  $word" "x-api-key: $secret"; do
		[ "$(status -H "$f" http://t/x)" = 401 ] || fail "$f: $(cat body)"
	done
	[ "$(status http://t/nowhere)" = 401 ]
	grep -q '"authentication_error"' body
	nothing_seen
}

@test "events arrive while the answer goes on" {
	started
	ask -N "http://t/x?do=held:$PWD/events" >out &
	curl=$!
	for n in one two three; do
		echo "$n" >>events
		until_true grep -q "data: $n" out
	done
	run ! grep -q 'data: end' out
	echo end >>events
	wait "$curl"
	grep -q 'data: end' out
}

@test "what is used is read from answers and events of each shape" {
	for shape in anthropic openai gemini; do
		route shape "\"$shape\"" budget '{"tokens": 1000000}'
		rm -f "$sock/s"
		started
		status "http://t/x?do=usage:$shape" >/dev/null
		status "http://t/x?do=events:$shape" >/dev/null
		jq -sc 'map(select(.id)) | .[] | [.model, .input, .cache_read, .output]' uses >got
		case $shape in
		anthropic) printf '["m-1",3,5,2]\n["m-1",30,0,20]\n' ;;
		openai) printf '["m-2",4,0,6]\n["m-2",40,0,60]\n' ;;
		gemini) printf '["m-3",7,0,8]\n["m-3",70,0,80]\n' ;;
		esac | diff - got || fail "$shape: $(cat uses)"
		kill "$back"
		wait "$back"
	done
}

@test "a budget that is used up is a 402 that is no fault" {
	route budget '{"requests": 2}'
	started
	[ "$(status http://t/x)" = 200 ] && [ "$(status http://t/x)" = 200 ] && [ "$(status http://t/x)" = 402 ]
	jq -e '.error.message | contains("budget of this run is used up (requests)")' body
	tail -n 1 uses | jq -e '.budget == "requests" and .status == 402'
	for b in bytes tokens; do
		kill "$back" && wait "$back"
		route budget "{\"$b\": 10}"
		started
		[ "$(status 'http://t/x?do=usage:anthropic')" = 200 ] && [ "$(status http://t/x)" = 402 ]
		tail -n 1 uses | jq -e --arg b "$b" '.budget == $b'
	done
}

@test "the answer that holds the secret ends before it, and closes the route" {
	for where in field body; do
		started
		rc=0
		ask -i "http://t/x?do=reflect:$where" >out 2>curl.err || rc=$?
		run ! grep -qF "$secret" out
		grep -q '"closed":"reflected"' uses
		if [ $where = field ]; then
			grep -q '^HTTP/1.1 502' out || fail "$(cat out)"
		else
			[ "$rc" -ne 0 ] && grep -q before out && run ! grep -q after out
		fi
		[ "$(status http://t/x)" = 503 ] || fail "not closed"
		kill "$back" && wait "$back"
	done
	# What only begins as it does is held no longer than until that is known.
	started
	[ "$(ask 'http://t/x?do=reflect:part')" = "[${secret%?}]${secret:0:8}" ]
	[ "$(status http://t/x)" = 200 ]
}

@test "what goes wrong upstream has its status; a broken answer is never ended as if it was whole" {
	started
	[ "$(status 'http://t/x?do=cut:head')" = 502 ]
	for how in length chunked; do
		rc=0
		ask "http://t/x?do=cut:$how" >out 2>curl.err || rc=$?
		[ "$rc" -eq 18 ] || [ "$(grep -c 'broke the connection off' out)" -eq 1 ] || fail "$how: $rc $(cat out)"
	done
	grep -q '"broken":true' uses
	for how in nul none large; do
		[ "$(status "http://t/x?do=raw:$how")" = 502 ] || fail "$how: $(cat body)"
	done
	# Chunks go before a length; of the reason nothing acts.
	ask -i 'http://t/x?do=raw:both' >out
	[ "$(tail -n 1 out)" = whole ] && [ "$(sed -n 1p out)" = $'HTTP/1.1 200 O?K?\r' ] || fail "$(cat -v out)"
	[ "$(status 'http://t/x?do=early' -d hello)" = 413 ]
	[ "$(cat body)" = 'too large' ]
	[ "$(status 'http://t/x?do=empty:204')" = 204 ] && [ "$(status 'http://t/x?do=empty:304')" = 304 ]
	kill "$back" && wait "$back"
	route upstream '"https://localhost:1"'
	started
	[ "$(status http://t/x)" = 502 ] && grep -q 'cannot be connected' body
	kill "$back" && wait "$back"
	route upstream '"https://no-such-name.invalid"'
	started
	[ "$(status http://t/x)" = 502 ] && grep -q 'cannot be resolved' body || fail "$(cat body err)"
	kill "$back" && wait "$back"
	route idle 1
	started
	[ "$(status "http://t/x?do=hang:$PWD/never")" = 504 ] || fail "$(cat body)"
}

@test "upstream must prove who it is" {
	for name in expired wrong alien; do
		serve "$name"
		port=$(cat "$dir/$name.port")
		route
		started
		[ "$(status http://t/x)" = 502 ] && grep -q 'not to be trusted' body || fail "$name: $(cat body)"
		grep -q '"refused":"tls"' uses
		kill "$back" && wait "$back"
	done
	# Without the authority of the test it is not trusted either; -C is before the variable.
	port=$(cat "$dir/good.port")
	route
	SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt started
	[ "$(status http://t/x)" = 502 ]
	kill "$back" && wait "$back"
	SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt started -C "$dir/certs/ca.pem"
	[ "$(status http://t/x)" = 200 ]
	nothing_else=$(($(wc -l <"$dir/log") - seen))
	[ "$nothing_else" -eq 1 ]
}

@test "a redirect is passed on; one to the same origin leads through the broker" {
	started
	ask -i 'http://t/x?do=location:SELF/y/z' | tr -d '\r' >out
	grep -qx 'location: /y/z' out || fail "$(cat out)"
	ask -i 'http://t/x?do=location:https://other.example/y' | tr -d '\r' >out
	grep -qx 'location: https://other.example/y' out
	[ "$(wc -l <"$dir/log")" -eq $((seen + 2)) ]
}

@test "the secret may come late, be replaced, and be withdrawn, while requests come" {
	route
	broker
	status http://t/x >code &
	curl=$!
	give "$secret"
	wait "$curl"
	[ "$(cat code)" = 200 ]
	[ "$(status http://t/x)" = 200 ]
	give "${secret}new"
	[ "$(status http://t/x)" = 200 ]
	last | jq -e --arg s "Bearer sha256:$(sum "${secret}new")" 'any(.fields[]; .[1] == $s)' || fail "$(last)"
	tail -n 1 uses | jq -e '.generation == 2'
	# The same again is no change.
	printf 'TOK=%s\r\nOTHER=MADEUPother\nno line\nTOK=short\n' "${secret}new" >&7
	until_true three_said
	[ "$(grep -c '"generation":3' uses)" -eq 0 ]
	grep -q "no route wants 'OTHER'" err
	give ''
	tail -n 1 uses | jq -e '.withdrawn'
	[ "$(status -i http://t/x)" = 503 ]
	grep -qi '^retry-after: 5' body
	# An end of the input changes nothing.
	give "$secret"
	exec 7>&-
	[ "$(status http://t/x)" = 200 ]
}

# The line of the new secret is logged before the answer is.
@test "a 401 waits for a newer secret" {
	started
	ask -o body 'http://t/x?do=status:401' &
	curl=$!
	until_true one_seen
	give "${secret}new"
	wait "$curl"
	[ "$(cat body)" = 'status 401' ]
	jq -sc 'map([.status, .generation])' uses | grep -qxF '[[null,1],[null,2],[401,1]]' || fail "$(cat uses)"
	# And without one it comes, too.
	[ "$(status 'http://t/x?do=status:401')" = 401 ]
}

@test "heads that can be read in two ways are refused, and the connection ends" {
	route body '"1K"'
	started
	while IFS='|' read -r want text; do
		raw "$text" >out
		[ "$(sed -n '1s/HTTP.1.1 \([0-9]*\) .*/\1/p' out)" = "$want" ] || fail "$text: $(cat out)"
		[ "$(grep -c '^HTTP/1.1' out)" -eq 1 ] || fail "$text: $(cat out)"
		grep -qi '^connection:.*close' out || fail "$text: $(cat out)"
	done <<-'E'
	400|GET /x HTTP/1.1\r\n\r\n
	400|GET /x HTTP/1.1\nHost: t\n\n
	400|GET /x HTTP/1.1\r\nHost: t\r\nHost: u\r\n\r\n
	400|GET  /x HTTP/1.1\r\nHost: t\r\n\r\n
	400|GET /x HTTP/1.1\r\nHost : t\r\n\r\n
	400|GET /x HTTP/1.1\r\nHost: t\r\n X: y\r\n\r\n
	400|POST /x HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\nHost: t\r\n\r\n
	400|POST /x HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc
	400|POST /x HTTP/1.1\r\nHost: t\r\nContent-Length: +3\r\n\r\nabc
	400|POST /x HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n
	400|POST /x HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n
	400|POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n
	400|POST /x HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n
	400|POST /x HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n
	400|POST /x HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n
	400|\x16\x03\x01\x00\x00
	505|PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n
	403|CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n
	413|POST /x HTTP/1.1\r\nHost: t\r\nContent-Length: 1025\r\n\r\n
	E
	[ "$(raw "POST /x HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n401\r\n$(printf %01025d 0)\r\n0\r\n\r\n" | sed -n '1s/ [A-Z].*//p')" = 'HTTP/1.1 413' ]
	[ "$(raw "GET /x HTTP/1.1\r\nHost: t\r\nX: $(printf %033000d 0)\r\n\r\n" | sed -n '1s/ [A-Z].*//p')" = 'HTTP/1.1 431' ]
	[ "$(raw "GET /$(printf %09000d 0) HTTP/1.1\r\nHost: t\r\n\r\n" | sed -n '1s/ [A-Z].*//p')" = 'HTTP/1.1 414' ]
	grep -qE '"path": *"/x"' "$dir/log" && [ "$(tail -n +$((seen + 1)) "$dir/log" | grep -vc '"body": 0')" -eq 0 ] || :
	# The absolute form is one of this server, whatever host it names.
	[ "$(raw 'GET http://elsewhere.example/x HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n' | head -n 1 | tr -d '\r')" = 'HTTP/1.1 200 OK' ]
	last | jq -e --arg h "localhost:$port" 'any(.fields[]; . == ["Host", $h])' || fail "$(last)"
}

@test "requests one after the other on a connection, also sent at once, and a refused one between them" {
	started
	one='GET /x HTTP/1.1\r\nHost: t\r\n\r\n'
	raw "$one"'GET /nope HTTP/1.1\r\nHost: t\r\n\r\nPOST /x HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabcPOST /x HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'"$one" 5 >out
	[ "$(sed -n 's/^HTTP.1.1 \([0-9]*\).*/\1/p' out | tr '\n' ' ')" = '200 403 200 200 200 ' ] || fail "$(cat out)"
	[ "$(tail -n +$((seen + 1)) "$dir/log" | jq -c '[.method, .body]' | tr '\n' ' ')" = '["GET",0] ["POST",3] ["POST",3] ["GET",0] ' ]
	# And upstream has one connection for them.
	[ "$(tail -n +$((seen + 1)) "$dir/log" | jq .connection | sort -u | wc -l)" -eq 1 ]
}

@test "a WebSocket is refused with 426, which Codex understands" {
	started
	ask -i -H 'Connection: Upgrade' -H 'Upgrade: websocket' http://t/x | tr -d '\r' >out
	[ "$(sed -n 1p out)" = 'HTTP/1.1 426 Upgrade Required' ] && grep -qx 'Upgrade: HTTP/1.1' out
	nothing_seen
}

@test "a client that goes away takes its request with it" {
	started
	curl -s --unix-socket "$sock/s" "http://t/x?do=hang:$PWD/never" 7>&- &
	curl=$!
	until_true one_seen
	kill "$curl"
	until_true one_gone
	until_true grep -q '"broken":true' uses
	[ "$(status http://t/x)" = 200 ]
}

# rss PID: its peak in KiB.
rss() {
	sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status"
}

@test "memory stays flat: a large answer to a slow reader, a large body to a slow server" {
	started
	ask --limit-rate 60M 'http://t/x?do=bytes:268435456' | wc -c >n
	[ "$(cat n)" -eq 268435456 ]
	head -c 50000000 /dev/zero | ask -o body -T - 'http://t/x?do=slow-read:0.001'
	[ "$(last | jq .body)" -eq 50000000 ]
	[ -n "$WX_SAN" ] || {
		[ "$(rss "$front")" -lt 12000 ] || fail "front: $(rss "$front") KiB"
		[ "$(rss "$back")" -lt 40000 ] || fail "back: $(rss "$back") KiB"
	}
}

@test "more than 64 connections: those that are idle make room, and one too many is told so" {
	started
	python3 -c 'import socket, sys, time
def conn():
    s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.settimeout(60); return s
idle = [conn() for i in range(100)]
busy = []
for i in range(64):
    s = conn(); s.sendall(b"GET /x?do=hang:" + sys.argv[2].encode() + b" HTTP/1.1\r\nHost: t\r\n\r\n"); busy.append(s)
last = conn()
last.sendall(b"GET /x HTTP/1.1\r\nHost: t\r\n\r\n")
print(last.recv(20).decode()[:12])
open(sys.argv[2], "w").close()
print({s.recv(12) for s in busy})' "$sock/s" "$PWD/go" >out || fail "$(cat out)"
	printf '%s\n' 'HTTP/1.1 503' "{b'HTTP/1.1 200'}" | diff - out
	[ "$(status http://t/x)" = 200 ]
}

@test "the secret is in no argument, environment or file, and both processes are shut in" {
	started
	[ "$(status http://t/x)" = 200 ]
	run ! grep -qF "$secret" /proc/[0-9]*/cmdline
	for p in "$front" "$back"; do
		grep -qx 'NoNewPrivs:	1' "/proc/$p/status" && grep -qx 'Seccomp:	2' "/proc/$p/status"
		[ "$(stat -c %u "/proc/$p/environ")" -eq 0 ] || fail "$p can be traced"
	done
	run ! grep -rqF "$secret" "$sock" uses err
	# The front has neither the pipe of the secret nor a socket of the Internet.
	[ "$(stat -c %a "$sock/s")" = 600 ]
}

@test "signals end both; the end of either is that of the other" {
	started
	kill "$back"
	wait "$back"
	until_true test ! -e "/proc/$front"
	started
	kill -9 "$back"
	until_true test ! -e "/proc/$front"
	started
	# From within the same user it cannot be traced, but it can be ended.
	kill -9 "$front"
	rc=0
	wait "$back" || rc=$?
	[ "$rc" -eq 1 ] && grep -q 'front end has ended' err
}

@test "a secret of one kind goes in its own field, and for its own program only" {
	route auth '{"anthropic-api": {"header": "x-api-key", "format": "{}"}, "claude-oauth": {"header": "Authorization", "format": "Bearer {}", "agent": "claude-cli/"}}'
	broker
	give "sk-ant-api03-$secret"
	[ "$(status http://t/x)" = 200 ]
	last | jq -e '[.fields[] | select(.[1] | startswith("sha256:")) | .[0]] == ["x-api-key"]' || fail "$(last)"
	give "sk-ant-oat01-$secret"
	[ "$(status http://t/x)" = 403 ] && grep -q 'another program' body
	[ "$(status -A claude-cli/2.1 http://t/x)" = 200 ]
	give "$secret"
	[ "$(status -A claude-cli/2.1 http://t/x)" = 403 ]
}

@test "an address: of the loopback, or of all with the guest's word" {
	route
	free=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	wx-api-broker -l "127.0.0.1:$free" -R 5 ./t.json <<<"TOK=$secret" >uses 2>err 5>ready 3>&- 9>&- &
	pids="$pids $!"
	until_true test -s ready
	[ "$(curl -s -o body -w '%{http_code}' "http://127.0.0.1:$free/x")" = 200 ]
	run -3 wx-api-broker -l "127.0.0.1:$free" ./t.json </dev/null
	for bad in 127.0.0.1 localhost:80 0.0.0.0:8080 10.0.0.1:80 '[::]:80' 127.0.0.1:0 127.0.0.1:70000 :80; do
		run -2 wx-api-broker -l "$bad" ./t.json </dev/null
	done
	[[ $output != *MADEUP* ]]
}

@test "sockets: given ones, and paths that nobody else can reach" {
	route
	mkdir -m 700 own
	mkdir -m 755 all
	run -1 wx-api-broker -u t=all/s ./t.json </dev/null
	[[ $output == *"not yours alone"* ]]
	run -2 wx-api-broker -u u=own/s ./t.json </dev/null
	run -2 wx-api-broker ./t.json </dev/null
	[[ $output == *"no socket for route 't'"* ]]
	run -2 wx-api-broker -s t=0 ./t.json </dev/null
	run -2 wx-api-broker -s t=5 ./t.json </dev/null 5</dev/null
	[[ $output == *"not a listening socket"* ]]
	echo not a socket >own/s
	run -3 wx-api-broker -u t=own/s ./t.json </dev/null
	[ "$(cat own/s)" = 'not a socket' ]
	python3 -c 'import os, socket, sys
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); os.set_inheritable(s.fileno(), True)
print(s.getsockname()[1], flush=True)
os.execvp("wx-api-broker", ["wx-api-broker", "-s", "t=%d" % s.fileno(), "./t.json"])' <<<"TOK=$secret" >port 2>err 3>&- 9>&- &
	pids="$pids $!"
	until_true test -s port
	[ "$(curl -s -o body -w '%{http_code}' "http://127.0.0.1:$(head -n 1 port)/x")" = 200 ]
}

@test "--check says all that is wrong with a route, and nothing of a good one" {
	# As it is installed, at any place.
	mkdir -p pre/bin pre/share/wrapix/routes
	cp "$WX_TREE"/nix/routes/*.json pre/share/wrapix/routes
	cp "$WX_BUILD/wx-api-broker" pre/bin
	for r in anthropic openai gemini; do
		pre/bin/wx-api-broker -c "$r" >out 2>&1 && [ ! -s out ] || fail "$r: $(cat out)"
		wx-api-broker --check "$WX_TREE/nix/routes/$r.json"
	done
	run -1 pre/bin/wx-api-broker -c github
	[[ $output == *"'/repos/{repo}' wants a value (-D)"* ]]
	pre/bin/wx-api-broker -c -D repo=me/it github
	run -1 pre/bin/wx-api-broker -c -D repo=me/../it github
	cat >bad.json <<-'E'
	{"version": 2, "upstream": "http://api.example", "secret": "A-B", "shape": "round", "auth": {"some": {}, "default": {"header": "a b", "format": "x"}},
	 "allow": [{"methods": ["GET", "EAT"], "path": "x", "more": 1}, {"methods": [], "path": "/a/../b"}, 5], "budget": {"money": 1}, "idle": 0,
	 "body": "much", "port": 70000, "drop_request": "x", "identity": 1, "color": "red", "idle": 5}
	E
	run -1 wx-api-broker -c ./bad.json
	for words in 'version is not 1' 'without TLS' 'not the name of a variable' 'shape is none of' "'some' is no kind" 'not the name of a field' \
	    "not one '{}'" 'only GET' "unknown key 'more'" 'not a path' 'something in it' 'is not an object' "unknown key 'money'" 'idle is not' 'body is neither' \
	    'port is not' 'drop_request is not a list' 'identity is neither' "unknown key 'color'" "twice the key 'idle'"; do
		[[ $output == *"$words"* ]] || fail "no '$words' in: $output"
	done
	for text in '' '{' '[]' '{} {}' '{"a": "\u0000"}' '{}'; do
		printf %s "$text" >bad.json
		run -1 wx-api-broker -c ./bad.json
	done
	run -1 wx-api-broker -c no-such-route
	mkdir -p ~/.config/wrapix/routes
	route
	cp t.json ~/.config/wrapix/routes/mine.json
	wx-api-broker -c mine
	# A clone's own files may be the group's, by name and by path.
	chmod 664 pre/share/wrapix/routes/openai.json
	pre/bin/wx-api-broker -c openai
	pre/bin/wx-api-broker -c "$PWD/pre/share/wrapix/routes/openai.json"
	# What others can write says nothing about the user's secret.
	for mode in 664 646; do
		chmod $mode ~/.config/wrapix/routes/mine.json t.json
		for r in mine ./t.json; do
			run -1 wx-api-broker -c $r
			[ "$output" = "wx-api-broker: cannot read route '$r': it is no file, or others can write it, or own it" ] || fail "$output"
		done
	done
}

@test "a log that cannot be written ends it; a slow reader loses lines, and is told how many" {
	route
	mkfifo in
	wx-api-broker -u "t=$sock/s" ./t.json <in >/dev/full 2>err 3>&- 9>&- &
	back=$!
	pids="$pids $back"
	exec 7>in
	printf 'TOK=%s\n' "$secret" >&7
	rc=0
	wait "$back" || rc=$?
	[ "$rc" -eq 1 ] && grep -q 'cannot write to standard output' err || fail "$rc $(cat err)"
}

@test "-q logs refusals alone" {
	started -q
	[ "$(status http://t/x)" = 200 ] && [ "$(status http://t/y)" = 403 ]
	jq -se 'map(select(.id)) | length == 1 and .[0].refused == "path"' uses || fail "$(cat uses)"
}

# As root of a user namespace of its own: nobody else may trace them.
@test "the secret is in the memory of the back alone" {
	[ -z "$WX_SAN" ] || skip "with a sanitizer there is too much of it"
	route
	cat >inner <<-'E'
	# found PID: how often the secret, of which it knows the two halves alone, stands in the memory.
	found() {
		python3 -c 'import re, sys
	needle, n = (sys.argv[2] + sys.argv[3]).encode(), 0
	with open("/proc/%s/maps" % sys.argv[1]) as maps, open("/proc/%s/mem" % sys.argv[1], "rb", 0) as mem:
	    for line in maps:
	        lo, hi, mode = re.match("([0-9a-f]+)-([0-9a-f]+) (....)", line).groups()
	        if mode[0] != "r" or "[v" in line: continue
	        mem.seek(int(lo, 16))
	        n += mem.read(int(hi, 16) - int(lo, 16)).count(needle)
	print(n)' "$1" "${secret:0:12}" "${secret:12}"
	}
	export -n secret
	mkfifo in
	wx-api-broker -R 5 -u "t=$sock/s" ./t.json <in >uses 2>err 5>ready &
	back=$!
	exec 7>in
	until [ -s ready ]; do sleep 0.02; done
	front=$(pgrep -P "$back")
	printf 'TOK=%s\n' "$secret" >&7
	until grep -q generation uses; do sleep 0.02; done
	for do in '' reflect:part bytes:100000; do
		curl -s --unix-socket "$sock/s" -o body "http://t/x?do=$do"
	done
	found "$back"
	found "$front"
	grep -cF "$secret" "/proc/$front/environ" "/proc/$front/cmdline" "/proc/$back/environ" "/proc/$back/cmdline" | grep -c ':0$'
	readlink "/proc/$front/fd/0"
	find "/proc/$front/fd" -lname '/*' -not -lname /dev/null -not -lname '*/uses' -not -lname '*/err' | wc -l
	kill "$back"
	wait "$back"
	E
	secret=$secret sock=$sock unshare -r bash inner >out 3>&- 4>&- 7>&- 9>&-
	read -r n <out
	[ "$n" -gt 0 ] || fail "not even the back has it: the search finds nothing: $(cat out)"
	printf '%s\n' 0 4 /dev/null 0 | diff - <(tail -n +2 out) || fail "$(cat out)"
}

# The real one, with the shipped route's rules; upstream is the scripted API. By an address, and by a socket and
# the variable that no page of Claude Code's names.
@test "Claude Code works with the guest's word, and never has the token" {
	[ -n "$WX_CLAUDE" ] || skip "no Claude Code to run (tests/lib/get-claude says why)"
	secret=sk-ant-oat01-$secret
	word=0123456789abcdef0123456789abcdef
	echo '[{"text": "The world is greeted."}]' >script
	mkfifo script.hold
	"$WX_TREE/tests/fake/messages-api" --log api.log --token-sha256 "$(sum "$secret")" script <script.hold >api.port 3>&- 4>&- 9>&- &
	exec 8>script.hold
	until_true test -s api.port
	jq --arg u "http://127.0.0.1:$(cat api.port)" '.upstream = $u' "$WX_TREE/nix/routes/anthropic.json" >t.json
	free=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	broker -g "$word" -l "127.0.0.1:$free"
	printf 'CLAUDE_CODE_OAUTH_TOKEN=%s\n' "$secret" >&7
	export CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_AUTOUPDATER=1 CLAUDE_CODE_OAUTH_TOKEN=$word PATH="${WX_CLAUDE%/*}:$PATH"
	mkdir -p p tmp
	export TMPDIR=$PWD/tmp
	out=$(cd p && ANTHROPIC_BASE_URL=http://127.0.0.1:$free claude -p 'Greet the world' </dev/null 2>&1 3>&- 4>&- 7>&- 8>&- 9>&-) || fail "$out"
	[[ $out == *'The world is greeted.'* ]] || fail "$out"
	out=$(cd p && ANTHROPIC_BASE_URL=http://api.anthropic.com ANTHROPIC_UNIX_SOCKET=$sock/s claude -p 'Greet the world' </dev/null 2>&1 3>&- 4>&- 7>&- 8>&- 9>&-) || fail "$out"
	[[ $out == *'The world is greeted.'* ]] || fail "$out"
	jq -se 'map(select(.path == "/v1/messages" and .status == 200)) | length >= 2 and all(.output >= 10 and .input == 10 and (.model | startswith("claude-")))' uses || fail "$(cat uses)"
	# With another word it says why, and does not try for long.
	out=$(cd p && CLAUDE_CODE_OAUTH_TOKEN=${word}0 ANTHROPIC_BASE_URL=http://127.0.0.1:$free claude -p 'Greet the world' </dev/null 2>&1 3>&- 4>&- 7>&- 8>&- 9>&-) && fail "$out"
	[[ $out == *'wrapix: the credential is not the one of this run'* ]] || fail "$out"
	run ! grep -rqF "$secret" "$HOME" p tmp uses err
	exec 8>&-
}

ready_or_gone() {
	[ -s ready ] || [ ! -e "/proc/$back" ] || [ "$(awk '/^State/ { print $2 }' "/proc/$back/status")" = Z ]
}

# kill_at K N: wx-api-broker with its back (1) or front (2) killed at its Nth call: 99 where it makes fewer.
kill_at() {
	local k=$1 n=$2 rc=0 body
	rm -rf in ready body*
	mkfifo in
	"$WX_BUILD/lib/killone" -c "$PWD/calls" -p "$k" "$n" wx-api-broker -R 5 -u "t=$sock/s" ./t.json <in >uses 2>err 5>ready 3>&- 4>&- 9>&- &
	back=$!
	exec 7>in
	until_true ready_or_gone
	(trap '' PIPE; printf 'TOK=%s\n' "$secret" >&7) 2>/dev/null || :
	for body in 1 2 3; do
		ask --max-time 5 -o "body.$body" -w '%{http_code}' -d "n=$body" "http://x/x" >"code.$body" 2>/dev/null || :
		ask --max-time 5 -o /dev/null -w '%{http_code}' -d "n=$body" "http://x/not" >"code.no" 2>/dev/null || :
	done
	exec 7>&-
	kill $(pgrep -P "$back") 2>/dev/null || :
	wait "$back" || rc=$?
	[ "$(cat code.no)" != 200 ] || fail "killed $k at $n: what is not allowed was done"
	! grep -q MADEUP body.* uses err 2>/dev/null || fail "killed $k at $n: the secret"
	return "$rc"
}

@test "kill: both of its processes at some of their calls: nothing is left, and the next one serves (all: make campaign)" {
	local k n rc stride=1 kills=0
	[ -n "$WX_WHOLE" ] || stride=61
	route
	for k in 1 2; do
		for ((n = 1; ; n += stride)); do
			rc=0
			kill_at "$k" "$n" || rc=$?
			[ "$rc" -ne 99 ] || break
			[ "$rc" -eq 0 ] || fail "killone: $rc $(cat err)"
			kills=$((kills + 1))
		done
		echo "# process $k: $(cat calls) calls" >&3
	done
	echo "# killed $kills times" >&3
	started
	[ "$(status http://x/x)" = 200 ]
}
