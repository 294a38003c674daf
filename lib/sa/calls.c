/* SPDX-License-Identifier: ISC */
/* ikelive sa: the host's calls that decide something about an IKE SA. Each begins, has something decided, and leaves;
 * the outermost call then tells the host. What is decided, and what is refused, stands in the file of its concept. */
#include "call.h"
#include "sa.h"

static int leave(struct ikl_sa *sa, int result, ikl_time now)
{
    ikl_sa_leave(sa, now);
    return result;
}

int ikl_sa_new(struct ikl_sa **out, struct ikl_endpoint *endpoint, const struct ikl_sa_config *config, ikl_time now)
{
    int result = ikl_endpoint_begin(endpoint, &now);

    if (result == IKL_OK) {
        result = ikl_decide_new(out, endpoint, config, now);
        ikl_endpoint_leave(endpoint, now);
    }
    return result;
}

int ikl_sa_restart(struct ikl_sa *sa, const struct ikl_payload *payloads, size_t n, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_restart(sa, payloads, n, now), now) : result;
}

int ikl_sa_install_keys(struct ikl_sa *sa, uint64_t spi_r, const struct ikl_protection *protection, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_install_keys(sa, spi_r, protection, now), now) : result;
}

int ikl_sa_change_keys(struct ikl_sa *sa, const struct ikl_protection *protection, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_change_keys(sa, protection, now), now) : result;
}

int ikl_sa_established(struct ikl_sa *sa, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_established(sa, now), now) : result;
}

void ikl_sa_peer_window(struct ikl_sa *sa, uint32_t size, ikl_time now)
{
    if (ikl_endpoint_begin(sa->endpoint, &now) == IKL_OK) {
        ikl_decide_peer_window(sa, size, now);
        ikl_sa_leave(sa, now);
    }
}

static int make_request(struct ikl_sa *sa, uint8_t exchange_type, struct ikl_content content,
                        const struct ikl_request_options *options, ikl_time now, struct ikl_request **out)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_request(sa, exchange_type, &content, options, now, out), now)
                            : result;
}

int ikl_sa_request(struct ikl_sa *sa, uint8_t exchange_type, const struct ikl_payload *payloads, size_t n,
                   const struct ikl_request_options *options, ikl_time now, struct ikl_request **out)
{
    return make_request(sa, exchange_type, ikl_content_of(payloads, n), options, now, out);
}

int ikl_sa_request_chain(struct ikl_sa *sa, uint8_t exchange_type, uint8_t first_payload, struct ikl_octets chain,
                         const struct ikl_request_options *options, ikl_time now, struct ikl_request **out)
{
    return make_request(sa, exchange_type, ikl_content_of_chain(first_payload, chain), options, now, out);
}

void ikl_sa_cancel(struct ikl_sa *sa, struct ikl_request *request, ikl_time now)
{
    if (ikl_endpoint_begin(sa->endpoint, &now) == IKL_OK) {
        ikl_decide_cancel(sa, request);
        ikl_sa_leave(sa, now);
    }
}

static int give_response(struct ikl_sa *sa, uint32_t message_id, struct ikl_content content, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_respond(sa, message_id, &content, now), now) : result;
}

int ikl_sa_respond(struct ikl_sa *sa, uint32_t message_id, const struct ikl_payload *payloads, size_t n, ikl_time now)
{
    return give_response(sa, message_id, ikl_content_of(payloads, n), now);
}

int ikl_sa_respond_chain(struct ikl_sa *sa, uint32_t message_id, uint8_t first_payload, struct ikl_octets chain,
                         ikl_time now)
{
    return give_response(sa, message_id, ikl_content_of_chain(first_payload, chain), now);
}

int ikl_sa_probe(struct ikl_sa *sa, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_probe(sa, now), now) : result;
}

int ikl_sa_hint(struct ikl_sa *sa, enum ikl_hint hint, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_hint(sa, hint, now), now) : result;
}

int ikl_sa_hint_mtu(struct ikl_sa *sa, uint16_t mtu, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_hint_mtu(sa, mtu, now), now) : result;
}

int ikl_sa_resend(struct ikl_sa *sa, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_resend(sa, now), now) : result;
}

int ikl_sa_set_path(struct ikl_sa *sa, const struct ikl_path *path, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_set_path(sa, path, now), now) : result;
}

int ikl_sa_reconnected(struct ikl_sa *sa, const struct ikl_path *path, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_reconnected(sa, path, now), now) : result;
}

int ikl_sa_set_liveness(struct ikl_sa *sa, enum ikl_liveness_policy policy, uint32_t idle, uint32_t at_least,
                        ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_set_liveness(sa, policy, idle, at_least), now) : result;
}

int ikl_sa_delete_children(struct ikl_sa *sa, struct ikl_child *const *children, size_t n, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_delete_children(sa, children, n, now), now) : result;
}

int ikl_sa_send_token(struct ikl_sa *sa, const struct ikl_request_options *options, ikl_time now,
                      struct ikl_request **out)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_send_token(sa, options, now, out), now) : result;
}

int ikl_sa_take_token(struct ikl_sa *sa, uint8_t first_payload, struct ikl_octets payloads, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_take_token(sa, first_payload, payloads, now), now) : result;
}

int ikl_sa_agree_sync(struct ikl_sa *sa, unsigned what, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_agree_sync(sa, what), now) : result;
}

int ikl_sa_sync(struct ikl_sa *sa, const struct ikl_sync_options *options, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_sync(sa, options, now), now) : result;
}

/* Nothing is due earlier after it. */
int ikl_child_monitor_answered(struct ikl_sa *sa, struct ikl_child *child, uint16_t probe, uint32_t target,
                               ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    if (result == IKL_OK) {
        result = ikl_decide_monitor_answered(sa, child, probe, target, now);
        ikl_endpoint_leave(sa->endpoint, now);
    }
    return result;
}

int ikl_sa_delete(struct ikl_sa *sa, uint32_t wait, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_delete(sa, wait, now), now) : result;
}

int ikl_sa_replace(struct ikl_sa *sa, struct ikl_sa *replacement, bool we_delete, uint32_t wait, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    return result == IKL_OK ? leave(sa, ikl_decide_replace(sa, replacement, we_delete, wait, now), now) : result;
}

void ikl_sa_close(struct ikl_sa *sa, ikl_time now)
{
    if (ikl_endpoint_begin(sa->endpoint, &now) == IKL_OK) {
        ikl_decide_close(sa, now);
        ikl_sa_leave(sa, now);
    }
}

void ikl_sa_free(struct ikl_sa *sa)
{
    ikl_time now;

    if (sa == NULL || sa->freed) {
        return;
    }
    now = sa->endpoint->now;
    if (ikl_endpoint_begin(sa->endpoint, &now) == IKL_OK) {
        ikl_sa_abandon(sa, now);
        ikl_sa_leave(sa, now);
    }
}

/* Two endpoints take part; the one that the IKE SA leaves has nothing to tell. */
int ikl_sa_migrate(struct ikl_sa *sa, struct ikl_endpoint *to, ikl_time now, struct ikl_sa **out)
{
    struct ikl_endpoint *from = sa->endpoint;
    int result = to != from ? ikl_call_begin_outermost(from, &now) : IKL_ERR_INVALID;

    if (result != IKL_OK) {
        return result;
    }
    result = ikl_call_begin_outermost(to, &now);
    if (result != IKL_OK) {
        ikl_endpoint_leave(from, now);
        return result;
    }
    result = ikl_decide_migrate(sa, to, now, &sa);
    ikl_endpoint_leave(from, now);
    if (result == IKL_OK) {
        *out = sa;
        ikl_sa_rearm(sa, now);
    }
    ikl_endpoint_leave(to, now);
    return result;
}
