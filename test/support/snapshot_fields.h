/* SPDX-License-Identifier: ISC */
/* The records of a snapshot, for tests that change one. */
#ifndef SNAPSHOT_FIELDS_H
#define SNAPSHOT_FIELDS_H

/* Where fields stand in their records. */
enum {
    SA_SPI_I = 0,
    SA_SPI_R = 8,
    SA_EPOCH = 16,
    SA_IVS = 32,
    SA_STATE = 43,
    SA_REACHABILITY,
    SA_SUSPECT_AFTER,
    SA_NEXT = 50,
    SA_UNANSWERED = 54,
    SA_ANSWERED = 58,
    SA_SEND_SIZE = 62,
    SA_LOWEST,
    SA_BEYOND = 67,
    SA_ABOVE = 71,
    SA_RECEIVE_SIZE = 75,
    SA_IDLE = 84,
    SA_POLICY = 90,
    SA_SMOOTHED = 155,
    SA_SAMPLES = 159,
    SA_STALE = 161,
    SA_DEVIATION,
    SA_LARGEST = 166,
    SA_UNTIL = 168,
    CHILD_PROTOCOL = 0,
    CHILD_SPI_IN,
    CHILD_SPI_OUT = 5,
    CHILD_HEIR = 27,
    MONITOR_AT = 43,
    MONITOR_NOT_BEFORE = 59,
    MONITOR_PROBE = 71,
    MONITOR_TARGETS = 73,
    MONITOR_LATE = 75,
    MONITOR_ROW = 79,
    MONITOR_DOWNS,
    MONITOR_STATE,
    MONITOR_RENEWALS,
    MONITOR_FLAGS,
    REQUEST_KIND = 0,
    REQUEST_FLAGS = 4,
    REQUEST_FIRST_SENT = 6,
    REQUEST_ID = 22,
    REQUEST_SENDS = 30,
    REQUEST_ATTEMPT = 34,
    REQUEST_TIMEOUT = 37,
    REQUEST_EARLY,
    REQUEST_RUN_FLAGS = 40,
    RESPONSE_ID = 1,
    SYNC_AGREED = 0
};

#endif
