/* SPDX-License-Identifier: ISC */
/* ikeping --follow-redirect (RFC 5685), but for what comes in IKE_AUTH: amended.c has that. */
#define _POSIX_C_SOURCE 200809L
#include "world.h"

#include "support/test.h"

#include <string.h>

enum { FAR = 9 };

/* The gateway at 192.0.2.2 redirects every IKE_SA_INIT request, or it does not. */
static struct {
    bool redirects;
    bool everywhere;    /* so do all others */
    bool without_nonce; /* somebody else does, who has not seen the request */
    bool far_is_silent;
} gateway;

static struct ikl_octets redirect_to_far(struct ikl_octets nonce)
{
    static uint8_t octets[64];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));

    ikl_write_u8(&writer, IKL_GATEWAY_IPV4);
    ikl_write_u8(&writer, 4);
    ikl_write_octets(&writer, (const uint8_t[]){192, 0, 2, FAR}, 4);
    ikl_write_octets(&writer, nonce.data, nonce.len);
    return (struct ikl_octets){octets, writer.len};
}

static void redirect(struct world *world, const struct ikl_path *path)
{
    struct handshake *handshake = &world_session(world, INITIATOR)->handshake;
    struct ikl_octets nonce = {handshake->nonce, sizeof(handshake->nonce)};
    struct ikl_path back = {.local = path->remote, .remote = path->local};

    world_forge(world, &back, IKL_NOTIFY_REDIRECT,
                redirect_to_far(gateway.without_nonce ? (struct ikl_octets){NULL, 0} : nonce));
}

static bool passes(struct world *world, struct sent *sent)
{
    struct ikl_header header;
    bool at_far = sent->path.remote.ip[3] == FAR;

    if (sent->from == RESPONDER || ikl_header_read(&header, sent->octets, sent->len) != IKL_OK) {
        return true;
    }
    if (gateway.redirects && header.exchange_type == IKL_IKE_SA_INIT && (!at_far || gateway.everywhere)) {
        redirect(world, &sent->path);
        return gateway.without_nonce;
    }
    return !at_far || !gateway.far_is_silent;
}

static bool reach(void *user, const char *host, uint16_t port, struct gateway_config *config,
                  char why[IKEPING_REASON_SIZE])
{
    (void)user;
    assert_int_equal(port, 500);
    if (strcmp(host, "192.0.2.9") != 0) {
        (void)snprintf(why, IKEPING_REASON_SIZE, "%s: unknown here", host);
        return false;
    }
    config->plain.remote.ip[3] = config->encapsulated.remote.ip[3] = FAR;
    return true;
}

static void start(struct world *world, const char *options)
{
    world_init(world, options, "");
    world->ends[INITIATOR].ikeping.reach = reach;
    world->passes = passes;
    world_connect(world);
    world_run(world, 700);
}

static int redirect_nobody(void **state)
{
    (void)state;
    memset(&gateway, 0, sizeof(gateway));
    return 0;
}

static size_t says(const struct world *world, const char *text)
{
    return world_count(world, INITIATOR, text);
}

/* What a notification of the n-th IKE_SA_INIT request has; without `data` when it is not there. */
static struct ikl_octets notification(const struct world *world, unsigned n, uint16_t type)
{
    struct ikl_octets data = {NULL, 0}, payloads;
    struct ikl_header header;

    for (size_t i = 0; i < world->n_sent; i++) {
        const struct sent *sent = &world->sent[i];

        assert_int_equal(ikl_header_read(&header, sent->octets, sent->len), IKL_OK);
        if (sent->from == INITIATOR && header.exchange_type == IKL_IKE_SA_INIT && n-- == 0) {
            payloads = (struct ikl_octets){sent->octets + IKL_HEADER_LEN, sent->len - IKL_HEADER_LEN};
            (void)payload_find_notify(header.next_payload, payloads, type, &data);
            return data;
        }
    }
    fail();
    return data;
}

static const char followed[] = "  the peer redirects us to 192.0.2.9 (REDIRECT, RFC 5685): we go there\n";

static void a_redirect_in_ike_sa_init_is_followed(void **state)
{
    static const uint8_t from[] = {IKL_GATEWAY_IPV4, 4, 192, 0, 2, 2};
    struct world world;

    (void)state;
    gateway.redirects = true;
    start(&world, "--follow-redirect");
    assert_int_equal(says(&world, followed), 1);
    assert_int_equal(says(&world, "established as"), 1);
    assert_string_equal(world.ends[INITIATOR].ikeping.gateways->address, "192.0.2.9:500");
    assert_non_null(notification(&world, 0, IKL_NOTIFY_REDIRECT_SUPPORTED).data);
    assert_null(notification(&world, 0, IKL_NOTIFY_REDIRECTED_FROM).data);
    assert_null(notification(&world, 1, IKL_NOTIFY_REDIRECT_SUPPORTED).data);
    assert_int_equal(notification(&world, 1, IKL_NOTIFY_REDIRECTED_FROM).len, sizeof(from));
    assert_memory_equal(notification(&world, 1, IKL_NOTIFY_REDIRECTED_FROM).data, from, sizeof(from));
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void without_the_option_no_support_is_said(void **state)
{
    struct world world;

    (void)state;
    start(&world, "");
    assert_null(notification(&world, 0, IKL_NOTIFY_REDIRECT_SUPPORTED).data);
    (void)world_clear(&world);
}

static void a_redirect_that_does_not_know_our_nonce_is_not_heard(void **state)
{
    struct world world;

    (void)state;
    gateway.redirects = gateway.without_nonce = true;
    start(&world, "--follow-redirect");
    assert_int_equal(says(&world, "redirect"), 0);
    assert_int_equal(says(&world, "established as"), 1);
    assert_string_equal(world.ends[INITIATOR].ikeping.gateways->address, "192.0.2.2:500");
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_loop_ends_after_five(void **state)
{
    struct world world;

    (void)state;
    gateway.redirects = gateway.everywhere = true;
    start(&world, "--follow-redirect");
    assert_int_equal(says(&world, followed), 5);
    assert_int_equal(says(&world,
                          "  could not establish an IKE SA: we were redirected more than 5 times in 300 s, now to "
                          "192.0.2.9\n"),
                     1);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

static void tell_elsewhere(struct world *world, const char *name)
{
    uint8_t octets[64];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));

    ikl_write_u8(&writer, IKL_GATEWAY_FQDN);
    ikl_write_u8(&writer, (uint8_t)strlen(name));
    ikl_write_octets(&writer, (const uint8_t *)name, strlen(name));
    world_notify(world, RESPONDER, IKL_NOTIFY_REDIRECT, (struct ikl_octets){octets, writer.len});
}

static void a_gateway_that_cannot_be_found_is_not_gone_to(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--follow-redirect");
    tell_elsewhere(&world, "far.example");
    world_run(&world, 2000);
    assert_int_equal(says(&world,
                          "  a new IKE SA in the place of this one could not be established: redirected: far.example: "
                          "unknown here\n"),
                     1);
    assert_int_equal(says(&world, "check 3 answered"), 1);
    tell_elsewhere(&world, "");
    world_run(&world, 0);
    assert_int_equal(says(&world, "the gateway redirects us to a gateway that it does not name rightly\n"), 1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_redirect_of_an_established_ike_sa_makes_another_one_in_its_place(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--follow-redirect --interval 1");
    world_notify(&world, RESPONDER, IKL_NOTIFY_REDIRECT, redirect_to_far((struct ikl_octets){NULL, 0}));
    world_run(&world, 2000);
    assert_int_equal(says(&world, followed), 1);
    assert_int_equal(says(&world, "authenticated again as a.example with b.example"), 1);
    assert_string_equal(world.ends[INITIATOR].ikeping.gateways->address, "192.0.2.9:500");
    assert_int_equal(world_count(&world, RESPONDER, "down: deleted by peer"), 1);
    assert_int_equal(world_tally(&world, INITIATOR)->answered, 4);
    assert_non_null(notification(&world, 1, IKL_NOTIFY_REDIRECTED_FROM).data);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void when_the_other_gateway_is_silent_the_ike_sa_stays(void **state)
{
    struct world world;

    (void)state;
    gateway.far_is_silent = true;
    start(&world, "--follow-redirect --interval 1 --schedule 0.5,0.5");
    for (unsigned i = 0; i < 2; i++) { /* the second comes while the first is under way */
        world_notify(&world, RESPONDER, IKL_NOTIFY_REDIRECT, redirect_to_far((struct ikl_octets){NULL, 0}));
        world_run(&world, 100);
    }
    assert_int_equal(says(&world, "redirected while another one is under way\n"), 1);
    world_run(&world, 3000);
    assert_int_equal(says(&world, "could not be established: timed out: no answer to 2 sends of IKE_SA_INIT"), 1);
    assert_int_equal(says(&world, "down"), 0);
    assert_string_equal(world.ends[INITIATOR].ikeping.gateways->address, "192.0.2.2:500");
    assert_int_equal(world.ends[INITIATOR].ikeping.gateways->config.plain.remote.ip[3], 2);
    assert_int_equal(world.ends[INITIATOR].ikeping.gateways->config.redirected_from.family, 0);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void who_authenticates_again_may_be_redirected_too(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--follow-redirect --reauth 3 --interval 1");
    gateway.redirects = true;
    world_run(&world, 3000);
    assert_int_equal(says(&world, followed), 1);
    assert_int_equal(says(&world, "authenticated again"), 1);
    assert_int_equal(says(&world, "down"), 0);
    assert_string_equal(world.ends[INITIATOR].ikeping.gateways->address, "192.0.2.9:500");
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void when_the_ike_sa_is_down_the_first_gateway_is_tried_again(void **state)
{
    struct world world;

    (void)state;
    gateway.redirects = true;
    start(&world, "--follow-redirect --revive --interval 1 --schedule 0.5,0.5");
    gateway.redirects = false;
    gateway.far_is_silent = true;
    world_run(&world, 4000);
    assert_int_equal(says(&world, "down: timeout"), 1);
    assert_int_equal(says(&world, "up again: attempt 1 succeeded"), 1);
    assert_string_equal(world.ends[INITIATOR].ikeping.gateways->address, "192.0.2.2:500");
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

TESTS_OF(redirect)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_redirect_in_ike_sa_init_is_followed, redirect_nobody),
        cmocka_unit_test_setup(without_the_option_no_support_is_said, redirect_nobody),
        cmocka_unit_test_setup(a_redirect_that_does_not_know_our_nonce_is_not_heard, redirect_nobody),
        cmocka_unit_test_setup(a_loop_ends_after_five, redirect_nobody),
        cmocka_unit_test_setup(a_gateway_that_cannot_be_found_is_not_gone_to, redirect_nobody),
        cmocka_unit_test_setup(a_redirect_of_an_established_ike_sa_makes_another_one_in_its_place, redirect_nobody),
        cmocka_unit_test_setup(when_the_other_gateway_is_silent_the_ike_sa_stays, redirect_nobody),
        cmocka_unit_test_setup(who_authenticates_again_may_be_redirected_too, redirect_nobody),
        cmocka_unit_test_setup(when_the_ike_sa_is_down_the_first_gateway_is_tried_again, redirect_nobody),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
