/* SPDX-License-Identifier: ISC */
/* ikeping: the keys of IKE SAs, for Wireshark. */
#include "keylog.h"

#include <inttypes.h>

struct name {
    uint16_t id, key_bits;
    const char *text;
};

static const struct name encr_names[] = {
    {IKL_ENCR_AES_CBC, 128, "AES-CBC-128 [RFC3602]"},
    {IKL_ENCR_AES_CBC, 192, "AES-CBC-192 [RFC3602]"},
    {IKL_ENCR_AES_CBC, 256, "AES-CBC-256 [RFC3602]"},
    {IKL_ENCR_AES_GCM_16, 128, "AES-GCM-128 with 16 octet ICV [RFC5282]"},
    {IKL_ENCR_AES_GCM_16, 192, "AES-GCM-192 with 16 octet ICV [RFC5282]"},
    {IKL_ENCR_AES_GCM_16, 256, "AES-GCM-256 with 16 octet ICV [RFC5282]"},
};

static const struct name integ_names[] = {
    {IKL_INTEG_NONE, 0, "NONE [RFC4306]"},
    {IKL_INTEG_HMAC_SHA2_256_128, 0, "HMAC_SHA2_256_128 [RFC4868]"},
    {IKL_INTEG_HMAC_SHA2_512_256, 0, "HMAC_SHA2_512_256 [RFC4868]"},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *find(const struct name *names, size_t n, uint16_t id, uint16_t key_bits)
{
    for (size_t i = 0; i < n; i++) {
        if (names[i].id == id && names[i].key_bits == key_bits) {
            return names[i].text;
        }
    }
    return NULL;
}

static void write_hex(FILE *out, const uint8_t *key, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        fprintf(out, "%02x", key[i]);
    }
    fputc(',', out);
}

static bool is_opened(const struct ikl_suite *suite)
{
    return find(encr_names, COUNT_OF(encr_names), suite->encr, suite->key_bits) != NULL &&
           find(integ_names, COUNT_OF(integ_names), suite->integ, 0) != NULL;
}

void keylog_names(const struct proposal_list *proposals, bool opens, char *text, size_t size)
{
    char name[PROPOSAL_NAME_SIZE];
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < proposals->n; i++) {
        if (is_opened(&proposals->proposals[i].suite) == opens && len < size) {
            proposal_name(&proposals->proposals[i], name, sizeof(name));
            len += (size_t)snprintf(text + len, size - len, "%s%s", len != 0 ? "," : "", name);
        }
    }
}

bool keylog_write(FILE *out, uint64_t spi_i, uint64_t spi_r, const struct ikl_suite *suite, const struct ikl_keys *keys)
{
    const char *encr = find(encr_names, COUNT_OF(encr_names), suite->encr, suite->key_bits);
    const char *integ = find(integ_names, COUNT_OF(integ_names), suite->integ, 0);
    char own_name[80];

    if (encr == NULL || integ == NULL) {
        (void)ikl_suite_name(suite, own_name, sizeof(own_name));
        fputs("# unknown to Wireshark: ", out);
        encr = own_name;
        integ = "";
    }
    fprintf(out, "%016" PRIx64 ",%016" PRIx64 ",", spi_i, spi_r);
    write_hex(out, keys->sk_ei, keys->encr_key_len);
    write_hex(out, keys->sk_er, keys->encr_key_len);
    fprintf(out, "\"%s\",", encr);
    write_hex(out, keys->sk_ai, keys->integ_key_len);
    write_hex(out, keys->sk_ar, keys->integ_key_len);
    fprintf(out, "\"%s\"\n", integ);
    return fflush(out) == 0;
}
