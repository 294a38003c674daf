#!/bin/sh
# SPDX-License-Identifier: ISC
# rejects.sh "TEXT..." COMMAND...: the command fails, and what it says contains each text. Passes on that it skipped.
texts=$1
shift
output=$("$@" 2>&1)
status=$?
if [ $status -eq 77 ]; then
    exit 77
fi
echo "$output"
if [ $status -eq 0 ]; then
    echo "was not rejected"
    exit 1
fi
for text in $texts; do
    if ! echo "$output" | grep -qwF -- "$text"; then
        echo "not said: $text"
        exit 1
    fi
done
