/* SPDX-License-Identifier: ISC */
/* A message that is too long for one datagram goes out in fragments, none of which is longer than the path and the
 * endpoint allow. Together they hold all of its plaintext, and are as long as is said; they are as few as there can be,
 * or more than before. When not an octet fits, or there cannot be more, it is refused. How long a sealed fragment is
 * depends on the cipher's block and overhead.
 *
 * bounds: blocks of 1 or 4 octets, an overhead of 7 at most, datagrams of 15 at most; plaintexts of 1 to 63, so that
 * 255 fragments are always enough; 1 to 15 datagrams before
 * each: -DANEW=true
 * long: -DANEW=false
 * cbmc: --unwind 17
 * fault: lib/sa/pieces.c s/        piece--;/        piece -= piece > 4 ? 4 : piece;/
 * fault: lib/sa/pieces.c s/plaintext_len + piece - 1/plaintext_len + piece/
 * fault: -DANEW=true lib/sa/pieces.c s/(plaintext_len - 1) . n_before : 0/plaintext_len \/ n_before : 0/ */
#include "proof.h"

#include "sa/pieces.c"

static struct ikl_keying keying;
static struct ikl_endpoint endpoint;
static struct ikl_sa sa;
static struct ikl_path path;
static size_t overhead, block, largest;

/* The text ends with the octet that says how long its padding is. */
size_t ikl_sk_sealed_len(const struct ikl_cipher *cipher, size_t plaintext_len, bool fragment)
{
    prove(cipher == keying.cipher && fragment);
    return overhead + (plaintext_len | (block - 1)) + 1;
}

size_t ikl_sa_largest(const struct ikl_sa *which, const struct ikl_path *along)
{
    prove(which == &sa && along == &path);
    return largest;
}

static size_t sealed(size_t piece)
{
    return ikl_sk_sealed_len(keying.cipher, piece, true);
}

int main(void)
{
    struct ikl_packing out;
    size_t len = nondet_u8() & 63, n_before = nondet_u8() & 15;
    int result;

    endpoint.keyings = &keying;
    sa.endpoint = &endpoint;
    overhead = nondet_u8() & 7;
    block = nondet_bool() ? 1 : 4;
    largest = nondet_u8() & 15;
    suppose(len != 0 && n_before != 0);
    result =
        ANEW ? ikl_sa_pack_anew(&sa, &path, len, (uint16_t)n_before, &out) : ikl_sa_pack_pieces(&sa, &path, len, &out);
    if (result == IKL_OK) {
        size_t before_last = (out.n_pieces - 1u) * out.piece;

        prove(out.n_pieces != 0 && out.piece != 0 && sealed(out.piece) <= largest);
        prove(before_last < len && len <= before_last + out.piece);
        prove(out.len == (out.n_pieces - 1u) * sealed(out.piece) + sealed(len - before_last));
        prove(ANEW ? out.n_pieces > n_before : sealed(out.piece + 1) > largest);
    } else {
        prove(result == IKL_ERR_INVALID);
        prove(sealed(1) > largest || (ANEW && len <= n_before));
    }
    return 0;
}
