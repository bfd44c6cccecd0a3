# SPDX-License-Identifier: MIT
# What takes root to set up: things of another user.
load ../lib/helper

local_setup() {
	git init -q p
	git -C p config remote.origin.url git@127.0.0.1:me/it
	cd p
}

@test "a folder of the keys that belongs to another user is refused, and nothing is made in it" {
	mkdir -p -m 700 ~/.ssh/deploy_keys
	chown "$WX_USER" ~/.ssh/deploy_keys
	for o in '-N -H 127.0.0.1:1' '-f -N -H 127.0.0.1:1' '-r' '-s'; do
		run -1 setup-deploy-key $o k
		[[ $output == *"belongs to uid $(id -u "$WX_USER"), not to you"* ]] || fail "$o: $output"
	done
	[ -z "$(ls -A ~/.ssh/deploy_keys)" ]
}
