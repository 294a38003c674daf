/* SPDX-License-Identifier: ISC */
/* ikl_sa_migrate: IKE SAs that move at random fare as those that stay. */
#include "support/asking.h"
#include "support/mover.h"
#include "support/sharing.h"
#include "support/test.h"
#include "support/test_random.h"
#include "support/twin.h"

static const char *const suite = MOVER_SUITE;

/* A life at random of two hosts: what they do, and when one moves its IKE SA, is drawn from two sources. */
struct life {
    struct pair pair;
    struct ikl_endpoint *others[2];
    struct test_random acts, moves;
    bool moving;
    size_t n_errors[2]; /* that acts came to, of each host */
};

static void note(struct life *life, const struct host *host, int result)
{
    life->n_errors[host == &life->pair.a ? 0 : 1] += result != IKL_OK ? 1 : 0;
}

static void hear_all(struct host *host)
{
    for (struct ikl_child *child = ikl_sa_first_child(host->sa); child != NULL;
         child = ikl_sa_next_child(host->sa, child)) {
        ikl_child_heard(child, host->now);
    }
}

static void respond_all(struct life *life, struct host *host)
{
    for (uint32_t id = 0; id < 64; id++) {
        note(life, host, ikl_sa_respond(host->sa, id, &sharing_payload, 1, host->now));
    }
}

static void act(struct life *life, struct host *host)
{
    struct asking asking = {.mark = (uint8_t)test_random(&life->acts), .len = 4 + test_random_below(&life->acts, 900)};

    switch (test_random_below(&life->acts, 8)) {
    case 0:
    case 1:
        note(life, host, asking_try(host, &asking, NULL));
        break;
    case 2:
        note(life, host, ikl_sa_probe(host->sa, host->now));
        break;
    case 3:
        hear_all(host);
        break;
    case 4:
        note(life, host, ikl_sa_resend(host->sa, host->now));
        break;
    case 5:
        if (ikl_sa_first_child(host->sa) != NULL && test_random_below(&life->acts, 3) == 0) {
            note(life, host,
                 ikl_sa_delete_children(host->sa, (struct ikl_child *[]){ikl_sa_first_child(host->sa)}, 1, host->now));
        }
        break;
    case 6:
        ikl_sa_cancel(host->sa, ikl_sa_find_context(host->sa, asking_context(asking.mark)), host->now);
        break;
    default:
        respond_all(life, host);
    }
}

static void maybe_move(struct life *life)
{
    for (size_t i = 0; i < 2 && life->moving; i++) {
        struct host *host = i == 0 ? &life->pair.a : &life->pair.b;

        if (test_random_below(&life->moves, 3) == 0 && ikl_sa_state(host->sa) < IKL_SA_DYING) {
            host_move(host, &life->others[i]);
        }
    }
}

/* Each datagram may be lost; the next ones then come first. */
static void carry(struct life *life, struct host *from, struct host *to)
{
    for (size_t i = 0; i < from->n_events; i++) {
        struct event *event = &from->events[i];

        if (event->kind == EVENT_SENT && !event->delivered && test_random_below(&life->acts, 3) != 0) {
            event->delivered = true;
            if (test_random_below(&life->acts, 4) != 0) {
                (void)host_receive(to, event);
                maybe_move(life);
            }
        }
    }
}

static void with_all(struct ikl_sa_config *config)
{
    with_fragmentation(config);
    mover_with_windows(config);
}

static void live(struct life *life, uint64_t seed, bool moving)
{
    *life = (struct life){.acts = {.state = seed}, .moves = {.state = ~seed}, .moving = moving};
    pair_init(&life->pair, suite, 3, NULL, with_all);
    life->others[0] = mover_endpoint(&life->pair.a, NULL);
    life->others[1] = mover_endpoint(&life->pair.b, NULL);
    for (ikl_time now = 0; now < 60000; now += 1 + test_random_below(&life->acts, 1500)) {
        host_advance(&life->pair.a, now);
        host_advance(&life->pair.b, now);
        act(life, test_random_below(&life->acts, 2) != 0 ? &life->pair.a : &life->pair.b);
        maybe_move(life);
        carry(life, &life->pair.a, &life->pair.b);
        carry(life, &life->pair.b, &life->pair.a);
    }
    host_run_to_the_end(&life->pair.a);
    host_run_to_the_end(&life->pair.b);
}

static void end_life(struct life *life)
{
    assert_int_equal(ikl_endpoint_free(life->others[0]), IKL_OK);
    assert_int_equal(ikl_endpoint_free(life->others[1]), IKL_OK);
    pair_clear(&life->pair);
}

static void ike_sas_that_move_at_random_fare_as_those_that_stay(void **state)
{
    size_t requests = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct life stayed, moved;

        live(&stayed, seed, false);
        live(&moved, seed, true);
        assert_same_events(&stayed.pair.a, &moved.pair.a);
        assert_same_events(&stayed.pair.b, &moved.pair.b);
        assert_memory_equal(stayed.n_errors, moved.n_errors, sizeof(moved.n_errors));
        requests += host_count(&moved.pair.a, EVENT_PEER_REQUEST);
        end_life(&stayed);
        end_life(&moved);
    }
    assert_true(requests > 100);
}

TESTS_OF(migrate_random)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ike_sas_that_move_at_random_fare_as_those_that_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
