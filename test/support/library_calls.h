/* SPDX-License-Identifier: ISC */
/* What the providers call of their libraries of algorithms, for a program in which any of these calls can fail. The
 * linker gives each call to the wrapper instead: CMakeLists.txt reads the names here.
 *
 *     WRAPPED(name, what it returns, what it returns when it fails, parameters, arguments)
 *     BEGINS(the same)                             begins `operation`, which has to be aborted in the end
 *     ABORTS(name, what it returns, parameters, arguments) */
#if defined(TEST_SODIUM)
WRAPPED(crypto_aead_chacha20poly1305_ietf_encrypt_detached, int, -1,
        (unsigned char *out, unsigned char *tag, unsigned long long *tag_len, const unsigned char *text,
         unsigned long long len, const unsigned char *aad, unsigned long long aad_len, const unsigned char *none,
         const unsigned char *nonce, const unsigned char *key),
        (out, tag, tag_len, text, len, aad, aad_len, none, nonce, key))
WRAPPED(crypto_aead_chacha20poly1305_ietf_decrypt_detached, int, -1,
        (unsigned char *out, unsigned char *none, const unsigned char *text, unsigned long long len,
         const unsigned char *tag, const unsigned char *aad, unsigned long long aad_len, const unsigned char *nonce,
         const unsigned char *key),
        (out, none, text, len, tag, aad, aad_len, nonce, key))
WRAPPED(crypto_aead_aes256gcm_encrypt_detached_afternm, int, -1,
        (unsigned char *out, unsigned char *tag, unsigned long long *tag_len, const unsigned char *text,
         unsigned long long len, const unsigned char *aad, unsigned long long aad_len, const unsigned char *none,
         const unsigned char *nonce, const crypto_aead_aes256gcm_state *key),
        (out, tag, tag_len, text, len, aad, aad_len, none, nonce, key))
WRAPPED(crypto_aead_aes256gcm_decrypt_detached_afternm, int, -1,
        (unsigned char *out, unsigned char *none, const unsigned char *text, unsigned long long len,
         const unsigned char *tag, const unsigned char *aad, unsigned long long aad_len, const unsigned char *nonce,
         const crypto_aead_aes256gcm_state *key),
        (out, none, text, len, tag, aad, aad_len, nonce, key))
#endif
#if defined(TEST_OPENSSL)
WRAPPED(EVP_CIPHER_fetch, EVP_CIPHER *, NULL, (OSSL_LIB_CTX * in, const char *name, const char *properties),
        (in, name, properties))
WRAPPED(EVP_CIPHER_CTX_new, EVP_CIPHER_CTX *, NULL, (void), ())
WRAPPED(EVP_CIPHER_CTX_set_padding, int, 0, (EVP_CIPHER_CTX * context, int padding), (context, padding))
WRAPPED(EVP_CIPHER_CTX_ctrl, int, 0, (EVP_CIPHER_CTX * context, int type, int number, void *data),
        (context, type, number, data))
WRAPPED(EVP_CipherInit_ex2, int, 0,
        (EVP_CIPHER_CTX * context, const EVP_CIPHER *cipher, const unsigned char *key, const unsigned char *iv,
         int seal, const OSSL_PARAM *params),
        (context, cipher, key, iv, seal, params))
WRAPPED(EVP_CipherUpdate, int, 0,
        (EVP_CIPHER_CTX * context, unsigned char *out, int *out_len, const unsigned char *text, int len),
        (context, out, out_len, text, len))
WRAPPED(EVP_CipherFinal_ex, int, 0, (EVP_CIPHER_CTX * context, unsigned char *out, int *out_len),
        (context, out, out_len))
WRAPPED(EVP_MAC_fetch, EVP_MAC *, NULL, (OSSL_LIB_CTX * in, const char *name, const char *properties),
        (in, name, properties))
WRAPPED(EVP_MAC_CTX_new, EVP_MAC_CTX *, NULL, (EVP_MAC * mac), (mac))
WRAPPED(EVP_MAC_init, int, 0, (EVP_MAC_CTX * context, const unsigned char *key, size_t len, const OSSL_PARAM *params),
        (context, key, len, params))
WRAPPED(EVP_MAC_update, int, 0, (EVP_MAC_CTX * context, const unsigned char *data, size_t len), (context, data, len))
WRAPPED(EVP_MAC_final, int, 0, (EVP_MAC_CTX * context, unsigned char *out, size_t *len, size_t size),
        (context, out, len, size))
WRAPPED(EVP_MD_fetch, EVP_MD *, NULL, (OSSL_LIB_CTX * in, const char *name, const char *properties),
        (in, name, properties))
WRAPPED(EVP_MD_CTX_new, EVP_MD_CTX *, NULL, (void), ())
WRAPPED(EVP_DigestInit_ex2, int, 0, (EVP_MD_CTX * context, const EVP_MD *md, const OSSL_PARAM *params),
        (context, md, params))
WRAPPED(EVP_DigestUpdate, int, 0, (EVP_MD_CTX * context, const void *data, size_t len), (context, data, len))
WRAPPED(EVP_DigestFinal_ex, int, 0, (EVP_MD_CTX * context, unsigned char *out, unsigned *len), (context, out, len))
#endif
#if defined(TEST_PSA)
/* What a call leaves in its buffer when it fails, PSA Crypto does not say. */
#define HALF_DONE (memset(out, 1, size), PSA_ERROR_INSUFFICIENT_MEMORY)
WRAPPED(psa_crypto_init, psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY, (void), ())
WRAPPED(psa_import_key, psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY,
        (const psa_key_attributes_t *attributes, const uint8_t *data, size_t len, psa_key_id_t *key),
        (attributes, data, len, key))
WRAPPED(psa_aead_encrypt, psa_status_t, HALF_DONE,
        (psa_key_id_t key, psa_algorithm_t algorithm, const uint8_t *nonce, size_t nonce_len, const uint8_t *aad,
         size_t aad_len, const uint8_t *text, size_t text_len, uint8_t *out, size_t size, size_t *len),
        (key, algorithm, nonce, nonce_len, aad, aad_len, text, text_len, out, size, len))
WRAPPED(psa_aead_decrypt, psa_status_t, HALF_DONE,
        (psa_key_id_t key, psa_algorithm_t algorithm, const uint8_t *nonce, size_t nonce_len, const uint8_t *aad,
         size_t aad_len, const uint8_t *text, size_t text_len, uint8_t *out, size_t size, size_t *len),
        (key, algorithm, nonce, nonce_len, aad, aad_len, text, text_len, out, size, len))
BEGINS(psa_cipher_encrypt_setup, psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY,
       (psa_cipher_operation_t * operation, psa_key_id_t key, psa_algorithm_t algorithm), (operation, key, algorithm))
BEGINS(psa_cipher_decrypt_setup, psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY,
       (psa_cipher_operation_t * operation, psa_key_id_t key, psa_algorithm_t algorithm), (operation, key, algorithm))
WRAPPED(psa_cipher_set_iv, psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY,
        (psa_cipher_operation_t * operation, const uint8_t *iv, size_t len), (operation, iv, len))
WRAPPED(psa_cipher_update, psa_status_t, HALF_DONE,
        (psa_cipher_operation_t * operation, const uint8_t *text, size_t text_len, uint8_t *out, size_t size,
         size_t *len),
        (operation, text, text_len, out, size, len))
WRAPPED(psa_cipher_finish, psa_status_t, HALF_DONE,
        (psa_cipher_operation_t * operation, uint8_t *out, size_t size, size_t *len), (operation, out, size, len))
BEGINS(psa_mac_sign_setup, psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY,
       (psa_mac_operation_t * operation, psa_key_id_t key, psa_algorithm_t algorithm), (operation, key, algorithm))
WRAPPED(psa_mac_update, psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY,
        (psa_mac_operation_t * operation, const uint8_t *data, size_t len), (operation, data, len))
WRAPPED(psa_mac_sign_finish, psa_status_t, HALF_DONE,
        (psa_mac_operation_t * operation, uint8_t *out, size_t size, size_t *len), (operation, out, size, len))
BEGINS(psa_hash_setup, psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY,
       (psa_hash_operation_t * operation, psa_algorithm_t algorithm), (operation, algorithm))
WRAPPED(psa_hash_update, psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY,
        (psa_hash_operation_t * operation, const uint8_t *data, size_t len), (operation, data, len))
WRAPPED(psa_hash_finish, psa_status_t, HALF_DONE,
        (psa_hash_operation_t * operation, uint8_t *out, size_t size, size_t *len), (operation, out, size, len))
ABORTS(psa_cipher_abort, psa_status_t, (psa_cipher_operation_t * operation), (operation))
ABORTS(psa_mac_abort, psa_status_t, (psa_mac_operation_t * operation), (operation))
ABORTS(psa_hash_abort, psa_status_t, (psa_hash_operation_t * operation), (operation))
#endif
