/* SPDX-License-Identifier: ISC */
/* All that a library like this one must not import or have, so that the tests of its symbols are seen to fail. */
#define _POSIX_C_SOURCE 200809L
#include "intruder.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

void randombytes_buf(void *octets, size_t size); /* of libsodium */

unsigned ikl_intruder_counter = 1;

static void *count(void *step)
{
    static unsigned calls;
    static _Thread_local unsigned calls_of_thread;

    calls += *(unsigned *)step;
    calls_of_thread++;
    ikl_intruder_counter += calls + calls_of_thread;
    return NULL;
}

void ikl_intruder_run(void)
{
    uint8_t *octets = malloc(16);
    pthread_t thread;

    if (octets != NULL && pthread_create(&thread, NULL, count, octets) == 0) {
        randombytes_buf(octets, 16);
        fputs(getenv("HOME"), stdout);
    }
    free(octets);
}

IKL_API int ikl_intruder_undeclared(void);

int ikl_intruder_undeclared(void)
{
    return 0;
}

int ikl_intruder_without_macro(void)
{
    return socket(AF_INET, SOCK_DGRAM, (int)time(NULL));
}
