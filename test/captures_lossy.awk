# SPDX-License-Identifier: ISC
# awk -v end=initiator -v seed=1 -f captures_lossy.awk SESSION: writes the session as one of its ends would have recorded
# it over a link that loses, doubles and delays: what this end sends is all there, as often as it was sent; what it
# receives is there as often as it arrived.

function chance(percent) {
    state = (state * 16807) % 2147483647
    return state % 100 < percent
}

function value(key,    i) {
    for (i = 2; i <= NF; i++) {
        if (index($i, key "=") == 1) {
            return substr($i, length(key) + 2)
        }
    }
    return ""
}

function keep_for_later(line) {
    late[++n_late] = line
    late_exchange[n_late] = exchange
}

# A request that comes late is answered once more unless the peer has made another since.
function deliver_late(    i, one) {
    for (i = 1; i <= n_late; i++) {
        if (late[i] != "" && chance(40)) {
            one = late_exchange[i]
            print late[i]
            if ((one in response) && late[i] == request[one] && latest[side_of[one]] == one && !(side_of[one] in gone)) {
                print response[one]
            }
            late[i] = ""
        }
    }
}

# What this end asks for: sent until an answer arrives, and late answers arrive too.
function take_own_answer() {
    if (deletes[exchange] && chance(50)) {
        while (chance(85)) {
            print request[exchange]
        }
        return # no answer ever arrived
    }
    while (chance(30)) {
        print request[exchange]
    }
    print
    while (chance(30)) {
        keep_for_later($0)
    }
}

# What the peer asks for: each copy that arrives is answered, but nobody is there any more after a Delete.
function give_answer() {
    print
    while (chance(35)) {
        print request[exchange]
        if (!deletes[exchange]) {
            print
        }
    }
    while (chance(25)) {
        keep_for_later(request[exchange])
    }
    if (deletes[exchange]) {
        gone[value("spi_i") " peer"] = 1
    }
}

BEGIN {
    state = seed * 7919 + 1
    for (i = 0; i < 10; i++) {
        chance(1)
    }
}

function look(line) {
    $0 = line
    flags = value("flags")
    is_response = int(flags / 32) % 2
    sent = (int(flags / 8) % 2) == (end == "initiator")
    own = sent != is_response # the exchange is this end's
    side = value("spi_i") (own ? " own" : " peer")
    exchange = side " " value("exchange") " " value("msgid") " " (value("exchange") == 34 ? n_init : "")
}

function take(line) {
    look(line)
    deliver_late()
    if (is_response) {
        response[exchange] = $0
        if (own) {
            take_own_answer()
        } else {
            give_answer()
        }
        return
    }
    if (value("exchange") == 34) {
        exchange = side " 34 0 " ++n_init
    }
    request[exchange] = $0
    side_of[exchange] = side
    latest[side] = exchange
    deletes[exchange] = value("plain") == "0000000801000000" && value("inner_first") == 42
    print
    while (own && chance(40)) {
        print
    }
}

$1 != "msg" {
    print
    next
}

# An answer may be overtaken by a request of the peer's.
{
    line = $0
    look(line)
    if (held != "" && !sent && !is_response) {
        if (held ~ / exchange=35 /) {
            print line # not answered before the peer is authenticated: it comes again
        } else {
            take(line)
            line = ""
        }
    }
    if (held != "") {
        take(held)
        held = ""
    }
    look(line)
    if (line != "" && own && is_response && chance(40)) {
        held = line
    } else if (line != "") {
        take(line)
    }
}

END {
    if (held != "") {
        take(held)
    }
}
