# SPDX-License-Identifier: MIT
# sanitizers: no, compilers bring their own
# takes: 60 s
# Toolchains as a distribution has them: a small project is built and tested without a network, first outside, in a copy,
# then in the sandbox; both say the same. One that is not installed is skipped.
load lib/helper

# needs TOOL...: all are there; else the test is skipped, and says so.
needs() {
	local t
	for t; do
		command -v "$t" >/dev/null || { echo "# NO $t: its toolchain is skipped" >&3; skip "no $t"; }
	done
}

# file NAME: of the project, from stdin.
file() {
	mkdir -p "p/$(dirname "$1")"
	cat >"p/$1"
}

# same WORDS SCRIPT [OPTION...]: SCRIPT ends well in a copy outside and in the sandbox, and the last line of both is WORDS.
same() {
	cp -a p outside
	(cd outside && sh -euc "$2") >out.outside 2>&1 || fail "outside: status $?: $(cat out.outside)"
	[ "$(tail -n 1 out.outside)" = "$1" ] || fail "outside: $(cat out.outside)"
	wx-run -C p -n none "${@:3}" -- sh -euc "$2" >out.inside 2>&1 || fail "inside: status $?: $(cat out.inside)"
	[ "$(tail -n 1 out.inside)" = "$1" ] || fail "inside: $(cat out.inside)"
}

c_project() {
	echo 'int add(int, int);' | file add.h
	printf '#include "add.h"\nint add(int a, int b) { return a + b; }\n' | file add.c
	printf '#include <stdio.h>\n#include "add.h"\nint main(void) { printf("%%d\\n", add(20, 22)); return add(1, 1) != 2; }\n' | file test.c
}

@test "C: gcc and make, with a test" {
	needs gcc make
	c_project
	printf 't: add.o test.o\n\t$(CC) -o $@ add.o test.o\ntest: t\n\t./t\n' | file Makefile
	same 42 'make -s -j4 test'
}

@test "C: a program with the address sanitizer, and one with that for threads, where the memory is limited" {
	needs gcc
	c_project
	printf 'int main(void) { return 0; }\n' >x.c
	gcc -fsanitize=address -o x x.c && gcc -fsanitize=thread -o x x.c || skip "gcc has no sanitizers"
	same 42 'for s in address undefined thread; do gcc -g -fsanitize=$s -o t add.c test.c; ./t; done'
}

@test "C: cmake and ctest" {
	needs cmake ctest gcc make
	c_project
	file CMakeLists.txt <<-'S'
	cmake_minimum_required(VERSION 3.10)
	project(p C)
	add_library(add SHARED add.c)
	add_executable(t test.c)
	target_link_libraries(t add)
	enable_testing()
	add_test(NAME adds COMMAND t)
	S
	same 'passed' 'cmake -S . -B build && cmake --build build -j4 && cd build && ctest --output-on-failure && echo passed'
}

@test "Python: a venv, and unittest in it" {
	needs python3
	python3 -c 'import ensurepip' 2>/dev/null || skip "no ensurepip: python3-venv is not installed"
	echo 'def add(a, b): return a + b' | file add.py
	printf 'import unittest, add, sqlite3, ssl, multiprocessing as m\nclass T(unittest.TestCase):\n    def test(self):\n        with m.Pool(2) as p: self.assertEqual(p.starmap(add.add, [(1, 1)]), [2])\n' | file test_add.py
	same OK 'python3 -m venv v && v/bin/pip --version && v/bin/python -m unittest 2>&1'
}

@test "JavaScript: node and npm, with a dependency of the project's own" {
	needs node npm
	node -e 'require("node:test")' || skip "this node has no test runner"
	echo '{"name": "p", "version": "1.0.0", "scripts": {"test": "node --test && echo passed"}, "dependencies": {"add": "file:dep"}}' | file package.json
	echo '{"name": "add", "version": "1.0.0"}' | file dep/package.json
	echo 'module.exports = (a, b) => a + b' | file dep/index.js
	echo 'require("node:test")("adds", () => require("node:assert").equal(require("add")(20, 22), 42))' | file add.test.js
	same passed 'npm install --offline --no-audit --no-fund && npm test'
}

@test "Go: build and test, with the race detector where there is a C compiler" {
	needs go
	printf 'module example.org/p\n\ngo 1.17\n' | file go.mod
	printf 'package main\n\nfunc add(a, b int) int { return a + b }\n\nfunc main() { println(add(20, 22)) }\n' | file main.go
	printf 'package main\n\nimport "testing"\n\nfunc TestAdd(t *testing.T) {\n\tif add(1, 1) != 2 {\n\t\tt.Fail()\n\t}\n}\n' | file main_test.go
	same 42 'go vet && go test && { ! command -v gcc || go test -race; } && go build -o t && ./t'
}

@test "Rust: cargo builds and tests, offline" {
	needs cargo rustc
	printf '[package]\nname = "p"\nversion = "1.0.0"\nedition = "2021"\n' | file Cargo.toml
	printf 'pub fn add(a: i32, b: i32) -> i32 { a + b }\n\n#[test]\nfn adds() { assert_eq!(add(1, 1), 2) }\n' | file src/lib.rs
	printf 'fn main() { println!("{}", p::add(20, 22)) }\n' | file src/main.rs
	same 42 'cargo test --offline -q && cargo run --offline -q'
}

@test "Java: javac and java" {
	needs javac java
	printf 'public class Add { static int add(int a, int b) { return a + b; } }\n' | file src/Add.java
	printf 'public class Test { public static void main(String[] v) { assert Add.add(1, 1) == 2; System.out.println(Add.add(20, 22)); } }\n' | file src/Test.java
	same 42 'javac -d classes src/*.java && java -ea -cp classes Test'
}

# Its plugins would come from the network: as far as it goes without.
@test "Java: maven reads the project, offline" {
	needs mvn java
	file pom.xml <<-'S'
	<project xmlns="http://maven.apache.org/POM/4.0.0">
	  <modelVersion>4.0.0</modelVersion>
	  <groupId>org.example</groupId><artifactId>p</artifactId><version>1</version><packaging>pom</packaging>
	</project>
	S
	same passed 'mvn -o -q -B -Dstyle.color=never validate && printf "\\npassed\\n"'
}

@test "Perl: prove" {
	needs perl prove
	printf 'package Add;\nsub add { $_[0] + $_[1] }\n1;\n' | file lib/Add.pm
	printf 'use strict; use Test::More tests => 1; use Add;\nis Add::add(1, 1), 2;\n' | file t/add.t
	same 'Result: PASS' 'prove -l'
}

@test "Ruby: minitest" {
	needs ruby
	ruby -rminitest -e '' 2>/dev/null || skip "no minitest"
	printf 'def add(a, b) = a + b\n' | file add.rb
	printf 'require "minitest/autorun"\nrequire_relative "add"\nclass T < Minitest::Test\n  def test_add = assert_equal(2, add(1, 1))\nend\n' | file test.rb
	same '1 runs, 1 assertions, 0 failures, 0 errors, 0 skips' 'ruby test.rb'
}

@test "PHP: a test by assertions" {
	needs php
	printf '<?php\nfunction add(int $a, int $b): int { return $a + $b; }\n' | file add.php
	printf '<?php\nrequire "add.php";\nassert(add(1, 1) === 2);\necho add(20, 22), "\\n";\n' | file test.php
	same 42 'php -l add.php && php -d zend.assertions=1 -d assert.exception=1 test.php'
}
