# SPDX-License-Identifier: ISC
# The callbacks that a header declares, from the header as the preprocessor gives it: one a line, with "BY VALUE" before
# it when it takes or returns a struct that is not behind a pointer. Not every language can be called so.
#
#     cc -E HEADER | awk -v header=HEADER -f callbacks.awk

# The preprocessor says from which file the lines that follow are: others than the header's own do not count.
/^# [0-9]+ "/ {
    own = index($0, "\"" header "\"") != 0
    next
}

own {
    text = text " " $0
}

END {
    gsub(/[ \t]+/, " ", text)
    while (match(text, /[A-Za-z_][A-Za-z_0-9 *]*\(\* ?[a-z_0-9]+\) ?\([^()]*\)/)) {
        callback(substr(text, RSTART, RLENGTH))
        text = substr(text, RSTART + RLENGTH)
    }
}

function callback(declaration,    types, n, i, by_value)
{
    n = split(declaration, types, /\(\*[^(]*\(|,/) # what it returns, what it takes
    for (i = 1; i <= n; i++) {
        by_value = by_value || (types[i] ~ /(^| )(struct|union) / && types[i] !~ /\*/)
    }
    print (by_value ? "BY VALUE " : "") declaration
}
