# SPDX-License-Identifier: MIT
"""Holds documents against the schemas of the tree.

    validate.py SCHEMAS_DIR DOCUMENT...

The schemas allow members that they do not name, because new ones may come without a new version.
Here nothing may be there that they do not name: what a command prints, a schema says.  Prints every
disagreement; exits 1 if there was one.
"""
import json
import pathlib
import sys

import jsonschema


def close(schema):
    """Forbids what is not named, in every object that names something."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema["additionalProperties"] = False
        for part in schema.values():
            close(part)
    elif isinstance(schema, list):
        for part in schema:
            close(part)
    return schema


def read_schemas(folder):
    schemas = {}
    for path in sorted(pathlib.Path(folder).glob("*.schema.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        if schema["$id"] != path.name:
            sys.exit(f"{path}: $id is {schema['$id']}, expected {path.name}")
        schemas[path.name] = close(schema)
    return schemas


def schema_of(document, schemas):
    """mminit-run/1 is described by run.schema.json."""
    name = str(document.get("schema")).removeprefix("mminit-").split("/")[0]
    return schemas.get(f"{name}.schema.json")


def complaints(document, schemas):
    schema = schema_of(document, schemas)
    if schema is None:
        return [f"no schema for {document.get('schema')}"]
    resolver = jsonschema.RefResolver("", schema, store=schemas)
    errors = jsonschema.Draft202012Validator(schema, resolver=resolver).iter_errors(document)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors]


def main(folder, *files):
    schemas = read_schemas(folder)
    failed = False
    for file in files:
        with open(file, encoding="utf-8") as stream:
            for complaint in complaints(json.load(stream), schemas)[:10]:
                print(f"{file}: {complaint}")
                failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
