# SPDX-License-Identifier: ISC
# IKE over TCP (RFC 9329) with a daemon that can: the scenarios of scenarios.sh that say the same there. Played once a
# daemon. Read by run; bash.

# shellcheck shell=bash disable=SC2154,SC2086,SC2034

tcp_scenarios="over_tcp"

# The daemon needs a kernel with espintcp, which takes the length of each message away. Where there is none, this does
# it: it is loaded into the daemon.
make_espintcp() {
    "${CC:-cc}" -O2 -shared -fPIC -o "$work/far/espintcp.so" "$top/test/interop/espintcp.c"
}

# Nothing of IKE went over UDP.
scenario_over_tcp() {
    local extra=--tcp step
    capture "$work/tcp.pcap"
    for step in scenario_we_initiate scenario_peer_initiates scenario_peer_rekeys scenario_peer_deletes \
        scenario_we_delete; do
        "$step" || { echo "    in $step" && return 1; }
    done
    end_capture
    [ "$(frames_of "$work/tcp.pcap" udp)" -eq 0 ] || fail "something went over UDP"
}
