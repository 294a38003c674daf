/* SPDX-License-Identifier: ISC */
/* ikelive field: the name of a field that is wrong in a struct of a host. Without names each is called "field". */
#ifndef IKL_FIELD_H
#define IKL_FIELD_H

#ifdef IKL_WITHOUT_NAMES
#define IKL_FIELD(name) "field"
#else
#define IKL_FIELD(name) (name)
#endif

#endif
