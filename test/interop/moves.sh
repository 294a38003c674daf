# SPDX-License-Identifier: ISC
# The scenarios in which an IKE SA goes elsewhere: to another address of ours (MOBIKE), to another gateway (REDIRECT), or
# is made anew (reauthentication). As those of scenarios.sh, but each is played once a daemon. Read by run; bash.

# shellcheck shell=bash disable=SC2154,SC2086,SC2034

move_scenarios="our_address_changes our_address_is_cut_off reauthenticated redirected redirected_in_auth redirected_later"

# Beside the addresses of lab.sh.
near_other=192.0.2.31 far_other=192.0.2.32

# The same IKE SA goes on at $near_other, which the daemon has agreed to.
goes_on_at_other() {
    wait_for_line "$said" 'the peer knows where we are: no NAT' 100 || { fail "the peer did not take the address"; return 1; }
    go_on_with_checks 3 || return 1
    grep -q "we move: from $near_other:" "$said" || fail "no move was told"
}

# Our address is taken away, and we get another one.
scenario_our_address_changes() {
    ours_in_background --mobike --interval 0.5 --schedule 0.5x20 || { fail "not established"; return 1; }
    wait_for_line "$said" 'MOBIKE: addresses may change' 10 || { fail "the peer has not agreed"; return 1; }
    sleep 1
    ip -n "$near" addr del $near_ip/24 dev v0
    ip -n "$near" addr add $near_other/24 dev v0
    goes_on_at_other
}

# We have two addresses, and nothing from or to the first one comes through any more.
scenario_our_address_is_cut_off() {
    ip -n "$near" addr add $near_other/24 dev v0
    ours_in_background --mobike --local $near_ip,$near_other --interval 0.5 --schedule 0.5x20 ||
        { fail "not established"; return 1; }
    sleep 1
    ip netns exec "$far" nft -f - <<RULES
table inet cut {
    chain in { type filter hook input priority 0; ip saddr $near_ip drop; }
    chain out { type filter hook output priority 0; ip daddr $near_ip drop; }
}
RULES
    goes_on_at_other
}

# New IKE SAs take the place of old ones, of which the daemon keeps none.
scenario_reauthenticated() {
    ours_in_background --reauth 1.5 --interval 0.3 || { fail "not established"; return 1; }
    wait_for_line "$said" 'authenticated again as ' 100 || { fail "not authenticated again"; return 1; }
    sleep 2.5
    interrupt_ours
    [ "$ours_status" -eq 0 ] || { fail "exit status $ours_status"; return 1; }
    [ "$(grep -c 'authenticated again as ' "$said")" -ge 2 ] || { fail "not authenticated again and again"; return 1; }
    [ "$(grep -c ' down: ' "$said")" -eq 1 ] || { fail "the old IKE SA was not replaced in silence"; return 1; }
    [ "$(checks_answered)" -ge 9 ] || fail "liveness did not go on"
}

# The daemon redirects every IKE_SA_INIT, at its other address too: five times is enough.
scenario_redirected() {
    local status
    ours --follow-redirect --count 1
    status=$?
    [ $status -eq 3 ] || { fail "exit status $status instead of 3"; return 1; }
    [ "$(grep -c "redirects us to $far_other (REDIRECT, RFC 5685): we go there" "$said")" -eq 5 ] ||
        { fail "not five redirects were followed"; return 1; }
    grep -q 'we were redirected more than 5 times in 300 s' "$said" || fail "the loop was not told"
}

# To the daemon's other address, which does not redirect.
scenario_redirected_in_auth() {
    ours --follow-redirect --interval 0.2 --count 3 || { fail "exit status $?"; return 1; }
    grep -q "redirects us to $far_other (REDIRECT, RFC 5685): we go there" "$said" || { fail "not redirected"; return 1; }
    [ "$(grep -c 'stablished as' "$said")" -eq 1 ] || fail "not one IKE SA"
}

scenario_redirected_later() {
    ours_in_background --follow-redirect --interval 0.3 || { fail "not established"; return 1; }
    sleep 0.7
    "${daemon}_redirect" $far_other >"$work/redirect.txt" 2>&1
    wait_for_line "$said" 'authenticated again as ' 50 || { cat "$work/redirect.txt"; fail "no other IKE SA"; return 1; }
    sleep 1
    interrupt_ours
    [ "$ours_status" -eq 0 ] || { fail "exit status $ours_status"; return 1; }
    grep -q "redirects us to $far_other (REDIRECT, RFC 5685): we go there" "$said" || { fail "not redirected"; return 1; }
    [ "$(checks_answered)" -ge 4 ] || fail "liveness did not go on"
}
