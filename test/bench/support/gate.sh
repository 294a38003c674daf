# SPDX-License-Identifier: ISC
# What the two gates in the folder above share: they build the library with a fixed compiler and fixed flags, count what
# operations cost under valgrind, and compare with a file. For sh; the script that reads this sets `tool`, its name.

# shellcheck shell=sh disable=SC2034,SC2154

compiler=gcc
flags="-std=c11 -O2 -g"
bench=$root/test/bench
file=$bench/$tool.txt

# What the script is told to do, as `mode`: compare, or the name of one of its options.
choose_mode() { # OPTIONS [ARGUMENT]...
    options=$1
    shift
    mode=compare
    [ $# -eq 0 ] || mode=${1#--}
    case " compare $options help " in
    *" $mode "*) ;;
    *) mode=wrong ;;
    esac
    if [ $# -gt 1 ] || [ "$mode" = wrong ]; then
        echo "usage: $tool [--$(echo "$options help" | sed 's/ / | --/g')]" >&2
        exit 2
    fi
    if [ "$mode" = help ]; then
        sed -n '2s/^# //p; 5,/^[^#]/s/^# \{0,1\}//p' "$bench/$tool"
        exit 0
    fi
}

# Ends with 77 where costs cannot be counted, or not be compared with those in the file.
check_comparable() { # FLAGS
    built_with="$compiler $($compiler -dumpfullversion) $1, $(uname -m)"
    for needed in valgrind $compiler; do
        if ! command -v "$needed" >/dev/null; then
            echo "$needed is not installed"
            exit 77
        fi
    done
    [ "$mode" = compare ] || return 0
    if [ ! -f "$file" ]; then
        echo "$file is not there, so there is nothing to compare with; $bench/$tool --write makes it"
        exit 1
    fi
    if ! grep -qxF "# $built_with" "$file"; then
        echo "$tool.txt is not from $built_with: not compared"
        exit 77
    fi
}

# Libraries beside it have a CMakeLists.txt of their own.
sources_of_library() {
    find lib -mindepth 1 -type d -exec test -e '{}/CMakeLists.txt' \; -prune -o \
        -name '*.c' ! -path 'lib/dump/*' ! -path 'lib/without/*' ! -name 'without_sodium*.c' -print | LC_ALL=C sort
}

sources_of_program() {
    echo "test/bench/$tool.c test/bench/support/operations.c test/bench/support/facing.c" \
        "test/bench/support/tunnels.c test/support/host.c test/support/providers.c"
}

# Writes the costs that are in $work/result: an operation, what is compared, and what is shown beside that.
write_costs() { # TITLE
    {
        echo "# SPDX-License-Identifier: ISC"
        echo "# $1; written by test/bench/$tool --write."
        echo "# $built_with"
        awk '{ print $1, $2 }' "$work/result"
    } >"$file"
    cat "$file"
}

compare_costs() { # PER_CENT_ALLOWED HEAD_OF_WHAT_IS_BESIDE
    awk -v allowed="$1" -v beside="$2" -v file="$tool.txt" '
        BEGIN { printf "%-22s %9s %9s %9s  %s\n", "operation", "before", "now", "change", beside }
        NR == FNR { if ($1 != "#") { before[$1] = $2 }; next }
        !($1 in before) { printf "%-22s %9s %9.1f  not in %s\n", $1, "-", $2, file; bad = 1; next }
        {
            change = 100 * ($2 / before[$1] - 1)
            printf "%-22s %9.1f %9.1f %+8.1f %%  %.1f\n", $1, before[$1], $2, change, $3
            bad = bad || change > allowed
            delete before[$1]
        }
        END {
            for (operation in before) { printf "%-22s is in %s only\n", operation, file; bad = 1 }
            if (bad) { print "FAILED: make it cheaper, or write the file anew and say why" }
            exit bad
        }' "$file" "$work/result"
}
