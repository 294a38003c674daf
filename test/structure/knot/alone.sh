#!/bin/sh
# SPDX-License-Identifier: ISC
# Is run by nobody, which scripts.sh has to reject.
exit 1
