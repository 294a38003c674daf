# SPDX-License-Identifier: ISC
# What ikeping sends, as tshark reads it: a third reader of the same messages, and of the key log. Read by run; bash.

# shellcheck shell=bash disable=SC2154,SC2034

tshark_suites=$strongswan_suites
tshark_scenarios="read_by_tshark read_by_tshark_at_4500"

# There is no daemon: ikeping is on both sides.
tshark_start() { true; }
tshark_stop() { true; }

tshark_cannot() {
    command -v tshark >/dev/null || echo "there is no tshark"
}

# ikeping on both hosts of the lab; the initiator writes what it sees, and its keys.
write_session() { # [ARGUMENT]...
    rm -f "$work/session.pcap" "$work/session.keys"
    responder_in_background --interval 60
    ip netns exec "$far" "$ikeping" $near_ip --psk-file "$work/secret" --id far.lab --remote-id near.lab \
        --proposal "$suite" --interval 0.1 --count 3 --pcap "$work/session.pcap" --keylog "$work/session.keys" "$@" \
        >"$work/session.txt" 2>&1
    session_status=$?
    interrupt_ours
    return $session_status
}

# The numbers of the frames that a filter shows, with the keys of the session.
frames_shown() { # FILTER
    local keys=()
    while read -r line; do
        keys+=(-o "uat:ikev2_decryption_table:$line")
    done < <(grep -v '^#' "$work/session.keys")
    tshark -n -r "$work/session.pcap" "${keys[@]}" -Y "$1" -T fields -e frame.number 2>"$work/tshark.txt" | tr '\n' ' '
    [ "${PIPESTATUS[0]}" -eq 0 ] || { echo "tshark fails: $(cat "$work/tshark.txt")"; }
}

# expect_frames FILTER FRAMES
expect_frames() {
    local shown
    shown=$(frames_shown "$1")
    [ "${shown% }" = "$2" ] || fail "tshark shows for \"$1\" frames \"${shown% }\" instead of \"$2\""
}

# A handshake (frames 1 to 4), three checks (5 to 10), a Delete (11 and 12): every frame decodes without a complaint,
# and where tshark has the ciphers, with the key log the payloads inside are the ones that belong there.
read_session() {
    expect_frames isakmp "1 2 3 4 5 6 7 8 9 10 11 12" || return 1
    expect_frames "!isakmp" "" || return 1
    expect_frames "_ws.malformed || _ws.expert.severity >= 0x600000" "" || return 1
    case $suite in
    chacha20poly1305*)
        echo "    the payloads inside: skipped, tshark does not decrypt ChaCha20-Poly1305"
        return 0
        ;;
    esac
    expect_frames isakmp.enc.decrypted "3 4 5 6 7 8 9 10 11 12" || return 1
    expect_frames "isakmp.typepayload == 35" 3 || return 1
    expect_frames "isakmp.typepayload == 36" "3 4" || return 1
    expect_frames "isakmp.typepayload == 39" "3 4" || return 1
    expect_frames "isakmp.typepayload == 42" 11
}

scenario_read_by_tshark() {
    write_session || { cat "$work/session.txt"; fail "exit status $session_status"; return 1; }
    read_session
}

scenario_read_by_tshark_at_4500() {
    write_session --nat-t || { cat "$work/session.txt"; fail "exit status $session_status"; return 1; }
    read_session || return 1
    expect_frames "udp.port == 4500" "3 4 5 6 7 8 9 10 11 12"
}
