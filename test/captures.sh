#!/bin/sh
# SPDX-License-Identifier: ISC
# captures.sh CASE CAPTURES MADE SESSIONS: checks as CASE, a function below, says, that the program CAPTURES notices what
# is wrong with a session, and only that. MADE is the program that makes one; SESSIONS is the folder of recorded ones, in
# which nothing is wrong.
set -eu
# shellcheck source=test/support/case.sh
. "$(dirname "$0")/support/case.sh"
made=$3
sessions=$4
here=$(dirname "$0")
dpd=$sessions/chacha20poly1305-prfsha256-x25519.dpd-by-initiator.txt
natt=$sessions/chacha20poly1305-prfsha256-x25519.natt4500.txt
rekey=$sessions/chacha20poly1305-prfsha256-x25519.rekey.txt

# How many lines of a kind a session has.
count() {
    grep -c "^$2 " "$1"
}

# flip SESSION KIND N KEY AT [COPY]: writes a copy in which one bit is another in octet AT, from 0, or from -1 backwards,
# of the octets of this key in the N-th line of this kind. Fails when there is no such octet.
flip() {
    awk -v kind="$2" -v n="$3" -v key="$4" -v at="$5" '
        $1 == kind && ++seen == n {
            for (i = 2; i <= NF; i++) {
                if (index($i, key "=") == 1) {
                    octets = substr($i, length(key) + 2)
                    place = (at < 0 ? length(octets) + 2 * at : 2 * at) + 2
                    if (place < 2 || place > length(octets)) {
                        exit 1
                    }
                    digit = index("0123456789abcdef", substr(octets, place, 1)) - 1
                    digit = digit % 2 == 0 ? digit + 1 : digit - 1
                    $i = key "=" substr(octets, 1, place - 1) substr("0123456789abcdef", digit + 1, 1) \
                        substr(octets, place + 1)
                    flipped = 1
                }
            }
        }
        { print }
        END { exit !flipped }' "$1" >"${6-$work/flipped.txt}"
}

# replace SESSION N KEY VALUE [COPY]: writes a copy with another number in the N-th message.
replace() {
    awk -v n="$2" -v key="$3" -v value="$4" '
        $1 == "msg" && ++seen == n {
            for (i = 2; i <= NF; i++) {
                if (index($i, key "=") == 1 && $i != key "=" value) {
                    $i = key "=" value
                    replaced = 1
                }
            }
        }
        { print }
        END { exit !replaced }' "$1" >"${5-$work/replaced.txt}"
}

# The numbers of the protected messages of a session.
protected() {
    grep '^msg ' "$1" | grep -n ' iv=' | cut -d: -f1
}

# Something must be noticed in each of the copies.
each_copy_is_wrong() {
    run 0 --wrong "$work"/*.copy
    rm "$work"/*.copy
}

# in_each_protected_message SESSION KEY AT: a flipped octet must be noticed in every one that has it.
in_each_protected_message() {
    n_flipped=0
    for n in $(protected "$1"); do
        if flip "$1" msg "$n" "$2" "$3" "$work/$n.copy"; then
            n_flipped=$((n_flipped + 1))
        else
            rm "$work/$n.copy"
        fi
    done
    [ "$n_flipped" -ge 2 ] || fail "$n_flipped messages have the octet"
    each_copy_is_wrong
}

a_copy_in_which_nothing_is_changed_passes() { # TEST
    for session in "$sessions"/chacha20poly1305*.txt; do # which every provider can check
        flip "$session" sa 1 sk_d 0
        mv "$work/flipped.txt" "$work/once.txt"
        run 1 "$work/once.txt"
        flip "$work/once.txt" sa 1 sk_d 0 # back again
        run 0 "$work/flipped.txt"
    done
}

a_changed_octet_in_any_key_is_noticed() { # TEST
    for key in sk_d sk_ei sk_er sk_pi sk_pr skeyseed ni nr dh; do
        for n in $(seq "$(count "$rekey" sa)"); do
            for at in 0 -1; do
                flip "$rekey" sa "$n" "$key" "$at" "$work/$key.$n.$at.copy" || fail "there is no $key"
            done
        done
    done
    each_copy_is_wrong
}

a_changed_octet_in_any_icv_is_noticed() { # TEST
    in_each_protected_message "$rekey" hex -1
    in_each_protected_message "$dpd" hex -16
    in_each_protected_message "$natt" hex -1
}

a_changed_octet_in_any_iv_is_noticed() { # TEST
    in_each_protected_message "$rekey" iv 0
    in_each_protected_message "$dpd" iv -1
    in_each_protected_message "$rekey" hex 32
    in_each_protected_message "$natt" iv 0
}

a_changed_octet_in_any_plaintext_is_noticed() { # TEST
    in_each_protected_message "$rekey" plain 0
    in_each_protected_message "$rekey" plain -1
    in_each_protected_message "$dpd" plain_padded 0
    in_each_protected_message "$dpd" plain_padded -1
}

a_changed_octet_in_any_header_is_noticed() { # TEST
    for at in 0 8 16 17 18 19 20 27 28 31; do
        in_each_protected_message "$dpd" hex "$at"
    done
}

a_changed_octet_in_an_ike_sa_init_message_is_noticed() { # TEST
    for n in 1 2; do
        for at in 0 19 40 -1; do
            flip "$dpd" msg "$n" hex "$at"
            run 1 "$work/flipped.txt"
        done
    done
}

a_changed_number_in_any_message_is_noticed() { # TEST
    for n in $(seq 3 "$(count "$dpd" msg)"); do
        replace "$dpd" "$n" msgid 77 "$work/$n.msgid.copy"
        replace "$dpd" "$n" exchange 36 "$work/$n.exchange.copy"
        replace "$dpd" "$n" flags 1 "$work/$n.flags.copy"
        replace "$dpd" "$n" inner_first 44 "$work/$n.inner_first.copy"
    done
    each_copy_is_wrong
}

# What each provider of another library has, but for AES-CCM's lengths of ICV, of which each key has at least one.
there_is_a_session_of_each_cipher_with_each_length_of_key() { # TEST
    for bits in 128 192 256; do
        for cipher in gcm16- gcm12- 'ccm[0-9]*-' -sha1- -sha256- -sha384- -sha512-; do
            grep -q "^suite aes$bits$cipher" "$sessions"/*.txt || fail "there is none of aes$bits$cipher"
        done
    done
    for prf in sha1 sha256 sha384 sha512 aescmac; do
        grep -qE "^suite aes[0-9]*([gc]cm[0-9]*-prf|-)$prf-" "$sessions"/*.txt || fail "there is none of the PRF $prf"
    done
}

# From here on every message can be opened and sealed again: what is noticed is what an IKE SA does in a peer's place.

# without SESSION N: writes a copy without the N-th message.
without() {
    awk -v n="$2" '!($1 == "msg" && ++seen == n)' "$1" >"$work/without.txt"
}

opens_everything() {
    ! grep -q "cannot be opened\|seals to other\|opens to something" "$work/err" || fail "another check noticed"
}

a_missing_liveness_request_is_noticed_by_the_ike_sa() { # TEST
    for n in 5 7 9; do
        without "$dpd" "$n"
        run 1 "$work/without.txt"
        opens_everything
        grep -q "is not accepted by the IKE SA" "$work/err" || fail "nothing is said of a response nobody asked for"
    done
}

liveness_checks_in_the_wrong_order_are_noticed_by_the_ike_sa() { # TEST
    awk '$1 == "msg" && (++seen == 5 || seen == 6) { kept = kept $0 "\n"; next }
         { print }
         seen == 8 { printf "%s", kept; kept = "" }' "$dpd" >"$work/swapped.txt"
    run 1 "$work/swapped.txt"
    opens_everything
}

a_response_along_another_path_is_noticed_by_the_ike_sa() { # TEST
    replace "$natt" 6 dport 4501
    run 1 "$work/replaced.txt"
    opens_everything
    replace "$dpd" 6 sport 4500
    run 1 "$work/replaced.txt"
    opens_everything
}

a_delete_that_is_not_answered_is_noticed_by_the_ike_sa() { # TEST
    n=$(count "$rekey" msg)
    without "$rekey" "$n"
    run 0 "$work/without.txt" # the recording just ends before
    replace "$rekey" "$n" sport 501
    run 1 "$work/replaced.txt"
    opens_everything
}

what_was_never_recorded_is_checked_too() { # TEST
    for suite in chacha20poly1305-prfsha256 chacha20poly1305-prfsha512; do
        "$made" "$suite" >"$work/made.txt"
        run 0 --strict "$work/made.txt"
        grep -q "6 requests answered, 7 requests made, 6 responses accepted" "$work/out" || fail "something is left out"
    done
}

a_missing_delete_is_noticed_by_the_ike_sa() { # TEST
    "$made" chacha20poly1305-prfsha256 >"$work/made.txt"
    without "$work/made.txt" 5
    mv "$work/without.txt" "$work/once.txt"
    run 0 "$work/once.txt" # it was sent twice
    without "$work/once.txt" 5
    run 1 "$work/without.txt"
    opens_everything
    without "$work/made.txt" 8
    run 1 "$work/without.txt"
    opens_everything
}

# What was lost on its way to one end is not there, what was repeated is there more than once.
what_one_end_of_a_lossy_link_recorded_replays_in_the_places_of_both() { # TEST
    for session in "$sessions"/*.txt; do
        # What is lost matters here, and not with which cipher.
        case $session in
        *chacha20poly1305* | *aes256gcm16-prfsha256*) seeds=6 ;;
        *) seeds=1 ;;
        esac
        for end in initiator responder; do
            for seed in $(seq $seeds); do
                awk -v end="$end" -v seed="$seed" -f "$here/captures_lossy.awk" "$session" \
                    >"$work/${session##*/}.$end.$seed.copy"
            done
        done
    done
    run 0 "$work"/*.copy
}

# Of the awk program itself: it makes what a lossy link is feared for.
what_is_made_of_a_session_has_losses_repetitions_and_late_messages() { # TEST
    for seed in $(seq 20); do
        for end in initiator responder; do
            awk -v end="$end" -v seed="$seed" -f "$here/captures_lossy.awk" "$dpd" >"$work/lossy.txt"
            grep '^msg ' "$work/lossy.txt" | awk '
                { kind = /exchange=34 flags=32/ ? "init" : /exchange=35 flags=8/ ? "auth" : "other" }
                kind == "init" && seen["auth"] { print "late IKE_SA_INIT response" }
                $0 in lines { print "repetition" }
                { seen[kind] = 1; lines[$0] = 1 }
                END { if (/inner_first=42/) print "unanswered Delete" }'
        done
    done | sort -u >"$work/out"
    : >"$work/err"
    for kind in "late IKE_SA_INIT response" repetition "unanswered Delete"; do
        grep -q "$kind" "$work/out" || fail "there is no $kind"
    done
}

a_message_that_is_missing_in_a_lossy_session_is_noticed() { # TEST
    lossy=$sessions/lossy.aes256gcm16-prfsha256-x25519.a.txt
    for n in 9 13 40; do # the only answers to requests before the next
        without "$lossy" "$n"
        run 1 --strict "$work/without.txt"
        opens_everything
    done
}

a_suite_that_nobody_has_is_said_and_a_failure_only_when_strict() { # TEST
    sed 's/^suite .*/suite aes128-sha1-prfaesxcbc-modp2048/' "$dpd" >"$work/unknown.txt"
    run 0 "$work/unknown.txt"
    grep -q "not supported" "$work/out" || fail "it is not said"
    run 1 --strict "$work/unknown.txt"
}

what_is_no_session_is_a_failure() { # TEST
    run 1 "$work/missing.txt"
    echo "nonsense" >"$work/nonsense.txt"
    run 1 "$work/nonsense.txt"
    grep -v '^suite ' "$dpd" >"$work/nameless.txt"
    run 1 "$work/nameless.txt"
    grep -v '^msg ' "$dpd" >"$work/silent.txt"
    run 1 "$work/silent.txt"
    run 1 "$dpd" "$work/nonsense.txt" "$dpd"
}

wrong_arguments_are_answered_with_the_usage() { # TEST
    run 2
    run 2 --strict
    run 2 --loud "$dpd"
    grep -q "^usage: captures" "$work/err" || fail "there is no usage"
}

"$case"
