# SPDX-License-Identifier: ISC
# The checks of ikeping --conformance, of each daemon. They take minutes, so nobody plays them but who asks for them:
# ./test/interop/run --scenario conformance. Read by run; bash.

# shellcheck shell=bash disable=SC2154,SC2086,SC2034

# Which of them; and where their outcomes go, files for each daemon and suite.
checks=${CHECKS:-all}
outcomes=$build/conformance

# The daemon, and the version of its package.
describe_daemon() {
    local package=$daemon
    [ "$daemon" != strongswan ] || package=strongswan-charon
    echo "$daemon $(zcat "$root/usr/share/doc/$package/changelog.Debian.gz" | sed -n '1s/.*(\(.*\)).*/\1/p')"
}

# It says what came of them, and fails only when no check could tell.
scenario_conformance() {
    local child="--child none" status file
    [ "$daemon" = libreswan ] || child="--ts $near_net,$far_net"
    mkdir -p "$outcomes"
    file=$outcomes/$peer-$suite
    ours $child --conformance "$checks" --interval 0.5 -w 10 --json --pcap "$file.pcap" --keylog "$file.keys"
    status=$?
    cp "$said" "$file.json"
    cp "$far_log" "$file.log"
    describe_daemon >"$file.version"
    tail -n 1 "$said" | sed 's/^/    /'
    [ $status -le 1 ] || fail "exit status $status"
}

[ "$only_scenario" != conformance ] || scenarios="$scenarios conformance"
