/* SPDX-License-Identifier: ISC */
/* ikelive without initiation: every IKE SA is handed over with its keys, after IKE_SA_INIT. */
#include "sa/decisions.h"
#include "sa/sa.h"

int ikl_sa_offer_init_response(struct ikl_sa *sa, const struct ikl_message *message)
{
    (void)sa;
    (void)message;
    return IKL_ERR_UNSOLICITED;
}

void ikl_sa_forget_earlier(struct ikl_sa *sa, struct ikl_own_request *own)
{
    (void)sa;
    (void)own;
}

void ikl_sa_carry_earlier(const struct ikl_sa *from, const struct ikl_sa *to, struct ikl_own_request *own)
{
    (void)from;
    (void)to;
    (void)own;
}

int ikl_decide_install_keys(struct ikl_sa *sa, uint64_t spi_r, const struct ikl_protection *protection, ikl_time now)
{
    (void)sa;
    (void)spi_r;
    (void)protection;
    (void)now;
    return IKL_ERR_UNSUPPORTED;
}

int ikl_decide_restart(struct ikl_sa *sa, const struct ikl_payload *payloads, size_t n, ikl_time now)
{
    (void)sa;
    (void)payloads;
    (void)n;
    (void)now;
    return IKL_ERR_UNSUPPORTED;
}
