"""`venus-analysis simulate`: synthetic data with planted truth on the command line."""

from __future__ import annotations

import json as json_module
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from venus_analysis.cli_options import Bands, Seed, above_zero
from venus_analysis.cli_sno import simulate_sno

app = typer.Typer(help="Make synthetic data with planted truth.", no_args_is_help=True)
app.command("sno")(simulate_sno)


class FileFormat(StrEnum):
    """How the scene is stored."""

    zarr = "zarr"
    zarr2 = "zarr2"
    netcdf = "netcdf"


class HaloKernel(StrEnum):
    """Shape of the halo."""

    exponential = "exponential"
    gaussian = "gaussian"
    power_law = "power-law"


class ProductLayout(StrEnum):
    """Layouts of L1 products."""

    muscate = "muscate"
    native = "native"


class PsfKernel(StrEnum):
    """Shape of the blur."""

    gaussian = "gaussian"
    exponential = "exponential"


@app.command("disk")
def simulate_disk(
    output: Annotated[Path, typer.Argument(help="GLOD netCDF to write.")],
    time: Annotated[str, typer.Option(help="UTC of the look.")] = "2019-02-16T02:00:00",
    diameter: Annotated[float, typer.Option(help="Diameter across the scan, pixels.")] = 200.0,
    oversampling: Annotated[float, typer.Option(help="Along-scan oversampling.")] = 1.3,
    ratio: Annotated[
        float, typer.Option(help="Ratio planted in the middle band.", callback=above_zero)
    ] = 0.97,
    seed: Seed = 1,
) -> None:
    """Write a SIMULATED Moon image in all VENµS bands; its planted ratios are printed.

    Example: venus-analysis simulate disk synthetic_moon.nc --ratio 0.98
    """
    from venus_analysis.collect.glod_export import write_glod
    from venus_analysis.simulate.look import simulate_look

    image = simulate_look(
        time, diameter_px=diameter, oversampling=oversampling, ratio=ratio, seed=seed
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    write_glod(output, image)
    planted = image["planted_ratio"].to_series()
    typer.echo(f"SIMULATED Moon image written: {output}")
    typer.echo("planted ratios: " + "  ".join(f"{b} {r:.4f}" for b, r in planted.items()))
    typer.echo("of the light 0.5 % is in a halo; `moon --halo fit` counts it beyond the mask too")


@app.command("scene")
def simulate_scene(
    output: Annotated[Path, typer.Argument(help="Folder to write to; made when absent.")],
    time: Annotated[str, typer.Option(help="UTC of the middle line.")] = "2019-02-22T16:00:00",
    phase: Annotated[
        float | None,
        typer.Option(help="Take the next time after --time with this phase, deg; waxing < 0."),
    ] = None,
    scale: Annotated[float, typer.Option(help="1: full size; 0.1: 520 columns.")] = 1.0,
    band: Bands = None,
    oversampling: Annotated[float, typer.Option(help="Along-scan oversampling.")] = 1.3,
    roll: Annotated[float, typer.Option(help="Roll angle, deg.")] = 0.2,
    ratio: Annotated[
        float, typer.Option(help="Ratio planted in the middle band.", callback=above_zero)
    ] = 0.97,
    psf: Annotated[PsfKernel, typer.Option(help="Shape of the blur.")] = PsfKernel.gaussian,
    halo: Annotated[HaloKernel, typer.Option(help="Shape of the halo.")] = HaloKernel.exponential,
    halo_fraction: Annotated[float, typer.Option(help="Share of light in the halo.")] = 0.012,
    hits: Annotated[float, typer.Option(help="Cosmic hits per megapixel.", min=0.0)] = 0.0,
    albedo: Annotated[
        Path | None,
        typer.Option(help="Equirectangular map of the Moon (PNG, TIFF, npy); else drawn."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of noise, rows and hits.", min=0)] = 1,
    camera_seed: Annotated[int, typer.Option(help="Seed of the camera and its GIPP.", min=0)] = 1,
    parameters: Annotated[
        Path | None, typer.Option(help="Folder of the GIPP files; scenes of a camera share it.")
    ] = None,
    file_format: Annotated[
        FileFormat, typer.Option("--format", help="Zarr version 3 or 2, or netCDF.")
    ] = FileFormat.zarr,
    json: Annotated[bool, typer.Option("--json", help="The written paths as JSON.")] = False,
) -> None:
    """Write a SIMULATED L1A scene of the Moon, its parameter files and its truth.

    Example: venus-analysis simulate scene synthetic --scale 0.1 --phase 45
    """
    from venus_analysis.simulate.albedo import read_albedo
    from venus_analysis.simulate.camera_settings import Detector, Optics
    from venus_analysis.simulate.orbit import time_of_phase
    from venus_analysis.simulate.scene import simulate_scene
    from venus_analysis.simulate.scene_files import write_scene
    from venus_analysis.simulate.scene_settings import BANDS, SceneSettings

    start = SceneSettings(time=time).moment
    settings = SceneSettings(
        time=start if phase is None else time_of_phase(phase, start),
        bands=tuple(band) if band else BANDS,
        scale=scale,
        oversampling=oversampling,
        roll_deg=roll,
        ratio=ratio,
        seed=seed,
        camera_seed=camera_seed,
        optics=Optics(psf_kernel=psf.value, halo_kernel=halo.value, halo_fraction=halo_fraction),
        detector=Detector(cosmic_hits_per_megapixel=hits),
    )
    scene = simulate_scene(settings, read_albedo(albedo) if albedo else None)
    files = write_scene(scene, output, file_format=file_format.value, parameters=parameters)
    written = {
        "scene": str(files.scene), "parameters": str(files.parameters), "truth": str(files.truth)
    }  # fmt: skip
    if json:
        typer.echo(json_module.dumps({"simulated": 1, **written}))
        return
    for name, path in written.items():
        typer.echo(f"SIMULATED {name}: {path}")


@app.command("l1c")
def simulate_l1c(
    output: Annotated[Path, typer.Argument(help="Folder to write to; made when absent.")],
    layout: Annotated[
        ProductLayout, typer.Option(help="Layout of the files.")
    ] = ProductLayout.muscate,
    site: Annotated[str, typer.Option(help="Site in the middle of the image.")] = "Libya 4",
    time: Annotated[str, typer.Option(help="UTC of the acquisition.")] = "2019-02-04T08:34:37",
    gain: Annotated[
        float, typer.Option(help="Factor on all reflectances.", callback=above_zero)
    ] = 1.0,
    sampling: Annotated[
        float, typer.Option(help="Size of a pixel, m; real ones have 5.", callback=above_zero)
    ] = 60.0,
    seed: Seed = 1,
) -> None:
    """Write a SIMULATED L1 product of a desert site, with cloud, saturation and defects.

    Example: venus-analysis simulate l1c synthetic_products --site "Algeria 3" --layout native
    """
    from venus_analysis.collect.check import utc_time
    from venus_analysis.collect.sites import read_sites
    from venus_analysis.errors import UsageError
    from venus_analysis.simulate.l1c_product import DESERT, L1cScene, write_l1c_product

    sites = read_sites()
    if site not in sites:
        raise UsageError(f"--site: expected one of {', '.join(sites)}, received {site!r}")
    pixels = int(22_000.0 / sampling)
    scene = L1cScene(
        latitude_deg=sites[site].latitude_deg,
        longitude_deg=sites[site].longitude_deg,
        time=utc_time("--time", time),
        lines=pixels,
        columns=pixels,
        sampling_m=sampling,
        reflectance=tuple(gain * value for value in DESERT),
        defective=(0, pixels // 3, pixels, 1),
        seed=seed,
    )
    typer.echo(f"SIMULATED product: {write_l1c_product(output, layout.value, scene)}")


@app.command("mission")
def simulate_mission(
    folder: Annotated[Path, typer.Argument(help="Empty folder to write to; made when absent.")],
    seed: Seed = 1,
    scenes: Annotated[int, typer.Option(help="Looks that also become small scenes.", min=0)] = 0,
    good: Annotated[
        bool, typer.Option("--good", help="No faults: updates fully applied, no steps.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="The written paths as JSON.")] = False,
) -> None:
    """Write a SIMULATED mission 2018-2024: ledger, parameter files, events, statistics, truth.

    Example: venus-analysis simulate mission synthetic_mission --scenes 2
    """
    from venus_analysis.simulate.mission import simulate_mission
    from venus_analysis.simulate.mission_settings import MissionSettings, good_mission

    settings = good_mission(seed) if good else MissionSettings(seed=seed)
    files = simulate_mission(folder, settings, scenes=scenes)
    written = {
        "ledger": str(files.ledger),
        "parameters": str(files.parameters),
        "events": str(files.events),
        "truth": str(files.truth),
        "statistics": str(files.statistics),
    }
    if json:
        found = {"simulated": 1, **written, "rows": files.rows}
        typer.echo(json_module.dumps(found | {"scenes": list(map(str, files.scenes))}))
        return
    for name, path in written.items():
        typer.echo(f"SIMULATED {name}: {path}" + (f" ({files.rows} rows)" * (name == "ledger")))
    for scene in files.scenes:
        typer.echo(f"SIMULATED scene: {scene}")


class Reference(StrEnum):
    """Reference sensors of the desert simulator."""

    meris = "MERIS"
    s2a = "S2A"


@app.command("desert")
def simulate_desert(
    folder: Annotated[Path, typer.Argument(help="Folder to write to; made when absent.")],
    site: Annotated[
        list[str] | None, typer.Option(help="Only this site; may be given again. Default: all 5.")
    ] = None,
    reference: Annotated[Reference, typer.Option(help="Reference sensor.")] = Reference.meris,
    gain: Annotated[
        float, typer.Option(help="Planted measured / modelled at launch.", callback=above_zero)
    ] = 0.98,
    seed: Seed = 1,
    json: Annotated[bool, typer.Option("--json", help="The written paths as JSON.")] = False,
) -> None:
    """Write SIMULATED desert observations of VENµS and a reference, and their truth.

    Drift, parameter updates and events are those of `simulate mission` of the same seed.

    Example: venus-analysis simulate desert synthetic_desert --site "Libya 4" --gain 0.97
    """
    from venus_analysis.simulate.desert_files import write_desert
    from venus_analysis.simulate.desert_settings import DesertSeriesSettings
    from venus_analysis.simulate.mission_settings import MissionSettings

    mission = MissionSettings(seed=seed)
    sites = site or [one.site for one in mission.desert.sites]
    asked = [
        DesertSeriesSettings(mission, site=one, reference=reference.value, gain=gain)
        for one in sites
    ]
    written = {
        one.site: {kind: str(path) for kind, path in vars(write_desert(folder, one)).items()}
        for one in asked
    }
    if json:
        typer.echo(json_module.dumps({"simulated": 1, "sites": written}))
        return
    for name, paths in written.items():
        for kind, path in paths.items():
            typer.echo(f"SIMULATED {name} {kind}: {path}")
