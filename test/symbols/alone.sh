#!/bin/sh
# SPDX-License-Identifier: ISC
# alone.sh CC FLAGS LIBRARY INCLUDE NAME...: whoever uses only the headers <ikelive/NAME.h> links with the static library
# and the C library, and with nothing else. INCLUDE is the folder with <ikelive/...>.
set -eu
cc=$1 flags=$2 library=$3 include=$4
shift 4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "$0")/program.sh"

program_of "$include" "^$" "$@" >"$work/program.c"
# shellcheck disable=SC2086 # flags are several words
"$cc" $flags -o "$work/program" "$work/program.c" "$library"
