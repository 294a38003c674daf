/* SPDX-License-Identifier: ISC */
/* ikelive psa: keys for one use. */
#include "parts.h"

/* Mbed TLS 2.28 was seen to leave round keys of AES up to 2,048 octets below; twice as many are wiped. */
enum { STACK = 4096 };

psa_key_id_t ikl_psa_import(psa_key_type_t type, psa_algorithm_t algorithm, psa_key_usage_t usage, const uint8_t *key,
                            size_t key_len)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t id = PSA_KEY_ID_NULL;

    psa_set_key_type(&attributes, type);
    psa_set_key_algorithm(&attributes, algorithm);
    psa_set_key_usage_flags(&attributes, usage);
    return psa_import_key(&attributes, key, key_len, &id) == PSA_SUCCESS ? id : PSA_KEY_ID_NULL;
}

void ikl_psa_forget(psa_key_id_t key)
{
    uint8_t below[STACK];

    (void)psa_destroy_key(key);
    ikl_wipe(below, sizeof(below));
}
