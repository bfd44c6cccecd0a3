# SPDX-License-Identifier: MIT
load lib/helper

# A record of five lines.
record() {
	printf '{"n":%d}\n' 1 2 3 4 5 | wx-log r >head
}

@test "a line of JSON gets a number, the hash of the line before, and a time; the head is said" {
	printf '{"a":1}\n' | wx-log r >h1
	printf '{"b":"x"}\n' | wx-log r >h2
	[ "$(stat -c %a r)" = 600 ]
	jq -es 'map(.seq) == [1, 2] and map(.data) == [{"a":1}, {"b":"x"}] and map(keys_unsorted) ==
	    [range(2) | ["seq", "prev", "time", "data"]]' r
	[ "$(jq -r .prev r | head -n 1)" = "$(printf '%064d' 0)" ]
	one=$(sed -n 1p r | tr -d '\n' | sha256sum | cut -d ' ' -f 1)
	two=$(sed -n 2p r | tr -d '\n' | sha256sum | cut -d ' ' -f 1)
	[ "$(jq -r .prev r | tail -n 1)" = "$one" ]
	[ "$(cat h1)" = "1 $one" ]
	[ "$(cat h2)" = "2 $two" ]
	[ "$(wx-log -v r)" = "2 $two" ]
	[ "$(wx-log -v -n 1 r)" = "1 $one" ]
	jq -r .time r | grep -qE '^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9:.]*Z$'
}

@test "nothing on standard input: nothing is appended, and nothing said" {
	wx-log r </dev/null >out
	[ ! -s out ]
	[ ! -s r ]
	[ "$(wx-log -v r)" = "0 $(printf '%064d' 0)" ]
}

@test "-v: a line that was changed, removed, added, moved or repeated is found, and named" {
	record
	sed 's/"n":3/"n":9/' r >changed
	sed 3d r >removed
	sed '3{p}' r >repeated
	{ sed -n 1p r; sed -n 3p r; sed -n 2p r; sed -n '4,$p' r; } >moved
	sed '2a {"seq":3,"prev":"'"$(printf '%064d' 0)"'","time":"2026-11-30T00:00:00.000Z","data":{}}' r >added
	sed 1d r >headless
	sed 's/"time":"2/"time":"1/; 5q' r >times
	printf '%s' "$(cat r)" >unfinished
	sed 's/"seq":4/"seq": 4/' r >blank
	sed 's/{"n":5}/{"n":5,"prev"}/' r >broken
	while read -r name line; do
		run -1 wx-log -v "$name"
		[[ $output == *"'$name': line $line "* ]] || fail "$name: $output"
	done <<-END
		changed 4
		removed 3
		repeated 4
		moved 2
		added 3
		headless 1
		times 2
		unfinished 5
		blank 4
		broken 5
	END
	wx-log -v r | cmp - head
}

@test "what is cut at the end, or changed in the last line, is another head" {
	record
	sed '$d' r >cut
	run wx-log -v cut
	[ "$status" -eq 0 ] && [ "$output" != "$(cat head)" ]
	sed 's/"n":5/"n":6/' r >last
	run wx-log -v last
	[ "$status" -eq 0 ] && [ "$output" != "$(cat head)" ]
	run -1 wx-log -v -n 5 cut
	[[ $output == *"line 5 is not there"* ]]
}

@test "what is no JSON object is refused, and nothing of it appended" {
	n=0
	while IFS= read -r bad; do
		n=$((n + 1))
		run -1 wx-log r <<<"$bad"
		[[ $output == *"line 1 of standard input is no JSON object"* ]] || fail "'$bad': $output"
	done <<-'END'
		1
		[]
		{"a":1}}
		{"a":1},"x":{}
		{"a":01}
		{"a":+1}
		{"a":1.}
		{"a":.5}
		{"a":1e}
		{"a":nul}
		{"a":"\x"}
		{"a":"\u12"}
		{"a":1,}
		{a:1}
		{"a" 1}
		{"a":"
		{"a":'b'}
		{} {}
	END
	printf '{"a":"\xff"}\n' >bad
	run -1 wx-log r <bad
	printf '{"a":"\t"}\n' >bad
	run -1 wx-log r <bad
	printf '{"a":"b\0c"}\n' >bad
	run -1 wx-log r <bad
	{ printf '{"a":'; printf '[%.0s' $(seq 70); printf ']%.0s' $(seq 70); echo '}'; } >bad
	run -1 wx-log r <bad
	{ printf '{"a":"'; head -c 262200 /dev/zero | tr '\0' b; echo '"}'; } >bad
	run -1 wx-log r <bad
	[ ! -s r ]
	# What jq takes is taken, too.
	printf '%s\n' '{"a":-0.5e+10,"b":[true,false,null,"\u00e9é\n\\\"/"],"":{"":{}}}' '{}' '{ "a" : [ ] , "b":1 }' | wx-log r
	[ "$(jq -s length r)" -eq 3 ]
}

@test "a line that is refused: those before it are there, those after it not" {
	run -1 wx-log r <<<$'{"a":1}\nno\n{"b":2}'
	[[ $output == *"line 2"* ]]
	[ "$(wx-log -v r | cut -d ' ' -f 1)" -eq 1 ]
}

@test "a write that was cut short: the next call removes what it left, and the chain goes on" {
	record
	printf '{"seq":6,"prev":"abc' >>r
	run -1 wx-log -v r
	echo '{"n":6}' | wx-log r
	[ "$(wx-log -v r | cut -d ' ' -f 1)" -eq 6 ]
	echo 'somebody wrote this' >>r
	run -1 wx-log r <<<'{"n":7}'
	[[ $output == *"does not end with a line of wx-log's"* ]]
}

@test "no space left: status 1, and the record is as it was" {
	record
	cp r before
	size=$(stat -c %s r)
	# A limit of the file's size is a full disk to it.
	run bash -c "trap '' XFSZ; ulimit -f 1; head -c 900 /dev/zero | tr '\\0' x | sed 's/.*/{\"a\":\"&\"}/' | wx-log r"
	[ "$status" -eq 1 ] || fail "$output"
	cmp r before
}

@test "twenty writers at once: one chain, each line once" {
	for i in $(seq 20); do
		printf '{"w":%d,"i":%d}\n' "$i" 1 "$i" 2 "$i" 3 | wx-log r >/dev/null &
	done
	wait
	[ "$(wx-log -v r | cut -d ' ' -f 1)" -eq 60 ]
	[ "$(jq -c .data r | sort -u | wc -l)" -eq 60 ]
}

@test "a link, a directory, a pipe and what others can write is no record" {
	touch real
	ln -s real link
	run -1 wx-log link <<<'{}'
	mkdir dir
	run -1 wx-log dir <<<'{}'
	mkfifo pipe
	run -1 wx-log pipe <<<'{}'
	chmod 666 real
	run -1 wx-log real <<<'{}'
	[[ $output == *"others"* ]]
	[ ! -s real ]
}

@test "wrong arguments are 2" {
	for args in "" "a b" "-n 1 a" "-v -n 0 a" "-v -n x a" "-v -n -1 a"; do
		run -2 wx-log $args </dev/null
	done
}
