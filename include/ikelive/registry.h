/* SPDX-License-Identifier: ISC */
/* ikelive registry: the numbers of the IKEv2 registries, and their names.
 *
 * Sections are those of RFC 7296 unless another RFC is named. A field may also hold a number that is not listed here:
 * registries grow, and each has numbers for private use. */
#ifndef IKELIVE_REGISTRY_H
#define IKELIVE_REGISTRY_H

#include <ikelive/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Exchange types (§3.1). */
enum ikl_exchange_type {
    IKL_IKE_SA_INIT = 34,
    IKL_IKE_AUTH = 35,
    IKL_CREATE_CHILD_SA = 36,
    IKL_INFORMATIONAL = 37,
    IKL_IKE_SESSION_RESUME = 38, /* RFC 5723 */
    IKL_GSA_AUTH = 39,           /* group key management, this one and the next three */
    IKL_GSA_REGISTRATION = 40,
    IKL_GSA_REKEY = 41,
    IKL_GSA_INBAND_REKEY = 42,
    IKL_IKE_INTERMEDIATE = 43, /* RFC 9242 */
    IKL_IKE_FOLLOWUP_KE = 44   /* RFC 9370 */
};

/* Payload types (§3.2). */
enum ikl_payload_type {
    IKL_PAYLOAD_NONE = 0,
    IKL_PAYLOAD_SA = 33,
    IKL_PAYLOAD_KE = 34,
    IKL_PAYLOAD_IDI = 35,
    IKL_PAYLOAD_IDR = 36,
    IKL_PAYLOAD_CERT = 37,
    IKL_PAYLOAD_CERTREQ = 38,
    IKL_PAYLOAD_AUTH = 39,
    IKL_PAYLOAD_NONCE = 40,
    IKL_PAYLOAD_NOTIFY = 41,
    IKL_PAYLOAD_DELETE = 42,
    IKL_PAYLOAD_VENDOR_ID = 43,
    IKL_PAYLOAD_TSI = 44,
    IKL_PAYLOAD_TSR = 45,
    IKL_PAYLOAD_SK = 46,
    IKL_PAYLOAD_CP = 47,
    IKL_PAYLOAD_EAP = 48,
    IKL_PAYLOAD_GSPM = 49, /* RFC 6467 */
    IKL_PAYLOAD_IDG = 50,  /* group key management, this one and the next two */
    IKL_PAYLOAD_GSA = 51,
    IKL_PAYLOAD_KD = 52,
    IKL_PAYLOAD_SKF = 53, /* RFC 7383 */
    IKL_PAYLOAD_PS = 54   /* RFC 8019 */
};

/* Security protocol identifiers (§3.3.1). */
enum ikl_protocol {
    IKL_PROTOCOL_NONE = 0,
    IKL_PROTOCOL_IKE = 1,
    IKL_PROTOCOL_AH = 2,
    IKL_PROTOCOL_ESP = 3,
    IKL_PROTOCOL_FC_ESP_HEADER = 4,        /* RFC 4595 */
    IKL_PROTOCOL_FC_CT_AUTHENTICATION = 5, /* RFC 4595 */
    IKL_PROTOCOL_GIKE_UPDATE = 6           /* group key management */
};

/* Transform types (§3.3.2). */
enum ikl_transform_type {
    IKL_TRANSFORM_ENCR = 1,
    IKL_TRANSFORM_PRF = 2,
    IKL_TRANSFORM_INTEG = 3,
    IKL_TRANSFORM_KE = 4, /* key exchange method, in RFC 7296 the Diffie-Hellman group */
    IKL_TRANSFORM_SN = 5, /* sequence numbers (RFC 9827), in RFC 7296 extended sequence numbers */
    IKL_TRANSFORM_ESN = IKL_TRANSFORM_SN,
    IKL_TRANSFORM_ADDKE1 = 6, /* RFC 9370, this one and the next six */
    IKL_TRANSFORM_ADDKE2 = 7,
    IKL_TRANSFORM_ADDKE3 = 8,
    IKL_TRANSFORM_ADDKE4 = 9,
    IKL_TRANSFORM_ADDKE5 = 10,
    IKL_TRANSFORM_ADDKE6 = 11,
    IKL_TRANSFORM_ADDKE7 = 12,
    IKL_TRANSFORM_KWA = 13, /* group key management, this one and the next */
    IKL_TRANSFORM_GCAUTH = 14
};

/* Transform IDs of encryption algorithms (§3.3.2). */
enum ikl_encr {
    IKL_ENCR_DES_IV64 = 1,
    IKL_ENCR_DES = 2,
    IKL_ENCR_3DES = 3,
    IKL_ENCR_RC5 = 4,
    IKL_ENCR_IDEA = 5,
    IKL_ENCR_CAST = 6,
    IKL_ENCR_BLOWFISH = 7,
    IKL_ENCR_3IDEA = 8,
    IKL_ENCR_DES_IV32 = 9,
    IKL_ENCR_NULL = 11,
    IKL_ENCR_AES_CBC = 12,
    IKL_ENCR_AES_CTR = 13,
    IKL_ENCR_AES_CCM_8 = 14,
    IKL_ENCR_AES_CCM_12 = 15,
    IKL_ENCR_AES_CCM_16 = 16,
    IKL_ENCR_AES_GCM_8 = 18,
    IKL_ENCR_AES_GCM_12 = 19,
    IKL_ENCR_AES_GCM_16 = 20,
    IKL_ENCR_NULL_AUTH_AES_GMAC = 21,
    IKL_ENCR_CAMELLIA_CBC = 23,
    IKL_ENCR_CAMELLIA_CTR = 24,
    IKL_ENCR_CAMELLIA_CCM_8 = 25,
    IKL_ENCR_CAMELLIA_CCM_12 = 26,
    IKL_ENCR_CAMELLIA_CCM_16 = 27,
    IKL_ENCR_CHACHA20_POLY1305 = 28, /* RFC 7634 */
    IKL_ENCR_AES_CCM_8_IIV = 29,     /* RFC 8750, this one and the next two */
    IKL_ENCR_AES_GCM_16_IIV = 30,
    IKL_ENCR_CHACHA20_POLY1305_IIV = 31,
    IKL_ENCR_KUZNYECHIK_MGM_KTREE = 32, /* RFC 9227, this one and the next three */
    IKL_ENCR_MAGMA_MGM_KTREE = 33,
    IKL_ENCR_KUZNYECHIK_MGM_MAC_KTREE = 34,
    IKL_ENCR_MAGMA_MGM_MAC_KTREE = 35
};

/* Transform IDs of pseudorandom functions (§3.3.2). */
enum ikl_prf_id {
    IKL_PRF_HMAC_MD5 = 1,
    IKL_PRF_HMAC_SHA1 = 2,
    IKL_PRF_HMAC_TIGER = 3,
    IKL_PRF_AES128_XCBC = 4,
    IKL_PRF_HMAC_SHA2_256 = 5,
    IKL_PRF_HMAC_SHA2_384 = 6,
    IKL_PRF_HMAC_SHA2_512 = 7,
    IKL_PRF_AES128_CMAC = 8,
    IKL_PRF_HMAC_STREEBOG_512 = 9 /* RFC 9385 */
};

/* Transform IDs of integrity algorithms (§3.3.2). */
enum ikl_integ {
    IKL_INTEG_NONE = 0,
    IKL_INTEG_HMAC_MD5_96 = 1,
    IKL_INTEG_HMAC_SHA1_96 = 2,
    IKL_INTEG_DES_MAC = 3,
    IKL_INTEG_KPDK_MD5 = 4,
    IKL_INTEG_AES_XCBC_96 = 5,
    IKL_INTEG_HMAC_MD5_128 = 6,
    IKL_INTEG_HMAC_SHA1_160 = 7,
    IKL_INTEG_AES_CMAC_96 = 8,
    IKL_INTEG_AES_128_GMAC = 9,
    IKL_INTEG_AES_192_GMAC = 10,
    IKL_INTEG_AES_256_GMAC = 11,
    IKL_INTEG_HMAC_SHA2_256_128 = 12,
    IKL_INTEG_HMAC_SHA2_384_192 = 13,
    IKL_INTEG_HMAC_SHA2_512_256 = 14
};

/* Transform IDs of key exchange methods (§3.3.2, Diffie-Hellman groups). */
enum ikl_ke_method {
    IKL_KE_NONE = 0,
    IKL_KE_MODP_768 = 1,
    IKL_KE_MODP_1024 = 2,
    IKL_KE_MODP_1536 = 5, /* RFC 3526, up to MODP_8192 */
    IKL_KE_MODP_2048 = 14,
    IKL_KE_MODP_3072 = 15,
    IKL_KE_MODP_4096 = 16,
    IKL_KE_MODP_6144 = 17,
    IKL_KE_MODP_8192 = 18,
    IKL_KE_ECP_256 = 19, /* RFC 5903, this one and the next two */
    IKL_KE_ECP_384 = 20,
    IKL_KE_ECP_521 = 21,
    IKL_KE_MODP_1024_160 = 22, /* RFC 5114, this one and the next four */
    IKL_KE_MODP_2048_224 = 23,
    IKL_KE_MODP_2048_256 = 24,
    IKL_KE_ECP_192 = 25,
    IKL_KE_ECP_224 = 26,
    IKL_KE_BRAINPOOL_P224R1 = 27, /* RFC 6954, this one and the next three */
    IKL_KE_BRAINPOOL_P256R1 = 28,
    IKL_KE_BRAINPOOL_P384R1 = 29,
    IKL_KE_BRAINPOOL_P512R1 = 30,
    IKL_KE_CURVE25519 = 31, /* RFC 8031, this one and the next */
    IKL_KE_CURVE448 = 32,
    IKL_KE_GOST3410_2012_256 = 33, /* RFC 9385, this one and the next */
    IKL_KE_GOST3410_2012_512 = 34,
    IKL_KE_ML_KEM_512 = 35,
    IKL_KE_ML_KEM_768 = 36,
    IKL_KE_ML_KEM_1024 = 37
};

/* Transform IDs for sequence numbers (RFC 9827). */
enum ikl_sn {
    IKL_SN_32_SEQUENTIAL = 0,
    IKL_SN_PARTIAL_64_SEQUENTIAL = 1, /* 64 bits, 32 of them transmitted */
    IKL_SN_32_UNSPECIFIED = 2
};

/* The same under their names in RFC 7296 §3.3.2, which calls them extended sequence numbers. */
enum ikl_esn { IKL_ESN_NO = IKL_SN_32_SEQUENTIAL, IKL_ESN_YES = IKL_SN_PARTIAL_64_SEQUENTIAL };

/* Transform IDs of key wrap algorithms (group key management). */
enum ikl_kwa { IKL_KWA_KW_5649_128 = 1, IKL_KWA_KW_5649_192 = 2, IKL_KWA_KW_5649_256 = 3, IKL_KWA_KW_ARX = 4 };

/* Transform IDs of group controller authentication (group key management). */
enum ikl_gcauth { IKL_GCAUTH_IMPLICIT = 1, IKL_GCAUTH_DIGITAL_SIGNATURE = 2 };

/* Attribute types of transforms (§3.3.5). */
enum ikl_attribute_type {
    IKL_ATTRIBUTE_KEY_LENGTH = 14,
    IKL_ATTRIBUTE_SIGNATURE_ALGORITHM = 18 /* group key management */
};

/* Types of identities (§3.5). */
enum ikl_id_type {
    IKL_ID_IPV4_ADDR = 1,
    IKL_ID_FQDN = 2,
    IKL_ID_RFC822_ADDR = 3,
    IKL_ID_IPV6_ADDR = 5,
    IKL_ID_DER_ASN1_DN = 9,
    IKL_ID_DER_ASN1_GN = 10,
    IKL_ID_KEY_ID = 11,
    IKL_ID_FC_NAME = 12, /* RFC 4595 */
    IKL_ID_NULL = 13     /* RFC 7619 */
};

/* Certificate encodings (§3.6). */
enum ikl_cert_encoding {
    IKL_CERT_PKCS7 = 1,
    IKL_CERT_PGP = 2,
    IKL_CERT_DNS_SIGNED_KEY = 3,
    IKL_CERT_X509_SIGNATURE = 4,
    IKL_CERT_KERBEROS_TOKEN = 6,
    IKL_CERT_CRL = 7,
    IKL_CERT_ARL = 8,
    IKL_CERT_SPKI = 9,
    IKL_CERT_X509_ATTRIBUTE = 10,
    IKL_CERT_RAW_RSA_KEY = 11, /* deprecated by RFC 7670 */
    IKL_CERT_HASH_AND_URL = 12,
    IKL_CERT_HASH_AND_URL_BUNDLE = 13,
    IKL_CERT_OCSP_CONTENT = 14,  /* RFC 4806 */
    IKL_CERT_RAW_PUBLIC_KEY = 15 /* RFC 7670 */
};

/* Authentication methods (§3.8). */
enum ikl_auth_method {
    IKL_AUTH_RSA = 1,
    IKL_AUTH_SHARED_KEY = 2,
    IKL_AUTH_DSS = 3,
    IKL_AUTH_ECDSA_256 = 9, /* RFC 4754, this one and the next two */
    IKL_AUTH_ECDSA_384 = 10,
    IKL_AUTH_ECDSA_521 = 11,
    IKL_AUTH_SECURE_PASSWORD = 12,  /* RFC 6467 */
    IKL_AUTH_NULL = 13,             /* RFC 7619 */
    IKL_AUTH_DIGITAL_SIGNATURE = 14 /* RFC 7427 */
};

/* Notify message types (§3.10.1). Below IKL_NOTIFY_FIRST_STATUS: errors. */
enum ikl_notify_type {
    IKL_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD = 1,
    IKL_NOTIFY_INVALID_IKE_SPI = 4,
    IKL_NOTIFY_INVALID_MAJOR_VERSION = 5,
    IKL_NOTIFY_INVALID_SYNTAX = 7,
    IKL_NOTIFY_INVALID_MESSAGE_ID = 9,
    IKL_NOTIFY_INVALID_SPI = 11,
    IKL_NOTIFY_NO_PROPOSAL_CHOSEN = 14,
    IKL_NOTIFY_INVALID_KE_PAYLOAD = 17,
    IKL_NOTIFY_AUTHENTICATION_FAILED = 24,
    IKL_NOTIFY_SINGLE_PAIR_REQUIRED = 34,
    IKL_NOTIFY_NO_ADDITIONAL_SAS = 35,
    IKL_NOTIFY_INTERNAL_ADDRESS_FAILURE = 36,
    IKL_NOTIFY_FAILED_CP_REQUIRED = 37,
    IKL_NOTIFY_TS_UNACCEPTABLE = 38,
    IKL_NOTIFY_INVALID_SELECTORS = 39,
    IKL_NOTIFY_UNACCEPTABLE_ADDRESSES = 40, /* RFC 4555, this one and the next */
    IKL_NOTIFY_UNEXPECTED_NAT_DETECTED = 41,
    IKL_NOTIFY_USE_ASSIGNED_HOA = 42, /* RFC 5026 */
    IKL_NOTIFY_TEMPORARY_FAILURE = 43,
    IKL_NOTIFY_CHILD_SA_NOT_FOUND = 44,
    IKL_NOTIFY_INVALID_GROUP_ID = 45, /* group key management, this one and the next */
    IKL_NOTIFY_AUTHORIZATION_FAILED = 46,
    IKL_NOTIFY_STATE_NOT_FOUND = 47,     /* RFC 9370 */
    IKL_NOTIFY_TS_MAX_QUEUE = 48,        /* RFC 9611 */
    IKL_NOTIFY_REGISTRATION_FAILED = 49, /* group key management */
    IKL_NOTIFY_FIRST_STATUS = 16384,
    IKL_NOTIFY_INITIAL_CONTACT = 16384,
    IKL_NOTIFY_SET_WINDOW_SIZE = 16385,
    IKL_NOTIFY_ADDITIONAL_TS_POSSIBLE = 16386,
    IKL_NOTIFY_IPCOMP_SUPPORTED = 16387,
    IKL_NOTIFY_NAT_DETECTION_SOURCE_IP = 16388,
    IKL_NOTIFY_NAT_DETECTION_DESTINATION_IP = 16389,
    IKL_NOTIFY_COOKIE = 16390,
    IKL_NOTIFY_USE_TRANSPORT_MODE = 16391,
    IKL_NOTIFY_HTTP_CERT_LOOKUP_SUPPORTED = 16392,
    IKL_NOTIFY_REKEY_SA = 16393,
    IKL_NOTIFY_ESP_TFC_PADDING_NOT_SUPPORTED = 16394,
    IKL_NOTIFY_NON_FIRST_FRAGMENTS_ALSO = 16395,
    IKL_NOTIFY_MOBIKE_SUPPORTED = 16396, /* RFC 4555, this one and the next six */
    IKL_NOTIFY_ADDITIONAL_IP4_ADDRESS = 16397,
    IKL_NOTIFY_ADDITIONAL_IP6_ADDRESS = 16398,
    IKL_NOTIFY_NO_ADDITIONAL_ADDRESSES = 16399,
    IKL_NOTIFY_UPDATE_SA_ADDRESSES = 16400,
    IKL_NOTIFY_COOKIE2 = 16401,
    IKL_NOTIFY_NO_NATS_ALLOWED = 16402,
    IKL_NOTIFY_AUTH_LIFETIME = 16403,           /* RFC 4478 */
    IKL_NOTIFY_MULTIPLE_AUTH_SUPPORTED = 16404, /* RFC 4739, this one and the next */
    IKL_NOTIFY_ANOTHER_AUTH_FOLLOWS = 16405,
    IKL_NOTIFY_REDIRECT_SUPPORTED = 16406, /* RFC 5685, this one and the next two */
    IKL_NOTIFY_REDIRECT = 16407,
    IKL_NOTIFY_REDIRECTED_FROM = 16408,
    IKL_NOTIFY_TICKET_LT_OPAQUE = 16409, /* RFC 5723, this one and the next four */
    IKL_NOTIFY_TICKET_REQUEST = 16410,
    IKL_NOTIFY_TICKET_ACK = 16411,
    IKL_NOTIFY_TICKET_NACK = 16412,
    IKL_NOTIFY_TICKET_OPAQUE = 16413,
    IKL_NOTIFY_LINK_ID = 16414,                         /* RFC 5739 */
    IKL_NOTIFY_USE_WESP_MODE = 16415,                   /* RFC 5840 */
    IKL_NOTIFY_ROHC_SUPPORTED = 16416,                  /* RFC 5857 */
    IKL_NOTIFY_EAP_ONLY_AUTHENTICATION = 16417,         /* RFC 5998 */
    IKL_NOTIFY_CHILDLESS_IKEV2_SUPPORTED = 16418,       /* RFC 6023 */
    IKL_NOTIFY_QUICK_CRASH_DETECTION = 16419,           /* RFC 6290 */
    IKL_NOTIFY_IKEV2_MESSAGE_ID_SYNC_SUPPORTED = 16420, /* RFC 6311, this one and the next three */
    IKL_NOTIFY_IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED = 16421,
    IKL_NOTIFY_IKEV2_MESSAGE_ID_SYNC = 16422,
    IKL_NOTIFY_IPSEC_REPLAY_COUNTER_SYNC = 16423,
    IKL_NOTIFY_SECURE_PASSWORD_METHODS = 16424, /* RFC 6467 */
    IKL_NOTIFY_PSK_PERSIST = 16425,             /* RFC 6631, this one and the next */
    IKL_NOTIFY_PSK_CONFIRM = 16426,
    IKL_NOTIFY_ERX_SUPPORTED = 16427,                 /* RFC 6867 */
    IKL_NOTIFY_IFOM_CAPABILITY = 16428,               /* 3GPP */
    IKL_NOTIFY_GROUP_SENDER = 16429,                  /* group key management */
    IKL_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED = 16430, /* RFC 7383 */
    IKL_NOTIFY_SIGNATURE_HASH_ALGORITHMS = 16431,     /* RFC 7427 */
    IKL_NOTIFY_CLONE_IKE_SA_SUPPORTED = 16432,        /* RFC 7791, this one and the next */
    IKL_NOTIFY_CLONE_IKE_SA = 16433,
    IKL_NOTIFY_PUZZLE = 16434,  /* RFC 8019 */
    IKL_NOTIFY_USE_PPK = 16435, /* RFC 8784, this one and the next two */
    IKL_NOTIFY_PPK_IDENTITY = 16436,
    IKL_NOTIFY_NO_PPK_AUTH = 16437,
    IKL_NOTIFY_INTERMEDIATE_EXCHANGE_SUPPORTED = 16438, /* RFC 9242 */
    IKL_NOTIFY_IP4_ALLOWED = 16439,                     /* RFC 8983, this one and the next */
    IKL_NOTIFY_IP6_ALLOWED = 16440,
    IKL_NOTIFY_ADDITIONAL_KEY_EXCHANGE = 16441, /* RFC 9370 */
    IKL_NOTIFY_USE_AGGFRAG = 16442,             /* RFC 9347 */
    IKL_NOTIFY_SUPPORTED_AUTH_METHODS = 16443,  /* RFC 9593 */
    IKL_NOTIFY_SA_RESOURCE_INFO = 16444,        /* RFC 9611 */
    IKL_NOTIFY_USE_PPK_INT = 16445,             /* RFC 9867, this one and the next */
    IKL_NOTIFY_PPK_IDENTITY_KEY = 16446,
    IKL_NOTIFY_IKE_SA_INIT_FULL_TRANSCRIPT_AUTH = 16447
};

/* Types of traffic selectors (§3.13.1). */
enum ikl_ts_type {
    IKL_TS_IPV4_ADDR_RANGE = 7,
    IKL_TS_IPV6_ADDR_RANGE = 8,
    IKL_TS_FC_ADDR_RANGE = 9, /* RFC 4595 */
    IKL_TS_SECLABEL = 10      /* RFC 9478 */
};

/* Types of Configuration payloads (§3.15). */
enum ikl_cfg_type { IKL_CFG_REQUEST = 1, IKL_CFG_REPLY = 2, IKL_CFG_SET = 3, IKL_CFG_ACK = 4 };

/* Attribute types of Configuration payloads (§3.15.1). */
enum ikl_cfg_attribute_type {
    IKL_CFG_INTERNAL_IP4_ADDRESS = 1,
    IKL_CFG_INTERNAL_IP4_NETMASK = 2,
    IKL_CFG_INTERNAL_IP4_DNS = 3,
    IKL_CFG_INTERNAL_IP4_NBNS = 4,
    IKL_CFG_INTERNAL_IP4_DHCP = 6,
    IKL_CFG_APPLICATION_VERSION = 7,
    IKL_CFG_INTERNAL_IP6_ADDRESS = 8,
    IKL_CFG_INTERNAL_IP6_DNS = 10,
    IKL_CFG_INTERNAL_IP6_DHCP = 12,
    IKL_CFG_INTERNAL_IP4_SUBNET = 13,
    IKL_CFG_SUPPORTED_ATTRIBUTES = 14,
    IKL_CFG_INTERNAL_IP6_SUBNET = 15,
    IKL_CFG_MIP6_HOME_PREFIX = 16,  /* RFC 5026 */
    IKL_CFG_INTERNAL_IP6_LINK = 17, /* RFC 5739, this one and the next */
    IKL_CFG_INTERNAL_IP6_PREFIX = 18,
    IKL_CFG_HOME_AGENT_ADDRESS = 19, /* 3GPP */
    IKL_CFG_P_CSCF_IP4_ADDRESS = 20, /* RFC 7651, this one and the next */
    IKL_CFG_P_CSCF_IP6_ADDRESS = 21,
    IKL_CFG_FTT_KAT = 22,                           /* 3GPP */
    IKL_CFG_EXTERNAL_SOURCE_IP4_NAT_INFO = 23,      /* 3GPP */
    IKL_CFG_TIMEOUT_PERIOD_FOR_LIVENESS_CHECK = 24, /* 3GPP */
    IKL_CFG_INTERNAL_DNS_DOMAIN = 25,               /* RFC 8598, this one and the next */
    IKL_CFG_INTERNAL_DNSSEC_TA = 26,
    IKL_CFG_ENCDNS_IP4 = 27, /* RFC 9464, this one and the next two */
    IKL_CFG_ENCDNS_IP6 = 28,
    IKL_CFG_ENCDNS_DIGEST_INFO = 29
};

/* Hash algorithms, the data of SIGNATURE_HASH_ALGORITHMS (RFC 7427). */
enum ikl_hash_algorithm {
    IKL_HASH_SHA1 = 1,
    IKL_HASH_SHA2_256 = 2,
    IKL_HASH_SHA2_384 = 3,
    IKL_HASH_SHA2_512 = 4,
    IKL_HASH_IDENTITY = 5,     /* RFC 8420 */
    IKL_HASH_STREEBOG_256 = 6, /* RFC 9385, this one and the next */
    IKL_HASH_STREEBOG_512 = 7
};

/* Transforms of IP compression, in the data of IPCOMP_SUPPORTED (§3.10.1). */
enum ikl_ipcomp { IKL_IPCOMP_OUI = 1, IKL_IPCOMP_DEFLATE = 2, IKL_IPCOMP_LZS = 3, IKL_IPCOMP_LZJH = 4 };

/* Gateway identity types, in the data of REDIRECT and REDIRECTED_FROM (RFC 5685). */
enum ikl_gateway_id_type { IKL_GATEWAY_IPV4 = 1, IKL_GATEWAY_IPV6 = 2, IKL_GATEWAY_FQDN = 3 };

/* Identity types of postquantum preshared keys, in the data of PPK_IDENTITY (RFC 8784). */
enum ikl_ppk_id_type { IKL_PPK_ID_OPAQUE = 1, IKL_PPK_ID_FIXED = 2 };

/* Secure password methods, the data of SECURE_PASSWORD_METHODS (RFC 6467). */
enum ikl_password_method {
    IKL_PASSWORD_PACE = 1,      /* RFC 6631 */
    IKL_PASSWORD_AUGPAKE = 2,   /* RFC 6628 */
    IKL_PASSWORD_SECURE_PSK = 3 /* RFC 6617 */
};

/* Attribute types of robust header compression, in the data of ROHC_SUPPORTED (RFC 5857). */
enum ikl_rohc_attribute_type {
    IKL_ROHC_MAX_CID = 1,
    IKL_ROHC_PROFILE = 2,
    IKL_ROHC_INTEG = 3,
    IKL_ROHC_ICV_LEN = 4,
    IKL_ROHC_MRRU = 5
};

/* Codes of EAP messages (§3.16). */
enum ikl_eap_code { IKL_EAP_REQUEST = 1, IKL_EAP_RESPONSE = 2, IKL_EAP_SUCCESS = 3, IKL_EAP_FAILURE = 4 };

/* Names.
 *
 * Each function returns a static string of printable ASCII, or null for a number that is unassigned, reserved or for
 * private use; print the number then. The strings are the registry's identifiers; where it has only descriptions, as
 * for key exchange methods, they are made from those ("MODP_2048"). Show them to people, but do not compare them in
 * programs: a later version may take a better name from the registry. */

/* "CREATE_CHILD_SA" (enum ikl_exchange_type). */
IKL_API const char *ikl_exchange_name(uint8_t exchange_type);

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
