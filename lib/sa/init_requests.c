/* SPDX-License-Identifier: ISC */
/* ikelive sa: the IKE_SA_INIT requests that were sent one after the other, after COOKIE and INVALID_KE_PAYLOAD, and
 * which of them a response answers (RFC 7296 §2.6, §2.6.1, §1.3). All have the same SPI and Message ID, so only what is
 * in them tells them apart. */
#include "sa.h"

#include "message/header.h"

#include <ikelive/payloads.h>

#include <string.h>

enum { MAX_SENT = 4, MAX_COOKIE = 64, COMPARED_AT_ONCE = 64 };

/* How the pool keeps an earlier request; the list goes from the latest to the first. */
struct earlier {
    uint32_t next;
    uint32_t stored; /* the request as it was sent */
};

/* What a message says that shows which request and response belong together. */
struct traits {
    bool has_group, accepts; /* it has a KE payload; it has one or an SA payload */
    bool has_nonce;          /* all that the acceptance of IKE_SESSION_RESUME has (RFC 5723 §4.3.2) */
    uint16_t group;          /* 0: without */
    uint16_t wanted;         /* with INVALID_KE_PAYLOAD, 0: without */
    uint8_t cookie[MAX_COOKIE];
    size_t cookie_len; /* 0: it has no cookie */
};

static struct earlier earlier_at(const struct ikl_sa *sa, uint32_t body)
{
    struct earlier earlier;

    ikl_pool_read(&sa->endpoint->pool, body, 0, (uint8_t *)&earlier, sizeof(earlier));
    return earlier;
}

/* Forgets the request that a link points to, and closes the gap. `before` has the link; IKL_NONE: `own` has it. */
static void forget_one(struct ikl_sa *sa, struct ikl_own_request *own, uint32_t before, uint32_t body)
{
    struct ikl_pool *pool = &sa->endpoint->pool;
    struct earlier gone = earlier_at(sa, body);

    if (before == IKL_NONE) {
        own->earlier = gone.next;
    } else {
        ikl_pool_write(pool, before, offsetof(struct earlier, next), (const uint8_t *)&gone.next, sizeof(gone.next));
    }
    ikl_sa_drop_body(sa, gone.stored);
    ikl_sa_drop_body(sa, body);
}

void ikl_sa_forget_earlier(struct ikl_sa *sa, struct ikl_own_request *own)
{
    while (own->earlier != IKL_NONE) {
        forget_one(sa, own, IKL_NONE, own->earlier);
    }
}

static bool same_body(const struct ikl_pool *pool, uint32_t a, uint32_t b)
{
    size_t len = ikl_pool_len(pool, a);

    if (ikl_pool_len(pool, b) != len) {
        return false;
    }
    for (size_t at = 0; at < len; at += COMPARED_AT_ONCE) {
        uint8_t of_a[COMPARED_AT_ONCE], of_b[COMPARED_AT_ONCE];
        size_t here = len - at < COMPARED_AT_ONCE ? len - at : COMPARED_AT_ONCE;

        ikl_pool_read(pool, a, at, of_a, here);
        ikl_pool_read(pool, b, at, of_b, here);
        if (memcmp(of_a, of_b, here) != 0) {
            return false;
        }
    }
    return true;
}

/* Keeps only a few, and none that equals the outstanding one. */
static void tidy(struct ikl_sa *sa, struct ikl_own_request *own)
{
    uint32_t before = IKL_NONE, body = own->earlier;
    size_t n = 1;

    while (body != IKL_NONE) {
        struct earlier here = earlier_at(sa, body);

        if (n == MAX_SENT || same_body(&sa->endpoint->pool, here.stored, own->request.stored)) {
            forget_one(sa, own, before, body);
        } else {
            before = body;
            n++;
        }
        body = here.next;
    }
}

int ikl_sa_replace_init(struct ikl_sa *sa, struct ikl_own_request *own, uint32_t stored)
{
    struct earlier earlier = {.next = own->earlier, .stored = own->request.stored};
    uint32_t body = ikl_sa_store_body(sa, (const uint8_t *)&earlier, sizeof(earlier), IKL_BODY);

    if (body == IKL_NONE) {
        return IKL_ERR_NO_BUFFER;
    }
    own->earlier = body;
    own->request.stored = stored;
    tidy(sa, own);
    return IKL_OK;
}

static void take_notify(struct traits *traits, struct ikl_octets body)
{
    struct ikl_notify notify;
    struct ikl_reader reader;

    if (ikl_notify_read(&notify, body) != IKL_OK) {
        return;
    }
    if (notify.type == IKL_NOTIFY_COOKIE && notify.data.len <= MAX_COOKIE && notify.data.len != 0) {
        memcpy(traits->cookie, notify.data.data, notify.data.len);
        traits->cookie_len = notify.data.len;
    } else if (notify.type == IKL_NOTIFY_INVALID_KE_PAYLOAD) {
        reader = ikl_reader(notify.data.data, notify.data.len);
        traits->wanted = ikl_read_u16(&reader);
    }
}

static struct traits traits_of(uint8_t first, struct ikl_octets octets)
{
    struct ikl_chain chain = ikl_chain(first, octets);
    struct traits traits = {.has_group = false};
    struct ikl_payload payload;
    struct ikl_ke ke;

    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        traits.accepts = traits.accepts || payload.type == IKL_PAYLOAD_SA || payload.type == IKL_PAYLOAD_KE;
        traits.has_nonce = traits.has_nonce || payload.type == IKL_PAYLOAD_NONCE;
        if (payload.type == IKL_PAYLOAD_NOTIFY) {
            take_notify(&traits, payload.body);
        } else if (payload.type == IKL_PAYLOAD_KE && ikl_ke_read(&ke, payload.body) == IKL_OK) {
            traits.has_group = true;
            traits.group = ke.method;
        }
    }
    return traits;
}

static bool same_cookie(const struct traits *a, const struct traits *b)
{
    return a->cookie_len == b->cookie_len && memcmp(a->cookie, b->cookie, a->cookie_len) == 0;
}

/* Whether the response may answer this request: a responder accepts the group that it was sent, does not ask for that
 * group, and does not ask for the cookie that it was sent. */
static bool may_answer(const struct traits *response, const struct traits *request)
{
    if (response->accepts) {
        return !response->has_group || !request->has_group || response->group == request->group;
    }
    if (response->cookie_len != 0) {
        return !same_cookie(response, request);
    }
    return response->wanted == 0 || response->wanted != request->group;
}

/* Whether the cookie stems from an earlier request with another key exchange: a responder whose cookies cover the key
 * exchange does not take it (§2.6.1). */
static bool has_second_hand_cookie(const struct traits *sent, size_t n, size_t at)
{
    for (size_t i = at + 1; i < n; i++) {
        if (same_cookie(&sent[i], &sent[at]) && sent[i].group != sent[at].group) {
            return true;
        }
    }
    return false;
}

/* How readily a responder that asks for cookies accepts this request. */
static int readiness(const struct traits *sent, size_t n, size_t at)
{
    if (sent[at].cookie_len == 0) {
        return 0;
    }
    return has_second_hand_cookie(sent, n, at) ? 1 : 2;
}

/* Chooses among several requests that a response may answer. A refusal answers the latest; an acceptance answers the
 * first request that had all it needed, since responders keep their word about a cookie for a while. `sent`: the latest
 * first. */
static size_t choose(const struct traits *response, const struct traits *sent, size_t n, struct ikl_init_response *out)
{
    size_t best = n;

    for (size_t i = 0; i < n; i++) {
        if (!may_answer(response, &sent[i])) {
            continue;
        }
        out->n_requests++;
        out->outstanding = out->outstanding || i == 0;
        if (best == n || (response->accepts && readiness(sent, n, i) >= readiness(sent, n, best))) {
            best = i;
        }
    }
    return best;
}

/* A request as it was sent, in the plaintext buffer, which is free: before there are keys there is no plaintext. */
static struct ikl_octets view(const struct ikl_sa *sa, uint32_t stored)
{
    struct ikl_octets octets = {sa->endpoint->plaintext, ikl_pool_len(&sa->endpoint->pool, stored)};

    ikl_pool_read(&sa->endpoint->pool, stored, 0, sa->endpoint->plaintext, octets.len);
    return octets;
}

static struct traits traits_of_sent(const struct ikl_sa *sa, uint32_t stored)
{
    struct ikl_octets octets = view(sa, stored);
    struct ikl_header header;

    ikl_header_load(&header, octets.data);
    return traits_of(header.next_payload,
                     (struct ikl_octets){octets.data + IKL_HEADER_LEN, octets.len - IKL_HEADER_LEN});
}

bool ikl_sa_match_init_response(const struct ikl_sa *sa, const struct ikl_own_request *own,
                                struct ikl_init_response *response)
{
    struct traits answer = traits_of(response->header.next_payload, response->payloads);
    struct traits sent[MAX_SENT];
    uint32_t stored[MAX_SENT] = {own->request.stored};
    size_t n = 1, chosen;

    answer.accepts = answer.accepts || (response->header.exchange_type == IKL_IKE_SESSION_RESUME && answer.has_nonce);

    for (uint32_t body = own->earlier; body != IKL_NONE; body = earlier_at(sa, body).next) {
        stored[n++] = earlier_at(sa, body).stored;
    }
    for (size_t i = 0; i < n; i++) {
        sent[i] = traits_of_sent(sa, stored[i]);
    }
    chosen = choose(&answer, sent, n, response);
    if (chosen == n) {
        return false;
    }
    response->request = view(sa, stored[chosen]);
    return true;
}

void ikl_sa_carry_earlier(const struct ikl_sa *from, const struct ikl_sa *to, struct ikl_own_request *own)
{
    struct ikl_pool *pool = &from->endpoint->pool, *there = &to->endpoint->pool;

    own->earlier = ikl_pool_carry_list(pool, there, own->earlier);
    for (uint32_t body = own->earlier; body != IKL_NONE; body = earlier_at(to, body).next) {
        uint32_t stored = ikl_pool_carry(pool, there, earlier_at(to, body).stored);

        ikl_pool_write(there, body, offsetof(struct earlier, stored), (const uint8_t *)&stored, sizeof(stored));
    }
}
