"""Sites from the package's table and from the user's files."""

from __future__ import annotations

import pytest

from venus_analysis.collect.sites import read_sites, site_in_name
from venus_analysis.errors import InputError


def test_the_six_ceos_sites_are_there_with_the_published_centre_of_libya_4() -> None:
    sites = read_sites()
    assert {"Libya 1", "Libya 4", "Algeria 3", "Algeria 5", "Mauritania 1"} <= sites.keys()
    assert (sites["Libya 4"].latitude_deg, sites["Libya 4"].longitude_deg) == (28.55, 23.39)
    assert sites["Niger 1"].note == "coordinates unconfirmed"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "own.csv",
            "# mine\nsite, latitude_deg, longitude_deg, roi_km\nRailroad, 38.5, -115.7, 5\n",
        ),
        (
            "own.toml",
            '[[site]]\nname = "Railroad"\nlatitude_deg = 38.5\n'
            "longitude_deg = -115.7\nroi_km = 5\n",
        ),
    ],
)
def test_own_sites_in_either_format(tmp_path, name, text) -> None:
    path = tmp_path / name
    path.write_text(text)
    (site,) = read_sites(path).values()
    assert (site.name, site.latitude_deg, site.longitude_deg, site.roi_km) == (
        "Railroad",
        38.5,
        -115.7,
        5.0,
    )


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "site,latitude_deg,longitude_deg\nX,1,2\n", "no roi_km"),
        ("a.csv", "site,latitude_deg,longitude_deg,roi_km\nX,north,2,20\n", "numbers"),
        ("a.csv", "site,latitude_deg,longitude_deg,roi_km\nX,1,2,20\nX,1,3,20\n", "'X' twice"),
        ("a.csv", "site,latitude_deg,longitude_deg,roi_km\nX,1,2,20000\n", "give km"),
        ("a.csv", "site,latitude_deg,longitude_deg,roi_km\nX,nan,2,20\n", "finite"),
        ("a.csv", "site,latitude_deg,longitude_deg,roi_km\n", "received none"),
        ("a.toml", "[[site]\n", "TOML"),
        ("a.toml", "site = 3\n", "entries"),
    ],
)
def test_a_bad_table_says_what_is_wrong(tmp_path, name, text, said) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        read_sites(path)


def test_a_longer_name_wins_over_one_that_it_contains() -> None:
    assert site_in_name("S2A_LIBYA_10.csv", ["Libya 1", "Libya 10"]) == "Libya 10"
