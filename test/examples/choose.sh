#!/bin/sh
# SPDX-License-Identifier: ISC
# choose.sh CASE PROGRAM: asks the example for schedules as CASE, a function below, says, and checks what it suggests.
set -eu
# shellcheck source=test/support/case.sh
. "$(dirname "$0")/../support/case.sh"

says_the_same() { # ARGUMENT...: as the run before
    mv "$work/out" "$work/before"
    run 0 "$@"
    cmp -s "$work/before" "$work/out" || fail "another order of options makes a difference: $*"
}

the_order_of_options_makes_no_difference() { # TEST
    run 0 --link dsl --loss 5 --outages 20x300
    says_the_same --loss 5 --link dsl --outages 20x300
    says_the_same --outages 20x300 --loss 5 --link dsl
    run 0 --link dsl --loss 5
    ! cmp -s "$work/before" "$work/out" || fail "--outages makes no difference"
}

# The first wait of strongSwan and the last one, in ms.
waits_of_strongswan() {
    awk '/retransmit_timeout/ { first = $3 } /retransmit_base/ { base = $3 }
        /retransmit_tries/ { printf "%d %d\n", first * 1000 + 0.5, first * base ^ $3 * 1000 + 0.5 }' "$work/out"
}

# The same of libreswan: the first wait comes twice, each other one is twice as long, and all end after the time-out.
waits_of_libreswan() {
    awk -F = '/retransmit-interval/ { first = $2 + 0 }
        /retransmit-timeout/ { for (last = first; 2 * last < $2 * 1000; last *= 2) { } print first, last }' "$work/out"
}

no_stack_waits_less_for_an_answer_than_it_takes() { # TEST
    suggested=0
    for detect_round_trip in 7:1 9:100 12:400 20:800 60:100 60:1600 120:3000; do
        round_trip=${detect_round_trip#*:}
        run 0 --detect "${detect_round_trip%:*}" --round-trip "$round_trip"
        needed=$((round_trip * 8 > 1000 ? round_trip * 8 : 1000))
        for stack in strongswan libreswan; do
            waits=$("waits_of_$stack")
            [ -n "$waits" ] || continue
            suggested=$((suggested + 1))
            [ "${waits% *}" -ge 500 ] && [ "${waits#* }" -ge "$needed" ] ||
                fail "$stack waits $waits ms where $needed are needed"
        done
    done
    [ "$suggested" -ge 10 ] || fail "only $suggested schedules were suggested"
}

a_stack_that_cannot_wait_so_long_is_named() { # TEST
    run 0 --detect 12 --round-trip 800
    for stack in strongSwan libreswan; do
        grep -q "^$stack has no schedule for this\.$" "$work/out" || fail "nothing is said of $stack"
    done
}

pan_os_is_told_a_time_that_it_takes() { # TEST
    for idle_interval in 1:2 2:2 30:30 100:100 3600:100; do
        run 0 --detect 7200 --idle "${idle_interval%:*}"
        grep -q "dpd enable yes interval ${idle_interval#*:}$" "$work/out" || fail "not $idle_interval"
    done
}

where_there_is_no_time_that_is_said() { # TEST
    run 1 --detect 6 --idle 5
    grep -qx 'There is no time for a schedule\.' "$work/out" || fail "nothing is said"
}

wrong_arguments_are_refused() { # TEST
    for argument in --link=mars --loss=100 --loss=nan --loss=-1 --outages=5x "--outages=5x365," --outages=nanx1 \
        --outages=1e300x1 --outages=1x1,1x1,1x1,1x1,1x1,1x1,1x1,1x1,1x1 --detect=5 --detect=0 --round-trip=0 --nothing; do
        run 2 "$argument"
        [ ! -s "$work/out" ] || fail "it prints something for $argument"
    done
}

"$case"
