/* ikelive exchange: the run of one outstanding request through its schedule.
 * SPDX-License-Identifier: ISC */
#include <ikelive/exchange.h>

/* Where the next wait counts from: the moment that was planned, unless the tick came too late for that. */
static ikl_time count_from(ikl_time planned, ikl_time now, uint32_t slack)
{
    return now <= ikl_time_after(planned, slack) ? planned : now;
}

/* The end of a wait that begins in the tick at `now`; never in that same tick. */
static ikl_time wait_ends(ikl_time from, uint32_t wait, ikl_time now)
{
    return ikl_time_later(ikl_time_after(from, wait), ikl_time_after(now, 1));
}

void ikl_exchange_begin(struct ikl_exchange *exchange, const struct ikl_schedule *schedule, uint8_t type,
                        uint32_t message_id, ikl_time due, ikl_time now, uint32_t slack, uint32_t random)
{
    ikl_time from = count_from(ikl_time_earlier(due, now), now, slack);
    uint32_t wait = ikl_schedule_jittered_wait(schedule, 0, random);

    *exchange = (struct ikl_exchange){
        .first_sent = now, .deadline = wait_ends(from, wait, now), .message_id = message_id, .type = type};
}

int ikl_exchange_resume(struct ikl_exchange *exchange, const struct ikl_schedule *schedule, uint8_t type,
                        uint32_t message_id, ikl_time first_sent, uint32_t attempt, ikl_time deadline)
{
    if (ikl_schedule_wait(schedule, attempt) == 0) {
        return IKL_ERR_INVALID;
    }
    *exchange = (struct ikl_exchange){.first_sent = first_sent,
                                      .deadline = deadline,
                                      .message_id = message_id,
                                      .attempt = (uint16_t)attempt,
                                      .type = type};
    return IKL_OK;
}

enum ikl_exchange_step ikl_exchange_tick(struct ikl_exchange *exchange, const struct ikl_schedule *schedule,
                                         ikl_time now, uint32_t slack, uint32_t random)
{
    ikl_time from;

    if (now < exchange->deadline) {
        return IKL_EXCHANGE_WAIT;
    }
    from = count_from(exchange->deadline, now, slack);
    if (ikl_schedule_wait(schedule, exchange->attempt + 1u) != 0) {
        exchange->attempt++;
    } else if (from == exchange->deadline || exchange->extended) {
        return IKL_EXCHANGE_GIVE_UP;
    } else {
        exchange->extended = true;
    }
    exchange->deadline = wait_ends(from, ikl_schedule_jittered_wait(schedule, exchange->attempt, random), now);
    return IKL_EXCHANGE_SEND;
}

void ikl_exchange_hold(struct ikl_exchange *exchange, const struct ikl_schedule *schedule, ikl_time now)
{
    exchange->deadline = wait_ends(now, ikl_schedule_wait(schedule, exchange->attempt), now);
}

uint32_t ikl_exchange_sends(const struct ikl_exchange *exchange)
{
    return exchange->attempt + 1u + (exchange->extended ? 1u : 0u);
}
