/* ikelive exchange: the run of one outstanding request through its schedule.
 * SPDX-License-Identifier: ISC
 *
 * The policy:
 *   A request is sent, and sent again whenever a wait of its schedule ends without an answer. When the last wait ends,
 *   it is given up, and that is the verdict over the peer. The verdict says "repeated attempts to contact it have gone
 *   unanswered" (RFC 7296 §2.4), so it must not fall over a peer of which we know better:
 *
 *   - Whoever was heard since the last send is alive. Our requests or its answers are lost, and a Message ID cannot be
 *     skipped; so the request goes out once more at once, when the path works again by what we hear. In the last wait,
 *     after which there would be no more chance, the whole schedule runs once more. Traffic of Child SAs is not told as
 *     it comes, but looked at before the verdict; the second run then counts from it.
 *   - That happens once for each request, and a single send is added once for each wait and not within the first wait
 *     of the schedule after a send: a peer that talks but never answers is given up in twice the time, and cannot make
 *     us send more than twice as often.
 *   - Whoever moved is asked anew along the new path, from the beginning of the schedule (RFC 4555 §3.5): what was sent
 *     along the old one says nothing about it. A peer that moves on and on gets three new chances a request.
 *   - A late tick is no verdict: the host slept, and the peer's answer may have been lost meanwhile.
 *
 *   Only an answer ends a run well; nothing else stops or shortens it. */
#include <ikelive/exchange.h>

static const uint32_t MAX_SENDS = (1u << 30) - 1;

/* The end of a wait that begins at `now`; never in that same tick. */
static ikl_time wait_ends(ikl_time planned, ikl_time now)
{
    return ikl_time_later(planned, ikl_time_after(now, 1));
}

static void set_deadline(struct ikl_exchange *exchange, ikl_time deadline, ikl_time sent)
{
    ikl_time lead = deadline > sent ? deadline - sent : 0;

    exchange->deadline = deadline;
    exchange->lead = lead < UINT32_MAX ? (uint32_t)lead : UINT32_MAX;
}

/* The request is sent at `now` and waits, as after `attempt` waits, until `planned`. */
static void sent(struct ikl_exchange *exchange, uint32_t attempt, ikl_time planned, ikl_time now)
{
    exchange->attempt = (uint16_t)attempt;
    exchange->resent = false;
    set_deadline(exchange, wait_ends(planned, now), now);
}

static void count(struct ikl_exchange *exchange)
{
    if (exchange->sends < MAX_SENDS) {
        exchange->sends++;
    }
}

static enum ikl_exchange_step from_the_beginning(struct ikl_exchange *exchange, const struct ikl_schedule *schedule,
                                                 ikl_time now, uint32_t random)
{
    count(exchange);
    sent(exchange, 0, ikl_time_after(now, ikl_schedule_jittered_wait(schedule, 0, random)), now);
    return IKL_EXCHANGE_SEND;
}

void ikl_exchange_begin(struct ikl_exchange *exchange, const struct ikl_schedule *schedule, uint8_t type,
                        uint32_t message_id, ikl_time due, ikl_time now, uint32_t slack, uint32_t random)
{
    ikl_time planned = ikl_time_earlier(due, now);
    ikl_time from = now <= ikl_time_after(planned, slack) ? planned : now;

    *exchange = (struct ikl_exchange){.first_sent = now, .message_id = message_id, .sends = 1, .type = type};
    sent(exchange, 0, ikl_time_after(from, ikl_schedule_jittered_wait(schedule, 0, random)), now);
}

int ikl_exchange_resume(struct ikl_exchange *exchange, const struct ikl_schedule *schedule, uint8_t type,
                        uint32_t message_id, ikl_time first_sent, uint32_t attempt, ikl_time deadline)
{
    uint32_t wait = ikl_schedule_wait(schedule, attempt);
    ikl_time began = deadline > wait ? deadline - wait : 0;

    if (wait == 0) {
        return IKL_ERR_INVALID;
    }
    *exchange = (struct ikl_exchange){.first_sent = first_sent,
                                      .message_id = message_id,
                                      .sends = (attempt + 1) & MAX_SENDS,
                                      .attempt = (uint16_t)attempt,
                                      .type = type};
    set_deadline(exchange, deadline, ikl_time_later(began, first_sent));
    return IKL_OK;
}

bool ikl_exchange_take_over(struct ikl_exchange *exchange, const struct ikl_schedule *schedule, ikl_time now)
{
    ikl_time latest = ikl_time_after(now, ikl_schedule_wait(schedule, exchange->attempt));
    bool future = exchange->first_sent > now || exchange->deadline > latest;

    exchange->first_sent = ikl_time_earlier(exchange->first_sent, now);
    set_deadline(exchange, ikl_time_earlier(exchange->deadline, latest), now);
    return future;
}

bool ikl_exchange_is_last(const struct ikl_exchange *exchange, const struct ikl_schedule *schedule)
{
    return exchange->attempt + 1u >= schedule->tries;
}

/* The schedule runs once more, as if it had begun at `base`: on with the first wait of it that is not over. */
static enum ikl_exchange_step run_again(struct ikl_exchange *exchange, const struct ikl_schedule *schedule,
                                        ikl_time base, ikl_time now, uint32_t random)
{
    uint32_t k = 0;
    ikl_time ends = ikl_time_after(base, ikl_schedule_wait(schedule, 0));

    while (ends <= now && k + 1u < schedule->tries) {
        ends = ikl_time_after(ends, ikl_schedule_wait(schedule, ++k));
    }
    if (ends <= now) {
        return from_the_beginning(exchange, schedule, now, random);
    }
    count(exchange);
    sent(exchange, k, ends - (ikl_schedule_wait(schedule, k) - ikl_schedule_jittered_wait(schedule, k, random)), now);
    return IKL_EXCHANGE_SEND;
}

/* The last wait is over. */
static enum ikl_exchange_step verdict(struct ikl_exchange *exchange, const struct ikl_schedule *schedule,
                                      ikl_time evidence, ikl_time now, bool late, uint32_t random)
{
    evidence = ikl_time_earlier(evidence, now);
    if (evidence > ikl_exchange_last_sent(exchange) && !exchange->again) {
        exchange->again = true;
        return run_again(exchange, schedule, late ? now : evidence, now, random);
    }
    if (!late || exchange->extended) {
        return IKL_EXCHANGE_GIVE_UP;
    }
    exchange->extended = true;
    count(exchange);
    sent(exchange, exchange->attempt,
         ikl_time_after(now, ikl_schedule_jittered_wait(schedule, exchange->attempt, random)), now);
    return IKL_EXCHANGE_SEND;
}

enum ikl_exchange_step ikl_exchange_tick_evidence(struct ikl_exchange *exchange, const struct ikl_schedule *schedule,
                                                  ikl_time evidence, ikl_time now, uint32_t slack, uint32_t random)
{
    uint32_t next = exchange->attempt + 1u;
    bool late = now > ikl_time_after(exchange->deadline, slack);

    if (now < exchange->deadline) {
        return IKL_EXCHANGE_WAIT;
    }
    if (ikl_exchange_is_last(exchange, schedule)) {
        return verdict(exchange, schedule, evidence, now, late, random);
    }
    count(exchange);
    sent(exchange, next,
         ikl_time_after(late ? now : exchange->deadline, ikl_schedule_jittered_wait(schedule, next, random)), now);
    return IKL_EXCHANGE_SEND;
}

enum ikl_exchange_step ikl_exchange_tick(struct ikl_exchange *exchange, const struct ikl_schedule *schedule,
                                         ikl_time now, uint32_t slack, uint32_t random)
{
    return ikl_exchange_tick_evidence(exchange, schedule, 0, now, slack, random);
}

enum ikl_exchange_step ikl_exchange_heard(struct ikl_exchange *exchange, const struct ikl_schedule *schedule,
                                          ikl_time now, uint32_t random)
{
    /* a wait that is over is the tick's, else two sends could come at once */
    if (now >= exchange->deadline ||
        now < ikl_time_after(ikl_exchange_last_sent(exchange), ikl_schedule_wait(schedule, 0))) {
        return IKL_EXCHANGE_WAIT;
    }
    if (ikl_exchange_is_last(exchange, schedule) && !exchange->again) {
        exchange->again = true;
        return from_the_beginning(exchange, schedule, now, random);
    }
    if (exchange->resent) {
        return IKL_EXCHANGE_WAIT;
    }
    exchange->resent = true;
    count(exchange);
    set_deadline(exchange, exchange->deadline, now);
    return IKL_EXCHANGE_SEND;
}

enum ikl_exchange_step ikl_exchange_moved(struct ikl_exchange *exchange, const struct ikl_schedule *schedule,
                                          bool followed, ikl_time now, uint32_t random)
{
    if (followed && exchange->followed == IKL_EXCHANGE_MAX_FOLLOWED) {
        return IKL_EXCHANGE_WAIT;
    }
    if (followed) {
        exchange->followed++;
    }
    return from_the_beginning(exchange, schedule, now, random);
}

void ikl_exchange_hold(struct ikl_exchange *exchange, const struct ikl_schedule *schedule, ikl_time now)
{
    sent(exchange, exchange->attempt, ikl_time_after(now, ikl_schedule_wait(schedule, exchange->attempt)), now);
}

void ikl_exchange_put_off(struct ikl_exchange *exchange, ikl_time until)
{
    if (until > exchange->deadline) {
        set_deadline(exchange, until, ikl_exchange_last_sent(exchange));
    }
}

uint32_t ikl_exchange_sends(const struct ikl_exchange *exchange)
{
    return exchange->sends;
}

ikl_time ikl_exchange_last_sent(const struct ikl_exchange *exchange)
{
    return exchange->deadline - exchange->lead;
}
