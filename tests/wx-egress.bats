# SPDX-License-Identifier: MIT
# takes: 40 s
load lib/helper
load lib/egress

setup_file() {
	egress_world
}

local_setup() {
	[ -n "$WX_NETNS" ] || skip "not in a network namespace of the suite's"
	W=$BATS_FILE_TMPDIR/world
	PROXY=127.0.0.1:3128
}

teardown() {
	egress_end 2>/dev/null
}

# raw PORT-OR-PROXY TEXT: what is answered to TEXT, with its escapes, in the client.
raw() {
	client /usr/bin/python3 -c '
import socket, sys
try:
    c = socket.create_connection((sys.argv[1], int(sys.argv[2])), 20)
    c.sendall(sys.argv[3].encode("latin1").decode("unicode_escape").encode("latin1"))
    while True:
        d = c.recv(65536)
        if not d: break
        sys.stdout.buffer.write(d)
except ConnectionResetError:
    print("RESET")' "$@"
}

@test "programs that know of no proxy reach the hosts that are listed" {
	egress -a good.example:443,80
	run -0 fetch https://good.example/a
	[[ $output == "GET /a good.example"* ]]
	run -0 fetch http://good.example/a
	[[ $output == "GET /a good.example"* ]]
	run -0 client env SSL_CERT_FILE="$W/ca.pem" /usr/bin/python3 -c 'import urllib.request as u; print(u.urlopen("https://good.example/p").read().decode())'
	[[ $output == "GET /p good.example"* ]]
	if [ -x /usr/bin/node ]; then
		run -0 client env NODE_EXTRA_CA_CERTS="$W/ca.pem" node -e 'fetch("https://good.example/n").then(r => r.text()).then(t => console.log(t))'
		[[ $output == *"GET /n good.example"* ]]
	fi
	run -0 client sh -c "printf 'GET /o HTTP/1.0\r\n\r\n' | openssl s_client -quiet -verify_return_error -CAfile '$W/ca.pem' -connect good.example:443 -servername good.example -ign_eof 2>/dev/null || :"
	[[ $output == *"GET /o"* ]]
	said '.verdict == "allow" and .host == "good.example" and .via == "direct" and .address == "9.9.9.1" and .rule == "good.example:443,80"'
	said_soon '.end and .up > 100 and .down > 100'
}

@test "git by https and by ssh, without a ProxyCommand" {
	egress -a good.example:443,22
	git init -q --bare "$W/one.git"
	git init -q one
	git -C one -c user.name=n -c user.email=e@x commit -q --allow-empty -m one
	ssh="ssh -F none -i $W/userkey -o UserKnownHostsFile=$PWD/known -o StrictHostKeyChecking=accept-new -o BatchMode=yes"
	run -0 client env GIT_SSH_COMMAND="$ssh" git -C "$PWD/one" push -q "$(id -un)@good.example:$W/one.git" HEAD:refs/heads/main || { echo "$output"; cat "$W/sshd.err"; false; } >&2
	run -0 client env GIT_SSH_COMMAND="$ssh" git ls-remote "ssh://$(id -un)@good.example$W/one.git"
	[[ $output == *refs/heads/main ]]
	# No repository is there, and the answer is that of the server.
	run -128 client env GIT_SSL_CAINFO="$W/ca.pem" git ls-remote https://good.example/none
	[[ $output == *"good.example/none/' not found"* || $output == *"not valid"* ]]
	run -128 client env GIT_SSL_CAINFO="$W/ca.pem" git ls-remote https://evil.example/none
	[[ $output == *"denied"* ]]
	run -128 client env GIT_SSH_COMMAND="$ssh" git ls-remote git@evil.example:x
	[[ $output == *"Received disconnect from 198.18.0."*" port 22:1: wrapix: evil.example:22 is not listed (not-listed). This is a decision, not a fault: do not retry."* ]]
}

@test "the proxy: CONNECT, a whole URL, SOCKS5 by name" {
	egress -a good.example:443,80
	for p in http socks5h; do
		run -0 fetch --proxy "$p://$PROXY" https://good.example/a
		[[ $output == "GET /a good.example"* ]]
		run -0 fetch --proxy "$p://$PROXY" http://good.example/a
		[[ $output == "GET /a good.example"* ]]
	done
	said '.via == "connect" and .verdict == "allow"'
	said '.via == "http" and .path == "/a"'
	said '.via == "socks" and .port == 443'
	run -97 fetch --proxy "socks5h://$PROXY" https://evil.example/
	[[ $output == *"(2)"* ]]
	# A literal address is no name: it has to be listed as it is.
	run -97 fetch --proxy "socks5://$PROXY" --resolve good.example:443:9.9.9.1 https://good.example/
	said '.host == "9.9.9.1" and .reason == "not-listed"'
	[ "$(raw 127.0.0.1 3128 '\x05\x01\x00\x05\x02\x00\x01\x09\x09\x09\x01\x00\x50' | od -An -tx1 | tr -d ' ')" = 050005070001000000000000 ]
	[ -z "$(raw 127.0.0.1 3128 '\x04\x01\x00\x50\x09\x09\x09\x01\x00' | tr -d 'RESET\n')" ]
}

@test "a refusal says what was decided, and that it was, in each protocol" {
	egress -a good.example:80 -a none.example -a far.example -a good.example:7779 -a nothing.example:80
	run -35 fetch https://evil.example/
	[[ $output == *"alert access denied"* ]]
	run -35 fetch https://none.example/
	[[ $output == *"unrecognized name"* ]]
	run -35 fetch https://far.example/
	[[ $output == *"internal error"* ]]
	run -0 fetch -i http://evil.example/
	[ "$output" = "$(printf '%s\r\n' 'HTTP/1.1 403 wrapix: evil.example:80 is not listed' \
	    'Proxy-Status: wx-egress; error=http_request_denied; details="not-listed"' \
	    'Content-Type: text/plain; charset=utf-8' 'Content-Length: 323' 'Connection: close' '')
wrapix: evil.example:80 is not listed in this sandbox's network policy (not-listed).
This is a decision, not a fault: do not retry, and do not look for a way round it.
Say to the user which host is needed and why; he can allow it from another terminal:
    wx-allow evil.example:80
What is allowed: http://wrapix.internal/" ]
	run -0 fetch -o /dev/null -w '%{http_code}' http://nothing.example/
	[ "$output" = 502 ]
	run -56 fetch --proxy "http://$PROXY" https://evil.example/
	[[ $output == *"403"* ]]
	run -56 fetch --proxy "http://$PROXY" https://good.example:7779/
	[[ $output == *"502"* ]]
	run -97 fetch --proxy "socks5h://$PROXY" http://good.example:7779/
	[[ $output == *"(5)"* ]]
	run -97 fetch --proxy "socks5h://$PROXY" https://none.example/
	[[ $output == *"(4)"* ]]
	said '.host == "good.example" and .port == 7779 and .reason == "refused"'
	said '.host == "far.example" and .reason == "unreachable"'
	said '.host == "none.example" and .reason == "dns"'
	run -0 fetch http://wrapix.internal/
	[[ $output == *"  good.example:80"*"Refused last:"*"evil.example:443  not-listed  direct"* ]]
	[ "$(fetch http://wrapix.internal/denied | jq -r 'select(.port == 80 and .reason == "not-listed").host')" = evil.example ]
	[ "$(fetch http://wrapix.internal/policy.json | jq -r '.allow[0].host')" = good.example ]
	[ "$(fetch --proxy "http://$PROXY" -o /dev/null -w '%{http_code}' http://wrapix.internal/none)" = 404 ]
	[ "$(fetch -X POST -o /dev/null -w '%{http_code}' http://wrapix.internal/)" = 405 ]
}

@test "a name that leads to this machine, its networks or a cloud's secrets is not connected to" {
	egress -a private.example -a loop.example -a 'loop.example:80 private' -a 'metadata.example private' -a 'self.example private' -a 'mapped.example private' -a both.example -a '127.0.0.1 private'
	for h in private loop metadata self mapped; do
		run -35 fetch "https://$h.example/"
	done
	said '.host == "private.example" and .reason == "address" and .class == "private"'
	said '.host == "loop.example" and .class == "loopback"'
	said '.host == "metadata.example" and .class == "link-local"'
	said '.host == "self.example" and .class == "self"'
	said '.host == "mapped.example" and .class == "self"'
	run -0 fetch http://loop.example/
	[[ $output == *"leads to an address that is refused (address)"* ]]
	run -35 fetch https://127.0.0.1/
	# Of a name with several those that are refused are left out.
	run -0 fetch https://both.example/
	said '.host == "both.example" and .address == "9.9.9.1"'
}

@test "private lifts that for a private network" {
	egress -a 'private.example private'
	run -0 fetch https://private.example/
	said '.host == "private.example" and .address == "10.1.1.1"'
}

@test "a name that changes its address between question and connection gains nothing" {
	egress -a alt.example
	for i in 1 2 3 4 5 6; do
		fetch -o /dev/null https://alt.example/ || :
	done
	[ "$(jq -r 'select(.verdict == "allow").address' log | sort -u)" = 9.9.9.1 ]
	said '.host == "alt.example" and .class == "loopback"'
}

@test "TLS has to be for the name of the connection" {
	egress -a good.example:443,22 -a other.example
	tls() {
		client sh -c 'echo | timeout 20 openssl s_client "$@" 2>&1' sh "$@"
	}
	run tls -connect good.example:443 -servername other.example
	[[ $output == *"alert access denied"* ]]
	said '.host == "good.example" and .reason == "sni" and .seen == "other.example"'
	run tls -connect good.example:443 -noservername
	[[ $output == *"alert access denied"* ]]
	run tls -proxy "$PROXY" -connect good.example:443 -servername other.example
	[[ $output == *"alert access denied"* ]]
	run tls -proxy "$PROXY" -connect good.example:443 -servername GOOD.example
	[[ $output == *"subject=CN = good.example"* ]]
	[ "$(raw good.example 443 'GET / HTTP/1.1\r\nHost: good.example\r\n\r\n')" = RESET ]
	said '.host == "good.example" and .reason == "protocol"'
	[ "$(raw good.example 22 'EHLO x\r\n')" = RESET ]
}

@test "a ClientHello in single bytes, and one that never ends" {
	egress -a good.example
	run -0 client /usr/bin/python3 -c '
import socket, ssl, sys
ctx = ssl.create_default_context(cafile=sys.argv[1])
i, o = ssl.MemoryBIO(), ssl.MemoryBIO()
s = ctx.wrap_bio(i, o, server_hostname="good.example")
try: s.do_handshake()
except ssl.SSLWantReadError: pass
hello = o.read()
c = socket.create_connection(("good.example", 443))
c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for b in range(5, len(hello)):
    c.sendall(b"\x16\x03\x01\0\1" + hello[b:b + 1])
print(c.recv(1)[0])
c = socket.create_connection(("good.example", 443))
try:
    for b in range(40): c.sendall(b"\x16\x03\x01\x10\0" + (b"\x01\0\xff\xff" if b == 0 else b"abcd") + bytes(4092))
    print(c.recv(9)[6])
except (ConnectionResetError, BrokenPipeError): print(49)' "$W/ca.pem"
	[ "${lines[0]}" = 22 ] || [ "${lines[0]}" = 21 ]
	[ "${lines[1]}" = 49 ]
}

@test "HTTP/2 stays what both ends agreed on: TLS is not opened" {
	[ -x /usr/bin/node ] || skip "no node in /usr/bin"
	nsenter -t "$(cat "$W/servers.pid")" -U --preserve-credentials -n node -e 'const fs = require("fs")
	    require("http2").createSecureServer({ key: fs.readFileSync(process.argv[1] + "/server.key"), cert: fs.readFileSync(process.argv[1] + "/server.pem") })
	        .on("stream", s => s.respond({ ":status": 200 }) || s.end("by two\n")).listen(7779, "9.9.9.1", () => console.log("up"))' "$W" >h2 3>&- 4>&- &
	H2=$!
	until_true [ -s h2 ]
	MORE=any@0.0.0.0:7779 egress -a good.example:7779
	for way in "" "-x http://$PROXY"; do
		# shellcheck disable=SC2086 # words
		run -0 fetch --http2 $way -w '%{http_version}' https://good.example:7779/
		[ "$output" = "by two
2" ] || fail "$way: $output"
	done
	kill "$H2"
}

@test "the resolver: every name has an address, and no query leaves the machine" {
	egress -a good.example -a last.example
	: >"$W/queries"
	run -0 client /usr/bin/python3 -c '
import socket, struct
def ask(name, kind, tcp=False, tail=b""):
    q = struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 1 if tail else 0) + b"".join(bytes([len(l)]) + l.encode() for l in name.split(".") if l) + b"\0" + struct.pack(">HH", kind, 1) + tail
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
    s.settimeout(20)
    s.connect(("127.0.0.1", 53))
    s.sendall(struct.pack(">H", len(q)) + q if tcp else q)
    a = s.recv(600)
    a = a[2:] if tcp else a
    return "%d %d %s" % (a[3] & 15, a[7], socket.inet_ntoa(a[-4:]) if a[7] and kind == 1 else "-")
print(ask("good.example", 1))
print(ask("last.example", 1, True))
print(ask("new.example", 1, False, b"\0\0\x29\x10\0\0\0\0\0\0\0"))
print(ask("good.example", 28), ask("good.example", 16), ask("good.example", 65), ask("good.example", 10, True))
print(ask("single", 1), ask("x.local", 1), ask("2.0.18.198.in-addr.arpa", 12))
for i in range(300): ask("%d.secret.tunnel.example" % i, 1, i % 2 == 0); ask("%d.secret.tunnel.example" % i, 16)'
	[ "${lines[0]}" = "0 1 198.18.0.2" ]
	[ "${lines[1]}" = "0 1 198.18.0.3" ]
	[ "${lines[2]}" = "0 1 198.18.0.4" ]
	[ "${lines[3]}" = "0 0 - 0 0 - 0 0 - 0 0 -" ]
	[ "${lines[4]}" = "3 0 - 3 0 - 0 1 -" ]
	run -35 fetch https://1.secret.tunnel.example/
	[ ! -s "$W/queries" ] || fail "$(cat "$W/queries")"
	# What is listed and not in the hosts file is asked for: the same file then has it.
	run -35 fetch https://last.example/
	grep -q '^last.example 1$' "$W/queries"
}

@test "where a server speaks first it is heard, and a connection closes one side at a time" {
	egress -a good.example:7777,7778
	run -0 client sh -c 'echo me | timeout 20 nc -q 5 good.example 7777'
	[ "$output" = "hello
you said me" ]
	run -0 client sh -c 'head -c 5000000 /dev/zero | timeout 20 nc -N good.example 7778'
	[ "$output" = 5000000 ]
	said_soon '.end and .up == 5000000'
}

@test "plain HTTP: every form of a message gets through, and says what it said" {
	egress -a good.example:80
	u=http://good.example
	run -0 fetch "$u/1" "$u/2"
	[[ $output == "GET /1 "*"GET /2 "* ]]
	run -0 fetch -I "$u/h"
	[[ $output == *"200 OK"*"Content-Length: "* ]]
	[ "$(fetch "$u/close")" = "to the end" ]
	[ "$(fetch "$u/chunks")" = "one two" ]
	[ "$(fetch -0 "$u/chunks")" = "one two" ]
	[ "$(fetch "$u/early")" = late ]
	[ "$(fetch "$u/big" | wc -c)" = 3000000 ]
	head -c 2000000 /dev/zero >body
	[ "$(fetch --data-binary @"$PWD/body" "$u/p")" = "got 2000000" ]
	[ "$(fetch -H 'Transfer-Encoding: chunked' --data-binary @"$PWD/body" "$u/p")" = "got 2000000" ]
	run -56 fetch "$u/cut"
	[ "$(fetch -o /dev/null -w '%{http_code}' "$u/nothing")" = 502 ]
	run -0 raw good.example 80 'GET /switch HTTP/1.1\r\nHost: good.example\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nback'
	[[ $output == *"101 Switching"*"hello back" ]]
	run -0 raw good.example 80 'GET /x HTTP/1.1\r\nHost: good.example\r\nConnection: close, x-own\r\nX-Own: 1\r\nKeep-Alive: 2\r\nProxy-Authorization: x\r\nX-Kept: 3\r\n\r\n'
	[[ $output == *"X-Kept: 3"* ]]
	[[ $output != *X-Own* && $output != *Proxy-A* ]]
}

@test "plain HTTP: what could be read in two ways is refused" {
	egress -a good.example:80 -a other.example:80
	try() {
		local want=$1 got
		got=$(raw good.example 80 "$2" | head -n 1)
		[[ $got == "HTTP/1.1 $want "* ]] || fail "$2: $got"
	}
	h='Host: good.example\r\n'
	try 200 "GET / HTTP/1.1\r\n${h}Connection: close\r\n\r\n"
	try 421 'GET / HTTP/1.1\r\nHost: other.example\r\n\r\n'
	try 421 'GET http://other.example/ HTTP/1.1\r\nHost: other.example\r\n\r\n'
	try 421 'GET http://good.example/ HTTP/1.1\r\nHost: other.example\r\n\r\n'
	try 421 'GET / HTTP/1.1\r\nHost: good.example:81\r\n\r\n'
	try 400 "GET / HTTP/1.1\r\n${h}${h}\r\n"
	try 400 "POST / HTTP/1.1\r\n${h}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
	try 400 "POST / HTTP/1.1\r\n${h}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"
	try 400 "POST / HTTP/1.1\r\n${h}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"
	try 400 "POST / HTTP/1.1\r\n${h}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"
	try 400 "GET / HTTP/1.1\n${h}\r\n"
	try 400 "GET / HTTP/1.1\r\n${h}X: a\r\n b\r\n\r\n"
	try 400 'CONNECT good.example:80 HTTP/1.1\r\nHost: good.example:80\r\n\r\n'
	try 505 'GET / HTTP/2.0\r\nHost: good.example\r\n\r\n'
	try 505 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
	try 501 "GET / HTTP/1.1\r\n${h}Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n"
	try 414 "GET /$(printf '%09000d' 0) HTTP/1.1\r\n${h}\r\n"
	try 431 "GET / HTTP/1.1\r\n${h}X: $(printf '%033000d' 0)\r\n\r\n"
	# The second request is decided like the first.
	run -0 raw good.example 80 "GET /1 HTTP/1.1\r\n${h}\r\nGET /2 HTTP/1.1\r\nHost: other.example\r\n\r\n"
	[[ $output == *"GET /1 "*"HTTP/1.1 421 "* ]]
	# A proxy may be asked for one host after another.
	run -0 raw 127.0.0.1 3128 'GET http://good.example/1 HTTP/1.1\r\nHost: good.example\r\n\r\nGET http://evil.example/2 HTTP/1.1\r\nHost: evil.example\r\n\r\n'
	[[ $output == *"GET /1 "*"HTTP/1.1 403 wrapix: evil.example:80 is not listed"* ]]
	run -0 raw 127.0.0.1 3128 'GET http://good.example:443/1 HTTP/1.1\r\nHost: good.example:443\r\n\r\n'
	[[ $output == "HTTP/1.1 400 wrapix: this port has no plain HTTP"* ]]
	run -0 raw 127.0.0.1 3128 'CONNECT good.example:80 HTTP/1.1\r\nHost: good.example:80\r\n\r\nGET /1 HTTP/1.1\r\nHost: other.example\r\n\r\n'
	[[ $output == *" 200 "*"HTTP/1.1 421 "* ]]
}

@test "plain HTTP: methods and paths of an entry" {
	echo '{"version":1,"allow":[{"host":"good.example","ports":[80,7777],"methods":["GET"],"paths":["/debian/"]}]}' >policy
	egress
	u=http://good.example
	run -0 fetch "$u/debian/x?y"
	[[ $output == "GET /debian/x?y "* ]]
	for t in "403 $u/other" "403 -XPUT $u/debian/x" "400 --path-as-is $u/debian/../other" "400 $u/debian/%2e%2e/other" "400 $u//debian/x"; do
		# shellcheck disable=SC2086 # words
		[ "$(fetch -o /dev/null -w '%{http_code}' ${t#* })" = "${t%% *}" ] || fail "$t"
	done
	run -56 fetch --proxy "http://$PROXY" -p "$u/debian/x"
	# On another port than 80, too, it is a request that is listed, and not a connection.
	[ "$(raw good.example 7777 'GET /other HTTP/1.1\r\nHost: good.example:7777\r\n\r\n' | head -c 12)" = "HTTP/1.1 403" ]
	said '.path == "/debian/x" and .method == "GET" and .verdict == "allow"'
	said '.path == "/other" and .reason == "request"'
}

@test "what may be sent to an entry is counted over its connections" {
	egress -a 'good.example:7778 up=1M'
	run -0 client sh -c 'head -c 600000 /dev/zero | timeout 20 nc -N good.example 7778'
	[ "$output" = 600000 ]
	run client sh -c 'head -c 600000 /dev/zero | timeout 20 nc -N good.example 7778'
	[ "$output" != 600000 ]
	said_soon '.reason == "up"'
	run client sh -c 'echo x | timeout 20 nc -N good.example 7778'
	[ -z "$output" ]
}

@test "what may be sent to an entry holds when many connections send at once" {
	egress -a 'good.example:7778 up=1M'
	: >"$W/sunk"
	client /usr/bin/python3 -c '
import socket
c = [socket.create_connection(("good.example", 7778)) for _ in range(60)]
for s in c: s.sendall(b"x")
for s in c:
    try: s.sendall(bytes(100000)); s.shutdown(1)
    except OSError: pass
for s in c:
    try: s.recv(9)
    except OSError: pass
    s.close()'
	all_seen() {
		[ "$(wc -l <"$W/sunk")" = 60 ]
	}
	until_true all_seen
	said_soon '.reason == "up"'
	sent=$(awk '{ n += $1 } END { print n }' "$W/sunk")
	# A reset takes with it what the other end has not read yet: it may be little.
	[ "$sent" -ge 60 ] && [ "$sent" -le $((1 << 20)) ] || fail "$sent"
}

@test "a wildcard covers 256 names in a run" {
	egress -a '*.wild.example'
	run -0 client /usr/bin/python3 -c '
import socket
def ask(n):
    c = socket.create_connection(("127.0.0.1", 3128))
    h = ("%s.wild.example" % n).encode()
    c.sendall(b"\5\1\0\5\1\0\3" + bytes([len(h)]) + h + b"\x01\xbb")
    d = b""
    while len(d) < 4: d += c.recv(64)
    return d[3]
print([ask("n%d" % i) for i in range(256)] == [4] * 256, ask("one.more"), ask("n7"))'
	[ "$output" = "True 2 4" ]
	said '.host == "one.more.wild.example" and .reason == "limit"'
}

@test "a service of the machine by its port" {
	echo '{"version":1,"forward":[{"port":5432,"to":"127.0.0.1:5433"}]}' >policy
	on_host /usr/bin/python3 -c '
import socket
s = socket.create_server(("127.0.0.1", 5433))
print("up", flush=True)
c, _ = s.accept()
c.sendall(b"of the host\n")' >service 2>&1 &
	until_true grep -q up service
	MORE='to/0@127.0.0.1:5432 to/1@127.0.0.1:5433' egress
	run -0 client timeout 20 nc -d 127.0.0.1 5432
	[ "$output" = "of the host" ]
	said '.via == "forward" and .host == "127.0.0.1:5433" and .verdict == "allow"'
	[ "$(raw 127.0.0.1 5433 x)" = RESET ]
}

@test "through a parent proxy: the name is sent, not resolved" {
	echo '{"version":1,"allow":["good.example","nowhere.example:80","direct.corp.example"],"parent":{"url":"http://user:pass@good.example:3128","no_proxy":["*.corp.example"]}}' >policy
	: >"$W/parent.log"
	: >"$W/queries"
	egress
	run -0 fetch https://good.example/a
	[[ $output == "GET /a good.example"* ]]
	run -0 fetch http://nowhere.example/a
	[[ $output == "GET /a nowhere.example"* ]]
	[ "$(cat "$W/parent.log")" = "good.example:443
nowhere.example:80" ]
	run ! grep -q nowhere "$W/queries"
	run -35 fetch https://direct.corp.example/
	grep -q direct.corp "$W/queries"
	run -35 fetch https://evil.example/
	[ "$(wc -l <"$W/parent.log")" = 2 ]
	said '.via_parent and .host == "good.example"'
	run ! grep -q pass log
	run -0 fetch http://wrapix.internal/policy.json
	[[ $output != *pass* ]]
}

@test "a flood of connections that say nothing leaves room for those that do, and memory as it was" {
	egress -a good.example:443,7777
	front=$(pgrep -P "$EGRESS" | head -n 1)
	client sh -c 'sleep 1; echo me' | client timeout 30 nc -q 5 good.example 7777 >slow &
	slow=$!
	until_true grep -q hello slow
	rss() {
		awk '/^VmRSS/ { print $2 }' "/proc/$front/status"
	}
	before=$(rss)
	client /usr/bin/python3 -c '
import socket, sys, time
open_ones = []
for i in range(1500):
    c = socket.socket(); c.connect(("127.0.0.1", 3128))
    c.sendall([b"", b"GET http://good.", b"\5", b"CONNECT x"][i % 4])
    open_ones = open_ones[-400:] + [c]
open(sys.argv[1], "w").close()
time.sleep(100)' "$PWD/flooded" &
	flood=$!
	until_true [ -e flooded ]
	run -0 fetch https://good.example/
	run -0 fetch --proxy "http://$PROXY" https://good.example/
	kill "$flood"
	wait "$slow"
	grep -q 'you said me' slow
	[ -n "$WX_SAN" ] || [ "$(($(rss) - before))" -lt 16384 ] || fail "$before $(rss)"
}

@test "a front that was taken over gets what is listed, and no more" {
	on_host "$WX_BUILD/lib/egress-front" good.example:443 'private.example:443' 'loop.example:443 private' >said
	[ "$(cat said)" = "good.example:443 allowed with a connection
evil.example:443 not-listed
good.example:80 port
private.example:443 address
loop.example:443 address
127.0.0.1:443 not-listed
forward 0 not-listed
forward 255 not-listed
a host of 254 bytes bad-name
a message that is too short: nothing
lengths that do not fit: nothing
after all this good.example:443 allowed with a connection" ] || fail "$(cat said)"
}

@test "the processes are confined, and hold no more than they work with" {
	egress -a good.example
	n=0
	for p in "$EGRESS" $(pgrep -P "$EGRESS"); do
		grep -q '^NoNewPrivs:.*1$' "/proc/$p/status"
		[ -n "$WX_SAN" ] || grep -q '^Seccomp:.*2$' "/proc/$p/status"
		n=$((n + 1))
	done
	[ "$n" = 10 ]
}

@test "it ends as a whole: by SIGTERM, and when one of its processes is killed" {
	gone() {
		local p
		for p in $1; do
			[ ! -e "/proc/$p" ] || [ "$(awk '/^State/ { print $2 }' "/proc/$p/status" 2>/dev/null)" = Z ] || return 1
		done
	}
	egress -a good.example:7777
	all="$EGRESS $(pgrep -P "$EGRESS" | tr '\n' ' ')"
	kill "$EGRESS"
	wait "$EGRESS" || fail "$? $(cat err)"
	until_true gone "$all"
	# A front that does not obey is not waited for, and does not stay.
	for sig in TERM KILL; do
		egress -a good.example:7777
		all="$EGRESS $(pgrep -P "$EGRESS" | tr '\n' ' ')"
		kill -STOP "$(pgrep -P "$EGRESS" | head -n 1)"
		kill -$sig "$EGRESS"
		until_true gone "$all"
		[ $sig = KILL ] || wait "$EGRESS" || fail "$? $(cat err)"
	done
	for which in supervisor front; do
		egress -a good.example:7777
		all="$EGRESS $(pgrep -P "$EGRESS" | tr '\n' ' ')"
		one=$EGRESS
		[ "$which" = supervisor ] || one=$(pgrep -P "$EGRESS" | head -n 1)
		kill -9 "$one"
		until_true gone "$all"
		[ "$which" = supervisor ] || [ "$(cat err)" = "wx-egress: the front ended, and with it all connections" ]
	done
	egress -a good.example:7777
	for p in $(pgrep -P "$EGRESS" | tail -n 8); do
		kill -9 "$p"
	done
	eight() {
		[ "$(pgrep -cP "$EGRESS")" = 9 ]
	}
	until_true eight
	run -0 client sh -c 'echo me | timeout 20 nc -q 5 good.example 7777'
	[[ $output == *"you said me" ]]
}

@test "what cannot be logged is not let happen" {
	new_client
	run -1 on_host sh -c "\"$WX_BUILD/lib/placed\" /proc/$CLIENT/ns/net proxy@127.0.0.1:3128 -- \"$WX_BUILD/wx-egress\" -R 9 -a good.example </dev/null >/dev/full 9>'$PWD/ready' & p=\$!; while [ ! -s '$PWD/ready' ]; do sleep 0.02; done
	    nsenter -t $CLIENT -n curl -s --proxy http://$PROXY https://good.example/; wait \$p"
	[[ $output == *"cannot write decisions"* ]]
}

@test "refusals of one kind within a second are one line more" {
	egress -q -a good.example
	for _ in 1 2 3 4 5; do
		fetch https://evil.example/ 2>/dev/null || :
		fetch -o /dev/null https://good.example/
	done
	five() {
		[ "$(jq -s 'map(select(.host == "evil.example").count) | add' log)" = 5 ]
	}
	until_true five
	[ "$(wc -l <log)" -lt 5 ]
	run ! grep -q allow log
}

@test "a policy: each fault on a line; what is allowed, and why" {
	echo '{"version":1,"allow":["a.example","*.com"],"colour":1}' >policy
	run -1 wx-egress --check -a '*' <policy
	[ "${#lines[@]}" = 3 ]
	run -1 wx-egress --check -a @no-such-group </dev/null
	run -1 wx-egress --check -a a.example -d '*.example' </dev/null
	[ "$output" = "wx-egress: 'a.example' is allowed, and '*.example' refuses all of it" ]
	run -0 wx-egress -a '*.b.example:22' -w x.b.example:22 </dev/null
	[ "$output" = "allowed x.b.example:22 by '*.b.example:22'" ]
	run -1 wx-egress -a '*.b.example:22' -w x.b.example </dev/null
	[ "$output" = "refused x.b.example:443 (port)" ]
	mkdir -p "$HOME/.config/wrapix/networks"
	printf '# ours\na.example  # one\n\n{"host":"b.example","ports":[80]}\n' >"$HOME/.config/wrapix/networks/ours"
	run -0 wx-egress -a @ours -w b.example:80 </dev/null
	[ "$output" = "allowed b.example:80 by '@ours'" ]
	chmod 666 "$HOME/.config/wrapix/networks/ours"
	run -1 wx-egress --check -a @ours </dev/null
	[[ $output == *"others can write its file"* ]]
	run -1 wx-egress --check -a @../../etc/passwd </dev/null
	# Groups that were not installed are found beside build/, which build/san is not.
	[ -z "$WX_SAN" ] || return 0
	for g in "$WX_TREE"/nix/networks/*; do
		run -0 wx-egress --check -a "@${g##*/}" </dev/null
	done
}

@test "a policy with a value of another kind, wherever one stands: taken, or refused in words" {
	cat >whole <<-'J'
	{"version": 1, "allow": ["a.example", {"host": "b.example", "ports": [80], "methods": ["GET"], "paths": ["/a/"], "up": "8M"},
	 {"host": "e.example", "private": true}], "deny": ["c.example", {"host": "d.example"}], "forward": [{"port": 5432, "to": "127.0.0.1:5433"}],
	 "parent": {"url": "http://p.example:3128", "no_proxy": ["*.corp.example"]}, "ask": 60, "ech": "deny", "range": "198.18.0.0/15", "limits": {"connections": 256}}
	J
	run -0 wx-egress --check <whole
	jq -c '. as $d | paths as $p |
	    (null, true, 1, "x", [], [null], ["x"], [{}], [[]], {}, {x: null}, {x: [1]}) as $v | $d | setpath($p; $v)' <whole >each
	[ "$(wc -l <each)" -gt 300 ]
	while read -r line; do
		rc=0
		wx-egress --check <<<"$line" 2>err || rc=$?
		if [ $rc = 1 ]; then
			grep -q '^wx-egress: ' err || fail "nothing is said of $line"
		else
			[ $rc = 0 ] || fail "$rc: $line"
		fi
	done <each
}

@test "wrong arguments, and an address in use" {
	for a in "" "x" "-l nowhere" "-l 0.0.0.0:0" "-l 127.0.0.1:x" "-s proxy=0" "-s proxy=99" "-s odd=9" "-s any/0=9" "-R 1" "-w a.example:0" "-C -l 127.0.0.1:0"; do
		# shellcheck disable=SC2086 # words
		run -2 wx-egress $a </dev/null
	done
	run -2 wx-egress -s proxy=9 9</dev/null
	egress -a good.example
	run -1 client "$WX_BUILD/wx-egress" -l "$PROXY" </dev/null
	[[ $output == *"cannot listen at '$PROXY'"* ]]
}

# kill_at K N: wx-egress with its Kth process killed at its Nth call: 1 is the supervisor, 2 the front, the others dialers.
# 99 where it makes fewer.
kill_at() {
	local k=$1 n=$2 rc=0 path
	UNDER="$WX_BUILD/lib/killone -c $PWD/calls -p $k $n" egress -a good.example:443
	for path in one two three; do
		fetch "https://good.example/$path" --max-time 5 >"got.$path" 2>&1 || :
		fetch "https://other.example/$path" --max-time 5 >>"got.no" 2>&1 || :
	done
	kill $(pgrep -P "$EGRESS") || :
	# It ends when all have ended.
	wait "$EGRESS" || rc=$?
	for path in one two three; do
		! grep -q "^GET /$path " "got.$path" || [ "$(grep -c '"verdict":"allow","host":"good.example"' log)" -ge 1 ] || fail "killed $k at $n: not logged: $path"
	done
	! grep -q GET got.no || fail "killed $k at $n: what is not listed was reached"
	# A dialer is replaced: what was its connection is lost, and no other.
	[ "$k" -le 2 ] || [ "$(grep -l '^GET' got.one got.two got.three | wc -l)" -ge 2 ] || fail "killed $k at $n: $(cat got.* err)"
	[ ! -s log ] || jq -e . <<<"$(cat log)" >/dev/null || fail "killed $k at $n: the log: $(cat log)"
	kill -9 "$CLIENT"
	wait "$CLIENT" || :
	rm -f got.*
	return "$rc"
}

@test "kill: each of its processes at some of its calls: nothing is left, nothing unlisted was reached (all: make campaign)" {
	local k n rc stride=1 kills=0
	[ -n "$WX_WHOLE" ] || stride=97
	for ((k = 1; ; k++)); do
		for ((n = 1; ; n += stride)); do
			rc=0
			kill_at "$k" "$n" || rc=$?
			[ "$rc" -ne 99 ] || break
			[ "$rc" -eq 0 ] || fail "killone: $rc $(cat err)"
			kills=$((kills + 1))
		done
		[ "$(cat calls)" -gt 0 ] || break
		echo "# process $k: $(cat calls) calls" >&3
	done
	[ "$k" -eq 11 ] || fail "$((k - 1)) processes"
	echo "# killed $kills times" >&3
}
