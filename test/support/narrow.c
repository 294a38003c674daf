/* SPDX-License-Identifier: ISC */
/* IKE SAs with long messages whose path gets narrower. */
#include "narrow.h"

#include "asking.h"
#include "fragments.h"
#include "test.h"

enum { NEXT_PAYLOAD = 16 };

struct ikl_path narrow_begins;

void on_narrow_path(struct ikl_sa_config *config)
{
    config->protection.fragmentation = true;
    config->path = narrow_begins;
}

struct ikl_path narrow_path(uint16_t mtu, uint8_t family, bool encapsulated)
{
    uint16_t port = encapsulated ? 4500 : 500;

    return (struct ikl_path){.local = {.ip = {192, 0, 2, 1}, .port = port, .family = family},
                             .remote = {.ip = {192, 0, 2, 2}, .port = port, .family = family},
                             .mtu = mtu,
                             .encapsulated = encapsulated};
}

void with_more_room(struct ikl_endpoint_config *config)
{
    config->pool_blocks = 256;
}

void narrow_sa(struct host *host, uint16_t mtu, endpoint_change change)
{
    narrow_begins = narrow_path(mtu, 4, false);
    host_init(host, "a", 0, change);
    host_sa(host, ASKING_SUITE, true, 1, on_narrow_path);
}

void narrow_ask(struct host *host, size_t len)
{
    assert_int_equal(asking_try(host, &(struct asking){.mark = NARROW_MARK, .len = len}, NULL), IKL_OK);
}

void narrow_move(struct host *host, uint16_t mtu)
{
    struct ikl_path path = *ikl_sa_path(host->sa);

    path.mtu = mtu;
    path.remote.ip[3]++;
    assert_int_equal(ikl_sa_set_path(host->sa, &path, host->now), IKL_OK);
}

size_t narrow_packet_len(const struct event *sent)
{
    return sent->len + 8 + (sent->path.remote.family == 4 ? 20u : 40u);
}

static size_t limit_of(const struct ikl_path *path)
{
    return path->mtu != 0 ? path->mtu : path->remote.family == 6 ? 1280 : 576;
}

/* The fragments sent from the n-th datagram on are all of the long message, and fit the path. How many there are. */
size_t assert_fits(struct host *host, size_t n, const struct ikl_path *path, size_t len)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    size_t plaintext_len;
    size_t total = open_fragments(host, n, plaintext, &plaintext_len);

    assert_int_equal(plaintext_len, IKL_PAYLOAD_HEADER_LEN + len);
    for (size_t i = IKL_PAYLOAD_HEADER_LEN; i < plaintext_len; i++) {
        assert_int_equal(plaintext[i], NARROW_MARK);
    }
    for (size_t i = n; i < n + total; i++) {
        assert_in_range(narrow_packet_len(host_event(host, EVENT_SENT, i)), 1, limit_of(path));
        assert_true(ikl_path_same(&host_event(host, EVENT_SENT, i)->path, path));
    }
    return total;
}

void assert_same_datagrams(struct host *host, size_t a, size_t b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct event *one = host_event(host, EVENT_SENT, a + i), *other = host_event(host, EVENT_SENT, b + i);

        assert_int_equal(one->len, other->len);
        assert_memory_equal(one->datagram, other->datagram, one->len);
    }
}

/* Where the IV of a protected message is. */
static const uint8_t *iv_of(const struct event *sent)
{
    size_t marker = sent->path.encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
    bool fragment = sent->datagram[marker + NEXT_PAYLOAD] == IKL_PAYLOAD_SKF;

    return sent->datagram + marker + IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN + (fragment ? 4 : 0);
}

static bool same_message(const struct event *a, const struct event *b)
{
    size_t skip_a = a->path.encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
    size_t skip_b = b->path.encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;

    return a->len - skip_a == b->len - skip_b &&
           memcmp(a->datagram + skip_a, b->datagram + skip_b, a->len - skip_a) == 0;
}

/* Of all that was ever sent what has the same IV is the same message. */
void assert_no_iv_protects_two_messages(struct host *host)
{
    for (size_t i = 0; i < host_count(host, EVENT_SENT); i++) {
        for (size_t j = 0; j < i; j++) {
            const struct event *one = host_event(host, EVENT_SENT, i), *other = host_event(host, EVENT_SENT, j);

            assert_true(memcmp(iv_of(one), iv_of(other), 8) != 0 || same_message(one, other));
        }
    }
}
