/* SPDX-License-Identifier: ISC */
/* ikelive sa: how many fragments a message becomes, and how long each is (RFC 7383 §2.5). */
#include "keying.h"

#include "crypto/check.h"

enum { MAX_PIECES = 255 };

/* The most plaintext that an SKF payload takes in a message of `max` octets; 0 when none. */
static size_t piece_in(const struct ikl_cipher *cipher, size_t max)
{
    size_t piece = max;

    while (piece > 0 && ikl_sk_sealed_len(cipher, piece, true) > max) {
        piece--;
    }
    return piece;
}

/* Packs in pieces of this many octets, the last one shorter. */
static int pack_pieces(const struct ikl_cipher *cipher, size_t plaintext_len, size_t piece, struct ikl_packing *out)
{
    size_t n = piece != 0 ? (plaintext_len + piece - 1) / piece : SIZE_MAX;

    if (n > MAX_PIECES) {
        return IKL_ERR_INVALID;
    }
    out->piece = piece;
    out->n_pieces = (uint16_t)n;
    out->len = (n - 1) * ikl_sk_sealed_len(cipher, piece, true) +
               ikl_sk_sealed_len(cipher, plaintext_len - (n - 1) * piece, true);
    return IKL_OK;
}

int ikl_sa_pack_pieces(const struct ikl_sa *sa, const struct ikl_path *path, size_t plaintext_len,
                       struct ikl_packing *out)
{
    const struct ikl_cipher *cipher = ikl_sa_cipher(sa);

    return pack_pieces(cipher, plaintext_len, piece_in(cipher, ikl_sa_largest(sa, path)), out);
}

int ikl_sa_pack_anew(const struct ikl_sa *sa, const struct ikl_path *path, size_t plaintext_len, uint16_t n_before,
                     struct ikl_packing *out)
{
    const struct ikl_cipher *cipher = ikl_sa_cipher(sa);
    size_t piece = piece_in(cipher, ikl_sa_largest(sa, path));
    size_t most = plaintext_len != 0 ? (plaintext_len - 1) / n_before : 0; /* that makes one more than before */

    return pack_pieces(cipher, plaintext_len, piece < most ? piece : most, out);
}
