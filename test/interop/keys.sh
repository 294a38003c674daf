# SPDX-License-Identifier: ISC
# The scenarios about key exchanges. As those of scenarios.sh, but each is played once a daemon. Read by run; bash.

# shellcheck shell=bash disable=SC2154,SC2086,SC2034

key_scenarios="other_groups"

# What of a capture is an IKE_SA_INIT request of ours.
init_requests() { # FILE
    frames_of "$1" "src $near_ip and udp port 500 and udp[26] = 34"
}

# We begin with X25519, which the peer does not want, and go on with what it asks for.
scenario_other_groups() {
    local group suite
    capture "$work/groups.pcap"
    for group in $("${daemon}_groups"); do
        suite=aes256-sha256-x25519,aes256-sha256-$group
        ours --interval 0.2 --count 2 || { fail "$group: exit status $?"; return 1; }
        grep -q "stablished as .*: aes256-sha256-$group, " "$said" || { fail "not with $group"; return 1; }
    done
    end_capture
    set -- $("${daemon}_groups")
    [ "$(init_requests "$work/groups.pcap")" -eq $((2 * $#)) ] || fail "not two IKE_SA_INIT requests each time"
}
