/* SPDX-License-Identifier: ISC */
/* ikelive without tokens of RFC 6290: nobody makes any, and none is kept. */
#include "endpoint/maker.h"
#include "sa/decisions.h"
#include "sa/sa.h"
#include "sa/shown.h"

int ikl_maker_check(const struct ikl_token_maker *maker, const struct ikl_provider *const *providers, size_t n)
{
    (void)providers;
    (void)n;
    return maker != NULL ? IKL_ERR_UNSUPPORTED : IKL_OK;
}

void ikl_maker_take(struct ikl_maker *maker, const struct ikl_token_maker *given)
{
    (void)maker;
    (void)given;
}

void ikl_maker_asked(struct ikl_endpoint *endpoint, const struct ikl_message *message, ikl_time now)
{
    (void)endpoint;
    (void)message;
    (void)now;
}

int ikl_decide_take_token(struct ikl_sa *sa, uint8_t first_payload, struct ikl_octets payloads, ikl_time now)
{
    (void)sa;
    (void)first_payload;
    (void)payloads;
    (void)now;
    return IKL_ERR_UNSUPPORTED;
}

int ikl_decide_send_token(struct ikl_sa *sa, const struct ikl_request_options *options, ikl_time now,
                          struct ikl_request **out)
{
    (void)sa;
    (void)options;
    (void)now;
    (void)out;
    return IKL_ERR_UNSUPPORTED;
}

int ikl_sa_reserve_token(const struct ikl_sa *sa, struct ikl_endpoint *to)
{
    (void)sa;
    (void)to;
    return IKL_OK;
}

void ikl_sa_carry_token(struct ikl_sa *from, struct ikl_sa *to)
{
    (void)from;
    (void)to;
}

bool ikl_sa_take_shown(struct ikl_sa *sa, const struct ikl_shown *shown, ikl_time now)
{
    (void)sa;
    (void)shown;
    (void)now;
    return false;
}
