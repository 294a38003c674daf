/* What watches worlds sees what it is there to see: the book of requests, and what is checked in every world.
 * SPDX-License-Identifier: ISC */
#include "support/world.h"

#include "support/test.h"

static void a_request_that_was_executed_and_answered_once_is_right(void **state)
{
    static struct book book;
    uint32_t number = book_open(&book, NULL);

    (void)state;
    assert_string_equal(book_check(&book, true), "a request never ended");
    assert_null(book_check(&book, false));
    book_executed(&book, number);
    book_ended(&book, number, true);
    assert_null(book_check(&book, true));
    assert_int_equal(book_answered(&book), 1);
}

static void a_request_executed_twice_ended_twice_or_answered_by_nobody_is_wrong(void **state)
{
    static struct book twice, ended, nobody;

    (void)state;
    (void)book_open(&twice, NULL);
    book_executed(&twice, 0);
    book_executed(&twice, 0);
    assert_string_equal(book_check(&twice, false), "a request was executed twice");
    (void)book_open(&ended, NULL);
    book_ended(&ended, 0, false);
    book_ended(&ended, 0, false);
    assert_string_equal(book_check(&ended, false), "a request ended twice");
    (void)book_open(&nobody, NULL);
    book_ended(&nobody, 0, true);
    assert_string_equal(book_check(&nobody, false), "a request was answered that was not executed");
}

static void who_lost_all_it_had_is_owed_no_outcome(void **state)
{
    static struct book book;
    static const char one, other;

    (void)state;
    (void)book_open(&book, &one);
    (void)book_open(&book, &other);
    book_lose(&book, &one);
    assert_string_equal(book_check(&book, true), "a request never ended");
    book_lose(&book, &other);
    assert_null(book_check(&book, true));
    book_ended(&book, 0, false);
    assert_string_equal(book_check(&book, true), "a request ended twice");
}

static void a_request_that_could_not_be_made_is_struck_and_a_full_book_says_so(void **state)
{
    static struct book book;

    (void)state;
    book_strike(&book, book_open(&book, NULL));
    assert_int_equal(book.n, 0);
    for (uint32_t i = 0; i < BOOK_SIZE; i++) {
        assert_int_equal(book_open(&book, NULL), i);
    }
    assert_int_equal(book_open(&book, NULL), UINT32_MAX);
}

/* Plays the script and puts `more` into the trace of a's world, as if a had done it. */
static const char *check_after(const char *script, const struct ikl_sim_record *more, size_t n)
{
    static struct world world;
    const char *wrong;

    assert_int_equal(world_play(&world, 1, script, false, NULL), IKL_OK);
    for (size_t i = 0; i < n; i++) {
        world_watch(&world, &more[i]);
    }
    wrong = world_check(&world);
    assert_null(world_clear(&world));
    return wrong;
}

static const char quiet[] = "host a\nhost b\nlink a b\nsa a b children 1\nrun 60\n";

static struct ikl_sim_record down_of(enum ikl_sim_event event, uint32_t child)
{
    struct ikl_sim_record record = {.event = event, .spi_i = 1, .spi_r = 2};

    record.about.child_down.spi_in = child;
    return record;
}

static void what_goes_down_twice_or_in_the_wrong_order_is_wrong(void **state)
{
    const struct ikl_sim_record sa = down_of(IKL_SIM_DOWN, 0), child = down_of(IKL_SIM_CHILD_DOWN, 7);

    (void)state;
    assert_null(check_after(quiet, NULL, 0));
    assert_null(check_after(quiet, (struct ikl_sim_record[]){child, sa}, 2));
    assert_string_equal(check_after(quiet, (struct ikl_sim_record[]){sa, sa}, 2), "an IKE SA went down twice");
    assert_string_equal(check_after(quiet, (struct ikl_sim_record[]){child, child}, 2), "a Child SA went down twice");
    assert_string_equal(check_after(quiet, (struct ikl_sim_record[]){sa, child}, 2),
                        "a Child SA went down after its IKE SA");
}

static void two_messages_with_one_initialisation_vector_are_wrong(void **state)
{
    uint8_t first[] = {1, [16] = IKL_PAYLOAD_SK, 0x20, IKL_INFORMATIONAL, 8, [27] = 57, [31] = 29, [39] = 5, [56] = 0};
    uint8_t second[sizeof(first)], other[sizeof(first)];
    struct ikl_sim_record records[3] = {
        {.event = IKL_SIM_SENT, .octets = {first, sizeof(first)}},
        {.event = IKL_SIM_SENT, .octets = {first, sizeof(first)}},
        {.event = IKL_SIM_SENT, .octets = {other, sizeof(other)}},
    };

    (void)state;
    memcpy(second, first, sizeof(first));
    memcpy(other, first, sizeof(first));
    second[50] = 1;
    other[39] = 6;
    assert_null(check_after(quiet, records, 3));
    records[2].octets.data = second;
    assert_string_equal(check_after(quiet, records, 3), "two messages have one initialisation vector");
}

static void hosts_that_do_not_agree_at_the_end_are_wrong(void **state)
{
    (void)state;
    assert_string_equal(check_after("host a\nhost b\nlink a b\nsa a b\nat 1 a close\nrun 2\n", NULL, 0),
                        "an IKE SA is left at one end only");
    assert_string_equal(check_after("host a\nhost b\nlink a b\nsa a b\nat 1 cut a b\nat 1 a delete\nrun 2\n", NULL, 0),
                        "an IKE SA is left that is not ESTABLISHED");
    assert_string_equal(
        check_after("host a\nhost b\nlink a b delay 0.5\nsa a b children 1\nat 1 a delete-child\nrun 1.7\n", NULL, 0),
        "the ends of an IKE SA have different Child SAs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_that_was_executed_and_answered_once_is_right),
        cmocka_unit_test(a_request_executed_twice_ended_twice_or_answered_by_nobody_is_wrong),
        cmocka_unit_test(who_lost_all_it_had_is_owed_no_outcome),
        cmocka_unit_test(a_request_that_could_not_be_made_is_struck_and_a_full_book_says_so),
        cmocka_unit_test(what_goes_down_twice_or_in_the_wrong_order_is_wrong),
        cmocka_unit_test(two_messages_with_one_initialisation_vector_are_wrong),
        cmocka_unit_test(hosts_that_do_not_agree_at_the_end_are_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
