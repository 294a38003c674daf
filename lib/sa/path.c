/* SPDX-License-Identifier: ISC */
/* ikelive sa: where datagrams go and come from (RFC 7296 §2.11, §2.23), and when a NAT keepalive is due (RFC 3948
 * §4). */
#include "address.h"
#include "alarm.h"
#include "extra.h"

#include "octets.h"

enum {
    IPV4_HEADER_LEN = 20,
    IPV6_HEADER_LEN = 40,
    UDP_HEADER_LEN = 8,
    LEAST_MESSAGE = 128,
    STREAM_MESSAGE = 65533,
    SHA1_PARTS = 4,
    KEEPALIVE_RETRY = 1000 /* ms until a keepalive that could not be sent is tried again */
};

bool ikl_path_same(const struct ikl_path *a, const struct ikl_path *b)
{
    return ikl_is_same_path(a, b);
}

size_t ikl_path_max_message(const struct ikl_path *path)
{
    size_t mtu = path->mtu != 0 ? path->mtu : ikl_default_mtu(path);
    size_t marker = path->encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
    size_t headers =
        (path->remote.family == 4 ? (size_t)IPV4_HEADER_LEN : (size_t)IPV6_HEADER_LEN) + UDP_HEADER_LEN + marker;

    if (ikl_is_reliable(path->reliable)) {
        return STREAM_MESSAGE - marker;
    }
    return mtu >= headers + LEAST_MESSAGE ? mtu - headers : LEAST_MESSAGE;
}

size_t ikl_sa_largest(const struct ikl_sa *sa, const struct ikl_path *path)
{
    size_t path_max = ikl_path_max_message(path);

    return path_max < sa->endpoint->max_message ? path_max : sa->endpoint->max_message;
}

int ikl_nat_detection(const struct ikl_provider *provider, uint64_t spi_i, uint64_t spi_r,
                      const struct ikl_address *address, uint8_t *out)
{
    uint8_t spis[16], port[2];
    const struct ikl_octets parts[SHA1_PARTS - 1] = {
        {spis, sizeof(spis)}, {address->ip, address->family == 4 ? 4u : 16u}, {port, sizeof(port)}};

    if (address->family != 4 && address->family != 6) {
        return IKL_ERR_INVALID;
    }
    if (ikl_provider_check(provider) != IKL_OK) {
        return IKL_ERR_INVALID;
    }
    if (ikl_provider_sha1_of(provider) == NULL) {
        return IKL_ERR_UNSUPPORTED;
    }
    ikl_store_u64(spis, spi_i);
    ikl_store_u64(spis + 8, spi_r);
    ikl_store_u16(port, address->port);
    return provider->sha1(parts, SHA1_PARTS - 1, out);
}

const struct ikl_path *ikl_sa_path(const struct ikl_sa *sa)
{
    return &sa->path;
}

int ikl_sa_allocate_extra(struct ikl_sa *sa)
{
    if (ikl_slab_reserve(&sa->endpoint->extras, 1) != IKL_OK) {
        return IKL_ERR_NO_MEMORY;
    }
    sa->extra = ikl_slab_take(&sa->endpoint->extras);
    *ikl_sa_extra(sa) = (struct ikl_extra){.keepalive_due = ikl_time_after(sa->endpoint->now, sa->endpoint->keepalive),
                                           .sent_esp = IKL_NEVER};
    return IKL_OK;
}

void ikl_sa_note_sent(struct ikl_sa *sa, const struct ikl_path *path)
{
    struct ikl_extra *extra = ikl_sa_extra(sa);

    if (extra != NULL && (path == &sa->path || ikl_path_same(path, &sa->path))) {
        extra->keepalive_due = ikl_time_after(sa->endpoint->now, sa->endpoint->keepalive);
    }
}

void ikl_sa_sent_esp(struct ikl_sa *sa, ikl_time at)
{
    struct ikl_extra *extra = ikl_sa_extra(sa);

    if (extra != NULL && (extra->sent_esp == IKL_NEVER || at > extra->sent_esp)) {
        extra->sent_esp = ikl_time_earlier(at, IKL_NEVER - 1);
    }
}

void ikl_sa_path_since(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_extra *extra = ikl_sa_extra(sa);

    if (extra != NULL) {
        ikl_sa_look_at_sent(sa, now);
        extra->keepalive_due = extra->path_since = now;
    }
}

void ikl_sa_keepalive_sent(struct ikl_sa *sa, ikl_time now)
{
    ikl_sa_extra(sa)->keepalive_due = ikl_time_after(now, sa->endpoint->keepalive);
}

void ikl_sa_look_at_sent(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_extra *extra = ikl_sa_extra(sa);

    if (extra->sent_esp != IKL_NEVER) {
        ikl_endpoint_keep_past(sa->endpoint, &extra->sent_esp, now);
    }
}

ikl_time ikl_sa_keepalive_deadline(const struct ikl_sa *sa)
{
    const struct ikl_extra *extra = ikl_sa_extra(sa);
    ikl_time esp = extra->sent_esp;

    if (!sa->path.behind_nat || !sa->path.encapsulated || ikl_is_reliable(sa->path.reliable)) {
        return IKL_NEVER;
    }
    if (esp == IKL_NEVER || esp <= extra->path_since) {
        return extra->keepalive_due;
    }
    esp = ikl_time_earlier(esp, sa->endpoint->now);
    return ikl_time_later(extra->keepalive_due, ikl_time_after(esp, sa->endpoint->keepalive));
}

static uint32_t keepalive_retry(const struct ikl_endpoint *endpoint)
{
    return endpoint->keepalive < KEEPALIVE_RETRY ? endpoint->keepalive : KEEPALIVE_RETRY;
}

void ikl_sa_keepalive_failed(struct ikl_sa *sa)
{
    struct ikl_extra *extra = ikl_sa_extra(sa);
    ikl_time retry = ikl_time_after(sa->endpoint->now, keepalive_retry(sa->endpoint));

    extra->keepalive_due = ikl_time_earlier(extra->keepalive_due, retry);
    ikl_sa_wake_by(sa, extra->keepalive_due, sa->endpoint->now);
}
