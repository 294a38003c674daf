# SPDX-License-Identifier: ISC
# The source of a program that uses what headers declare, for tests that link it. Read by sh; the script that reads it
# sets `cc`, and `work`, a folder to write to.

# shellcheck shell=sh disable=SC2154

# On stdout, a program that uses all that the headers <ikelive/NAME.h> declare but what matches the extended regular
# expression WITHOUT. INCLUDE is the folder with <ikelive/...>.
program_of() { # INCLUDE WITHOUT NAME...
    folder=$1 without=$2
    shift 2
    for name; do
        header=$folder/ikelive/$name.h
        "$cc" -E -I "$folder" "$header" >"$work/text"
        awk -v header="$header" -f "$(dirname "$0")/declared.awk" "$work/text"
    done >"$work/all"
    grep -vE "$without" "$work/all" >"$work/declared" || {
        echo "no symbol is declared: this test sees nothing" >&2
        return 1
    }
    sed 's/.*/extern char &;/' "$work/declared"
    echo 'char *const all[] = {'
    sed 's/.*/    \&&,/' "$work/declared"
    echo '};'
    echo 'int main(void) { return all[0] == 0; }'
}
