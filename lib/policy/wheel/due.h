/* SPDX-License-Identifier: ISC */
/* ikelive due: takes the first timer that is due, in line where there are wheels. */
#ifndef IKL_DUE_H
#define IKL_DUE_H

#ifndef IKL_WITHOUT_WHEEL
#include "policy/wheel/wheel.h"
#else
#include <ikelive/wheel.h>

#define ikl_wheel_take_due ikl_wheel_expire_within
#endif

#endif
