"""Columns of the ledger: complete, unambiguous, and tied to the schema version."""

import hashlib

from venus_analysis import schema

# One line per released version, never changed afterwards.
FINGERPRINTS = {1: "bb955aa99e6dcd93", 2: "2a228692793006c7"}


def test_names_are_unique_and_described() -> None:
    assert len(set(schema.NAMES)) == len(schema.COLUMNS)
    for column in schema.COLUMNS:
        assert column.sentence.endswith("."), column.name
        assert column.unit or column.kind != "float", f"{column.name} has no unit"


def test_key_is_the_one_the_ledger_promises() -> None:
    assert schema.KEY == (
        "instrument",
        "acquisition_id",
        "band",
        "method",
        "site",
        "reference",
        "reference_acquisition_id",
        "parameter_digest",
        "configuration",
    )
    assert (*schema.KEY, "run_id") == schema.IDENTITY
    assert set(schema.KEY) >= schema.MAY_BE_EMPTY


def test_columns_do_not_change_without_a_new_version() -> None:
    text = ",".join(f"{column.name}:{column.kind}" for column in schema.COLUMNS)
    found = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    assert found == FINGERPRINTS[schema.SCHEMA_VERSION], (
        f"the columns changed (now {found}): once version {schema.SCHEMA_VERSION} is released, "
        "raise SCHEMA_VERSION, add to RENAMED if a name changed, and add a line here"
    )


def test_every_older_version_can_be_named() -> None:
    assert all(1 <= version < schema.SCHEMA_VERSION for version in schema.RENAMED)
    assert set(schema.EMPTY) == {column.kind for column in schema.COLUMNS}


STATISTICS_FINGERPRINTS = {1: "847899a4bd24677e"}


def test_statistics_columns_extend_the_ledger_s_and_keep_their_version() -> None:
    assert schema.STATISTICS[: len(schema.COLUMNS)] == schema.COLUMNS
    names = [column.name for column in schema.STATISTICS]
    assert len(set(names)) == len(names)
    for column in schema.STATISTICS_COLUMNS:
        assert column.sentence.endswith("."), column.name
        assert column.unit or column.kind != "float", f"{column.name} has no unit"
        assert not column.key
    text = ",".join(f"{column.name}:{column.kind}" for column in schema.STATISTICS_COLUMNS)
    found = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    assert found == STATISTICS_FINGERPRINTS[schema.STATISTICS_VERSION], found
