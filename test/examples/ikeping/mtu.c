/* SPDX-License-Identifier: ISC */
/* ikeping sends no longer packets than --mtu says, or the network (RFC 7383). */
#include "world.h"

#include "support/test.h"

enum { IPV4_AND_UDP = 28, LEAST_MESSAGE = 128 };

/* An IKE SA with identities so long that IKE_AUTH does not fit a packet of 576 octets. */
static void start(struct world *world, const char *options, const char *responder_options)
{
    world_init(world, options, responder_options);
    for (int i = 0; i < 2; i++) {
        struct identity *id = &world->ends[i].settings.id;

        id->type = IKL_ID_KEY_ID;
        id->len = IDENTITY_MAX;
        memset(id->data, 'a' + i, IDENTITY_MAX);
        world->ends[1 - i].settings.remote_id = *id;
    }
    world_connect(world);
    world_run(world, 500);
    assert_int_equal(world_count(world, INITIATOR, "established as "), 1);
}

/* How many datagrams of IKE_AUTH an end has sent; none may be longer than fits. */
static size_t count_auth(const struct world *world, int from, size_t mtu)
{
    size_t most = mtu < LEAST_MESSAGE + IPV4_AND_UDP ? (size_t)LEAST_MESSAGE : mtu - IPV4_AND_UDP;

    for (size_t i = 0; i < world->n_sent; i++) {
        const struct sent *sent = &world->sent[i];

        /* IKE_SA_INIT cannot be fragmented */
        assert_true(sent->from != from || sent->octets[18] == IKL_IKE_SA_INIT || sent->len <= most);
    }
    return world_count_sent(world, from, IKL_IKE_AUTH);
}

static void no_packet_is_longer_than_the_mtu(void **state)
{
    static const struct {
        const char *options;
        size_t mtu, n; /* of the IKE_AUTH request */
    } rows[] = {{"--mtu 1500", 1500, 1}, {"", 576, 2}, {"--mtu 576", 576, 2}, {"--mtu 300", 300, 3}};
    struct world world;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        start(&world, rows[i].options, rows[i].options);
        assert_int_equal(count_auth(&world, INITIATOR, rows[i].mtu), rows[i].n);
        assert_in_range(count_auth(&world, RESPONDER, rows[i].mtu), 1, rows[i].n);
        (void)world_clear(&world);
    }
    start(&world, "--mtu 68", "--mtu 68");
    assert_true(count_auth(&world, INITIATOR, 68) > 6);
    (void)world_clear(&world);
}

/* An MTU of ours says nothing of what the peer sends. */
static void each_end_has_an_mtu_of_its_own(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--mtu 1500", "--mtu 200");
    assert_int_equal(count_auth(&world, INITIATOR, 1500), 1);
    assert_true(count_auth(&world, RESPONDER, 200) > 2);
    (void)world_clear(&world);
}

static bool loses_long(struct world *world, struct sent *sent)
{
    (void)world;
    return sent->len <= 600 - IPV4_AND_UDP || sent->octets[18] == IKL_IKE_SA_INIT;
}

static void what_the_network_says_was_too_long_is_sent_again_in_fragments(void **state)
{
    struct ikl_path path = world_path(false);
    struct world world;

    (void)state;
    world_init(&world, "--mtu 1500 --schedule 1x5", "");
    world.passes = loses_long;
    world.ends[INITIATOR].settings.id = (struct identity){.type = IKL_ID_KEY_ID, .len = IDENTITY_MAX};
    world.ends[INITIATOR].settings.remote_id = (struct identity){.type = IKL_ID_KEY_ID, .len = IDENTITY_MAX};
    world.ends[RESPONDER].settings.id = world.ends[INITIATOR].settings.remote_id;
    world_connect(&world);
    world_run(&world, 500);
    assert_int_equal(world_count(&world, INITIATOR, "established as "), 0);
    ikeping_unreachable(&world.ends[INITIATOR].ikeping, &path.remote, "Message too long, the MTU is 600", 600,
                        world.now);
    assert_int_equal(world_count(&world, INITIATOR, "the network says: Message too long, the MTU is 600"), 1);
    world_run(&world, 1000);
    assert_int_equal(world_count(&world, INITIATOR, "established as "), 1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

TESTS_OF(mtu)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_packet_is_longer_than_the_mtu),
        cmocka_unit_test(each_end_has_an_mtu_of_its_own),
        cmocka_unit_test(what_the_network_says_was_too_long_is_sent_again_in_fragments),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
