# SPDX-License-Identifier: MIT
# takes: 80 s
# Descriptor 3 is bats's own, and wx-keygen -o - writes to it: say where it goes.
load lib/helper
load lib/sshd

local_setup() {
	umask 077
	mkdir d
	printf 'pass words\n' >pass
	printf 'other words\n' >other
}

teardown() {
	[ -z "${SSH_AGENT_PID-}" ] || kill "$SSH_AGENT_PID" || true
	sshd_stop
}

# refuses STATUS PATTERN ARG...: it exits so and says so, stdout is empty, and no
# private key and no passphrase is shown.
refuses() {
	local rc=0 want=$1 pattern=$2
	shift 2
	wx-keygen "$@" >out 2>err || rc=$?
	[ "$rc" -eq "$want" ] || fail "$*: status $rc, not $want: $(cat err)"
	[ ! -s out ] || fail "$*: wrote on stdout: $(cat out)"
	grep -q -- "$pattern" err || fail "$*: no '$pattern' in: $(cat err)"
	! grep -qE 'PRIVATE KEY|b3BlbnNzaC|words' err || fail "$*: shows a secret: $(cat err)"
}

# good FILE [PASS]: a pair that OpenSSH takes, with the right modes.
good() {
	local got
	got=$(ssh-keygen -y -P "${2-}" -f "$1" </dev/null) || fail "$1 does not work"
	[ "$(echo "$got" | cut -d ' ' -f 1,2)" = "$(cut -d ' ' -f 1,2 "$1.pub")" ] || fail "$1.pub is not its public half"
	[ "$(stat -c %a "$1" "$1.pub" | tr '\n' ' ')" = "600 644 " ] || fail "modes: $(stat -c %a "$1" "$1.pub")"
}

# only DIR NAME...: the folder has these names and no other.
only() {
	[ "$(ls -A "$1" | tr '\n' ' ')" = "${*:2} " ] || fail "in $1: $(ls -A "$1" | tr '\n' ' ')"
}

# states [ARG...]: the names and states that -l gives of d.
states() {
	{ wx-keygen -l "$@" d 2>err || true; } | awk -F'\t' '{ sub(".*/", "", $1); printf "%s=%s ", $1, $6 }'
}

agent() {
	eval "$(ssh-agent -a "$PWD/agent" 3>&-)" >/dev/null
}

# ask SCRIPT ARG...: run it on a terminal of its own. SCRIPT is lines: text to wait for, tab, what to type.
ask() {
	cat >ask.py <<-'P'
	import os, pty, sys, select, termios, time
	pid, fd = pty.fork()
	if pid == 0:
	    os.execvp(sys.argv[2], sys.argv[2:])
	seen = b""
	def more(t):
	    global seen
	    r, _, _ = select.select([fd], [], [], t)
	    if not r:
	        return False
	    try:
	        b = os.read(fd, 4096)
	    except OSError:
	        return False
	    seen += b
	    return b != b""
	at = 0
	for line in sys.argv[1].split("\n"):
	    wait, text = line.split("\t")
	    end = time.time() + 10
	    while wait.encode() not in seen[at:] and time.time() < end:
	        if not more(0.5) and os.waitpid(pid, os.WNOHANG)[0]:
	            sys.exit("ended before '%s': %r" % (wait, seen))
	    at = seen.find(wait.encode(), at) + len(wait)
	    if termios.tcgetattr(fd)[3] & termios.ECHO:
	        sys.exit("it echoes")
	    os.write(fd, text.encode().decode("unicode_escape").encode())
	while more(10):
	    pass
	st = os.waitpid(pid, 0)[1]
	if os.environ.get("WX_ECHO_AFTER") and not termios.tcgetattr(fd)[3] & termios.ECHO:
	    sys.exit("the echo is off")
	sys.stdout.write(seen.decode(errors="replace").replace("\r\n", "\n"))
	sys.exit(os.waitstatus_to_exitcode(st) if os.WIFEXITED(st) else 128 + os.WTERMSIG(st))
	P
	/usr/bin/python3 ask.py "$@"
}

# --- making

@test "make: a pair, its line on stdout, silence otherwise; whatever the umask" {
	for u in 000 022 077 777; do
		rm -rf d/k*
		(umask $u; wx-keygen -o d/k 2>&1 >out.$u) | grep . && fail "it says something"
		chmod 600 out.$u
		[ "$(cat out.$u)" = "$(cat d/k.pub)" ]
		good d/k
		only d k k.pub
	done
	[[ $(cat d/k.pub) =~ ^ssh-ed25519\ AAAAC3NzaC1lZDI1NTE5AAAA[A-Za-z0-9+/]{44}\ [^\ ]+@[^\ ]+$ ]] || fail "$(cat d/k.pub)"
	[ "$(cut -d ' ' -f 3 d/k.pub)" = "$(id -un)@$(uname -n)" ]
}

@test "make: two keys are two keys" {
	[ "$(wx-keygen -o d/a)" != "$(wx-keygen -o d/b)" ]
}

@test "make: folders that are missing are made, 0700; the default is ~/.ssh/id_ed25519" {
	(umask 0; wx-keygen -o new/one/two/k >/dev/null)
	[ "$(stat -c %a new new/one new/one/two | tr '\n' ' ')" = "700 700 700 " ]
	good new/one/two/k
	wx-keygen >out
	good "$HOME/.ssh/id_ed25519"
	[ "$(stat -c %a "$HOME/.ssh")" = 700 ]
	(cd d && wx-keygen -o here >/dev/null)
	good d/here
	wx-keygen -o d//slashes >/dev/null
	good d/slashes
	rc=0
	env -u HOME wx-keygen >out 2>err || rc=$?
	[ "$rc" -eq 2 ] && grep -q 'no home directory' err
}

@test "make: the comment, any text of one line, or none" {
	[ "$(wx-keygen -C 'deploy "key" of ä' -o d/a | cut -d ' ' -f 3-)" = 'deploy "key" of ä' ]
	[ "$(wx-keygen --comment '' -o d/b | wc -w)" -eq 2 ]
	for c in $'a\nb' $'a\rb' $'\033[0m' $'\377' "$(head -c 1025 /dev/zero | tr '\0' a)"; do
		refuses 2 'not one line of printable text' -C "$c" -o d/c
	done
	only d a a.pub b b.pub
}

@test "make: what is there is refused, and stays; -f replaces it" {
	wx-keygen -o d/k >first
	refuses 1 "refusing to replace 'd/k', which is there already" -o d/k
	cmp first d/k.pub
	good d/k
	wx-keygen -f -o d/k >second
	run ! cmp -s first second
	cmp second d/k.pub
	good d/k
	only d k k.pub
}

@test "make: half a pair is refused, either half; -f makes it whole" {
	wx-keygen -o d/k >/dev/null
	rm d/k
	refuses 1 "refusing to replace 'd/k.pub', whose private half is missing" -o d/k
	only d k.pub
	wx-keygen -f -o d/k >/dev/null
	good d/k
	rm d/k.pub
	cp d/k was
	refuses 1 "refusing to replace 'd/k', which has no public half" -o d/k
	cmp was d/k
	only d k
	wx-keygen -f -o d/k >/dev/null
	good d/k
	echo text >d/t
	refuses 1 "refusing to replace 'd/t'" -o d/t
	[ "$(cat d/t)" = text ]
}

@test "names: an alphabet, no dash or dot first, no .pub, not too long" {
	for n in '' -k .k 'a b' 'a;b' $'a\nb' a% "$(head -c 201 /dev/zero | tr '\0' a)"; do
		refuses 2 'refusing the name of the key' -o "d/$n"
	done
	refuses 2 'refusing the name of the key' -o ..
	refuses 2 'without .pub' -o d/k.pub
	refuses 2 'without .pub' --stage d/k.pub
	refuses 2 'too long' -o "$(head -c 5000 /dev/zero | tr '\0' a)/k"
	n=$(head -c 200 /dev/zero | tr '\0' a)
	wx-keygen -o "d/$n" >/dev/null
	wx-keygen --stage "d/$n" >/dev/null
	wx-keygen --commit "d/$n"
	good "d/$n"
	wx-keygen -o d/a._-@+Z9 >/dev/null
}

@test "folder: others have access to it: refused with the chmod that mends it" {
	for mode in 701 710 704 740 755 777 1777; do
		chmod "$mode" d
		refuses 1 "refusing folder 'd': others have access to it (mode .*$mode); mend it with: chmod 700 -- 'd'" -o d/k
		[ -z "$(ls -A d)" ]
		sh -c "$(sed -n 's/.*mend it with: //p' err)"
		wx-keygen -o d/k >/dev/null
		rm d/k*
	done
	mkdir -m 755 "it's"
	refuses 1 'mend it with' -o "it's/k"
	sh -c "$(sed -n 's/.*mend it with: //p' err)"
	wx-keygen -o "it's/k" >/dev/null
}

@test "folder: a symbolic link, a file, read-only, of another" {
	ln -s d link
	refuses 1 "refusing folder 'link': it is a symbolic link" -o link/k
	refuses 1 "refusing folder 'link': it is a symbolic link" -o link//k
	refuses 1 "cannot open folder 'pass': Not a directory" -o pass/k
	[ -z "$(ls -A d)" ]
	[ "$(id -u)" -ne 0 ] || skip "root may do all"
	chmod 500 d
	refuses 1 "cannot write 'd/k': Permission denied" -o d/k
	refuses 1 "cannot make folder 'd/e': Permission denied" -o d/e/k
	chmod 700 d
	refuses 1 "refusing folder '/': it belongs to uid 0, not to you" -o /k
}

@test "file: a symbolic link or a folder at its place is refused, with -f too" {
	wx-keygen -o d/real >/dev/null
	ln -s real d/k
	for f in '' -f; do
		refuses 1 "refusing 'd/k': it is a symbolic link" $f -o d/k
	done
	[ -L d/k ]
	rm d/k
	ln -s real.pub d/k.pub
	refuses 1 "refusing 'd/k.pub': it is a symbolic link" -f -o d/k
	rm d/k.pub
	mkdir d/k
	refuses 1 "refusing 'd/k': it is not a regular file" -f -o d/k
	rmdir d/k
	mkfifo d/k
	refuses 1 "refusing 'd/k': it is not a regular file" -f -o d/k
	good d/real
}

@test "a full disk on stdout is an error in every mode that prints" {
	for args in '-o d/a' '-s d/b' '-n 2 -o d/c%d' '-l d' '-y d/a'; do
		rc=0
		wx-keygen $args >/dev/full 2>err || rc=$?
		[ "$rc" -eq 1 ] || fail "$args: $rc"
		grep -q 'cannot write to standard output' err
	done
	good d/a
	rc=0
	wx-keygen -o - >/dev/full 2>err 3>&- || rc=$?
	[ "$rc" -eq 1 ]
	rc=0
	wx-keygen -o - >k 2>err 3>/dev/full || rc=$?
	[ "$rc" -eq 1 ] && grep -q 'cannot write to descriptor 3' err
}

# --- standard output

@test "-o -: the private key on stdout, the line on descriptor 3, nothing in a file" {
	cd d
	wx-keygen -C me -o - 3>../k.pub | cat >../k
	cd ..
	[ -z "$(ls -A d)" ]
	chmod 644 k.pub
	chmod 600 k
	good k
	[ "$(cut -d ' ' -f 3 k.pub)" = me ]
	wx-keygen -o - 3>&- >k
	ssh-keygen -y -f k >/dev/null
	wx-keygen -o - 3<pass >k
	[ "$(cat pass)" = 'pass words' ]
}

@test "-o -: a terminal, or a file that others have access to, is refused; -f writes" {
	(umask 022; : >wide)
	rc=0
	wx-keygen -o - >wide 2>err 3>&- || rc=$?
	[ "$rc" -eq 1 ] && [ ! -s wide ]
	grep -q 'a file that others have access to (mode 0644)' err
	wx-keygen -f -o - >wide 3>&-
	grep -q 'PRIVATE KEY' wide
	run -1 script -qec 'wx-keygen -o - 3>&-' /dev/null
	[[ $output == *"refusing to print a private key to a terminal"* && $output != *"PRIVATE KEY-"* ]]
}

# --- OpenSSH

@test "ssh-keygen: -l, -y, -Y sign and verify, without and with a passphrase" {
	wx-keygen -C 'a comment' -o d/k >/dev/null
	wx-keygen -d 4 -o d/p 4<pass >/dev/null
	good d/k
	good d/p 'pass words'
	run ! ssh-keygen -y -P 'wrong' -f d/p
	[ "$(wx-keygen -l d/k | cut -f 3,4 | tr '\t' ' ')" = "$(ssh-keygen -lf d/k.pub | cut -d ' ' -f 2-4)" ]
	printf '#!/bin/sh\ncat %s/pass\n' "$PWD" >askpass
	chmod 700 askpass
	for k in k p; do
		printf 'me %s\n' "$(cat d/$k.pub)" >allowed
		echo data >data
		SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force ssh-keygen -q -Y sign -f d/$k -n git data </dev/null
		ssh-keygen -q -Y verify -f allowed -I me -n git -s data.sig <data
		echo x >>data
		run ! ssh-keygen -q -Y verify -f allowed -I me -n git -s data.sig <data
		rm data.sig
	done
}

@test "ssh-add: from a file, from stdout; with a passphrase" {
	agent
	wx-keygen -o d/k >/dev/null
	wx-keygen -d 4 -o d/p 4<pass >/dev/null
	ssh-add -q d/k
	wx-keygen -o - 3>d/s.pub | ssh-add -q -
	printf '#!/bin/sh\ncat %s/pass\n' "$PWD" >askpass
	chmod 700 askpass
	SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force ssh-add -q d/p </dev/null
	for k in k s p; do
		ssh-add -L | cut -d ' ' -f 2 | grep -qxF "$(cut -d ' ' -f 2 d/$k.pub)" || fail "$k: $(ssh-add -L)"
	done
	ssh-add -T d/k.pub d/s.pub d/p.pub
}

@test "sshd: log in with a key, and push; with a passphrase by the agent" {
	wx-keygen -o d/k >/dev/null
	wx-keygen -d 4 -o d/p 4<pass >/dev/null
	sshd_start "$PWD/sshd"
	run ! sshd_ssh d/k true
	cat d/k.pub d/p.pub >sshd/authorized_keys
	[ "$(sshd_ssh d/k 'echo in')" = in ]
	grep -q "Accepted publickey for .* $(wx-keygen -l d/k | cut -f 3)" sshd/log
	run ! sshd_ssh d/p true
	agent
	printf '#!/bin/sh\ncat %s/pass\n' "$PWD" >askpass
	chmod 700 askpass
	SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force ssh-add -q d/p </dev/null
	[ "$(sshd_ssh d/p 'echo in')" = in ]
	git init -q --bare there.git
	git init -q -b main here
	git -C here -c user.name=me -c user.email=me@x commit -q --allow-empty -m one
	GIT_SSH_COMMAND="ssh -F /dev/null -i $PWD/d/k -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes -o UserKnownHostsFile=$PWD/sshd/known_hosts" \
	    git -C here push -q "ssh://127.0.0.1:$SSHD_PORT$PWD/there.git" main
	[ "$(git -C there.git rev-parse main)" = "$(git -C here rev-parse main)" ]
}

@test "sshd: the key that is staged, and at every step of a rotation one that works" {
	wx-keygen -o d/k >/dev/null
	wx-keygen --stage d/k >/dev/null
	sshd_start "$PWD/sshd"
	cat d/k.pub d/k.next.pub >sshd/authorized_keys
	in_with() { [ "$(sshd_ssh "$1" 'echo in')" = in ] || fail "$2"; }
	in_with d/k old
	in_with d/k.next staged
	# What a commit passes through.
	mv d/k.pub d/k.old.pub
	in_with d/k 'old, public half aside'
	mv d/k.next d/k
	in_with d/k 'new, public half not there yet'
	wx-keygen --commit d/k
	good d/k
	in_with d/k new
	only d k k.old.pub k.pub
}

@test "git: commit -S and verify-commit, without and with a passphrase" {
	agent
	wx-keygen -o d/k >/dev/null
	wx-keygen -d 4 -o d/p 4<pass >/dev/null
	printf '#!/bin/sh\ncat %s/pass\n' "$PWD" >askpass
	chmod 700 askpass
	SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force ssh-add -q d/p </dev/null
	printf 'me@x %s\nme@x %s\n' "$(cat d/k.pub)" "$(cat d/p.pub)" >allowed
	git init -q r
	cd r
	git config user.name me
	git config user.email me@x
	git config gpg.format ssh
	git config gpg.ssh.allowedSignersFile ../allowed
	for k in k p; do
		git config user.signingKey "$PWD/../d/$k.pub"
		git commit -q --allow-empty -S -m "$k"
		git verify-commit HEAD 2>../err || fail "$(cat ../err)"
		grep -q "Good \"git\" signature for me@x with ED25519 key $(wx-keygen -l ../d/$k | cut -f 3)" ../err
	done
}

# --- passphrases

@test "-d: one line; what is not is refused and not shown" {
	for text in 'pass words' 'pass words\n' 'pass words\r\n' 'päss words\t'; do
		printf "$text" >t
		wx-keygen -f -d 4 -o d/k 4<t >/dev/null
		good d/k "$(printf "$text" | tr -d '\r\n')"
	done
	printf 'pass words' | wx-keygen -f --passphrase-fd 0 -o d/k >/dev/null
	good d/k 'pass words'
	rm d/*
	refuses 1 'refusing an empty passphrase' -d 4 -o d/k 4</dev/null
	for text in 'words\nwords' 'words\n\n' 'words\0'; do
		printf "$text" >t
		refuses 1 'no passphrase on descriptor 4: it gives more than one line, or a NUL' -d 4 -o d/k 4<t
	done
	head -c 1024 /dev/zero | tr '\0' a >t
	refuses 1 'more than 1023 bytes' -d 4 -o d/k 4<t
	refuses 1 'more than 1023 bytes' -d 4 -o d/k 4</dev/zero
	head -c 1023 t >u
	wx-keygen -d 4 -o d/k 4<u >/dev/null
	good d/k "$(cat u)"
	rm d/*
	refuses 1 'descriptor 77: Bad file descriptor' -d 77 -o d/k
	for n in 1 2 x -1 '' 12345678; do
		refuses 2 descriptor -d "$n" -o d/k
	done
	chmod 644 pass
	refuses 1 "refusing descriptor 4: others have access to its file (mode 0644)" -d 4 -o d/k 4<pass
	[ -z "$(ls -A d)" ]
}

@test "-p: asked twice on the terminal, not shown; the two must be the same" {
	run -0 ask $'Passphrase for \'d/k\': \tpass words\\n\nThe same again: \tpass words\\n' wx-keygen -p -o d/k
	[[ $output == *"$(cat d/k.pub)"* && $output != *words* ]] || fail "$output"
	good d/k 'pass words'
	run -1 ask $'Passphrase\tpass words\\n\nagain: \tother words\\n' wx-keygen -p -o d/m
	[[ $output == *"no passphrase: the two differ"* && $output != *words* ]] || fail "$output"
	run -1 ask $'Passphrase\t\\n\nagain: \t\\n' wx-keygen -p -o d/m
	[[ $output == *"refusing an empty passphrase"* ]] || fail "$output"
	run -1 ask $'Passphrase\t\\x04' wx-keygen -p -o d/m
	[[ $output == *"no passphrase: nothing, or more than"* ]] || fail "$output"
	# Refused before the question.
	refuses 1 'is there already' -p -o d/k
	only d k k.pub
	run -1 setsid -w wx-keygen -p -o d/m
	[[ $output == *"there is no terminal; use --passphrase-fd"* ]] || fail "$output"
	refuses 2 'one of -p and' -p -d 4 -o d/m 4<pass
}

@test "-p: ^C ends it, the echo is on again, and nothing is there" {
	WX_ECHO_AFTER=1 run -130 ask $'Passphrase\twords\\x03' wx-keygen -p -o d/k
	[ -z "$(ls -A d)" ]
}

@test "-P: none, one, another, none again; the public half and the time of the file stay" {
	wx-keygen -o d/k >/dev/null
	touch -d '100 days ago' d/k
	cp d/k.pub before
	age=$(stat -c %Y d/k)
	wx-keygen -P -D 5 d/k 5<pass
	good d/k 'pass words'
	wx-keygen --change-passphrase --passphrase-fd 4 --new-passphrase-fd 5 d/k 4<pass 5<other
	good d/k 'other words'
	run ! ssh-keygen -y -P 'pass words' -f d/k
	wx-keygen -P -d 4 -D 5 d/k 4<other 5</dev/null
	good d/k
	cmp before d/k.pub
	[ "$(stat -c %Y d/k)" = "$age" ]
	[ "$(states)" = "k=overdue " ]
	only d k k.pub
}

@test "-P: on the terminal, the old one once and the new one twice" {
	wx-keygen -d 4 -o d/k 4<pass >/dev/null
	run -0 ask $'Passphrase for \'d/k\': \tpass words\\n\nNew passphrase\tother words\\n\nagain: \tother words\\n' wx-keygen -P d/k
	[[ $output != *words* ]]
	good d/k 'other words'
	run -0 ask $'Passphrase\tother words\\n\n(empty: none): \t\\n\nagain: \t\\n' wx-keygen -P d/k
	good d/k
	run -0 ask $'New passphrase\tpass words\\n\nagain: \tpass words\\n' wx-keygen -P d/k
	good d/k 'pass words'
}

@test "-P: wrong passphrase, damaged key, wide mode, other types: refused, the file as it was" {
	wx-keygen -d 4 -o d/k 4<pass >/dev/null
	cp -p d/k was
	refuses 1 "cannot open 'd/k': the passphrase is wrong" -P -d 4 -D 5 d/k 4<other 5</dev/null
	refuses 1 "cannot open 'd/k': the passphrase is wrong" -P -d 4 -D 5 d/k 4</dev/null 5</dev/null
	chmod 640 d/k
	refuses 1 "others have access to it (mode 0640); mend it with: chmod 600 -- 'd/k'" -P -d 4 -D 5 d/k 4<pass 5</dev/null
	chmod 600 d/k
	cmp was d/k
	refuses 1 "cannot read 'd/no': No such file" -P -D 5 d/no 5<pass
	refuses 1 "cannot open folder 'e': No such file" -P -D 5 e/k 5<pass
	ssh-keygen -q -t ecdsa -N '' -f d/e
	refuses 1 "only ed25519 keys" -P -D 5 d/e 5<pass
	refuses 2 'two passphrases want a descriptor each' -P -d 4 -D 4 d/k 4<pass
	sed 's/^b3BlbnNzaC1rZXktdjE/b3BlbnNzaC1rZXktdjI/' was >d/bad
	refuses 1 "refusing 'd/bad': the private key is damaged" -P -D 5 d/bad 5<pass
	wx-keygen -o d/u >/dev/null
	# A byte of the private part, by which it says that it was decrypted well.
	/usr/bin/python3 - <<-'P'
	import base64
	t = open("d/u").read().split("\n")
	b = bytearray(base64.b64decode("".join(t[1:-2])))
	b[98] ^= 1
	s = base64.b64encode(bytes(b)).decode()
	open("d/u", "w").write("\n".join([t[0]] + [s[i:i + 70] for i in range(0, len(s), 70)] + t[-2:]))
	P
	refuses 1 "cannot open 'd/u': it is damaged" -P -D 5 d/u 5<pass
	wx-keygen -o d/v >/dev/null
	cp d/u d/v.next
	refuses 1 "refusing 'd/v.next': the private key is damaged" -c d/v
	good d/v
}

@test "-P: a cipher that libssh does not know is refused and does not crash it" {
	for z in aes256-gcm@openssh.com aes128-gcm@openssh.com chacha20-poly1305@openssh.com 3des-cbc; do
		rm -f d/k*
		ssh-keygen -q -t ed25519 -Z "$z" -N 'pass words' -f d/k || continue
		refuses 1 "libssh does not know its cipher; mend it with: ssh-keygen -p -Z aes256-ctr" -P -d 4 -D 5 d/k 4<pass 5</dev/null
		[ "$(wx-keygen -y d/k)" = "$(cut -d ' ' -f 1,2 d/k.pub)" ]
		[ "$(states)" = "k=ok " ]
	done
	for z in aes256-ctr aes128-ctr aes256-cbc aes192-cbc; do
		rm -f d/k*
		ssh-keygen -q -t ed25519 -Z "$z" -N 'pass words' -f d/k
		chmod 644 d/k.pub
		wx-keygen -P -d 4 -D 5 d/k 4<pass 5</dev/null
		good d/k
	done
}

# --- rotation

@test "--stage and --commit: the new pair beside the old one, then in its place" {
	wx-keygen -C old -o d/k >old
	cp d/k old-private
	wx-keygen -C new --stage d/k >new
	cmp old-private d/k
	cmp old d/k.pub
	cmp new d/k.next.pub
	good d/k.next
	only d k k.next k.next.pub k.pub
	wx-keygen --commit d/k >out 2>err
	[ ! -s out ] && [ ! -s err ]
	good d/k
	cmp new d/k.pub
	cmp old d/k.old.pub
	only d k k.old.pub k.pub
}

@test "--stage again says so and gives the same key; -f another" {
	wx-keygen -o d/k >/dev/null
	wx-keygen -s d/k >one 2>err
	[ ! -s err ]
	wx-keygen -s d/k >two 2>err
	cmp one two
	grep -q "a key is staged for 'd/k' already" err
	wx-keygen -s -f d/k >three
	run ! cmp -s one three
	good d/k.next
	only d k k.next k.next.pub k.pub
}

@test "--stage: a lost public half is derived; a lost private half is refused" {
	wx-keygen -o d/k >/dev/null
	wx-keygen -s d/k >one
	rm d/k.next.pub
	wx-keygen -s d/k >two 2>/dev/null
	[ "$(cut -d ' ' -f 1,2 one)" = "$(cut -d ' ' -f 1,2 two)" ]
	good d/k.next
	cp d/k.pub d/k.next.pub
	wx-keygen -s d/k >two 2>/dev/null
	good d/k.next
	rm d/k.next
	refuses 1 "refusing to replace 'd/k.next.pub', whose private half is missing" -s d/k
	wx-keygen -s -f d/k >/dev/null
	good d/k.next
	chmod 644 d/k.next
	refuses 1 "chmod 600 -- 'd/k.next'" -s d/k
	refuses 1 "chmod 600 -- 'd/k.next'" -c d/k
	echo damaged >d/k.next
	chmod 600 d/k.next
	refuses 1 "refusing 'd/k.next': it is not a private key" -s d/k
	refuses 1 "refusing 'd/k.next': it is not a private key" -c d/k
	good d/k
}

@test "--stage: with a passphrase, and a warning where the old key had one and the new has none" {
	wx-keygen -d 4 -o d/k 4<pass >/dev/null
	wx-keygen -s d/k >/dev/null 2>err
	grep -q "warning: 'd/k' has a passphrase, and the key staged for it has none" err
	wx-keygen -s -f -d 4 d/k 4<other >/dev/null 2>err
	[ ! -s err ]
	good d/k.next 'other words'
	wx-keygen -c d/k
	good d/k 'other words'
}

@test "--stage and --commit where there was no key before" {
	wx-keygen -s d/k >new
	only d k.next k.next.pub
	wx-keygen -c d/k
	good d/k
	only d k k.pub
	rm d/k
	wx-keygen -s d/k >/dev/null
	wx-keygen -c d/k
	good d/k
	cmp new d/k.old.pub
	refuses 1 "cannot open folder 'no': No such file" -c no/k
	wx-keygen -s made/k >/dev/null
	[ "$(stat -c %a made)" = 700 ]
}

@test "--commit: nothing staged is refused; after a commit it is success" {
	wx-keygen -o d/k >/dev/null
	refuses 1 "cannot commit 'd/k': no key is staged" -c d/k
	refuses 1 "cannot commit 'd/none': no key is staged" -c d/none
	wx-keygen -s d/k >/dev/null
	wx-keygen -c d/k
	wx-keygen -c d/k 2>err
	grep -q "it is committed already" err
	good d/k
}

@test "--commit, --stage: a staged key that is damaged is refused, and the old one stays" {
	wx-keygen -o d/k >line
	wx-keygen -s d/k >/dev/null
	# Among the numbers that begin the private part, and in its copy of the public half: what stands
	# before is as it was.
	for at in 133 170; do
		cp -p d/k.next whole
		awk -v at=$at 'NR == 2 { c = substr($0, at, 1); $0 = substr($0, 1, at - 1) (c == "A" ? "B" : "A") substr($0, at + 1) }
		    { print }' whole >d/k.next
		[ "$(wx-keygen -y d/k.next)" = "$(cut -d ' ' -f 1,2 d/k.next.pub)" ]
		run ! ssh-keygen -y -f d/k.next
		refuses 1 "refusing 'd/k.next': the private key is damaged" -c d/k
		refuses 1 "refusing 'd/k.next': the private key is damaged" -s d/k
		cat whole >d/k.next
	done
	cmp line d/k.pub
	good d/k
	only d k k.next k.next.pub k.pub
}

@test "--commit: FILE.old.pub of an older rotation is not lost; -f drops it" {
	wx-keygen -o d/k >first
	wx-keygen -s d/k >second
	wx-keygen -c d/k
	wx-keygen -s d/k >third
	refuses 1 "cannot commit 'd/k': 'd/k.old.pub' names an older key" -c d/k
	cmp first d/k.old.pub
	cmp second d/k.pub
	good d/k
	good d/k.next
	wx-keygen -c -f d/k
	cmp second d/k.old.pub
	cmp third d/k.pub
	good d/k
}

@test "--commit: goes on from every state that a killed one leaves" {
	wx-keygen -C old -o d/k >old
	wx-keygen -C new -s d/k >new
	cp -a d start
	done_right() { good d/k; cmp new d/k.pub; only d k k.old.pub k.pub; [ "$(cut -d ' ' -f 1,2 d/k.old.pub)" = "$(cut -d ' ' -f 1,2 old)" ]; }
	again() { rm -rf d; cp -a start d; }
	mv d/k.pub d/k.old.pub
	wx-keygen -c d/k
	done_right
	again
	mv d/k.pub d/k.old.pub
	mv d/k.next d/k
	refuses 1 'a commit was interrupted; finish it first' -s d/k
	wx-keygen -c d/k
	done_right
	again
	# The public half of the old key was lost long before: it is derived.
	rm d/k.pub
	wx-keygen -c d/k
	done_right
	again
	cp d/k.next.pub d/k.pub
	wx-keygen -c d/k
	done_right
	again
	echo 'not a key' >d/k.pub
	wx-keygen -c d/k
	done_right
	again
	rm d/k.next.pub
	wx-keygen -C new -c d/k 2>err || true
	wx-keygen -c d/k
	good d/k
}

@test "--commit: an old key in another format goes by its public half" {
	ssh-keygen -q -t rsa -b 2048 -m PEM -N '' -f d/k
	cp d/k.pub old
	wx-keygen -s d/k >new
	wx-keygen -c d/k
	cmp old d/k.old.pub
	cmp new d/k.pub
	good d/k
}

# --- what a killed run leaves

@test "recovery: the pair of a killed run is completed, or undone" {
	wx-keygen -o d/k >line
	cp -a d whole
	# Killed after the private half had its name.
	mv d/k.pub d/.k.pub.wx-new
	ln d/k d/.k.wx-new
	wx-keygen -o d/k >again 2>err
	cmp line again
	grep -q "'d/k' is there: an interrupted run had made it" err
	good d/k
	only d k k.pub
	# The same, but now there is to be a passphrase, which it has not.
	mv d/k.pub d/.k.pub.wx-new
	refuses 1 'is there already' -d 4 -o d/k 4<pass
	good d/k
	only d k k.pub
	# Killed before: undone, and made anew.
	rm d/*
	cp -p whole/k d/.k.wx-new
	cp -p whole/k.pub d/.k.pub.wx-new
	wx-keygen -o d/k >again
	run ! cmp -s line again
	good d/k
	only d k k.pub
	# Killed as it replaced, the old public half aside: back to the old pair.
	cp d/k was
	mv d/k.pub d/.k.pub.wx-old
	cp -p whole/k d/.k.wx-new
	cp -p whole/k.pub d/.k.pub.wx-new
	refuses 1 'is there already' -o d/k
	cmp was d/k
	cmp again d/k.pub
	only d k k.pub
	# And after the new private half had its name: on to the new pair.
	cp -p whole/k d/k
	mv d/k.pub d/.k.pub.wx-old
	cp -p whole/k.pub d/.k.pub.wx-new
	wx-keygen -o d/k >again 2>/dev/null
	cmp line again
	good d/k
	only d k k.pub
}

@test "kill: at system calls near the end of every kind of run (all of them: make campaign)" {
	strace -qq -o /dev/null true 2>/dev/null || skip "ptrace does not work here"
	[ -z "$WX_SAN" ] || skip "the sanitizers do not like to be traced"
	BUILD=$WX_BUILD FIRST=-70 STRIDE=17 "$WX_TREE/tests/campaign.d/wx-keygen" >out 2>err || fail "$(cat out err)"
	[ "$(grep -c 'all completed' out)" -eq 7 ] || fail "$(cat out)"
}

@test "two at once: different keys are all made, one key is made once; a held folder is status 3" {
	for i in 1 2 3 4 5 6 7 8; do
		wx-keygen -o d/many$i >/dev/null &
	done
	wait
	for i in 1 2 3 4 5 6 7 8; do
		good d/many$i
	done
	for i in 1 2 3 4 5 6 7 8; do
		{ rc=0; wx-keygen -o d/same >/dev/null 2>&1 || rc=$?; echo $rc >rc.$i; } &
	done
	wait
	[ "$(cat rc.* | sort | uniq -c | tr -s ' \n' ' ')" = " 1 0 7 1 " ]
	good d/same
	[ "$(ls -A d | wc -l)" -eq 18 ]
	flock d sh -c 'echo >held; exec sleep 20' 3>&- &
	until [ -e held ]; do sleep 0.02; done
	refuses 3 "cannot lock folder 'd': another run is at work in it; try again" -o d/late
	kill %% 2>/dev/null || true
}

# --- -y

@test "-y: the line of a key of any type, encrypted or not, from a file or stdin" {
	wx-keygen -d 4 -o d/k 4<pass >/dev/null
	[ "$(wx-keygen -y d/k)" = "$(cut -d ' ' -f 1,2 d/k.pub)" ]
	[ "$(wx-keygen -y -C 'a comment' d/k)" = "$(cut -d ' ' -f 1,2 d/k.pub) a comment" ]
	[ "$(cat d/k | wx-keygen --public -)" = "$(cut -d ' ' -f 1,2 d/k.pub)" ]
	[ "$(wx-keygen -y /dev/stdin <d/k)" = "$(cut -d ' ' -f 1,2 d/k.pub)" ]
	for t in rsa ecdsa; do
		ssh-keygen -q -t $t -N '' -f d/$t
		[ "$(wx-keygen -y d/$t)" = "$(ssh-keygen -y -f d/$t | cut -d ' ' -f 1,2)" ]
	done
	tr '\n' '\r' <d/rsa | sed 's/\r/\r\n/g' >d/crlf
	[ "$(wx-keygen -y d/crlf)" = "$(wx-keygen -y d/rsa)" ]
}

@test "-y: what is no private key of OpenSSH's is refused, and not shown" {
	wx-keygen -o d/k >/dev/null
	chmod 600 d/k.pub
	refuses 1 "refusing 'd/k.pub': it is not a private key" -y d/k.pub
	refuses 1 "cannot open 'd/no': No such file" -y d/no
	refuses 1 'it is not a private key' -y - </dev/null
	refuses 1 'it is not a private key' -y - </dev/zero
	refuses 1 "cannot read 'd': Is a directory" -y d
	chmod 604 d/k
	refuses 1 "refusing 'd/k': others have access to it (mode 0604); mend it with: chmod 600 -- 'd/k'" -y d/k
	chmod 600 d/k
	ssh-keygen -q -t rsa -m PEM -N '' -f d/pem
	refuses 1 "not in OpenSSH's own format" -y d/pem
	for n in 1 50 100 200 300 393; do
		head -c $n d/k >d/cut
		refuses 1 "refusing 'd/cut'" -y d/cut
	done
	sed 's/AAAA/AA!A/' d/k >d/bad
	refuses 1 'the private key is damaged' -y d/bad
}

# --- -l

@test "-l: one line a key, sorted; path, type, fingerprint, comment, age, state" {
	wx-keygen -C 'two words' -o d/b >/dev/null
	wx-keygen -C '' -o d/a >/dev/null
	ssh-keygen -q -t rsa -b 2048 -N '' -C me -f d/c
	chmod 644 d/c.pub
	touch -d '3 days ago' d/b
	wx-keygen -l d >out 2>err
	[ ! -s err ]
	fp() { ssh-keygen -lf "$1" | cut -d ' ' -f 2; }
	printf 'd/a\tssh-ed25519\t%s\t-\t0\tok\nd/b\tssh-ed25519\t%s\ttwo words\t3\tok\nd/c\tssh-rsa\t%s\tme\t0\tok\n' \
	    "$(fp d/a.pub)" "$(fp d/b.pub)" "$(fp d/c.pub)" >want
	diff want out
	wx-keygen --list --json d/b >out
	printf '{"path":"d/b","type":"ssh-ed25519","fingerprint":"%s","comment":"two words","age_days":3,"state":"ok"}\n' "$(fp d/b.pub)" >want
	diff want out
	[ "$(wx-keygen -l d/b d/ d/a.pub | cut -f 1 | tr '\n' ' ')" = "d/b d/a d/b d/c d/a " ]
	[ "$(cd d && wx-keygen -l b | cut -f 1)" = b ]
}

@test "-l: the states, and exit 1 for all but ok" {
	wx-keygen -o d/k >/dev/null
	wx-keygen -l d >/dev/null
	[ "$(states)" = "k=ok " ]
	wx-keygen -s d/k >/dev/null
	[ "$(states)" = "k=ok k.next=staged " ]
	wx-keygen -c d/k
	[ "$(states)" = "k=ok k.old.pub=orphan " ]
	run -1 wx-keygen -l d
	rm d/k.old.pub
	cp -p d/k.pub pub
	rm d/k.pub
	[ "$(states)" = "k=unpaired " ]
	wx-keygen -o d/o >/dev/null
	cp d/o.pub d/k.pub
	rm d/o d/o.pub
	[ "$(states)" = "k=unpaired " ]
	[ "$(wx-keygen -l d/k | cut -f 3)" = "$(ssh-keygen -lf pub | cut -d ' ' -f 2)" ]
	echo junk >d/k.pub
	[ "$(states)" = "k=unpaired " ]
	cp -p pub d/k.pub
	[ "$(states)" = "k=ok " ]
	chmod 640 d/k
	[ "$(states)" = "k=mode " ]
	grep -q "'d/k': others have access to it (mode 0640); mend it with: chmod 0600 -- 'd/k'" err
	chmod 600 d/k
	chmod 664 d/k.pub
	[ "$(states)" = "k=mode " ]
	grep -q "chmod 0644 -- 'd/k.pub'" err
	chmod 444 d/k.pub
	chmod 400 d/k
	[ "$(states)" = "k=ok " ]
	chmod 750 d
	[ "$(states)" = "k=mode " ]
	grep -q "folder 'd': others have access to it (mode 0750); mend it with: chmod 700 -- 'd'" err
	wx-keygen -l d/k
	chmod 700 d
	sed 's/^b3BlbnNzaC1rZXktdjE/b3BlbnNzaC1rZXktdjI/' d/k >d/bad
	[ "$(states)" = "bad=unpaired k=ok " ]
}

# flip FILE AT: the key d/k/FILE with one bit of its AT-th byte another.
flip() {
	/usr/bin/python3 - "$1" "$2" <<-'P'
	import base64, sys
	t = open("whole/" + sys.argv[1]).read().split("\n")
	b = bytearray(base64.b64decode("".join(t[1:-2])))
	at = int(sys.argv[2])
	if at >= len(b):
	    sys.exit(9)
	b[at] ^= 4
	s = base64.b64encode(bytes(b)).decode()
	open("d/k", "w").write("\n".join([t[0]] + [s[i:i + 70] for i in range(0, len(s), 70)] + t[-2:]))
	P
}

@test "-l: all of a private key is read: a bit of it that is another is not ok" {
	mkdir -m 700 whole
	wx-keygen -o whole/ours >/dev/null
	# The comment is nobody's business.
	for t in ed25519 ecdsa rsa; do ssh-keygen -q -t $t -C '' -N '' -f whole/$t; done
	for k in ours ed25519 ecdsa rsa; do
		install -m 600 whole/$k d/k
		install -m 644 whole/$k.pub d/k.pub
		[ "$(states)" = "k=ok " ] || fail "$k: $(states)"
		step=23
		[ $k != rsa ] || step=211
		for ((at = 0; ; at += step)); do
			rc=0
			flip $k $at || rc=$?
			[ $rc -ne 9 ] || break
			[ "$(states)" = "k=unpaired " ] || fail "$k, byte $at: $(states)"
			grep -q "'d/k': the private key is damaged" err || fail "$k, byte $at: $(cat err)"
		done
		[ "$at" -gt 230 ] || fail "$at"
	done
	# What is encrypted is what it says, and whole.
	ssh-keygen -q -t ed25519 -N 'pass words' -f whole/e
	install -m 644 whole/e.pub d/k.pub
	flip e 500 || install -m 600 whole/e d/k
	[ "$(states)" = "k=ok " ]
	for at in 16 24 34 44; do
		flip e $at
		[ "$(states)" = "k=unpaired " ] || fail "byte $at: $(states)"
	done
}

@test "-l: what ssh does not take for its line ends is not ok, and the mend mends" {
	wx-keygen -o d/k >/dev/null
	cp -p d/k whole
	printf %s "$(cat whole)" >d/k
	[ "$(states)" = "k=unpaired " ]
	grep -q "'d/k': its last line has no end, which ssh does not take; mend it with: echo >>FILE" err || fail "$(cat err)"
	run ! ssh-keygen -y -f d/k
	echo >>d/k
	[ "$(states)" = "k=ok " ]
	sed 's/$/\r/' whole >d/k
	[ "$(states)" = "k=unpaired " ]
	grep -qF "'d/k': its lines end with CRLF, which ssh does not take; mend it with: sed -i 's/\r\$//' FILE" err || fail "$(cat err)"
	run ! ssh-keygen -y -f d/k
	sed -i 's/\r$//' d/k
	[ "$(states)" = "k=ok " ]
	cmp whole d/k
	sed 's/BEGIN OPENSSH PRIVATE KEY-----/& /' whole >d/k
	[ "$(states)" = "k=unpaired " ]
	# To read it, and to write it anew, line ends are all the same.
	for mode in -y -P; do
		printf %s "$(sed 's/$/\r/' whole)" >d/k
		wx-keygen $mode $([ $mode = -y ] || echo -D 5) d/k 5<pass >/dev/null || fail "$mode: it cannot be read"
	done
}

# hardware FILE: a key as 'ssh-keygen -t ed25519-sk' would leave it; no token is there to make one.
hardware() {
	/usr/bin/python3 - "$1" <<-'P'
	import base64, os, struct, sys
	def s(b): return struct.pack(">I", len(b)) + b
	kind, public, app = b"sk-ssh-ed25519@openssh.com", bytes(range(32)), b"ssh:"
	blob = s(kind) + s(public) + s(app)
	private = b"\1\2\3\4" * 2 + s(kind) + s(public) + s(app) + b"\1" + s(b"H" * 64) + s(b"") + s(b"me")
	private += bytes(range(1, 9 - len(private) % 8)) if len(private) % 8 else b""
	raw = b"openssh-key-v1\0" + s(b"none") + s(b"none") + s(b"") + struct.pack(">I", 1) + s(blob) + s(private)
	t = base64.b64encode(raw).decode()
	lines = "".join(t[i:i + 70] + "\n" for i in range(0, len(t), 70))
	open(sys.argv[1], "w").write("-----BEGIN OPENSSH PRIVATE KEY-----\n" + lines + "-----END OPENSSH PRIVATE KEY-----\n")
	open(sys.argv[1] + ".pub", "w").write(kind.decode() + " " + base64.b64encode(blob).decode() + " me\n")
	P
	chmod 644 "$1.pub"
}

@test "-f: a key in hardware, or a handle of one, is never replaced, by no mode" {
	hardware d/k
	ssh-keygen -y -f d/k | cmp - <(cut -d' ' -f1,2 d/k.pub | sed 's/$/ me/') || ssh-keygen -y -f d/k
	[ "$(states)" = "k=ok " ]
	printf -- '-----BEGIN TSS2 PRIVATE KEY-----\nMADEUP\n-----END TSS2 PRIVATE KEY-----\n' >d/tpm
	ssh-keygen -q -t ecdsa -N '' -f e && cp e.pub d/tpm.pub
	hardware d/alone
	rm d/alone
	cp -a d was
	for k in k tpm alone; do
		refuses 1 "refusing to replace 'd/$k': it is the handle of a key in hardware" -f -o d/$k
		refuses 1 "refusing to replace 'd/$k': it is the handle of a key in hardware" -s d/$k
		refuses 1 "refusing to replace 'd/$k': it is the handle of a key in hardware" -sf d/$k
	done
	hardware d/n-1
	cp -a d/n-1* was/
	refuses 1 "refusing to replace 'd/n-1': it is the handle of a key in hardware" -f -n 2 -o d/n-%d
	wx-keygen -o d/x >/dev/null
	mv d/x d/k.next && mv d/x.pub d/k.next.pub
	refuses 1 "refusing to replace 'd/k': it is the handle of a key in hardware" -cf d/k
	rm d/k.next d/k.next.pub
	diff -r was d
	# What is no hardware's is replaced as before.
	wx-keygen -o d/y >/dev/null
	wx-keygen -f -o d/y >/dev/null
}

@test "-l: overdue from day 90 on, or --max-age; the older of the two files tells" {
	wx-keygen -o d/k >/dev/null
	touch -d '90 days ago' d/k
	[ "$(states)" = "k=overdue " ]
	[ "$(wx-keygen -l d | cut -f 5)" = 90 ]
	touch -d '90 days ago + 1 minute' d/k
	[ "$(states)" = "k=ok " ]
	[ "$(states -a 89)" = "k=overdue " ]
	[ "$(states --max-age 0)" = "k=overdue " ]
	touch d/k
	touch -d '91 days ago' d/k.pub
	[ "$(states)" = "k=overdue " ]
	touch -d 'next year' d/k d/k.pub
	[ "$(states)" = "k=ok " ]
	for n in x -1 '' 1.5; do
		refuses 2 'not a number of days' -l -a "$n" d
	done
}

@test "-l: what is no key is passed by in a folder, and refused by name" {
	wx-keygen -o d/k >/dev/null
	echo Host x >d/config
	: >d/empty
	cp d/k d/.hidden
	cp d/k.pub d/k-cert.pub
	mkdir d/sub d/sub.pub
	mkfifo d/fifo
	head -c 100000 /dev/zero >d/big
	ln -s nowhere d/dangling
	[ "$(timeout 100 wx-keygen -l d | cut -f 1)" = d/k ]
	mkdir e
	wx-keygen -l e >out
	[ ! -s out ]
	refuses 1 "cannot read 'd/config': it is not a private key" -l d/config
	refuses 1 "cannot read 'd/no': No such file" -l d/no
	refuses 1 "cannot read 'd/fifo': not a regular file" -l d/fifo
	refuses 1 "cannot open the folder of 'no/such'" -l no/such
	refuses 2 'number of operands' -l
	ln -s k d/link
	ln -s k.pub d/link.pub
	[ "$(states)" = "k=ok link=ok " ]
}

@test "-l: other formats by their public half; one that cannot be read is said" {
	ssh-keygen -q -t rsa -b 2048 -m PEM -N '' -f d/pem
	[ "$(states)" = "pem=ok " ]
	rm d/pem.pub
	[ "$(states)" = "pem=unpaired " ]
	[ "$(wx-keygen -lj d | jq -c '[.type, .fingerprint, .comment]')" = '[null,null,null]' ]
	[ "$(id -u)" -ne 0 ] || skip "root reads all"
	wx-keygen -o d/k >/dev/null
	chmod 000 d/k
	refuses 1 "cannot read 'd/k': Permission denied" -l d/k
}

@test "-l: names and comments do nothing to a terminal, and JSON stays JSON" {
	wx-keygen -o d/k >/dev/null
	printf '%s \302\233[2J \377 \303\244 "q"\n' "$(cut -d ' ' -f 1,2 d/k.pub)" >d/k.pub
	mv d/k $'d/k\033\t\n'
	mv d/k.pub $'d/k\033\t\n.pub'
	wx-keygen -l d >out
	chmod 644 $'d/k\033\t\n'
	wx-keygen -l d >/dev/null 2>err && fail 'mode 644 is ok'
	[ "$(tr -d '\n' <err | tr -cd '\000-\037\177' | wc -c)" -eq 0 ] && [ "$(wc -l <err)" -eq 1 ] || fail "$(cat -v err)"
	[ "$(wc -l <out)" -eq 1 ]
	[ "$(tr -d '\t\n' <out | tr -cd '\000-\037\177' | wc -c)" -eq 0 ]
	[ "$(cut -f 1,4 out)" = $'d/k???\t?[2J ? ä "q"' ] || fail "$(cut -f 1,4 out)"
	[ "$(wx-keygen -lj d | jq -j .path; echo .)" = $'d/k\033\t\n.' ]
	[ "$(wx-keygen -lj d | jq -r .comment)" = "$(printf '\302\233[2J \357\277\275 \303\244 "q"')" ]
}

# --- --count

@test "--count: numbered pairs, in order, each its own; one sync for all" {
	strace -f -qq -e trace=fsync,syncfs -o trace wx-keygen -C me --count 12 -o new/k-%d.key >lines 2>err || skip "$(cat err)"
	[ "$(grep -c syncfs trace)" -eq 1 ]
	[ "$(grep -c fsync trace)" -le 3 ] || fail "$(cat trace)"
	[ "$(ls -A new | wc -l)" -eq 24 ]
	for i in 01 02 03 04 05 06 07 08 09 10 11 12; do
		good new/k-$i.key
		cat new/k-$i.key.pub
	done | cmp - lines
	[ "$(sort -u lines | wc -l)" -eq 12 ]
	wx-keygen -l new >out
	[ "$(cut -f 6 out | sort -u)" = ok ]
	wx-keygen -n 1 -d 4 -o d/one%d 4<pass >/dev/null
	good d/one1 'pass words'
}

@test "--count: what is there is refused, all of it; -f replaces; an interrupted run is resumed" {
	wx-keygen -n 3 -o d/k%d >first
	wx-keygen -o d/m2 >/dev/null
	refuses 1 "refusing to replace 'd/m2'" -n 3 -o d/m%d
	[ ! -e d/m1 ]
	refuses 1 "refusing to replace 'd/k1'" -n 3 -o d/k%d
	wx-keygen -f -n 3 -o d/k%d >second
	[ "$(sort first second | uniq | wc -l)" -eq 6 ]
	mv d/k3 d/.k3.wx-new
	mv d/k3.pub d/.k3.pub.wx-new
	wx-keygen -n 3 -o d/k%d >third 2>err
	grep -q '2 of the keys are there: an interrupted run had made them' err
	[ "$(head -n 2 second)" = "$(head -n 2 third)" ]
	for i in 1 2 3; do good d/k$i; done
	only d k1 k1.pub k2 k2.pub k3 k3.pub m2 m2.pub
}

@test "--count: the pattern and the number" {
	for o in d/k d/%d%d d/k%s d/k%%d d%d/k d/%; do
		refuses 2 'refusing the pattern' -n 2 -o "$o"
	done
	refuses 2 'refusing the name' -n 2 -o 'd/-%d'
	refuses 2 'refusing the name of the key' -n 2 -o "d/$(head -c 200 /dev/zero | tr '\0' a)%d"
	refuses 2 'wants -o with a pattern' -n 2
	refuses 2 'refusing the pattern' -n 2 -o -
	for n in 0 -1 x 100001 99999999999999999999 ''; do
		refuses 2 'not a number of keys' -n "$n" -o d/k%d
	done
	[ -z "$(ls -A d)" ]
}

# --- all

@test "usage: modes, their options and operands" {
	wx-keygen -o d/k >/dev/null
	for args in '-y' '-y a b' '-s' '-c' '-c a b' '-P' '-l' 'd/x' '-o d/x d/y' '-s -c d/k' '-y -l d/k' '-c -C x d/k' '-y -f d/k' \
	    '-l -f d' '-s -o d/x d/k' '-j' '-a 5' '-D 5 -o d/x' '-n 2 -s d/k' '-o' '-c -d 4 d/k'; do
		refuses 2 usage $args
	done
	wx-keygen -s -s d/k >/dev/null
	only d k k.next k.next.pub k.pub
}

@test "no secret is an argument of a process, and nobody can look into it" {
	strace -f -qq -e trace=execve,execveat -s 4096 -o trace wx-keygen -d 4 -o d/k 4<pass 2>err >/dev/null || skip "$(cat err)"
	[ "$(grep -c exec trace)" -eq 1 ]
	run ! grep words trace
	[ "$(id -u)" -ne 0 ] || skip "root can look into all"
	mkfifo fifo
	wx-keygen -d 4 -o d/w 4<fifo >/dev/null &
	pid=$!
	exec 8>fifo
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		sleep 0.1
		! cat /proc/$pid/environ >/dev/null 2>&1 || continue
		break
	done
	run ! cat /proc/$pid/environ
	echo words >&8
	exec 8>&-
	wait "$pid"
}

@test "random numbers: they are the kernel's, each key has its own, and without them there is none" {
	wx-keygen -n 300 -o 'd/m%d' | sort -u >lines
	[ "$(wc -l <lines)" -eq 300 ]
	rm d/*
	[ -z "$WX_SAN" ] || skip "the sanitizers want to be loaded first"
	cc -shared -fPIC -o none.so -x c - <<-'C'
	#include <errno.h>
	#include <stddef.h>
	int getentropy(void *p, size_t n) { (void)p; (void)n; errno = EIO; return -1; }
	C
	rc=0
	LD_PRELOAD=$PWD/none.so wx-keygen -o d/k >out 2>err || rc=$?
	[ "$rc" -eq 1 ]
	grep -q 'cannot make a key' err
	[ ! -s out ]
	[ -z "$(ls -A d)" ]
}
