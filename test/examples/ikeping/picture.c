/* SPDX-License-Identifier: ISC */
/* The picture that ikeping --svg draws. */
#define _POSIX_C_SOURCE 200809L
#include "examples/ikeping/picture.h"

#include "support/test.h"

#include <stdlib.h>
#include <string.h>

static void send(struct picture *picture, ikl_time at, uint32_t message_id, uint32_t retransmission)
{
    const struct ikl_attempt attempt = {.message_id = message_id, .retransmission = retransmission, .wait = 1000};

    picture_sent(picture, at, &attempt, false);
}

/* A check that is answered at once. */
static void check(struct picture *picture, ikl_time at, double ms)
{
    send(picture, at, (uint32_t)at, 0);
    picture_answered(picture, at, ms);
}

/* The events as letters: R and r a request, r if it brought no answer; A an answer; U, D, N up, down and a note. */
static void assert_events(const struct picture *picture, const char *wanted)
{
    char letters[64];
    size_t n = picture->timeline.n;

    assert_true(n < sizeof(letters));
    for (size_t i = 0; i < n; i++) {
        const struct timeline_event *event = &picture->timeline.events[i];

        switch (event->kind) {
        case TIMELINE_REQUEST:
            letters[i] = event->lost ? 'r' : 'R';
            break;
        case TIMELINE_ANSWER:
            letters[i] = 'A';
            break;
        case TIMELINE_UP:
            letters[i] = 'U';
            break;
        case TIMELINE_DOWN:
            letters[i] = 'D';
            break;
        default:
            letters[i] = 'N';
        }
        assert_true(i == 0 || event->at >= picture->timeline.events[i - 1].at);
    }
    letters[n] = '\0';
    assert_string_equal(letters, wanted);
}

static void of_checks_that_are_answered_the_first_and_the_last_are_drawn(void **state)
{
    struct picture picture = {.outstanding = 0};

    (void)state;
    picture_up(&picture, 0, "established");
    check(&picture, 1, 9);
    check(&picture, 2, 0.5);
    assert_events(&picture, "URARA");
    check(&picture, 3, 0.25);
    assert_events(&picture, "URANRA");
    assert_string_equal(picture.timeline.events[3].text, "1 more answered, in 0.500 to 0.500 ms");
    for (ikl_time at = 4; at < 100; at++) {
        check(&picture, at, 0.125 * (double)at);
    }
    assert_events(&picture, "URANRA");
    assert_string_equal(picture.timeline.events[3].text, "97 more answered, in 0.250 to 12.250 ms");
    assert_int_equal(picture.timeline.events[1].message_id, 1);
    assert_int_equal(picture.timeline.events[4].message_id, 99);
    assert_string_equal(picture.timeline.events[5].text, "answer, 12.375 ms");
    picture_note(&picture, 100, "the peer moved");
    check(&picture, 101, 1);
    check(&picture, 102, 1);
    assert_events(&picture, "URANRANRARA");
    timeline_free(&picture.timeline);
}

static void sends_that_brought_no_answer_are_crossed_out(void **state)
{
    struct picture picture = {.outstanding = 0};

    (void)state;
    check(&picture, 1, 1);
    send(&picture, 2, 2, 0);
    send(&picture, 3, 2, 1);
    send(&picture, 4, 2, 2);
    assert_events(&picture, "RARRR");
    picture_answered(&picture, 4, 2000);
    assert_events(&picture, "RArrRA");
    check(&picture, 5, 1);
    check(&picture, 6, 1);
    check(&picture, 7, 1);
    assert_events(&picture, "RArrRARANRA");
    send(&picture, 8, 8, 0);
    send(&picture, 9, 8, 1);
    picture_down(&picture, 10, "down: timeout");
    assert_events(&picture, "RArrRARANRArrD");
    timeline_free(&picture.timeline);
}

static void a_check_that_another_one_follows_brought_no_answer(void **state)
{
    struct picture picture = {.outstanding = 0};

    (void)state;
    check(&picture, 1, 1);
    check(&picture, 2, 1);
    send(&picture, 3, 3, 0);
    check(&picture, 4, 1);
    assert_events(&picture, "RARArRA");
    timeline_free(&picture.timeline);
}

static void it_ends_where_there_is_too_much(void **state)
{
    struct picture picture = {.outstanding = 0};

    (void)state;
    for (ikl_time at = 0; at < 2 * PICTURE_MOST; at++) {
        send(&picture, at, 1, 0);
        send(&picture, at, 1, 1);
        picture_answered(&picture, at, 1);
    }
    picture_down(&picture, 2 * PICTURE_MOST, "down");
    assert_int_equal(picture.timeline.n, PICTURE_MOST);
    assert_string_equal(picture.timeline.events[PICTURE_MOST - 1].text,
                        "so much has happened that the picture ends here");
    timeline_free(&picture.timeline);
}

static void count(const char *text, const char *part, size_t wanted)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part)) {
        n++;
    }
    assert_int_equal(n, wanted);
}

static void the_lane_is_whole_where_there_is_an_ike_sa(void **state)
{
    struct picture picture = {.outstanding = 0};
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    picture_up(&picture, 10, "established");
    check(&picture, 20, 1);
    send(&picture, 30, 3, 0);
    picture_down(&picture, 40, "down: <timeout>");
    picture_up(&picture, 50, "established");
    picture_draw(&picture, out, "a title", "a subtitle");
    fclose(out);
    count(text, "<line class=\"lane dead\" x1=\"310.0\"", 2);
    count(text, "<line class=\"up\" x1=\"310.0\"", 3);
    count(text, "<line class=\"suspect\" x1=\"310.0\"", 2);
    count(text, ">established</text>", 2);
    count(text, ">down: &lt;timeout&gt;</text>", 1);
    count(text, ">brought no answer</text>", 1);
    count(text, ">a title</text>", 1);
    free(text);
    timeline_free(&picture.timeline);
}

TESTS_OF(picture)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_checks_that_are_answered_the_first_and_the_last_are_drawn),
        cmocka_unit_test(sends_that_brought_no_answer_are_crossed_out),
        cmocka_unit_test(a_check_that_another_one_follows_brought_no_answer),
        cmocka_unit_test(it_ends_where_there_is_too_much),
        cmocka_unit_test(the_lane_is_whole_where_there_is_an_ike_sa),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
