/* SPDX-License-Identifier: ISC */
/* ikeping --conformance --junit: test cases in XML, as JUnit writes them. A check that cannot tell is a skipped
 * case. */
#include "outcome.h"

#include "checks.h"

#include "../../support/xml.h"

#include <stdlib.h>

static void write_attribute(FILE *out, const char *name, const char *value)
{
    fprintf(out, " %s=\"", name);
    xml_write(out, value);
    fputc('"', out);
}

static void write_failure(FILE *out, const struct outcome *outcome)
{
    fputs("    <failure", out);
    write_attribute(out, "message", outcome->why);
    fputs(">", out);
    for (size_t i = 0; i < 2; i++) {
        char *text = outcome_shown(&outcome->shown[i]);

        if (text != NULL) {
            xml_write(out, text);
        }
        free(text);
    }
    fputs("</failure>\n", out);
}

static void write_measured(FILE *out, const struct measured *measured)
{
    if (measured->n_waits == 0) {
        return;
    }
    fputs("    <properties>\n      <property name=\"peer_waits\" value=\"", out);
    for (size_t i = 0; i < measured->n_waits; i++) {
        fprintf(out, "%s%.3f", i == 0 ? "" : ",", (double)measured->waits[i] / 1000);
    }
    fputs("\"/>\n", out);
    if (measured->verdict != 0) {
        fprintf(out, "      <property name=\"peer_gives_up_after\" value=\"%.3f\"/>\n",
                (double)measured->verdict / 1000);
    }
    fputs("    </properties>\n", out);
}

static void write_case(FILE *out, const struct outcome *outcome)
{
    fputs("  <testcase", out);
    write_attribute(out, "classname", outcome->area);
    write_attribute(out, "name", outcome->check->name);
    fprintf(out, " time=\"%.3f\">\n", outcome->seconds);
    write_measured(out, &outcome->measured);
    if (outcome->verdict == VERDICT_FAIL) {
        write_failure(out, outcome);
    } else if (outcome->verdict == VERDICT_UNCLEAR) {
        fputs("    <skipped", out);
        write_attribute(out, "message", outcome->why);
        fputs("/>\n", out);
    }
    fputs("    <system-out>", out);
    xml_write(out, outcome->number);
    fputs(" ", out);
    xml_write(out, outcome->check->sentence);
    fprintf(out, " (%s)</system-out>\n  </testcase>\n", outcome->check->section);
}

void junit_write(FILE *out, const struct outcomes *outcomes)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite", out);
    write_attribute(out, "name", "ikeping --conformance");
    write_attribute(out, "hostname", outcomes->peer);
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n", outcomes->n, outcomes->failed,
            outcomes->unclear);
    for (size_t i = 0; i < outcomes->n; i++) {
        write_case(out, &outcomes->each[i]);
    }
    fputs("</testsuite>\n", out);
}
