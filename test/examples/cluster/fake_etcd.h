/* SPDX-License-Identifier: ISC */
/* As much of etcd as the store asks for, in a thread, with a clock that the test moves, and with answers that are lost
 * when the test says so. */
#ifndef TEST_FAKE_ETCD_H
#define TEST_FAKE_ETCD_H

#include <ikelive/base.h>

/* What becomes of the questions from now on. */
enum fake_etcd_fate {
    FAKE_ETCD_ANSWERS,
    FAKE_ETCD_LOSES_ANSWERS,   /* does what is asked, and closes the connection */
    FAKE_ETCD_LOSES_QUESTIONS, /* closes the connection without doing anything */
    FAKE_ETCD_FAILS,           /* answers with 500 */
    FAKE_ETCD_REFUSES,         /* answers with 400 */
    FAKE_ETCD_TALKS_NONSENSE,  /* answers with what is no JSON */
    FAKE_ETCD_SAYS_NOTHING,    /* answers with an empty object */
    FAKE_ETCD_NAMES_NO_KEY,    /* answers with a pair that has no key, whatever it was asked for */
    FAKE_ETCD_PROMISES_MORE    /* answers without a pair, and says that there are more */
};

struct fake_etcd;

/* Listens on a port of 127.0.0.1. */
struct fake_etcd *fake_etcd_new(ikl_time (*clock)(void));
void fake_etcd_free(struct fake_etcd *etcd);

/* "http://127.0.0.1:PORT" */
const char *fake_etcd_url(const struct fake_etcd *etcd);

/* Of the questions whose path ends like this; "" for all. */
void fake_etcd_set_fate(struct fake_etcd *etcd, const char *path, enum fake_etcd_fate fate);

#endif
