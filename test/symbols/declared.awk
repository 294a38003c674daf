# SPDX-License-Identifier: ISC
# The functions and objects that a header declares, from the header as the preprocessor gives it: one name a line, with
# "has no IKL_API" after it when the declaration lacks the visibility attribute that IKL_API stands for. Definitions
# (inline functions) do not count, unless in_line is 1.
#
#     cc -E HEADER | awk -v header=HEADER [-v in_line=1] -f declared.awk

# The preprocessor says from which file the lines that follow are: others than the header's own do not count.
/^# [0-9]+ "/ {
    own = index($0, "\"" header "\"") != 0
    next
}

own {
    for (i = 1; i <= length($0); i++) {
        take(substr($0, i, 1))
    }
    take(" ")
}

# Collects what is outside of braces up to the end of a declaration.
function take(c)
{
    if (c == "{") {
        depth++
    } else if (c == "}") {
        depth--
        if (depth == 0 && text ~ /\) *$/) {
            if (in_line) {
                print name_in(text)
            }
            text = "" # that was the body of a function
        }
    } else if (depth == 0 && c == ";") {
        declared(text)
        text = ""
    } else if (depth == 0) {
        text = text c
    }
}

function name_in(text,    words, n)
{
    sub(/ *[[(].*/, "", text) # parameters, dimensions
    n = split(text, words, /[ *]+/)
    return words[n]
}

function declared(text,    exported)
{
    exported = index(text, "visibility(\"default\")") != 0
    gsub(/__attribute__\(\([a-z_]+(\("[a-z]+"\))?\)\)/, "", text)
    if (text ~ /(^| )typedef / || text !~ /\(|(^| )extern /) {
        return
    }
    print name_in(text) (exported ? "" : " has no IKL_API")
}
