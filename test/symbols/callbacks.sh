#!/bin/sh
# SPDX-License-Identifier: ISC
# callbacks.sh CC INCLUDE HEADER...: no callback in the headers takes or returns a struct by value. INCLUDE is the folder
# with <ikelive/...>.
set -eu
cc=$1 include=$2
shift 2
here=$(dirname "$0")
callbacks=$(for header; do
    "$cc" -E -I "$include" "$header" | awk -v header="$header" -f "$here/callbacks.awk"
done)
if [ -z "$callbacks" ]; then
    echo "no callback was found: this test sees nothing"
    exit 1
fi
if printf '%s\n' "$callbacks" | grep '^BY VALUE'; then
    exit 1
fi
