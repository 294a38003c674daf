/* SPDX-License-Identifier: ISC */
/* ikeping prints the name of the field that keeps the library from taking what it is given. */
#define _POSIX_C_SOURCE 200809L
#include "world.h"

#include "support/test.h"

#include <unistd.h>

/* What is printed on standard error meanwhile. */
static FILE *begin_to_listen(int *before)
{
    FILE *file = tmpfile();

    assert_non_null(file);
    fflush(stderr);
    *before = dup(STDERR_FILENO);
    assert_true(*before >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    return file;
}

static void end_listening(FILE *file, int before, char *text, size_t size)
{
    fflush(stderr);
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    close(before);
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

/* Lets one end begin with a schedule of no tries, and gives what is printed. */
static void connect_with_no_tries(struct world *world, int end, char *text, size_t size)
{
    FILE *file;
    int before;

    world_init(world, "", "");
    world->ends[end].settings.schedule.tries = 0;
    file = begin_to_listen(&before);
    world_connect(world);
    world_run(world, 0);
    end_listening(file, before, text, size);
    assert_int_equal(world_count(world, INITIATOR, "established as"), 0);
}

static void the_wrong_field_of_an_ike_sa_is_named_by_either_role(void **state)
{
    char text[256];
    struct world world;

    (void)state;
    connect_with_no_tries(&world, INITIATOR, text, sizeof(text));
    assert_string_equal(text, "ikeping: ikl_sa_new: schedule\n");
    assert_int_equal(world_count(&world, INITIATOR, "could not establish an IKE SA: IKL_ERR_INVALID"), 1);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
    connect_with_no_tries(&world, RESPONDER, text, sizeof(text));
    assert_string_equal(text, "ikeping: ikl_sa_new: schedule\n");
    (void)world_clear(&world);
}

TESTS_OF(wrong_fields)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wrong_field_of_an_ike_sa_is_named_by_either_role),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
