# SPDX-License-Identifier: MIT
# completions.awk: what a shell completes for a tool, from the options of its page.
#
# usage: awk -v shell=bash|zsh|fish -v name=TOOL -f completions.awk PAGE [OTHER-PAGE ...]
#
# Of another page those options count that the SYNOPSIS of the first has. POSIX awk.

BEGIN {
	words["network"] = "open none listed host"
	words["engine"] = "auto bwrap podman container"
	split("cacert dir file folder image key path profile src", f, " ")
	for (i in f)
		is_file[f[i]] = 1
}

FNR == 1 { files++ }
/^\.Sh / { section = $2; flush_item() }

# Letters that stand together, and words, of the SYNOPSIS.
files == 1 && section == "SYNOPSIS" && / Fl |^\.Fl / {
	for (i = 1; i < NF; i++) {
		if ($i != "Fl" && $i != ".Fl")
			continue
		if ($(i + 1) ~ /^-./)
			known[$(i + 1)] = 1
		else
			for (k = 1; k <= length($(i + 1)); k++)
				known[substr($(i + 1), k, 1)] = 1
		for (k = i + 2; k <= NF && $k == "|"; k += 2)
			known[$(k + 1)] = 1
	}
}

/^\.It Fl / {
	flush_item()
	letter = long = arg = text = ""
	i = 3
	if ($i !~ /^-/) {
		letter = $i
		i += 2
	}
	if ($i ~ /^-./) {
		long = substr($i, 2)
		i++
	}
	if ($i == "Ar")
		arg = $(i + 1)
	open = files == 1 || (letter != "" && letter in known) || (letter == "" && ("-" long) in known)
	next
}
/^\.It |^\.El|^\.Bl|^\.S[hs]|^\.Pp|^\.Bd/ { flush_item() }
open && !ended {
	line = $0
	if (line ~ /^\./) {
		sub(/^\.[A-Z][a-z]+ /, "", line)
		while (sub(/ (Ns|No|Ar|Pa|Li|Ql|Xr|Op|Dq|Sx|Cm) /, " ", line))
			;
		gsub(/ ,/, ",", line)
		sub(/^Fl /, "-", line)
		gsub(/ Fl /, " -", line)
		sub(/ [0-9] *[,.]?$/, "", line)
	}
	gsub(/\\&|\\\(dq|\\e/, "", line)
	text = text (text == "" ? "" : " ") line
	if (match(text, /[.:;]( |$)/)) {
		text = substr(text, 1, RSTART - 1)
		ended = 1
	}
}

END {
	flush_item()
	if (shell == "bash")
		bash()
	else if (shell == "zsh")
		zsh()
	else
		fish()
}

function flush_item() {
	if (open && !((letter "/" long) in have)) {
		have[letter "/" long] = 1
		letters[++n] = letter
		longs[n] = long
		args[n] = arg
		if (length(text) > 70) {
			text = substr(text, 1, 70)
			sub(/ [^ ]*$/, " ...", text)
		}
		sub(/ +$/, "", text)
		texts[n] = text
	}
	open = ended = 0
}

function both(i, sep) {
	return (letters[i] == "" ? "" : "-" letters[i]) (letters[i] == "" || longs[i] == "" ? "" : sep) (longs[i] == "" ? "" : "--" longs[i])
}

function bash(   i, fn, all) {
	fn = name
	gsub(/-/, "_", fn)
	print "# Made from the page of " name "(1)."
	print "_" fn "() {"
	print "\tlocal cur=${COMP_WORDS[COMP_CWORD]} i"
	print "\tCOMPREPLY=()"
	print "\tfor ((i = 1; i < COMP_CWORD; i++)); do"
	print "\t\t[[ ${COMP_WORDS[i]} != -- ]] || return 0"
	print "\tdone"
	print "\tcase ${COMP_WORDS[COMP_CWORD - 1]} in"
	for (i = 1; i <= n; i++) {
		all = all (i == 1 ? "" : " ") both(i, " ")
		if (args[i] in words)
			print "\t" both(i, " | ") ") COMPREPLY=($(compgen -W '" words[args[i]] "' -- \"$cur\")); return ;;"
		else if (args[i] != "")
			print "\t" both(i, " | ") ") return ;;"
	}
	print "\tesac"
	print "\t[[ $cur != -* ]] || COMPREPLY=($(compgen -W '" all "' -- \"$cur\"))"
	print "}"
	print "complete -o bashdefault -o default -F _" fn " " name
}

function zsh(   i, t, spec) {
	print "#compdef " name
	print "# Made from the page of " name "(1)."
	print "_arguments -s -S \\"
	for (i = 1; i <= n; i++) {
		t = texts[i]
		gsub(/'/, "'\\''", t)
		gsub(/[\[\]:]/, " ", t)
		if (letters[i] != "" && longs[i] != "")
			spec = "'(-" letters[i] " --" longs[i] ")'{-" letters[i] (args[i] == "" ? "" : "+") ",--" longs[i] (args[i] == "" ? "" : "=") "}'"
		else
			spec = "'" both(i, "") (args[i] == "" ? "" : letters[i] == "" ? "=" : "+")
		spec = spec "[" t "]"
		if (args[i] in words)
			spec = spec ":" args[i] ":(" words[args[i]] ")"
		else if (args[i] != "")
			spec = spec ":" args[i] ":" (args[i] in is_file ? "_files" : "")
		print "\t" spec "' \\"
	}
	print "\t'*:: :{ (( CURRENT > 1 )) && _normal || _files }'"
}

function fish(   i, t) {
	print "# Made from the page of " name "(1)."
	for (i = 1; i <= n; i++) {
		t = texts[i]
		gsub(/\\/, "\\\\", t)
		gsub(/'/, "\\'", t)
		printf "complete -c %s%s%s%s -d '%s'\n", name, letters[i] == "" ? "" : " -s " letters[i],
		    longs[i] == "" ? "" : " -l " longs[i],
		    args[i] == "" ? "" : args[i] in words ? " -x -a '" words[args[i]] "'" : args[i] in is_file ? " -r" : " -x", t
	}
}
