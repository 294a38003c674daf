#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# programs.sh CASE VERSION SOURCE PROGRAM...: each PROGRAM explains itself, and shells complete its command line, as CASE,
# a function below, says. ikeping is one of them.
set -eu
case=$1 version=$2 source=$3
shift 3
programs=("$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "$case: $1"
    exit 1
}

for program in "${programs[@]}"; do
    case $program in
    */ikeping) ikeping=$program ;;
    esac
done

options() { # PROGRAM: as its help lists them.
    "$1" --help | sed -nE 's/^  (-[a-zA-Z], )?(--[a-z0-9-]+).*/\2/p' | sort
}

they_say_how_they_are_used() { # TEST
    for program in "${programs[@]}"; do
        name=$(basename "$program")
        "$program" --help >"$work/help" || fail "$name --help fails"
        "$program" -h | cmp - "$work/help" || fail "$name -h differs from $name --help"
        head -1 "$work/help" | grep -q "^usage: $name" || fail "$name --help does not begin with its name"
        ! grep -n '.\{101,\}' "$work/help" || fail "these lines of $name --help are long"
    done
}

they_say_their_version() { # TEST
    for program in "${programs[@]}"; do
        [ "$("$program" --version)" = "$(basename "$program") (ikelive) $version" ] || fail "$program --version"
    done
}

they_refuse_other_options() { # TEST
    for program in "${programs[@]}"; do
        status=0
        "$program" --bogus >"$work/out" 2>"$work/err" || status=$?
        [ "$status" -eq 2 ] || fail "$program --bogus exits with $status"
        grep -q -e '--bogus' "$work/err" || fail "$program does not name what is wrong: $(cat "$work/err")"
    done
}

# completed WORD...: what bash would offer for the last one.
completed() {
    COMP_WORDS=("$ikeping" "$@")
    COMP_CWORD=$#
    _ikeping 2>"$work/err"
    [ ! -s "$work/err" ] || fail "says: $(cat "$work/err")"
    printf '%s\n' "${COMPREPLY[@]}" | sort
}

bash_completes_ikeping() { # TEST
    # shellcheck source=examples/ikeping/completion.bash
    . "$source/examples/ikeping/completion.bash"
    complete -p ikeping | grep -q ' -F _ikeping ikeping$' || fail "ikeping has no completion"
    options "$ikeping" >"$work/options"
    [ "$(wc -l <"$work/options")" -gt 15 ] || fail "hardly any option was found: this test sees nothing"
    completed gateway -- | diff - "$work/options" || fail "other options are offered"
    [ "$(completed --inter)" = --interval ] || fail "--inter is not completed"
    [ "$(completed --schedule strong)" = strongswan ] || fail "a schedule is not completed"
    for schedule in $(completed --schedule ""); do
        "$ikeping" --schedule "$schedule" 2>&1 | grep -q -e '--schedule' && fail "there is no schedule $schedule"
    done
    grep -oE '^ \*   [a-z]+(-[0-9.]+)?  +[0-9.]+,[0-9.,]+ ' "$source/include/ikelive/schedule.h" | awk '{ print $2 }' |
        sort -u >"$work/schedules"
    completed --schedule "" | diff - "$work/schedules" || fail "other schedules are offered"
    (cd "$work" && : >"secret key" && [ "$(completed --psk-file sec)" = "secret key" ]) || fail "a file is not completed"
    [ -z "$(completed --count "")" ] || fail "something is offered for a number"
    # Of each option with a value something is known.
    "$ikeping" --help | sed -nE 's/^  (-[a-zA-Z], )?(--[a-z0-9-]+) [A-Z].*/\2/p' >"$work/with_value"
    while read -r option; do
        ! completed "$option" -- | grep -qx -e --version || fail "an option is offered as the value of $option"
    done <"$work/with_value"
}

bash_completes_every_other_program() { # TEST
    # shellcheck source=examples/completion.bash
    . "$source/examples/completion.bash"
    for program in "${programs[@]}"; do
        [ "$program" != "$ikeping" ] || continue
        name=$(basename "$program")
        complete -p "$name" 2>/dev/null | grep -q " -F _ikelive_example $name\$" || fail "$name has no completion"
        COMP_WORDS=("$program" --)
        COMP_CWORD=1
        _ikelive_example "$program"
        printf '%s\n' "${COMPREPLY[@]}" | sort | diff - <(options "$program") || fail "other options of $name are offered"
    done
    : >"$work/secret key"
    COMP_WORDS=("$program" "$work/sec")
    _ikelive_example "$program"
    [ "${COMPREPLY[*]}" = "$work/secret key" ] || fail "a file is not completed"
}

zsh_completes_ikeping() { # TEST
    command -v zsh >/dev/null || {
        echo "skipped: zsh is not installed"
        exit 77
    }
    # What _arguments is called with is all that there is to the file.
    zsh -f -c '_arguments() { print -l -- "$@" }; . "$1"' zsh "$source/examples/ikeping/completion.zsh" >"$work/arguments"
    sed -nE 's/^(\(-[a-zA-Z] --[a-z0-9-]+\))?(--[a-z0-9-]+)\[.*/\2/p' "$work/arguments" | sort >"$work/offered"
    options "$ikeping" | diff "$work/offered" - || fail "other options are offered"
    # Those that take a value say so.
    sed -nE 's/^(\(-[a-zA-Z] --[a-z0-9-]+\))?(--[a-z0-9-]+)\[[^]]*\]:.*/\2/p' "$work/arguments" | sort >"$work/offered"
    "$ikeping" --help | sed -nE 's/^  (-[a-zA-Z], )?(--[a-z0-9-]+) [A-Z].*/\2/p' | sort | diff "$work/offered" - ||
        fail "other options take a value"
}

"$case"
