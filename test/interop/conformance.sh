# SPDX-License-Identifier: ISC
# The checks of ikeping --conformance, of each daemon. They take minutes, so nobody plays them but who asks for them:
# ./test/interop/run --scenario conformance, or conformance_client. Read by run; bash.

# shellcheck shell=bash disable=SC2154,SC2086,SC2034

# Which of them: those of a daemon that checks liveness often, those of one that rekeys soon, and those of one that does
# nothing of its own accord; and where their outcomes go, files for each daemon and suite.
checks=${CHECKS:-1,2,3,4,5,6,7,8,9,10,11,12,13}
client_checks=${CHECKS:-1,2,3,4,5,6,7,8,9,12,13,15}
rekey_checks=${REKEY_CHECKS:-14}
idle_checks=${IDLE_CHECKS:-keepalives}
outcomes=$build/conformance

# The daemon, and the version of its package.
describe_daemon() {
    local package=$daemon
    [ "$daemon" != strongswan ] || package=strongswan-charon
    echo "$daemon $(zcat "$root/usr/share/doc/$package/changelog.Debian.gz" | sed -n '1s/.*(\(.*\)).*/\1/p')"
}

# They are made of the daemon as it is now: those of the list, with so many seconds for what it does of its own accord.
make_checks() { # NAME LIST SECONDS
    local child="--child none" status file=$outcomes/$peer-$suite
    [ "$daemon" = libreswan ] || child="--ts $near_net,$far_net"
    ours $child --conformance "$2" --interval 0.5 -w "$3" --json --pcap "$file.$1.pcap" --keylog "$file.$1.keys"
    status=$?
    cat "$said" >>"$file.json"
    cp "$far_log" "$file.$1.log"
    tail -n 1 "$said" | sed 's/^/    /'
    [ $status -ne 2 ] || fail "exit status $status"
}

# It says what came of them, and fails when it cannot be asked. An outcome takes the place of one before.
scenario_conformance() {
    mkdir -p "$outcomes"
    describe_daemon >"$outcomes/$peer-$suite.version"
    : >"$outcomes/$peer-$suite.json"
    make_checks checks "$checks" 10 || return
    "${daemon}_stop"
    "${daemon}_start" "$suite" dpd=0s doubling child rekeys_soon
    make_checks rekeys "$rekey_checks" 20 || return
    "${daemon}_stop"
    "${daemon}_start" "$suite" dpd=0s doubling child
    make_checks idle "$idle_checks" 25
}

# The same of the daemon as a client, which connects whenever it has no IKE SA.
make_checks_of_client() { # NAME LIST SECONDS
    local words=${daemon}_peer_words status file=$outcomes/client-$peer-$suite
    ip netns exec "$near" "$ikeping" --responder $near_ip ${!words:-} $psk_file --id "$near_id" --remote-id "$far_id" \
        --proposal "$suite,${suite%-*}-ecp256" --conformance "$2" --interval 0.5 -w "$3" --json --pcap "$file.$1.pcap" \
        --keylog "$file.$1.keys" >"$said" 2>&1 &
    ours_pid=$!
    while kill -0 $ours_pid 2>/dev/null; do
        "${daemon}_is_connected" || "${daemon}_connect" >>"$work/connect.txt" 2>&1
        sleep 0.2
    done
    wait $ours_pid
    status=$?
    ours_pid=
    cat "$said" >>"$file.json"
    cp "$far_log" "$file.$1.log"
    tail -n 1 "$said" | sed 's/^/    /'
    [ $status -le 1 ] || fail "exit status $status"
}

scenario_conformance_client() {
    local file=$outcomes/client-$peer-$suite
    mkdir -p "$outcomes"
    echo "$(describe_daemon), a client" >"$file.version"
    : >"$file.json"
    make_checks_of_client checks "$client_checks" 15 || return
    "${daemon}_stop"
    "${daemon}_start" "$suite" dpd=0s doubling child rekeys_soon
    make_checks_of_client rekeys "$rekey_checks" 20 || return
    "${daemon}_stop"
    "${daemon}_start" "$suite" dpd=0s doubling child
    make_checks_of_client idle "$idle_checks" 25
}

case $only_scenario in
conformance | conformance_client) scenarios="$scenarios $only_scenario" ;;
esac
