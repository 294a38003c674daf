/* SPDX-License-Identifier: ISC */
/* Whatever is to be sealed, all is written inside the buffer: the cipher is given its lengths as they were laid out,
 * and what comes out has the types and lengths that its headers say, and the length that was foretold. What is refused,
 * or fails in the cipher, is no message: the buffer is wiped, and no length is given.
 *
 * bounds: buffers of up to 400 octets; payloads of up to 20, with the shortest padding; all ciphers with blocks of 1, 8
 *     or 16
 * cbmc: --unwind 2
 * fault: lib/crypto/sk.c s/layout.len > size/layout.len > size + 1/ */
#include "proof.h"

#include "crypto/sk.c"
#include "message/cursor.c"
#include "message/header.c"

enum { MOST = 20, ROOM = 400 };

static struct ikl_cipher cipher;
static uint8_t *out;
static size_t size, sealed_len;
static bool wiped;

/* What opens messages is not asked. */
struct ikl_chain ikl_chain(uint8_t first, struct ikl_octets octets)
{
    (void)octets;
    prove(false);
    return (struct ikl_chain){.next = first};
}

int ikl_chain_next(struct ikl_chain *chain, struct ikl_payload *payload)
{
    (void)chain;
    (void)payload;
    return IKL_ERR_END;
}

uint8_t ikl_chain_inner(const struct ikl_chain *chain)
{
    return chain->next;
}

bool ikl_payload_known(uint8_t type)
{
    (void)type;
    return true;
}

int ikl_cipher_check(const struct ikl_cipher *which)
{
    (void)which;
    return IKL_OK;
}

void ikl_wipe(void *memory, size_t len)
{
    prove(memory == out && len == size);
    wiped = true;
}

static int seal_any(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    (void)state;
    sealed_len = aad_len + cipher.iv_len + text_len + cipher.icv_len;
    prove(message == out && sealed_len <= size && text_len > 0 && text_len % cipher.block_len == 0);
    return nondet_bool() ? IKL_OK : IKL_ERR_CRYPTO;
}

static void check_sealed(const struct ikl_sealing *what, size_t len)
{
    bool fragment = what->fragment_number != 0;
    size_t foretold = ikl_sk_sealed_len(&cipher, what->plaintext.len, fragment);

    prove(len == sealed_len && len <= size && !wiped);
    prove(len == foretold);
    prove(out[IKL_HEADER_NEXT_PAYLOAD] == (fragment ? IKL_PAYLOAD_SKF : IKL_PAYLOAD_SK));
    prove(ikl_load_u32(out + IKL_HEADER_LENGTH) == len);
    prove(out[IKL_HEADER_LEN] == what->first_payload);
    prove(ikl_load_u16(out + IKL_HEADER_LEN + 2) == len - IKL_HEADER_LEN);
}

int main(void)
{
    uint8_t iv[IKL_MAX_IV], plaintext[MOST];
    struct ikl_sealing what = {.first_payload = nondet_u8(),
                               .plaintext = {plaintext, any_up_to(MOST)},
                               .iv = iv,
                               .padding_len = nondet_u8(),
                               .fragment_number = nondet_u16(),
                               .fragment_total = nondet_u16()};
    size_t len = SIZE_MAX;
    int result;

    cipher =
        (struct ikl_cipher){.iv_len = nondet_u8(), .icv_len = nondet_u8(), .block_len = nondet_u8(), .seal = seal_any};
    suppose(cipher.iv_len <= IKL_MAX_IV && cipher.icv_len >= 1 && cipher.icv_len <= IKL_MAX_ICV);
    suppose(cipher.block_len == 1 || cipher.block_len == 8 || cipher.block_len == 16);
    size = any_up_to(ROOM);
    out = any_octets(size);
    result = ikl_sk_seal(&cipher, NULL, &what, out, size, &len);
    prove(result == IKL_OK || result == IKL_ERR_INVALID || result == IKL_ERR_NO_BUFFER || result == IKL_ERR_CRYPTO);
    if (result == IKL_OK) {
        check_sealed(&what, len);
    } else {
        prove(wiped && len == SIZE_MAX);
    }
    return 0;
}
