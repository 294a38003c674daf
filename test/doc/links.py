#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""links.py FOLDER: every link and picture of the HTML files in FOLDER leads to a file there, and to a place in it."""
import html.parser
import os
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    """The places of a page, and where its links lead."""

    def __init__(self, path):
        super().__init__()
        self.places, self.links = set(), []
        with open(path, encoding="utf-8") as file:
            self.feed(file.read())

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.places.add(value)
            elif name in ("href", "src", "data") and value:
                self.links.append(value)


folder = sys.argv[1]
pages = {name: Page(os.path.join(folder, name)) for name in os.listdir(folder) if name.endswith(".html")}
wrong, within = [], 0
for name, page in pages.items():
    for link in page.links:
        target = urllib.parse.urlsplit(link)
        if target.scheme:
            continue
        within += 1
        path = urllib.parse.unquote(target.path) or name
        place = urllib.parse.unquote(target.fragment)
        if not os.path.exists(os.path.join(folder, path)):
            wrong.append(f"{name}: there is no {path}")
        elif place and path in pages and place not in pages[path].places:
            wrong.append(f"{name}: there is no {place} in {path}")
if wrong:
    sys.exit("\n".join(wrong))
if within < 100:
    sys.exit(f"only {within} links were found: this test sees nothing")
