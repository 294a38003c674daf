# SPDX-License-Identifier: ISC
# The scenarios of the interoperation tests, the same for every daemon: each is a function scenario_NAME SUITE, which
# succeeds, fails after saying why, or says why it cannot be done here and returns 77. Read by run; bash.

# shellcheck shell=bash disable=SC2154,SC2086,SC2034

scenarios="we_initiate peer_initiates cut_while_idle cut_and_restored impaired killed_and_restarted killed_and_revived
           peer_rekeys peer_deletes we_delete refused taken_over init_alone many initial_contact"

# Runs ikeping on the near host. ours NAME... gives its arguments beside those that all runs have.
ours() {
    ip netns exec "$near" $promptly "$ikeping" "${target:-$far_ip}" ${credentials:-$psk_file} --id "$near_id" --remote-id "$far_id" \
        --proposal "$suite" ${extra:-} "$@" >"$said" 2>&1
}

ours_in_background() {
    ip netns exec "$near" $promptly "$ikeping" "${target:-$far_ip}" ${credentials:-$psk_file} --id "$near_id" --remote-id "$far_id" \
        --proposal "$suite" ${extra:-} "$@" >"$said" 2>&1 &
    ours_pid=$!
    wait_for_line "$said" 'stablished' 50
}

responder_in_background() {
    local words=${daemon}_peer_words
    ip netns exec "$near" $promptly "$ikeping" --responder "${listen:-$near_ip}" ${!words:-} ${credentials:-$psk_file} --id "$near_id" \
        --proposal "$suite" ${extra:-} "$@" >"$said" 2>&1 &
    ours_pid=$!
    sleep 0.5
}

interrupt_ours() {
    kill -INT "$ours_pid" 2>/dev/null
    wait "$ours_pid" 2>/dev/null
    ours_status=$?
}

wait_for_ours() {
    wait "$ours_pid"
    ours_status=$?
}

fail() {
    echo "    $*"
    sed 's/^/    | /' "$said" | tail -n 25
    return 1
}

checks_answered() {
    grep -oE '[0-9]+ answered' "$said" | tail -n 1 | grep -oE '[0-9]+'
}

# The verdict was told so many seconds after the first retransmission, within 50 ms.
given_up_after() { # SECONDS
    awk -v wait="$1" '/ retransmission 1 of / { first = $1 }
        / down: timeout/ { late = $1 - first - wait; found = 1 }
        END { exit !(found && late > -0.05 && late < 0.05) }' "$said"
}

# 1. Ten checks of ours, then the peer's own.
scenario_we_initiate() {
    ours --interval 0.2 --count 10 || { fail "exit status $?"; return 1; }
    [ "$(checks_answered)" = 10 ] || { fail "not ten checks were answered"; return 1; }
    "${daemon}_probes" || return 0
    ours_in_background --interval 60 || { fail "not established"; return 1; }
    local before
    before=$("${daemon}_checks_answered")
    sleep 4
        [ "$("${daemon}_checks_answered")" -ge $((before + 2)) ] || { fail "the peer's checks were not answered"; return 1; }
    interrupt_ours
    [ "$ours_status" -eq 0 ] || fail "exit status $ours_status"
}

# 2. The same with roles changed: our checks, then, while we send none, the peer's.
scenario_peer_initiates() {
    responder_in_background --interval 0.3
    "${daemon}_initiate" >"$work/initiate.txt" 2>&1 || { cat "$work/initiate.txt"; fail "the peer did not establish"; return 1; }
    sleep 2
    interrupt_ours
    [ "$(checks_answered)" -ge 3 ] || { fail "our checks were not answered"; return 1; }
    "${daemon}_probes" || return 0
    sleep 0.5
    responder_in_background --interval 60
    "${daemon}_initiate" >"$work/initiate.txt" 2>&1 || { cat "$work/initiate.txt"; fail "the peer did not establish"; return 1; }
    local before
    before=$("${daemon}_checks_answered")
    sleep 3.5
    interrupt_ours
        [ "$("${daemon}_checks_answered")" -ge $((before + 2)) ] || fail "the peer's checks were not answered"
}

# 3. The link is cut while nothing is outstanding. Both schedules run out.
scenario_cut_while_idle() {
    local status
    capture "$work/cut.pcap"
    ours_in_background --interval 1 --schedule 0.4,0.6,0.8,1 || { fail "not established"; return 1; }
    sleep 1.5
    cut_link
    wait_for_ours
    end_capture
    [ "$ours_status" -eq 1 ] || { fail "exit status $ours_status instead of 1"; return 1; }
    python3 "$top/test/interop/wire.py" "$work/cut.pcap" $near_ip 0.4,0.6,0.8,1 >"$work/wire.txt" 2>&1
    status=$?
    sed 's/^/    /' "$work/wire.txt"
    [ $status -eq 0 ] || { fail "not on schedule"; return 1; }
    given_up_after 2.4 || { fail "the verdict did not come 2.4 s after the first retransmission"; return 1; }
    ! "${daemon}_probes" || "${daemon}_gave_up" || fail "the peer's own schedule did not run out"
}

# 4. Cut and restored before the end: the same IKE SA goes on.
scenario_cut_and_restored() {
    ours_in_background --interval 0.5 --schedule 0.5x20 || { fail "not established"; return 1; }
    sleep 1
    cut_link
    sleep 2
    restore_link
    sleep 2
    interrupt_ours
    [ "$ours_status" -eq 0 ] || { fail "exit status $ours_status"; return 1; }
    [ "$(grep -c 'stablished as' "$said")" -eq 1 ] || { fail "not the same IKE SA"; return 1; }
    grep -qE '[1-9][0-9]* retransmission' "$said" || fail "nothing was retransmitted"
}

# 5. 30 % loss each way, doubled and overtaking datagrams. It ends with an answer: who interrupts a check gets status 1.
scenario_impaired() {
    ours --interval 1 --count $((impaired_seconds + 1)) --schedule 0.4x30 || { fail "exit status $?"; return 1; }
    [ "$(checks_answered)" = $((impaired_seconds + 1)) ] || { fail "not all checks were answered"; return 1; }
    grep -qE '[1-9][0-9]* retransmission' "$said" || { fail "nothing was lost"; return 1; }
    "${daemon}_handled_once" || fail "the peer executed a request twice"
}

# 6. The daemon dies and comes back without its state: what it says unprotected ends nothing, the schedule does.
scenario_killed_and_restarted() {
    ours_in_background --interval 0.5 --schedule 0.5,0.5,1 || { fail "not established"; return 1; }
    "${daemon}_kill"
    "${daemon}_launch"
    local began=$SECONDS
    wait_for_ours
    [ "$ours_status" -eq 1 ] || { fail "exit status $ours_status instead of 1"; return 1; }
    [ $((SECONDS - began)) -ge 1 ] || fail "ended before its schedule"
}

# 7. The same with --revive: once the daemon is back, there is another IKE SA.
scenario_killed_and_revived() {
    local before
    ours_in_background --revive --interval 0.5 --schedule 0.5,0.5,1 || { fail "not established"; return 1; }
    "${daemon}_kill"
    wait_for_line "$said" 'connecting again in ' 150 || { fail "no attempt failed"; return 1; }
    before=$(grep -c ' answered: ' "$said")
    "${daemon}_launch"
    wait_for_line "$said" 'up again: attempt [0-9]+ succeeded' 150 || { fail "not up again"; return 1; }
    sleep 1.5
    interrupt_ours
    [ "$ours_status" -eq 1 ] || { fail "exit status $ours_status instead of 1"; return 1; }
    [ "$(grep -c 'stablished as' "$said")" -eq 2 ] || { fail "not two IKE SAs"; return 1; }
    [ "$(grep -c ' answered: ' "$said")" -ge $((before + 2)) ] || fail "liveness did not go on"
}

# 8. The peer rekeys the IKE SA.
scenario_peer_rekeys() {
    ours_in_background --interval 0.3 || { fail "not established"; return 1; }
    sleep 0.7
    "${daemon}_rekey" >"$work/rekey.txt" 2>&1 || { cat "$work/rekey.txt"; fail "the peer did not rekey"; return 1; }
    sleep 2
    interrupt_ours
    [ "$ours_status" -eq 0 ] || { fail "exit status $ours_status"; return 1; }
    grep -qi 'rekey' "$said" || { fail "no rekey was told"; return 1; }
    [ "$(checks_answered)" -ge 7 ] || fail "liveness did not go on"
}

# 9. Deletes, the peer's and ours.
scenario_peer_deletes() {
    ours_in_background --interval 0.3 --count 100 || { fail "not established"; return 1; }
    sleep 0.7
    "${daemon}_terminate" >"$work/terminate.txt" 2>&1 || { cat "$work/terminate.txt"; fail "its Delete was not answered"; return 1; }
    wait_for_ours
    [ "$ours_status" -eq 1 ] || { fail "exit status $ours_status instead of 1"; return 1; }
    grep -q 'deleted by peer' "$said" || fail "not told as deleted by the peer"
}

scenario_we_delete() {
    ours --interval 0.2 --count 2 || { fail "exit status $?"; return 1; }
    "${daemon}_saw_our_delete" || fail "the peer did not see our Delete"
}

# 10. What cannot be established: exit status and words.
scenario_refused() {
    local status
    echo another-secret >"$work/secret"
    ours --count 1
    status=$?
    printf %s $secret >"$work/secret"
    [ $status -eq 3 ] || { fail "wrong secret: exit status $status instead of 3"; return 1; }
    grep -q 'AUTHENTICATION_FAILED' "$said" || { fail "wrong secret: no word of it"; return 1; }
    local wanted=$suite
    suite=$other_suite
    ours --count 1
    status=$?
    suite=$wanted
    [ $status -eq 3 ] || { fail "no common proposal: exit status $status instead of 3"; return 1; }
    grep -q 'NO_PROPOSAL_CHOSEN' "$said" || { fail "no common proposal: no word of it"; return 1; }
    target=192.0.2.77 ours --count 1 --schedule 0.2,0.3
    status=$?
    [ $status -eq 3 ] || { fail "unreachable: exit status $status instead of 3"; return 1; }
    grep -qi 'timed out\|timeout\|unreachable' "$said" || fail "unreachable: no word of it"
}

# 11. Another member of a cluster takes over from us, with old Message IDs (RFC 6311): the peer answers, and goes on.
scenario_taken_over() {
    "${daemon}_syncs" || return 77
    responder_in_background --sync --takeover-after 1 --interval 0.3
    "${daemon}_initiate" >"$work/initiate.txt" 2>&1 || { cat "$work/initiate.txt"; fail "the peer did not establish"; return 1; }
    sleep 3
    interrupt_ours
    grep -q 'taken over by ourselves, with Message IDs that are [1-9]' "$said" || { fail "nothing was played"; return 1; }
    grep -q 'Message IDs are synchronised' "$said" || { fail "the peer did not answer"; return 1; }
    [ "$(grep -c ' established as ' "$said")" -eq 1 ] || { fail "not one IKE SA"; return 1; }
    [ "$(grep -c ' down: ' "$said")" -eq 1 ] || { fail "it went down before the end"; return 1; }
    [ "$(checks_answered)" -ge 6 ] || fail "liveness did not go on"
}

# Without credentials: only whether it answers IKE_SA_INIT, three times.
scenario_init_alone() {
    ip netns exec "$near" $promptly "$ikeping" "${target:-$far_ip}" --init --count 3 --interval 0.2 >"$said" 2>&1 ||
        { fail "exit status $?"; return 1; }
    [ "$(grep -c ' answered: IKE 2\.0, ' "$said")" -eq 3 ] || fail "not three answers"
}

# With two gateways in one run: this one lives, and nobody is at the other's port.
scenario_many() {
    printf '%s\n%s:9\n' "$far_ip" "$far_ip" >"$work/gateways"
    ip netns exec "$near" $promptly "$ikeping" -f "$work/gateways" ${credentials:-$psk_file} --id "$near_id" \
        --proposal "$suite" ${extra:-} --interval 0.2 --count 5 --schedule 0.5,1 >"$said" 2>&1
    grep -qE "^$far_ip:500 +ended +5 checks sent, 5 answered" "$said" || { fail "not five checks were answered"; return 1; }
    grep -qE "^$far_ip:9 +failed" "$said" || fail "who is not there has not failed"
}

# Killed without a Delete, we come back, and say that we have no other IKE SA: so the old one goes.
scenario_initial_contact() {
    ours_in_background --interval 60 || { fail "not established"; return 1; }
    kill -9 "$ours_pid"
    wait "$ours_pid" 2>/dev/null
    ours_in_background --interval 60 --initial-contact || { fail "not established again"; return 1; }
    sleep 1
    [ "$("${daemon}_n_sas")" -eq 1 ] || { fail "it has $("${daemon}_n_sas") IKE SAs"; return 1; }
    interrupt_ours
}
