/* SPDX-License-Identifier: ISC */
/* ikeping: its command line. */
#ifndef IKEPING_SETTINGS_H
#define IKEPING_SETTINGS_H

#include "../support/options.h"
#include "identity.h"
#include "proposals.h"
#include "selectors.h"

#include <ikelive/path.h>
#include <ikelive/schedule.h>

/* NAT traversal is at port 4500 of a gateway whose IKE port is 500, and as far above any other. */
enum { IKE_PORT = 500, NAT_PORT_OFFSET = 4000 };

enum { SETTINGS_HOST_SIZE = 256, SETTINGS_LOCALS_MAX = 8 };

/* Child SAs: whether the initiator makes one, and what the responder does about them. */
enum child_mode {
    CHILD_AUTO,     /* where the gateway insists; accepts any */
    CHILD_NONE,     /* never; accepts none */
    CHILD_TUNNEL,   /* yes, in tunnel mode; insists on one, and accepts that mode alone */
    CHILD_TRANSPORT /* yes, in transport mode; insists on one, in any mode */
};

struct settings {
    const char *host; /* without a port; null: with `responder`, every address, else those of `gateways_file` */
    char host_text[SETTINGS_HOST_SIZE]; /* where it is */
    uint16_t host_port;                 /* given with it; or 0 */
    const char *gateways_file;          /* or null */
    bool responder;
    bool numeric;             /* hosts have no names */
    bool init;                /* IKE_SA_INIT alone, without credentials */
    const char *conformance;  /* which checks to make of the gateway, "list" to list them; null: none */
    const char *psk_file;     /* this, or */
    const char *ed25519_file; /* both of these, or */
    const char *ed25519_peer_file;
    const char *cert_file;        /* our certificate, with its key, */
    const char *key_file;         /* and */
    const char *authorities_file; /* those of the gateway's; a PSK may take the place of either side's */
    bool eap_tls;                 /* our certificate is for EAP-TLS */
    const char *password_file;    /* for EAP, in place of our certificate */
    struct identity id;           /* of type 0: our address */
    struct identity remote_id;    /* of type 0: any */
    struct proposal_list proposals;
    struct proposal additional; /* its additional key exchanges are those of each proposal */
    enum child_mode child;
    struct selectors ours, theirs; /* traffic selectors of Child SAs; none: the addresses of both ends, or any */
    uint32_t interval;             /* ms: between checks; with `responder`, of silence before one */
    struct ikl_schedule schedule;
    const char *schedule_name;   /* as given */
    bool trim, round_trip_sends; /* as in the config of an IKE SA */
    uint64_t count;              /* checks to make; 0: no end */
    uint32_t deadline;           /* ms after which it ends; 0: never */
    uint16_t port;
    uint16_t mtu; /* octets of the largest IP packet; 0: not known */
    bool nat_t;
    bool tcp;                                       /* over TCP, or as a responder over that too */
    bool revive;                                    /* connect again when an IKE SA goes down */
    bool qcd;                                       /* quick crash detection */
    const char *qcd_secret_file;                    /* of our tokens; null: a secret that does not outlive us */
    bool mobike;                                    /* addresses may change */
    struct ikl_address locals[SETTINGS_LOCALS_MAX]; /* ours, by preference; none: what the system chooses */
    size_t n_locals;
    bool follow_redirect;    /* go where a gateway redirects us to */
    uint32_t rekey;          /* ms after which we rekey; 0: never */
    uint32_t reauth;         /* ms after which we authenticate again; 0: never */
    bool initial_contact;    /* say that we have no other IKE SA with the gateway */
    bool sync;               /* agree on synchronisation of Message IDs */
    uint32_t takeover_after; /* ms after which we play a takeover; 0: never */
    bool json;
    bool quiet;              /* nothing but the beginning and the end, and statistics that were asked for */
    bool timestamps;         /* dates, not seconds since the start */
    bool bell;               /* rings when a peer is lost, comes back or goes down */
    uint16_t metrics_port;   /* 0: none */
    const char *svg_file;    /* or null */
    const char *junit_file;  /* or null */
    const char *traces;      /* a folder for what each check has sent and received; or null */
    const char *pcap_file;   /* or null */
    const char *keylog_file; /* or null */
};

/* Reads the command line and fills in what it does not say. */
enum options_outcome ikeping_settings_read(struct settings *settings, int argc, char **argv);

/* There are some for all gateways. */
bool settings_have_credentials(const struct settings *settings);

/* Whether there are certificates, ours or those of the gateway's authorities. */
bool settings_have_certificates(const struct settings *settings);

/* Takes "HOST", "HOST:PORT" or "[IPv6]:PORT" apart; `port` stays as it is when none is given. Gives null, or says in
 * words what it must be. */
const char *settings_parse_host(const char *text, char host[SETTINGS_HOST_SIZE], uint16_t *port);

#endif
