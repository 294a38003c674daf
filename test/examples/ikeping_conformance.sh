#!/bin/sh
# SPDX-License-Identifier: ISC
# ikeping_conformance.sh CASE PROGRAM: ikeping --conformance against a responder, with real sockets. CASE is a function
# below.
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

the_list_of_checks_needs_nothing_else() { # TEST
    "$ikeping" --conformance list >"$work/out" 2>"$work/err" || fail "exit status $?"
    says out '^  2\.1  far-request \(RFC 7296 ' 1
}

"$case"
