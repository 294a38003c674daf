/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: requests of the peer's own, such as liveness checks: how it repeats them, what it takes for an
 * answer, and when it gives up. */
#include "checks.h"
#include "expect.h"

#include <ikelive/registry.h>

enum {
    MOST_SENDS = TESTER_WAITS + 1,
    PROBE_TIME = 250,      /* ms between two looks whether the peer has given up */
    ANSWERED_TIME = 10000, /* ms in which an answered request must not come again */
    GIVES_UP_AFTER = 3,    /* times the longest wait: then no more is to come */
};

static ikl_time now(const struct tester *tester)
{
    return tester->wire.now(tester->wire.user);
}

static bool is_same_request(const struct message *message, const struct message *other)
{
    return message->status == IKL_OK && (message->header.flags & IKL_FLAG_RESPONSE) == 0 &&
           message->header.spi_i == other->header.spi_i && message->header.message_id == other->header.message_id;
}

/* Waits until the deadline for a request to come again. */
static bool wait_again(struct tester *tester, const struct message *asked, ikl_time deadline, struct message *again)
{
    while (tester_receive(tester, deadline, again)) {
        if (is_same_request(again, asked)) {
            return true;
        }
    }
    return false;
}

static bool never_again(struct tester *tester)
{
    return tester_give_up(tester, "the peer does not send its request again in the time that it has");
}

static void compare_repeats(struct tester *tester)
{
    struct message asked, again;

    if (tester_establish(tester) && tester_wait_request(tester, &asked)) {
        if (wait_again(tester, &asked, ikl_time_after(now(tester), tester->patience), &again)) {
            (void)expect_same(tester, &asked, &again);
        } else {
            (void)never_again(tester);
        }
    }
}

/* When a request was sent. */
struct sends {
    ikl_time at[MOST_SENDS];
    size_t n;
    ikl_time alive_at; /* when the IKE SA was still there; 0: nobody has looked, or the peer did not say */
};

static ikl_time wait_after(const struct sends *sends, size_t i)
{
    return sends->at[i + 1] - sends->at[i];
}

static ikl_time longest_wait(const struct sends *sends)
{
    ikl_time longest = 0;

    for (size_t i = 0; i + 1 < sends->n; i++) {
        longest = ikl_time_later(longest, wait_after(sends, i));
    }
    return longest;
}

static void measure(struct tester *tester, const struct sends *sends)
{
    struct measured *measured = &tester->finding.measured;

    for (size_t i = 0; i + 1 < sends->n; i++) {
        measured->waits[measured->n_waits++] = (uint32_t)wait_after(sends, i);
    }
}

/* A request that the peer has answered. When it comes again it gets the response again, as long as there is the IKE SA,
 * and is no sign of life. */
struct probe {
    struct datagram request;
    uint32_t message_id;
};

static bool begin_probe(struct tester *tester, struct probe *out)
{
    struct message response;

    out->message_id = tester->sa->next_request;
    return tester_next_request(tester, IKL_INFORMATIONAL, NULL, &out->request) &&
           expect_answer(tester, &out->request, &response);
}

/* Lets a request come again until it has come so often, or the patience ends, or so long nothing has come that the peer
 * has given up. Looks with the probe, which may be null, whether the IKE SA is there. */
static void watch(struct tester *tester, const struct message *asked, size_t most, const struct probe *probe,
                  struct sends *sends)
{
    ikl_time end = ikl_time_after(now(tester), tester->patience), deadline = end, look_at = IKL_NEVER;
    struct message message;

    *sends = (struct sends){.at = {asked->traced->at}, .n = 1};
    while (sends->n < most && now(tester) < deadline) {
        if (probe != NULL) {
            tester_send(tester, &probe->request);
            look_at = ikl_time_after(now(tester), PROBE_TIME);
        }
        while (sends->n < most && tester_receive(tester, ikl_time_earlier(deadline, look_at), &message)) {
            if (is_same_request(&message, asked)) {
                sends->at[sends->n++] = message.traced->at;
                deadline =
                    ikl_time_earlier(end, ikl_time_after(message.traced->at, GIVES_UP_AFTER * longest_wait(sends) + 1));
            } else if (probe != NULL && tester_is_response(tester, &message, IKL_INFORMATIONAL, probe->message_id)) {
                sends->alive_at = message.traced->at;
            }
        }
    }
    measure(tester, sends);
}

/* Exponentially, but for a tenth that the network or a jitter may take. */
static bool grow(const struct sends *sends)
{
    size_t last = sends->n - 2;

    for (size_t i = 0; i < last; i++) {
        if (wait_after(sends, i + 1) * 10 < wait_after(sends, i) * 9) {
            return false;
        }
    }
    return wait_after(sends, last) * 10 > wait_after(sends, 0) * 11;
}

static void measure_waits(struct tester *tester)
{
    enum { ENOUGH = 4, FEWEST = 3 };
    struct message asked;
    struct sends sends;

    if (tester_establish(tester) && tester_wait_request(tester, &asked)) {
        watch(tester, &asked, ENOUGH, NULL, &sends);
        if (sends.n < FEWEST) {
            (void)never_again(tester);
        } else {
            (void)expect(tester, grow(&sends), &asked, "the waits between the sends of a request do not grow");
        }
    }
}

static void answer(struct tester *tester)
{
    struct message asked, again;
    bool came;

    if (tester_establish(tester) && tester_wait_request(tester, &asked)) {
        tester_answer(tester, tester->sa, &asked);
        came = wait_again(tester, &asked, ikl_time_after(now(tester), ANSWERED_TIME), &again);
        (void)expect(tester, !came, came ? &again : NULL, "a request comes again although it was answered");
    }
}

static void count_requests(struct tester *tester)
{
    struct message asked, message;
    bool other = false;
    ikl_time deadline;

    if (tester_establish(tester) && tester_wait_request(tester, &asked)) {
        deadline = ikl_time_after(now(tester), ANSWERED_TIME);
        while (!other && tester_receive(tester, deadline, &message)) {
            other = message.status == IKL_OK && (message.header.flags & IKL_FLAG_RESPONSE) == 0 &&
                    !is_same_request(&message, &asked);
        }
        (void)expect(tester, !other, other ? &message : NULL, "a second request comes before the first is answered");
    }
}

/* Gives this in place of an answer: the request must come again. */
static void give_wrong_answer(struct tester *tester,
                              bool (*make)(struct tester *tester, struct draft *draft, struct datagram *out))
{
    struct draft draft = {.response = true, .chain = {NULL, 0}};
    struct message asked, again;
    struct datagram answer;

    if (!tester_establish(tester) || !tester_wait_request(tester, &asked)) {
        return;
    }
    draft.exchange_type = asked.header.exchange_type;
    draft.message_id = asked.header.message_id;
    if (make(tester, &draft, &answer)) {
        tester_send(tester, &answer);
        (void)expect(tester, wait_again(tester, &asked, ikl_time_after(now(tester), tester->patience), &again), NULL,
                     "a wrong answer ends the peer's request");
    }
}

static bool make_other_id(struct tester *tester, struct draft *draft, struct datagram *out)
{
    draft->message_id++;
    return tester_seal(tester, draft, out);
}

static bool make_forged(struct tester *tester, struct draft *draft, struct datagram *out)
{
    if (!tester_seal(tester, draft, out)) {
        return false;
    }
    out->octets[out->len - 1] ^= 0x40;
    return true;
}

static bool make_unprotected(struct tester *tester, struct draft *draft, struct datagram *out)
{
    return tester_write_plain(tester, draft, out);
}

static void answer_other_id(struct tester *tester)
{
    give_wrong_answer(tester, make_other_id);
}

static void forge_answer(struct tester *tester)
{
    give_wrong_answer(tester, make_forged);
}

static void answer_unprotected(struct tester *tester)
{
    give_wrong_answer(tester, make_unprotected);
}

/* The first look at which it was gone. */
static void measure_verdict(struct tester *tester, const struct sends *sends)
{
    if (sends->alive_at != 0) {
        tester->finding.measured.verdict = (uint32_t)(sends->alive_at + PROBE_TIME - sends->at[0]);
    }
}

static void wait_for_verdict(struct tester *tester)
{
    struct message asked;
    struct datagram request;
    struct probe probe;
    struct sends sends;
    ikl_time quiet;
    uint32_t message_id;

    if (!tester_establish(tester) || !begin_probe(tester, &probe) || !tester_wait_request(tester, &asked)) {
        return;
    }
    watch(tester, &asked, MOST_SENDS, &probe, &sends);
    quiet = now(tester) - sends.at[sends.n - 1];
    if (sends.n < 2 || quiet < GIVES_UP_AFTER * longest_wait(&sends)) {
        (void)tester_give_up(tester, "the peer has not given up in the time that it has: -w gives it more");
        return;
    }
    message_id = tester->sa->next_request;
    if (tester_next_request(tester, IKL_INFORMATIONAL, NULL, &request)) {
        tester_send(tester, &request);
        if (expect_no_answer(tester, IKL_INFORMATIONAL, message_id,
                             "the peer has given up its request, and not the IKE SA")) {
            measure_verdict(tester, &sends);
        }
    }
}

static const struct check checks[] = {
    {"asked-again", "A request of the peer's that comes again has the same octets.", "RFC 7296 §2.1", compare_repeats},
    {"asked-slower", "The waits between the sends of a request of the peer's grow.", "RFC 7296 §2.4", measure_waits},
    {"asked-once", "A request of the peer's that was answered does not come again.", "RFC 7296 §2.1", answer},
    {"asked-singly", "The peer makes no second request before the first is answered.", "RFC 7296 §2.3", count_requests},
    {"answer-with-other-id", "A response with another Message ID does not answer the peer's request.", "RFC 7296 §2.2",
     answer_other_id},
    {"forged-answer", "A response with a wrong Integrity Checksum Data is not a sign of life.", "RFC 7296 §2.4",
     forge_answer},
    {"unprotected-answer", "A response without protection is not a sign of life.", "RFC 7296 §2.4", answer_unprotected},
    {"verdict", "A peer that has given a request up has no IKE SA any more.", "RFC 7296 §2.1", wait_for_verdict},
};

const struct check_area asks_area = {"The peer's own requests", checks, sizeof(checks) / sizeof(checks[0])};
