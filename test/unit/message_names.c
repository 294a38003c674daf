/* The names are those of the registries, which vectors/registry.txt lists: a name for every number there, none for any
 * other.
 * SPDX-License-Identifier: ISC */
#include "support/test.h"

#include <ikelive/names.h>

#include <stdio.h>

enum { MAX_LINE = 128, LONGEST_REGISTRY = 96 };

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

static const char *find_transform(uint8_t type, uint32_t number)
{
    return ikl_transform_name(type, (uint16_t)number);
}

static const struct {
    const char *name;
    lookup *find;
} registries[] = {
    {"exchange", find_exchange},
    {"payload", find_payload},
    {"protocol", find_protocol},
    {"notify", find_notify},
    {"transform_type", find_transform_type},
    {"attribute", find_attribute},
    {"id", find_id},
    {"cert", find_cert},
    {"auth", find_auth},
    {"ts", find_ts},
    {"cfg", find_cfg},
    {"cfg_attribute", find_cfg_attribute},
    {"eap", find_eap},
};

struct entry {
    uint16_t number;
    char text[MAX_LINE];
};

/* Reads what the file lists under this key: lines of key, number, text. */
static size_t read_registry(const char *key, struct entry *entries)
{
    FILE *file = fopen(VECTORS "/registry.txt", "r");
    char line[MAX_LINE], line_key[MAX_LINE];
    size_t n = 0;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        unsigned number;
        int text_at = 0;

        assert_int_equal(sscanf(line, "%127s %u %n", line_key, &number, &text_at), 2);
        assert_true(text_at > 0);
        if (strcmp(line_key, key) == 0) {
            assert_true(n < LONGEST_REGISTRY);
            line[strcspn(line, "\n")] = '\0';
            entries[n].number = (uint16_t)number;
            strcpy(entries[n].text, line + text_at);
            n++;
        }
    }
    fclose(file);
    return n;
}

/* Every 16-bit number has the name that the file gives it, or none. */
static void check_registry(const char *key, lookup *find, uint8_t transform_type)
{
    struct entry entries[LONGEST_REGISTRY];
    size_t n = read_registry(key, entries);
    size_t found = 0;

    for (uint32_t number = 0; number <= UINT16_MAX; number++) {
        const char *text = find(transform_type, number);

        if (found < n && entries[found].number == number) {
            assert_non_null(text);
            assert_string_equal(text, entries[found].text);
            found++;
        } else {
            assert_null(text);
        }
    }
    assert_int_equal(found, n);
}

static void every_registered_number_has_its_name_and_no_other_number_has_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(registries); i++) {
        check_registry(registries[i].name, registries[i].find, 0);
    }
}

static void transforms_are_named_by_type_and_id(void **state)
{
    (void)state;
    for (unsigned type = 0; type <= UINT8_MAX; type++) {
        char key[MAX_LINE];

        snprintf(key, sizeof(key), "transform.%u", type);
        check_registry(key, find_transform, (uint8_t)type);
    }
}

static void names_are_printable_ascii(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(registries); i++) {
        for (uint32_t number = 0; number <= UINT16_MAX; number++) {
            const char *text = registries[i].find(0, number);

            for (; text != NULL && *text != '\0'; text++) {
                assert_in_range(*text, 0x20, 0x7e);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_registered_number_has_its_name_and_no_other_number_has_one),
        cmocka_unit_test(transforms_are_named_by_type_and_id),
        cmocka_unit_test(names_are_printable_ascii),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
