#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""schema.py SCHEMA --members: prints the names of all members in the schema.
schema.py SCHEMA DIRECTORY: validates DIRECTORY/COMMAND-NUMBER.json, what that
command printed; also ….lines, of which each line is JSON. Prints what is wrong.

A member that the schema doesn't have is wrong, although the schema itself permits
it: scripts must expect members of later versions.
"""
import glob
import json
import os
import sys

import jsonschema


def close(part):
    """No other members than those that are listed."""
    if isinstance(part, dict):
        if part.get("type") == "object" and "properties" in part:
            part.setdefault("additionalProperties", False)
        for inner in part.values():
            close(inner)


def names(part):
    if isinstance(part, dict):
        if part.get("type") == "object":
            yield from part.get("properties", {})
        for inner in part.values():
            yield from names(inner)


def documents(path):
    with open(path, encoding="utf-8") as file:
        if path.endswith(".lines"):
            for line in file:
                yield json.loads(line)
        else:
            yield json.load(file)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    if sys.argv[2] == "--members":
        print("\n".join(sorted(set(names(schema)))))
        return
    close(schema)
    for path in sorted(glob.glob(sys.argv[2] + "/*")):
        command = os.path.basename(path).split("-")[0]
        wanted = {"$ref": "#/definitions/" + command,
                  "definitions": schema["definitions"]}
        validator = jsonschema.Draft7Validator(wanted)
        try:
            for document in documents(path):
                for error in validator.iter_errors(document):
                    best = jsonschema.exceptions.best_match([error])
                    print(os.path.basename(path), list(best.absolute_path),
                          best.message[:800])
        except ValueError as error:
            print(os.path.basename(path), "is not JSON:", error)


main()
