/* SPDX-License-Identifier: ISC */
/* ikelive psa: keys for one use. */
#include "parts.h"

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
