"""What residuals depend on, in words: a difference of sites is not taken for a dependence."""

from __future__ import annotations

import numpy as np

from venus_analysis.compute.dependence import Dependence, dependence
from venus_analysis.report.residual_tables import dependence_headline, dependence_table

NOISE = np.random.default_rng(5)
AXIS = "view_zenith_deg"


def of_sites(slope: float, reach: float) -> Dependence:
    """Three sites of unlike level and angle; each looks over a range of angles, or at one."""
    site = np.repeat(["Algeria 3", "Libya 4", "Niger 2"], 200)
    angle = np.repeat([16.0, 9.0, 28.0], 200) + NOISE.uniform(0.0, 1.0, 600) * reach
    level = np.repeat([0.0, -0.02, 0.01], 200)
    return dependence(angle, level + slope * angle + 0.005 * NOISE.standard_normal(600), site)


def test_a_difference_of_sites_only_is_said_to_be_one() -> None:
    found = {"B2": of_sites(0.0, 0.0)}
    said = dependence_headline(found, AXIS, 600)
    assert "view zenith angle cannot be told from a difference of sites" in said
    assert "depends on" not in said
    table = dependence_table(found, AXIS, {})
    assert "none where no site has looks enough at two values of it" in table
    assert "0.00 %" not in table


def test_a_dependence_within_sites_is_said_to_be_one() -> None:
    said = dependence_headline({"B2": of_sites(5e-4, 15.0)}, AXIS, 600)
    assert "depends on view zenith angle within sites" in said
    said = dependence_headline({"B2": of_sites(0.0, 15.0)}, AXIS, 600)
    assert "no sure dependence on view zenith angle within sites" in said
