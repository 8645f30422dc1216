"""What came of timing layers, with faces: a measurement and its roofline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from archwright.kernels.measure import measurement, roofline

if TYPE_CHECKING:
    from archwright.notebooks.faces import Face
    from archwright.notebooks.roofline.points import Points
    from archwright.notebooks.roofline.widget import RooflineView


class Roofline(roofline.Roofline):
    """Layers, and the lines that bound them; it can be drawn."""

    def chart(self, predicted: Mapping[str, float] | None = None) -> RooflineView | Face:
        """The live picture: hover or select a layer; `.selected` is its name.

        Without the packages of the `notebook` extra this is the still face.

        Parameters
        ----------
        predicted : mapping of str to float, optional
            Microseconds that layers were expected to take, by name; without them the line of L3
            and the peak, whichever is lower, says.
        """
        from archwright.notebooks.live.present import present
        from archwright.notebooks.roofline.shown import face

        points = self._points(predicted)
        still = face(points, repr(self))

        def live() -> RooflineView:
            from archwright.notebooks.roofline.widget import RooflineView

            return RooflineView(points, still)

        return present(still, live)

    def svg(self) -> str:
        """The picture as a file that stands alone, without scripts; both axes are logarithmic."""
        from archwright.notebooks.roofline.shown import file

        return file(self._points())

    def _points(self, predicted: Mapping[str, float] | None = None) -> Points:
        from archwright.notebooks.roofline.points import Points

        levels = list(self.bandwidths)
        level = "L3" if "L3" in levels else levels[-1] if levels else ""
        return Points(self.layers, self.peak, self.bandwidths, predicted or {}, level)

    def _repr_html_(self) -> str:
        from archwright.notebooks.roofline.shown import face

        return face(self._points(), repr(self)).html


class Measurement(measurement.Measurement):
    """What came of timing the layers of a space; it can be drawn."""

    def roofline(self) -> Roofline:
        """The layers against the lines of this machine."""
        found: Roofline = _as(Roofline, super().roofline())
        return found

    def chart(self) -> RooflineView | Face:
        """The live roofline."""
        return self.roofline().chart()


def with_faces(found: measurement.Measurement) -> Measurement:
    """A measurement as a handle."""
    handle: Measurement = _as(Measurement, found)
    return handle


def _as(kind: Any, value: Any) -> Any:
    return kind(**{f.name: getattr(value, f.name) for f in fields(value)})
