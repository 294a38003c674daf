/* SPDX-License-Identifier: ISC */
/* The input of the fuzz target open: this front, then the payloads that are sealed. */
#ifndef FUZZ_OPEN_INPUT_H
#define FUZZ_OPEN_INPUT_H

/* Where the octets of the front are. */
enum {
    OPEN_CIPHER,   /* which one, and whether it is a fragment (OPEN_FRAGMENT) */
    OPEN_FIRST,    /* type of the first payload inside */
    OPEN_PADDING,  /* blocks of padding more than must be */
    OPEN_DAMAGE,   /* enum open_damage, modulo their number */
    OPEN_WHERE,    /* an offset, big-endian */
    OPEN_WHAT = 6, /* what goes there */
    OPEN_FRONT_LEN
};

#define OPEN_FRAGMENT 0x80u

enum open_damage {
    OPEN_FLIP,      /* changes one octet */
    OPEN_CUT,       /* cuts the message, with lengths that agree */
    OPEN_EXTEND,    /* appends an octet, with lengths that agree */
    OPEN_OVERWRITE, /* writes the payloads over the sealed octets */
    OPEN_OTHER_KEY, /* opens it with another key */
    OPEN_RAW,       /* takes the payloads for a message */
    OPEN_DAMAGES
};

#endif
