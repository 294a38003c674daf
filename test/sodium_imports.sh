#!/bin/sh
# sodium_imports.sh NM ARCHIVE: what the library takes from libsodium is taken by sodium.c alone, and is neither
# randomness nor anything else outside the list below.
# SPDX-License-Identifier: ISC
nm=$1
archive=$2
allowed='sodium_(init|memcmp|memzero)|crypto_aead_(aes256gcm|chacha20poly1305_ietf)_[a-z0-9_]+|crypto_auth_hmacsha(256|512)_(init|update|final)'

imports=$("$nm" -A -u "$archive" | grep -E ' U _?(sodium|crypto|randombytes)_?' | sed 's/: *U _*/ /')
if [ -z "$imports" ]; then
    echo "no import from libsodium was found: this test sees nothing"
    exit 1
fi
wrong=$(echo "$imports" | grep -Ev ":sodium\.c\.o(bj)? ($allowed)\$")
if [ -n "$wrong" ]; then
    echo "not to be imported:"
    echo "$wrong"
    exit 1
fi
