/* SPDX-License-Identifier: ISC */
/* What callbacks.sh reads, and has to reject. */
struct ikl_callbacks {
    /* A leaf. */
    int (*pull)(void);
    /* The host is told. */
    void (*tell)(void);
};

static inline void call_back(const struct ikl_callbacks *callbacks)
{
    callbacks->tell();
    (void)callbacks->pull();
    (void)callbacks->pull();
}
