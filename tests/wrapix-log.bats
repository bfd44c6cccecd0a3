# SPDX-License-Identifier: MIT
# takes: 20 s
# sanitizers: no, of a script
# The record of runs: what wrapix writes, and that what somebody does to it is found.
load lib/helper
load lib/run

local_setup() {
	git config --global user.name Tester
	git config --global user.email tester@example.org
	git config --global init.defaultBranch main
	git init -q p
	git -C p commit -q --allow-empty -m zero
	log=$HOME/.local/state/wrapix/.log
}

# ran COMMAND...: in p, without a key and a token.
ran() {
	(cd p && wrapix -q --no-push --no-token -n none -- "$@")
}

# found WORDS: that the record is not whole, and why.
found() {
	run -1 wrapix log --verify
	[[ $output == *"$1"* ]] || fail "not '$1': $output"
}

@test "a run is recorded: who, what, the plan and its hash, what was refused, the branch that moved, how it ended" {
	zero=$(git -C p rev-parse HEAD)
	[ -n "$WX_NETNS" ] || skip "needs a network of our own"
	cd p
	run -3 wrapix -q --no-push --no-token -a ok.example -- sh -c 'git commit -q --allow-empty -m one; git branch two; curl -sm 5 https://evil.example/; ln -s /etc/passwd out; exit 3'
	cd ..
	one=$(git -C p rev-parse HEAD)
	jq -s 'map(.data)' "$log/record" >d
	[ "$(jq -r 'map(.event) | unique | join(" ")' d)" = "begin commit end network" ]
	[ "$(jq -r '.[0].plan | [.user.name, .project, .network.mode, .command[0], .network.names[-1]] | join("|")' d)" = \
	    "$(id -un)|$PWD/p|listed|sh|ok.example" ] || fail "$(jq -c '.[0].plan' d)"
	jq -r '.[0].plan_sha256' d | grep -qE '^[0-9a-f]{64}$'
	[ "$(jq -r '.[] | select(.event == "network").decision | [.verdict, .host, .reason] | join(" ")' d)" = "deny evil.example not-listed" ]
	[ "$(jq -r '.[] | select(.event == "commit") | [.ref, .was, .is] | join(" ")' d | sort)" = \
	    "$(printf '%s\n' "refs/heads/main $zero $one" "refs/heads/two  $one" | sort)" ] || fail "$(jq -c . d)"
	[ "$(jq -c '.[-1].end | [.status, .commits, .findings["symlink-out"]]' d)" = '[3,1,1]' ] || fail "$(jq -c '.[-1]' d)"
	jq -e '.[0] as $b | .[1:] | all(.of == 1)' d
	wrapix log --last >said
	grep -q '^refused:  evil.example:443 (not-listed)$' said
	grep -q '^ended:    status 3$' said
	grep -q "^who:      $(id -un) " said
	grep -q "refs/heads/main $(head -c 12 <<<"$one")" said
	[ "$(wrapix log | wc -l)" -eq 1 ]
	run -0 wrapix log --verify
	[[ $output == "ok: $(wc -l <"$log/record") lines, one chain, signed by SHA256:"* ]]
}

@test "the hash is the one of the plan" {
	ran true
	(cd p && wx-run -C . -p "$WX_TREE/nix/profiles/base.json" --inbox --print-plan -n none -- true) >plan
	[ "$(jq -r 'select(.data.event == "begin").data.plan_sha256' "$log/record")" = "$(sha256sum <plan | cut -d ' ' -f 1)" ]
	[ "$(jq -cS 'select(.data.event == "begin").data.plan' "$log/record")" = "$(jq -cS . plan)" ]
}

@test "two runs at once are both in it, and it verifies" {
	mkfifo go
	(cd p && wrapix -q --no-push --no-token -n none -- sh -c 'echo one; read x' <../go) >out 3>&- &
	exec 9>go
	until_true grep -q one out
	ran true
	echo >&9
	exec 9>&-
	wait
	[ "$(jq -rs 'map("\(.data.event) \(.data.of)") | join(", ")' "$log/record")" = "begin null, begin null, end 2, end 1" ]
	wrapix log --verify
	[ -z "$(find "$log" -name 'run.*')" ]
	[ "$(find "$log" -name 'head-*.sig' | wc -l)" -eq 1 ]
}

@test "a run that was killed has begun and not ended; what it left goes with the next one" {
	mkfifo go
	(cd p && exec wrapix -q --no-push --no-token -n none -- sh -c 'echo one; read x' <../go) >out 3>&- &
	pid=$!
	exec 9>go
	until_true grep -q one out
	kill -9 "$pid"
	wait "$pid" || :
	exec 9>&-
	wrapix log | grep -q 'not ended, or killed'
	wrapix log --last | grep -q '^ended:    not ended, or killed$'
	ran true
	[ "$(wrapix log | wc -l)" -eq 2 ]
	[ -z "$(find "$log" -name 'run.*')" ]
	wrapix log --verify
}

@test "--verify: what was changed, removed, added, moved or cut is found, and another's signature is none" {
	ran true
	ran false || :
	cp -r "$log" whole
	back() {
		rm -r "$log"
		cp -r whole "$log"
	}
	sed -i '2s/"status": 0/"status": 1/' "$log/record"
	found "line 3 does not follow"
	back && sed -i 2d "$log/record"
	found "line 2 has another number"
	back && sed -i '$d' "$log/record"
	found "lines are missing at the end: 4 were signed, 3 are there"
	back && sed -i '$s/"status": 1/"status": 0/' "$log/record"
	found "line 4 is not the one that was signed"
	back && echo '{"event":"begin"}' | wx-log "$log/record" >/dev/null
	found "what comes after line 4 is not signed"
	back && { sed -n 1p whole/record; sed -n 3p whole/record; sed -n 2p whole/record; sed -n 4p whole/record; } >"$log/record"
	found "line 2 has another number"
	back && sed -i '$d' "$log/record" && rm "$log"/head-* && wx-log -v "$log/record" >"$log/head-3"
	found "the record is not signed"
	ssh-keygen -q -t ed25519 -N '' -f other
	ssh-keygen -q -Y sign -n wrapix-log -f other "$log/head-3"
	found "the signature of line 3 is not by"
	back && wrapix log --verify
}

@test "nothing inside sees record or key" {
	ran true
	run ran sh -c "ls -a '$log' '$HOME/.config/wrapix/log' 2>&1; find ~ /run /tmp -name key.pub -o -name record 2>/dev/null; true"
	[[ $output != *key.pub$'\n'* && $output != *"/record"* ]] || fail "$output"
	[[ $output == *"No such file"* ]]
}

@test "the record cannot be written: the run goes on, and says that it is not in it" {
	mkdir -p "$log"
	ln -s /dev/null "$log/record"
	cd p
	run -0 wrapix -q --no-push --no-token -n none -- echo ran
	[[ $output == *"not in the record"* && $output == *ran* ]]
}

@test "no record yet, wrong arguments" {
	run -1 wrapix log
	[[ $output == *"nothing was run"* ]]
	run -1 wrapix log -v
	run -2 wrapix log --nonsense
	run -2 wrapix-log --begin
}
