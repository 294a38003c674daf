/* SPDX-License-Identifier: ISC */
/* <ikelive/posix.h> in turns where there is neither recvmmsg nor sendmmsg. */
#define _POSIX_C_SOURCE 200809L
#define IKL_POSIX_MMSG 0
#define POSIX_TESTS TESTS_OF(posix_turns_singly)
#include "posix_turns.c"
