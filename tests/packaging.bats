# SPDX-License-Identifier: MIT
# sanitizers: no, of packages
# takes: 60 s
load lib/helper

# What a release is made by, scripts/packaging, on a copy of the tree that is a repository of the test's own.
tree() {
	mkdir t
	tar -C "$WX_TREE" --exclude=./build --exclude=./.git -c . | tar -C t -x
	git init -q t
	git -C t -c user.name=A -c user.email=a@example.invalid add -A
	GIT_COMMITTER_DATE='2026-11-30T12:00:00Z' git -C t -c user.name=A -c user.email=a@example.invalid commit -qm one
}

@test "wx-run -V: the commit and the libraries below the version" {
	[ -e "$WX_TREE/.git" ] || skip "not a repository"
	wx-run -V >out
	grep -qE '^commit ([0-9a-f]{40}(-dirty)?|unknown)$' out
	[ "$(grep -c '^lib[a-z]* [0-9]' out)" -eq 2 ] || fail "$(cat out)"
	[ "$(sed -n 's/^libcjson //p' out)" = "$(pkg-config --modversion libcjson)" ]
}

@test "make dist: the same bytes twice, from the tarball's own tree too, nobody's files, one time" {
	tree
	[ "$(t/scripts/packaging/dist "$PWD/1")" = "$PWD/1/wrapix-$(t/scripts/packaging/about version).tar.gz" ]
	touch -d yesterday t/Makefile
	(umask 077 && t/scripts/packaging/dist 2 >/dev/null)
	cmp 1/*.tar.gz 2/*.tar.gz
	tar -xf 1/*.tar.gz
	wrapix-*/scripts/packaging/dist 3 >/dev/null
	cmp 1/*.tar.gz 3/*.tar.gz
	[ "$(tar --numeric-owner -tvf 1/*.tar.gz | awk '{ print $2, $4 }' | sort -u)" = "0/0 2026-11-30" ]
	[ "$(wrapix-*/scripts/packaging/about commit)" = "$(git -C t rev-parse HEAD)" ]
	diff -r --exclude=.git --exclude=RELEASE t wrapix-*
}

@test "make dist: what is not committed is left out, and said; a tarball's tree that was changed is refused" {
	tree
	echo more >t/not-committed
	t/scripts/packaging/dist 1 2>err >/dev/null
	grep -q 'not committed is left out' err
	[ -z "$(tar -tf 1/*.tar.gz | grep '/not-committed$')" ]
	tar -xf 1/*.tar.gz
	echo more >>"$(echo wrapix-*)/README.md"
	run -1 wrapix-*/scripts/packaging/dist 2
	[[ $output == *README.md* ]]
	[ ! -e 2/*.tar.gz ]
}

@test "make dist KEY=: a signature that ssh-keygen verifies, and of a changed file does not" {
	tree
	ssh-keygen -q -t ed25519 -N '' -f key
	t/scripts/packaging/dist 1 "$PWD/key" >/dev/null
	printf 'release %s\n' "$(cat key.pub)" >allowed
	f=$(echo 1/*.tar.gz)
	ssh-keygen -Y verify -f allowed -I release -n wrapix-release -s "$f.sig" <"$f"
	echo >>"$f"
	run ! ssh-keygen -Y verify -f allowed -I release -n wrapix-release -s "$f.sig" <"$f"
}

@test "two builds in two folders give the same bytes" {
	tree
	cp -r t another
	export TOOLS="wx-origin wx-token-env"
	make -s -C t -j 2 all >/dev/null
	make -s -C another -j 2 BUILD="$PWD/b" all >/dev/null
	for p in $TOOLS; do
		cmp "t/build/$p" "b/$p"
	done
}

@test "the SBOM: SPDX 2.3, a package for each tool and each library of PKGS, and what needs what" {
	"$WX_TREE/scripts/packaging/sbom" >s
	jq -e '.spdxVersion == "SPDX-2.3" and .dataLicense == "CC0-1.0" and .SPDXID == "SPDXRef-DOCUMENT" and
	    (.documentNamespace | startswith("https://")) and (.creationInfo.created | fromdate) >= 0' s
	jq -e '[.packages[] | .name, .SPDXID, .versionInfo, .downloadLocation, .licenseConcluded, .copyrightText] | all(type == "string" and . != "")' s
	want=$(printf '%s\n' wrapix $WX_TOOLS $(cat "$WX_TREE"/cmd/*/PKGS) | sort -u)
	[ "$(jq -r '.packages[].name' s | sort)" = "$want" ] || fail "$(jq -r '.packages[].name' s)"
	# Each end of a relationship is there, and each library has one that needs it.
	jq -e '([.packages[].SPDXID] + ["SPDXRef-DOCUMENT"]) as $all | .relationships |
	    all((.spdxElementId | IN($all[])) and (.relatedSpdxElement | IN($all[])))' s
	jq -e '[.packages[] | select(.primaryPackagePurpose == "LIBRARY").versionInfo] | all(. != "unknown")' s
	[ "$(jq -r '.relationships[] | select(.spdxElementId == "SPDXRef-wx-egress").relatedSpdxElement' s | sort | xargs)" = "SPDXRef-libcjson SPDXRef-libpsl" ]
	"$WX_TREE/scripts/packaging/sbom" | cmp - s
}

@test "recipes: the hash is the tarball's, the words are of the languages, and the PKGBUILD builds" {
	tree
	tar=$(t/scripts/packaging/dist "$PWD/1")
	for r in brew aur alpine; do
		t/scripts/packaging/recipe $r "$tar" https://example.invalid/wrapix.tar.gz r
	done
	sum=$(sha256sum "$tar" | cut -d ' ' -f 1)
	grep -q "sha256 \"$sum\"" r/wrapix.rb
	grep -q "sha256sums=('$sum')" r/PKGBUILD
	grep -q "$(sha512sum "$tar" | cut -d ' ' -f 1)" r/APKBUILD
	! command -v ruby >/dev/null || ruby -c r/wrapix.rb
	sh -n r/APKBUILD
	run -2 t/scripts/packaging/recipe aur "$tar" "https://a'b" r
	mkdir src
	tar -C src -xf "$tar"
	(
		set -e
		export TOOLS=wx-origin pkgdir=$PWD/pkg
		. r/PKGBUILD
		cd src
		build
		package
	) >/dev/null
	[ "$(pkg/usr/bin/wx-origin -V)" = "wx-origin $(t/scripts/packaging/about version)" ]
	[ -f pkg/usr/share/man/man1/wx-origin.1 ]
}

@test "make deb: two packages, each with its own files, and lintian finds nothing" {
	command -v dh >/dev/null && command -v lintian >/dev/null || skip "no debhelper or no lintian"
	tree
	export TOOLS="wx-origin wx-builder" DEB_BUILD_OPTIONS=nocheck
	t/scripts/packaging/deb "$(t/scripts/packaging/dist "$PWD/1")" d >out 2>&1 || fail "$(cat out)"
	! grep '^[EW]: ' out || fail "lintian finds something"
	dpkg-deb -c d/wrapix_*.deb | awk '{ print $6 }' >one
	dpkg-deb -c d/wrapix-builder_*.deb | awk '{ print $6 }' >two
	grep -qx ./usr/bin/wx-origin one
	grep -qx ./usr/share/wrapix/networks/github one
	run ! grep -E 'bin/.*builder' one
	[ "$(grep '^./usr/bin/.' two | xargs)" = "./usr/bin/wrapix-builder ./usr/bin/wrapix-builder-image ./usr/bin/wx-builder" ]
	[ -z "$(grep -v '/$' one | grep -Fxf - two)" ]
	[[ $(dpkg-deb -f d/wrapix_*.deb Depends) == *bubblewrap* ]]
}
