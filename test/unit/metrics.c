/* SPDX-License-Identifier: ISC */
/* The counters of endpoints as OpenMetrics text. */
#include "support/host.h"
#include "support/test.h"

#include <stdio.h>

enum { ROOM = 1 << 16 };

static const char *const suite = "chacha20poly1305-prfsha256";

static size_t count(const char *text, const char *what)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what)) {
        n++;
    }
    return n;
}

/* The value of the only sample that begins with `sample`. */
static unsigned long value_of(const char *text, const char *sample)
{
    char line[128];
    const char *at;

    (void)snprintf(line, sizeof(line), "\n%s ", sample);
    at = strstr(text, line);
    assert_non_null(at);
    assert_int_equal(count(text, line), 1);
    return strtoul(at + strlen(line), NULL, 10);
}

static void every_counter_of_an_endpoint_is_written_once(void **state)
{
    struct ikl_endpoint_counters counters;
    struct pair pair;
    static char text[ROOM];
    struct ikl_metrics_source source;
    int len;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    pair_run(&pair, 20000, 0);
    assert_int_equal(ikl_endpoint_receive(pair.a.endpoint, ikl_sa_path(pair.a.sa), (const uint8_t *)"x", 1, 20000),
                     IKL_ERR_TRUNCATED);
    counters = host_counters(&pair.a);
    source = (struct ikl_metrics_source){.endpoint = pair.a.endpoint};
    len = ikl_metrics_text(&source, 1, text, sizeof(text));
    assert_int_equal(len, strlen(text));
    assert_int_equal(value_of(text, "ikelive_sas"), 1);
    assert_int_equal(value_of(text, "ikelive_received_total"), counters.received);
    assert_int_equal(value_of(text, "ikelive_probes_total"), counters.probes);
    assert_int_equal(value_of(text, "ikelive_answered_total"), counters.answered);
    assert_true(counters.probes != 0 && counters.answered != 0);
    assert_int_equal(value_of(text, "ikelive_dropped_total{cause=\"malformed\"}"), 1);
    assert_int_equal(value_of(text, "ikelive_dropped_total{cause=\"forged\"}"), 0);
    /* the gauge, how many round trips there were, and a sample for each counter: all fields but the size */
    assert_int_equal(count(text, "\nikelive_"),
                     2 + (sizeof(counters) - offsetof(struct ikl_endpoint_counters, received)) / sizeof(uint64_t));
    pair_clear(&pair);
}

static void an_exposition_says_the_type_of_each_metric_once_and_ends_with_eof(void **state)
{
    struct pair pair;
    static char text[ROOM];
    struct ikl_metrics_source sources[2];

    (void)state;
    pair_init(&pair, suite, 0, NULL, NULL);
    sources[0] = (struct ikl_metrics_source){.endpoint = pair.a.endpoint, .name = "a"};
    sources[1] = (struct ikl_metrics_source){.endpoint = pair.b.endpoint, .name = "b"};
    (void)ikl_metrics_text(sources, 2, text, sizeof(text));
    assert_int_equal(count(text, "# TYPE ikelive_received counter\n"), 1);
    assert_int_equal(count(text, "# TYPE ikelive_dropped counter\n"), 1);
    assert_int_equal(count(text, "# TYPE ikelive_sas gauge\n"), 1);
    assert_int_equal(count(text, "# TYPE"), count(text, "# HELP"));
    assert_int_equal(value_of(text, "ikelive_sas{endpoint=\"a\"}"), 1);
    assert_int_equal(value_of(text, "ikelive_sas{endpoint=\"b\"}"), 1);
    assert_int_equal(value_of(text, "ikelive_received_total{endpoint=\"b\"}"), 0);
    assert_int_equal(value_of(text, "ikelive_dropped_total{endpoint=\"b\",cause=\"stale\"}"), 0);
    assert_int_equal(value_of(text, "ikelive_round_trip_seconds_count{endpoint=\"b\"}"), 0);
    assert_string_equal(text + strlen(text) - 6, "# EOF\n");
    assert_int_equal(count(text, "# EOF"), 1);
    pair_clear(&pair);
}

static void the_name_of_an_endpoint_is_escaped(void **state)
{
    struct pair pair;
    static char text[ROOM];
    struct ikl_metrics_source source;

    (void)state;
    pair_init(&pair, suite, 0, NULL, NULL);
    source = (struct ikl_metrics_source){.endpoint = pair.a.endpoint, .name = "a\"b\\c\nd"};
    (void)ikl_metrics_text(&source, 1, text, sizeof(text));
    assert_int_equal(value_of(text, "ikelive_sas{endpoint=\"a\\\"b\\\\c\\nd\"}"), 1);
    pair_clear(&pair);
}

static void the_text_is_cut_and_terminated_where_room_ends_and_its_whole_length_returned(void **state)
{
    struct pair pair;
    static char text[ROOM], cut[ROOM];
    struct ikl_metrics_source source;
    int len;

    (void)state;
    pair_init(&pair, suite, 0, NULL, NULL);
    source = (struct ikl_metrics_source){.endpoint = pair.a.endpoint, .name = "a"};
    len = ikl_metrics_text(&source, 1, text, sizeof(text));
    for (size_t size = 0; size <= (size_t)len + 1; size += 7) {
        memset(cut, 'x', sizeof(cut));
        assert_int_equal(ikl_metrics_text(&source, 1, cut, size), len);
        assert_int_equal(cut[size], 'x');
        if (size != 0) {
            assert_int_equal(strlen(cut), size - 1 < (size_t)len ? size - 1 : (size_t)len);
            assert_memory_equal(cut, text, strlen(cut));
        }
    }
    assert_int_equal(ikl_metrics_text(&source, 1, NULL, 0), len);
    pair_clear(&pair);
}

TESTS_OF(metrics)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_counter_of_an_endpoint_is_written_once),
        cmocka_unit_test(an_exposition_says_the_type_of_each_metric_once_and_ends_with_eof),
        cmocka_unit_test(the_name_of_an_endpoint_is_escaped),
        cmocka_unit_test(the_text_is_cut_and_terminated_where_room_ends_and_its_whole_length_returned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
