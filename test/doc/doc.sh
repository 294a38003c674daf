#!/bin/sh
# SPDX-License-Identifier: ISC
# doc.sh CASE SOURCE BUILD: the documents of the source folder SOURCE say what is true, as CASE, a function below, checks.
# BUILD has the programs, and the Doxyfile.
set -eu
case=$1 source=$2 build=$3
doc=$source/lib/doc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8

fail() {
    echo "FAILED: $*"
    exit 1
}

need() { # COMMAND
    command -v "$1" >/dev/null || {
        echo "skipped: $1 is not installed"
        exit 77
    }
}

# make_documents [LINE_OF_DOXYFILE]...: in $work/out.
make_documents() {
    need doxygen
    {
        cat "$build/doc/Doxyfile"
        printf '%s\n' "OUTPUT_DIRECTORY = $work/out" "$@"
    } >"$work/Doxyfile"
    "$doc/build.sh" doxygen "$work/Doxyfile" "$work/out"
}

the_documents_are_made_and_whole() { # TEST full
    make_documents
    man=$work/out/man/man3
    gunzip "$man"/*.gz
    ! grep -n "^'" "$man"/*.3 || fail "these lines of text are commands of roff"
    for header in "$source"/include/ikelive/*.h; do
        [ -s "$man/ikelive_$(basename "$header" .h).3" ] || fail "there is no man page for $header"
    done
    # Each function has a page too, and leads to one that describes it.
    find "$build/lib" -name 'libikelive*.so' -exec nm -D --defined-only {} + | sed -n 's/^.* T \(ikl_[a-z0-9_]*\).*/\1/p' |
        sort -u >"$work/functions"
    [ "$(wc -l <"$work/functions")" -gt 200 ] || fail "hardly any function was found: this test sees nothing"
    while read -r function; do
        [ -s "$man/$function.3" ] || fail "there is no man page for $function"
        read -r first to <"$man/$function.3" || true
        if [ "$first" = .so ]; then
            grep -q "$function" "$man/${to#man3/}" || fail "$to does not tell of $function"
        fi
    done <"$work/functions"
    "$source/test/doc/links.py" "$work/out/html"
    for shown in ikl_watch_tick ikl_sa_new ikl_endpoint_config ikl_posix_turn sim_cut_at; do
        grep -q "class=\"line\">.*$shown" "$work/out/html/index.html" || fail "the guide shows no code with $shown"
    done
    for shown in ikl_watch_sent IKL_WATCH_GIVE_UP ikl_watch_answered next_deadline sim_sleep_at IKL_IV_FIRST \
        ikl_sa_respond_chain; do
        grep -q "class=\"line\">.*$shown" "$work/out/html/handover.html" || fail "the guide to hand-over shows no code with $shown"
    done
    ! grep -rlF -e "$source" -e "$work" "$work/out/html" "$work/out/man" || fail "these name a path of this machine"
}

a_wrong_link_is_an_error() { # TEST full
    need doxygen
    printf '%s\n' 'See \ref nowhere.' >"$work/wrong.md"
    if make_documents "INPUT += $work/wrong.md" >"$work/log" 2>&1; then
        fail "a link to nowhere was taken"
    fi
    grep -q nowhere "$work/log" || fail "does not name the link: $(cat "$work/log")"
}

man_pages_are_well_formed() { # TEST
    need mandoc
    mandoc -T lint -W warning "$doc/ikeping.1" "$doc/ikelive.7" || fail "mandoc does not like these lines"
}


every_option_of_ikeping_has_its_place() { # TEST
    "$build/examples/ikeping" --help >"$work/help"
    sed -n 's/^  \(--[a-z0-9-]*\).*/\1/p; s/^  -[a-zA-Z], \(--[a-z0-9-]*\).*/\1/p' "$work/help" | sort -u >"$work/wanted"
    [ "$(wc -l <"$work/wanted")" -gt 15 ] || fail "hardly any option was found: this test sees nothing"
    sed -n 's/^\.It .*Fl \(-[a-z0-9-]*\).*/-\1/p' "$doc/ikeping.1" | sort -u >"$work/described"
    diff "$work/wanted" "$work/described" || fail "ikeping --help and its man page differ"
}

what_they_name_exists() { # TEST
    cat "$doc"/*.md "$doc/ikelive.7" "$doc/ikeping.1" >"$work/all"
    grep -ohE '(ikl|IKL)_[A-Za-z0-9_]*[A-Za-z0-9]' "$work/all" | sort -u >"$work/names"
    [ "$(wc -l <"$work/names")" -gt 20 ] || fail "hardly any name was found: this test sees nothing"
    while read -r name; do
        grep -qw -- "$name" "$source"/include/ikelive/*.h || fail "$name is in no header"
    done <"$work/names"
    for header in $(grep -ohE 'ikelive/[a-z_]*\.h' "$work/all" | sort -u); do
        [ -f "$source/include/$header" ] || fail "there is no $header"
    done
    for page in $(sed -n 's/^\.Xr ikelive_\([a-z_]*\) 3.*/\1/p' "$work/all"); do
        [ -f "$source/include/ikelive/$page.h" ] || fail "there is no header for ikelive_$page(3)"
    done
    for path in $(grep -ohE '(examples|test)/[a-z_/]*\.c' "$work/all"); do
        [ -f "$source/$path" ] || fail "there is no $path"
    done
    # The schedule that the guide draws and the manual lists.
    grep -q 'panos-7\.0   1,2,4,8,16,32,64,64,64,64 *319 (the default)' "$source/include/ikelive/schedule.h" ||
        fail "the default schedule is another one"
}

# The documents that refer to something.
documents() {
    find "$source" -path "$source/build" -prune -o -name README -print
    ls "$doc"/*.md "$doc"/*.[17] "$doc/changes" "$source"/include/ikelive/*.h
}

what_they_refer_to_is_there() { # TEST
    documents | xargs "$source/test/doc/references.py" "$source" || fail "see above"
}

what_leads_nowhere_is_noticed() { # TEST full
    section=$(printf '\302\247')
    for wrong in 'lib/nowhere.c' 'RFC7296' 'RFC 123' "${section}x" '[a page](nowhere.md)' '[a place](wrong.md#nowhere)' \
        '\ref nowhere' 'http://example.org/'; do
        printf 'Look at %s here.\n' "$wrong" >"$work/wrong.md"
        if documents | xargs "$source/test/doc/references.py" "$source" "$work/wrong.md" >"$work/out" 2>&1; then
            fail "not noticed: $wrong"
        fi
        [ "$(grep -c "^$work/wrong.md: " "$work/out")" -eq "$(wc -l <"$work/out")" ] || fail "says: $(cat "$work/out")"
    done
}

the_code_that_headers_show_is_compiled() { # TEST
    # The loops of other libraries are in the examples.
    find "$source/include/ikelive" -name '*.h' ! -name 'lib*.h' -print0 |
        xargs -0 "$source/test/doc/shown.py" "$source/test/headers/shown.c" || fail "see above"
}

code_that_is_not_compiled_is_noticed() { # TEST
    sed 's/ikl_sim_cut_at(pair.link, 60000)/ikl_sim_cut_at(pair.link)/' "$source/include/ikelive/sim.h" >"$work/sim.h"
    if "$source/test/doc/shown.py" "$source/test/headers/shown.c" "$work/sim.h" >"$work/out" 2>&1; then
        fail "a wrong call was not noticed"
    fi
    grep -qF 'sim.h: ikl_sim_cut_at(pair.link)' "$work/out" || fail "says: $(cat "$work/out")"
}

# The newest entry first, with the version that CMake takes from the same place, and which the packages show.
the_change_log_begins_with_this_version() { # TEST
    for part in MAJOR MINOR PATCH; do
        sed -n "s/^#define IKL_VERSION_$part //p" "$source/include/ikelive/base.h"
    done | paste -s -d . >"$work/version"
    sed -n 's/^ikelive (\([0-9.]*\)-[0-9]*) .*/\1/p' "$doc/changes" >"$work/entries"
    head -1 "$work/entries" | cmp - "$work/version" || fail "the newest entry is not that of this version"
    sort -rV -u "$work/entries" | diff - "$work/entries" || fail "the entries are not in order"
}

contributors_read_of_each_gate() { # TEST
    sed -n 's/^| `\([a-z_]*\)` .*/\1/p' "$doc/contributing.md" | sort >"$work/described"
    sed -n '/^gates=(/,/)/s/gates=\|[()]//gp' "$source/.ci/run" | tr -s ' ' '\n' | grep . | sort >"$work/gates"
    [ "$(wc -l <"$work/gates")" -gt 15 ] || fail "hardly any gate was found: this test sees nothing"
    diff "$work/described" "$work/gates" || fail "lib/doc/contributing.md tells of other gates (<) than .ci/run has (>)"
}

# The README of the benchmarks says what the gate `instructions` compares with, give or take as much as that does.
the_figures_of_operations_are_those_measured() { # TEST
    awk '
        FNR == 1 { file++ }
        file < 3 && $1 != "#" { measured[file, $1] = $2 }
        file == 3 && /^    (instructions|lines) / {
            kind = $1 == "instructions" ? 1 : 2
            figure = $NF
            gsub(/^ +[a-z]+ +| +[0-9.]+$/, "")
            if (!($0 in operation)) { print "unknown: " $0; wrong = 1; next }
            is = measured[kind, operation[$0]]
            if (figure > is * 1.03 + 0.5 || figure < is * 0.97 - 0.5) { print $0 ": " figure ", not " is; wrong = 1 }
            seen++
        }
        BEGIN {
            operation["build a probe"] = "probe"; operation["answer a probe"] = "answer"
            operation["accept an answer"] = "accept"; operation["hear of ESP"] = "push_later"
            operation["ask for a probe of a monitor"] = "monitor_probe"
            operation["the same, one of 64 Child SAs"] = "monitor_probe_of_many"
            operation["hear of its answer"] = "monitor_answer"; operation["look, and wait on"] = "look"
            operation["one an IKE SA, every 10 ms"] = "monitor_probe_10ms"
            operation["one an IKE SA, every 100 ms"] = "monitor_probe_100ms"
            operation["64 an IKE SA, every 10 ms"] = "monitor_probe_of_many_10ms"
            operation["64 an IKE SA, every 100 ms"] = "monitor_probe_of_many_100ms"
        }
        END { exit wrong || seen < 10 }' "$source/test/bench/instructions.txt" "$source/test/bench/lines.txt" \
        "$source/test/bench/README" || fail "test/bench/README says other figures than test/bench/*.txt"
}

the_guides_read_well_unrendered() { # TEST
    ! grep -hvE '^(\||@image)' "$doc"/*.md | grep '.\{81,\}' || fail "these lines are long"
    ! LC_ALL=C grep -n '[^ -~]' "$doc"/*.md "$doc"/*.[17] || fail "these lines hold other than printable ASCII"
    ! grep -n ' $' "$doc"/*.md "$doc"/*.[17] || fail "these lines end in a space"
}

"$case"
