/* SPDX-License-Identifier: ISC */
/* See lying.h. */
#include "lying.h"

#include "asking.h"
#include "mover.h"
#include "peer.h"
#include "test.h"

#include <ikelive/snapshot.h>

enum { RECORD_HEADER = 5 };

void lying_begin_busy(struct restorer *restorer)
{
    struct host *host = &restorer->host;

    restorer_begin(restorer, 2, mover_with_windows);
    (void)ask(host, 1);
    assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    (void)ask(host, 2);
    (void)ask(host, 3);
    assert_int_equal(peer_send(host, RESTORER_SUITE, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(peer_send(host, RESTORER_SUITE, &(struct peer_message){.message_id = 1}), IKL_OK);
    restorer_take(restorer);
}

void lying_tell(struct restorer *restorer, const struct lie *lie)
{
    size_t len, at = restorer_find(restorer, lie->type, lie->n, &len) + RECORD_HEADER + lie->at;

    assert_true(lie->at + lie->len <= len - RECORD_HEADER);
    for (size_t i = 0; i < lie->len; i++) {
        restorer->octets[at + i] = (uint8_t)(lie->value >> 8 * (lie->len - 1 - i));
    }
}

int lying_restore(struct restorer *restorer)
{
    struct ikl_sa *sa;
    int result = restorer_try(restorer, NULL, &sa);

    if (result == IKL_OK) {
        assert_int_equal(ikl_endpoint_advance(restorer->other, restorer->host.now), IKL_OK);
        ikl_sa_free(sa);
    }
    assert_int_equal(ikl_endpoint_n_sas(restorer->other), 0);
    return result;
}

int lying_try(struct restorer *restorer, const struct lie *lies)
{
    static uint8_t before[RESTORER_MAX];
    int result;

    memcpy(before, restorer->octets, restorer->len);
    for (size_t i = 0; i < MAX_LIES && lies[i].len != 0; i++) {
        lying_tell(restorer, &lies[i]);
    }
    restorer_repair(restorer);
    result = lying_restore(restorer);
    memcpy(restorer->octets, before, restorer->len);
    return result;
}

void lying_assert_refused(struct restorer *restorer, const struct lie (*lies)[MAX_LIES], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (lying_try(restorer, lies[i]) != IKL_ERR_MALFORMED) {
            fail_msg("lie %zu: record %d, octet %d", i, lies[i][0].type, lies[i][0].at);
        }
    }
    assert_int_equal(lying_restore(restorer), IKL_OK);
}
