/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: the decisions of the host's calls (calls.c), each in the file of its concept. */
#ifndef IKL_SA_DECISIONS_H
#define IKL_SA_DECISIONS_H

#include "endpoint/shared.h"

struct ikl_content;

int ikl_decide_new(struct ikl_sa **out, struct ikl_endpoint *endpoint, const struct ikl_sa_config *config,
                   ikl_time now);
int ikl_decide_restart(struct ikl_sa *sa, const struct ikl_payload *payloads, size_t n, ikl_time now);
int ikl_decide_install_keys(struct ikl_sa *sa, uint64_t spi_r, const struct ikl_protection *protection, ikl_time now);
int ikl_decide_change_keys(struct ikl_sa *sa, const struct ikl_protection *protection, ikl_time now);
int ikl_decide_established(struct ikl_sa *sa, ikl_time now);
void ikl_decide_peer_window(struct ikl_sa *sa, uint32_t size, ikl_time now);
int ikl_decide_request(struct ikl_sa *sa, uint8_t exchange_type, const struct ikl_content *content,
                       const struct ikl_request_options *options, ikl_time now, struct ikl_request **out);
void ikl_decide_cancel(struct ikl_sa *sa, struct ikl_request *request);
int ikl_decide_respond(struct ikl_sa *sa, uint32_t message_id, const struct ikl_content *content, ikl_time now);
int ikl_decide_probe(struct ikl_sa *sa, ikl_time now);
int ikl_decide_hint(struct ikl_sa *sa, enum ikl_hint hint, ikl_time now);
int ikl_decide_hint_mtu(struct ikl_sa *sa, uint16_t mtu, ikl_time now);
int ikl_decide_resend(struct ikl_sa *sa, ikl_time now);
int ikl_decide_set_path(struct ikl_sa *sa, const struct ikl_path *path, ikl_time now);
int ikl_decide_reconnected(struct ikl_sa *sa, const struct ikl_path *path, ikl_time now);
int ikl_decide_set_liveness(struct ikl_sa *sa, enum ikl_liveness_policy policy, uint32_t idle, uint32_t at_least);
int ikl_decide_delete_children(struct ikl_sa *sa, struct ikl_child *const *children, size_t n, ikl_time now);
int ikl_decide_delete(struct ikl_sa *sa, uint32_t wait, ikl_time now);
int ikl_decide_replace(struct ikl_sa *sa, struct ikl_sa *replacement, bool we_delete, uint32_t wait, ikl_time now);
int ikl_decide_migrate(struct ikl_sa *sa, struct ikl_endpoint *to, ikl_time now, struct ikl_sa **out);
int ikl_decide_monitor_answered(struct ikl_sa *sa, struct ikl_child *child, uint16_t probe, uint32_t target,
                                ikl_time now);
int ikl_decide_take_token(struct ikl_sa *sa, uint8_t first_payload, struct ikl_octets payloads, ikl_time now);
int ikl_decide_send_token(struct ikl_sa *sa, const struct ikl_request_options *options, ikl_time now,
                          struct ikl_request **out);
int ikl_decide_agree_sync(struct ikl_sa *sa, unsigned what);
int ikl_decide_sync(struct ikl_sa *sa, const struct ikl_sync_options *options, ikl_time now);
void ikl_decide_close(struct ikl_sa *sa, ikl_time now);

#endif
