#!/bin/sh
# SPDX-License-Identifier: ISC
# fields.sh CC FOLDER INCLUDE TABLE [PART...]: the fields of structs in headers of FOLDER have owners, and no other file
# touches or writes them. A line of TABLE is one of
#
#   touched STRUCT FILE...  these files read and write the fields; no other does that no further line allows it
#   read STRUCT FILE...     these read them too
#   written STRUCT FILE...  these write them too; where no line says "touched", all may read
#
# for all fields of the struct, or, with STRUCT.A,B for STRUCT, for the fields A and B. A file may be "anybody"; without a
# file the line is about nobody, and fields that nobody writes stay what they were when the struct began.
#
# The compiler finds who does otherwise: each file is shown headers in which what it may not write is const, and what it
# may not touch is deprecated. A field that is itself a struct of the table is guarded by that struct's lines alone.
# Structs in headers of each PART must be in the table.
set -eu
export LC_ALL=C
cc=$1 folder=$2 include=$3 table=$4
shift 4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/macros"
cp -R "$folder" "$work/lib"
# Libraries beside it see none of its headers.
for library in "$work"/lib/*/CMakeLists.txt; do
    if [ -e "$library" ]; then
        rm -r "${library%/*}"
    fi
done
cd "$work/lib"
find . -name '*.[ch]' | sed 's|^\./||' | sort >"$work/files"

# Puts two macros into the declaration of each field, and lists it: "sa/children.h ikl_child heard plain".
: >"$work/fields"
grep '\.h$' "$work/files" >"$work/headers"
while read -r file; do
    awk -v list="$work/fields" '
        function guarded(type, stars, field, rest, kind) {
            print FILENAME, name, field, kind >>list
            return "TOUCH_" name "_" field " " type stars " WRITE_" name "_" field " " field rest "; "
        }
        FILENAME == ARGV[1] { sub(/\..*/, "", $2); known[$2]; next }
        {
            text = $0
            if (comment && !sub(/^.*\*\//, "", text)) { text = "" } else { comment = 0 }
            gsub(/\/\*([^*]|\*[^\/])*\*\//, "", text)
            if (sub(/\/\*.*/, "", text)) { comment = 1 }
            sub(/ +$/, "", text)
        }
        text ~ /^struct [a-z_0-9]+ \{$/ { split(text, words, " "); name = words[2]; print text; next }
        text ~ /^\}/ { name = "" }
        name == "" || text !~ /;$/ || text ~ /[{}]/ { print text; next }
        {
            sub(/^ +/, "", text)
            sub(/;$/, "", text)
            if (match(text, /\(\*[a-z_0-9]+\)/)) { # a pointer to a function
                print guarded(substr(text, 1, RSTART), "*", substr(text, RSTART + 2, RLENGTH - 3),
                    substr(text, RSTART + RLENGTH - 1), "plain")
                next
            }
            n = split(text, parts, /, */)
            line = ""
            for (i = 1; i <= n; i++) {
                match(parts[i], /[a-z_0-9]+(\[[^]]*\])*( : [0-9]+)?$/)
                stars = substr(parts[i], 1, RSTART - 1)
                field = rest = substr(parts[i], RSTART)
                sub(/[^a-z_0-9].*/, "", field)
                if (i == 1) { type = stars; sub(/\**$/, "", type); sub(/.*[^*]/, "", stars) }
                split(type, words, " ")
                embedded = stars == "" && words[1] == "struct" && words[2] in known
                line = line guarded(type, stars, field, substr(rest, length(field) + 1), embedded ? "struct" : "plain")
            }
            print line
        }' "$table" "$file" >"$work/header"
    cp "$work/header" "$file"
done <"$work/headers"

# What each file finds behind the macros; first what the table lacks, or has and the files have not.
awk -v work="$work" -v parts="$*" '
    FILENAME == ARGV[1] {
        n = split($2, path, ".")
        m = split(n == 1 ? "*" : path[2], names, ",")
        for (i = 1; i <= m; i++) {
            key = path[1] "." names[i]
            ruled[$1, key] = told[key] = 1
            for (j = 3; j <= NF; j++) { may[$1, key, $j] = owner[$j] = 1 }
        }
        next
    }
    FILENAME == ARGV[2] {
        key = $2 "." $3
        keys[++n_keys] = key
        from[key] = $1
        kind[key] = $4
        told_of[key] = told_of[$2 ".*"] = 1
        next
    }
    { files[++n_files] = $1; is_file[$1] = 1 }
    function allowed(what, key, file) {
        all = key
        sub(/\..*/, ".*", all)
        return (what, key, file) in may || (what, all, file) in may || (what, key, "anybody") in may ||
            (what, all, "anybody") in may
    }
    function is_ruled(what, key) {
        all = key
        sub(/\..*/, ".*", all)
        return (what, key) in ruled || (what, all) in ruled
    }
    END {
        for (key in told) { if (!(key in told_of)) { print "there is no " key } }
        for (file in owner) { if (!(file in is_file) && file != "anybody") { print "there is no " file } }
        n = split(parts, folders, " ")
        for (i = 1; i <= n_keys; i++) {
            for (j = 1; j <= n; j++) {
                if (index(from[keys[i]], folders[j] "/") == 1 && !is_ruled("touched", keys[i]) &&
                    !is_ruled("written", keys[i])) { print "nobody owns " keys[i] }
            }
        }
        for (j = 1; j <= n_files; j++) {
            file = out = files[j]
            gsub(/\//, "_", out)
            out = work "/macros/" out
            for (i = 1; i <= n_keys; i++) {
                key = keys[i]
                ruled_out = is_ruled("touched", key)
                write = allowed("touched", key, file) || allowed("written", key, file) ||
                    (!ruled_out && !is_ruled("written", key))
                touch = write || !ruled_out || allowed("read", key, file)
                macro = key
                sub(/\./, "_", macro)
                print "#define TOUCH_" macro (touch ? "" : " __attribute__((deprecated(\"" key "\")))") >out
                print "#define WRITE_" macro (write || kind[key] == "struct" ? "" : " const") >out
            }
            close(out)
        }
    }' "$table" "$work/fields" "$work/files" >"$work/found"

# What the compiler says of a file, but not of those that it includes.
limit=-fmax-errors=0
if "$cc" -ferror-limit=0 -fsyntax-only -x c /dev/null 2>/dev/null; then
    limit=-ferror-limit=0
fi

# For some compilers an initialiser touches the fields of the struct that begins with it. It does not.
but_initialisers() { # FILE
    awk -F : -v file="$1" '
        BEGIN { while ((getline text <file) > 0) { lines[++n] = text } }
        {
            before = substr(lines[$2], 1, $3 - 1)
            if (before !~ /(^|[ {(,])\.([a-z_0-9]+\.)*$/ && before !~ /= \{$/) { print }
        }'
}

{ grep '\.c$' "$work/files"; xargs grep -l '^{' <"$work/headers"; } >"$work/with_functions"
while read -r file; do
    "$cc" -std=c11 $limit -fsyntax-only -x c -I "$work/lib" -I "$include" \
        -include "$work/macros/$(echo "$file" | tr / _)" "$file" 2>&1 |
        { grep -E "^$file:[0-9]+:.*(error|warning): " || true; } | but_initialisers "$file" >>"$work/found"
done <"$work/with_functions"
if [ -s "$work/found" ]; then
    echo "fields that a file may not write (const) or touch (deprecated):"
    cat "$work/found"
    exit 1
fi
