# SPDX-License-Identifier: MIT
# takes: 15 s
load lib/helper
load lib/run

# wx-run --device. The devices are /dev/null by other names, in a /dev of the test's own.
local_setup() {
	run_setup
	git init -q p
	# What the kernel says of a GPU: its own directory, in that of the board.
	mkdir -p sys/dev/char sys/devices/pci0/0000:00:02.0/drm/renderD128 sys/devices/pci0/other
	echo 0x8086 >sys/devices/pci0/0000:00:02.0/vendor
	ln -s ../../ sys/devices/pci0/0000:00:02.0/drm/renderD128/device
	ln -s ../../devices/pci0/0000:00:02.0/drm/renderD128 sys/dev/char/1:3
}

# with_devices NAME... -- COMMAND...: where /dev has these.
with_devices() {
	local words=()
	while [ "$1" != -- ]; do
		words+=(--dev-bind /dev/null "$1")
		shift
	done
	bwrap --dev-bind / / --dev /dev "${words[@]}" --bind "$PWD/sys" /sys "$@" 3>&- 4>&-
}

@test "--device: it is there and can be opened, with what the kernel says of it; no other is" {
	run -0 --separate-stderr with_devices /dev/dri/renderD128 /dev/dri/card0 -- wx-run -C p -n none --device /dev/dri/renderD128 -- \
	    sh -c 'echo x >/dev/dri/renderD128 && ls /dev/dri; cat "/sys/dev/char/1:3/device/vendor"; ls /sys/devices/pci0; touch /sys/devices/pci0/0000:00:02.0/x 2>&1; cat /run/wrapix/policy'
	[ "${lines[0]}" = renderD128 ] || fail "$output $stderr"
	[ "${lines[1]}" = 0x8086 ]
	[ "${lines[2]}" = 0000:00:02.0 ]
	[[ ${lines[3]} == *Read-only* ]]
	[[ $output == *'/dev/dri/renderD128: a device of this machine, to be read and written'* ]] || fail "$output"
	# Without it there is none, though it is among the host's.
	run -0 --separate-stderr with_devices /dev/dri/renderD128 -- wx-run -C p -n none -- sh -c 'ls -d /dev/dri /sys 2>&1 || :'
	[[ $output == *'/dev/dri'*'No such file'* ]] || fail "$output"
}

@test "--device gpu: what computes and draws, not the screen, nor a virtual machine" {
	run -0 --separate-stderr with_devices /dev/dri/renderD128 /dev/dri/renderD129 /dev/dri/card0 /dev/kfd /dev/nvidia0 /dev/nvidiactl /dev/nvidia-caps /dev/kvm -- \
	    wx-run -C p -n none --device gpu --device /dev/kfd -- sh -c 'cd /dev && echo dri/* kfd nvidia* kvm*; for d in dri/* kfd nvidia*; do : <$d || exit 1; done'
	[ "$output" = "dri/renderD128 dri/renderD129 kfd nvidia0 nvidiactl kvm*" ] || fail "$output $stderr"
	run -125 with_devices /dev/dri/card0 -- wx-run -C p -n none --device gpu -- true
	[[ $output == "wx-run: no GPU that this user can open"* ]] || fail "$output"
}

@test "--device: what is no such device is refused, with a line" {
	local d
	for d in /dev/dri/card0 /dev/mem /dev/sda /dev/tty /dev/input/event0 /dev/video0 /dev/null /dev/dri /dev/../dev/kvm /dev/kvm/ dev/kvm kvm \
	    /dev/ttyUSB /dev/ttyUSB0x /dev/nvidia0/x /etc/passwd ''; do
		run -125 with_devices /dev/kvm /dev/dri/card0 -- wx-run -C p -n none --device "$d" -- true
		[[ $output == "wx-run: no device '$d' (--device): it is gpu, or one of /dev/accel/accel#"* ]] || fail "$d: $output"
	done
	run -125 with_devices /dev/kfd -- wx-run -C p -n none --device /dev/kvm -- true
	[[ $output == "wx-run: no device '/dev/kvm' (--device): No such file or directory" ]] || fail "$output"
	# By the right name, and something else: a file, a link.
	echo x >file
	run -125 bwrap --dev-bind / / --dev /dev --bind file /dev/kvm --symlink /etc/passwd /dev/kfd -- wx-run -C p -n none --device /dev/kvm -- true
	[[ $output == *"'/dev/kvm' (--device) is no character device" ]] || fail "$output"
	run -125 bwrap --dev-bind / / --dev /dev --bind file /dev/kvm --symlink /etc/passwd /dev/kfd -- wx-run -C p -n none --device /dev/kfd -- true
	[[ $output == *"'/dev/kfd' (--device) is no character device" ]] || fail "$output"
	# Closed to the user.
	if [ -c /dev/kvm ] && ! [ -r /dev/kvm ]; then
		run -125 wx-run -C p -n none --device /dev/kvm -- true
		[[ $output == "wx-run: cannot open '/dev/kvm' (--device), so it would be of no use inside: join its group: Permission denied" ]] || fail "$output"
	fi
}

@test "devices of a profile, and the option's; the project's own word has none" {
	echo '{"network": "none", "devices": ["/dev/kfd"]}' >prof
	run -0 --separate-stderr with_devices /dev/kfd /dev/kvm -- wx-run -C p -p prof --device /dev/kvm -- sh -c 'ls /dev/kfd /dev/kvm'
	[ "$output" = "/dev/kfd
/dev/kvm" ] || fail "$output $stderr"
	with_devices /dev/kfd -- wx-run -C p -p prof -L -- true >plan
	jq -e '.mounts[] | select(.for == "device" and .kind == "dev" and .dest == "/dev/kfd")' plan >/dev/null || fail "$(cat plan)"
	echo '{"devices": ["/dev/kvm"]}' >p/.wrapix.json
	run -125 with_devices /dev/kfd /dev/kvm -- wx-run -C p -p prof -- true
	[[ $output == *"key 'devices'"* ]] || fail "$output"
}

@test "--device: podman and a Pod" {
	run -0 with_devices /dev/kfd -- wx-run -C p -n none -e podman -i localhost/nosuch --device /dev/kfd -A -- true
	[[ $output == *'--device=/dev/kfd:/dev/kfd:rw'* ]] || fail "$output"
	with_devices /dev/kfd -- wx-run -C p -n none -e podman -i registry.example/x:1 --device /dev/kfd -L -- true >plan
	run wx-kube <plan
	[[ $status -ne 0 && $output == *"cannot have the device '/dev/kfd' (--device) in a Pod"* ]] || fail "$output"
}
