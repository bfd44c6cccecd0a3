# SPDX-License-Identifier: MIT
load lib/helper

local_setup() {
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
	git init -q -b main p
	cd p
}

# says URL FIELDS: with this origin it prints these fields.
says() {
	git config remote.origin.url "$1"
	got=$(wx-origin 2>../err) || fail "$1: $(cat ../err)"
	[ "${got//$'\t'/ }" = "$2" ] || fail "$1: [$got]"
	[ ! -s ../err ] || fail "$1: $(cat ../err)"
}

# refuses PATTERN URL: and does not show it.
refuses() {
	git config remote.origin.url "$2"
	run -1 wx-origin
	[[ $output == *"$1"* ]] || fail "$2: $output"
	[[ $output != *MADEUP* ]] || fail "shown: $output"
}

@test "the forms of an URL" {
	says git@github.com:me/it.git 'me/it github.com ssh git -'
	says github.com:me/it 'me/it github.com ssh - -'
	says work:/me/it/ 'me/it work ssh - -'
	says my_alias:me/it 'me/it my_alias ssh - -'
	says git@GitHub.COM:Me/It.git 'Me/It github.com ssh git -'
	says ssh://git@github.com/me/it.git 'me/it github.com ssh git -'
	says ssh://git@ssh.github.com:443/me/it.git/ 'me/it ssh.github.com ssh git 443'
	says SSH://acme@acme.ghe.com/org/dots.and-dashes_x.git 'org/dots.and-dashes_x acme.ghe.com ssh acme -'
	says git+ssh://h/a/.github 'a/.github h ssh - -'
	says https://github.com/me/it 'me/it github.com https - -'
	says https://me:MADEUP@git.example:8443/me/it.git 'me/it git.example https - 8443'
	says 127.0.0.1:a/b.c.git 'a/b.c 127.0.0.1 ssh - -'
	says git@gitlab.com:group/sub.group/it_x.git 'group/sub.group/it_x gitlab.com ssh git -'
	says ssh://git@bitbucket.example.org:7999/~me/it.git '~me/it bitbucket.example.org ssh git 7999'
	says https://bitbucket.example.org/scm/key/it.git 'scm/key/it bitbucket.example.org https - -'
	says git@codeberg.org:or.g/.profile 'or.g/.profile codeberg.org ssh git -'
}

@test "what is no URL of a forge is refused, and not shown" {
	for u in /srv/MADEUP/it ../it ./a:b/c file:///srv/me/it http://MADEUP@github.com/me/it git://github.com/me/it \
	    ext::sh me it https:github.com 'ftp://h/a/b'; do
		case $u in me | it) refuses 'not of ssh or https' "$u" ;; https:github.com | ext::sh) refuses 'refusing' "$u" ;; *) refuses 'not of ssh or https' "$u" ;; esac
	done
	for p in it me/ /it -x/y me/.. me/. ../it a/../c a/b/.. '~/it' 'me/~it' me/it%20 'me/i t' me/it.git.git me//it me/.git me/ü 'me/$(x)'; do
		refuses 'its path' "git@github.com:$p"
		refuses 'its path' "https://MADEUP@github.com/$p"
	done
	refuses 'its path is too long' "h:me/$(printf 'x%.0s' $(seq 260))"
	for h in -oProxyCommand=x .h h. 'h h' '[::1]' 'h$x' ''; do
		refuses 'its host' "git@$h:me/it"
	done
	for h in h:0 h:65536 h:99999 h:022 h: h:x h:1:2; do
		refuses 'its port' "ssh://git@$h/me/it"
	done
	refuses 'its user' 'ssh://git:MADEUP@h/me/it'
	refuses 'its host' '-l:me@h:me/it'
	refuses 'its user' '-oX@h:me/it'
	refuses 'no path' https://github.com
	printf '[remote "origin"]\n\turl = "h:me/it\\nevil"\n' >.git/config
	run -1 wx-origin
}

@test "from a subfolder, a linked tree, a submodule, by argument; not from outside" {
	git config remote.origin.url h:me/it
	git -c user.name=T -c user.email=t@e commit -q --allow-empty -m one
	mkdir -p a/b
	git worktree add -q ../linked
	git init -q ../sub
	git -C ../sub -c user.name=T -c user.email=t@e commit -q --allow-empty -m one
	git -c protocol.file.allow=always submodule --quiet add "$PWD/../sub" sub 2>/dev/null
	git -C sub config remote.origin.url h:me/sub
	for d in . a a/b ../linked .git/..; do
		[ "$(wx-origin "$d" | cut -f1)" = me/it ] || fail "$d"
		[ "$(cd "$d" && wx-origin | cut -f1)" = me/it ] || fail "in $d"
		[ "$(wx-origin -g "$d")" = "$PWD/.git" ] || fail "-g $d"
	done
	[ "$(wx-origin sub | cut -f1)" = me/sub ]
	[ "$(wx-origin --git-dir sub)" = "$PWD/.git/modules/sub" ]
	run -1 wx-origin -g ..
	mkdir ../$'new\nline'
	git init -q ../$'new\nline'
	run -1 wx-origin -g ../$'new\nline'
	[[ $output == *'a control character in its name' ]] || fail "$output"
	run -1 wx-origin ..
	[[ $output == *'no repository in'* ]]
	run -1 wx-origin /
	run -1 wx-origin nowhere
}

@test "what the configuration would have git run, include or rewrite is not obeyed, and named if it bears on the origin" {
	git config remote.origin.url git@github.com:me/it
	for k in core.sshCommand core.fsmonitor core.pager credential.helper alias.x include.path \
	    includeIf.gitdir:/.path remote.origin.pushurl; do
		git config "$k" "touch $PWD/../ran"
	done
	git config url.evil:.insteadOf git@
	git config url.other:.insteadOf nothing
	printf '[remote "origin"]\n\turl = evil:x/y\n' >../evil
	git config include.path "$PWD/../evil"
	[ "$(wx-origin 2>../err | cut -f1,2 | tr '\t' ' ')" = 'me/it github.com' ]
	[ "$(sed 's/.*ignoring //; s/ in .*//' ../err | sort | tr '\n' ' ')" = \
	    'an include core.sshCommand remote.origin.pushurl url.*.insteadOf, which fits the origin, ' ] || fail "$(cat ../err)"
	git config remote.origin.url https://github.com/me/it
	wx-origin 2>../err
	grep -q 'ignoring credential.helper' ../err
	run ! grep -e sshCommand -e insteadOf ../err
	git config --unset includeIf.gitdir:/.path
	wx-origin 2>../err
	grep -q 'ignoring an include' ../err
	git config --unset include.path
	git config includeIf.gitdir:/.path x
	wx-origin 2>../err
	grep -q 'ignoring an include' ../err
	[ ! -e ../ran ]
}

@test "the syntax of a configuration is that of git" {
	# Each is a file; what git reads of it, or that it does not, is the measure.
	n=0
	for c in '[remote "origin"]\n url = h:a/b' '[REMOTE "origin"] URL=h:a/b # c' '[remote.origin]url=h:a/b' \
	    '[remote "Origin"]url=h:a/b' '[remote "origin"]\nurl = "h:a/b" ; c' '[remote "origin"]\nurl = h:a\\\n/b' \
	    '[remote "or\\igin"]url=h:a/b' '[remote "origin"]\n\turl = h:"a"/b\t \n' '[remote "origin"]\r\n\turl = h:a/b\r\n' \
	    'url = h:a/b' 'x = 1\n[remote "origin"]\nurl = h:a/b' '[remote "origin"\nurl=h:a/b' '[remote "origin"]\nurl' '[remote "origin"]\nurl = "h:a/b' \
	    '[remote "origin"]\n url = h:a/b\\q' '# x\n; y\n[remote "origin"] ; z\nurl = h:a/b\n[a]b=c' \
	    '[remote "origin"]\nurl = h:a/b\n[remote "x"]\nurl = h:c/d' '\xef\xbb\xbf[remote "origin"]\nurl = h:a/b' \
	    '[remote "origin"]\n1url = h:a/b' '[remote "origin"]\nu_rl = h:a/b' '[remote\t"origin"]\nurl = h:a/b' \
	    '[]\nurl = h:a/b' '[remote "origin"]\nurl = h:\\"a/b' '[a]b="x;y#z"\n[remote "origin"]url=h:a/b;#'; do
		printf "$c" >.git/config
		want=$(cd / && GIT_DIR=/dev/null git config --no-includes --file "$OLDPWD/.git/config" --get remote.origin.url 2>/dev/null) || want=
		got=$(wx-origin 2>/dev/null) || got=
		case $want in h:a/b) want=a/b ;; *) want= ;; esac
		[ "${got%%$'\t'*}" = "$want" ] || fail "$c: git [$want], we [$got]"
		[ -z "$want" ] || n=$((n + 1))
	done
	[ "$n" -ge 12 ] || fail "only $n were read"
	printf '[remote "origin"]\nurl = h:a/b\n\0evil' >.git/config
	run -1 wx-origin
	printf '[remote "origin"]\nurl = h:a/b\nurl = h:c/d\n' >.git/config
	run -1 wx-origin
	[[ $output == *'more than one URL'* ]]
	printf '[remote "origin"]\nurl = h:%2000s\n' x >.git/config
	run -1 wx-origin
	{ printf '[remote "origin"]\nurl = h:a/b\n'; yes '#' | head -c 2000000; } >.git/config
	run -1 wx-origin
}

@test "a link, a FIFO, a folder in place of a file, a file that is none of git's: refused at once" {
	git config remote.origin.url h:me/it
	mv .git/config c
	ln -s ../c .git/config
	run -1 timeout 60 wx-origin
	[[ $output == *'symbolic link'* ]]
	rm .git/config
	mkfifo .git/config
	run -1 timeout 60 wx-origin
	[[ $output == *'not a regular file'* ]]
	rm .git/config
	mkdir .git/config
	run -1 wx-origin
	rmdir .git/config
	run -1 wx-origin
	mv c .git/config
	ln -s ../x .git/commondir
	run -1 wx-origin
	rm .git/commondir
	mv .git g
	ln -s g .git
	run -1 wx-origin
	rm .git
	echo gitdir >.git
	run -1 wx-origin
	echo 'gitdir: nowhere' >.git
	run -1 wx-origin
	echo 'gitdir: g' >.git
	[ "$(wx-origin | cut -f1)" = me/it ]
}

@test "-r: another remote; its name goes into no terminal as it is" {
	git config remote.origin.url h:me/it
	git config remote.up/stream.url h:you/it
	[ "$(wx-origin -r up/stream | cut -f1)" = you/it ]
	[ "$(wx-origin --remote origin | cut -f1)" = me/it ]
	run -1 wx-origin -r none
	[[ $output == *"no remote 'none'"* ]]
	for r in '' -x 'a b' $'a\e[31m' 'a"b'; do
		run -2 wx-origin -r "$r"
		[[ $output != *$'\e'* ]]
	done
}

@test "-k: the host keys are those that the forges publish, and ssh-keygen reads them" {
	wx-origin -k >k
	[ "$(ssh-keygen -F github.com -f k | grep -c '^github.com')" -eq 3 ]
	[ "$(ssh-keygen -F '[ssh.github.com]:443' -f k | grep -vc '^#')" -eq 4 ]
	ssh-keygen -lf k | grep -q 'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU'
	for h in gitlab.com:eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8 gitlab.com:HbW3g8zUjNSksFbqTiUWPWg2Bq1x8xdGUrliXFzSnUw \
	    gitlab.com:ROQFvPThGrW4RuWLoL9tq9I9zJ42fK4XywyRtbOz/EQ codeberg.org:mIlxA9k46MmM6qdJOdMnAQpzGxF4WIVVL+fj+wZbw0g \
	    codeberg.org:T9FYDEHELhVkulEKKwge5aVhVTbqCW0MIRwAfpARs/E codeberg.org:6QQmYi4ppFS4/+zSZ5S4IU+4sa6rwvQ4PbhCtPEBekQ \
	    bitbucket.org:ybgmFkzwOSotHTHLJgHO0QN8L0xErw6vd0VhFA9m3SM bitbucket.org:FC73VB6C4OQLSCrjEayhMp9UMxS97caD/Yyi2bhW/J0 \
	    bitbucket.org:46OSHA1Rmj8E8ERTC6xkNcmGOw9oFxYr0WF6zWW8l1E; do
		ssh-keygen -lF "${h%%:*}" -f k | grep -qF "SHA256:${h#*:}" || fail "$h"
	done
	[ ! -r "$WX_SHARED/data/known_hosts.github" ] || head -n 4 k | cmp - "$WX_SHARED/data/known_hosts.github"
	rc=0
	wx-origin -k >/dev/full 2>/dev/null || rc=$?
	[ "$rc" -eq 1 ]
	git config remote.origin.url h:me/it
	rc=0
	wx-origin >/dev/full 2>/dev/null || rc=$?
	[ "$rc" -eq 1 ]
	run -2 wx-origin a b
}

@test "names that a sandbox chose drive no terminal" {
	odd=$'../g\e]0;x\a'
	mkdir "$odd" n
	for what in no-remote bad-syntax more-than-one an-include; do
		case $what in
		no-remote) echo '[core]' ;;
		bad-syntax) echo '[' ;;
		more-than-one) printf '[remote "origin"]\nurl = https://github.com/me/it\nurl = https://github.com/me/so\n' ;;
		an-include) printf '[include]\npath = x\n[remote "origin"]\nurl = https://github.com/me/it\n' ;;
		esac >"$odd/config"
		printf 'gitdir: ../%s\n' "$odd" >n/.git
		run wx-origin n
		[[ $output == *'g?]0;x?'* && $output != *$'\e'* ]] || fail "$what: $(cat -v <<<"$output")"
	done
}
