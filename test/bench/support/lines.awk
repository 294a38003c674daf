# SPDX-License-Identifier: ISC
# Counts the lines of memory that calls touch: awk -v symbols=FILE -f lines.awk TRACE, the output of nm -S and that of
# lackey, whose addresses are hexadecimal. Prints for each operation its name, and the cold lines and all lines of its
# calls. What is done between an operation's beginning and its first call is not counted.

function number(hex,    i, n) {
    n = 0
    for (i = 1; i <= length(hex); i++) {
        n = 16 * n + index("0123456789abcdef", substr(hex, i, 1)) - 1
    }
    return n
}

function end_call(    line) {
    for (line in touched) {
        all[operation]++
        cold[operation] += !(line in touched_before)
    }
    split("", touched_before)
    for (line in touched) {
        touched_before[line] = 1
    }
    split("", touched)
}

function begin_operation(name) {
    end_call()
    split("", touched_before)
    operation = name
    calling = 0
}

function touch(address, octets,    line) {
    for (line = int(address / 64); line <= int((address + octets - 1) / 64); line++) {
        touched[line] = 1
    }
}

# lackey shows eight digits of an address below 4 GB, nm sixteen.
function read_symbols(file) {
    while ((getline <file) > 0) {
        if ($NF == "arena") {
            arena = substr($1, 9)
            arena_end = sprintf("%08x", number(arena) + number($2))
        } else if ($NF ~ /^count_/) {
            operations[substr($1, 9)] = substr($NF, 7)
        } else if ($NF ~ /^ikl_(endpoint_advance|endpoint_receive|child_heard)$/) {
            calls[substr($1, 9)] = 1
        }
    }
}

BEGIN {
    FS = "[ ,]+"
    read_symbols(symbols)
}
$1 == "I" {
    if ($2 in operations) {
        begin_operation(operations[$2])
    } else if ($2 in calls && operation != "") {
        end_call()
        calling = 1
    }
    next
}
calling && $3 >= arena && $3 < arena_end {
    touch(number($3), $4)
}
END {
    end_call()
    for (operation in all) {
        print operation, cold[operation], all[operation]
    }
}
