# SPDX-License-Identifier: MIT
# sanitizers: no, Nix builds by itself
# takes: 110 s
load lib/helper
load lib/nix

# The flake, with the real Nix; nixpkgs is a stand-in (tests/nix/stub).
setup_file() {
	nix_setup_file
	sha256sum "$tree/flake.lock" >"$BATS_FILE_TMPDIR/lock"
	cd "$BATS_FILE_TMPDIR"
	# shellcheck disable=SC2086 # words
	nix build $with "path:$tree#wrapix" --out-link "$BATS_FILE_TMPDIR/wrapix" 2>said || {
		cat said >&2
		return 1
	}
}

teardown_file() {
	nix_teardown_file
	chmod -R u+w "$BATS_FILE_TMPDIR/nixroot" 2>/dev/null || :
}

local_setup() {
	nix_setup
	pkg=$BATS_FILE_TMPDIR/wrapix
}

# project: one with a commit, in ./p
project() {
	git init -q -b main p
	git -C p -c user.name=A -c user.email=a@example.invalid commit -q --allow-empty -m one
}

@test "each Nix file parses" {
	cd "$WX_TREE"
	for f in flake.nix $(find nix tests/nix -name '*.nix'); do
		nix-instantiate --parse "$f" >/dev/null
	done
}

@test "one input, and its lock is the genuine pin, which Nix leaves as it is" {
	[ "$(jq -c '.nodes | keys' "$tree/flake.lock")" = '["nixpkgs","root"]' ]
	[ "$(jq -r '.nodes.nixpkgs.original | .owner, .repo, .ref' "$tree/flake.lock" | tr '\n' ' ')" = "NixOS nixpkgs nixos-unstable " ]
	[ "$(jq -r '.nodes.nixpkgs.locked | .rev, .narHash' "$tree/flake.lock" | tr '\n' ' ')" = \
	    "2c423e03bbafcff28bfadc6781a4a8257f205cb5 sha256-dt4WdcvsA8/RCe+VZZwqU0X+XMM3wBbGCWA0/sFWzGo= " ]
	pin=$WX_SHARED/data/nixpkgs-pin.json
	if [ -f "$pin" ]; then
		diff <(jq -S '.nodes.nixpkgs.locked | del(.type)' "$tree/flake.lock") <(jq -S 'del(.ref)' "$pin")
	fi
	# Nix takes it for up to date: without the override it asks for just that.
	run nix flake metadata --json "path:$tree"
	[ "$status" -eq 0 ] || fail "$output"
	[ "$(jq -r .locks.nodes.nixpkgs.locked.rev <<<"$output")" = "$(jq -r .nodes.nixpkgs.locked.rev "$tree/flake.lock")" ]
	of_flake flake metadata $with . >/dev/null
	sha256sum -c "$BATS_FILE_TMPDIR/lock"
}

@test "nix flake show: all four systems have all outputs" {
	# Older ones (2.8) have not the option, and show all.
	of_flake flake show --all-systems --json $with . >show 2>/dev/null || of_flake flake show --json $with . >show
	for s in x86_64-linux aarch64-linux x86_64-darwin aarch64-darwin; do
		only=
		case $s in *-linux) only="apps.$s.default packages.$s.wrapix-static $(echo packages.$s.sandbox-{base,rust,python})" ;; esac
		for o in $only packages.$s.default packages.$s.wrapix packages.$s.image-{base,rust,python} packages.$s.builder-image \
		    apps.$s.builder apps.$s.setup-deploy-key devShells.$s.default checks.$s.package; do
			jq -e --arg o "$o" 'getpath($o | split(".")) | .type == "derivation" or .type == "app"' show >/dev/null ||
			    fail "no $o"
		done
		jq -e --arg s "$s" '.formatter[$s].type == "derivation"' show >/dev/null || fail "no formatter.$s"
	done
}

@test "everything evaluates for all four systems, down to its derivation" {
	value 'lib.mapAttrs (_: lib.mapAttrs (_: p: p.drvPath)) flake.packages' >drvs
	[ "$(jq '[.[] | keys[]] | length' drvs)" -ge 32 ]
	run ! jq -e '[.[][]] | any(endswith(".drv") | not)' drvs
	value 'lib.mapAttrs (_: lib.mapAttrs (_: a: a.program)) flake.apps' >apps
	run ! jq -e '[.[][]] | any(startswith("/") | not)' apps
	value 'lib.mapAttrs (_: lib.mapAttrs (_: c: c.drvPath)) flake.checks' >checks
	[ "$(jq -c '[.[] | keys[]] | unique' checks)" = '["modules","options-page","package","pages","profiles","sandboxes","shellcheck"]' ]
	[ "$(jq '[.[] | keys[]] | length' checks)" -eq 22 ]
}

@test "nix build: the package has every tool, script and page, and they run" {
	for t in $WX_TOOLS $WX_SCRIPTS; do
		case $t in install-deps | quickstart) continue ;; esac
		[ "$("$pkg/bin/$t" -V | head -n 1)" = "$t 0.2.0" ] || fail "$t -V: $("$pkg/bin/$t" -V)"
		"$pkg/bin/$t" -h | grep -q "^usage: $t" || fail "$t -h"
		[ -f "$pkg/share/man/man1/$t.1" ] || fail "no page of $t"
	done
	[ ! -e "$pkg/bin/install-deps" ]
	ls "$pkg"/share/man/man[57]/wrapix-profile.5 "$pkg"/share/man/man7/wrapix.7 >/dev/null
	ls "$pkg"/share/bash-completion/completions/wx-run "$pkg"/share/zsh/site-functions/_wrapix "$pkg"/share/fish/vendor_completions.d/wx-run.fish >/dev/null
	"$pkg/bin/wx-keygen" -o keys/k | grep -q '^ssh-ed25519 '
	ssh-keygen -y -f keys/k | cut -d' ' -f1,2 | diff - <(cut -d' ' -f1,2 keys/k.pub)
}

@test "a package's tools find their programs where PATH has none, and the user's own first" {
	mkdir bin
	printf '#!/bin/sh\necho "mine $*"\n' >bin/bwrap
	chmod +x bin/bwrap
	project
	# A shell's PATH without /usr/bin, as on NixOS.
	run -0 env -i HOME="$HOME" PATH=/nonexistent "$pkg/bin/wx-run" -C p -n none -- /bin/echo inside
	[ "$output" = inside ]
	run env PATH="$PWD/bin:$PATH" "$pkg/bin/wx-run" -C p -n none -- /bin/true
	[[ $output == *mine* ]] || fail "$output"
}

# called SCRIPT: programs of this machine that stand where sh(1) looks for a command.
called() {
	python3 - "$1" <<-'E'
	import re, shutil, subprocess, sys
	src = "".join(l for l in open(sys.argv[1]) if not l.lstrip().startswith("#"))
	# Without what is in quotes, but for commands that are.
	text, state, i = "", [""], 0
	while i < len(src):
	    c = src[i]
	    if state[-1] == "'": state.pop() if c == "'" else None
	    elif c == "\\": i += 1
	    elif src.startswith("$(", i): state.append("("); text += "$("; i += 1
	    elif c == '"': state.pop() if state[-1] == '"' else state.append('"')
	    elif state[-1] == '"': pass
	    elif c == "'": state.append("'")
	    else:
	        if c == ")" and state[-1] == "(": state.pop()
	        text += c
	    i += 1
	sh = set(subprocess.run(["bash", "-c", "compgen -bk"], capture_output=True, text=True).stdout.split())
	own = set(re.findall(r"^(\w+)\(\)", text, re.M))
	at = r"(?:^|[|&;(`]|\$\(|\b(?:then|do|else|if|while|until|elif|exec|command|env|sudo)\b|!)\s*(?:\w+=[^\s$(]*\s+)*([a-z][\w.+-]*)(?=[\s;)|&]|$)"
	for w in sorted(set(re.findall(at, text, re.M)) - sh - own):
	    if shutil.which(w, path="/usr/bin:/bin:/usr/sbin:/sbin"): print(w)
	E
}

@test "the package's closure has each program that its scripts call, and what its tools look for" {
	local words what s
	for s in $WX_SCRIPTS; do
		case $s in install-deps | quickstart) continue ;; esac
		path=$(sed -n "s/^PATH=.*}\(:\{0,1\}[^ ]*\)\$/\1/p" "$pkg/bin/$s" | tail -n 1):$pkg/bin
		what=$(called "$WX_TREE/scripts/$s")
		[ "$(wc -w <<<"$what")" -gt 3 ] || fail "$s: only $what"
		for w in $what; do
			case $s:$w in
			# Of another system, of a desktop, of the user's choice; and words in texts.
			*:sudo | *:make | *:perl | *:bash | *:dash | *:fish | *:zsh | *:passwd | *:route | *:ifconfig | *:systemd | *:apt-* | *:dpkg-deb | *:xclip | *:sh | *:shasum | *:loginctl | *:systemctl) continue ;;
			esac
			PATH=$path type -P "$w" >/dev/null || fail "$s calls $w, which is not in $path"
		done
	done
	for w in wx-run:{git,bwrap,podman,pasta,slirp4netns,gzip,xz,zstd,bzip2} wx-check:{git,bwrap,podman,pasta,slirp4netns} \
	    wx-image:{podman,gzip,xz,zstd,bzip2} wx-builder:{podman,ssh,gzip} wx-ssh-agent:ssh-add; do
		PATH=$(sed -n 's/^PATH=.*}\(:\{0,1\}[^ ]*\)$/\1/p' "$pkg/bin/${w%:*}" | tail -n 1) type -P "${w#*:}" >/dev/null || fail "no $w"
	done
}

@test "the package, the apps and the overlay say what they are" {
	value '{
	  meta = { inherit (w.package.meta) mainProgram longDescription; license = w.package.meta.license.spdxId; n = lib.length w.package.meta.platforms; };
	  mains = lib.mapAttrs (_: p: p.default.meta.mainProgram) flake.packages;
	  apps = lib.mapAttrs (_: lib.mapAttrs (_: a: a.meta.description)) flake.apps;
	  tests = lib.attrNames w.package.tests;
	  overlay = (pkgs // flake.overlays.default pkgs pkgs).wrapix.drvPath == w.package.drvPath;
	}' >all
	[ "$(jq -r '.mains | to_entries | map(.key + " " + .value) | .[]' all)" = "aarch64-darwin wrapix-builder
aarch64-linux wrapix
x86_64-darwin wrapix-builder
x86_64-linux wrapix" ]
	jq -e '.overlay and .meta.license == "MIT" and .meta.n == 4 and .tests == ["version"] and ([.apps[][] | length > 10] | all)' all >/dev/null || fail "$(cat all)"
	for t in "$(jq -r '.mains["x86_64-linux"]' all)" $(value 'lib.attrNames w.apps' | jq -r '.[]' | sed 's/default/wrapix/; s/^builder/wrapix-builder/'); do [ -x "$pkg/bin/$t" ] || fail "no $t"; done
	nix build --impure --no-link --expr "$(words_of 'w.package.tests.version')" 2>said || fail "$(cat said)"
}

@test "nix flake init -t: the template evaluates as it stands, builds and runs" {
	mkdir u
	(cd u && of_flake flake init -t "path:$tree") || fail "$(cat said)"
	of_user build --no-write-lock-file --override-input wrapix "path:$tree" --override-input wrapix/nixpkgs "path:$stub" . --out-link box
	project
	run -0 --separate-stderr box/bin/wrapix -n none --no-token p -- sh -c 'command -v make; cat /run/wrapix/policy'
	[[ ${lines[0]} == "$NIX_STORE_DIR"/*-gnumake-1/bin/make ]] || fail "$output"
	jq -e '.protect == ["flake.nix", "flake.lock"] and (.network_names | index("@github"))' box/share/wrapix-profile.json >/dev/null
}

@test "nix build: the static tools need no shared library" {
	of_flake build $with .#wrapix-static --out-link static
	for t in wx-keygen wx-origin; do
		run -0 readelf -ld "static/bin/$t"
		[[ $output != *NEEDED* && $output != *INTERP* ]] || fail "$output"
		[ "$(static/bin/$t -V)" = "$t 0.2.0" ]
	done
	[ "$(ls static/bin)" = "$(printf 'wx-keygen\nwx-origin')" ]
}

@test "nix flake check" {
	of_flake flake check $with .
	sha256sum -c "$BATS_FILE_TMPDIR/lock"
}

@test "nix run gives the sandbox, with the profile's programs from the store" {
	project
	run -0 of_flake run $with . -- -n none --no-token p -- sh -c 'command -v git; git --version; touch made; cat /proc/self/mountinfo' 2>err
	[[ ${lines[0]} == "$NIX_STORE_DIR"/*-git-1/bin/git ]] || fail "$output"
	[[ ${lines[1]} == "git version"* ]]
	[ -f p/made ]
	grep -q " $NIX_STORE_DIR ro," <<<"$output" || fail "the store is not read-only: $output"
}

@test "nix run .#setup-deploy-key is the script" {
	run -0 of_flake run $with .#setup-deploy-key -- -V
	[ "$output" = "setup-deploy-key 0.2.0" ]
}

# --- mkSandbox

# settled: JSON with the folder and the hashes of the store taken out.
settled() {
	sed -E "s|$NIX_STORE_DIR/[0-9a-z]{32}-|/STORE/|g; s|$NIX_STORE_DIR|/STORE|g" | jq -S .
}

# golden NAME < JSON: as it stands in tests/nix/golden.
golden() {
	settled >"$1.json"
	diff "$WX_TREE/tests/nix/golden/$1.json" "$1.json"
}

@test "mkSandbox: the settings that come out, for each option" {
	value '{
	  base = (mk { system = "x86_64-linux"; }).settings;
	  rust = (mk { inherit pkgs; profile = "rust"; }).settings;
	  python = (mk { inherit pkgs; profile = "python"; }).settings;
	  full = (mk {
	    inherit pkgs;
	    profile = "rust";
	    packages = [ pkgs.strace ];
	    mounts = [
	      { source = "/srv/data"; dest = "/data"; }
	      { source = "~/.cache/models"; dest = "~/.cache/models"; mode = "rw"; optional = true; }
	    ];
	    env = { RUST_BACKTRACE = 1; EDITOR = "vim"; TZ = null; };
	    cpus = 2;
	    memoryMb = 6144;
	    deployKey = false;
	    network = "none";
	    agent = { command = [ "opencode" ]; token = "OPENCODE_TOKEN"; state = "~/.opencode"; };
	    settings = {
	      cache = [ "~/.opencode-cache" ];
	      network_names = [ "@github" { host = "deb.example"; ports = [ 80 ]; methods = [ "GET" ]; } ];
	      network_parent = null;
	      publish = [ 8000 ];
	      timeout = 1.5;
	    };
	  }).settings;
	  podman = (mk { inherit pkgs; engine = "podman"; packages = [ pkgs.strace ]; }).settings;
	}' | golden settings
}

@test "deriveProfile: lists and variables add up, of the rest the new counts, and mkSandbox takes it" {
	value 'let
	    node = flake.lib.deriveProfile (flake.lib.profiles { inherit pkgs; }).python {
	      name = "node";
	      packages = [ pkgs.strace ];
	      settings = { env.NODE_ENV = "test"; tools = [ "strace" ]; tmp_size = "1G"; hide = [ ".npmrc" ]; network_names = [ "registry.npmjs.org" ]; };
	    };
	    box = mk { inherit pkgs; profile = node; };
	  in {
	    inherit (box) name settings;
	    strace = lib.elem pkgs.strace box.packages;
	    count = lib.length box.packages - lib.length w.profiles.python.packages;
	  }' | golden derived
}

@test "each profile of Nix begins with the JSON file of the same name" {
	value 'lib.mapAttrs (_: p: p.settings) w.profiles' >all
	for f in "$WX_TREE"/nix/profiles/*.json; do
		n=$(basename "$f" .json)
		# Every key is there; of variables and lists there are more, by what it extends.
		jq -e --arg n "$n" --slurpfile f "$f" '.[$n] as $p | $f[0] | to_entries |
		    all(.key == "extends" or .key == "agent" and ($p.agent | contains($f[0].agent | del(.otherwise))) or .key == "env" and ($p.env | contains($f[0].env)) or $p[.key] == .value or
		        (.value | type == "array") and .value - $p[.key] == [])' all >/dev/null || fail "$n"
	done
	# An agent without a command is the one that it is more than; and none leads to another profile, without its programs.
	jq -e '.["claude-key"].agent.command == .base.agent.command and all(.[].agent; has("otherwise") | not)' all >/dev/null || fail "$(jq .["claude-key"].agent all)"
	# What they extend is in them, and that they do is not.
	[ "$(jq -c '[.rust, .python | .agent == $all[0].base.agent, .env.EDITOR, has("extends")]' --slurpfile all all all)" = '[true,"vi",false,true,"vi",false]' ]
	[ "$(jq -r 'keys | join(" ")' all)" = "base claude-key cline codex copilot gemini opencode pi python qwen rust" ]
}

@test "mkSandbox: what is wrong is an error that names the option" {
	box() {
		refused "mkSandbox: $1" "$2" "(mk ({ inherit pkgs; } // { $3 })).drvPath"
	}
	refused "mkSandbox: system" "one of x86_64-linux" 'mk { system = "riscv64-linux"; }'
	local m
	refused "mkSandbox: system" "no wx-run for aarch64-darwin" '(mk { system = "aarch64-darwin"; }).drvPath'
	box profile "there is no 'go'; there are base claude-key cline codex copilot gemini opencode pi python qwen rust" 'profile = "go";'
	box profile "deriveProfile" 'profile = { };'
	box 'packages[0]' 'a package' 'packages = [ "git" ];'
	box packages 'list' 'packages = pkgs.git;'
	box memoryMb 'above 0' 'memoryMb = "8G";'
	box deployKey 'true or false' 'deployKey = /home/me/.ssh/key;'
	box deployKey 'found by the repository' 'deployKey = "app-laptop";'
	box engine '"bwrap", "podman"' 'engine = "docker";'
	box token '"broker", "file", "inside", "none"' 'token = "sk-ant-oat01-MADEUP";'
	# Values of the profile: each has its type, and the option is named as NixOS does.
	option() {
		local rc=0 out
		out=$(nix-instantiate --eval --strict -E "$(words_of "(mk ({ inherit pkgs; } // { $3 })).drvPath")" 2>&1) || rc=$?
		[ "$rc" -ne 0 ] || fail "taken: $3: $out"
		grep -qF -- "option \`mkSandbox.$1'" <<<"$out" || fail "mkSandbox.$1 is not named: $out"
		grep -qF -- "$2" <<<"$out" || fail "'$2' is not said: $out"
	}
	m='mounts.[definition 1-entry 1]'
	option "$m.source" 'was accessed but has no value' 'mounts = [ { dest = "/srv"; } ];'
	option "$m.source" 'would be copied into the Nix store' 'mounts = [ { source = /etc/hosts; dest = "/x"; } ];'
	option "$m.source" 'absolute path' 'mounts = [ { source = "srv"; dest = "/x"; } ];'
	option "$m.dest" 'absolute path' 'mounts = [ { source = "/srv"; dest = "x"; } ];'
	option "$m.mode" 'one of "ro", "rw"' 'mounts = [ { source = "/srv"; mode = "w"; } ];'
	option "$m.optional" 'boolean' 'mounts = [ { source = "/srv"; optional = 1; } ];'
	option "$m.target" 'does not exist' 'mounts = [ { source = "/srv"; target = "/x"; } ];'
	option "$m" 'submodule' 'mounts = [ 1 ];'
	option env 'set of variables' 'env."A-B" = "1";'
	option env.KEY 'string or signed integer' 'env.KEY = /etc/hosts;'
	option env.KEY 'string or signed integer' 'env.KEY = [ ];'
	option cpus 'positive' 'cpus = 0;'
	option network '"open", "none", "listed", "host"' 'network = "off";'
	option agent.command 'list of string' 'agent = { command = "claude"; };'
	option agent.key 'does not exist' 'agent = { command = [ "x" ]; key = "y"; };'
	option agent.token 'name of a variable' 'agent = { command = [ "x" ]; token = "sk-ant-oat01-MADEUP"; };'
	option settings.memory 'size such as' 'settings.memory = "8 GB";'
	option settings.netwrk 'does not exist' 'settings.netwrk = "none";'
	option 'settings.network_names.[definition 1-entry 1]' 'string' 'settings.network_names = [ ./hosts ];'
	# Not ours: Nix says it, with the name.
	run nix-instantiate --eval -E "$(words_of '(mk { inherit pkgs; memory = 1; }).drvPath')"
	[[ $status -ne 0 && $output == *"unexpected argument 'memory'"* ]] || fail "$output"
}

# --- the closure, with a store at /nix

# closure_of EXPR: a project, a profile prof of the closure of the packages EXPR, and in
# tool, other, set where what was made for it is: two packages, and both in one folder.
closure_of() {
	mkdir -p "$BATS_FILE_TMPDIR/nixroot"
	local made='{
	  tool = pkgs.writeShellScriptBin "tool" "cat ${pkgs.writeText "tool-data" "of the tool"}";
	  other = pkgs.writeShellScriptBin "other" "cat ${pkgs.writeText "other-data" "of the other"}";
	}' n
	for n in tool other set list; do
		at_nix nix-build --no-out-link -E "$(words_of "let made = $made; in
		    { list = pkgs.closureInfo { rootPaths = $1; };
		      set = pkgs.symlinkJoin { name = \"set\"; paths = [ made.tool made.other ]; }; } // made")" -A "$n" >"$n" 2>said ||
		    fail "$(cat said)"
	done
	printf '{"network": "none", "store_paths": "%s/store-paths"}' "$(cat list)" >prof
	project
}

@test "store_paths: the closure of Nix' closureInfo, and what is run besides with what it needs" {
	closure_of '[ made.tool ]'
	tool=$(cat tool) other=$(cat other) set=$(cat set)
	in_closure() {
		at_nix wx-run -C p -p prof "$@"
	}
	[ "$(in_closure -- "$tool/bin/tool")" = "of the tool" ]
	[ "$(in_closure -- ls /nix/store | sort)" = "$(at_nix nix-store -qR "$tool" | sed 's|.*/||' | sort)" ]
	# It comes by its path, by a profile of Nix', as a tool: and then nothing but what it needs.
	mkdir -p ~/.local/state/nix
	ln -s "$set" ~/.local/state/nix/profile
	ln -s .local/state/nix/profile ~/.nix-profile
	for call in "$other/bin/other" "$set/bin/other" other; do
		[ "$(PATH=$HOME/.nix-profile/bin:$PATH in_closure -- "$call")" = "of the other" ] || fail "$call"
		[ "$(PATH=$HOME/.nix-profile/bin:$PATH in_closure -t "$call" -- ls /nix/store | sort)" = \
		    "$(at_nix nix-store -qR "$tool" "$other" | sed 's|.*/||' | sort -u)" ] || fail "$call as a tool"
	done
	[ "$(PATH=$HOME/.nix-profile/bin:$PATH in_closure -t other -- sh -c other)" = "of the other" ]
	[ "$(in_closure -t "$other/bin/other" --print-plan -- true | jq .store_paths.count)" = \
	    "$(at_nix nix-store -qR "$tool" "$other" | sort -u | wc -l)" ]
	# A profile of Nix' on PATH is not there by that alone.
	run ! in_closure -- ls "$set"
}

@test "store_paths: /bin/sh that leads into the store, as on NixOS, is there with what it needs" {
	closure_of '[ made.tool ]'
	sh=$(at_nix nix-build --no-out-link -E "$(words_of 'pkgs.runCommand "own-sh" { } "mkdir -p $out/bin; cp /usr/bin/dash $out/bin/sh; ln -s ${pkgs.writeText "sh-data" "x"} $out/data"')" 2>said) || fail "$(cat said)"
	mkdir "$BATS_FILE_TMPDIR/nixroot/bin"
	ln -s "$sh/bin/sh" "$BATS_FILE_TMPDIR/nixroot/bin/sh"
	run at_nix wx-run -C p -p prof -- env /bin/sh -c "cat $sh/data; echo; ls /bin; echo \$0"
	rm -r "$BATS_FILE_TMPDIR/nixroot/bin"
	[[ $status -eq 0 && $output == "x
sh
/bin/sh" ]] || fail "$output"
}

@test "mkSandbox: with the store at /nix the profile names its closure, of the programs and of what the settings name" {
	mkdir -p "$BATS_FILE_TMPDIR/nixroot"
	at_nix nix-instantiate --eval --strict --json -E "$(words_of '{
	  base = (mk { inherit pkgs; packages = [ pkgs.strace ]; }).settings;
	  podman = (mk { inherit pkgs; engine = "podman"; }).settings;
	}')" | sed -E 's|/nix/store/[0-9a-z]{32}-|/STORE/|g' | jq -S . >closure.json
	diff "$WX_TREE/tests/nix/golden/closure.json" closure.json
	list=$(at_nix nix-build --no-out-link -E "$(words_of 'let box = mk { inherit pkgs; packages = [ pkgs.strace ]; env.ZSTD = "${pkgs.zstd}"; }; in
	    pkgs.runCommand "list" { inherit (box.settings) store_paths; } "cat $store_paths >$out"')" 2>said) || fail "$(cat said)"
	list=$BATS_FILE_TMPDIR/nixroot/${list#/nix/}
	for p in git strace jq nss-cacert zstd; do
		grep -Eq "^/nix/store/[0-9a-z]{32}-$p-1\$" "$list" || fail "no $p: $(cat "$list")"
	done
	# Nor wrapix itself, with all that it calls on the host.
	run ! grep -e wrapix-0 -e podman "$list"
}

# --- the modules

# The key that the tests' builder has, as host.pub says it.
host_key='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIhQd5JrBYvMDGmqaCeOgBDpgMxqWmCbHnRkuGrFEnFs builder'

# Each module with all that it can be told; SET is in all three.
modules() {
	cat <<-E
	let
	  set.imports = [ most { programs.wrapix = { $1 }; } ];
	  most = { programs.wrapix = {
	    enable = true;
	    profiles.mine = { network = "none"; memory = "2G"; };
	    tokens.CLAUDE_CODE_OAUTH_TOKEN = "/run/agenix/claude";
	    tokens.NPM_TOKEN = "/run/agenix/npm token";
	    builder.enable = true;
	    builder.publicHostKeys = [ "$host_key" ];
	  }; };
	  # Two builders more.
	  fleet = { programs.wrapix.builders = {
	    big = { port = 2223; speedFactor = 4; maxJobs = 8; supportedFeatures = [ "kvm" ]; mandatoryFeatures = [ "big-parallel" ];
	      keyDirectory = "/home/me/.local/share/wrapix/builder-keys/big"; publicHostKeys = [ "$host_key" ]; };
	    arm = { port = 2224; systems = [ "aarch64-linux" ];
	      keyDirectory = "/home/me/.local/share/wrapix/builder-keys/arm"; publicHostKeys = [ "$host_key" ]; };
	  }; };
	  user = { programs.wrapix.user = "me"; programs.wrapix.builder.keyDirectory = "/home/me/.local/share/wrapix/builder-keys/default"; };
	  nixos = lib.nixosSystem { system = "x86_64-linux"; modules = [ flake.nixosModules.default set user ]; };
	  darwin = lib.darwinSystem { system = "aarch64-darwin"; modules = [ flake.darwinModules.default set user ]; };
	  home = lib.homeManagerConfiguration { pkgs = pkgsFor.x86_64-linux; modules = [ flake.homeModules.default set ]; };
	  homeMac = lib.homeManagerConfiguration { pkgs = pkgsFor.aarch64-darwin; modules = [ flake.homeModules.default set { home.homeDirectory = "/Users/me"; } ]; };
	  pkgsFor = stub.legacyPackages;
	in
	E
}

@test "NixOS module: exact machines line, ssh settings, known_hosts, units, links" {
	value "$(modules) {
	  inherit (nixos.config.system.build) toplevel;
	  packages = map (p: p.name) nixos.config.environment.systemPackages;
	  etc = lib.mapAttrs (_: e: e.text) nixos.config.environment.etc;
	  nix = { inherit (nixos.config.nix) distributedBuilds settings; };
	  inherit (nixos.config.systemd.user) units;
	  links = nixos.config.system.userActivationScripts.wrapix.text;
	}" | golden nixos
}

@test "nix-darwin module: the same, a launchd agent, and the links at activation" {
	value "$(modules) {
	  inherit (darwin.config.system.build) toplevel;
	  packages = map (p: p.name) darwin.config.environment.systemPackages;
	  etc = lib.mapAttrs (_: e: e.text) (removeAttrs darwin.config.environment.etc [ \"ssh/ssh_config\" ]);
	  nix = { inherit (darwin.config.nix) distributedBuilds settings; };
	  agents = darwin.config.launchd.user.agents;
	  activation = darwin.config.system.activationScripts.postActivation.text;
	}" | golden darwin
}

@test "home-manager module: files, links, units, ssh's include; launchd on macOS" {
	value "$(modules) {
	  packages = map (p: p.name) home.config.home.packages;
	  files = lib.mapAttrs (_: f: if f.text != null then f.text else f.source) home.config.xdg.configFile;
	  links = lib.mapAttrs (_: f: f.source.path or null) home.config.xdg.configFile;
	  inherit (home.config.systemd.user) services timers;
	  inherit (home.config.programs.ssh) includes;
	  mac = { inherit (homeMac.config.launchd) agents; inherit (homeMac.config.systemd.user) services; machines = homeMac.config.xdg.configFile.\"wrapix/machines\".text; };
	}" | golden home
}

@test "modules: what they write is what ssh and Nix take" {
	value "$(modules) {
	  ssh = nixos.config.environment.etc.\"ssh/ssh_config\".text;
	  known = nixos.config.environment.etc.\"ssh/ssh_known_hosts\".text;
	  machines = nixos.config.environment.etc.\"nix/machines\".text;
	  hm = home.config.xdg.configFile.\"wrapix/builder.ssh_config\".text;
	  two = (lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.nixosModules.default set user
	    { programs.wrapix.builder.publicHostKeys = [ \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINEXT+/=\" ]; } ]; }).config.environment.etc.\"nix/machines\".text;
	}" >all
	for f in ssh known machines hm two; do jq -j ".$f" all >"$f"; done
	ssh -G -F ssh wrapix-builder >is
	for l in 'hostname 127.0.0.1' 'port 2222' 'user builder' 'hostkeyalias wrapix-builder' 'stricthostkeychecking true' \
	    'identityfile /home/me/.local/share/wrapix/builder-keys/default/nix' 'identitiesonly yes' \
	    'userknownhostsfile /dev/null' 'globalknownhostsfile /etc/ssh/ssh_known_hosts'; do
		grep -qxF "$l" is || fail "no '$l': $(cat is)"
	done
	ssh -G -F hm wrapix-builder | grep -qx "userknownhostsfile /home/me/.config/wrapix/builder.known_hosts"
	# The key, without the comment.
	ssh-keygen -F wrapix-builder -f known | tail -n 1 | diff - <(echo "wrapix-builder ${host_key% *}")
	[ "$(cut -d' ' -f8 machines | base64 -d)" = "${host_key% *}" ]
	[ "$(cut -d' ' -f8 two | base64 -d)" = "${host_key% *}
wrapix-builder ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINEXT+/=" ]
	# Nix reads the line: it tries the machine, and says that it cannot be reached.
	run timeout 60 nix build --no-link --impure --max-jobs 0 --builders "$(cat machines)" --expr \
	    'derivation { name = "x"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo >$out" ]; }'
	[ "$status" -ne 0 ]
	[[ $output == *"cannot build on 'ssh-ng://builder@wrapix-builder'"* ]] || fail "$output"
}

@test "modules: the machines line and ssh's settings are those of wx-builder" {
	local d=$HOME/.local/share/wrapix/builder-keys/default k
	for k in nix shell host host.next; do wx-keygen -C "$k" -o "$d/$k" >/dev/null; done
	chmod 700 "${d%/*}"
	echo 2222 >"$d/port"
	value "(lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.nixosModules.default { programs.wrapix = {
	    enable = true;
	    builder = { enable = true; keyDirectory = \"$d\"; publicHostKeys = [ \"$(cat "$d/host.pub")\" \"$(cat "$d/host.next.pub")\" ]; };
	  }; } ]; }).config.environment.etc" >etc
	jq -j '.["nix/machines"].text' etc | diff - <(wx-builder machine -J 4 -s x86_64-linux)
	# Where the pinned key stands differs: here it is known_hosts of the system; and what builders.nix says.
	diff <(jq -j '.["ssh/ssh_config"].text' etc | sed '/^Host \*$/,$d' | grep -v KnownHostsFile) <(wx-builder config -S | grep -v -e KnownHostsFile -e GSSAPI -e Control)
}

@test "the builder's sshd_config and nix.conf are those of wrapix-builder-image" {
	local f there=$WX_TREE/scripts/wrapix-builder-image text
	text=$(awk '/^  hereDocument =$/ { on = 1 } on { print } on && /removePrefix/ { exit }' "$WX_TREE/nix/builder-image.nix" | sed "s,\.\./scripts,$WX_TREE/scripts,")
	for f in ssh/sshd_config nix/nix.conf; do
		grep -q "(\?hereDocument \"/etc/$f\"" "$WX_TREE/nix/builder-image.nix"
		value "let $text in hereDocument \"/etc/$f\"" | jq -r . >got
		diff <(sed -n "\\,etc/$f\" <<-'END'\$,,/^\tEND\$/p" "$there" | sed '1d;$d;s/^\t//') <(sed '${/^$/d}' got) || fail "$f"
	done
}

@test "modules: several builders, each with its line, its place in ssh's settings and its key" {
	value "$(modules) {
	  ssh = (lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.nixosModules.default set user fleet ]; }).config.environment.etc.\"ssh/ssh_config\".text;
	  nixos = (lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.nixosModules.default set user fleet ]; }).config.environment.etc.\"nix/machines\".text;
	  darwin = (lib.darwinSystem { system = \"x86_64-darwin\"; modules = [ flake.darwinModules.default set user fleet ]; }).config.environment.etc.\"nix/machines\".text;
	  hm = (lib.homeManagerConfiguration { inherit pkgs; modules = [ flake.homeModules.default set fleet ]; }).config.xdg.configFile.\"wrapix/machines\".text;
	  known = (lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.nixosModules.default set user fleet ]; }).config.environment.etc.\"ssh/ssh_known_hosts\".text;
	}" >all
	for f in ssh nixos darwin hm known; do jq -j ".$f" all >"$f"; done
	[ "$(wc -l <nixos)" -eq 3 ]
	grep -q '^ssh-ng://builder@wrapix-builder-big x86_64-linux .*/big/nix 8 4 kvm,big-parallel big-parallel c3No' nixos || fail "$(cat nixos)"
	grep -q '^ssh-ng://builder@wrapix-builder-arm aarch64-linux .*/arm/nix 4 1 benchmark,big-parallel - c3No' nixos
	diff nixos darwin
	diff <(sed 's|/[^ ]*/builder-keys|KEYS|' nixos) <(sed 's|/[^ ]*/builder-keys|KEYS|' hm)
	for b in :2222 -big:2223 -arm:2224; do
		ssh -G -F ssh "wrapix-builder${b%:*}" | grep -qx "port ${b#*:}"
		ssh-keygen -F "wrapix-builder${b%:*}" -f known >/dev/null
	done
	# Nix tries each machine for what it takes.
	run timeout 60 nix build --no-link --impure --max-jobs 0 --builders "$(grep -e -big nixos)" --expr \
	    'derivation { name = "x"; system = "x86_64-linux"; requiredSystemFeatures = [ "big-parallel" "kvm" ]; builder = "/bin/sh"; args = [ "-c" "echo >$out" ]; }'
	[[ $output == *"cannot build on 'ssh-ng://builder@wrapix-builder-big'"* ]] || fail "$output"
	run nix-instantiate --eval -E "$(words_of "$(modules) (lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.nixosModules.default set user fleet { programs.wrapix.builders.arm.port = lib.mkForce 2223; } ]; }).config.system.build.toplevel")"
	[[ $status -ne 0 && $output == *"two have one hostName, or one port"* ]] || fail "$output"
}

@test "modules: text that is merged after ours is for all hosts, and never ours" {
	value "$(modules) {
	  nixos = (lib.nixosSystem { system = \"x86_64-linux\"; modules = [ { programs.ssh.extraConfig = \"Port 77\nUser mallory\"; } flake.nixosModules.default set user
	    { programs.ssh.extraConfig = \"ServerAliveInterval 55\"; } ]; }).config.environment.etc.\"ssh/ssh_config\".text;
	}" >all
	jq -j .nixos all >ssh
	ssh -G -F ssh other.example | grep -qx 'port 77'
	ssh -G -F ssh other.example | grep -qx 'serveraliveinterval 55'
	ssh -G -F ssh wrapix-builder | grep -qx 'port 2222'
	ssh -G -F ssh wrapix-builder | grep -qx 'user builder'
}

@test "modules: imported twice is once, of the wrong kind is an error, and a default is not a decision" {
	value "$(modules) {
	  twice = (lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.nixosModules.default { imports = [ flake.nixosModules.default ]; } set user ]; }).config.nix.buildMachines == nixos.config.nix.buildMachines;
	  home = (lib.homeManagerConfiguration { inherit pkgs; modules = [ flake.homeModules.default { imports = [ flake.homeModules.default ]; } set ]; }).config.xdg.configFile ? \"wrapix/machines\";
	  darwin = (lib.darwinSystem { system = \"x86_64-darwin\"; modules = [ flake.darwinModules.default flake.darwinModules.default set user ]; }).config.nix.distributedBuilds;
	  own = (lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.nixosModules.default set user { nix.distributedBuilds = false; nix.settings.builders-use-substitutes = false; } ]; }).config.nix;
	}" >all
	[ "$(jq -c '[.twice, .home, .darwin, .own.distributedBuilds, .own.settings["builders-use-substitutes"]]' all)" = '[true,true,true,false,false]' ] || fail "$(cat all)"
	run nix-instantiate --eval -E "$(words_of "(lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.homeModules.default ]; }).config.system.build.toplevel")"
	[[ $status -ne 0 && $output == *'home-manager.nix'*'cannot be imported'* ]] || fail "$output"
}

@test "modules: two definitions of a profile add up, and no Nix path gets into one" {
	value "let more = { programs.wrapix.profiles.mine = { env.B = 2; hide = [ \"b\" ]; protect = [ \"q\" ]; mounts = [ { source = \"/b\"; } ]; }; };
	    less = { programs.wrapix.profiles.mine = { env.A = \"1\"; hide = [ \"a\" ]; protect = [ \"p\" ]; mounts = [ { source = \"/a\"; mode = \"rw\"; } ]; network_parent = null; }; };
	    c = (lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.nixosModules.default less more ]; }).config.programs.wrapix.profiles.mine;
	  in (import $tree/nix/options/settings.nix { inherit lib; }).ofOptions c" | jq -cS . >is
	[ "$(cat is)" = '{"env":{"A":"1","B":"2"},"hide":["a","b"],"mounts":[{"mode":"rw","source":"/a"},{"source":"/b"}],"network_parent":null,"protect":["p","q"]}' ] || fail "$(cat is)"
	echo MADEUP >token
	for p in "mounts = [ { source = $PWD/token; } ]" "hide = [ $PWD/token ]" "env.X = $PWD/token" "agent.seed.\"~/.claude/x.json\".k.l = [ $PWD/token ]" \
	    "network_names = [ { host = $PWD/token; } ]" "image = $PWD/token"; do
		for e in "(lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.nixosModules.default { programs.wrapix = { enable = true; user = \"me\"; profiles.mine = { $p; }; }; } ]; }).config.system.userActivationScripts.wrapix.text" \
		    "builtins.toJSON (flake.lib.deriveProfile (flake.lib.profiles { inherit pkgs; }).base { settings = { $p; }; }).settings" \
		    "(mk { inherit pkgs; settings = { $p; }; }).drvPath"; do
			run nix-instantiate --eval --strict -E "$(words_of "$e")"
			[[ $status -ne 0 && $output == *'not of type'* ]] || fail "$p in $e: $output"
		done
	done
	run ! ls -d "$NIX_STORE_DIR"/*-token
}

@test "modules: what would do nothing in silence is an assertion" {
	nothing() {
		run nix-instantiate --eval --strict -E "$(words_of "$(modules) $1")"
		[[ $status -ne 0 && $output == *"$2"* ]] || fail "$1: $output"
	}
	nothing "(lib.darwinSystem { system = \"x86_64-darwin\"; modules = [ flake.darwinModules.default set user { nix.enable = false; } ]; }).config.system.build.toplevel" 'nix.enable is off'
	nothing "(lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.nixosModules.default set user { nix.enable = false; } ]; }).config.system.build.toplevel" 'nix.enable is off'
	nothing "(lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.nixosModules.default set user { programs.wrapix.tokens.\"../x\" = \"/run/x\"; } ]; }).config.system.build.toplevel" "a name is of letters"
	nothing "let h = lib.homeManagerConfiguration { inherit pkgs; modules = [ flake.homeModules.default set { programs.ssh.enable = false; } ]; };
	    in throw (lib.concatMapStrings (a: a.message) (lib.filter (a: !a.assertion) h.config.assertions))" 'programs.ssh.enable is off'
	# Of these nothing is said, and none fails.
	[ "$(value "$(modules) map (a: a.message) (lib.filter (a: !a.assertion) (home.config.assertions ++ nixos.config.assertions ++ darwin.config.assertions))")" = '[]' ]
	# No key is no builder whose key is not looked at.
	nothing "(lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.nixosModules.default { programs.wrapix = { enable = true; builder = { enable = true; keyDirectory = \"/k\"; }; }; } ]; }).config.environment.etc.\"nix/machines\".text" 'publicHostKeys'
}

@test "modules: the links come, change, and go with what made them; the user's own files stay" {
	script() {
		local drv
		nix build --impure --out-link "$1" --expr "$(words_of "$(modules) (import $tree/nix/modules/common.nix { inherit lib pkgs; w = w; }).linkScript (lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.nixosModules.default { programs.wrapix = { enable = true; user = \"me\"; $2 }; } ]; }).config.programs.wrapix")" 2>said || fail "$(cat said)"
	}
	script one 'profiles = { mine.network = "none"; other.memory = "2G"; }; tokens = { T = "/run/agenix/npm token"; };'
	script two 'profiles.mine.network = "open";'
	c=$HOME/.config/wrapix
	./one
	[ "$(cat "$c/profiles/mine.json")" = '{"network":"none"}' ]
	[ "$(readlink "$c/T")" = "/run/agenix/npm token" ]
	[ "$(stat -c %a "$c" "$c/profiles" | sort -u)" = 700 ]
	# What the user has put there himself, in their place too.
	echo '{}' >"$c/profiles/own.json"
	ln -sfn /elsewhere "$c/T"
	./two
	[ "$(cat "$c/profiles/mine.json")" = '{"network":"open"}' ]
	[ ! -L "$c/profiles/other.json" ]
	[ "$(readlink "$c/T")" = /elsewhere ]
	[ -f "$c/profiles/own.json" ]
	rm "$c/profiles/mine.json"
	echo mine >"$c/profiles/mine.json"
	run ./one
	[[ $status -eq 0 && $output == *"mine.json' is a file of its own"* ]] || fail "$output"
	[ "$(cat "$c/profiles/mine.json")" = mine ]
	script none ''
	./none
	[ "$(ls -A "$c" "$c/profiles" | tr '\n' ' ')" = "$c: .nix-links profiles  $c/profiles: mine.json own.json " ] || fail "$(ls -A "$c" "$c/profiles")"
}

@test "modules: nothing when not enabled, and no timer when not wanted" {
	value "$(modules 'keyAge.enable = false;') {
	  off = (lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.nixosModules.default ]; }).config.environment.systemPackages;
	  units = nixos.config.systemd.user.units;
	  agents = darwin.config.launchd.user.agents;
	  hm = home.config.systemd.user.timers;
	  mac = homeMac.config.launchd.agents;
	}" >all
	[ "$(jq -c . all)" = '{"agents":{},"hm":{},"mac":{},"off":[],"units":{}}' ]
}

@test "modules: a secret in the store, or a wrong value, is an error that names the option" {
	local o
	m() {
		local rc=0 out
		out=$(nix-instantiate --eval --strict -E "$(words_of "$(modules "$4") builtins.deepSeq $1.config.programs.wrapix 0")" 2>&1) || rc=$?
		[ "$rc" -ne 0 ] || fail "taken: $4"
		grep -qF -- "option \`programs.wrapix.$2" <<<"$out" || fail "programs.wrapix.$2 is not named: $out"
		grep -qF -- "$3" <<<"$out" || fail "'$3' is not said: $out"
	}
	for o in nixos darwin home; do
		m "$o" tokens.X 'not in the Nix store' 'tokens.X = "${pkgs.writeText "token" "MADEUP"}";'
		m "$o" tokens.X 'absolute path as a string' 'tokens.X = ./token;'
		m "$o" builder.keyDirectory 'not in the Nix store' 'builder.keyDirectory = lib.mkForce "/nix/store/x-keys";'
	done
	m nixos tokens.X 'absolute path' 'tokens.X = "sk-ant-oat01-MADEUP";'
	m nixos builder.publicHostKeys 'ssh-ed25519' 'builder.publicHostKeys = lib.mkForce [ ];'
	m nixos builder.publicHostKeys 'ssh-ed25519' 'builder.publicHostKeys = [ "-----BEGIN OPENSSH PRIVATE KEY-----" ];'
	m nixos builder.port '16 bit' 'builder.port = 70000;'
	m nixos builder.hostName 'letters' 'builder.hostName = "a b";'
	m nixos keyAge.maxAge 'positive' 'keyAge.maxAge = 0;'
	m nixos bulder "does not exist" 'bulder.enable = true;'
	run nix-instantiate --eval -E "$(words_of "$(modules) (lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.nixosModules.default set { programs.wrapix.builder.keyDirectory = \"/k\"; } ]; }).config.system.build.toplevel")"
	[[ $status -ne 0 && $output == *"programs.wrapix.user: is needed"* ]] || fail "$output"
	run nix-instantiate --eval --strict -E "$(words_of "$(modules) (lib.nixosSystem { system = \"x86_64-linux\"; modules = [ flake.nixosModules.default set ]; }).config.nix.buildMachines")"
	[[ $output == *'programs.wrapix.builder.keyDirectory'* ]] || fail "$output"
}

# --- the documents

# flake_of FILE WORDS: the flake in a document that has WORDS in it, in ./u.
flake_of() {
	mkdir -p u
	awk -v words="$2" '
	    /^ *\{$/ && !on { on = 1; text = ""; match($0, /^ */); indent = substr($0, 1, RLENGTH) }
	    on { text = text substr($0, length(indent) + 1) "\n" }
	    on && $0 == indent "}" { on = 0; if (index(text, words)) printf "%s", text }' "$1" >u/flake.nix
	[ -s u/flake.nix ] || fail "no flake with $2 in $1"
}

# of_user COMMAND...: on that flake, whose input is ours, whose input is the stub.
of_user() {
	local a args=()
	for a; do args+=("${a/#./path:$PWD/u}"); done
	nix "${args[@]}" 2>"$BATS_TEST_TMPDIR/said" || {
		cat "$BATS_TEST_TMPDIR/said" >&2
		return 1
	}
}

@test "README: the flake.nix evaluates as it stands, builds, and runs the sandbox that it says" {
	flake_of "$WX_TREE/README.md" 'pkgs.sqlite'
	of_user build --no-write-lock-file --override-input wrapix "path:$tree" --override-input wrapix/nixpkgs "path:$stub" . --out-link box
	project
	mkdir -p ~/.cache/models
	run -0 --separate-stderr box/bin/wrapix -n none --no-token p -- sh -c 'command -v sqlite3; command -v cargo; echo "$RUST_BACKTRACE"; grep memory: /run/wrapix/policy; ls -d ~/.cache/models'
	[[ ${lines[0]} == "$NIX_STORE_DIR"/*-sqlite-1/bin/sqlite3 && ${lines[1]} == "$NIX_STORE_DIR"/*-cargo-1/bin/cargo ]] || fail "$output"
	[ "${lines[2]}" = 1 ]
	[ "${lines[4]}" = "$HOME/.cache/models" ]
	[[ ${lines[3]} == *" 6144 MiB"* ]] || fail "memory: ${lines[3]}"
}

@test "wrapix-nix(7): its flake and its module evaluate as they stand" {
	flake_of "$WX_TREE/man/wrapix-nix.7" 'name = "docs"'
	of_user eval --no-write-lock-file --override-input wrapix "path:$tree" --override-input wrapix/nixpkgs "path:$stub" \
	    --json '.#packages.x86_64-linux.default.settings' >settings
	[ "$(jq -c '[.agent.command, .engine, .hide, .network, .tmp_size]' settings)" = \
	    '[["make","check"],"podman",[".env*"],"none","256M"]' ]
	flake_of "$WX_TREE/man/wrapix-nix.7" 'nixosModules'
	value "let wrapix = flake; in (lib.nixosSystem { system = \"x86_64-linux\"; modules = [ ($(cat u/flake.nix)) ]; }).config.environment.etc.\"nix/machines\".text" |
	    grep -q 'ssh-ng://builder@wrapix-builder x86_64-linux /home/me/'
}

# listed WORD: between '.\" list: WORD' and '.\" end', each item and its default.
listed() {
	sed -n "/^\.\\\\\" list: $1\$/,/^\.\\\\\" end\$/s/^\.It Li //p" "$WX_TREE/man/wrapix-nix.7" | sed 's/ Li / /' | sort
}

@test "wrapix-nix(7) has each key of mkSandbox with its default, and no other" {
	# Those that Nix knows, with the defaults of the source.
	value 'lib.attrNames (lib.functionArgs w.mkSandbox)' | jq -r '.[]' | sort >names
	sed -n 's/^  \([A-Za-z]*\) ? \(.*\),$/\1 \2/p' "$WX_TREE/nix/mk-sandbox.nix" | sed 's/\[ \]/[]/; s/{ }/{}/; s/"//g' | sort >defaults
	cut -d' ' -f1 defaults | diff names -
	listed mkSandbox | diff - defaults
}

@test "wrapix-nix(7) has the options of each module, as nixosOptionsDoc has them" {
	# That the whole is as it is made, types and examples too, nix flake check looks at.
	value 'let
	    names = m: lib.filter (lib.hasPrefix "programs.wrapix.") (map (o: o.name) (lib.optionAttrSetToDocList m.options));
	    nixos = lib.nixosSystem { system = "x86_64-linux"; modules = [ flake.nixosModules.default ]; };
	    darwin = lib.darwinSystem { system = "aarch64-darwin"; modules = [ flake.darwinModules.default ]; };
	    home = lib.homeManagerConfiguration { inherit pkgs; modules = [ flake.homeModules.default ]; };
	  in lib.mapAttrs (_: names) { inherit nixos darwin home; }' >all
	listed options | sed 's/^"\([^"]*\)".*/\1/; s/ .*//' | sort >page
	[ "$(wc -l <page)" -ge 60 ]
	for m in nixos darwin home; do jq -r ".$m[]" all | sed 's/^programs.wrapix.//' | sort >"$m.is"; done
	diff page nixos.is
	diff page darwin.is
	grep -vx user page | diff - home.is
	run ! grep -n 'description = null' "$WX_TREE"/nix/modules/options.nix
}

@test "the options of a profile are the keys of wx-run, those of an agent too" {
	keys() {
		grep -rhoE "^	\\{ \"[a-z_]+\", [a-z_]+, $1\\(" "$WX_TREE/cmd/wx-run" | cut -d'"' -f2 | sort
	}
	value 'lib.mapAttrs (_: lib.attrNames) (let o = (lib.evalModules { modules = [ '"$tree"'/nix/options/profile.nix ]; }).options; in
	    { all = removeAttrs o [ "_module" ]; agent = removeAttrs (o.agent.type.getSubOptions [ ]) [ "_module" ]; })' >all
	keys AT >is
	[ "$(wc -l <is)" -ge 29 ]
	jq -r '.all[]' all | sort | diff is -
	keys AGENT >is
	[ "$(wc -l <is)" -ge 13 ]
	jq -r '.agent[]' all | sort | diff is -
}
