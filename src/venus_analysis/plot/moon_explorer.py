"""Figure of the Moon image explorer: a band's picture, its limb, and another band to blink with."""

from __future__ import annotations

from typing import Any, Final

from bokeh.models import (
    ColumnDataSource,
    CustomJS,
    DataRange1d,
    LinearColorMapper,
)
from bokeh.models.annotations.legends import ColorBar
from bokeh.palettes import Greys256, interp_palette

from venus_analysis.plot import style
from venus_analysis.plot.bokeh_theme import Theme, apply_theme, hover, new_figure
from venus_analysis.plot.moon_picture import Picture

GREYS: Final = tuple(Greys256)
DIVERGING: Final = tuple(
    interp_palette(("#053061", "#4393c3", "#f7f7f7", "#d6604d", "#67001f"), 255)
)
MILLISECONDS_OF_A_BLINK: Final = 700
_TOOLS: Final = "pan,wheel_zoom,box_zoom,reset,save"
_BLINK: Final = """
clearInterval(this.running)
const [first, second] = parts
const show = (other) => { for (const one of first) one.visible = !other
                          for (const one of second) one.visible = other }
show(false)
if (cb_obj.data.on[0]) {
  let other = false
  this.running = setInterval(() => { other = !other; show(other) }, milliseconds)
}
"""
_BOX: Final = ("x", "y", "dw", "dh", "value")
_COLUMNS: Final = {
    "image": (*_BOX, "line", "column"),
    "other": (*_BOX, "line", "column"),
    "rejected": _BOX,
    "limb": ("x", "y"),
    "aperture": ("x", "y"),
    "ghosts": ("xs", "ys", "colour", "dash", "text"),
    "name": ("x", "y", "text"),
    "other_name": ("x", "y", "text"),
    "blink": ("on",),
}


class MoonFigure:
    """Picture of one band about the disk's centre; pixels are scaled so that the disk is round.

    Parameters
    ----------
    theme
        ``light`` or ``dark``.
    height
        Pixels; the width follows the window.

    Attributes
    ----------
    figure
        The Bokeh figure.
    sources
        Data sources by name: image, other (to blink with), rejected, limb, aperture,
        ghosts, name, other_name, blink.
    """

    def __init__(self, *, theme: Theme = "light", height: int = 460) -> None:
        self.sources = {name: ColumnDataSource(_empty(name)) for name in _COLUMNS}
        self.sources["blink"].data = {"on": [0]}
        self.mapper = LinearColorMapper(palette=GREYS, low=0.0, high=1.0, nan_color="#00000000")
        self.other_mapper = self.mapper.clone()
        self.bar = ColorBar(color_mapper=self.mapper, width=12, title_standoff=8)
        self.figure = new_figure(
            height=height,
            sizing_mode="stretch_both",
            tools=_TOOLS,
            x_range=DataRange1d(range_padding=0.0),
            y_range=DataRange1d(range_padding=0.0, flipped=True),
            extra_x_ranges={"frame": DataRange1d(start=0.0, end=1.0)},
            match_aspect=True,
        )
        apply_theme(self.figure, theme)
        self.figure.xaxis.axis_label = "column from the disk's centre (pixel)"
        self.figure.yaxis.axis_label = "line from the disk's centre (pixel)"
        self.figure.grid.visible = False
        self._theme = style.THEMES[theme]
        self._draw()

    def update(self, picture: Picture, *, text: str = "", simulated: bool = False) -> None:
        """Show a picture.

        Parameters
        ----------
        picture
            From `plot.moon_picture.moon_picture`.
        text
            Ends the title: acquisition, phase.
        simulated
            Whether it is synthetic.
        """
        self._show(picture, "image", "name", self.mapper)
        whole = _box(picture)
        drawn = picture.rejected.size > 0
        self.sources["rejected"].data = {
            name: (values if drawn else []) for name, values in whole.items()
        } | {"value": [picture.rejected] if drawn else []}
        for name in ("limb", "aperture"):
            x, y = getattr(picture, name)
            self.sources[name].data = {"x": x, "y": y}
        ghosts = picture.ghosts
        self.sources["ghosts"].data = {
            "xs": [one.xs for one in ghosts],
            "ys": [one.ys for one in ghosts],
            "colour": [one.colour for one in ghosts],
            "dash": ["solid" if one.found else "dashed" for one in ghosts],
            "text": [one.text for one in ghosts],
        }
        self.figure.aspect_scale = picture.stretch
        self.bar.title = picture.label
        said = " · ".join(filter(None, (picture.band, picture.kind, text)))
        self.figure.title.text = style.title(said, simulated=simulated)

    def clear(self, text: str) -> None:
        """Show no picture, and say why."""
        for name in ("image", "rejected", "limb", "aperture", "ghosts", "name"):
            self.sources[name].data = _empty(name)
        self.figure.title.text = text

    def blink(self, other: Picture | None) -> None:
        """Blink with another band's picture, in the browser; None ends it."""
        if other is None:
            self.sources["blink"].data = {"on": [0]}
            self.sources["other"].data = _empty("other")
            return
        self._show(other, "other", "other_name", self.other_mapper)
        self.sources["blink"].data = {"on": [1]}

    def _show(self, picture: Picture, image: str, name: str, mapper: LinearColorMapper) -> None:
        mapper.update(
            palette=DIVERGING if picture.kind == "ghosts" else GREYS,
            low=picture.low,
            high=picture.high,
        )
        line, column = picture.centre
        self.sources[image].data = _box(picture) | {
            "value": [picture.values],
            "line": [line],
            "column": [column],
        }
        self.sources[name].data = {
            "x": [picture.left + 0.03 * picture.width],
            "y": [picture.top + 0.03 * picture.height],
            "text": [picture.band],
        }

    def _draw(self) -> None:
        chart, sources = self.figure, self.sources
        place = {"x": "x", "y": "y", "dw": "dw", "dh": "dh"}
        first = chart.image("value", **place, source=sources["image"], color_mapper=self.mapper)
        second = chart.image(
            "value", **place, source=sources["other"], color_mapper=self.other_mapper, visible=False
        )
        chart.image_rgba("value", **place, source=sources["rejected"])
        chart.line("x", "y", source=sources["limb"], line_color=style.LIMB, line_width=2,
                   line_dash="dashed")  # fmt: skip
        chart.line("x", "y", source=sources["aperture"], line_color=style.MASK, line_width=2)
        ghosts = chart.multi_line("xs", "ys", source=sources["ghosts"], line_color="colour",
                                  line_dash="dash", line_width=3)  # fmt: skip
        style_of_name = {"text_font_size": "26px", "text_font_style": "bold",
                         "text_color": "#ffffff", "background_fill_color": "#000000",
                         "background_fill_alpha": 0.6,
                         "text_baseline": "top"}  # fmt: skip
        name = chart.text("x", "y", "text", source=sources["name"], **style_of_name)
        other_name = chart.text(
            "x", "y", "text", source=sources["other_name"], visible=False, **style_of_name
        )
        chart.x_range.renderers = chart.y_range.renderers = [first]
        parts = [[first, name], [second, other_name]]
        sources["blink"].js_on_change(
            "data",
            CustomJS(args={"parts": parts, "milliseconds": MILLISECONDS_OF_A_BLINK}, code=_BLINK),
        )
        chart.tags = [sources["blink"]]  # no mark draws it, and the browser would not know of it
        tips = [("value", "@value{0.0000}"), ("from centre", "$x{0.0} columns, $y{0.0} lines"),
                ("centre in the scene", "column @column{0.0}, line @line{0.0}")]  # fmt: skip
        chart.add_tools(hover(first, tips), hover(ghosts, [("ghost of", "@text")]))
        self.bar.update(
            background_fill_color=self._theme["paper"],
            major_label_text_color=self._theme["ink"],
            title_text_color=self._theme["ink"],
            title_text_font_style="normal",
        )
        chart.add_layout(self.bar, "right")


def _box(picture: Picture) -> dict[str, Any]:
    return {
        "x": [picture.left],
        "y": [picture.top],
        "dw": [picture.width],
        "dh": [picture.height],
    }


def _empty(source: str) -> dict[str, Any]:
    return {name: [] for name in _COLUMNS[source]}
