/* SPDX-License-Identifier: ISC */
/* ikelive once: what headers have in line, in a build for size: there it is here alone. */
#define IKL_ONCE
#include "crypto/sk.h"
#include "sa/address.h"
#include "sa/call.h"
#include "sa/evidence.h"
#include "sa/protect.h"
#include "sa/request.h"
