#!/bin/sh
# SPDX-License-Identifier: ISC
# scripts.sh FOLDER: each script in a folder of FOLDER is named by another file of its folder, or elsewhere in FOLDER with
# its folder: so none is left that nobody runs.
set -eu
cd "$1"
set -- */*.sh
if [ ! -e "$1" ]; then
    echo "no script is found: this test sees nothing"
    exit 1
fi
status=0
for script; do
    if ! grep -lF "${script##*/}" "${script%/*}"/* 2>/dev/null | grep -qvxF "$script" &&
        ! grep -rlF "$script" . | grep -qvxF "./$script"; then
        echo "nobody runs $script"
        status=1
    fi
done
exit $status
