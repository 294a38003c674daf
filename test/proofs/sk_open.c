/* SPDX-License-Identifier: ISC */
/* Whatever a datagram with a valid header holds, it is opened inside its octets and the caller's: the cipher is given
 * all of it, headers authenticated, and room for what it decrypts; only what the cipher took is a result, and that is
 * cut where its Pad Length says. The cipher and the walk to the SK payload may do all that their headers allow.
 *
 * bounds: datagrams and plaintext of up to 65,535 octets; all ciphers with blocks of 1, 8 or 16
 * fault: lib/crypto/sk.h s/padding_len >= text.len/padding_len > text.len/ */
#include "proof.h"

#include "crypto/sk.h"

enum { FIRST_BODY = IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN, FRAGMENT_FIELDS = 4 };

static struct ikl_cipher cipher;
static struct ikl_octets datagram;
static uint8_t *plaintext;
static size_t size;
static bool taken, wiped;

/* As chain_step proves: the SK payload lies behind the header, and reaches to the end. */
int ikl_sk_find_protected(struct ikl_opened *opened, struct ikl_octets *body, struct ikl_octets whole)
{
    size_t at = nondet_size();
    int result = nondet_int();

    prove(whole.data == datagram.data && whole.len == datagram.len);
    if (result != IKL_OK) {
        suppose(result == IKL_ERR_TRUNCATED || result == IKL_ERR_MALFORMED || result == IKL_ERR_UNPROTECTED);
        return result;
    }
    opened->fragment_number = nondet_u16();
    opened->fragment_total = nondet_u16();
    suppose(opened->fragment_number <= opened->fragment_total);
    suppose(opened->fragment_number != 0 || opened->fragment_total == 0);
    suppose(at >= FIRST_BODY + (opened->fragment_number != 0 ? FRAGMENT_FIELDS : 0) && at <= whole.len);
    *body = (struct ikl_octets){whole.data + at, whole.len - at};
    return IKL_OK;
}

static int open_any(const void *state, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *out)
{
    (void)state;
    prove(message == datagram.data && aad_len >= FIRST_BODY);
    prove(aad_len + cipher.iv_len + text_len + cipher.icv_len == datagram.len);
    prove(text_len > 0 && text_len % cipher.block_len == 0);
    prove(out == plaintext && text_len <= size);
    taken = nondet_bool();
    return taken ? IKL_OK : IKL_ERR_FORGED;
}

void ikl_wipe(void *memory, size_t len)
{
    prove(memory == plaintext && len <= size);
    wiped = true;
}

static void check_opened(const struct ikl_opened *opened)
{
    size_t text_len = opened->plaintext.len + opened->padding.len + 1;

    prove(taken && !wiped);
    prove(opened->plaintext.data == plaintext && text_len <= size);
    prove(opened->padding.data == plaintext + opened->plaintext.len);
    prove(opened->padding.len == plaintext[text_len - 1]);
    prove(opened->iv.len == cipher.iv_len && opened->icv.len == cipher.icv_len);
    prove(opened->icv.data + opened->icv.len == datagram.data + datagram.len);
    prove(opened->iv.data + opened->iv.len + text_len == opened->icv.data);
    prove(opened->fragment_number <= opened->fragment_total);
}

int main(void)
{
    struct ikl_opened opened;
    int result;

    cipher =
        (struct ikl_cipher){.iv_len = nondet_u8(), .icv_len = nondet_u8(), .block_len = nondet_u8(), .open = open_any};
    suppose(cipher.iv_len <= IKL_MAX_IV && cipher.icv_len >= 1 && cipher.icv_len <= IKL_MAX_ICV);
    suppose(cipher.block_len == 1 || cipher.block_len == 8 || cipher.block_len == 16);
    datagram.len = any_up_to(DATAGRAM);
    suppose(datagram.len >= IKL_HEADER_LEN);
    datagram.data = any_octets(datagram.len);
    size = any_up_to(DATAGRAM);
    plaintext = any_octets(size);
    result = ikl_sk_open_read(&cipher, NULL, datagram, plaintext, size, &opened);
    prove(result == IKL_OK || result == IKL_ERR_TRUNCATED || result == IKL_ERR_MALFORMED ||
          result == IKL_ERR_UNPROTECTED || result == IKL_ERR_FORGED || result == IKL_ERR_NO_BUFFER);
    prove(result == IKL_OK || wiped == taken);
    if (result == IKL_OK) {
        check_opened(&opened);
    }
    return 0;
}
