# libreswan's pluto as the far host. Read by run; bash.
# SPDX-License-Identifier: ISC

# shellcheck shell=bash disable=SC2154,SC2034

libreswan_suites=
libreswan_need() { true; }
libreswan_prepare() { false; }
