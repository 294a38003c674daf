#!/bin/sh
# SPDX-License-Identifier: ISC
# ikeping_conformance.sh CASE PROGRAM: ikeping --conformance against a responder, and against who connects to it, with
# real sockets. CASE is a function below.
set -eu
case=$1
ikeping=$2
# shellcheck source=test/examples/ikeping_gateway.sh
. "$(dirname "$0")/ikeping_gateway.sh"

chosen="repeated-informational,far-request,critical-payload"

checks_are_made_one_after_the_other() { # TEST
    serve $psk
    ping 0 $psk --interval 0.1 --conformance $chosen
    says out '^pass  1\.3 ' 1
    says out '^pass  2\.1 ' 1
    says out '^pass  5\.1 ' 1
    says out '^127\.0\.0\.1:[0-9]+: 3 of 3 checks passed, 0 failed, 0 cannot tell$' 1
}

encapsulated_checks_are_made_too() { # TEST
    has_libcrypto || skip "this build has no SHA-1"
    serve $psk
    ping 0 $psk --interval 0.1 --nat-t --conformance $chosen
    says out '^pass ' 3
}

what_came_of_them_is_written_to_files() { # TEST
    serve $psk
    mkdir "$work/traces"
    ping 0 $psk --interval 0.1 --conformance $chosen --json --junit "$work/junit" --pcap "$work/pcap" \
        --keylog "$work/keys" --traces "$work/traces"
    says out '"verdict":"pass"' 3
    says junit '<testcase ' 3
    says keys '^[0-9a-f]+,|^#' 3
    [ -s "$work/pcap" ] || fail "there is no capture"
    for check in 1.3-repeated-informational 2.1-far-request 5.1-critical-payload; do
        [ -s "$work/traces/$check.pcap" ] || fail "there is no capture of $check"
        grep -q . "$work/traces/$check.keys" || fail "there are no keys of $check"
    done
}

what_cannot_be_written_to_is_refused_before_any_check() { # TEST
    port=1
    mkdir -m 500 "$work/closed"
    : >"$work/file"
    for folder in "$work/none" "$work/file" "$work/$(printf '%5000s' '' | tr ' ' x)" "$work/closed"; do
        [ "$folder" != "$work/closed" ] || [ ! -w "$folder" ] || continue # who may do all
        ping 2 $psk --conformance $chosen --traces "$folder"
        says err '^ikeping: --traces: ' 1
        [ ! -s "$work/out" ] || fail "a check was made"
    done
}

checks_of_clients_alone_are_none_of_a_gateway() { # TEST
    serve $psk
    ping 3 $psk --conformance 15
    says err '^ikeping: none of these checks is made of a gateway$' 1
}

an_interrupt_ends_it_with_what_was_found() { # TEST
    serve $psk
    "$ikeping" "$address" --port "$port" $psk --interval 0.5 --conformance 1.3,2 --junit "$work/junit" \
        >"$work/out" 2>"$work/err" &
    tester=$!
    await out '^pass  1\.3 '
    kill -TERM "$tester"
    status=0
    wait "$tester" || status=$?
    [ "$status" -eq 3 ] || fail "exit status $status, not 3"
    says err '^ikeping: interrupted: not all checks were made$' 1
    says out 'checks passed, 0 failed, 0 cannot tell$' 1
    says junit 'name="repeated-informational"' 1
    says junit '^</testsuite>$' 1
    ! grep -q 'flooded-window' "$work/junit" || fail "what came after it is there"
}

# check_client: checks an ikeping that connects again and again, to a port that is free.
check_client() {
    for attempt in 1 2 3 4 5 6 7 8; do
        port=$((10000 + ($$ * 13 + attempt * 1031) % 40000))
        "$ikeping" --responder "$address" --port "$port" --id gateway.example $psk --interval 0.1 \
            --conformance $chosen >"$work/out" 2>"$work/err" &
        responder=$!
        while kill -0 "$responder" 2>/dev/null; do
            be_patient
            "$ikeping" "$address" --port "$port" --id pinger.example $psk --schedule 0.1,0.2 >>"$work/client.out" 2>&1 \
                || true
        done
        status=0
        wait "$responder" || status=$?
        responder=
        ! grep -q '^ikeping: listening' "$work/err" || continue
        [ "$status" -eq 0 ] || fail "exit status $status"
        return 0
    done
    fail "no port is free"
}

a_client_that_connects_again_and_again_is_checked_too() { # TEST
    check_client
    says out '^pass ' 3
    says out '^127\.0\.0\.1: 3 of 3 checks passed, 0 failed, 0 cannot tell$' 1
}

the_list_of_checks_needs_nothing_else() { # TEST
    "$ikeping" --conformance list >"$work/out" 2>"$work/err" || fail "exit status $?"
    says out '^  2\.1  far-request \(RFC 7296 ' 1
}

"$case"
