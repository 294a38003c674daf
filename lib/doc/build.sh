#!/bin/sh
# SPDX-License-Identifier: ISC
# build.sh DOXYGEN DOXYFILE FOLDER: makes the documents in FOLDER, as the Doxyfile says: html/, and man/man3/ with a page
# for each header, each struct, and each name that begins like the library's.
set -eu
doxygen=$1 doxyfile=$2 folder=$3

rm -rf "$folder/html" "$folder/man"
mkdir -p "$folder"
"$doxygen" "$doxyfile"
cd "$folder/man/man3"
# The names of fields are nobody's to look up in a whole system's manual.
find . -type f ! -name 'ikl_*' ! -name 'IKL_*' ! -name 'ikelive_*' -exec rm {} +
# A line of text that begins with an apostrophe would be a command of roff.
sed -i "s/^'/\\\\(aq/" -- *.3
gzip -9n -- *.3
