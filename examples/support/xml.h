/* SPDX-License-Identifier: ISC */
/* Text in XML. */
#ifndef XML_H
#define XML_H

#include <stdio.h>

/* Writes `text` so that it stands for itself, in an attribute too. */
void xml_write(FILE *out, const char *text);

#endif
