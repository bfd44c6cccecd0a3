# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A world for wx-egress: a host, servers, and for each test a client without any network but what wx-egress gives it.

egress_world() {
	W=$BATS_FILE_TMPDIR/world
	mkdir "$W"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$W/ca.key" -out "$W/ca.pem" -subj '/CN=ca of the tests' -days 2 2>/dev/null
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$W/server.key" -out "$W/server.csr" -subj /CN=good.example 2>/dev/null
	echo 'subjectAltName=DNS:good.example,DNS:other.example,DNS:private.example,DNS:*.wild.example,DNS:alt.example,DNS:both.example' >"$W/ext"
	openssl x509 -req -in "$W/server.csr" -CA "$W/ca.pem" -CAkey "$W/ca.key" -CAcreateserial -days 2 -extfile "$W/ext" -out "$W/server.pem" 2>/dev/null
	unshare -Urnm --kill-child sh "$WX_TREE/tests/lib/egress-world" "$W" "$(id -u)" "$(id -g)" >"$W/out" 2>&1 3>&- 4>&- &
	local end=$((SECONDS + 60))
	until [ -e "$W/up" ]; do
		[ "$SECONDS" -lt "$end" ] || { cat "$W/out" "$W/servers.err"; return 1; }
		read -rt 0.05 <> <(:) || :
	done
}

on_host() {
	nsenter -t "$(cat "$BATS_FILE_TMPDIR/world/host.pid")" -U --preserve-credentials -m -n "$@" 3>&- 4>&-
}

# client COMMAND...: as from inside a sandbox.
client() {
	nsenter -t "$CLIENT" -U --preserve-credentials -m -n "$@" 3>&- 4>&-
}

new_client() {
	W=$BATS_FILE_TMPDIR/world
	# shellcheck disable=SC2016 # for the inner shell
	nsenter -t "$(cat "$W/host.pid")" -U --preserve-credentials -m -n unshare -n -m sh -c 'ip link set lo up; ip addr add 198.18.0.1/15 dev lo
	    mount --bind "$1/resolv.inside" "$(realpath /etc/resolv.conf)"; mount --bind "$1/nsswitch.inside" /etc/nsswitch.conf
	    echo 127.0.0.1 localhost >"$2/hosts"; mount --bind "$2/hosts" /etc/hosts; : >"$2/client.up"; exec sleep 10000' sh "$W" "$PWD" 3>&- 4>&- &
	CLIENT=$!
	until_true [ -e client.up ]
}

# egress OPTION...: wx-egress with the policy in the file "policy", if that is there, serving a new client; its process is EGRESS,
# its decisions are in "log". MORE: further sockets for tests/lib/placed. UNDER: words of a command that runs it.
egress() {
	rm -f client.up ready
	new_client
	[ -e policy ] || : >policy
	# shellcheck disable=SC2086 # words
	nsenter -t "$(cat "$BATS_FILE_TMPDIR/world/host.pid")" -U --preserve-credentials -m -n "$WX_BUILD/lib/placed" "/proc/$CLIENT/ns/net" udp@127.0.0.1:53 dns@127.0.0.1:53 any@0.0.0.0:443 \
	    any@0.0.0.0:80 any@0.0.0.0:22 any@0.0.0.0:7777 any@0.0.0.0:7778 proxy@127.0.0.1:3128 ${MORE-} -- \
	    ${UNDER-} "$WX_BUILD/wx-egress" -R 9 "$@" <policy >log 2>err 9>ready 3>&- 4>&- &
	EGRESS=$!
	until_true ready_or_gone
}

ready_or_gone() {
	[ -s ready ] || [ ! -e "/proc/$EGRESS" ] || [ "$(awk '/^State/ { print $2 }' "/proc/$EGRESS/status")" = Z ]
}

egress_end() {
	for p in ${EGRESS-} ${CLIENT-}; do
		kill -9 "$p" || :
		wait "$p" || :
	done
}

# fetch URL [OPTION...]: curl, in the client.
fetch() {
	client curl -sS --cacert "$BATS_FILE_TMPDIR/world/ca.pem" --max-time 30 "$@"
}

# said JQ: does a line of the log match? said_soon waits for it.
said() {
	jq -e -s "any(.[]; $1)" log >/dev/null
}

said_soon() {
	until_true said "$1"
}
