/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: Deletes, of the IKE SA and of Child SAs. */
#include "checks.h"
#include "expect.h"

#include <ikelive/registry.h>

/* Asks to delete Child SAs with these SPIs of the tester's. */
static bool ask_to_delete(struct tester *tester, const uint32_t *spis, size_t n, struct message *response)
{
    struct payload_list list;
    struct datagram request;

    tester_compose_esp_delete(spis, n, &list);
    return tester_next_request(tester, IKL_INFORMATIONAL, &list, &request) && expect_answer(tester, &request, response);
}

bool expect_child_deleted(struct tester *tester)
{
    struct message response;

    return ask_to_delete(tester, &tester->sa->child.own_spi, 1, &response) &&
           expect(tester, tester_deletes(&response, tester->sa->child.choice.spi), &response,
                  "the response has no Delete payload with the SPI of the Child SA's other direction");
}

bool expect_no_delete(struct tester *tester, const struct message *response)
{
    return expect(tester, payload_find(response->first, response->payloads, IKL_PAYLOAD_DELETE).data == NULL, response,
                  "the response deletes a Child SA");
}

/* Asks to delete the IKE SA. */
static bool delete_ike_sa(struct tester *tester, struct datagram *request, struct message *response)
{
    struct payload_list list;

    tester_compose_delete(&list);
    if (!tester_next_request(tester, IKL_INFORMATIONAL, &list, request) || !expect_answer(tester, request, response)) {
        return false;
    }
    tester->sa->deleted = true;
    return true;
}

static void delete_empty(struct tester *tester)
{
    struct datagram request;
    struct message response;

    if (tester_establish(tester) && delete_ike_sa(tester, &request, &response)) {
        (void)expect(tester, response.payloads.len == 0, &response, "the response to the Delete is not empty");
    }
}

static void delete_twice(struct tester *tester)
{
    struct datagram request;
    struct message first, second;

    if (tester_establish(tester) && delete_ike_sa(tester, &request, &first) &&
        expect_answer(tester, &request, &second)) {
        (void)expect_same(tester, &first, &second);
    }
}

static void ask_after_delete(struct tester *tester)
{
    struct datagram request;
    struct message response;
    uint32_t message_id;

    if (!tester_establish(tester) || !delete_ike_sa(tester, &request, &response)) {
        return;
    }
    message_id = tester->sa->next_request;
    if (tester_next_request(tester, IKL_INFORMATIONAL, NULL, &request)) {
        tester_send(tester, &request);
        (void)expect_no_answer(tester, IKL_INFORMATIONAL, message_id, "a deleted IKE SA answers a request");
    }
}

static void delete_child(struct tester *tester)
{
    if (tester_establish_child(tester) && expect_child_deleted(tester)) {
        (void)expect_alive(tester);
    }
}

static void delete_child_again(struct tester *tester)
{
    struct message response;

    if (tester_establish_child(tester) && ask_to_delete(tester, &tester->sa->child.own_spi, 1, &response) &&
        ask_to_delete(tester, &tester->sa->child.own_spi, 1, &response) && expect_no_delete(tester, &response)) {
        (void)expect_alive(tester);
    }
}

static void delete_unknown_child(struct tester *tester)
{
    struct message response;
    uint32_t spi;

    if (!tester_establish_child(tester)) {
        return;
    }
    spi = tester->sa->child.own_spi ^ 1;
    if (ask_to_delete(tester, &spi, 1, &response) && expect_no_delete(tester, &response)) {
        (void)expect_alive(tester);
    }
}

static void delete_wrong_direction(struct tester *tester)
{
    struct message response;

    if (tester_establish_child(tester) && ask_to_delete(tester, &tester->sa->child.choice.spi, 1, &response) &&
        expect_no_delete(tester, &response)) {
        (void)expect_child_deleted(tester);
    }
}

static void delete_two(struct tester *tester)
{
    struct child_offer offer;
    struct payload_list list;
    struct datagram request;
    struct message response;
    struct child child;

    if (!tester_establish_child(tester)) {
        return;
    }
    tester_compose_child_offer(tester, NULL, &offer, &list);
    if (!tester_next_request(tester, IKL_CREATE_CHILD_SA, &list, &request) ||
        !expect_answer(tester, &request, &response)) {
        return;
    }
    if (child_read_answer(&child, &offer, response.first, response.payloads) != NULL) {
        (void)tester_give_up(tester, "the peer accepts no second Child SA");
        return;
    }
    if (ask_to_delete(tester, (const uint32_t[]){tester->sa->child.own_spi, offer.spi}, 2, &response)) {
        (void)expect(tester,
                     tester_deletes(&response, tester->sa->child.choice.spi) &&
                         tester_deletes(&response, child.choice.spi),
                     &response, "the response lacks the SPI of one of the two Child SAs");
    }
}

static void delete_while_asked(struct tester *tester)
{
    struct datagram request;
    struct message asked, response;

    if (tester_establish(tester) && tester_wait_request(tester, &asked)) {
        (void)delete_ike_sa(tester, &request, &response);
    }
}

static const struct check checks[] = {
    {"delete", "The response to a Delete of the IKE SA is empty.", "RFC 7296 §1.4.1", delete_empty},
    {"repeated-delete", "A Delete of the IKE SA that comes again gets the same response, octet for octet.",
     "RFC 7296 §2.1", delete_twice},
    {"deleted", "A deleted IKE SA answers no more requests.", "RFC 7296 §1.4.1", ask_after_delete},
    {"delete-child", "The response to a Delete of a Child SA deletes the other direction, by the peer's SPI.",
     "RFC 7296 §1.4.1", delete_child},
    {"delete-child-again", "A Delete of a Child SA that is deleted already is answered without a Delete payload.",
     "RFC 7296 §2.25.1", delete_child_again},
    {"delete-unknown-child", "A Delete of a Child SA that never was is answered without a Delete payload.",
     "RFC 7296 §2.25.1", delete_unknown_child},
    {"delete-by-wrong-spi", "A Delete with the SPI of the peer's own direction of a Child SA deletes nothing.",
     "RFC 7296 §1.4.1", delete_wrong_direction},
    {"delete-two-children", "The response to a Delete of two Child SAs has both SPIs of the peer's.", "RFC 7296 §1.4.1",
     delete_two},
    {"delete-while-asked", "A Delete is answered while a request of the peer's waits for its answer.", "RFC 7296 §2.3",
     delete_while_asked},
};

const struct check_area deletes_area = {"Deletes", checks, sizeof(checks) / sizeof(checks[0])};
