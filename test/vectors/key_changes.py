#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Writes key_changes.txt: keys that change while connecting, IntAuth, and keys from IKE_FOLLOWUP_KE.

It shares nothing with the library: the formulas are those of RFC 7296 2.13, 2.14, 2.17 and 2.18, RFC 9242 3.3.2 and
RFC 9370 2.2.2 and 2.2.4, over Python's hmac. Each line is a name and octets in hexadecimal.
"""

import hashlib
import hmac
import sys

# Suite, hash, octets of SK_ei, of SK_ai.
SUITES = [
    ("chacha20poly1305-prfsha256", "sha256", 36, 0),
    ("chacha20poly1305-prfsha512", "sha512", 36, 0),
    ("aes256-sha384", "sha384", 32, 48),
]


def made_up(label, length):
    """Octets that anybody can make again."""
    return hashlib.shake_256(label.encode()).digest(length)


class Derivation:
    def __init__(self, hash_name, encr_len, integ_len):
        self.hash_name = hash_name
        self.encr_len, self.integ_len = encr_len, integ_len
        self.prf_len = hashlib.new(hash_name).digest_size

    def prf(self, key, data):
        return hmac.new(key, data, self.hash_name).digest()

    def prf_plus(self, key, seed, length):
        out, block, count = b"", b"", 1
        while len(out) < length:
            block = self.prf(key, block + seed + bytes([count]))
            out, count = out + block, count + 1
        return out[:length]

    def keys(self, skeyseed, nonces, spis):
        """SK_d, SK_ai, SK_ar, SK_ei, SK_er, SK_pi, SK_pr, one after the other."""
        return self.prf_plus(skeyseed, nonces + spis, 3 * self.prf_len + 2 * self.integ_len + 2 * self.encr_len)

    def sk_d(self, keys):
        return keys[: self.prf_len]

    def sk_p(self, keys):
        return keys[-2 * self.prf_len : -self.prf_len], keys[-self.prf_len :]


def octets_a(spis, flags, message_id, first_payload, inner):
    length = 28 + 4 + len(inner)
    header = spis + bytes([46, 0x20, 43, flags]) + message_id.to_bytes(4, "big") + length.to_bytes(4, "big")
    return header + bytes([first_payload, 0]) + (4 + len(inner)).to_bytes(2, "big")


def write(name, octets):
    sys.stdout.write("%s %s\n" % (name, octets.hex()))


def write_suite(suite, hash_name, encr_len, integ_len):
    derivation = Derivation(hash_name, encr_len, integ_len)
    ni, nr = made_up(suite + " Ni", 32), made_up(suite + " Nr", 48)
    spis = made_up(suite + " SPIs", 16)
    secrets = [made_up("%s secret %d" % (suite, n), 32) for n in range(3)]
    sys.stdout.write("suite %s\n" % suite)
    write("ni", ni)
    write("nr", nr)
    write("spis", spis)
    keys = derivation.keys(derivation.prf(ni + nr, secrets[0]), ni + nr, spis)
    write("secret", secrets[0])
    write("keys", keys)
    before_i, before_r = b"", b""
    for n in (1, 2):
        sk_pi, sk_pr = derivation.sk_p(keys)
        # a KE payload is longer in the first exchange than a datagram, and the second has nothing inside
        inner = made_up("%s KE %d" % (suite, n), 1192) if n == 1 else b""
        first = 34 if n == 1 else 0
        before_i = derivation.prf(sk_pi, before_i + octets_a(spis, 0x08, n, first, inner) + inner)
        before_r = derivation.prf(sk_pr, before_r + octets_a(spis, 0x20, n, first, inner) + inner)
        write("inner", inner)
        write("intauth_i", before_i)
        write("intauth_r", before_r)
        skeyseed = derivation.prf(derivation.sk_d(keys), secrets[n] + ni + nr)
        keys = derivation.keys(skeyseed, ni + nr, spis)
        write("secret", secrets[n])
        write("keys", keys)
    joined = secrets[0] + ni + nr + secrets[1] + secrets[2]
    write("rekey", derivation.prf(derivation.sk_d(keys), joined))
    write("keymat", derivation.prf_plus(derivation.sk_d(keys), joined, 100))


sys.stdout.write("# Made by key_changes.py: keys that change while connecting.\n")
for each in SUITES:
    write_suite(*each)
