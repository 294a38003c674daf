/* SPDX-License-Identifier: ISC */
/* From any valid ring of tombstones, a Delete that comes again gets its answer just when its tombstone is there, has
 * not expired and has an answer left; a new tombstone takes the place of the oldest, and of no other; none is found
 * by an SPI that another IKE SA has. The ring stays valid. The table of SPIs does what its own proof says of it.
 *
 * bounds: rings of 3 tombstones; a new one has the last place, and an answer of up to 8 octets
 * each: -DASKED -DENDED=2 -DUSED
 * cbmc: --unwind 5
 * fault: -DUSED lib/endpoint/tombstones.c s/if (tombstone != NULL) {/if (tombstone != NULL \&\& spi != 0) {/ */
#include "proof.h"

#include "endpoint/tombstones.c"

enum { RING = 3, MOST = 8 };

static struct ikl_tombstones *tombstones;
static bool listed[RING]; /* in the table of SPIs */
static uint64_t message_hash;

uint64_t ikl_keyed_hash(const uint64_t key[2], const uint8_t *data, size_t len)
{
    (void)key;
    (void)data;
    (void)len;
    return message_hash;
}

uint32_t ikl_spi_table_find(const struct ikl_spi_table *table, uint64_t spi, ikl_spi_of spi_of, const void *context)
{
    (void)table;
    (void)spi_of;
    (void)context;
    for (uint32_t i = 0; i < RING; i++) {
        if (listed[i] && tombstones->ring[i].spi == spi) {
            return i;
        }
    }
    return UINT32_MAX;
}

void ikl_spi_table_add(struct ikl_spi_table *table, uint64_t spi, uint32_t index)
{
    (void)table;
    prove(index < RING && !listed[index] && tombstones->ring[index].spi == spi);
    listed[index] = true;
}

void ikl_spi_table_remove(struct ikl_spi_table *table, uint64_t spi, uint32_t index)
{
    (void)table;
    prove(index < RING && listed[index] && tombstones->ring[index].spi == spi);
    listed[index] = false;
}

/* In the table are just those with answers left, and no SPI twice. */
static bool is_valid(void)
{
    for (uint32_t i = 0; i < RING; i++) {
        const struct tombstone *tombstone = &tombstones->ring[i];

        if (listed[i] != (tombstone->answers_left != 0) || tombstone->answers_left > MAX_ANSWERS ||
            tombstone->len > IKL_TOMBSTONE_ANSWER) {
            return false;
        }
        for (uint32_t k = 0; k < i; k++) {
            if (listed[i] && listed[k] && tombstone->spi == tombstones->ring[k].spi) {
                return false;
            }
        }
    }
    return tombstones->n == RING && tombstones->next < RING;
}

static void suppose_ring(void)
{
    tombstones = (struct ikl_tombstones *)any_octets(size_for(RING));
    for (uint32_t i = 0; i < RING; i++) {
        listed[i] = nondet_bool();
    }
    suppose(is_valid());
}

static bool has(uint32_t index, uint64_t spi, ikl_time now)
{
    return listed[index] && tombstones->ring[index].spi == spi && now < tombstones->ring[index].expires;
}

#if defined(ASKED)
static void step(uint32_t watched, ikl_time now)
{
    struct tombstone *tombstone = &tombstones->ring[watched], before = *tombstone;
    bool is_asked = has(watched, before.spi, now) && before.hash == message_hash;
    struct ikl_octets answer;

    prove(!has(watched, before.spi, now) || ikl_tombstones_has(tombstones, before.spi, now));
    answer = ikl_tombstones_asked(tombstones, before.spi, (struct ikl_octets){NULL, 0}, now);
    if (is_asked) {
        prove(answer.data == tombstone->answer && answer.len == before.len);
        prove(tombstone->answers_left == before.answers_left - 1);
    } else if (listed[watched]) {
        prove(answer.data == NULL && tombstone->answers_left == before.answers_left);
    }
}
#elif defined(ENDED)
static void step(uint32_t watched, ikl_time now)
{
    uint64_t spi = nondet_u64();
    size_t len = any_up_to(MOST);
    uint32_t oldest = ENDED;
    struct tombstone before = tombstones->ring[watched];
    bool had = listed[watched];

    tombstones->next = oldest;
    suppose(ikl_spi_table_find(&tombstones->spis, spi, NULL, NULL) == UINT32_MAX);
    ikl_tombstones_ended(tombstones, spi, message_hash, (struct ikl_octets){any_octets(len), len}, now);
    prove(ikl_tombstones_has(tombstones, spi, now) == (now < IKL_NEVER - 1));
    if (watched == oldest) {
        prove(tombstones->ring[watched].len == len && tombstones->ring[watched].answers_left == MAX_ANSWERS);
        prove(tombstones->next != oldest);
    } else {
        prove(listed[watched] == had && tombstones->ring[watched].spi == before.spi);
        prove(tombstones->ring[watched].answers_left == before.answers_left);
    }
}
#else
static void step(uint32_t watched, ikl_time now)
{
    uint64_t spi = nondet_u64();
    bool had = listed[watched];

    ikl_tombstones_spi_used(tombstones, spi);
    prove(!ikl_tombstones_has(tombstones, spi, now));
    prove(listed[watched] == (had && tombstones->ring[watched].spi != spi));
}
#endif

int main(void)
{
    uint32_t watched = nondet_u32() % RING;

    suppose_ring();
    message_hash = nondet_u64();
    step(watched, nondet_u64());
    prove(is_valid());
    return 0;
}
