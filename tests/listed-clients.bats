# SPDX-License-Identifier: MIT
# sanitizers: no, waits for helpers
# takes: 60 s
# The clients that people use, in the network "listed", with no proxy variable: each reaches a host that is listed, and
# says of one that is not what it says of a refusal. Small registries of their own stand out there (tests/lib/listed-world).
# A certificate's authority is given by the client's own variable, for it is made up.
load lib/helper
load lib/run
load lib/listed

setup_file() {
	certificates "$BATS_FILE_TMPDIR"
}

local_setup() {
	listed_setup
	mkdir -p "$WORLD/www"
}

teardown() {
	[ ! -e "$WORLD/pg/postmaster.pid" ] || kill -QUIT "$(head -n 1 "$WORLD/pg/postmaster.pid")" 2>/dev/null || :
	listed_teardown
}

# have PROGRAM: in /usr, where the sandbox has it; else the test is skipped, and says so.
have() {
	PATH=/usr/bin:/bin:$PATH
	[ -x "/usr/bin/$1" ] && return
	echo "# NO $1: its test is skipped" >&3
	skip "no $1 in /usr/bin"
}

# listed SCRIPT: in the sandbox, with one.example listed and two.example not; both outputs in $output.
listed() {
	world
	run there wx-run -a one.example:443,80 -v CA="$PWD/ca.pem" -- bash -c "$1" "$MARK" 3>&-
}

# said WORDS: a line of the output has them.
said() {
	grep -qE -- "$1" <<<"$output" || fail "no '$1' in: $output"
}

# Of two.example nothing got out.
refused_outside() {
	said '^wx-run: network: refused two\.example:'
	run ! grep -q two.example <(requests)
}

@test "1: node fetch, which takes no proxy variable" {
	have node
	listed 'export NODE_EXTRA_CA_CERTS=$CA
	    node -e "fetch(\"https://one.example/hello\").then(r => console.log(r.status), e => console.log(e))"
	    node -e "fetch(\"https://two.example/\").catch(e => console.log(e.cause.code))"'
	said '^404$'
	said '^ERR_SSL_TLSV1_ALERT_ACCESS_DENIED$'
	[ "$(requests)" = "one.example /hello" ] || fail "$(requests)"
}

@test "npm install: from a registry that is listed; from another it says that the alert is access denied" {
	have npm
	mkdir -p pkg/package "$WORLD/www/tiny/-"
	echo '{"name": "tiny", "version": "1.0.0", "main": "index.js"}' >pkg/package/package.json
	echo 'module.exports = "tiny"' >pkg/package/index.js
	tar -C pkg -czf "$WORLD/www/tiny/-/tiny-1.0.0.tgz" package
	rm -r pkg
	sum=$(openssl dgst -sha512 -binary "$WORLD/www/tiny/-/tiny-1.0.0.tgz" | base64 -w0)
	mkdir "$WORLD/www/npm"
	jq -n --arg i "sha512-$sum" '{name: "tiny", "dist-tags": {latest: "1.0.0"}, versions: {"1.0.0": {name: "tiny", version: "1.0.0",
	    dist: {tarball: "https://one.example/tiny/-/tiny-1.0.0.tgz", integrity: $i}}}}' >"$WORLD/www/npm/tiny"
	listed 'export npm_config_cafile=$CA npm_config_update_notifier=false npm_config_fetch_retries=0
	    echo "{}" >package.json; npm install --no-audit --no-fund --registry https://one.example/npm tiny; node -p "require(\"tiny\")"
	    npm install --no-audit --no-fund --registry https://two.example/npm other'
	said '^tiny$'
	said 'alert access denied|ACCESS_DENIED'
	refused_outside
}

@test "pip: from an index that is listed; of another it says nothing of use, so the words after the run do" {
	/usr/bin/python3 -m pip --version >/dev/null 2>&1 || have pip3
	mkdir -p w/tiny "$WORLD/www/simple/tiny"
	(cd w && echo 'word = "tiny"' >tiny/__init__.py && mkdir tiny-1.0.dist-info && cd tiny-1.0.dist-info &&
	    printf 'Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n' >METADATA &&
	    printf 'Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n' >WHEEL && : >RECORD)
	(cd w && python3 -m zipfile -c "$WORLD/www/simple/tiny-1.0-py3-none-any.whl" tiny tiny-1.0.dist-info)
	rm -r w
	echo '<!DOCTYPE html><a href="/simple/tiny-1.0-py3-none-any.whl">tiny-1.0-py3-none-any.whl</a>' >"$WORLD/www/simple/tiny/index.html"
	listed 'export PIP_CERT=$CA PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_RETRIES=0 PIP_NO_INPUT=1; pip="/usr/bin/python3 -m pip"
	    $pip install -q --target here --index-url https://one.example/simple/ tiny; PYTHONPATH=here python3 -c "import tiny; print(tiny.word)"
	    $pip install -q --target here --index-url https://two.example/simple/ other'
	said '^tiny$'
	said 'No matching distribution found'
	said '^wx-run: network: refused two.example:443 [0-9]+ times? \(not-listed\); to allow it: -a two.example'
}

@test "go: from a module proxy that is listed; of another it says tls: access denied" {
	have go
	mkdir -p m/made.example/tiny@v1.0.0 "$WORLD/www/go/made.example/tiny/@v"
	printf 'module made.example/tiny\n' | tee m/made.example/tiny@v1.0.0/go.mod >"$WORLD/www/go/made.example/tiny/@v/v1.0.0.mod"
	printf 'package tiny\nconst Word = "tiny"\n' >m/made.example/tiny@v1.0.0/tiny.go
	python3 -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1], "w"); [z.write("m/" + name, name) for name in sys.argv[2:]]; z.close()' \
	    "$WORLD/www/go/made.example/tiny/@v/v1.0.0.zip" made.example/tiny@v1.0.0/go.mod made.example/tiny@v1.0.0/tiny.go
	rm -r m
	echo '{"Version": "v1.0.0", "Time": "2026-01-01T00:00:00Z"}' >"$WORLD/www/go/made.example/tiny/@v/v1.0.0.info"
	echo v1.0.0 >"$WORLD/www/go/made.example/tiny/@v/list"
	printf 'module me\ngo 1.19\nrequire made.example/tiny v1.0.0\n' >go.mod
	printf 'package main\nimport "made.example/tiny"\nfunc main() { println(tiny.Word) }\n' >main.go
	listed 'export SSL_CERT_FILE=$CA GONOSUMDB=* GONOSUMCHECK=1 GOFLAGS=-mod=mod GOPATH=/tmp/go GOCACHE=/tmp/c GONOSUMDB=* GOSUMDB=off CGO_ENABLED=0
	    GOPROXY=https://one.example/go go run . ; GOPROXY=https://two.example/go go get other.example/x@v1'
	said '^tiny$'
	said 'tls: access denied'
	refused_outside
}

@test "3: java's HttpClient, which takes no proxy variable" {
	have javac
	keytool -importcert -noprompt -alias ca -file "$BATS_FILE_TMPDIR/ca.pem" -keystore trust.p12 -storetype PKCS12 -storepass made-up >/dev/null 2>&1
	cat >Get.java <<-'J'
	import java.net.URI;
	import java.net.http.*;
	public class Get {
		public static void main(String[] urls) throws Exception {
			for (String url : urls)
				try {
					System.out.print(HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString()).body());
				} catch (Exception e) {
					System.out.println(e.getMessage());
				}
		}
	}
	J
	rm -r "$WORLD/www"
	listed 'java -Djavax.net.ssl.trustStore=trust.p12 -Djavax.net.ssl.trustStorePassword=made-up Get.java https://one.example/ https://two.example/'
	said '^hello from one.example$'
	said 'Received fatal alert: access_denied'
	refused_outside
}

@test "git over https, and over the wire of a repository that is not listed" {
	git init -q --bare -b main "$WORLD/www/it.git"
	git clone -q "$WORLD/www/it.git" c 2>/dev/null
	git -C c -c user.name=T -c user.email=t@example.org commit -q --allow-empty -m word
	git -C c push -q origin HEAD:main
	rm -rf c
	git -C "$WORLD/www/it.git" update-server-info
	listed 'export GIT_SSL_CAINFO=$CA; git clone -q https://one.example/it.git got; git -C got log --format=%s; git clone -q https://two.example/it.git not'
	said '^word$'
	said 'Access was denied|access denied'
	refused_outside
}

@test "apt-get update over plain http: a listed host answers, of another the line is 403 and says why" {
	have apt-get
	mkdir -p "$WORLD/www/deb"
	printf 'Package: tiny\nVersion: 1\nArchitecture: all\nMaintainer: T <t@example.org>\nFilename: ./tiny.deb\nSize: 0\nDescription: tiny\n' >"$WORLD/www/deb/Packages"
	listed 'mkdir -p a/state/lists/partial a/cache/archives/partial a/etc
	    apt() { echo "deb [trusted=yes] $1 ./" >a/etc/list; "$2" -o Dir::State=$PWD/a/state -o Dir::Cache=$PWD/a/cache -o Dir::Etc::sourcelist=$PWD/a/etc/list \
	        -o Dir::Etc::sourceparts=- -o Dir::Etc::trustedparts=- -o APT::Sandbox::User= -o Acquire::Retries=0 -o Debug::NoLocking=1 "${@:3}"; }
	    apt http://one.example/deb apt-get -q update; apt http://one.example/deb apt-cache -o Dir::State::status=/dev/null show tiny; apt http://two.example/deb apt-get -q update'
	said '^Package: tiny$'
	said '403 +wrapix: two.example:80'
	refused_outside
}

@test "wget and busybox's" {
	have wget
	rm -r "$WORLD/www"
	listed 'wget -q -O - --ca-certificate=$CA https://one.example/; wget -O - --ca-certificate=$CA https://two.example/
	    ! command -v busybox >/dev/null || { busybox wget -q -O - http://one.example/b; busybox wget -O - http://two.example/; }'
	said '^hello from one.example$'
	said 'Unable to establish SSL connection|Access was denied|access denied'
	[ ! -x /usr/bin/busybox ] || said '403 wrapix: two.example:80'
	refused_outside
}

@test "7: psql to a PostgreSQL of the host's loopback, by network_forward" {
	have psql
	local bin
	bin=$(find /usr/lib/postgresql -name initdb -printf '%h' -quit 2>/dev/null)
	[ -n "$bin" ] || skip "no PostgreSQL server here"
	"$bin/initdb" -D "$WORLD/pg" -A trust -U "$(id -un)" >/dev/null
	world
	there "$bin/postgres" -D "$WORLD/pg" -h 127.0.0.1 -p 5433 -k '' >"$WORLD/pg.log" 2>&1 3>&- 9>&- &
	until_true grep -q "ready to accept" "$WORLD/pg.log"
	echo '{"network": "listed", "network_forward": [{"port": 5432, "to": "127.0.0.1:5433"}]}' >"$HOME/prof"
	run -0 there wx-run -p "$HOME/prof" -- sh -c 'psql -h 127.0.0.1 -At -c "select 6 * 7" postgres'
	kill -QUIT "$(head -n 1 "$WORLD/pg/postmaster.pid")"
	[ "$output" = 42 ] || fail "$output"
}
