/* SPDX-License-Identifier: ISC */
/* ikelive sa: which IKE SA took the place of which: a REKEYED IKE SA has an heir until either is gone. */
#include "sa.h"

static struct ikl_sa *sa_at(const struct ikl_sa *sa, uint32_t index)
{
    return index != IKL_NONE ? ikl_slab_at(&sa->endpoint->sas, index) : NULL;
}

void ikl_sa_add_forebear(struct ikl_sa *heir, struct ikl_sa *forebear)
{
    forebear->heir = heir->self;
    forebear->next_forebear = heir->first_forebear;
    heir->first_forebear = forebear->self;
}

/* The IKE SAs whose heir `from` was get `to` as their heir. */
void ikl_sa_move_forebears(struct ikl_sa *from, struct ikl_sa *to)
{
    while (from->first_forebear != IKL_NONE) {
        struct ikl_sa *forebear = sa_at(from, from->first_forebear);

        from->first_forebear = forebear->next_forebear;
        ikl_sa_add_forebear(to, forebear);
    }
}

struct ikl_sa *ikl_sa_heir(const struct ikl_sa *sa)
{
    return sa_at(sa, sa->heir);
}

void ikl_sa_leave_heir(struct ikl_sa *sa)
{
    struct ikl_sa *heir = ikl_sa_heir(sa);
    uint32_t *link;

    if (heir == NULL) {
        return;
    }
    link = &heir->first_forebear;
    while (*link != sa->self) {
        link = &sa_at(sa, *link)->next_forebear;
    }
    *link = sa->next_forebear;
    sa->heir = IKL_NONE;
    sa->next_forebear = IKL_NONE;
}

/* One that has an heir has none: they got that heir too. */
void ikl_sa_disown_forebears(struct ikl_sa *sa)
{
    while (sa->heir == IKL_NONE && sa->first_forebear != IKL_NONE) {
        ikl_sa_leave_heir(sa_at(sa, sa->first_forebear));
    }
}
