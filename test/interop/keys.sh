# SPDX-License-Identifier: ISC
# The scenarios about key exchanges. As those of scenarios.sh, but each is played once a daemon. Read by run; bash.

# shellcheck shell=bash disable=SC2154,SC2086,SC2034

key_scenarios="other_groups additional_one additional_two additional_rekey
               additional_impaired additional_we_rekey"

# How many requests of an exchange a host has sent in a capture, while the port is 500. Of one in fragments (SKF payloads,
# 53) the first counts.
requests_from() { # FILE ADDRESS EXCHANGE_TYPE
    frames_of "$1" "src $2 and udp port 500 and udp[26] = $3 and udp[27] & 0x20 = 0 and (udp[24] != 53 or udp[40:2] = 1)"
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
    # more where the daemon takes longer than the first wait
    [ "$(requests_from "$work/groups.pcap" $near_ip 34)" -ge $((2 * $#)) ] || fail "not two IKE_SA_INIT requests each time"
}

# The name of a suite with additional key exchanges.
with_additional() { # SUITE GROUP,...
    echo "$1$(echo "$2" | tr , '\n' | awk '{ printf "-ke%d_%s", NR, $1 }')"
}

# With either as initiator, so many additional key exchanges come before IKE_AUTH.
establish_with_additional() { # GROUP,...
    local n name
    n=$(echo "$1" | tr , '\n' | wc -l)
    name=$(with_additional "$suite" "$1")
    capture "$work/additional.pcap"
    ours --additional "$1" --interval 0.2 --count 5 || { fail "exit status $?"; return 1; }
    grep -q "stablished as .*: $name, " "$said" || { fail "not with $name"; return 1; }
    responder_in_background --additional "$1" --interval 0.3
    "${daemon}_initiate" >"$work/initiate.txt" 2>&1 || { cat "$work/initiate.txt"; fail "the peer did not establish"; return 1; }
    sleep 2
    interrupt_ours
    end_capture
    grep -q "stablished as .*: $name, " "$said" || { fail "as responder not with $name"; return 1; }
    [ "$(checks_answered)" -ge 3 ] || { fail "our checks were not answered"; return 1; }
    [ "$(requests_from "$work/additional.pcap" $near_ip 43)" -eq "$n" ] || { fail "not $n IKE_INTERMEDIATE requests of ours"; return 1; }
    [ "$(requests_from "$work/additional.pcap" $far_ip 43)" -eq "$n" ] || fail "not $n IKE_INTERMEDIATE requests of the peer's"
}

scenario_additional_one() {
    establish_with_additional x448
}

scenario_additional_two() {
    establish_with_additional ecp384,modp3072
}

# The peer rekeys the IKE SA, with an IKE_FOLLOWUP_KE exchange for each additional key exchange; then once more.
scenario_additional_rekey() {
    capture "$work/followup.pcap"
    ours_in_background --additional ecp384,modp3072 --interval 0.3 || { fail "not established"; return 1; }
    for _ in 1 2; do
        sleep 0.7
        "${daemon}_rekey" >"$work/rekey.txt" 2>&1 || { cat "$work/rekey.txt"; fail "the peer did not rekey"; return 1; }
        wait_for_line "$said" 'rekeyed by the peer' 20
    done
    sleep 2
    interrupt_ours
    end_capture
    [ "$ours_status" -eq 0 ] || { fail "exit status $ours_status"; return 1; }
    [ "$(grep -c 'rekeyed by the peer' "$said")" -eq 2 ] || { fail "not two rekeys"; return 1; }
    [ "$(requests_from "$work/followup.pcap" $far_ip 44)" -eq 4 ] || { fail "not four IKE_FOLLOWUP_KE requests"; return 1; }
    [ "$(checks_answered)" -ge 8 ] || fail "liveness did not go on"
}

# Much is lost, with either as initiator: a request from before the keys changed comes again, and its response too.
scenario_additional_impaired() {
    local file=$work/impaired.pcap times=4
    capture "$file"
    for ((time = 0; time < times; time++)); do
        ours --additional ecp384,modp3072 --interval 0.2 --count 2 --schedule 0.4x30 || { fail "exit status $?"; return 1; }
    done
    responder_in_background --additional ecp384,modp3072 --interval 60 --schedule 0.4x30
    for ((time = 0; time < times; time++)); do
        "${daemon}_initiate" >"$work/initiate.txt" 2>&1 || { cat "$work/initiate.txt"; fail "the peer did not establish"; return 1; }
        "${daemon}_terminate" >"$work/terminate.txt" 2>&1 || { cat "$work/terminate.txt"; fail "its Delete was not answered"; return 1; }
    done
    interrupt_ours
    end_capture
    [ "$(grep -c 'stablished as' "$said")" -eq $times ] || { fail "not $times IKE SAs of the peer's"; return 1; }
    for host in $near_ip $far_ip; do
        echo "    IKE_INTERMEDIATE requests from $host: $(requests_from "$file" $host 43), of which $((2 * times)) are new"
        [ "$(requests_from "$file" $host 43)" -gt $((2 * times)) ] || { fail "nothing was sent again"; return 1; }
    done
}

# We rekey, as the one that connected and then as the one that was connected to.
scenario_additional_we_rekey() {
    capture "$work/we_rekey.pcap"
    ours_in_background --additional ecp384,modp3072 --interval 0.3 --rekey 1 || { fail "not established"; return 1; }
    wait_for_line "$said" '  rekeyed by us: .*-ke1_ecp384-ke2_modp3072' 30 || { fail "we did not rekey"; return 1; }
    sleep 0.8
    interrupt_ours
    [ "$ours_status" -eq 0 ] || { fail "exit status $ours_status"; return 1; }
    responder_in_background --additional ecp384,modp3072 --interval 0.3 --rekey 1
    "${daemon}_initiate" >"$work/initiate.txt" 2>&1 || { cat "$work/initiate.txt"; fail "the peer did not establish"; return 1; }
    wait_for_line "$said" '  rekeyed by us: .*-ke1_ecp384-ke2_modp3072' 30 || { fail "as responder we did not rekey"; return 1; }
    sleep 0.8
    interrupt_ours
    end_capture
    [ "$(requests_from "$work/we_rekey.pcap" $near_ip 44)" -ge 4 ] || { fail "not four IKE_FOLLOWUP_KE requests of ours"; return 1; }
    [ "$(checks_answered)" -ge 3 ] || fail "our checks were not answered"
}
