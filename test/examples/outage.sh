#!/bin/sh
# SPDX-License-Identifier: ISC
# outage.sh CASE PROGRAM: runs the outage example as CASE, a function below, says, and checks what it prints. Time is
# never checked to be short, only to be long enough: on a loaded machine everything is late.
set -eu
# shellcheck source=test/support/case.sh
. "$(dirname "$0")/../support/case.sh"

# A speed at which a run takes less than a second.
fast=--speed=3000

# The lines of the story from the cut on; without the cut itself, before what follows the teardown.
after_cut() {
    sed -e '1,/the peer is cut off$/d' "$work/out" | sed -e '/^$/,$d'
}

# The waits that the lines on stdin name, on one line.
waits() {
    sed -n -E 's/.*(next wait|gives up in) ([0-9.]+) s.*/\2/p' | tr '\n' ' ' | sed 's/ $//'
}

count() {
    grep -c -E "$1" || true
}

# at_least A B: A >= B, both decimals.
at_least() {
    awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }'
}

# keeps_schedule ALLOWED WAIT...: from the cut on one request is sent with these waits, then everything goes down in
# order, no earlier than ALLOWED seconds after the last sign of life. The last wait may be there once more: it is, when
# the machine was too busy to run the program in the tick that would have given up.
keeps_schedule() {
    allowed=$1
    shift
    for last_wait; do :; done
    [ "$(after_cut | waits)" != "$* $last_wait" ] || set -- "$@" "$last_wait"
    [ "$(after_cut | waits)" = "$*" ] || fail "the waits are $(after_cut | waits), not $*"
    [ "$(after_cut | sed -n 's/.*Message ID \([0-9]*\).*/\1/p' | sort -u)" = 5 ] || fail "it is not one request"
    [ "$(after_cut | sed -n 's/.*retransmission \([0-9]*\) .*/\1/p' | tr '\n' ' ')" = \
        "$(seq -s ' ' 1 $(($# - 1))) " ] || [ $# -eq 1 ] || fail "the retransmissions are miscounted"
    [ "$(after_cut | tail -4 | sed -E 's/.*(IKE SA|Child SA).* down: timeout.*/\1/' | tr '\n' ' ')" = \
        "Child SA Child SA Child SA IKE SA " ] || fail "not all went down, Child SAs first"
    detection=$(after_cut | sed -n 's/.*IKE SA down: timeout, \([0-9.]*\) s after the last sign of life$/\1/p')
    at_least "$detection" "$allowed" || fail "down after $detection s, before the schedule's $allowed s"
    tail -1 "$work/out" | grep -q "^The schedule was kept. It allows $allowed s " || fail "the last line is wrong"
}

the_default_run_shows_the_outage() { # TEST
    run 0 "$fast"
    keeps_schedule 324 1 2 4 8 16 32 64 64 64 64
    [ "$(count ' answered +sent 1 time,' <"$work/out")" -eq 3 ] || fail "not three answered checks before the cut"
}

the_details_are_shown_before_and_after() { # TEST
    run 0 "$fast"
    [ "$(count '^IKE SA to-the-peer \(gateway 1, serial 1\): ESTABLISHED$' <"$work/out")" -eq 1 ] || fail "no details"
    [ "$(count '^IKE SA to-the-peer \(gateway 1, serial 1\): DEAD$' <"$work/out")" -eq 1 ] || fail "no details after"
    for line in 'time of report +[0-9.]+ s$' 'local +127\.0\.0\.1:[0-9]+, identity gateway\.example$' \
        'remote +127\.0\.0\.1:[0-9]+, identity peer\.example$' 'SPI +[0-9a-f]{16} initiator, [0-9a-f]{16} responder$' \
        'role +initiator$' 'authentication +none' 'proposal +chacha20poly1305-prfsha256$' 'NAT +no UDP encapsulation$' \
        'next Message ID +tx [56], rx 0$' 'liveness +periodic, idle 5\.000 s, 10 tries in 319\.000 s$' \
        'last proof of life +[0-9.]+ s ago$' 'outstanding +none$' 'Child SAs +[03]$' 'counters +probes [34], '; do
        [ "$(count "^ +$line" <"$work/out")" -eq 2 ] || fail "not twice in the details: $line"
    done
    [ "$(count '^ +ESP SPI in [0-9a-f]{8} out [0-9a-f]{8}, last heard never$' <"$work/out")" -eq 3 ] ||
        fail "not three Child SAs in the details"
}

named_schedules_are_kept() { # TEST
    run 0 "$fast" --schedule panos-7.0
    keeps_schedule 324 1 2 4 8 16 32 64 64 64 64
    run 0 "$fast" --schedule panos-11
    keeps_schedule 440 5 10 20 40 60 60 60 60 60 60
    run 0 "$fast" --schedule strongswan
    keeps_schedule 170.062 4 7.2 12.96 23.328 41.991 75.583
    run 0 "$fast" --schedule libreswan
    keeps_schedule 69 0.5 0.5 1 2 4 8 16 32
    run 0 "$fast" --schedule openiked
    keeps_schedule 131 2 4 8 16 32 64
    run 0 "$fast" --schedule fortios
    keeps_schedule 98 3 6 12 24 48
    run 0 "$fast" --schedule android
    keeps_schedule 20.5 0.5 1 2 4 8
}

a_list_of_waits_is_kept() { # TEST
    run 0 "$fast" --schedule=1,2.5,10x3 --idle=20
    keeps_schedule 53.5 1 2.5 10 10 10
    run 0 "$fast" --schedule 30
    keeps_schedule 35 30
}

the_last_wait_can_be_trimmed_or_hold_a_parting_send() { # TEST
    run 0 "$fast" --schedule strongswan+trimmed
    keeps_schedule 95.479 4 7.2 12.96 23.328 41.991 1
    run 0 "$fast" --schedule android+parting
    keeps_schedule 20.5 0.5 1 2 4 7 1
}

# How long answers take is the machine's, so nothing is said of when.
what_is_measured_may_trim_and_add_sends() { # TEST
    run 0 --speed=300 --schedule 10,30 --trim --round-trip-sends
    tail -1 "$work/out" | grep -q '^The schedule was kept\. It allows ' || fail "the last line"
    [ "$(count '^ +round trip +[0-9.]+ s, deviation ' <"$work/out")" -eq 2 ] || fail "no round trip in the details"
}

any_speed_keeps_the_schedule() { # TEST
    for speed in 1000 20000 1000000; do
        run 0 --speed $speed
        keeps_schedule 324 1 2 4 8 16 32 64 64 64 64
    done
}

a_peer_that_comes_back_is_kept() { # TEST
    for seconds in 0 60 257.4; do
        run 0 "$fast" --restore-at $seconds
        [ "$(count ' down: ' <"$work/out")" -eq 0 ] || fail "something went down"
        [ "$(sed -e '1,/the peer is back$/d' "$work/out" | count ' answered +sent ')" -eq 3 ] || fail "it did not recover"
        tail -1 "$work/out" | grep -q '^The schedule was kept, and the IKE SA recovered\.$' || fail "the last line"
    done
}

losses_do_not_end_the_ike_sa() { # TEST
    for seed in 1 2 3 4 5; do
        run 0 "$fast" --loss 0.3 --seed $seed --schedule android
        keeps_schedule 20.5 0.5 1 2 4 8
        cat "$work/out" >>"$work/all"
    done
    grep -q '(lost)$' "$work/all" || fail "no request was lost"
    grep -q ' an answer is lost$' "$work/all" || fail "no answer was lost"
}

# Prints the SPIs and what was lost.
repeatable_part() {
    grep -E 'SPI|Message ID .*before|lost|answered' "$work/out" | grep -o -E '[0-9a-f]{16}|\(lost\)|an answer is lost'
}

a_seed_repeats_keys_and_losses() { # TEST
    run 0 "$fast" --loss 0.3 --seed 9
    first=$(repeatable_part)
    run 0 "$fast" --loss 0.3 --seed 9
    [ "$(repeatable_part)" = "$first" ] || fail "the same seed gave another run"
    run 0 "$fast" --loss 0.3 --seed 10
    [ "$(repeatable_part)" != "$first" ] || fail "another seed gave the same run"
    run 0 "$fast"
    first=$(repeatable_part)
    run 0 "$fast"
    [ "$(repeatable_part)" != "$first" ] || fail "two runs without a seed have the same SPIs"
}

suites_are_used() { # TEST
    for suite in chacha20poly1305-prfsha512 aes256gcm16-prfsha256 aes256gcm16-prfsha512; do
        if [ "$suite" != chacha20poly1305-prfsha512 ] && "$program" "$fast" --suite $suite 2>&1 | grep -q IKL_ERR_NO_AES
        then
            run 1 "$fast" --suite $suite # this processor has no AES instructions, and the example says so
            continue
        fi
        run 0 "$fast" --suite $suite
        grep -q -E "^ +proposal +$suite\$" "$work/out" || fail "the details name another suite than $suite"
    done
}

help_is_on_stdout() { # TEST
    run 0 --help
    head -1 "$work/out" | grep -q '^usage: outage ' || fail "there is no usage"
    for option in schedule idle speed suite loss restore-at svg seed version; do
        grep -q -- "^  --$option " "$work/out" || fail "the usage does not name --$option"
    done
    [ ! -s "$work/err" ] || fail "there is something on stderr"
}

# refuses ARGUMENT...
refuses() {
    run 2 "$@"
    grep -q '^outage: ..*' "$work/err" || fail "stderr does not say what is wrong: $*"
    ! grep -q 'usage' "$work/err" || fail "the usage drowns what is wrong: $*"
    [ ! -s "$work/out" ] || fail "there is something on stdout: $*"
}

wrong_arguments_are_refused() { # TEST
    for arguments in --speed '--speed 0' '--speed -1' '--speed fast' '--speed 1e9' '--speed nan' '--speed 0x10' \
        '--schedule nobody' '--schedule android+' '--schedule 5,1+parting' '--schedule 1,x' '--schedule 0' '--schedule 1,' --schedule= '--idle 0' '--idle 1s' \
        '--suite none' '--suite aes256-sha256' '--suite chacha20poly1305-prfsha384' '--loss 0.31' '--loss -0.1' \
        '--loss inf' '--restore-at x' '--restore-at -1' '--restore-at 257.5' '--schedule android --restore-at 10' \
        --svg= '--seed -1' '--seed 1.5' '--seed 4294967296' --nothing outage --; do
        # shellcheck disable=SC2086
        refuses $arguments
    done
    refuses ''
    refuses --speed ''
}

what_a_value_may_be_is_said_when_it_is_wrong() { # TEST
    while read -r option value right; do
        refuses "$option" "$value"
        grep -q "^outage: $option cannot be \"$value\": it must be $right" "$work/err" ||
            fail "stderr does not say what $option may be"
        refuses "$option"
        grep -q "^outage: $option needs a value: $right" "$work/err" || fail "stderr does not say what $option needs"
    done <<EOF
--schedule nobody a name (panos-7.0, panos-11, .*, android), or waits in seconds, 0.001 to 86400
--idle 0 a number of seconds from 0.1 to 86400$
--speed 0 a number from 0.01 to 1000000$
--suite none chacha20poly1305 or aes256gcm16, followed by -prfsha256 or -prfsha512$
--loss 1 a probability from 0 to 0.3$
--restore-at x a number of seconds from 0 to 86400$
--seed 1.5 a whole number from 0 to 4294967295$
EOF
    run 0 --version
    grep -q -E '^outage \(ikelive\) [0-9]+\.[0-9]+\.[0-9]+$' "$work/out" || fail "there is no version"
    run 0 -h
    head -1 "$work/out" | grep -q '^usage: outage ' || fail "there is no usage"
}

# no_overlap CLASS: the texts of a column of the picture are at least the height of a line apart.
no_overlap() {
    sed -n -E "s/^<text class=\"$1[^\"]*\" x=\"[0-9.]+\" y=\"([0-9.]+)\">.*/\1/p" "$work/picture.svg" | sort -n |
        awk 'NR > 1 && $1 - last < 11 { bad = 1 } { last = $1 } END { exit bad }' ||
        fail "texts of class $1 overlap: $*"
}

the_picture_is_well_formed_and_legible() { # TEST
    command -v xmllint >/dev/null || exit 77 # skipped; in Debian it comes with libxml2-utils
    for arguments in '' '--restore-at 30 --schedule libreswan' '--loss 0.3 --seed 4 --idle 0.1 --schedule 0.1x30'; do
        # shellcheck disable=SC2086
        run 0 "$fast" $arguments --svg "$work/picture.svg"
        xmllint --noout "$work/picture.svg" || fail "the picture is not well-formed"
        sends=$(count 'Message ID .*(next wait|gives up in)' <"$work/out")
        answers=$(count ' answered +sent |an answer is lost' <"$work/out")
        downs=$(count ' down: timeout' <"$work/out")
        cuts=$(count 'the peer is (cut off|back)$' <"$work/out")
        [ "$(count '^<text class="time"' <"$work/picture.svg")" -eq $((sends + answers + downs + cuts)) ] ||
            fail "the picture does not show every event"
        [ "$(count '>(liveness check|retransmission [0-9]+), Message ID [0-9]+<' <"$work/picture.svg")" -eq "$sends" ] ||
            fail "the picture does not show every send"
        # Every wait that ended: those of all sends but the ones that were answered.
        [ "$(count '^<text class="wait"' <"$work/picture.svg")" -eq \
            $((sends - $(count ' answered +sent ' <"$work/out"))) ] || fail "the picture does not show every wait"
        for class in time wait label; do
            no_overlap $class
        done
    done
}

a_picture_that_cannot_be_written_is_an_error() { # TEST
    run 1 "$fast" --svg "$work/missing/picture.svg"
    grep -q "missing/picture.svg: " "$work/err" || fail "stderr does not name the file"
}

"$case"
