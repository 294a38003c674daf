#!/bin/sh
# SPDX-License-Identifier: ISC
# calls.sh INCLUDE FILE...: what the headers in INCLUDE declare and may change an endpoint or something of it is called
# in one of the files: those that make every call in every callback.
set -eu
include=$1
shift
calls=$(awk '
    /^(IKL_MUST_USE )?IKL_API / { text = ""; inside = 1 }
    inside { text = text " " $0 }
    inside && /;/ {
        inside = 0
        if (text ~ /[(,] *struct ikl_(sa|endpoint|child|request) \*[a-z]/ && match(text, /ikl_[a-z_0-9]+\(/)) {
            print substr(text, RSTART, RLENGTH - 1)
        }
    }' "$include"/*.h)
if [ -z "$calls" ]; then
    echo "no call is declared in $include: this test sees nothing"
    exit 1
fi
status=0
for call in $calls; do
    if ! grep -q "\<$call(" "$@"; then
        echo "$call is not called in any callback"
        status=1
    fi
done
exit $status
