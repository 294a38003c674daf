/* SPDX-License-Identifier: ISC */
/* What the tools that look at lib/ have to find: never compiled into anything. */
#include <stdio.h>
#include <stdlib.h>

int dereference(int *at, int n)
{
    if (at == NULL && n > 3) {
        n++;
    }
    at = n > 7 ? NULL : at;
    return n > 9 ? *at : 0;
}

void leak(void)
{
    char *octets = malloc(3);

    if (octets != NULL) {
        octets[0] = 0;
    }
}

int clone(int n)
{
    if (n > 3) {
        return n + 1;
    } else {
        return n + 1;
    }
}

int unchecked(const char *text)
{
    return atoi(text);
}

int beyond(void)
{
    int numbers[4] = {1, 2, 3, 4};

    return numbers[4];
}

int winding(int a, int b, int c)
{
    for (int i = 0; i < a; i++) {
        if (i > b) {
            for (int k = 0; k < c; k++) {
                if (k > i && k > b) {
                    while (k < a) {
                        k += i == 2 ? 1 : 2;
                    }
                }
            }
        }
    }
    return a;
}
