"""The areas of the objects over time, or from slice to slice, as curves."""

from functools import cached_property

import dearpygui.dearpygui as dpg

from app.domain.annotation import AreaCurve, SequenceInfo
from app.domain.frame_times import frame_time
from app.domain.object_colors import UNKNOWN, object_colors
from app.messages.events import AreasRequested
from app.messages.snapshot import Snapshot
from app.views.dialogs.figures_dialog import FiguresDialog
from app.views.toolkit.name_text import shape_text
from app.views.toolkit.theme_colors import MUTED

_HEADROOM = 1.05  # of the largest area; chosen by hand


class AreasDialog(FiguresDialog):
    """A plot of the areas."""

    title, kind, request = "Areas", "csv", AreasRequested()

    @cached_property
    def _themes(self) -> dict[tuple[int, ...], int]:
        """Themes of curves by colour, kept for the next opening."""
        return {}

    def tick(self) -> None:
        """Show the figures once they are there."""
        snapshot = self._read()
        if self._changes.is_new(
            "areas", (snapshot.sequence.areas, snapshot.sequence.objects, snapshot.labels)
        ):
            self._fill(snapshot)

    def _fill(self, snapshot: Snapshot) -> None:
        dpg.delete_item(self._body, children_only=True)
        info = snapshot.sequence.info
        if not snapshot.sequence.areas or info is None:
            dpg.add_text("There is no mask to measure yet.", parent=self._body, color=MUTED)
            return
        times = _times(info)
        units = {curve.unit for curve in snapshot.sequence.areas}
        plot = dpg.add_plot(parent=self._body, width=-1, height=-1)
        dpg.add_plot_legend(parent=plot)
        across = "Seconds" if times else "Slice" if info.kind == "volume" else "Frame"
        if info.time_points > 1 and not times:
            across = "Time point; the file does not say in seconds when they were taken"
        what = "Volume" if info.time_points > 1 else "Area"
        dpg.add_plot_axis(dpg.mvXAxis, parent=plot, label=across)
        axis = int(dpg.add_plot_axis(dpg.mvYAxis, parent=plot, label=f"{what}, {' or '.join(sorted(units))}"))
        # From nothing on, so that a small change looks small.
        dpg.set_axis_limits(axis, 0.0, _HEADROOM * max(max(curve.areas) for curve in snapshot.sequence.areas))
        for curve in snapshot.sequence.areas:
            places = [times[n] if times else float(n) for n in curve.frames]
            self._add_curve(axis, curve, places, snapshot)

    def _add_curve(self, axis: int, curve: AreaCurve, places: list[float], snapshot: Snapshot) -> None:
        name = shape_text(snapshot.name_of(curve.object_id)) + describe_change(curve)
        colors = object_colors(snapshot.labels, snapshot.sequence.objects)
        color = (*colors.get(curve.object_id, UNKNOWN), 255)
        if color not in self._themes:
            self._themes[color] = theme = int(dpg.add_theme())
            lines = dpg.add_theme_component(dpg.mvLineSeries, parent=theme)
            dpg.add_theme_color(dpg.mvPlotCol_Line, color, category=dpg.mvThemeCat_Plots, parent=lines)
            dpg.add_theme_style(
                dpg.mvPlotStyleVar_LineWeight, 2.0, category=dpg.mvThemeCat_Plots, parent=lines
            )
        series = dpg.add_line_series(places, list(curve.areas), label=name, parent=axis)
        dpg.bind_item_theme(series, self._themes[color])


def _times(info: SequenceInfo) -> tuple[float, ...]:
    """Return the seconds of each time point, or frame where there are none; () where they are not known."""
    if info.time_points > 1:
        return info.moments
    found = [seconds for frame in range(info.frames) if (seconds := frame_time(info, frame)) is not None]
    return tuple(found) if len(found) == info.frames else ()


def describe_change(curve: AreaCurve) -> str:
    """Return the largest and smallest volume over time and the share between them, of a ventricle what it ejects."""
    if curve.unit != "ml" or len(curve.areas) < 2:
        return ""
    most, least = max(curve.areas), min(curve.areas)
    return f"  {most:.3g} to {least:.3g} ml, {1 - least / most:.0%}"
