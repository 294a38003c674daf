/* SPDX-License-Identifier: ISC */
/* Each check of ikeping --conformance, of a peer that does all as it should, and of one that has one fault. */
#define _POSIX_C_SOURCE 200809L
#include "virtual_wire.h"
#include "wrong.h"

#include "examples/ikeping/conformance/checks.h"
#include "examples/ikeping/conformance/conformance.h"
#include "examples/ikeping/providers.h"
#include "support/test.h"

enum { QUIET = 1000, PATIENCE = 60000 };

static const char options[] =
    "gateway --conformance all --psk-file - --id " WRONG_TESTER_ID " --remote-id " WRONG_PEER_ID;

struct fixture {
    struct settings settings;
    struct credentials credentials;
    struct tester tester;
    struct files files;
    struct conformance conformance;
    bool (*stopped)(void *user); /* of the wire */
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    end_read_settings(&fixture->settings, options);
    fixture->credentials =
        (struct credentials){.own = CREDENTIALS_PSK, .peers = CREDENTIALS_PSK, .psk_len = strlen(WRONG_PSK)};
    memcpy(fixture->credentials.psk, WRONG_PSK, strlen(WRONG_PSK));
    fixture->tester = (struct tester){.settings = &fixture->settings, .credentials = &fixture->credentials};
    fixture->tester.quiet = QUIET;
    fixture->tester.patience = PATIENCE;
    fixture->conformance = (struct conformance){.tester = &fixture->tester, .files = &fixture->files};
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

/* The verdict of a check of a gateway or client with this fault, or without for null. */
static enum verdict verdict_of(struct fixture *fixture, enum wrong_side side, size_t area, size_t check,
                               const struct wrong_fault *fault)
{
    struct virtual_wire wire;
    struct outcome outcome;
    enum verdict verdict;

    fixture->tester.listens = side == WRONG_CLIENT;
    fixture->tester.wire = virtual_wire_open(&wire, side, fault, check_areas[area] == &crossings_area);
    conformance_check(&fixture->conformance, area, check, &outcome);
    verdict = outcome.verdict;
    if (fault == NULL && verdict != VERDICT_PASS && verdict != VERDICT_LEFT_OUT) {
        print_error("%s: %s\n", outcome.check->name, outcome.why);
    }
    if (verdict == VERDICT_FAIL) {
        assert_true(outcome.why[0] != '\0' && outcome.shown[0].text != NULL);
    }
    outcome_clear(&outcome);
    virtual_wire_close(&wire);
    return verdict;
}

/* Whether a check needs a gateway: it is about IKE_SA_INIT and IKE_AUTH as requests of the tester's. */
static bool needs_gateway(size_t area, const char *check)
{
    static const char *const names[] = {"repeated-ike-sa-init",
                                        "repeated-ike-auth",
                                        "id-of-ike-sa-init",
                                        "informational-before-ike-auth",
                                        "create-child-sa-before-ike-auth",
                                        "ike-auth-with-wrong-id",
                                        "late-ike-sa-init",
                                        "unprotected-ike-auth",
                                        "critical-in-ike-auth",
                                        "unknown-in-ike-auth",
                                        "fragmented-ike-auth",
                                        "fragmented-ike-sa-init"};
    bool found = check_areas[area] == &init_area || check_areas[area] == &cookies_area;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        found = found || strcmp(check, names[i]) == 0;
    }
    return found;
}

/* Whether a check needs libcrypto: without its SHA-1 nobody detects NATs, and there is one key exchange method. */
static bool needs_libcrypto(enum wrong_side side, const char *check)
{
    bool of_client =
        strcmp(check, "keepalive") == 0 || strcmp(check, "no-marker") == 0 || strcmp(check, "method-given") == 0;

    return strcmp(check, "keepalives") == 0 || (side == WRONG_CLIENT && of_client);
}

static enum verdict right_verdict(enum wrong_side side, size_t area, const char *check, const struct wrong_fault *fault)
{
    if (side == WRONG_CLIENT ? needs_gateway(area, check) : check_areas[area] == &clients_area) {
        return VERDICT_LEFT_OUT;
    }
    if (needs_libcrypto(side, check) && providers_find_sha1() == NULL) {
        return VERDICT_UNCLEAR;
    }
    return fault != NULL && strcmp(check, wrong_fault_check(fault)) == 0 ? VERDICT_FAIL : VERDICT_PASS;
}

/* Makes all checks of a peer, with this fault or without for null. Gives how many have another verdict than they
 * should. */
static size_t try(struct fixture *fixture, enum wrong_side side, const struct wrong_fault *fault)
{
    size_t n_wrong = 0;

    for (size_t area = 0; area < n_check_areas; area++) {
        for (size_t check = 0; check < check_areas[area]->n; check++) {
            const char *name = check_areas[area]->checks[check].name;
            enum verdict verdict = verdict_of(fixture, side, area, check, fault);

            if (verdict != right_verdict(side, area, name, fault)) {
                print_error("where %s, the verdict of %s is %d\n",
                            fault != NULL ? wrong_fault_text(fault) : "nothing is wrong", name, verdict);
                n_wrong++;
            }
        }
    }
    return n_wrong;
}

static void a_gateway_that_does_all_as_it_should_passes_every_check(void **state)
{
    assert_int_equal(try(*state, WRONG_GATEWAY, NULL), 0);
}

static void a_client_that_does_all_as_it_should_passes_every_check_but_those_of_a_gateway(void **state)
{
    assert_int_equal(try(*state, WRONG_CLIENT, NULL), 0);
}

static void a_peer_with_a_fault_fails_the_check_of_that_fault_and_no_other(void **state)
{
    const struct wrong_fault *fault;
    size_t n_wrong = 0;

    for (size_t i = 0; (fault = wrong_fault_at(i)) != NULL; i++) {
        n_wrong += try(*state, wrong_fault_side(fault), fault);
    }
    assert_int_equal(n_wrong, 0);
}

static bool has_fault(const char *check)
{
    const struct wrong_fault *fault;

    for (size_t i = 0; (fault = wrong_fault_at(i)) != NULL; i++) {
        if (strcmp(wrong_fault_check(fault), check) == 0) {
            return true;
        }
    }
    return false;
}

static void every_check_has_a_fault(void **state)
{
    (void)state;
    for (size_t area = 0; area < n_check_areas; area++) {
        for (size_t check = 0; check < check_areas[area]->n; check++) {
            if (!has_fault(check_areas[area]->checks[check].name)) {
                fail_msg("there is no peer that must fail %s", check_areas[area]->checks[check].name);
            }
        }
    }
}

/* How often the settings would make a check. */
static size_t count_named(const char *text)
{
    size_t n = 0;

    for (size_t area = 0; area < n_check_areas; area++) {
        for (size_t check = 0; check < check_areas[area]->n; check++) {
            n += checks_have(text, area, check) ? 1 : 0;
        }
    }
    return n;
}

static void checks_are_named_by_area_number_and_name(void **state)
{
    static const char *const wrong[] = {"", ",", "1,", "0", "1.0", "999", "1.999", "repeated", "1 ", "all,none"};

    (void)state;
    assert_int_equal(count_named("1"), check_areas[0]->n);
    assert_int_equal(count_named("1.2"), 1);
    assert_int_equal(count_named("far-request"), 1);
    assert_int_equal(count_named("1.2,far-request,1.2"), 2);
    assert_int_equal(count_named("all"), count_named("far-request,all"));
    assert_null(checks_words("all"));
    assert_null(checks_words("1,2.1,far-request"));
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_non_null(checks_words(wrong[i]));
    }
}

/* Makes the checks that the settings name, and gives all that is said of them. */
static enum exit_status run(struct fixture *fixture, const struct wrong_fault *fault, char **text)
{
    struct virtual_wire wire;
    size_t len;
    enum exit_status status;

    fixture->conformance.out = open_memstream(text, &len);
    fixture->conformance.peer = "192.0.2.2:500";
    fixture->tester.wire = virtual_wire_open(&wire, WRONG_GATEWAY, fault, false);
    fixture->tester.wire.stopped = fixture->stopped;
    status = conformance_run(&fixture->conformance);
    virtual_wire_close(&wire);
    fclose(fixture->conformance.out);
    return status;
}

/* Gives the fault for a check. */
static const struct wrong_fault *fault_of(const char *check)
{
    const struct wrong_fault *fault = NULL;

    for (size_t i = 0; fault == NULL || strcmp(wrong_fault_check(fault), check) != 0; i++) {
        fault = wrong_fault_at(i);
        assert_non_null(fault);
    }
    return fault;
}

static void a_failure_is_shown_by_two_dissected_datagrams(void **state)
{
    char *text;

    assert_int_equal(run(*state, fault_of("critical-payload"), &text), EXIT_DEAD);
    assert_non_null(strstr(text, "\nFAIL  "));
    assert_non_null(strstr(text, "there is no notification UNSUPPORTED_CRITICAL_PAYLOAD\n        sent at 0.000 s:\n"));
    assert_non_null(strstr(text, "        received at 0.000 s:\n"));
    assert_non_null(strstr(text, " 1 failed, "));
    free(text);
}

static bool is_stopped_after_a_second(void *user)
{
    const struct virtual_wire *wire = user;

    return wire->now >= 2000;
}

static void who_stops_it_gets_what_was_found_until_then(void **state)
{
    struct fixture *fixture = *state;
    char *text;

    fixture->settings.conformance = "repeated-informational,far-request,asked-again";
    fixture->stopped = is_stopped_after_a_second;
    assert_int_equal(run(fixture, NULL, &text), EXIT_NOT_ESTABLISHED);
    assert_non_null(strstr(text, "pass  1.3 "));
    assert_null(strstr(text, "  13.1 "));
    assert_non_null(strstr(text, " checks passed, 0 failed, 0 cannot tell\n"));
    free(text);
}

static void json_has_an_object_for_each_check_and_one_for_all(void **state)
{
    struct fixture *fixture = *state;
    char *text;

    fixture->settings.json = true;
    fixture->settings.conformance = "critical-payload,unknown-payload";
    assert_int_equal(run(fixture, fault_of("critical-payload"), &text), EXIT_DEAD);
    assert_non_null(strstr(text, "\"name\":\"critical-payload\""));
    assert_non_null(strstr(text, "\"section\":\"RFC 7296 \\u00a72.5\""));
    assert_non_null(strstr(text, "\"verdict\":\"fail\""));
    assert_non_null(strstr(text, "\"first_datagram\":\"sent at 0.000 s:"));
    assert_non_null(strstr(text, "\"second_datagram\":\"received at 0.000 s:"));
    assert_non_null(strstr(text, "\"name\":\"unknown-payload\""));
    assert_non_null(strstr(text, "\"verdict\":\"pass\""));
    assert_non_null(strstr(text, "\"checks\":2,\"passed\":1,\"failed\":1,\"unclear\":0}"));
    free(text);
}

static void junit_has_a_test_case_for_each_check(void **state)
{
    struct fixture *fixture = *state;
    char *text, *junit;
    size_t len;

    fixture->settings.conformance = "critical-payload,unknown-payload";
    fixture->files.junit = open_memstream(&junit, &len);
    assert_int_equal(run(fixture, fault_of("critical-payload"), &text), EXIT_DEAD);
    fclose(fixture->files.junit);
    assert_non_null(strstr(junit, " tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\">\n"));
    assert_non_null(strstr(junit, "  <testcase classname=\"Payloads\" name=\"critical-payload\" time=\""));
    assert_non_null(
        strstr(junit, "<failure message=\"there is no notification UNSUPPORTED_CRITICAL_PAYLOAD\">sent at "));
    assert_non_null(strstr(junit, "</testsuite>\n"));
    free(junit);
    free(text);
    fixture->credentials.psk[0] ^= 1;
    fixture->files.junit = open_memstream(&junit, &len);
    assert_int_equal(run(fixture, fault_of("keepalives"), &text), EXIT_NOT_ESTABLISHED);
    fclose(fixture->files.junit);
    assert_non_null(strstr(junit, "    <skipped message=\"the gateway says AUTHENTICATION_FAILED"));
    free(junit);
    free(text);
}

/* Makes the check of the peer's verdict, and gives what is said in all three ways. */
static void measure(struct fixture *fixture, char **text, char **json, char **junit)
{
    size_t len;

    fixture->settings.conformance = "verdict";
    assert_int_equal(run(fixture, NULL, text), EXIT_ALIVE);
    fixture->settings.json = true;
    fixture->files.junit = open_memstream(junit, &len);
    assert_int_equal(run(fixture, NULL, json), EXIT_ALIVE);
    fclose(fixture->files.junit);
}

/* The peer's schedule is WRONG_SCHEDULE, and the looks of whether it has given up are 0.25 s apart. */
static void waits_and_verdict_of_the_peer_are_measured(void **state)
{
    char *text, *json, *junit;

    measure(*state, &text, &json, &junit);
    assert_non_null(strstr(text, "      measured: sent 3 times, waits 0.5 1.0 s, given up after 3.50 s\n"));
    assert_non_null(strstr(json, "\"peer_waits\":[0.500,1.000],\"peer_gives_up_after\":3.500"));
    assert_non_null(strstr(junit, "<property name=\"peer_waits\" value=\"0.500,1.000\"/>"));
    assert_non_null(strstr(junit, "<property name=\"peer_gives_up_after\" value=\"3.500\"/>"));
    free(text);
    free(json);
    free(junit);
}

static void verdicts_are_summed_up(void **state)
{
    char *text;

    assert_int_equal(run(*state, NULL, &text), EXIT_ALIVE);
    assert_null(strstr(text, "\nFAIL"));
    assert_non_null(strstr(text, " 0 failed, "));
    free(text);
}

static void without_an_ike_sa_no_check_can_tell(void **state)
{
    struct fixture *fixture = *state;
    char *text;

    fixture->credentials.psk[0] ^= 1;
    assert_int_equal(verdict_of(fixture, WRONG_GATEWAY, 1, 1, NULL), VERDICT_UNCLEAR);
    assert_int_equal(run(fixture, NULL, &text), EXIT_ALIVE); /* IKE_SA_INIT is as it should be */
    assert_non_null(strstr(text, "\n?     "));
    assert_non_null(strstr(text, "cannot tell: the gateway says AUTHENTICATION_FAILED"));
    free(text);
}

static bool hears_nothing(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    (void)peer;
    (void)datagram;
    (void)message;
    return false;
}

static const struct wrong_fault absent = {.text = "nobody is there", .takes = hears_nothing};

static void nobody_fails_a_check_who_is_not_there(void **state)
{
    for (size_t area = 0; area < n_check_areas; area++) {
        for (size_t check = 0; check < check_areas[area]->n; check++) {
            enum verdict verdict = verdict_of(*state, WRONG_GATEWAY, area, check, &absent);

            assert_true(verdict == VERDICT_UNCLEAR || verdict == VERDICT_LEFT_OUT);
        }
    }
}

static void when_nobody_is_there_three_checks_are_enough(void **state)
{
    char *text;

    assert_int_equal(run(*state, &absent, &text), EXIT_NOT_ESTABLISHED);
    assert_non_null(strstr(text, ": 0 of 3 checks passed, 0 failed, 3 cannot tell\n"));
    free(text);
}

/* Makes all checks of one area of a peer that stays the same. Gives how many passed. */
static size_t pass_area(struct fixture *fixture, const struct check_area *wanted)
{
    struct outcome outcome;
    size_t n = 0;

    for (size_t area = 0; area < n_check_areas; area++) {
        for (size_t check = 0; check_areas[area] == wanted && check < wanted->n; check++) {
            conformance_check(&fixture->conformance, area, check, &outcome);
            n += outcome.verdict == VERDICT_PASS ? 1 : 0;
            outcome_clear(&outcome);
        }
    }
    return n;
}

/* The checks of cookies leave many half-open IKE SAs. */
static void a_peer_that_asks_for_a_cookie_gets_it_in_each_check(void **state)
{
    struct fixture *fixture = *state;
    struct virtual_wire wire;

    fixture->tester.wire = virtual_wire_open(&wire, WRONG_GATEWAY, NULL, false);
    assert_int_equal(pass_area(fixture, &cookies_area), cookies_area.n);
    assert_int_equal(pass_area(fixture, &init_area), init_area.n);
    virtual_wire_close(&wire);
}

static void too_little_patience_fails_nobody_for_a_keepalive(void **state)
{
    struct fixture *fixture = *state;
    char *text;

    if (providers_find_sha1() == NULL) {
        skip();
    }
    fixture->tester.patience = 10000;
    fixture->settings.conformance = "keepalives";
    assert_int_equal(run(fixture, fault_of("keepalives"), &text), EXIT_NOT_ESTABLISHED);
    assert_non_null(strstr(text, "-w must be 22 or more"));
    free(text);
}

TESTS_OF(self_tests)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_gateway_that_does_all_as_it_should_passes_every_check, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_client_that_does_all_as_it_should_passes_every_check_but_those_of_a_gateway,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_peer_with_a_fault_fails_the_check_of_that_fault_and_no_other, set_up,
                                        tear_down),
        cmocka_unit_test(every_check_has_a_fault),
        cmocka_unit_test(checks_are_named_by_area_number_and_name),
        cmocka_unit_test_setup_teardown(a_failure_is_shown_by_two_dissected_datagrams, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_stops_it_gets_what_was_found_until_then, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_has_an_object_for_each_check_and_one_for_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(junit_has_a_test_case_for_each_check, set_up, tear_down),
        cmocka_unit_test_setup_teardown(waits_and_verdict_of_the_peer_are_measured, set_up, tear_down),
        cmocka_unit_test_setup_teardown(verdicts_are_summed_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_an_ike_sa_no_check_can_tell, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_fails_a_check_who_is_not_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(when_nobody_is_there_three_checks_are_enough, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_peer_that_asks_for_a_cookie_gets_it_in_each_check, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_little_patience_fails_nobody_for_a_keepalive, set_up, tear_down),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
