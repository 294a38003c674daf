/* SPDX-License-Identifier: ISC */
/* ikeping: what is wrong with a command line whose options are right one by one. */
#include "settings_fault.h"

#include "certificates.h"
#include "eap_tls.h"
#include "metrics.h"
#include "mschapv2.h"
#include "providers.h"

#include <string.h>

static bool same_file(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Whether a file that is written is another one too. */
static bool overwrites(const struct settings *settings)
{
    const char *const files[] = {settings->junit_file,        settings->pcap_file,       settings->keylog_file,
                                 settings->svg_file,          settings->psk_file,        settings->ed25519_file,
                                 settings->ed25519_peer_file, settings->qcd_secret_file, settings->gateways_file,
                                 settings->cert_file,         settings->key_file,        settings->authorities_file,
                                 settings->password_file};
    const size_t n_written = 4;
    bool found = false;

    for (size_t i = 0; i < n_written; i++) {
        for (size_t j = i + 1; j < sizeof(files) / sizeof(files[0]); j++) {
            found = found || same_file(files[i], files[j]);
        }
    }
    return found;
}

/* Checks are made of one peer, and one after the other. */
static const char *find_fault_of_conformance(const struct settings *settings)
{
    if (settings->gateways_file != NULL || settings->init || settings->tcp || settings->revive ||
        settings->svg_file != NULL || settings->metrics_port != 0) {
        return "--conformance is not for use with --file, --init, --tcp, --revive, --svg or --metrics";
    }
    if (settings->count != 0 || settings->rekey != 0 || settings->reauth != 0 || settings->follow_redirect ||
        settings->quiet || settings->timestamps || settings->bell) {
        return "--conformance makes checks of its own: not for use with --count, --rekey, --reauth, --follow-redirect, "
               "--quiet, --timestamps or --bell";
    }
    return settings->additional.n_additional != 0 ? "--conformance is not for use with --additional" : NULL;
}

/* What is wrong with the certificates, when there are some; null: nothing. */
static const char *find_fault_of_certificates(const struct settings *settings)
{
    bool own = settings->cert_file != NULL, authorities = settings->authorities_file != NULL;
    bool psk = settings->psk_file != NULL;

    if (!certificates_are_available()) {
        return "--cert, --key and --ca need libcrypto, which this build does not have";
    }
    if (settings->ed25519_file != NULL || settings->ed25519_peer_file != NULL) {
        return "--ed25519 is not for use with --cert, --key or --ca";
    }
    if (own != (settings->key_file != NULL)) {
        return "--cert and --key need each other";
    }
    if (own && !authorities && !psk) {
        return "--cert needs --ca for the gateway's certificate, or --psk-file when it has none";
    }
    if (!own && !psk && settings->password_file == NULL) {
        return "--ca needs --cert and --key for our certificate, or --psk-file or --eap-password when we have none";
    }
    return own && authorities && psk ? "--psk-file has no use beside both --cert and --ca" : NULL;
}

/* What is wrong with EAP, when we prove who we are by that; null: nothing. */
static const char *find_fault_of_eap(const struct settings *settings)
{
    bool tls = settings->eap_tls;

    if (tls ? settings->cert_file == NULL || settings->authorities_file == NULL || settings->password_file != NULL
            : settings->authorities_file == NULL || settings->cert_file != NULL || settings->psk_file != NULL) {
        return tls ? "--eap-tls is for use with --cert, --key and --ca, and not with --eap-password"
                   : "--eap-password is for use with --ca, and not with --cert or --psk-file";
    }
    if (settings->id.type == 0) {
        return "--eap-tls and --eap-password need --id, which is the name for EAP too";
    }
    if (settings->responder || settings->conformance != NULL) {
        return "--eap-tls and --eap-password are not for use with --responder or --conformance";
    }
    if (tls) {
        return eap_tls_is_available() ? NULL : "--eap-tls needs libssl, which this build does not have";
    }
    return mschapv2_is_available() ? NULL : "--eap-password needs libcrypto's legacy provider, which is not here";
}

/* What is wrong with the credentials; null: nothing. */
static const char *find_fault_of_credentials(const struct settings *settings)
{
    bool psk = settings->psk_file != NULL;
    bool ed25519 = settings->ed25519_file != NULL || settings->ed25519_peer_file != NULL;
    bool certificates = settings_have_certificates(settings);

    if (settings->init && (psk || ed25519 || certificates)) {
        return "--init takes no credentials, and is not for use with --responder, --revive or --tcp";
    }
    if ((settings->eap_tls || settings->password_file != NULL) && find_fault_of_eap(settings) != NULL) {
        return find_fault_of_eap(settings);
    }
    if (certificates) {
        return find_fault_of_certificates(settings);
    }
    if (!psk && !ed25519 && !settings->init && settings->gateways_file == NULL) {
        return "either --psk-file, or --ed25519 and --ed25519-peer, or --cert, --key and --ca are needed, or --init";
    }
    if (psk && ed25519) {
        return "--psk-file and --ed25519 are not for use together";
    }
    if (ed25519 && (settings->ed25519_file == NULL || settings->ed25519_peer_file == NULL)) {
        return "--ed25519 and --ed25519-peer need each other";
    }
    return NULL;
}

/* One thing that is wrong when it is so. */
struct rule {
    bool is_so;
    const char *fault;
};

static const char *first_fault(const struct rule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (rules[i].is_so) {
            return rules[i].fault;
        }
    }
    return NULL;
}

/* What is wrong with whom we are to talk to. */
static const char *find_fault_of_peer(const struct settings *settings)
{
    const struct rule rules[] = {
        {settings->host == NULL && settings->gateways_file == NULL && !settings->responder,
         "a HOST is needed, or --file, or --responder"},
        {settings->gateways_file != NULL && (settings->host != NULL || settings->responder || settings->tcp),
         "--file is not for use with HOST, --responder or --tcp"},
        {settings->init && (settings->responder || settings->revive || settings->tcp),
         "--init takes no credentials, and is not for use with --responder, --revive or --tcp"},
    };

    return first_fault(rules, sizeof(rules) / sizeof(rules[0]));
}

/* What is wrong with pairs of options that say nothing of the peer or of credentials. */
static const char *find_fault_of_others(const struct settings *settings)
{
    const struct rule rules[] = {
        {overwrites(settings), "--pcap, --keylog, --svg and --junit need files of their own"},
        {settings->host_port != 0 && settings->port != 0 && settings->host_port != settings->port,
         "HOST:PORT and --port name different ports"},
        {settings->revive && settings->responder,
         "--revive is not for use with --responder, which waits for peers to connect"},
        {settings->initial_contact && settings->responder,
         "--initial-contact is for who connects, and not for use with --responder"},
        {settings->mobike && (settings->init || settings->tcp), "--mobike is not for use with --init or --tcp"},
        {settings->n_locals > (settings->mobike ? SETTINGS_LOCALS_MAX : 1),
         "--local takes more than one address with --mobike alone"},
        {settings->n_locals != 0 && (settings->tcp || (settings->responder && !settings->mobike)),
         "--local is not for use with --tcp, nor with --responder without --mobike"},
        {settings->reauth != 0 && (settings->responder || settings->init || settings->tcp),
         "--reauth is for who connects and authenticates, over UDP: not for use with --responder, --init or --tcp"},
        {settings->follow_redirect && (settings->responder || settings->init || settings->tcp),
         "--follow-redirect is not for use with --responder, --init or --tcp"},
        {settings->qcd_secret_file != NULL && !settings->qcd, "--qcd-secret needs --qcd"},
        {settings->tcp && settings->nat_t, "--tcp is encapsulated by itself, and not for use with --nat-t"},
        {settings->takeover_after != 0 && !settings->sync, "--takeover-after needs --sync"},
        {settings->bell && settings->json, "--bell rings in text, and is not for use with --json"},
        {settings->svg_file != NULL && (settings->responder || settings->gateways_file != NULL),
         "--svg draws what happens with one gateway, and is not for use with --responder or --file"},
        {settings->metrics_port != 0 && !metrics_are_available(),
         "--metrics needs libmicrohttpd, which this build does not have"},
        {settings->child == CHILD_NONE && settings->ours.n != 0, "--ts is not for use with --child none"},
        {settings->nat_t && providers_find_sha1() == NULL, "--nat-t needs SHA-1, which this build does not have"},
    };

    return first_fault(rules, sizeof(rules) / sizeof(rules[0]));
}

const char *settings_fault(const struct settings *settings)
{
    const char *fault = NULL;

    if (settings->conformance != NULL) {
        if (strcmp(settings->conformance, "list") == 0) {
            return NULL;
        }
        fault = find_fault_of_conformance(settings);
    } else if (settings->junit_file != NULL || settings->traces != NULL) {
        fault = "--junit and --traces need --conformance";
    }
    fault = fault != NULL ? fault : find_fault_of_peer(settings);
    fault = fault != NULL ? fault : find_fault_of_credentials(settings);
    return fault != NULL ? fault : find_fault_of_others(settings);
}
