#!/bin/sh
# SPDX-License-Identifier: ISC
# prints.sh EXPECTED PROGRAM [ARGUMENT]...: the program succeeds and prints exactly what the file EXPECTED holds.
expected=$1
shift
printed=$("$@") || { echo "exit status $?"; exit 1; }
printf '%s\n' "$printed" | diff "$expected" -
