# SPDX-License-Identifier: MIT
# sanitizers: no, of pages
# What the shells complete, made from the pages: that they take it, and that it is all of
# a tool's options.
load lib/helper

local_setup() {
	mkdir got
	for t in $WX_TOOLS $WX_SCRIPTS; do
		other=
		[ "$t" != wrapix ] || other=$WX_TREE/man/wx-run.1
		for s in bash zsh fish; do
			awk -v shell=$s -v name="$t" -f "$WX_TREE/man/completions.awk" "$WX_TREE/man/$t.1" $other >"got/$t.$s"
		done
	done
}

# complete_bash TOOL WORD...: what bash offers for the last word, one a line.
complete_bash() {
	bash -c '. "got/$1.bash"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "_${1//-/_}"; printf "%s\n" "${COMPREPLY[@]}"' - "$@"
}

@test "bash: all options of a tool's table, its words for network and engine, nothing behind --" {
	for t in $WX_TOOLS; do
		table=$(sed -n '/^static const struct \(args_\)*option/,/^};/s/^	{ [^"]*"\([a-z-]*\)", .*/--\1/p' $(find "$WX_TREE/cmd/$t" -name "*.c") | sort)
		[ "$(complete_bash "$t" - | grep '^--' | sort)" = "$table" ] || fail "$t: $(complete_bash "$t" -)"
	done
	[ "$(complete_bash wx-run -n '' | xargs)" = "open none listed host" ]
	[ "$(complete_bash wx-run --engine p)" = podman ]
	[ -z "$(complete_bash wx-run -- cat -)" ]
	[ -z "$(complete_bash wx-run -p '')" ]
}

@test "bash: wrapix has its own options, and those of wx-run that it takes" {
	complete_bash wrapix - >all
	for o in --token-file --status -n --network --protect -q; do grep -qx -- "$o" all || fail "no $o"; done
	for o in --env-fd -E --print-plan --supervised -k; do ! grep -qx -- "$o" all || fail "$o"; done
}

@test "zsh and fish take each of them, and offer its options" {
	command -v zsh >/dev/null && command -v fish >/dev/null || skip "no zsh or no fish"
	for t in $WX_TOOLS $WX_SCRIPTS; do
		zsh -n "got/$t.zsh"
		fish -n "got/$t.fish"
		fish --no-config -c "source got/$t.fish; complete -C '$t --'" | cut -f 1 >all
		[ "$(grep -c '^--' all)" -ge 2 ] || fail "$t: $(cat all)"
		[ "$(sort all | xargs)" = "$(complete_bash "$t" - | grep '^--' | sort | xargs)" ] || fail "$t: $(cat all)"
	done
	[ "$(fish --no-config -c "source got/wx-run.fish; complete -C 'wx-run -e p'" | cut -f 1)" = podman ]
}

@test "make install puts them where the shells look, and make uninstall takes them away" {
	[ -z "$WX_SAN" ] || skip
	cp -r "$WX_TREE/man" "$WX_TREE/scripts" "$WX_TREE/nix" "$WX_TREE/Makefile" .
	mkdir cmd libcommon
	make -s TOOLS= PREFIX="$PWD/p" install >/dev/null
	cmp got/wx-run.bash p/share/bash-completion/completions/wx-run
	cmp got/wrapix.zsh p/share/zsh/site-functions/_wrapix
	cmp got/wx-keygen.fish p/share/fish/vendor_completions.d/wx-keygen.fish
	[ ! -e p/share/bash-completion/completions/install-deps ]
	make -s TOOLS= PREFIX="$PWD/p" uninstall
	[ -z "$(find p -type f)" ] || fail "$(find p -type f)"
}
