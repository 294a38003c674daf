/* SPDX-License-Identifier: ISC */
/* make_snapshots CORPUS: makes the seeds of the fuzz target snapshot: IKE SAs in each state that a snapshot can have,
 * with something of everything. CORPUS/snapshot must be there. */
#include "support/asking.h"
#include "support/crash.h"
#include "support/monitored.h"
#include "support/mover.h"
#include "support/peer.h"
#include "support/restorer.h"
#include "support/syncing.h"
#include "support/test.h"
#include "support/toy_sa.h"

#include <stdio.h>
#include <stdlib.h>

static struct restorer restorer;

static struct host *const host = &restorer.host;

static const char *corpus;

static void save(const char *name)
{
    char path[1024];
    FILE *file;

    restorer_take(&restorer);
    snprintf(path, sizeof(path), "%s/snapshot/%s", corpus, name);
    file = fopen(path, "wb");
    if (file == NULL || fputc(0, file) == EOF || fwrite(restorer.octets, 1, restorer.len, file) != restorer.len ||
        fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    restorer_clear(&restorer);
}

static void save_idle(void)
{
    restorer_begin(&restorer, 1, NULL);
    save("idle");
}

static void save_busy(void)
{
    static const uint8_t token[IKL_TOKEN_LEN] = {1};

    restorer_begin(&restorer, 2, mover_with_windows);
    assert_int_equal(crash_give(host->sa, token, sizeof(token), 0), IKL_OK);
    syncing_agree(host->sa);
    (void)ask(host, 1);
    assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    assert_int_equal(ikl_sa_delete_children(host->sa, &host->children[1], 1, 0), IKL_OK);
    (void)ask(host, 2);
    assert_int_equal(peer_send(host, RESTORER_SUITE, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(peer_send(host, RESTORER_SUITE, &(struct peer_message){.message_id = 1}), IKL_OK);
    save("busy");
}

static void save_checked(void)
{
    restorer_begin(&restorer, 1, NULL);
    host_advance(host, 40000);
    save("checked");
}

static void save_deleted(void)
{
    restorer_begin(&restorer, 1, mover_with_windows);
    assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    assert_int_equal(ikl_sa_delete(host->sa, 9000, 0), IKL_OK);
    save("deleted");
}

static void save_monitored(void)
{
    struct ikl_child *second, *third;

    monitored_begin(host, 2);
    restorer.other = mover_endpoint(host, monitored_endpoint);
    host_keep_keys(host, RESTORER_SUITE);
    monitored_run(host, 3500);
    assert_int_equal(monitored_add_child(host, host->children[0], 0x100, &second), IKL_OK);
    assert_int_equal(monitored_add_child(host, second, 0x200, &third), IKL_OK);
    save("monitored");
}

/* Random initialisation vectors, and datagrams that cannot be made again. */
static const struct ikl_keys toy_keys = {.encr_key_len = TOY_ENCR_KEY_LEN, .integ_key_len = TOY_INTEG_KEY_LEN};

static void with_toy_keys(struct ikl_sa_config *config)
{
    config->protection.suite =
        (struct ikl_suite){IKL_ENCR_AES_CBC, 256, IKL_INTEG_HMAC_SHA2_256_128, IKL_PRF_HMAC_SHA2_256};
    config->protection.keys = &toy_keys;
    config->protection.iv_source = IKL_IV_UNSTATED;
}

static void save_not_counted(void)
{
    host_init(host, "a", 0, with_toy_provider);
    restorer.other = mover_endpoint(host, with_toy_provider);
    host_sa(host, RESTORER_SUITE, true, 1, with_toy_keys);
    assert_int_equal(ikl_sa_keep_keys(host->sa, &toy_keys, RESTORER_EPOCH), IKL_OK);
    host_advance(host, 40000);
    assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, 40000, NULL), IKL_OK);
    save("not-counted");
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_snapshots CORPUS\n");
        return 2;
    }
    corpus = argv[1];
    assert_int_equal(ikl_init(), IKL_OK);
    save_idle();
    save_busy();
    save_checked();
    save_deleted();
    save_monitored();
    save_not_counted();
    return 0;
}
