# SPDX-License-Identifier: MIT
# takes: 120 s
# wx-deploykey-push at other forges than GitHub: against tests/fake/gitlab, gitea and bitbucket, over TLS on loopback.
# Every token is made up, and holds the word MADEUP.
load lib/helper
load lib/push

setup_file() {
	export all=$BATS_FILE_TMPDIR
	for k in gitlab gitea bitbucket; do fake_start $k "$all/$k"; done
	ssh-keygen -q -t ed25519 -N '' -C me@here -f "$all/key"
	ssh-keygen -q -t ed25519 -N '' -C you@there -f "$all/other"
}

local_setup() {
	umask 077
	dir=$all/gitlab
	unset GH_ENTERPRISE_TOKEN GITHUB_ENTERPRISE_TOKEN NIX_SSL_CERT_FILE GITLAB_TOKEN GITLAB_ACCESS_TOKEN GITLAB_HOST FORGEJO_TOKEN \
	    GITEA_TOKEN GITEA_SERVER_TOKEN GITEA_SERVER_URL BITBUCKET_TOKEN BITBUCKET_URL GLAB_CONFIG_DIR GIT_CONFIG_GLOBAL
	cp "$all/key.pub" key.pub
	cp "$all/other.pub" other.pub
	blob=$(cut -d ' ' -f 1,2 key.pub)
	logs="$all/gitlab/log $all/gitea/log $all/bitbucket/log"
}

# use KIND: from now on it is about this one.
use() {
	local p name=$1
	case $1 in bitbucket-cloud) name=bitbucket ;; esac
	export dir=$all/$name
	for p in $(cat "$dir/ports"); do export "port_${p%=*}=${p#*=}"; done
	host=127.0.0.1:$port_main to=(-F "$1") signing=
	case $1 in
	gitlab) token_variable=GITLAB_TOKEN token=glpat-MADEUPapi list=deploy_keys signing=-s
		export GITLAB_HOST=$host ;;
	gitea) token_variable=FORGEJO_TOKEN token=MADEUPadmin list=keys ;;
	bitbucket*) token_variable=BITBUCKET_TOKEN token=MADEUPadmin list=ssh ;;
	esac
	export "$token_variable=$token" SSL_CERT_FILE=$dir/certs/ca.pem
	exec 8>&- || true
	connect
	ctl '{"op":"reset"}'
	before=$(wc -l <"$dir/log")
}

three='gitlab gitea bitbucket'

# sent: the last request's body.
sent() {
	tail -n 1 "$dir/log" | jq -c .request
}

# --- the verbs

@test "add, verify, list, delete at each: the requests of its API, and what is there already" {
	for k in $three; do
		use $k
		expect 1 "the key is not known to 'me/it'" -v me/it
		push me/it <key.pub >out 2>err || fail "$k: $(cat err)"
		[ "$(action)" = added ] || fail "$k: $(cat out)"
		is_there me/it
		[ "$(jq -r '[.title, .read_only, .repo, .host] | join(" ")' out)" = "me@here false me/it $host" ] || fail "$k: $(cat out)"
		expect 0 '' me/it
		[ "$(action)" = unchanged ]
		is_there me/it
		expect 0 '' -v me/it
		[ "$(action)" = verified ]
		expect 1 'it may write; to make it read-only delete it first' -v -r me/it
		stdin=/dev/null expect 0 '' -l me/it
		[ "$(jq -r .fingerprint out)" = "$(ssh-keygen -lf key.pub | cut -d ' ' -f 2)" ]
		expect 0 'would send: DELETE https://' -nd me/it
		expect 0 '' -d me/it
		[ "$(action)" = deleted ]
		is_absent me/it
		expect 0 '' -d me/it
		[ "$(action)" = absent ]
		push -r -t 'a "title" ü' me/it <key.pub >out 2>err
		[ "$(jq -r '"\(.title) \(.read_only)"' out)" = 'a "title" ü true' ] || fail "$k: $(cat out)"
		expect 1 'it is read-only' me/it
	done
}

@test "what is sent, and where: GitLab, Gitea, Bitbucket" {
	use gitlab
	push group/sub.group/it_x <key.pub >out 2>err || fail "$(cat err)"
	[ "$(requests | tail -n 1)" = 'POST /api/v4/projects/group%2Fsub.group%2Fit_x/deploy_keys 201' ] || fail "$(requests)"
	[ "$(sent)" = "{\"title\":\"me@here\",\"key\":\"$blob\",\"can_push\":true}" ] || fail "$(sent)"
	use gitea
	push or.g/.profile <key.pub >out 2>err || fail "$(cat err)"
	[ "$(requests)" = 'POST /api/v1/repos/or.g/.profile/keys 201' ] || fail "$(requests)"
	[ "$(sent)" = "{\"title\":\"me@here\",\"key\":\"$blob\",\"read_only\":false}" ] || fail "$(sent)"
	use bitbucket
	push -e 30 '~me/it.x' <key.pub >out 2>err || fail "$(cat err)"
	[ "$(requests)" = 'POST /rest/keys/1.0/projects/~me/repos/it.x/ssh 201' ] || fail "$(requests)"
	[ "$(sent)" = "{\"key\":{\"label\":\"me@here\",\"text\":\"$blob\",\"expiryDays\":30},\"permission\":\"REPO_WRITE\"}" ] || fail "$(sent)"
}

@test "expiry: GitLab's and Bitbucket's keys have one; Gitea's not; an expired key is no success" {
	use gitlab
	push -e 10 me/it <key.pub >out 2>err || fail "$(cat err)"
	at=$(jq -r .expires_at out)
	[ "$(($(date -d "$at" +%s) - $(date +%s)))" -gt 863900 ] || fail "$at"
	[ "$(($(date -d "$at" +%s) - $(date +%s)))" -le 864000 ] || fail "$at"
	expect 0 '' -v me/it
	for at in 2026-01-01T00:00:00.000Z 2026-01-01T00:00:00.123+08:00; do
		ctl '{"op":"reset"}'
		plant me/it "\"expires_at\":\"$at\""
		expect 1 "the key is known to 'me/it' \(id [0-9]+\), but it has expired" -v me/it
		expect 1 'it has expired; delete it, and make another' me/it
		expect 0 '' -d me/it
	done
	plant me/second '"expires_at":"2999-01-01T00:00:00Z"'
	expect 0 '' -v me/second
	use gitea
	expect 1 'its keys have no expiry' -e 10 me/it
	to=() token_variable=GH_ENTERPRISE_TOKEN
	expect 1 'GitHub: its keys have no expiry' -e 10 me/it
	expect 2 usage -e 0 me/it
	expect 2 'is for keys to add' -e 1 -v me/it
}

@test "in use: another's key, with the way out; GitLab joins a key of one's own other project" {
	for k in $three; do
		use $k
		ctl "{\"op\":\"foreign\",\"key\":\"$blob\"}"
		expect 1 'in use elsewhere: .*wx-keygen' me/it
		is_absent me/it
	done
	use gitlab
	plant me/second
	expect 0 'warning' me/it
	is_there me/it
	is_there me/second
	expect 0 '' -d me/it
	is_there me/second
	# For the user's signatures another message.
	ctl "{\"op\":\"foreign\",\"key\":\"$(cut -d ' ' -f 1,2 other.pub)\"}"
	stdin=other.pub expect 1 'in use elsewhere: at another account, or as a deploy key' -s
}

@test "Gitea: a title that another key has gets some of the fingerprint, so that a rotation can go on" {
	use gitea
	push -t mine me/it <other.pub >out 2>err
	push -t mine me/it <key.pub >out 2>err || fail "$(cat err)"
	fp=$(ssh-keygen -lf key.pub | cut -d ' ' -f 2)
	fp=${fp#SHA256:}
	[ "$(jq -r .title out)" = "mine ${fp:0:8}" ] || fail "$(cat out)"
	is_there me/it
	is_there me/it "$(cut -d ' ' -f 1,2 other.pub)"
}

@test "GitLab's signing keys: for signatures alone; one that logs in too is no success; others have none" {
	use gitlab
	push -s -e 9 <key.pub >out 2>err || fail "$(cat err)"
	[ "$(tail -n 1 "$dir/log" | jq -r '.request.usage_type')" = signing ]
	[ "$(requests | tail -n 1)" = 'POST /api/v4/user/keys 201' ] || fail "$(requests)"
	expect 0 '' -sv
	expect 0 '' -sd
	expect 1 'not known as one of your signing keys' -sv
	for usage in auth auth_and_signing; do
		ctl "{\"op\":\"key\",\"user\":\"me\",\"key\":\"$blob\",\"usage_type\":\"$usage\"}"
		expect 1 'known to your account, for signing \(id [0-9]+\), but it logs in to your account as well' -sv
		expect 1 'logs in to your account as well' -s
		ctl '{"op":"reset"}'
	done
	GITLAB_TOKEN=glpat-MADEUPproject expect 1 "has no signing keys for the token from variable 'GITLAB_TOKEN': one of a project or a group" -sl
	for k in gitea bitbucket bitbucket-cloud; do
		use $k
		expect 1 'sign without it, for git verifies by your own list' -s
		[ -z "$(requests)" ]
	done
}

@test "Bitbucket Cloud: keys that read, and nothing is sent for one that writes" {
	use bitbucket-cloud
	expect 1 'its access keys only read, and one that writes would be' me/it
	[ -z "$(requests)" ]
	push -r me/it <key.pub >out 2>err || fail "$(cat err)"
	[ "$(requests)" = 'POST /2.0/repositories/me/it/deploy-keys 200' ] || fail "$(requests)"
	[ "$(sent)" = "{\"label\":\"me@here\",\"key\":\"$blob\"}" ] || fail "$(sent)"
	expect 0 '' -v -r me/it
	expect 1 'it is read-only' -v me/it
	stdin=/dev/null expect 0 '' -l me/many
	[ "$(wc -l <out)" -eq 230 ]
	expect 0 '' -d me/it
	is_absent me/it
	ctl "{\"op\":\"foreign\",\"key\":\"$blob\"}"
	expect 1 'in use elsewhere: at an account or a workspace' -r me/it
	BITBUCKET_TOKEN=MADEUPwriter expect 1 'has no right to do this' -l me/it
	fault cloud-next GET 1
	some_out=1 expect 1 'leads astray' -l me/many
}

# --- lists

@test "pages: all of a long list, each key once; the last page's key is found" {
	for k in $three; do
		use $k
		stdin=/dev/null expect 0 '' -l me/many
		[ "$(wc -l <out)" -eq 230 ] && [ "$(jq -r .id out | sort -u | wc -l)" -eq 230 ] || fail "$k: $(wc -l <out)"
		id=$(jq -r 'select(.title == "many 229") | .id' out)
		ctl '{"op":"dump"}'
		jq -r --argjson id "$id" '."me/many"[] | select(.id == $id) | .key' <<<"$reply" >last.pub
		stdin=last.pub expect 1 'it may write|it is read-only|' -v -r me/many || true
		grep -q "(id $id)" err || [ "$(jq .id out)" = "$id" ] || fail "$k: $(cat out err)"
	done
}

@test "a list that changes while it is read: absent only when two walks agree, and deleted is deleted" {
	for k in $three; do
		use $k
		# The first key of the second page, and one of a later one.
		case $k in gitlab) per=100 ;; gitea) per=30 ;; *) per=25 ;; esac
		for at in $per $((2 * per)); do
			in_order $at
			fault shift GET 1 "\"repo\":\"me/many\",\"skip\":$((at / per - 1))"
			expect 0 '' -d me/many
			[ "$(action)" = deleted ] || fail "$k at $at: $(cat out)"
			is_absent me/many
		done
		ctl '{"op":"reset"}'
		fault shift GET -1 '"repo":"me/many"'
		expect 3 "the list of the keys of 'me/many' changes each time that it is read" -v me/many
	done
}

@test "pages that lie: elsewhere, in a circle, without an end, a count that is wrong" {
	for kind in link-host link-http link-loop link-garbage; do
		use gitlab
		fault $kind GET -1
		for verb in -d -v -l; do
			some_out=1 expect 1 'leads astray' $verb me/it
		done
	done
	for kind in pages-stay pages-back pages-nowhere; do
		use bitbucket
		fault $kind GET -1
		for verb in -d -v -l; do
			some_out=1 expect 1 'leads astray' $verb me/many
		done
	done
	use gitea
	# More than there are: an empty page is the end. No number: the same.
	for kind in total-more total-words; do
		ctl '{"op":"reset"}'
		fault $kind GET -1
		expect 1 'is not known' -v me/many
		stdin=/dev/null expect 0 '' -l me/many
		[ "$(wc -l <out)" -eq 230 ]
	done
}

# --- kinds, tokens

@test "the kind: by -F, by the user's git configuration, by a name that everybody knows; never by asking" {
	use gitlab
	to=()
	expect 1 "no token for '$host': not in GH_ENTERPRISE_TOKEN" -l me/it
	printf '[wrapix "%s"]\n\tforge = gitlab\n' "$host" >"$HOME/.gitconfig"
	stdin=/dev/null expect 0 '' -l me/it
	mkdir -p "$HOME/.config/git" p/.git
	printf '[wrapix "%s"]\n\tforge = gitea\n' "$host" >"$HOME/.config/git/config"
	stdin=/dev/null expect 0 '' -l me/it
	rm "$HOME/.gitconfig"
	expect 1 'no token for .*FORGEJO_TOKEN' -l me/it
	# -F goes before it, and a project's own configuration is none.
	stdin=/dev/null expect 0 '' -F gitlab -l me/it
	printf '[wrapix "%s"]\n\tforge = gitlab\n' "$host" >p/.git/config
	rm "$HOME/.config/git/config"
	(cd p && stdin=/dev/null expect 1 'GH_ENTERPRISE_TOKEN' -l me/it)
	printf '[wrapix "%s"]\n\tforge = gitlob\n' "$host" >global
	GIT_CONFIG_GLOBAL=$PWD/global expect 2 "its kind 'gitlob' is none of github, gitlab, gitea, forgejo, bitbucket, bitbucket-cloud" -l me/it
	for h in gitlab.example.org:gitlab gitea.example.org:gitea forgejo.example.org:forgejo bitbucket.example.org:bitbucket; do
		host=${h%:*} expect 2 "by its name it is .*say so with -F ${h#*:}" -l me/it
	done
	for h in dev.azure.com x.visualstudio.com git.sr.ht; do
		host=$h expect 2 'has no deploy keys' -l me/it
	done
	for h in github.com acme.ghe.com codeberg.org bitbucket.org; do
		host=$h expect 2 'it is of kind' -F gitlab -l me/it
	done
	host=gitlab.com expect 2 'it is of kind gitlab' -F github -l me/it
	expect 2 'give its host with -H|no host' -F gitea -H '' -l me/it
	[ "$(requests | wc -l)" -eq 3 ] || fail "$(requests)"
}

@test "gitlab.com, codeberg.org, bitbucket.org: their own API, through a proxy that sees no token" {
	for h in gitlab.com codeberg.org bitbucket.org; do
		case $h in
		gitlab.com) use gitlab; api=gitlab.com ;;
		codeberg.org) use gitea; api=codeberg.org ;;
		*) use bitbucket; api=api.bitbucket.org ;;
		esac
		unset GITLAB_HOST
		export https_proxy=http://127.0.0.1:$port_proxy
		wx-deploykey-push -H $h -l me/it >out 2>err || fail "$h: $(cat err)"
		unset https_proxy
		[ "$(tail -n +$((before + 1)) "$dir/log" | jq -r 'select(.origin == "proxy") | .path')" = "$api:443" ]
		run ! grep -q leaked "$dir/log"
	done
}

@test "a token goes to the host that it is for, and to no other" {
	use gitlab
	# glab's variable is for GITLAB_HOST, and for gitlab.com where that is not set.
	unset GITLAB_HOST
	expect 1 "no token for '$host': not in the variables of GitLab, for GITLAB_HOST names another host or none, glab's config.yml" -l me/it
	GITLAB_HOST=gitlab.example.org expect 1 'names another host' -l me/it
	GITLAB_HOST=https://$host stdin=/dev/null expect 0 '' -l me/it
	use gitea
	GITEA_SERVER_URL=https://git.example.org expect 1 'GITEA_SERVER_URL names another host' -l me/it
	GITEA_SERVER_URL=https://$host/ expect 0 '' -l me/it
	use bitbucket
	BITBUCKET_URL=https://git.example.org expect 1 'BITBUCKET_URL names another host' -l me/it
	BITBUCKET_URL=https://$host expect 0 '' -l me/it
	# GitHub's go nowhere here, nor do these to GitHub.
	for k in $three; do
		use $k
		unset "$token_variable"
		GH_TOKEN=ghp_MADEUPclassic GH_ENTERPRISE_TOKEN=ghp_MADEUPclassic expect 1 'no token for' -l me/it
		[ -z "$(requests)" ]
	done
}

@test "tokens of glab and tea: their own files; damaged or open to others they are refused" {
	use gitlab
	unset GITLAB_TOKEN
	mkdir -p "$HOME/.config/glab-cli" glab
	cat >"$HOME/.config/glab-cli/config.yml" <<-END
	# What protocol to use when performing Git operations. Supported values: ssh, https.
	git_protocol: ssh
	editor:
	check_update: true
	last_update_check_timestamp: 2026-11-30T10:00:00Z
	# Configuration specific for GitLab instances.
	hosts:
	    gitlab.com:
	        token: glpat-MADEUPwrong
	        api_host: gitlab.com
	    $host:
	        # Your GitLab access token.
	        token: !!null glpat-MADEUPapi
	        user: me
	END
	stdin=/dev/null expect 0 '' -l me/it
	printf 'hosts:\n  "%s":\n    token: glpat-MADEUPapi\n' "$host" >glab/config.yml
	GLAB_CONFIG_DIR=$PWD/glab XDG_CONFIG_HOME=$PWD/none stdin=/dev/null expect 0 '' -l me/it
	chmod 644 glab/config.yml
	GLAB_CONFIG_DIR=$PWD/glab expect 1 'others have access to it' -l me/it
	printf 'hosts:\n  x\n' >"$HOME/.config/glab-cli/config.yml"
	expect 1 'line 2 is not what glab-cli writes; mend it with: glab auth login --hostname' -l me/it
	use gitea
	unset FORGEJO_TOKEN
	mkdir -p "$HOME/.config/tea"
	cat >"$HOME/.config/tea/config.yml" <<-END
	logins:
	    - name: codeberg
	      url: https://codeberg.org
	      token: MADEUPwrong
	      default: true
	    - name: here
	      url: https://$host
	      token: MADEUPadmin
	      ssh_key: ""
	      scopes:
	        - a
	        - url: https://evil.example
	      created: 1710000000
	preferences:
	    editor: false
	    flag_defaults:
	        remote: ""
	END
	stdin=/dev/null expect 0 '' -l me/it
	printf 'logins:\n- name: here\n  url: https://%s/\n  token: MADEUPadmin\n' "$host" >"$HOME/.config/tea/config.yml"
	stdin=/dev/null expect 0 '' -l me/it
	for bad in "- url: https://$host\n  url: https://$host\n  token: MADEUPadmin" "- url https://$host" "  url: https://$host" \
	    "- url: https://$host\n  token: &a MADEUPadmin"; do
		printf "logins:\n$bad\n" >"$HOME/.config/tea/config.yml"
		expect 1 'is not what tea writes; mend it with: tea login add --url' -l me/it
	done
	for other in 'http://' 'https://x.' 'https://evil@'; do
		printf 'logins:\n- url: %s%s\n  token: MADEUPadmin\n' "$other" "$host" >"$HOME/.config/tea/config.yml"
		expect 1 'no token for' -l me/it
	done
	[ "$(requests | wc -l)" -eq 2 ] || fail "$(requests)"
}

# --- what a forge refuses

@test "refusals: each with its remedy" {
	use gitlab
	expect 1 "no repository 'no/such'" no/such
	expect 1 "no repository 'you/private'" you/private
	GITLAB_TOKEN=glpat-MADEUPread expect 1 "lacks the scope 'api'; get one that has it: glab auth login --hostname $host" me/it
	GITLAB_TOKEN=glpat-MADEUPdev expect 1 "has no right to do this at 'me/it'; it needs the role of a maintainer" me/it
	GITLAB_TOKEN=glpat-MADEUPgone expect 1 "does not accept the token from variable 'GITLAB_TOKEN' \(invalid_token; Token was revoked.*log in anew with: glab auth login" me/it
	printf 'ssh-ed25519 %s\n' AAAAC3NzaC1lZDI1NTE5AAAAIJKnDBFK1wKy6qYLyrZIYQGGzYbVPjPnOlvIKrCFf2Ez >odd.pub
	use gitea
	expect 1 "no repository 'you/private'" you/private
	FORGEJO_TOKEN=MADEUPscope expect 1 "lacks the scope 'write:repository'; get one that has it: tea login add --url https://$host" me/it
	FORGEJO_TOKEN=MADEUPwriter expect 1 'needs to be of an administrator of the repository' me/it
	FORGEJO_TOKEN=MADEUPgone expect 1 "does not accept the token.*tea login add --url https://$host" me/it
	expect 1 "'me/archived' is archived" me/archived
	expect 0 "'me/old' has a new name" me/old
	is_there me/new
	use bitbucket
	expect 1 "no repository 'you/private'" you/private
	BITBUCKET_TOKEN=MADEUPwriter expect 1 'has no right to do this .*REPO_ADMIN' me/it
	BITBUCKET_TOKEN=MADEUPgone expect 1 "does not accept the token from variable 'BITBUCKET_TOKEN'.*https://$host/plugins/servlet/access-tokens/manage" me/it
}

@test "names of repositories: as each forge has them, and nothing is sent for others" {
	use gitlab
	for r in a a/ /a a//b -a/b a/-b a/b.git 'a/b%2f' ../a a/../b a/. "$(printf 'a/%.0s' {1..20})b" "a/$(printf 'x%.0s' {1..255})"; do
		expect 2 usage -- "$r"
	done
	use gitea
	for r in a a/b/c .a/b -a/b '~a/b' a/.. a/b.git; do expect 2 usage -- "$r"; done
	use bitbucket
	for r in a a/b/c '~/b' 'a~/b' -a/b a/b.git; do expect 2 usage -- "$r"; done
	[ -z "$(requests)" ]
}

@test "redirects: refused by every verb, and nothing is done" {
	for k in $three; do
		use $k
		for kind in redirect-host redirect-301-host redirect-user redirect-slashes redirect-http redirect-path redirect-id; do
			fault $kind '*' -1 '"n":101'
			for verb in '' -d -v -l; do
				expect 1 'redirects elsewhere, which is not followed' $verb me/it
			done
			ctl '{"op":"reset"}'
		done
		is_absent me/it
	done
	use gitea
	# Once: who follows it comes to an end there.
	for kind in moved-host moved-tail moved-prefix; do
		for verb in '' -d -v -l; do
			fault $kind '*' 1
			expect 1 'redirects elsewhere' $verb me/it
		done
	done
}

@test "faults before and after it was done, at each: undone, recovered, or 3" {
	for k in $three; do
		use $k
		mkdir $k
		cd $k
		in_parallel after $after_faults
		in_parallel before $before_faults
		wait
		! cat bad.* 2>/dev/null || fail "$k: as said above"
		set -- $before_faults $after_faults
		[ "$(wc -l <all)" -eq $# ] || fail "$k: only these came to an end: $(cat all)"
		cd ..
	done
}

@test "limits: the headers of each are obeyed" {
	for k in $three; do
		use $k
		fault 429 GET 1 '"n":1'
		stdin=/dev/null expect 0 '' -l me/it
		fault 429 GET 1 '"n":100'
		expect 3 'rate limit reached: try again after' -l me/it
	done
	use gitlab
	fault gitlab-limit GET 1 '"n":100'
	expect 3 'rate limit reached: try again after .* \(in (99|100|101) s\)' -l me/it
}

@test "recorded exchanges are as the forges' own API descriptions have them" {
	for k in $three; do
		use $k
		: >"$dir/log"
		for verb in '' -v -l -d; do push $verb me/it <key.pub >out 2>err || fail "$k: $(cat err)"; done
		push -l me/many >out
		push no/such <key.pub >out 2>err || true
		[ "$k" != gitlab ] || for verb in '' -v -l -d; do push -s $verb <key.pub >out 2>err || fail "$k: $(cat err)"; done
		spec=$WX_SHARED/data/$k-deploykeys.openapi.json
		[ "$k" != gitea ] || spec=$WX_TREE/tests/lib/gitea-deploykeys.openapi.json
		[ -e "$spec" ] || { missing="${missing-} $k"; continue; }
		"$WX_TREE/tests/lib/check-openapi" "$spec" "$dir/log" >checked || fail "$k: $(cat checked)"
		read -r n _ <checked
		[ "$n" -ge 8 ] || fail "$k: $(cat checked)"
	done
	[ -z "${missing-}" ] || skip "no descriptions of$missing in $WX_SHARED/data"
}

@test "verify -w: a key that is seen late is waited for, and one that is not there is said when the time is over" {
	use gitlab
	plant me/it
	ctl '{"op":"lag","n":1}'
	expect 1 'is not known' -v me/it
	ctl '{"op":"lag","n":2}'
	expect 0 '' -v -w 20 me/it
	[ "$(action)" = verified ]
	expect 1 'is not known' -v -w 2 me/second
	expect 2 'is for one key to verify' -w 2 me/it
	expect 2 usage -v -w 0 me/it
}

@test "-k: the kind of a forge and what it can, and nothing is sent" {
	for want in 'github.com github known read write sign' 'gitlab.com gitlab known read write sign expire' 'codeberg.org gitea assumed read write' \
	    'bitbucket.org bitbucket-cloud known read' 'evil.ghe.com github assumed read write sign' 'git.example.org github assumed read write sign'; do
		got=$(wx-deploykey-push -k -H "${want%% *}" | tr '\t' ' ')
		[ "$got" = "${want#* }" ] || fail "${want%% *}: $got"
	done
	[ "$(wx-deploykey-push -k -F bitbucket -H h)" = $'bitbucket\tknown\tread write expire' ]
	git config --global wrapix.h.forge gitea
	[ "$(wx-deploykey-push --kind -H h)" = $'gitea\tknown\tread write' ]
	run -2 wx-deploykey-push -k -H dev.azure.com
	wx-deploykey-push -k -H gitlab.com a/b/c
	run -2 wx-deploykey-push -k a/b/c
	[[ $output == *'not OWNER/NAME'* ]]
	run -2 wx-deploykey-push -k a/b c/d
}
