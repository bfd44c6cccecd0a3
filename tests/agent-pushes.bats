# SPDX-License-Identifier: MIT
# engines: bwrap podman
# sanitizers: no, of a script
# Claude Code at work under wrapix: from its prompt to a push.
load lib/helper
load lib/run
load lib/sshd
load lib/forge

setup_file() {
	forge_setup_file
}

teardown_file() {
	forge_teardown_file
}

local_setup() {
	forge_setup
}

teardown() {
	forge_teardown
}

# --- the agent itself

# Looks for needles, bytes in hex, in all that it can read: files but the host's programs,
# arguments, environments and memory. Prints the number of each that was found, and how
# much of what was looked at. It leaves out what it is given and its own memory.
searcher() {
	cat <<-'EOS'
	import os, sys
	needles = [bytes.fromhex(h) for h in open(sys.argv[1]).read().split()]
	found, looked = set(), {"file": 0, "process": 0, "memory": 0}
	def scan(data, where):
	    for i, n in enumerate(needles):
	        if n in data:
	            found.add((i, where))
	def whole(path):
	    try:
	        with open(path, "rb") as f:
	            return f.read(64 << 20)
	    except OSError:
	        return None
	skip = {"/proc", "/sys", "/dev", "/usr", "/lib", "/lib64", "/bin", "/sbin", "/nix", "/run/wrapix/init"}
	for top, dirs, files in os.walk("/"):
	    dirs[:] = [d for d in dirs if os.path.join(top, d) not in skip]
	    for f in files:
	        path = os.path.join(top, f)
	        if os.path.isfile(path) and not path.startswith(sys.argv[2]):
	            data = whole(path)
	            if data is not None:
	                looked["file"] += 1
	                scan(data, "file " + path)
	for pid in filter(str.isdigit, os.listdir("/proc")):
	    for name in "cmdline", "environ":
	        data = whole("/proc/%s/%s" % (pid, name))
	        if data is not None:
	            looked["process"] += 1
	            scan(data, name)
	    if int(pid) == os.getpid():
	        continue
	    try:
	        maps = open("/proc/%s/maps" % pid).read().splitlines()
	        mem = open("/proc/%s/mem" % pid, "rb", 0)
	    except OSError:
	        continue
	    looked["memory"] += 1
	    for m in maps:
	        words = m.split()
	        a, b = (int(x, 16) for x in words[0].split("-"))
	        if "rw" not in words[1] or b - a > 256 << 20:
	            continue
	        try:
	            mem.seek(a)
	            scan(mem.read(b - a), "memory")
	        except OSError:
	            pass
	print("looked", *looked.values())
	for i, where in sorted(found):
	    print("needle", i, where)
	EOS
}

hex() {
	od -An -v -tx1 | tr -d ' \n'
}

@test "Claude Code edits, commits, signs and pushes; keys and GitHub token are nowhere that it can look" {
	[ -n "$WX_CLAUDE" ] || skip "no Claude Code to run (tests/lib/get-claude says why)"
	local url hash claude
	give_key
	give_token
	export GH_TOKEN=ghp_MADEUP$(tr -dc 0-9a-f </dev/urandom | head -c 30)
	mkdir tools
	searcher >tools/search.py
	# Its own token, as a control; GitHub's; of each private key the text of a line and the seed.
	{
		printf %s "$token" | hex; echo
		printf %s "$GH_TOKEN" | hex; echo
		for k in "$keys/it-here" "$keys/it-here-signing"; do
			grep -v -e ----- "$k" | tail -n 1 | tail -c 40 | hex; echo
			python3 -c 'import base64, sys
key = base64.b64decode("".join(open(sys.argv[1]).read().split("\n")[1:-2]))
pub = base64.b64decode(open(sys.argv[1] + ".pub").read().split()[1])[-32:]
print(key[key.rindex(pub) - 32:key.rindex(pub)].hex())' "$k"
		done
	} >tools/needles
	echo 'hello, moon' >p/greeting
	git -C p add greeting
	git -C p commit -qm 'greeting: greet the moon'
	jq -n '[
	  {tool: "Read", input: {file_path: "/workspace/greeting"}},
	  {tool: "Edit", input: {file_path: "/workspace/greeting", old_string: "moon", new_string: "world"}},
	  {tool: "Bash", input: {description: "Commit and push", command:
	    "git commit -qam \"greeting: greet the world\" && git push -q origin HEAD:main && git log -1 \"--format=%G?\""}},
	  {tool: "Bash", input: {description: "Look", command: "python3 /tools/search.py /tools/needles /tools/"}},
	  {text: "The world is greeted."}]' >script.json
	hash=$(printf %s "$token" | sha256sum)
	mkfifo hold
	"$WX_TREE/tests/fake/messages-api" --log api.log --log-system --token-sha256 "${hash%% *}" script.json <hold >port 3>&- &
	exec 9>hold
	until_true test -s port
	PATH=$PATH:${WX_CLAUDE%/*}
	claude=0
	if [ -n "$WX_PODMAN" ]; then
		# In the image, as it were.
		set -- -m "$WX_CLAUDE:/opt/claude"
		mkdir -p ~/.config/wrapix/profiles
		jq '.agent.command[0] = "/opt/claude"' "$WX_TREE/nix/profiles/base.json" >~/.config/wrapix/profiles/base.json
	fi
	echo 'Greet the world, not the moon.' | timeout 100 wrapix -n host "$@" -m "$PWD/tools:/tools" -v CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 \
	    -v "ANTHROPIC_BASE_URL=http://127.0.0.1:$(cat port)" p >out 2>err 9>&- 3>&- || claude=$?
	exec 9>&-
	[ "$claude" -eq 0 ] || fail "status $claude: $(cat out err; jq -c 'del(.system)' api.log)"
	[ "$(cat out)" = "The world is greeted." ] || fail "$(cat out err)"
	# It pushed, by the deploy key, what is signed by the other.
	[ "$(git -C "$dir/repos/me/it.git" show main:greeting)" = "hello, world" ]
	printf '* %s\n' "$(cut -d' ' -f1,2 "$keys/it-here-signing.pub")" >allowed
	git -C "$dir/repos/me/it.git" -c gpg.ssh.allowedSignersFile="$PWD/allowed" verify-commit main
	jq -se '.[-1].tool_results[2] | startswith("G")' api.log >/dev/null || fail "$(jq -c .tool_results api.log | tail -n 1)"
	# It was told where it is.
	jq -se 'any(.[]; .system // "" | contains("You work in a sandbox made by wrapix") and contains("origin (127.0.0.1/me/it)") and contains("Commits are signed"))' api.log >/dev/null
	# What it found: its own token, so it can find something, and nothing else.
	jq -sr '.[-1].tool_results[3]' api.log >looked
	read -r _ files processes memories <looked
	[ "$files" -gt 5 ] && [ "$processes" -gt 4 ] && [ "$memories" -ge 1 ] || fail "$(cat looked)"
	grep -q '^needle 0 ' looked || fail "the search finds nothing: $(cat looked)"
	! grep '^needle [^0]' looked || fail "found, as said above"
}
