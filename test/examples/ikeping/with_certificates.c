/* SPDX-License-Identifier: ISC */
/* ikeping establishes IKE SAs with certificates: of every kind, on either side, with chains; or says why it cannot. */
#define _POSIX_C_SOURCE 200809L
#include "world.h"

#include "pki.h"
#include "support/test.h"

#include <stdlib.h>
#include <unistd.h>

enum { A, B, N_FILES = 7 };

static char folder[] = "/tmp/ikeping-test-XXXXXX";
static const char *const names[N_FILES] = {"a", "a.key", "b", "b.key", "ca", "other_ca", "chain"};
static struct pki root, other_root, between;

static const char *file(const char *name)
{
    static char paths[4][64];
    static unsigned n;

    n = (n + 1) % COUNT_OF(paths);
    (void)snprintf(paths[n], sizeof(paths[n]), "%s/%s", folder, name);
    return paths[n];
}

static int open_authorities(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    root = pki_make(&(struct pki_wish){.key = "p256", .name = "root", .is_authority = 1}, NULL);
    other_root = pki_make(&(struct pki_wish){.key = "p256", .name = "other", .is_authority = 1}, NULL);
    between = pki_make(&(struct pki_wish){.key = "rsa", .name = "between", .is_authority = 1}, &root);
    pki_write(file("ca"), &root, 1);
    pki_write(file("other_ca"), &other_root, 1);
    return 0;
}

static int close_authorities(void **state)
{
    (void)state;
    pki_free(&root);
    pki_free(&other_root);
    pki_free(&between);
    for (size_t i = 0; i < N_FILES; i++) {
        unlink(file(names[i]));
    }
    return rmdir(folder);
}

/* Writes the certificate and the key of "a.example" or "b.example". */
static void put_certificate(int which, const char *kind, const struct pki *issuer)
{
    const char *name = which == A ? "a.example" : "b.example";
    const char *alt = which == A ? "DNS:a.example" : "DNS:b.example";
    struct pki chain[] = {pki_make(&(struct pki_wish){.key = kind, .name = name, .alt = alt}, issuer), *issuer};

    pki_write(file(which == A ? "a" : "b"), chain, COUNT_OF(chain));
    pki_write_key(file(which == A ? "a.key" : "b.key"), &chain[0]);
    pki_free(&chain[0]);
}

/* Reads what the options of an end name. */
static void read_files(struct end *end)
{
    const struct settings *settings = &end->settings;

    end->credentials.own = settings->password_file != NULL ? CREDENTIALS_EAP : CREDENTIALS_PSK;
    assert_true(credentials_read_certificates(&end->credentials, settings->cert_file, settings->key_file,
                                              settings->authorities_file));
}

/* Both ends with these options, in which %NAME stands for a file. */
static void begin(struct world *world, const char *initiator, const char *responder)
{
    const char *given[] = {initiator, responder};
    char options[2][512];

    for (int i = 0; i < 2; i++) {
        size_t len = 0;

        options[i][0] = '\0';
        for (const char *at = given[i]; *at != '\0'; at++) {
            len += (size_t)(*at == '%' ? snprintf(options[i] + len, sizeof(options[i]) - len, "%s/", folder)
                                       : snprintf(options[i] + len, sizeof(options[i]) - len, "%c", *at));
        }
    }
    world_init_with(world, options[0], options[1]);
    for (int i = 0; i < 2; i++) {
        if (settings_have_certificates(&world->ends[i].settings)) {
            read_files(&world->ends[i]);
        }
    }
}

static void end(struct world *world, enum exit_status status)
{
    struct certificates *certificates[] = {world->ends[0].credentials.certificates,
                                           world->ends[1].credentials.certificates};

    assert_int_equal(world_clear(world), status);
    certificates_free(certificates[0]);
    certificates_free(certificates[1]);
}

static const char a_with_all[] = "--cert %a --key %a.key --ca %ca --count 2";
static const char b_with_all[] = "--cert %b --key %b.key --ca %ca";

static void certificates_of_every_kind_prove_both_identities(void **state)
{
    static const char *const kinds[] = {"rsa", "p256", "p384", "p521", "ed25519"};
    struct world world;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        put_certificate(A, kinds[i], &root);
        put_certificate(B, kinds[(i + 1) % COUNT_OF(kinds)], &root);
        begin(&world, a_with_all, b_with_all);
        world_connect(&world);
        world_run(&world, 3000);
        assert_int_equal(world_count(&world, INITIATOR, "established as CN=a.example with CN=b.example: "), 1);
        assert_int_equal(world_count(&world, RESPONDER, "established as CN=b.example with CN=a.example: "), 1);
        assert_int_equal(world_count(&world, INITIATOR, ", certificate, "), 1);
        assert_int_equal(world_count(&world, INITIATOR, "check 2 answered"), 1);
        end(&world, EXIT_ALIVE);
    }
}

static void a_psk_may_prove_either_side(void **state)
{
    struct world world;

    (void)state;
    put_certificate(A, "rsa", &root);
    put_certificate(B, "rsa", &root);
    begin(&world, "--cert %a --key %a.key --psk-file - --count 1", "--ca %ca --psk-file - --id b.example");
    world_connect(&world);
    world_run(&world, 3000);
    assert_int_equal(world_count(&world, INITIATOR, "established as CN=a.example with b.example: "), 1);
    assert_int_equal(world_count(&world, INITIATOR, ", certificate, the peer by PSK, "), 1);
    assert_int_equal(world_count(&world, RESPONDER, ", PSK, the peer by certificate, "), 1);
    end(&world, EXIT_ALIVE);
    begin(&world, "--ca %ca --psk-file - --id a.example --count 1", "--cert %b --key %b.key --psk-file -");
    world_connect(&world);
    world_run(&world, 3000);
    assert_int_equal(world_count(&world, INITIATOR, "established as a.example with CN=b.example: "), 1);
    end(&world, EXIT_ALIVE);
}

static void identities_may_be_those_of_alternative_names(void **state)
{
    struct world world;

    (void)state;
    put_certificate(A, "p256", &root);
    put_certificate(B, "p256", &root);
    begin(&world, "--cert %a --key %a.key --ca %ca --id a.example --remote-id B.example --count 1",
          "--cert %b --key %b.key --ca %ca --id b.example");
    world_connect(&world);
    world_run(&world, 3000);
    assert_int_equal(world_count(&world, RESPONDER, "established as b.example with a.example: "), 1);
    end(&world, EXIT_ALIVE);
    begin(&world, "--cert %a --key %a.key --ca %ca --remote-id CN=B.example --count 1", b_with_all);
    world_connect(&world);
    world_run(&world, 3000);
    assert_int_equal(world_count(&world, INITIATOR, "established as CN=a.example with CN=b.example: "), 1);
    end(&world, EXIT_ALIVE);
}

static size_t count_fragments(const struct world *world, int from)
{
    size_t n = 0;

    for (size_t i = 0; i < world->n_sent; i++) {
        n += world->sent[i].from == from && world->sent[i].octets[16] == IKL_PAYLOAD_SKF ? 1 : 0;
    }
    return n;
}

static void a_long_chain_goes_out_in_fragments(void **state)
{
    static struct pki chain[6];
    struct world world;

    (void)state;
    put_certificate(B, "p256", &root);
    chain[0] = pki_make(&(struct pki_wish){.key = "rsa", .name = "a.example"}, &between);
    chain[1] = between;
    for (size_t i = 2; i < COUNT_OF(chain); i++) {
        chain[i] = pki_make(&(struct pki_wish){.key = "rsa", .name = "beside"}, &between);
    }
    pki_write(file("a"), chain, COUNT_OF(chain));
    pki_write_key(file("a.key"), &chain[0]);
    begin(&world, a_with_all, b_with_all);
    world_connect(&world);
    world_run(&world, 3000);
    assert_int_equal(world_count(&world, RESPONDER, "established as CN=b.example with CN=a.example: "), 1);
    assert_in_range(count_fragments(&world, INITIATOR), 8, 16); /* more than 4096 octets in 576 each */
    assert_in_range(count_fragments(&world, RESPONDER), 2, 4);
    end(&world, EXIT_ALIVE);
    pki_free(&chain[0]);
    for (size_t i = 2; i < COUNT_OF(chain); i++) {
        pki_free(&chain[i]);
    }
}

/* Connects, and there is no IKE SA, for these reasons, as both ends say it. */
static void assert_refused(const char *initiator, const char *responder, const char *said, const char *refused)
{
    struct world world;

    begin(&world, initiator, responder);
    world_connect(&world);
    world_run(&world, 10000);
    assert_int_equal(world_count(&world, INITIATOR, "could not establish an IKE SA: "), 1);
    assert_int_equal(world_count(&world, INITIATOR, said), 1);
    assert_int_equal(world_count(&world, RESPONDER, refused), 1);
    end(&world, EXIT_NOT_ESTABLISHED);
}

static void a_certificate_that_is_not_accepted_is_told(void **state)
{
    (void)state;
    put_certificate(A, "p256", &root);
    put_certificate(B, "p256", &root);
    assert_refused(a_with_all, "--cert %b --key %b.key --ca %other_ca", "the gateway says AUTHENTICATION_FAILED",
                   "refused: AUTHENTICATION_FAILED: the peer's certificate is not accepted: no authority of --ca "
                   "vouches for it");
    assert_refused("--cert %a --key %a.key --ca %other_ca", b_with_all,
                   "AUTHENTICATION_FAILED: the gateway's certificate is not accepted: no authority of --ca vouches "
                   "for it",
                   "refused: AUTHENTICATION_FAILED: the peer does not accept us");
    assert_refused("--cert %a --key %a.key --ca %ca --id other.example", b_with_all,
                   "the gateway says AUTHENTICATION_FAILED",
                   "the peer's certificate is not accepted: it is for another identity than the one given");
    assert_refused("--cert %a --key %a.key --ca %ca --remote-id CN=c.example", b_with_all,
                   "the gateway has another identity than --remote-id",
                   "refused: AUTHENTICATION_FAILED: the peer does not accept us");
}

static void who_proves_an_identity_in_another_way_is_refused(void **state)
{
    (void)state;
    put_certificate(A, "p256", &root);
    put_certificate(B, "ed25519", &root);
    assert_refused("--psk-file - --id a.example", b_with_all, "the gateway says NO_PROPOSAL_CHOSEN",
                   "NO_PROPOSAL_CHOSEN: the peer cannot verify signatures by our key");
    assert_refused("--ca %ca --psk-file - --id a.example", b_with_all, "the gateway says AUTHENTICATION_FAILED",
                   "the peer proves its identity in another way than it has to");
    assert_refused(a_with_all, "--ca %ca --psk-file - --id b.example",
                   "the gateway proves its identity in another way than it has to: by Shared Key Message Integrity "
                   "Code",
                   "refused: AUTHENTICATION_FAILED: the peer does not accept us");
}

static void a_gateway_without_eap_refuses_who_wants_it(void **state)
{
    (void)state;
    put_certificate(B, "p256", &root);
    assert_refused("--ca %ca --eap-password - --id a.example", "--cert %b --key %b.key --psk-file -",
                   "the gateway says AUTHENTICATION_FAILED", "refused: AUTHENTICATION_FAILED: the peer wants EAP");
}

TESTS_OF(with_certificates)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_of_every_kind_prove_both_identities),
        cmocka_unit_test(a_psk_may_prove_either_side),
        cmocka_unit_test(identities_may_be_those_of_alternative_names),
        cmocka_unit_test(a_long_chain_goes_out_in_fragments),
        cmocka_unit_test(a_certificate_that_is_not_accepted_is_told),
        cmocka_unit_test(a_gateway_without_eap_refuses_who_wants_it),
        cmocka_unit_test(who_proves_an_identity_in_another_way_is_refused),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, open_authorities, close_authorities);
}
