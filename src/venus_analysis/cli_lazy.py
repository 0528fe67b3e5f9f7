"""Commands that are imported when they are asked for.

A command line of forty commands takes longer to be put together than a scene's
parameters to be read; only one of them runs.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Annotated, Any, ClassVar

import typer
from typer.core import TyperGroup
from typer.main import get_group


class LazyCommands(TyperGroup):
    """Group of commands that are named here and live in modules of their own.

    Examples
    --------
    >>> group = LazyCommands.of("venus_analysis", {"moon": "cli_moon:moon"})()
    >>> group.list_commands(None), group.commands
    (['moon'], {})
    >>> group.get_command(None, "moon").name
    'moon'
    """

    package: ClassVar[str] = ""
    places: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def of(cls, package: str, places: Mapping[str, str]) -> type[LazyCommands]:
        """Make a group of ``name: "module:attribute"``, a function or a `typer.Typer`."""
        return type(cls.__name__, (cls,), {"package": package, "places": places})

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of all commands, imported or not."""
        return list(self.places)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import a command; before a name is refused, all of them, for the one that was meant."""
        with importing():
            for name in (cmd_name,) if cmd_name in self.places else self.places:
                if name not in self.commands:
                    self.commands[name] = self._imported(name)
        return self.commands.get(cmd_name)

    def _imported(self, name: str) -> Any:
        module, attribute = self.places[name].split(":")
        found = getattr(import_module(f"{self.package}.{module}"), attribute)
        parent = typer.Typer(
            add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
        )
        if isinstance(found, typer.Typer):
            parent.add_typer(found, name=name)
        else:
            parent.command(name)(found)
        return get_group(parent).commands[name]


def say_version(asked: bool) -> None:
    """Print name and version and end, if asked."""
    if asked:
        from importlib.metadata import version

        typer.echo(f"venus-analysis {version('venus-analysis')}")
        raise typer.Exit


def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=say_version, is_eager=True, help="Version of it all."),
    ] = False,
) -> None:
    """Calibrate the VENµS camera with the Moon, deserts and Sentinel-2."""


@contextmanager
def importing() -> Iterator[None]:
    """Import without the garbage collector, which looks at all that is new again and again.

    What is there afterwards stays, and is not looked at any more.

    Examples
    --------
    >>> with importing():
    ...     gc.isenabled()
    False
    >>> gc.isenabled()
    True
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
