/* SPDX-License-Identifier: ISC */
/* ikelive names: what the numbers in messages are called in the IKEv2 registries.
 *
 * Every function gives a static string of printable ASCII, or null for a number that is unassigned, reserved or for
 * private use: a caller that prints has the number too. The strings are the registry's identifiers; where it has only
 * descriptions, as for key exchange methods, they are made from those ("MODP_2048"). They are for people to read, not
 * for programs to compare: a later version may follow the registry to a better name. */
#ifndef IKELIVE_NAMES_H
#define IKELIVE_NAMES_H

#include <ikelive/base.h>
#include <ikelive/registry.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "CREATE_CHILD_SA" (enum ikl_exchange_type). */
IKL_API const char *ikl_exchange_name(uint8_t exchange);

/* "SA", "Nonce", "TSi" (enum ikl_payload_type); "NONE" for 0, which says that no payload follows. */
IKL_API const char *ikl_payload_name(uint8_t type);

/* "ESP" (enum ikl_protocol). */
IKL_API const char *ikl_protocol_name(uint8_t protocol);

/* "COOKIE" (enum ikl_notify_type). */
IKL_API const char *ikl_notify_name(uint16_t type);

/* "ENCR", "KE", "SN", which is ESN in RFC 7296 (enum ikl_transform_type). */
IKL_API const char *ikl_transform_type_name(uint8_t type);

/* "ENCR_AES_GCM_16", "PRF_HMAC_SHA2_256", "AUTH_HMAC_SHA2_256_128", "MODP_2048", "32-bit Sequential Numbers":
 * the transform with this ID of the transform type. Null for transform types whose IDs have no registry here. */
IKL_API const char *ikl_transform_name(uint8_t type, uint16_t id);

/* "Key Length" (enum ikl_attribute_type). */
IKL_API const char *ikl_attribute_name(uint16_t type);

/* "ID_FQDN" (enum ikl_id_type). */
IKL_API const char *ikl_id_name(uint8_t type);

/* "X.509 Certificate - Signature" (enum ikl_cert_encoding). */
IKL_API const char *ikl_cert_name(uint8_t encoding);

/* "Shared Key Message Integrity Code" (enum ikl_auth_method). */
IKL_API const char *ikl_auth_name(uint8_t method);

/* "TS_IPV4_ADDR_RANGE" (enum ikl_ts_type). */
IKL_API const char *ikl_ts_name(uint8_t type);

/* "CFG_REQUEST" (enum ikl_cfg_type). */
IKL_API const char *ikl_cfg_name(uint8_t type);

/* "INTERNAL_IP4_ADDRESS" (enum ikl_cfg_attribute_type). */
IKL_API const char *ikl_cfg_attribute_name(uint16_t type);

/* "SHA2-256" (enum ikl_hash_algorithm). */
IKL_API const char *ikl_hash_name(uint16_t algorithm);

/* "IPCOMP_DEFLATE" (enum ikl_ipcomp). */
IKL_API const char *ikl_ipcomp_name(uint8_t transform);

/* "FQDN of the new VPN gateway" (enum ikl_gateway_id_type). */
IKL_API const char *ikl_gateway_id_name(uint8_t type);

/* "PPK_ID_FIXED" (enum ikl_ppk_id_type). */
IKL_API const char *ikl_ppk_id_name(uint8_t type);

/* "PACE" (enum ikl_password_method). */
IKL_API const char *ikl_password_method_name(uint16_t method);

/* "MAX_CID" (enum ikl_rohc_attribute_type). */
IKL_API const char *ikl_rohc_attribute_name(uint16_t type);

/* "Request" (enum ikl_eap_code). */
IKL_API const char *ikl_eap_name(uint8_t code);

#ifdef __cplusplus
}
#endif
#endif
