/* SPDX-License-Identifier: ISC */
/* Promises about costs: an IKE SA may have 65,536 Child SAs, and what the peer says of one is as quick as with few. */
#include "support/peer.h"
#include "support/test.h"
#include "support/test_random.h"

#include "sa/sa.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { MANY = 65536, IN_ONE_MESSAGE = 16000, LONGEST_CHAIN = 24, MODEL = 60, STEPS = 4000, ESP = IKL_PROTOCOL_ESP };

static uint32_t n_down;
static size_t n_sent;

static void count_down(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down)
{
    (void)user;
    (void)sa;
    (void)child;
    (void)down;
    n_down++;
}

static int count_sent(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    (void)user;
    (void)sa;
    (void)path;
    (void)datagram;
    n_sent += len;
    return IKL_OK;
}

static void large(struct ikl_endpoint_config *config)
{
    config->max_message = 65000;
    config->pool_blocks = 2000;
    config->callbacks.child_down = count_down;
    config->callbacks.send = count_sent;
    config->callbacks.alive = NULL;
    config->callbacks.attempt = NULL;
    config->callbacks.reachability = NULL;
    config->callbacks.peer_request = NULL;
    config->callbacks.state = NULL;
}

static void default_size(struct ikl_endpoint_config *config)
{
    large(config);
    config->max_message = 0;
}

static struct ikl_child *add(struct ikl_sa *sa, uint8_t protocol, uint32_t spi_in, uint32_t spi_out)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = protocol, .spi_in = spi_in, .spi_out = spi_out};
    struct ikl_child *child;

    assert_int_equal(ikl_sa_add_child(sa, &config, &child), IKL_OK);
    return child;
}

static uint32_t in_of(uint32_t i)
{
    return 1000 + i;
}

static uint32_t out_of(uint32_t i)
{
    return (i + 1) << 16 | (i + 1) >> 16; /* what a peer may choose, who knows how tables are made */
}

static void begin(struct host *host, struct ikl_child **children)
{
    n_down = 0;
    n_sent = 0;
    host_init(host, "a", 0, large);
    host_sa(host, suite, true, 0, NULL);
    for (uint32_t i = 0; i < MANY; i++) {
        children[i] = add(host->sa, ESP, in_of(i), out_of(i));
    }
}

static uint32_t chain_from(const struct ikl_endpoint *endpoint, uint32_t index, bool in)
{
    uint32_t n = 0;

    while (index != IKL_NONE) {
        const struct ikl_child *child = ikl_slab_at(&endpoint->children, index);

        index = in ? child->next_in : child->next_out;
        n++;
    }
    return n;
}

/* No search looks at more, and all that are to be found are there. */
static void assert_short_chains(const struct ikl_endpoint *endpoint, uint32_t n)
{
    const struct ikl_child_table *table = &endpoint->child_table;
    uint32_t n_in = 0, n_out = 0;

    for (uint32_t i = 0; i < 1u << table->bits; i++) {
        uint32_t in = chain_from(endpoint, table->buckets[i].in, true);
        uint32_t out = chain_from(endpoint, table->buckets[i].out, false);

        assert_in_range(in, 0, LONGEST_CHAIN);
        assert_in_range(out, 0, LONGEST_CHAIN);
        n_in += in;
        n_out += out;
    }
    assert_int_equal(n_in, n);
    assert_int_equal(n_out, n);
}

static void finding_a_child_sa_by_spi_costs_the_same_at_any_number(void **state)
{
    struct ikl_child **children = calloc(MANY, sizeof(*children));
    struct host host;

    (void)state;
    begin(&host, children);
    assert_short_chains(host.endpoint, MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_ptr_equal(ikl_sa_find_child(host.sa, ESP, in_of(i)), children[i]);
        assert_ptr_equal(ikl_sa_find_child_out(host.sa, ESP, out_of(i)), children[i]);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        assert_int_equal(ikl_sa_remove_child(host.sa, children[MANY / 2 ^ i]), IKL_OK);
    }
    assert_null(ikl_sa_first_child(host.sa));
    assert_short_chains(host.endpoint, 0);
    host_clear(&host);
    free(children);
}

/* It comes from an endpoint with one piece of memory more; this one has no such piece, nor room to note one. */
static void a_handle_from_an_endpoint_with_more_child_sas_is_not_found(void **state)
{
    enum { FULL = 4 * IKL_SLAB_CHUNK };
    struct ikl_child *last = NULL;
    struct host hosts[2];

    (void)state;
    for (uint32_t n = 0; n < 2; n++) {
        host_init(&hosts[n], "a", 0, default_size);
        host_sa(&hosts[n], suite, true, 0, NULL);
        for (uint32_t i = 0; i < FULL + n; i++) {
            last = add(hosts[n].sa, ESP, in_of(i), out_of(i));
        }
    }
    assert_int_equal(ikl_sa_remove_child(hosts[0].sa, last), IKL_ERR_NOT_FOUND);
    host_clear(&hosts[0]);
    host_clear(&hosts[1]);
}

/* A peer may choose one SPI for all its IKE SAs. */
static void the_same_spi_on_many_ike_sas_costs_no_more(void **state)
{
    enum { SAS = 2000 };
    struct host host;

    (void)state;
    host_init(&host, "a", 0, large);
    for (uint32_t i = 0; i < SAS; i++) {
        struct ikl_sa_config config;
        struct ikl_keys keys;
        struct ikl_sa *sa;

        test_sa_config(&config, &keys, suite, true, i);
        assert_int_equal(ikl_sa_new(&sa, host.endpoint, &config, 0), IKL_OK);
        (void)add(sa, ESP, 7, 7);
    }
    assert_short_chains(host.endpoint, SAS);
    host_clear(&host);
}

/* Deletes `n` Child SAs whose SPIs `spi_of` tells, in one message of the peer's. */
static void peer_deletes(struct host *host, uint32_t message_id, uint32_t first, uint32_t n,
                         uint32_t (*spi_of)(uint32_t))
{
    static uint8_t spis[4 * IN_ONE_MESSAGE], body[4 * IN_ONE_MESSAGE + 8], sealed[4 * IN_ONE_MESSAGE + 200];
    struct ikl_writer numbers = ikl_writer(spis, sizeof(spis)), writer = ikl_writer(body, sizeof(body));
    struct peer_message message = {.message_id = message_id, .first_payload = IKL_PAYLOAD_DELETE};

    for (uint32_t i = 0; i < n; i++) {
        ikl_write_u32(&numbers, spi_of(first + i));
    }
    ikl_write_u32(&writer, (uint32_t)numbers.len + 8); /* no next payload */
    assert_int_equal(
        ikl_delete_write(
            &writer,
            &(struct ikl_delete){.protocol = ESP, .spi_size = 4, .n_spis = (uint16_t)n, .spis = {spis, numbers.len}}),
        IKL_OK);
    message.plaintext = (struct ikl_octets){body, writer.len};
    assert_int_equal(peer_deliver(host, sealed, peer_seal_into(&message, suite, sealed, sizeof(sealed))), IKL_OK);
}

static uint32_t unknown(uint32_t i)
{
    return 0xf0000000u + i * 2 + 1;
}

static void deletes_of_65536_child_sas_are_bounded_in_work(void **state)
{
    struct ikl_child **children = calloc(MANY, sizeof(*children));
    uint32_t id = 0;
    struct host host;

    (void)state;
    begin(&host, children);
    peer_deletes(&host, id++, 0, IN_ONE_MESSAGE, unknown);
    assert_int_equal(n_down, 0);
    assert_in_range(n_sent, 1, 100); /* an empty answer */
    for (uint32_t i = 0; i < MANY; i += IN_ONE_MESSAGE) {
        uint32_t n = MANY - i < IN_ONE_MESSAGE ? MANY - i : IN_ONE_MESSAGE;

        peer_deletes(&host, id++, i, n, out_of);
        assert_int_equal(n_down, i + n);
    }
    assert_in_range(n_sent, 4 * MANY, 4 * MANY + 1000); /* each was answered with its pair */
    assert_null(ikl_sa_first_child(host.sa));
    host_clear(&host);
    free(children);
}

static void an_ike_sa_with_65536_child_sas_goes_down_and_moves_them(void **state)
{
    struct ikl_child **children = calloc(MANY, sizeof(*children));
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *heir;
    struct host host;

    (void)state;
    begin(&host, children);
    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&heir, host.endpoint, &config, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(host.sa, heir, false, 1000, 0), IKL_OK);
    assert_short_chains(host.endpoint, MANY);
    assert_null(ikl_sa_find_child(host.sa, ESP, in_of(0)));
    assert_ptr_equal(ikl_sa_find_child(heir, ESP, in_of(0)), children[0]);
    peer_deletes(&host, 0, 0, IN_ONE_MESSAGE, out_of); /* on the old one */
    assert_int_equal(n_down, IN_ONE_MESSAGE);
    ikl_sa_close(heir, 0);
    assert_int_equal(n_down, MANY);
    host_clear(&host);
    free(children);
}

static void answer(struct host *host, uint32_t message_id)
{
    struct peer_message message = {.response = true, .message_id = message_id};

    assert_int_equal(peer_send(host, suite, &message), IKL_OK);
}

/* Counts of 16 bits would make of 65,536 none. */
static void deleting_more_child_sas_than_fit_a_message_is_refused_and_several_messages_do(void **state)
{
    static const size_t too_many[] = {IN_ONE_MESSAGE + 400, 20000, 65535, 65536};
    struct ikl_child **children = calloc(MANY, sizeof(*children));
    uint32_t id = 0;
    struct host host;

    (void)state;
    begin(&host, children);
    for (size_t i = 0; i < COUNT_OF(too_many); i++) {
        assert_int_equal(ikl_sa_delete_children(host.sa, children, too_many[i], 0), IKL_ERR_INVALID);
    }
    assert_int_equal(n_sent, 0);
    assert_int_equal(host.endpoint->requests.n_free, host.endpoint->requests.n_chunks * IKL_SLAB_CHUNK);
    for (size_t i = 0; i < MANY; i += IN_ONE_MESSAGE) {
        size_t n = MANY - i < IN_ONE_MESSAGE ? MANY - i : IN_ONE_MESSAGE;

        assert_int_equal(ikl_sa_delete_children(host.sa, children + i, n, 0), IKL_OK);
        answer(&host, id++);
        assert_int_equal(n_down, i + n);
    }
    assert_in_range(n_sent, 4 * MANY, 4 * MANY + 1000);
    host_clear(&host);
    free(children);
}

/* It went out in fragments, and the replacement sends none, so it fits no message there. The host wanted them gone. */
static void child_sas_whose_delete_cannot_be_sent_again_on_the_replacement_go_down_all_the_same(void **state)
{
    enum { FILL = 1021 }; /* 4096 octets of plaintext hold them; a message of 4096 octets does not */
    struct ikl_child *children[FILL];
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *heir;
    struct host host;

    (void)state;
    n_down = 0;
    host_init(&host, "a", 0, default_size);
    host_sa(&host, suite, true, 0, with_fragmentation);
    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&heir, host.endpoint, &config, 0), IKL_OK);
    for (uint32_t i = 0; i < FILL; i++) {
        children[i] = add(host.sa, ESP, in_of(i), out_of(i));
    }
    (void)add(host.sa, ESP, in_of(FILL), out_of(FILL));
    assert_int_equal(ikl_sa_delete_children(host.sa, children, FILL, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(host.sa, heir, false, 1000, 0), IKL_OK);
    assert_int_equal(n_down, 0);
    ikl_sa_close(host.sa, 0);
    assert_int_equal(n_down, FILL);
    assert_ptr_equal(ikl_sa_first_child(heir), ikl_sa_find_child(heir, ESP, in_of(FILL)));
    assert_non_null(ikl_sa_first_child(heir));
    assert_int_equal(host.endpoint->requests.n_free, host.endpoint->requests.n_chunks * IKL_SLAB_CHUNK);
    host_clear(&host);
}

/* A slow model: an array in the order of adding. */
struct model {
    struct ikl_child *children[MODEL];
    uint32_t in[MODEL], out[MODEL];
    uint8_t protocol[MODEL];
    size_t n;
};

static void forget(struct model *model, size_t i)
{
    model->n--;
    for (; i < model->n; i++) {
        model->children[i] = model->children[i + 1];
        model->in[i] = model->in[i + 1];
        model->out[i] = model->out[i + 1];
        model->protocol[i] = model->protocol[i + 1];
    }
}

static size_t find(const struct model *model, uint8_t protocol, uint32_t spi, bool in)
{
    size_t i = 0;

    while (i < model->n && (model->protocol[i] != protocol || (in ? model->in[i] : model->out[i]) != spi)) {
        i++;
    }
    return i;
}

static struct ikl_child *expected(const struct model *model, uint8_t protocol, uint32_t spi, bool in)
{
    size_t i = find(model, protocol, spi, in);

    return i < model->n ? model->children[i] : NULL;
}

static void assert_same(const struct host *host, const struct model *model)
{
    const struct ikl_child *child = ikl_sa_first_child(host->sa);

    for (size_t i = 0; i < model->n; i++) {
        assert_ptr_equal(child, model->children[i]);
        child = ikl_sa_next_child(host->sa, child);
    }
    assert_null(child);
    for (uint32_t spi = 1; spi <= MODEL; spi++) {
        for (uint8_t protocol = IKL_PROTOCOL_AH; protocol <= ESP; protocol++) {
            assert_ptr_equal(ikl_sa_find_child(host->sa, protocol, spi), expected(model, protocol, spi, true));
            assert_ptr_equal(ikl_sa_find_child_out(host->sa, protocol, spi), expected(model, protocol, spi, false));
        }
    }
}

static void try_to_add(struct host *host, struct model *model, struct test_random *random)
{
    struct ikl_child_config config = {.size = sizeof(config),
                                      .protocol = (uint8_t)(IKL_PROTOCOL_AH + test_random_below(random, 2)),
                                      .spi_in = 1 + (uint32_t)test_random_below(random, MODEL),
                                      .spi_out = 1 + (uint32_t)test_random_below(random, MODEL)};
    bool known = expected(model, config.protocol, config.spi_in, true) != NULL ||
                 expected(model, config.protocol, config.spi_out, false) != NULL;

    if (model->n == MODEL) {
        return;
    }
    model->in[model->n] = config.spi_in;
    model->out[model->n] = config.spi_out;
    model->protocol[model->n] = config.protocol;
    assert_int_equal(ikl_sa_add_child(host->sa, &config, &model->children[model->n]), known ? IKL_ERR_BUSY : IKL_OK);
    model->n += known ? 0 : 1;
}

/* The peer deletes some that are there, and some that are not. */
static void let_the_peer_delete(struct host *host, struct model *model, struct test_random *random, uint32_t message_id)
{
    uint8_t octets[8 + 4 * 8] = {0, 0, 0, sizeof(octets), ESP, 4, 0, 8};
    struct ikl_writer writer = ikl_writer(octets + 8, sizeof(octets) - 8);
    struct peer_message message = {
        .message_id = message_id, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {octets, sizeof(octets)}};

    while (writer.len < 4 * 8) {
        uint32_t spi = 1 + (uint32_t)test_random_below(random, 2 * MODEL);
        size_t i = find(model, ESP, spi, false);

        ikl_write_u32(&writer, spi);
        if (i < model->n) {
            forget(model, i);
        }
    }
    assert_int_equal(peer_send(host, suite, &message), IKL_OK);
}

static void whatever_is_added_removed_and_deleted_the_lists_and_the_table_are_what_a_plain_array_is(void **state)
{
    struct test_random random = {.state = 11};
    struct model model = {.n = 0};
    uint32_t peer_id = 0, own_id = 0;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, large);
    host_sa(&host, suite, true, 0, NULL);
    for (int step = 0; step < STEPS; step++) {
        uint64_t what = test_random_below(&random, 100);

        if (what < 70 || model.n == 0) {
            try_to_add(&host, &model, &random);
        } else if (what < 85) {
            size_t i = test_random_below(&random, model.n);

            assert_int_equal(ikl_sa_remove_child(host.sa, model.children[i]), IKL_OK);
            forget(&model, i);
        } else if (what < 95) {
            let_the_peer_delete(&host, &model, &random, peer_id++);
        } else {
            size_t first = test_random_below(&random, model.n);

            assert_int_equal(ikl_sa_delete_children(host.sa, model.children + first, model.n - first, 0), IKL_OK);
            if (test_random_below(&random, 2) == 0) {
                let_the_peer_delete(&host, &model, &random, peer_id++); /* crosses it */
                while (model.n != 0 && model.children[model.n - 1]->claimed) {
                    forget(&model, model.n - 1);
                }
            } else {
                model.n = first;
            }
            answer(&host, own_id++);
        }
        assert_same(&host, &model);
    }
    host_clear(&host);
}

TESTS_OF(many_child_sas)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finding_a_child_sa_by_spi_costs_the_same_at_any_number),
        cmocka_unit_test(a_handle_from_an_endpoint_with_more_child_sas_is_not_found),
        cmocka_unit_test(the_same_spi_on_many_ike_sas_costs_no_more),
        cmocka_unit_test(deletes_of_65536_child_sas_are_bounded_in_work),
        cmocka_unit_test(an_ike_sa_with_65536_child_sas_goes_down_and_moves_them),
        cmocka_unit_test(deleting_more_child_sas_than_fit_a_message_is_refused_and_several_messages_do),
        cmocka_unit_test(child_sas_whose_delete_cannot_be_sent_again_on_the_replacement_go_down_all_the_same),
        cmocka_unit_test(whatever_is_added_removed_and_deleted_the_lists_and_the_table_are_what_a_plain_array_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
