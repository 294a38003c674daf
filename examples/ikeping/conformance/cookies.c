/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: cookies, which a peer asks for when it has many half-open IKE SAs. These checks leave some
 * there for a while, so they come last. */
#include "checks.h"
#include "expect.h"

#include <ikelive/registry.h>

#include <sodium.h>
#include <string.h>

/* So many half-open IKE SAs at most. */
enum { MOST_HALF_OPEN = 40, MOST_COOKIE = 64 };

/* Makes another request of the same key pair. */
static bool begin_another(struct tester *tester, struct datagram *request)
{
    struct tester_sa *sa = tester->sa;
    struct payload_list list;

    randombytes_buf(&sa->spi_i, sizeof(sa->spi_i));
    randombytes_buf(sa->handshake.nonce, sizeof(sa->handshake.nonce));
    tester_compose_init(tester, &list);
    return tester_write_init(tester, &list, request);
}

/* Begins IKE SAs until the peer asks for a cookie, and gives that. */
static bool get_cookie(struct tester *tester, struct message *response, struct ikl_octets *cookie)
{
    struct datagram request;

    if (!tester_new_acceptable_sa(tester)) {
        return false;
    }
    for (unsigned i = 0; i < MOST_HALF_OPEN; i++) {
        if (!begin_another(tester, &request)) {
            return false;
        }
        if (!tester_ask(tester, &request, response)) {
            return tester_give_up(tester, "the peer stops answering IKE_SA_INIT without asking for a cookie");
        }
        if (payload_find_notify(response->first, response->payloads, IKL_NOTIFY_COOKIE, cookie)) {
            return true;
        }
    }
    return tester_give_up(tester, "the peer has 40 half-open IKE SAs and asks for no cookie");
}

/* Makes the request once more, with the cookie. */
static bool give_cookie(struct tester *tester, const uint8_t *cookie, size_t len, struct datagram *request)
{
    struct handshake *handshake = &tester->sa->handshake;
    struct payload_list list;

    memcpy(handshake->cookie, cookie, len);
    handshake->cookie_len = len;
    tester_compose_init(tester, &list);
    return tester_write_init(tester, &list, request);
}

static bool accepts(const struct message *response)
{
    return payload_find(response->first, response->payloads, IKL_PAYLOAD_SA).data != NULL;
}

static void answer_with_cookie(struct tester *tester)
{
    struct message response;
    struct ikl_octets cookie;
    struct datagram request;

    if (get_cookie(tester, &response, &cookie) &&
        expect(tester, cookie.len >= 1 && cookie.len <= MOST_COOKIE, &response, "a cookie has 1 to 64 octets") &&
        expect(tester, response.header.spi_r == 0 && !accepts(&response), &response,
               "the peer has not only asked for a cookie, but begun an IKE SA") &&
        give_cookie(tester, cookie.data, cookie.len, &request) && expect_answer(tester, &request, &response) &&
        expect(tester, accepts(&response), &response, "the request is not accepted with the cookie of the peer") &&
        tester_take_init(tester, &request, &response)) {
        (void)tester_authenticate(tester);
    }
}

/* Asks with a cookie that is not one of this request. */
static void give_wrong_cookie(struct tester *tester, const uint8_t *cookie, size_t len)
{
    struct datagram request;
    struct message response;

    if (give_cookie(tester, cookie, len, &request)) {
        (void)expect(tester, !tester_ask(tester, &request, &response) || !accepts(&response), &response,
                     "the request is accepted with a wrong cookie");
    }
}

static void change_cookie(struct tester *tester)
{
    struct message response;
    struct ikl_octets cookie;
    uint8_t changed[MOST_COOKIE];

    if (get_cookie(tester, &response, &cookie) && cookie.len >= 1 && cookie.len <= sizeof(changed)) {
        memcpy(changed, cookie.data, cookie.len);
        changed[cookie.len - 1] ^= 1;
        give_wrong_cookie(tester, changed, cookie.len);
    }
}

static void give_cookie_of_another(struct tester *tester)
{
    struct message response;
    struct ikl_octets cookie;
    struct datagram other;

    if (get_cookie(tester, &response, &cookie) && cookie.len <= MOST_COOKIE && begin_another(tester, &other)) {
        give_wrong_cookie(tester, cookie.data, cookie.len);
    }
}

static const struct check checks[] = {
    {"cookie", "A cookie has 1 to 64 octets and comes alone, and with it the request is accepted.", "RFC 7296 §2.6",
     answer_with_cookie},
    {"changed-cookie", "A cookie that was changed is not accepted.", "RFC 7296 §2.6", change_cookie},
    {"cookie-of-another", "The cookie of a request with another SPI and nonce is not accepted.", "RFC 7296 §2.6",
     give_cookie_of_another},
};

const struct check_area cookies_area = {"Cookies", checks, sizeof(checks) / sizeof(checks[0])};
