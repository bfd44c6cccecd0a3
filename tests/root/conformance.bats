# SPDX-License-Identifier: MIT
# The control's other half: what only a user with capabilities can do. The
# probes are made so that nothing changes where they succeed.
load ../lib/helper
load ../lib/canaries

local_setup() {
	project=$BATS_TEST_TMPDIR/p/project
	mkdir -p "$project"
	plant_canaries "$project"
}

teardown() {
	remove_canaries
}

@test "control: what needs capabilities is seen with them" {
	local caps bound i user rest=() name class cond words
	probe_conf "$project" "workspace=$project" net=host
	user=$(id -u "$WX_USER")
	chmod -R a+rwX "$BATS_TEST_TMPDIR" && chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/*
	# All that this root has; a container's root has not all.
	bound=$((0x$(sed -n 's/^CapBnd:\t*//p' /proc/self/status)))
	for ((i = 0; i < 63; i++)); do
		[ $((bound >> i & 1)) -eq 0 ] || caps+=,+cap_$i
	done
	(cd "$project" && setpriv --reuid "$user" --regid "$user" --groups "$user,4" --inh-caps "${caps#,}" \
	    --ambient-caps "${caps#,}" "$WX_BUILD/lib/probe" capabilities kernel devices >"$BATS_TEST_TMPDIR/out") || true
	while IFS=$'\t' read -r name class cond words; do
		[ "$class" = root ] || continue
		grep -q "^EXPOSED	$name	" out || ! holds "$cond" || rest+=("$name: $words")
	done <"$WX_TREE/tests/lib/probe/control.tsv"
	[ ${#rest[@]} -eq 0 ] || fail "not exposed: $(printf '%s\n' "${rest[@]}")"
}
