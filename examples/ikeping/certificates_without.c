/* SPDX-License-Identifier: ISC */
/* ikeping without libcrypto: there are no certificates, which the command line says. What takes one is not called. */
#include "certificates.h"
#include "distinguished_name.h"
#include "signature.h"

#include <string.h>

bool certificates_are_available(void)
{
    return false;
}

struct certificates *certificates_read(const char *own_file, const char *key_file, const char *authorities_file)
{
    (void)own_file;
    (void)key_file;
    (void)authorities_file;
    return NULL;
}

void certificates_free(struct certificates *certificates)
{
    (void)certificates;
}

struct identity certificates_subject(const struct certificates *certificates)
{
    (void)certificates;
    return (struct identity){.type = 0};
}

void certificates_add_chain(const struct certificates *certificates, struct payload_list *list)
{
    (void)certificates;
    (void)list;
}

void certificates_add_request(const struct certificates *certificates, struct payload_list *list)
{
    (void)certificates;
    (void)list;
}

const char *certificates_judge(const struct certificates *certificates, uint8_t first, struct ikl_octets payloads,
                               const struct identity *identity, struct evp_pkey_st **key)
{
    (void)certificates;
    (void)first;
    (void)payloads;
    (void)identity;
    *key = NULL;
    return "this build is without libcrypto";
}

void certificates_free_key(struct evp_pkey_st *key)
{
    (void)key;
}

bool signature_is_possible(const struct certificates *certificates, uint16_t hashes)
{
    (void)certificates;
    (void)hashes;
    return false;
}

int signature_make(const struct certificates *certificates, uint16_t hashes, struct ikl_octets text,
                   uint8_t data[SIGNATURE_DATA_MAX], struct ikl_auth *out)
{
    (void)certificates;
    (void)hashes;
    (void)text;
    (void)data;
    (void)out;
    return IKL_ERR_UNSUPPORTED;
}

int signature_check(struct evp_pkey_st *key, const struct ikl_auth *auth, bool legacy, struct ikl_octets text)
{
    (void)key;
    (void)auth;
    (void)legacy;
    (void)text;
    return IKL_ERR_UNSUPPORTED;
}

size_t distinguished_name_parse(uint8_t *out, size_t size, const char *text)
{
    (void)out;
    (void)size;
    (void)text;
    return 0;
}

bool distinguished_name_same(struct ikl_octets a, struct ikl_octets b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

bool distinguished_name_text(struct ikl_octets name, char *text, size_t size)
{
    (void)name;
    (void)size;
    text[0] = '\0';
    return false;
}
