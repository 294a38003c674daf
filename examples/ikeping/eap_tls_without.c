/* SPDX-License-Identifier: ISC */
/* ikeping without libssl: there is no EAP-TLS, which the command line says. */
#include "eap_tls.h"

bool eap_tls_is_available(void)
{
    return false;
}

struct eap_tls *eap_tls_new(const struct certificates *certificates)
{
    (void)certificates;
    return NULL;
}

void eap_tls_free(struct eap_tls *tls)
{
    (void)tls;
}

const char *eap_tls_take(struct eap_tls *tls, struct ikl_octets request, uint8_t response[EAP_TLS_DATA_MAX],
                         size_t *len)
{
    (void)tls;
    (void)request;
    (void)response;
    *len = 0;
    return "this build is without libssl";
}

bool eap_tls_key(struct eap_tls *tls, uint8_t msk[EAP_TLS_MSK_LEN])
{
    (void)tls;
    (void)msk;
    return false;
}
