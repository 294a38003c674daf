# SPDX-License-Identifier: ISC
# The scenarios about Child SAs, and about rekeys of ours. As those of scenarios.sh. Read by run; bash.

# shellcheck shell=bash disable=SC2154,SC2086,SC2034

scenarios="$scenarios child_rekeyed child_deleted peer_makes_child we_rekey rekeys_cross child_in_transport_mode"

child_line="Child SA established: tunnel, $near_net with $far_net, "

with_child_in_background() {
    ours_in_background --interval 0.3 --ts $near_net,$far_net "$@" || { fail "not established"; return 1; }
    wait_for_line "$said" "$child_line" 10 || fail "there is no Child SA"
}

# 20. The gateway insists on a Child SA, and rekeys it. Who is not told to make one makes it all the same.
scenario_child_rekeyed() {
    with_child_in_background || return 1
    "${daemon}_rekey_child" >"$work/rekey.txt" 2>&1 || { cat "$work/rekey.txt"; fail "the peer did not rekey"; return 1; }
    wait_for_line "$said" 'Child SA rekeyed by the peer: tunnel, ' 20 || { fail "no rekey was told"; return 1; }
    wait_for_line "$said" 'Child SA down: rekeyed, ' 20 || { fail "the old one was not deleted"; return 1; }
    go_on_with_checks 2
}

# 21. The gateway deletes it.
scenario_child_deleted() {
    with_child_in_background --child tunnel || return 1
    "${daemon}_delete_child" >"$work/delete.txt" 2>&1 || { cat "$work/delete.txt"; fail "its Delete was not answered"; return 1; }
    wait_for_line "$said" 'Child SA down: deleted by peer, ' 20 || { fail "no Delete was told"; return 1; }
    go_on_with_checks 2
}

# 22. The peer initiates, with a Child SA in IKE_AUTH, and rekeys that.
scenario_peer_makes_child() {
    responder_in_background --interval 0.3
    "${daemon}_initiate_child" >"$work/initiate.txt" 2>&1 || { cat "$work/initiate.txt"; fail "the peer did not establish"; return 1; }
    wait_for_line "$said" "$child_line" 10 || { fail "there is no Child SA"; return 1; }
    "${daemon}_rekey_child" >"$work/rekey.txt" 2>&1 || { cat "$work/rekey.txt"; fail "the peer did not rekey"; return 1; }
    wait_for_line "$said" 'Child SA rekeyed by the peer: tunnel, ' 20 || { fail "no rekey was told"; return 1; }
    sleep 1
    interrupt_ours
    [ "$(checks_answered)" -ge 3 ] || fail "our checks were not answered"
}

# 23. We rekey the Child SA and the IKE SA, twice; then as the one that was connected to.
scenario_we_rekey() {
    with_child_in_background --rekey 1.5 || return 1
    sleep 4
    go_on_with_checks 2 || return 1
    [ "$(grep -c 'Child SA rekeyed by us: ' "$said")" -ge 2 ] || { fail "the Child SA was not rekeyed twice"; return 1; }
    [ "$(grep -c '  rekeyed by us: ' "$said")" -ge 2 ] || { fail "the IKE SA was not rekeyed twice"; return 1; }
    responder_in_background --interval 0.3 --rekey 1.5
    "${daemon}_initiate_child" >"$work/initiate.txt" 2>&1 || { cat "$work/initiate.txt"; fail "the peer did not establish"; return 1; }
    wait_for_line "$said" '  rekeyed by us: ' 40 || { fail "we did not rekey"; return 1; }
    sleep 1
    interrupt_ours
    [ "$(checks_answered)" -ge 5 ] || fail "our checks were not answered"
}

# 24. Both rekey the IKE SA while neither request has arrived. One new IKE SA stays.
scenario_rekeys_cross() {
    ours_in_background --interval 0.3 --rekey 2 || { fail "not established"; return 1; }
    sleep 1.9
    "${daemon}_rekey" >"$work/rekey.txt" 2>&1
    sleep 0.5
    go_on_with_checks 2 || return 1
    grep -qE ' rekeyed by (us|the peer): ' "$said" || { fail "no rekey was told"; return 1; }
    ! grep -q ' came to nothing: ' "$said" || fail "ours was refused"
}

# 25. We ask for transport mode, and the peer chooses.
scenario_child_in_transport_mode() {
    ours --interval 0.2 --count 3 --child transport --ts $near_net,$far_net || { fail "exit status $?"; return 1; }
    grep -qE 'Child SA established: (transport|tunnel), ' "$said" || fail "there is no Child SA"
}
