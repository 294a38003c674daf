/* SPDX-License-Identifier: ISC */
/* Key exchange methods: both sides agree, published and recorded values are understood, wrong ones are refused. */
#include "support/test.h"

#include "support/hex.h"
#include "support/session_file.h"

#include "examples/support/dh_method.h"

#include <stdio.h>

#if defined(EXAMPLES_LIBCRYPTO)
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#endif

static const struct {
    uint16_t group;
    const char *name;
    size_t public_len, shared_len;
} rows[] = {
    {DH_MODP_1536, "modp1536", 192, 192},
    {DH_MODP_2048, "modp2048", 256, 256},
    {DH_MODP_3072, "modp3072", 384, 384},
    {DH_MODP_4096, "modp4096", 512, 512},
    {DH_ECP_256, "ecp256", 64, 32},
    {DH_ECP_384, "ecp384", 96, 48},
    {DH_ECP_521, "ecp521", 132, 66},
    {DH_X25519, "x25519", 32, 32},
    {DH_X448, "x448", 56, 56},
    {DH_ML_KEM_512, "mlkem512", 800, 32},
    {DH_ML_KEM_768, "mlkem768", 1184, 32},
    {DH_ML_KEM_1024, "mlkem1024", 1568, 32},
};

static struct dh_key *new_key(uint16_t group)
{
    struct dh_key *key;

    assert_int_equal(dh_key_new(&key, group), IKL_OK);
    return key;
}

/* Whether this build can exchange public values, of the same length both ways, for this group. */
static bool has_pairs(uint16_t group)
{
    return dh_group_available(group) && !dh_group_is_kem(group);
}

static bool is_zero(const uint8_t *data, size_t len)
{
    size_t i = 0;

    while (i < len && data[i] == 0) {
        i++;
    }
    return i == len;
}

static void groups_have_the_names_of_proposals(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(dh_group_by_name(rows[i].name), rows[i].group);
        assert_string_equal(dh_group_name(rows[i].group), rows[i].name);
    }
    assert_int_equal(dh_group_by_name("modp1024"), 0);
    assert_int_equal(dh_group_by_name(""), 0);
    assert_int_equal(dh_group_by_name("x25519 "), 0);
    assert_null(dh_group_name(0));
    assert_null(dh_group_name(2));
}

static void groups_are_available_where_their_library_is(void **state)
{
    struct dh_key *key = NULL;

    (void)state;
#if defined(EXAMPLES_LIBCRYPTO)
    bool with_libcrypto = true;
#else
    bool with_libcrypto = false;
#endif
    for (unsigned group = 0; group <= UINT16_MAX; group++) {
        bool expected = group == DH_X25519 || (with_libcrypto && dh_group_name((uint16_t)group) != NULL);

        if (with_libcrypto && group >= DH_ML_KEM_512) { /* from libcrypto 3.5 on */
            expected = expected && dh_group_available((uint16_t)group);
        }
        assert_int_equal(dh_group_available((uint16_t)group), expected);
        if (!expected) {
            assert_int_equal(dh_key_new(&key, (uint16_t)group), IKL_ERR_UNSUPPORTED);
        }
    }
    assert_null(key);
}

static void both_sides_agree_on_a_secret_of_the_groups_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct dh_key *a, *b;
        uint8_t shared[2][DH_MAX_LEN];
        size_t lens[2] = {0, 0};

        if (!has_pairs(rows[i].group)) {
            continue;
        }
        a = new_key(rows[i].group);
        b = new_key(rows[i].group);
        memset(shared, 0xee, sizeof(shared));
        assert_int_equal(dh_key_group(a), rows[i].group);
        assert_int_equal(dh_key_public(a).len, rows[i].public_len);
        assert_memory_not_equal(dh_key_public(a).data, dh_key_public(b).data, rows[i].public_len);
        assert_int_equal(dh_key_agree(a, dh_key_public(b), shared[0], &lens[0]), IKL_OK);
        assert_int_equal(dh_key_agree(b, dh_key_public(a), shared[1], &lens[1]), IKL_OK);
        assert_int_equal(lens[0], rows[i].shared_len);
        assert_int_equal(lens[1], rows[i].shared_len);
        assert_memory_equal(shared[0], shared[1], DH_MAX_LEN);
        assert_false(is_zero(shared[0], lens[0]));
        dh_key_free(a);
        dh_key_free(b);
    }
    dh_key_free(NULL);
}

static void an_answer_comes_with_the_secret(void **state)
{
    uint8_t wrong[DH_MAX_LEN];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t shared[2][DH_MAX_LEN];
        struct dh_key *asking, *answering;
        size_t lens[2];

        memset(wrong, dh_group_is_kem(rows[i].group) ? 0xff : 0, sizeof(wrong));
        if (!dh_group_available(rows[i].group)) {
            assert_int_equal(dh_key_answer(&answering, rows[i].group, (struct ikl_octets){wrong, rows[i].public_len},
                                           shared[1], &lens[1]),
                             IKL_ERR_UNSUPPORTED);
            assert_null(answering);
            continue;
        }
        asking = new_key(rows[i].group);
        assert_int_equal(dh_key_answer(&answering, rows[i].group, dh_key_public(asking), shared[1], &lens[1]), IKL_OK);
        assert_int_equal(dh_key_agree(asking, dh_key_public(answering), shared[0], &lens[0]), IKL_OK);
        assert_int_equal(lens[0], lens[1]);
        assert_memory_equal(shared[0], shared[1], lens[0]);
        dh_key_free(answering);
        assert_int_equal(dh_key_answer(&answering, rows[i].group, (struct ikl_octets){wrong, rows[i].public_len},
                                       shared[1], &lens[1]),
                         IKL_ERR_MALFORMED);
        assert_null(answering);
        dh_key_free(asking);
    }
}

#if defined(EXAMPLES_LIBCRYPTO)
/* A MODP or ECP key pair. */
static EVP_PKEY *make_pair(const struct dh_group *group, struct ikl_octets private_key, struct ikl_octets public_value)
{
    bool is_ecp = strcmp(group->type, "EC") == 0;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, group->type, NULL);
    BIGNUM *number = BN_bin2bn(private_key.data, (int)private_key.len, NULL);
    BIGNUM *public_number = BN_bin2bn(public_value.data, (int)public_value.len, NULL);
    uint8_t point[1 + DH_MAX_LEN] = {4};
    EVP_PKEY *pair = NULL;
    OSSL_PARAM *params;

    memcpy(point + 1, public_value.data, public_value.len);
    assert_int_equal(OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, group->libcrypto_name, 0), 1);
    assert_int_equal(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number), 1);
    assert_int_equal(
        is_ecp ? OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + public_value.len)
               : OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PUB_KEY, public_number),
        1);
    params = OSSL_PARAM_BLD_to_param(builder);
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &pair, EVP_PKEY_KEYPAIR, params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    BN_free(number);
    BN_free(public_number);
    return pair;
}
#endif

/* Puts a known private key into a key pair. */
static void set_private(struct dh_key *key, struct ikl_octets private_key, struct ikl_octets public_value)
{
    memcpy(key->public_value, public_value.data, public_value.len);
    if (key->group->id == DH_X25519) {
        memcpy(key->secret.x25519, private_key.data, private_key.len);
        return;
    }
#if defined(EXAMPLES_LIBCRYPTO)
    EVP_PKEY_free(key->secret.libcrypto);
    key->secret.libcrypto = key->group->id == DH_X448
                                ? EVP_PKEY_new_raw_private_key_ex(NULL, "X448", NULL, private_key.data, private_key.len)
                                : make_pair(key->group, private_key, public_value);
    assert_non_null(key->secret.libcrypto);
#endif
}

/* One line of the table: group, then octets. */
static void check_vector(char *line)
{
    uint8_t octets[4][DH_MAX_LEN], shared[DH_MAX_LEN];
    size_t lens[4], len = 0;
    char *word = strtok(line, " ");
    uint16_t group = (uint16_t)strtoul(word, NULL, 10);
    struct dh_key *key;

    if (!dh_group_available(group)) {
        return;
    }
    for (size_t i = 0; i < 4; i++) {
        word = strtok(NULL, " ");
        assert_non_null(word);
        lens[i] = hex_decode(octets[i], sizeof(octets[i]), word);
        assert_true(lens[i] <= DH_MAX_LEN);
    }
    key = new_key(group);
    set_private(key, (struct ikl_octets){octets[0], lens[0]}, (struct ikl_octets){octets[1], lens[1]});
    assert_int_equal(dh_key_agree(key, (struct ikl_octets){octets[2], lens[2]}, shared, &len), IKL_OK);
    assert_int_equal(len, lens[3]);
    assert_memory_equal(shared, octets[3], len);
    dh_key_free(key);
}

static void published_values_give_the_published_secrets_padded_to_the_groups_length(void **state)
{
    FILE *file = fopen(VECTORS "/dh.txt", "r");
    char line[4096];
    size_t n = 0;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        if (line[0] != '#') {
            check_vector(line);
            n++;
        }
    }
    fclose(file);
    assert_int_equal(n, 15);
}

static void check_recorded(const struct dh_key *key, const struct session_sa *sa)
{
    const struct ikl_octets values[] = {sa->key_i, sa->key_r};

    for (size_t i = 0; i < 2; i++) {
        uint8_t shared[DH_MAX_LEN];
        size_t len = 0;

        assert_int_equal(values[i].len, dh_key_public(key).len);
        assert_int_equal(dh_key_agree(key, values[i], shared, &len), IKL_OK);
        assert_int_equal(sa->shared_secret.len, len);
    }
}

static void the_public_values_of_real_peers_are_accepted(void **state)
{
    static const char *const names[] = {"aes256-sha256-modp1536.rekey", "chacha20poly1305-prfsha256-x25519.rekey",
                                        "libreswan.aes256gcm16-prfsha256-x25519.dpd-by-initiator"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct session session;
        struct dh_key *key;
        char path[512], reason[80];
        uint16_t group;

        snprintf(path, sizeof(path), "%s/sessions/%s.txt", VECTORS, names[i]);
        assert_true(session_read(&session, path, reason, sizeof(reason)));
        group = dh_group_by_name(session.key_exchange);
        assert_int_not_equal(group, 0);
        if (dh_group_available(group)) {
            key = new_key(group);
            for (size_t j = 0; j < session.n_sas; j++) {
                check_recorded(key, &session.sas[j]);
            }
            dh_key_free(key);
        }
        session_free(&session);
    }
}

/* Must be refused, with nothing in the secret and its length untouched. */
static void assert_refused(const struct dh_key *key, const uint8_t *value, size_t len)
{
    uint8_t shared[DH_MAX_LEN];
    size_t shared_len = 12345;

    memset(shared, 0, sizeof(shared));
    assert_int_equal(dh_key_agree(key, (struct ikl_octets){value, len}, shared, &shared_len), IKL_ERR_MALFORMED);
    assert_true(is_zero(shared, sizeof(shared)));
    assert_int_equal(shared_len, 12345);
}

static void a_public_value_of_another_length_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t value[2 * DH_MAX_LEN];
        struct dh_key *key;

        if (!has_pairs(rows[i].group)) {
            continue;
        }
        key = new_key(rows[i].group);
        memset(value, 0, sizeof(value));
        memcpy(value, dh_key_public(key).data, rows[i].public_len);
        for (size_t len = 0; len <= sizeof(value); len++) {
            if (len != rows[i].public_len) {
                assert_refused(key, value, len);
            }
        }
        dh_key_free(key);
    }
}

static void zeros_and_ones_are_no_public_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t value[DH_MAX_LEN];
        bool is_montgomery = rows[i].group == DH_X25519 || rows[i].group == DH_X448;
        struct dh_key *key;

        if (!has_pairs(rows[i].group)) {
            continue;
        }
        key = new_key(rows[i].group);
        memset(value, 0, sizeof(value));
        assert_refused(key, value, rows[i].public_len);
        value[rows[i].public_len - 1] = 1;
        if (!is_montgomery) { /* least significant octet first */
            assert_refused(key, value, rows[i].public_len);
        }
        memset(value, 0xff, sizeof(value));
        if (!is_montgomery) { /* where any octets are a coordinate */
            assert_refused(key, value, rows[i].public_len);
        }
        dh_key_free(key);
    }
}

/* RFC 8031 §5: a shared secret of zeros, which these points of small order would give. */
static void rfc_8031_points_of_small_order_are_refused(void **state)
{
    static const struct {
        uint16_t group;
        const char *hex;
    } points[] = {
        {DH_X25519, "0000000000000000000000000000000000000000000000000000000000000000"},
        {DH_X25519, "0100000000000000000000000000000000000000000000000000000000000000"},
        {DH_X25519, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"},
        {DH_X25519, "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"},
        {DH_X25519, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
        {DH_X25519, "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
        {DH_X25519, "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
        {DH_X448, "00000000000000000000000000000000000000000000000000000000"
                  "00000000000000000000000000000000000000000000000000000000"},
        {DH_X448, "01000000000000000000000000000000000000000000000000000000"
                  "00000000000000000000000000000000000000000000000000000000"},
        {DH_X448, "feffffffffffffffffffffffffffffffffffffffffffffffffffffff"
                  "feffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
        {DH_X448, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
                  "feffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
        {DH_X448, "00000000000000000000000000000000000000000000000000000000"
                  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(points); i++) {
        uint8_t point[DH_MAX_LEN];
        struct dh_key *key;

        if (dh_group_available(points[i].group)) {
            key = new_key(points[i].group);
            assert_refused(key, point, hex_decode(point, sizeof(point), points[i].hex));
            dh_key_free(key);
        }
    }
}

#if defined(EXAMPLES_LIBCRYPTO)
/* RFC 6989 §2.1: from 2 to p - 2. */
static void rfc_6989_modp_values_out_of_range_are_refused(void **state)
{
    static const uint16_t modp[] = {DH_MODP_1536, DH_MODP_2048, DH_MODP_3072, DH_MODP_4096};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(modp); i++) {
        struct dh_key *key = new_key(modp[i]);
        size_t len = dh_key_public(key).len;
        BIGNUM *prime = NULL;
        uint8_t value[DH_MAX_LEN];

        assert_int_equal(EVP_PKEY_get_bn_param(key->secret.libcrypto, OSSL_PKEY_PARAM_FFC_P, &prime), 1);
        assert_int_equal(BN_num_bytes(prime), (int)len);
        for (int more = -1; more <= 2; more++) {
            BIGNUM *number = BN_dup(prime);

            assert_int_equal(more < 0 ? BN_sub_word(number, 1) : BN_add_word(number, (BN_ULONG)more), 1);
            assert_int_equal(BN_bn2binpad(number, value, (int)len), (int)len);
            assert_refused(key, value, len);
            BN_free(number);
        }
        BN_free(prime);
        dh_key_free(key);
    }
}

/* RFC 6989 §2.3, RFC 5903 §7: not on the curve. */
static void rfc_6989_points_that_are_not_on_the_curve_are_refused(void **state)
{
    static const uint16_t ecp[] = {DH_ECP_256, DH_ECP_384, DH_ECP_521};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ecp); i++) {
        struct dh_key *key = new_key(ecp[i]);
        struct ikl_octets own = dh_key_public(key);
        uint8_t point[DH_MAX_LEN];

        for (size_t bit = 0; bit < 8 * own.len; bit += 7) {
            /* A changed x may have another point; a changed y cannot, but for one in 2^255 times. */
            if (bit / 8 >= own.len / 2) {
                memcpy(point, own.data, own.len);
                point[bit / 8] ^= (uint8_t)(1u << bit % 8);
                assert_refused(key, point, own.len);
            }
        }
        memset(point, 0xff, own.len / 2); /* above the prime */
        memcpy(point + own.len / 2, own.data + own.len / 2, own.len / 2);
        assert_refused(key, point, own.len);
        dh_key_free(key);
    }
}

static void the_error_queue_of_libcrypto_stays_as_it_was(void **state)
{
    static const uint8_t zeros[DH_MAX_LEN];

    (void)state;
    ERR_clear_error();
    ERR_raise(ERR_LIB_USER, 101);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct dh_key *key;

        if (has_pairs(rows[i].group)) {
            key = new_key(rows[i].group);
            assert_refused(key, zeros, rows[i].public_len);
            dh_key_free(key);
        }
    }
    assert_int_equal(ERR_GET_REASON(ERR_get_error()), 101);
    assert_true(ERR_get_error() == 0);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_have_the_names_of_proposals),
        cmocka_unit_test(groups_are_available_where_their_library_is),
        cmocka_unit_test(both_sides_agree_on_a_secret_of_the_groups_length),
        cmocka_unit_test(an_answer_comes_with_the_secret),
        cmocka_unit_test(published_values_give_the_published_secrets_padded_to_the_groups_length),
        cmocka_unit_test(the_public_values_of_real_peers_are_accepted),
        cmocka_unit_test(a_public_value_of_another_length_is_refused),
        cmocka_unit_test(zeros_and_ones_are_no_public_values),
        cmocka_unit_test(rfc_8031_points_of_small_order_are_refused),
#if defined(EXAMPLES_LIBCRYPTO)
        cmocka_unit_test(rfc_6989_modp_values_out_of_range_are_refused),
        cmocka_unit_test(rfc_6989_points_that_are_not_on_the_curve_are_refused),
        cmocka_unit_test(the_error_queue_of_libcrypto_stays_as_it_was),
#endif
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
