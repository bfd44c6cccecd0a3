# SPDX-License-Identifier: MIT
# sanitizers: no, of a picture
load lib/helper
load lib/run

# What differs from run to run: hashes, keys, and the words of curl's TLS library.
same_each_time() {
	sed 's/\b[0-9a-f]\{7\}\b/HASH/; s/SHA256:.*/SHA256/; s/^curl: .*/curl: refused/; s/4096 processes/N processes/; s/, [0-9]* processors//'
}

@test "the picture of README.md is what its commands print here" {
	[ -n "$WX_NETNS" ] || skip "needs a network of our own"
	python3 - "$WX_TREE/man/run.svg" >shown <<-'END'
		import sys, xml.dom.minidom
		rows = {}
		for t in xml.dom.minidom.parse(sys.argv[1]).getElementsByTagName("text"):
		    rows[int(t.getAttribute("y"))] = "".join(s.firstChild.data for s in t.getElementsByTagName("tspan"))
		print("\n".join(rows[y] for y in sorted(rows)))
	END
	"$WX_TREE/scripts/packaging/picture" --text >run
	diff <(same_each_time <shown) <(same_each_time <run | grep -v '^$') || fail "another: scripts/packaging/picture >man/run.svg makes a new one"
	grep -q 'refused evil.example:443' shown
	grep -q 'man/run.svg' "$WX_TREE/README.md"
}
