/* SPDX-License-Identifier: ISC */
/* The names are those of the registries, which vectors/registry/ has as IANA publishes them, a file each and every
 * number in one row: a name for every number that is assigned, none for any other. */
#include "support/test.h"

#include <ikelive/registry.h>

#include <stdio.h>
#include <stdlib.h>

enum { MAX_LINE = 256, MAX_FIELDS = 6, N_NUMBERS = UINT16_MAX + 1 };

typedef const char *lookup(uint8_t transform_type, uint32_t number);

#define LOOKUP_U8(registry)                                                                                            \
    static const char *find_##registry(uint8_t unused, uint32_t number)                                                \
    {                                                                                                                  \
        (void)unused;                                                                                                  \
        return number <= UINT8_MAX ? ikl_##registry##_name((uint8_t)number) : NULL;                                    \
    }

#define LOOKUP_U16(registry)                                                                                           \
    static const char *find_##registry(uint8_t unused, uint32_t number)                                                \
    {                                                                                                                  \
        (void)unused;                                                                                                  \
        return ikl_##registry##_name((uint16_t)number);                                                                \
    }

LOOKUP_U8(exchange)
LOOKUP_U8(payload)
LOOKUP_U8(protocol)
LOOKUP_U16(notify)
LOOKUP_U8(transform_type)
LOOKUP_U16(attribute)
LOOKUP_U8(id)
LOOKUP_U8(cert)
LOOKUP_U8(auth)
LOOKUP_U8(ts)
LOOKUP_U8(cfg)
LOOKUP_U16(cfg_attribute)
LOOKUP_U8(eap)
LOOKUP_U16(hash)
LOOKUP_U8(ipcomp)
LOOKUP_U8(gateway_id)
LOOKUP_U8(ppk_id)
LOOKUP_U16(password_method)
LOOKUP_U16(rohc_attribute)

static const char *find_transform(uint8_t type, uint32_t number)
{
    return ikl_transform_name(type, (uint16_t)number);
}

/* How a row tells the name. */
enum naming {
    AS_IT_IS,
    BY_NOTATION,    /* in the third column, but "Nonce" and such where that is no single word */
    IN_PARENTHESES, /* "Key Exchange Method (KE)" */
    BEFORE_THEM,    /* "Key Length (in bits)" */
    AS_GROUP        /* "2048-bit MODP Group" is MODP_2048 */
};

/* A registry: one file, or two for one kind of number. `last`: the largest number that the field can hold. */
struct registry {
    const char *file, *second;
    lookup *find;
    uint8_t transform_type;
    enum naming naming;
    uint32_t last;
};

static const struct registry registries[] = {
    {"exchange-types", NULL, find_exchange, 0, AS_IT_IS, UINT8_MAX},
    {"payload-types", NULL, find_payload, 0, BY_NOTATION, UINT8_MAX},
    {"protocol-ids", NULL, find_protocol, 0, AS_IT_IS, UINT8_MAX},
    {"notify-error-types", "notify-status-types", find_notify, 0, AS_IT_IS, UINT16_MAX},
    {"transform-types", NULL, find_transform_type, 0, IN_PARENTHESES, UINT8_MAX},
    {"transform-attribute-types", NULL, find_attribute, 0, BEFORE_THEM, INT16_MAX},
    {"transform-1-encr", NULL, find_transform, IKL_TRANSFORM_ENCR, AS_IT_IS, UINT16_MAX},
    {"transform-2-prf", NULL, find_transform, IKL_TRANSFORM_PRF, AS_IT_IS, UINT16_MAX},
    {"transform-3-integ", NULL, find_transform, IKL_TRANSFORM_INTEG, AS_IT_IS, UINT16_MAX},
    {"transform-4-ke", NULL, find_transform, IKL_TRANSFORM_KE, AS_GROUP, UINT16_MAX},
    {"transform-5-sn", NULL, find_transform, IKL_TRANSFORM_SN, AS_IT_IS, UINT16_MAX},
    {"transform-13-kwa", NULL, find_transform, IKL_TRANSFORM_KWA, AS_IT_IS, UINT16_MAX},
    {"transform-14-gcauth", NULL, find_transform, IKL_TRANSFORM_GCAUTH, AS_IT_IS, UINT16_MAX},
    {"transform-4-ke", NULL, find_transform, IKL_TRANSFORM_ADDKE1, AS_GROUP, UINT16_MAX},
    {"transform-4-ke", NULL, find_transform, IKL_TRANSFORM_ADDKE2, AS_GROUP, UINT16_MAX},
    {"transform-4-ke", NULL, find_transform, IKL_TRANSFORM_ADDKE3, AS_GROUP, UINT16_MAX},
    {"transform-4-ke", NULL, find_transform, IKL_TRANSFORM_ADDKE4, AS_GROUP, UINT16_MAX},
    {"transform-4-ke", NULL, find_transform, IKL_TRANSFORM_ADDKE5, AS_GROUP, UINT16_MAX},
    {"transform-4-ke", NULL, find_transform, IKL_TRANSFORM_ADDKE6, AS_GROUP, UINT16_MAX},
    {"transform-4-ke", NULL, find_transform, IKL_TRANSFORM_ADDKE7, AS_GROUP, UINT16_MAX},
    {"id-types", NULL, find_id, 0, AS_IT_IS, UINT8_MAX},
    {"cert-encodings", NULL, find_cert, 0, AS_IT_IS, UINT8_MAX},
    {"auth-methods", NULL, find_auth, 0, AS_IT_IS, UINT8_MAX},
    {"ts-types", NULL, find_ts, 0, AS_IT_IS, UINT8_MAX},
    {"cfg-types", NULL, find_cfg, 0, AS_IT_IS, UINT8_MAX},
    {"cfg-attribute-types", NULL, find_cfg_attribute, 0, AS_IT_IS, INT16_MAX},
    {"hash-algorithms", NULL, find_hash, 0, AS_IT_IS, UINT16_MAX},
    {"ipcomp-transforms", NULL, find_ipcomp, 0, AS_IT_IS, UINT8_MAX},
    {"gateway-identity-types", NULL, find_gateway_id, 0, AS_IT_IS, UINT8_MAX},
    {"ppk-id-types", NULL, find_ppk_id, 0, AS_IT_IS, UINT8_MAX},
    {"secure-password-methods", NULL, find_password_method, 0, AS_IT_IS, UINT16_MAX},
    {"rohc-attributes", NULL, find_rohc_attribute, 0, IN_PARENTHESES, INT16_MAX},
    {"eap-codes", NULL, find_eap, 0, AS_IT_IS, UINT8_MAX},
};

/* A row: its fields, cut out of the line. */
struct row {
    char line[MAX_LINE];
    const char *fields[MAX_FIELDS];
    size_t n;
    unsigned first, last;
};

/* Cuts a line at its commas; those in a quoted field belong to it. */
static void split(struct row *row)
{
    char *at = row->line;

    row->n = 0;
    do {
        bool quoted = *at == '"';
        char *end;

        at += quoted ? 1 : 0;
        end = at + strcspn(at, quoted ? "\"" : ",\n");
        assert_true(row->n < MAX_FIELDS);
        row->fields[row->n++] = at;
        at = end + (quoted ? 1 : 0);
        quoted = *at == ',';
        *end = '\0';
        if (quoted) {
            at++;
        } else {
            at = NULL;
        }
    } while (at != NULL);
}

static bool is_assigned(const struct row *row)
{
    static const char *const none[] = {"Reserved", "Unassigned", "Private use"};

    for (size_t i = 0; i < COUNT_OF(none); i++) {
        if (strncmp(row->fields[1], none[i], strlen(none[i])) == 0) {
            return false;
        }
    }
    return true;
}

static void name_group(const char *text, char *out)
{
    unsigned bits, order;
    char kind[MAX_LINE];

    if (sscanf(text, "%u-bit MODP Group with %u-bit Prime Order Subgroup", &bits, &order) == 2) {
        snprintf(out, MAX_LINE, "MODP_%u_%u", bits, order);
    } else if (sscanf(text, "%u-bit %255s", &bits, kind) == 2) {
        snprintf(out, MAX_LINE, "%s_%u", strcmp(kind, "MODP") == 0 ? "MODP" : "ECP", bits);
    } else {
        snprintf(out, MAX_LINE, "%s", text);
    }
}

/* What the library calls the number of this row. */
static void name_of(const struct row *row, enum naming naming, char *out)
{
    const char *text = row->fields[1], *open = strrchr(text, '(');

    switch (naming) {
    case AS_IT_IS:
        snprintf(out, MAX_LINE, "%s", text);
        break;
    case BY_NOTATION:
        snprintf(out, MAX_LINE, "%s",
                 strlen(row->fields[2]) > 1 && strchr(row->fields[2], ',') == NULL ? row->fields[2] : text);
        break;
    case IN_PARENTHESES:
        assert_non_null(open);
        snprintf(out, MAX_LINE, "%.*s", (int)strcspn(open + 1, ")"), open + 1);
        break;
    case BEFORE_THEM:
        snprintf(out, MAX_LINE, "%.*s", open != NULL ? (int)(open - text - 1) : (int)strlen(text), text);
        break;
    case AS_GROUP:
        name_group(text, out);
        break;
    }
}

/* The names that a registry has, by number; null where there is none. */
struct names {
    char *texts[N_NUMBERS];
    uint32_t next; /* the first number that no row was about yet */
};

static void take_row(struct names *names, const struct registry *registry, struct row *row)
{
    char name[MAX_LINE];

    split(row);
    switch (sscanf(row->fields[0], "%u-%u", &row->first, &row->last)) {
    case 1:
        row->last = row->first;
        break;
    case 2:
        break;
    default:
        fail_msg("%s: %s is no number", registry->file, row->fields[0]);
    }
    assert_int_equal(row->first, names->next); /* neither a gap nor twice */
    assert_true(row->last >= row->first && row->last < N_NUMBERS && row->n >= 3);
    names->next = row->last + 1;
    if (is_assigned(row)) {
        assert_int_equal(row->first, row->last);
        name_of(row, registry->naming, name);
        names->texts[row->first] = malloc(strlen(name) + 1);
        assert_non_null(names->texts[row->first]);
        strcpy(names->texts[row->first], name);
    }
}

static void take_file(struct names *names, const struct registry *registry, const char *name)
{
    char path[sizeof(VECTORS) + MAX_LINE];
    struct row row;
    FILE *file;

    snprintf(path, sizeof(path), "%s/registry/%s.csv", VECTORS, name);
    file = fopen(path, "r");
    if (file == NULL) {
        fail_msg("%s is missing", path);
    }
    assert_non_null(fgets(row.line, sizeof(row.line), file)); /* the head */
    while (fgets(row.line, sizeof(row.line), file) != NULL) {
        take_row(names, registry, &row);
    }
    fclose(file);
}

static struct names *read_registry(const struct registry *registry)
{
    struct names *names = calloc(1, sizeof(*names));

    assert_non_null(names);
    take_file(names, registry, registry->file);
    if (registry->second != NULL) {
        take_file(names, registry, registry->second);
    }
    assert_int_equal(names->next, registry->last + 1); /* the table is complete */
    return names;
}

static void free_names(struct names *names)
{
    for (size_t i = 0; i < N_NUMBERS; i++) {
        free(names->texts[i]);
    }
    free(names);
}

static void check_registry(const struct registry *registry)
{
    struct names *names = read_registry(registry);

    for (uint32_t number = 0; number < N_NUMBERS; number++) {
        const char *text = registry->find(registry->transform_type, number), *expected = names->texts[number];

        if ((text == NULL) != (expected == NULL) || (text != NULL && strcmp(text, expected) != 0)) {
            fail_msg("%s %u: the library says %s, the registry %s", registry->file, (unsigned)number,
                     text != NULL ? text : "nothing", expected != NULL ? expected : "nothing");
        }
    }
    free_names(names);
}

static void every_assigned_number_has_its_name_and_no_other_number_has_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(registries); i++) {
        check_registry(&registries[i]);
    }
}

static bool is_transform_type_with_ids(uint8_t type)
{
    for (size_t i = 0; i < COUNT_OF(registries); i++) {
        if (registries[i].find == find_transform && registries[i].transform_type == type) {
            return true;
        }
    }
    return false;
}

static void every_transform_type_that_is_assigned_has_names_for_its_ids_and_no_other(void **state)
{
    (void)state;
    for (unsigned type = 0; type <= UINT8_MAX; type++) {
        assert_int_equal(is_transform_type_with_ids((uint8_t)type), ikl_transform_type_name((uint8_t)type) != NULL);
        for (uint32_t id = 0; id < N_NUMBERS && !is_transform_type_with_ids((uint8_t)type); id++) {
            assert_null(ikl_transform_name((uint8_t)type, (uint16_t)id));
        }
    }
}

static void names_are_printable_ascii(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(registries); i++) {
        for (uint32_t number = 0; number < N_NUMBERS; number++) {
            const char *text = registries[i].find(registries[i].transform_type, number);

            for (; text != NULL && *text != '\0'; text++) {
                assert_in_range(*text, 0x20, 0x7e);
            }
        }
    }
}

static void numbers_keep_the_names_they_had(void **state)
{
    (void)state;
    assert_int_equal(IKL_TRANSFORM_ESN, IKL_TRANSFORM_SN);
    assert_int_equal(IKL_ESN_NO, 0);
    assert_int_equal(IKL_ESN_YES, 1);
}

TESTS_OF(message_names)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_assigned_number_has_its_name_and_no_other_number_has_one),
        cmocka_unit_test(every_transform_type_that_is_assigned_has_names_for_its_ids_and_no_other),
        cmocka_unit_test(names_are_printable_ascii),
        cmocka_unit_test(numbers_keep_the_names_they_had),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
