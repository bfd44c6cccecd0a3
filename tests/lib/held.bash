# SPDX-License-Identifier: MIT
# For tests with a run that is under way until they say how it goes on. To be loaded after helper; what
# is left of such runs teardown ends by $pids.

# held NAME DIR [OPTION...]: a run in DIR that is up, and waits for what let says. Its pid
# is in $pid; what it says goes to out.NAME and err.NAME.
held() {
	local name=$1 dir=$2
	shift 2
	mkdir -p "ctl.$name"
	rm -f "ctl.$name/end" "ctl.$name/up"
	mkfifo "ctl.$name/end"
	wx-run -n none -C "$dir" "$@" -m "$PWD/ctl.$name:/ctl:rw" ${CANARY:+-v "CANARY=$CANARY"} -- \
	    sh -c 'touch /ctl/up; read -r x </ctl/end; exec sh -c "$x"' >"out.$name" 2>"err.$name" 3>&- &
	pid=$!
	pids="${pids-} $pid"
	until_true [ -e "ctl.$name/up" ]
}

# let NAME COMMAND: it runs this line, and ends.
let() {
	printf '%s\n' "$2" >"ctl.$1/end"
}

# ended PID: its status in $rc.
ended() {
	rc=0
	wait "$1" || rc=$?
}
