/* SPDX-License-Identifier: ISC */
/* captures FILE... [--strict] [--wrong]: checks recorded sessions of real peers, with every provider that has the
 * suite. Every key is derived again, every protected message is opened, and sealed again from its plaintext, IV and
 * padding to identical octets. Then IKE SAs of the library take the places of the peers. A session may have been
 * recorded at one end of a lossy link: what has no answer there is not compared, and what comes again is answered again
 * or ignored. With --wrong something must be wrong with each file. */
#include "captures.h"

#include "support/providers.h"

#include <stdio.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { MAX_MESSAGE = 65536 + IKL_HEADER_LEN, MAX_STATE = 4096 };

void capture_mismatch(struct capture *capture, size_t message, const char *what)
{
    capture->n_mismatches++;
    if (message == 0) {
        fprintf(stderr, "%s: %s\n", capture->path, what);
    } else {
        fprintf(stderr, "%s: message %zu: %s\n", capture->path, message, what);
    }
}

static bool same(struct ikl_octets a, const uint8_t *data, size_t len)
{
    return a.len == len && (len == 0 || memcmp(a.data, data, len) == 0);
}

static struct ikl_kdf_input kdf_input(const struct session_sa *sa)
{
    return (struct ikl_kdf_input){
        .size = sizeof(struct ikl_kdf_input),
        .ni = sa->ni,
        .nr = sa->nr,
        .shared_secret = sa->shared_secret,
        .spi_i = sa->spi_i,
        .spi_r = sa->spi_r,
    };
}

/* SKEYSEED of IKE SA number `n`, as long as the PRF's output. A rekeyed IKE SA takes it from the one it replaces. */
static int derive_skeyseed(const struct capture *capture, size_t n, uint8_t *skeyseed)
{
    const struct session_sa *sas = capture->session.sas;
    const struct session_sa *sa = &sas[n];
    struct ikl_kdf_input input = kdf_input(sa);

    if (sa->rekeyed_from == 0) {
        return ikl_skeyseed(capture->prf, &input, skeyseed);
    }
    for (size_t i = 0; i < n; i++) {
        const struct ikl_keys *old = &capture->keys[i];

        if (sas[i].spi_i == sa->rekeyed_from) {
            return ikl_skeyseed_rekey(capture->prf, (struct ikl_octets){old->sk_d, old->prf_len}, &input, skeyseed);
        }
    }
    return IKL_ERR_NOT_FOUND;
}

static void check_keys_of_sa(struct capture *capture, size_t n)
{
    const struct session_sa *sa = &capture->session.sas[n];
    struct ikl_kdf_input input = kdf_input(sa);
    struct ikl_keys *keys = &capture->keys[n];
    uint8_t skeyseed[IKL_MAX_PRF];
    const struct {
        struct ikl_octets recorded;
        const uint8_t *derived;
        size_t len;
        const char *wrong;
    } pairs[] = {
        {sa->skeyseed, skeyseed, capture->prf->len, "SKEYSEED differs"},
        {sa->sk_d, keys->sk_d, capture->prf->len, "SK_d differs"},
        {sa->sk_ai, keys->sk_ai, capture->cipher->integ_key_len, "SK_ai differs"},
        {sa->sk_ar, keys->sk_ar, capture->cipher->integ_key_len, "SK_ar differs"},
        {sa->sk_ei, keys->sk_ei, capture->cipher->encr_key_len, "SK_ei differs"},
        {sa->sk_er, keys->sk_er, capture->cipher->encr_key_len, "SK_er differs"},
        {sa->sk_pi, keys->sk_pi, capture->prf->len, "SK_pi differs"},
        {sa->sk_pr, keys->sk_pr, capture->prf->len, "SK_pr differs"},
    };

    if (derive_skeyseed(capture, n, skeyseed) != IKL_OK ||
        ikl_keys_derive(keys, capture->provider, &capture->suite, (struct ikl_octets){skeyseed, capture->prf->len},
                        &input) != IKL_OK) {
        capture_mismatch(capture, 0, "the keys of an IKE SA cannot be derived");
        return;
    }
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (!same(pairs[i].recorded, pairs[i].derived, pairs[i].len)) {
            capture_mismatch(capture, 0, pairs[i].wrong);
        }
    }
}

static bool header_agrees(const struct ikl_header *header, const struct session_message *message)
{
    return header->spi_i == message->spi_i && header->spi_r == message->spi_r &&
           header->exchange_type == message->exchange_type && header->flags == message->flags &&
           header->message_id == message->message_id;
}

/* The padding with its length, as recorded. */
static bool padding_agrees(const struct ikl_opened *opened, const struct session_message *message)
{
    size_t inside_len = opened->plaintext.len + opened->padding.len;

    return message->padded.len == inside_len + 1 &&
           memcmp(message->padded.data, opened->plaintext.data, inside_len) == 0 &&
           message->padded.data[inside_len] == opened->padding.len;
}

static bool opened_agrees(const struct ikl_opened *opened, const struct session_message *message)
{
    return header_agrees(&opened->header, message) && opened->first_payload == message->first_payload &&
           same(message->iv, opened->iv.data, opened->iv.len) &&
           same(message->plaintext, opened->plaintext.data, opened->plaintext.len);
}

static bool reseals(const struct capture *capture, const void *state, const struct ikl_opened *opened,
                    struct ikl_octets datagram)
{
    static uint8_t sealed[MAX_MESSAGE];
    const struct ikl_sealing what = {
        .header = opened->header,
        .first_payload = opened->first_payload,
        .plaintext = opened->plaintext,
        .iv = opened->iv.data,
        .padding = opened->padding.data,
        .padding_len = (uint8_t)opened->padding.len,
        .fragment_number = opened->fragment_number,
        .fragment_total = opened->fragment_total,
    };
    size_t len;

    return ikl_message_seal(capture->cipher, state, &what, sealed, sizeof(sealed), &len) == IKL_OK &&
           same(datagram, sealed, len);
}

/* Makes the key state that the sender of this message seals with. */
static bool make_state(const struct capture *capture, const struct session_message *message, void *state)
{
    const struct session_sa *sa = session_find_sa(&capture->session, message->spi_i, message->spi_r);
    bool by_initiator = (message->flags & IKL_FLAG_INITIATOR) != 0;
    const struct ikl_keys *keys;

    if (sa == NULL || capture->cipher->state_size > MAX_STATE) {
        return false;
    }
    keys = &capture->keys[sa - capture->session.sas];
    return keyed_init(capture->cipher, state, by_initiator ? keys->sk_ei : keys->sk_er,
                      by_initiator ? keys->sk_ai : keys->sk_ar) == IKL_OK;
}

bool capture_same_but_for_padding(const struct capture *capture, const struct session_message *message,
                                  struct ikl_octets datagram)
{
    static uint8_t plaintext[MAX_MESSAGE];
    uint64_t state[MAX_STATE / sizeof(uint64_t)];
    struct ikl_opened opened;
    bool agrees;

    if (!make_state(capture, message, state)) {
        return false;
    }
    agrees = ikl_message_open(capture->cipher, state, datagram.data, datagram.len, plaintext, sizeof(plaintext),
                              &opened) == IKL_OK &&
             opened_agrees(&opened, message);
    if (capture->cipher->clear != NULL) {
        capture->cipher->clear(state);
    }
    return agrees;
}

static void check_protected(struct capture *capture, size_t number, const struct session_message *message)
{
    static uint8_t plaintext[MAX_MESSAGE];
    uint64_t state[MAX_STATE / sizeof(uint64_t)];
    struct ikl_opened opened;

    capture->n_protected++;
    if (!make_state(capture, message, state)) {
        capture_mismatch(capture, number, "there is no key for it");
        return;
    }
    if (ikl_message_open(capture->cipher, state, message->datagram.data, message->datagram.len, plaintext,
                         sizeof(plaintext), &opened) != IKL_OK) {
        capture_mismatch(capture, number, "cannot be opened");
    } else if (!opened_agrees(&opened, message) || !padding_agrees(&opened, message)) {
        capture_mismatch(capture, number, "opens to something else than was recorded");
    } else {
        capture->n_opened++;
        if (reseals(capture, state, &opened, message->datagram)) {
            capture->n_resealed++;
        } else {
            capture_mismatch(capture, number, "seals to other octets");
        }
        if (message->exchange_type == IKL_IKE_AUTH) {
            capture_check_auth(capture, number, &opened);
        }
    }
    if (capture->cipher->clear != NULL) {
        capture->cipher->clear(state);
    }
}

static void check_unprotected(struct capture *capture, size_t number, const struct session_message *message)
{
    struct ikl_header header;

    if (ikl_header_read(&header, message->datagram.data, message->datagram.len) != IKL_OK ||
        !header_agrees(&header, message) || message->exchange_type != IKL_IKE_SA_INIT) {
        capture_mismatch(capture, number, "is not the IKE_SA_INIT message that was recorded");
    }
}

static void print_places(const struct capture *capture)
{
    printf(
        "%s: %s: in the place of either peer %zu requests answered, %zu requests made, %zu responses accepted, handed "
        "over at %zu points; of %zu messages sent %zu are identical",
        capture->path, capture->provider->name, capture->n_answered, capture->n_made, capture->n_accepted,
        capture->n_handed_over, capture->n_sent, capture->n_sent_identically);
    if (capture->n_sent_identically != capture->n_sent) {
        printf(", the others but for random padding");
    }
    printf("\n");
}

static void check(struct capture *capture)
{
    const struct session *session = &capture->session;

    for (size_t i = 0; i < session->n_sas; i++) {
        check_keys_of_sa(capture, i);
    }
    for (size_t i = 0; i < session->n_messages; i++) {
        const struct session_message *message = &session->messages[i];

        if (message->iv.data != NULL) {
            check_protected(capture, i + 1, message);
        } else {
            check_unprotected(capture, i + 1, message);
        }
    }
    if (capture->n_protected == 0) {
        capture_mismatch(capture, 0, "there is no protected message");
    }
    capture_check_sas(capture);
    printf("%s: %s: keys of %zu IKE SAs derived, %zu of %zu protected messages opened, %zu sealed again identically, "
           "%zu of %zu AUTH payloads verified\n",
           capture->path, capture->provider->name, session->n_sas, capture->n_opened, capture->n_protected,
           capture->n_resealed, capture->n_auth_verified, capture->n_auth);
    print_places(capture);
}

/* IKL_OK when this provider has the algorithms. */
static int find_algorithms(struct capture *capture)
{
    int error = ikl_suite_parse(&capture->suite, capture->session.suite);

    if (error == IKL_OK) {
        error = capture->provider->cipher(&capture->suite, &capture->cipher);
    }
    if (error == IKL_OK) {
        error = capture->provider->prf(capture->suite.prf, &capture->prf);
    }
    return error;
}

/* True unless the session fails with a provider that has its algorithms. None has them: that is said, and a failure
 * only when `strict`. */
static bool check_session(const struct session *session, const char *path, bool strict)
{
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n_providers = test_providers(providers);
    size_t n_checked = 0;
    bool passed = true;
    int error = IKL_OK;

    for (size_t i = 0; i < n_providers; i++) {
        struct capture capture = {.path = path, .session = *session, .provider = providers[i]};
        int answer = find_algorithms(&capture);

        if (answer == IKL_OK) {
            check(&capture);
            n_checked++;
            passed = passed && capture.n_mismatches == 0;
        } else if (error != IKL_ERR_NO_AES) {
            error = answer;
        }
    }
    if (n_checked == 0) {
        printf("%s: %s: %s\n", path, session->suite,
               error == IKL_ERR_NO_AES ? "AES-GCM is not available on this processor" : "not supported");
        return !strict;
    }
    return passed;
}

/* True unless the session fails. */
static bool check_file(const char *path, bool strict)
{
    struct session session;
    char reason[80];
    bool passed;

    if (!session_read(&session, path, reason, sizeof(reason))) {
        fprintf(stderr, "%s: %s\n", path, reason);
        return false;
    }
    if (session.n_sas > CAPTURE_MAX_SAS) {
        fprintf(stderr, "%s: more than %d IKE SAs\n", path, CAPTURE_MAX_SAS);
        passed = false;
    } else {
        passed = check_session(&session, path, strict);
    }
    session_free(&session);
    return passed;
}

int main(int argc, char **argv)
{
    bool strict = false, wrong = false;
    bool passed = true;
    int n_files = 0;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--strict") == 0) {
            strict = true;
        } else if (strcmp(argv[i], "--wrong") == 0) {
            wrong = true;
        } else if (argv[i][0] == '-') {
            n_files = 0;
            break;
        } else {
            n_files++;
        }
    }
    if (n_files == 0) {
        fprintf(stderr, "usage: captures FILE... [--strict] [--wrong]\n");
        return 2;
    }
    if (ikl_init() != IKL_OK) {
        fprintf(stderr, "captures: libsodium cannot be initialised\n");
        return 1;
    }
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-' && check_file(argv[i], strict) == wrong) {
            fprintf(stderr, "%s: %s is wrong\n", argv[i], wrong ? "nothing" : "something");
            passed = false;
        }
    }
    return passed ? 0 : 1;
}
