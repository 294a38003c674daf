# SPDX-License-Identifier: ISC
# The scenarios about paths: hosts that move, NATs that forget, small and lossy paths, and exchanges that cross there.
# As those of scenarios.sh. Read by run; bash.

# shellcheck shell=bash disable=SC2154,SC2086,SC2034

scenarios="$scenarios both_check rekey_while_checking peer_moves nat_at_us_forgets nat_at_peer_forgets small_fragments
           small_path"

# Identities that make IKE_AUTH messages longer than the smallest datagram of IPv4.
prefix_for() {
    case $1 in
    small_*) printf 'a-long-label-that-says-nothing-at-all-%d.' 1 2 3 4 5 6 ;;
    esac
}

# What the path of a scenario does to datagrams, in words of impair.py.
impairment_for() {
    case $1 in
    impaired) echo "loss=0.3 double=0.1 delay=5-150 seed=7" ;;
    both_check) echo "delay=50-250 seed=3" ;;
    rekeys_cross) echo "delay=180-220 seed=5" ;;
    small_fragments) echo "loss=0.2 delay=1-20 seed=11" ;;
    small_path) echo "mtu=576 delay=1-2" ;;
    additional_impaired) echo "loss=0.3 double=0.1 delay=1-50 seed=5" ;;
    esac
}

# What a daemon needs to be told for a scenario.
words_for() {
    case $1 in
    cut_while_idle) echo "retransmit=1x3" ;;
    cut_and_restored | impaired) echo "retransmit=0.5x40" ;;
    we_delete) echo "dpd=0s" ;;
    child_rekeyed | peer_makes_child) echo "dpd=0s child rekey_child" ;;
    child_deleted | we_rekey | child_in_transport_mode) echo "dpd=0s child" ;;
    peer_rekeys | rekey_while_checking) echo "dpd=1s rekey" ;;
    nat_at_us_forgets) echo "dpd=1s near=$near_outside" ;;
    small_fragments) echo "dpd=0s retransmit=0.5x40 fragments=256" ;;
    small_path) echo "dpd=0s retransmit=0.5x40 fragments=576" ;;
    conformance) echo "dpd=1s retransmit=0.5x6 doubling fragments=1280 child" ;;
    conformance_client) echo "dpd=1s retransmit=0.5x6 doubling fragments=1280 child and_group=ecp256" ;;
    our_address_*) echo "dpd=0s mobike" ;;
    reauthenticated) echo "dpd=0s" ;;
    redirected) echo "dpd=0s redirect=always" ;;
    redirected_in_auth) echo "dpd=0s redirect=auth" ;;
    redirected_later) echo "dpd=0s redirect=later" ;;
    over_tcp) echo "dpd=1s tcp" ;;
    certificates_legacy) echo "dpd=0s certificate=rsa peer_certificate legacy" ;;
    certificates_refused) echo "dpd=0s certificate=rsa peer_certificate" ;;
    certificates_*) echo "dpd=0s certificate=${1#certificates_} peer_certificate" ;;
    certificate_and_psk) echo "dpd=0s peer_certificate" ;;
    eap_mschapv2) echo "dpd=1s certificate=rsa eap=mschapv2" ;;
    eap_tls) echo "dpd=1s certificate=rsa eap=tls" ;;
    eap_tls_13) echo "dpd=1s certificate=rsa eap=tls tls=1.3" ;;
    eap_other) echo "dpd=0s certificate=rsa eap=md5" ;;
    psk_and_certificate) echo "dpd=0s certificate=rsa" ;;
    other_groups) echo "dpd=0s other_groups" ;;
    additional_impaired) echo "dpd=0s retransmit=0.5x40 additional=ecp384,modp3072" ;;
    additional_one) echo "dpd=1s additional=x448" ;;
    additional_two | additional_rekey | additional_we_rekey) echo "dpd=1s additional=ecp384,modp3072" ;;
    *) echo "dpd=1s" ;;
    esac
}

# 10. Both check about once a second on a path where the requests cross: all are answered, none goes out again. (A daemon
# that has just begun may take more than a second for IKE_SA_INIT.)
scenario_both_check() {
    ours_in_background --interval 1.4 || { fail "not established"; return 1; }
    local before
    before=$("${daemon}_checks_answered")
    sleep 10
    [ "$("${daemon}_checks_answered")" -ge $((before + 2)) ] || { fail "the peer's checks were not answered"; return 1; }
    sleep 0.5
    interrupt_ours
    [ "$(checks_answered)" -ge 6 ] || { fail "our checks were not answered"; return 1; }
    ! grep -qE 'check [0-9]+: retransmission' "$said" || fail "a check went out again on a path without loss"
}

# 11. The peer rekeys the IKE SA while our check is outstanding, which never arrives. Liveness goes on in the new one.
scenario_rekey_while_checking() {
    ours_in_background --interval 0.3 --schedule 0.5x20 || { fail "not established"; return 1; }
    sleep 0.7
    cut_checks
    wait_for_line "$said" ' retransmission 1 of ' 30 || { fail "no check is outstanding"; return 1; }
    "${daemon}_rekey" >"$work/rekey.txt" 2>&1 || { cat "$work/rekey.txt"; fail "the peer did not rekey"; return 1; }
    sleep 1
    restore_link
    sleep 2
    interrupt_ours
    [ "$ours_status" -eq 0 ] || { fail "exit status $ours_status"; return 1; }
    grep -qi 'rekey' "$said" || { fail "no rekey was told"; return 1; }
    [ "$(checks_answered)" -ge 6 ] || fail "liveness did not go on"
}

# 12. The peer has another address from now on. Its own checks come from there, and ours go there.
scenario_peer_moves() {
    ours_in_background --interval 0.5 --schedule 0.5x20 || { fail "not established"; return 1; }
    sleep 1.2
    nat_at "$far" $far_outside
    go_on_with_checks 5 || return 1
    grep -q "moved: .*$far_outside" "$said" || fail "its move was not told"
}

# After something changed: in so many seconds more of our checks are answered, in the same IKE SA.
go_on_with_checks() { # SECONDS
    local before
    before=$(grep -c ' answered: ' "$said")
    sleep "$1"
    interrupt_ours
    [ "$ours_status" -eq 0 ] || { fail "exit status $ours_status"; return 1; }
    [ "$(grep -c 'stablished as' "$said")" -eq 1 ] || { fail "not the same IKE SA"; return 1; }
    [ "$(grep -c ' answered: ' "$said")" -ge $((before + 4)) ] || fail "our checks were not answered any more"
}

# 13. We are behind a NAT, which forgets us: the peer sees us elsewhere from then on.
scenario_nat_at_us_forgets() {
    nat_at "$near" $near_outside
    ours_in_background --interval 0.5 --schedule 0.5x20 || { fail "not established"; return 1; }
    grep -q ', NAT at ' "$said" || { fail "the NAT was not seen"; return 1; }
    sleep 1.2
    nat_at "$near" $near_outside_later
    go_on_with_checks 5
}

# 14. The peer is behind a NAT, which forgets it. We are the gateway, and follow what is authenticated.
scenario_nat_at_peer_forgets() {
    nat_at "$far" $far_outside 10500
    responder_in_background --interval 0.5 --schedule 0.5x20
    "${daemon}_initiate" >"$work/initiate.txt" 2>&1 || { cat "$work/initiate.txt"; fail "the peer did not establish"; return 1; }
    grep -q ', NAT at ' "$said" || { fail "the NAT was not seen"; return 1; }
    sleep 1.2
    nat_at "$far" $far_outside_later 20500
    go_on_with_checks 5 || return 1
    grep -q "moved: .*$far_outside_later:20501" "$said" || fail "its move was not told"
}

establish_both_ways() { # [ARGUMENT]... of ikeping
    local file=$work/fragments.pcap
    capture "$file"
    ours --interval 0.2 --count 3 --schedule 0.5x30 "$@" || { fail "exit status $?"; return 1; }
    responder_in_background --interval 0.3 --schedule 0.5x30 "$@"
    "${daemon}_initiate" >"$work/initiate.txt" 2>&1 || { cat "$work/initiate.txt"; fail "the peer did not establish"; return 1; }
    sleep 3
    interrupt_ours
    end_capture
    [ "$(checks_answered)" -ge 1 ] || { fail "our checks were not answered"; return 1; }
    echo "    fragments: $(fragments_from "$file" $near_ip) of ours, $(fragments_from "$file" $far_ip) of the peer's"
    [ "$(fragments_from "$file" $near_ip)" -ge 2 ] || { fail "we sent no fragments"; return 1; }
    [ "$(fragments_from "$file" $far_ip)" -ge 2 ] || fail "the peer sent no fragments"
}

# 15. IKE_AUTH in small fragments, some of which are lost, with either as initiator.
scenario_small_fragments() {
    establish_both_ways --mtu 256
}

# 16. Nothing above 576 octets arrives, and no IP fragment. Nobody tells.
scenario_small_path() {
    establish_both_ways
}
