/* SPDX-License-Identifier: ISC */
/* Files of secrets: what is read from them, which are refused, and that what is written can be read by the owner
 * alone. */
#define _POSIX_C_SOURCE 200809L
#include "examples/ikeping/credentials.h"

#include "examples/ikeping/private_file.h"
#include "support/test.h"

#include <ikelive/base.h>

#include <sodium.h>

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* RFC 8410 §10.1, §10.3 */
static const char secret_pem[] = "-----BEGIN PRIVATE KEY-----\n"
                                 "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                                 "-----END PRIVATE KEY-----\n";
static const char public_pem[] = "-----BEGIN PUBLIC KEY-----\n"
                                 "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
                                 "-----END PUBLIC KEY-----\n";

static char folder[] = "/tmp/ikeping-test-XXXXXX";
static char path[64], other_path[64];

static void put(const char *file, const void *octets, size_t len, mode_t mode)
{
    FILE *out = fopen(file, "w");

    assert_non_null(out);
    assert_int_equal(fwrite(octets, 1, len, out), len);
    fclose(out);
    assert_int_equal(chmod(file, mode), 0);
}

static void a_psk_is_the_octets_of_its_file_without_a_newline_at_the_end(void **state)
{
    static const struct {
        const char *file;
        size_t len;
        const char *psk;
        size_t psk_len;
    } rows[] = {{"secret\n", 7, "secret", 6},
                {"secret", 6, "secret", 6},
                {"sec\nret\n\n", 9, "sec\nret\n", 8},
                {"\0\xff \n", 4, "\0\xff ", 3}};
    struct credentials credentials;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        put(path, rows[i].file, rows[i].len, 0600);
        assert_true(credentials_read_psk(&credentials, path));
        assert_int_equal(credentials.own, CREDENTIALS_PSK);
        assert_int_equal(credentials.psk_len, rows[i].psk_len);
        assert_memory_equal(credentials.psk, rows[i].psk, rows[i].psk_len);
    }
}

static void a_secret_that_others_may_read_is_refused(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0660, 0610, 0644};
    struct credentials credentials;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        put(path, "secret", 6, modes[i]);
        assert_false(credentials_read_psk(&credentials, path));
        put(path, secret_pem, strlen(secret_pem), modes[i]);
        put(other_path, public_pem, strlen(public_pem), 0644); /* a public key may be read by anybody */
        assert_false(credentials_read_ed25519(&credentials, path, other_path));
    }
    put(path, "secret", 6, 0400);
    assert_true(credentials_read_psk(&credentials, path));
}

static void no_psk_and_one_that_is_too_long_are_refused(void **state)
{
    static const char long_psk[PSK_MAX + 1] = {1};
    struct credentials credentials;

    (void)state;
    put(path, "\n", 1, 0600);
    assert_false(credentials_read_psk(&credentials, path));
    put(path, "", 0, 0600);
    assert_false(credentials_read_psk(&credentials, path));
    put(path, long_psk, PSK_MAX, 0600);
    assert_true(credentials_read_psk(&credentials, path));
    put(path, long_psk, PSK_MAX + 1, 0600);
    assert_false(credentials_read_psk(&credentials, path));
    assert_false(credentials_read_psk(&credentials, folder));
    unlink(path);
    assert_false(credentials_read_psk(&credentials, path));
}

static void ed25519_keys_are_read_from_pem(void **state)
{
    struct credentials credentials;
    uint8_t seed[32], own_public[32];

    (void)state;
    put(path, secret_pem, strlen(secret_pem), 0600);
    put(other_path, public_pem, strlen(public_pem), 0644);
    assert_true(credentials_read_ed25519(&credentials, path, other_path));
    assert_int_equal(credentials.own, CREDENTIALS_ED25519);
    assert_int_equal(crypto_sign_ed25519_sk_to_seed(seed, credentials.secret), 0);
    assert_int_equal(seed[0], 0xd4);
    assert_int_equal(seed[31], 0x42);
    /* the two of the RFC belong together */
    assert_int_equal(crypto_sign_ed25519_sk_to_pk(own_public, credentials.secret), 0);
    assert_memory_equal(own_public, credentials.peer_public, 32);
}

static void what_is_no_ed25519_key_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "secret",
        public_pem,
        "-----BEGIN PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQ!wBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
        "-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdQ==\n"
        "-----END PRIVATE KEY-----\n",
        /* X25519 */
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
        "-----END PRIVATE KEY-----\n",
    };
    struct credentials credentials;

    (void)state;
    put(other_path, public_pem, strlen(public_pem), 0644);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        put(path, wrong[i], strlen(wrong[i]), 0600);
        assert_false(credentials_read_ed25519(&credentials, path, other_path));
    }
    put(path, secret_pem, strlen(secret_pem), 0600);
    put(other_path, secret_pem, strlen(secret_pem), 0644);
    assert_false(credentials_read_ed25519(&credentials, path, other_path));
}

static void a_private_file_can_be_read_by_its_owner_alone(void **state)
{
    struct stat status;
    FILE *file;

    (void)state;
    umask(0);
    unlink(path);
    for (unsigned i = 0; i < 2; i++) {
        file = private_file_create(path);
        assert_non_null(file);
        fclose(file);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 07777, 0600);
        assert_int_equal(status.st_size, 0);
        put(path, "what was there before, for all to see", 10, 0666);
    }
    assert_null(private_file_create("/nonexistent/file"));
    umask(022);
}

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof(path), "%s/a", folder);
    (void)snprintf(other_path, sizeof(other_path), "%s/b", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    unlink(other_path);
    return rmdir(folder);
}

TESTS_OF(credentials)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_psk_is_the_octets_of_its_file_without_a_newline_at_the_end),
        cmocka_unit_test(a_secret_that_others_may_read_is_refused),
        cmocka_unit_test(no_psk_and_one_that_is_too_long_are_refused),
        cmocka_unit_test(ed25519_keys_are_read_from_pem),
        cmocka_unit_test(what_is_no_ed25519_key_is_refused),
        cmocka_unit_test(a_private_file_can_be_read_by_its_owner_alone),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
