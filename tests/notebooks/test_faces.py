"""Faces: the text is shown where styles are refused, and a live view carries both still faces."""

from __future__ import annotations

import pytest

from archwright.notebooks.faces import Face, asset, fold, style


def test_html_has_no_script_and_carries_the_text() -> None:
    face = Face("a <b>", "<p>body</p>")
    assert "<script" not in face.html
    assert 'style="display: none"><p>body</p>' in face.html
    assert '<pre class="aw-text">a &lt;b&gt;</pre>' in face.html
    assert repr(face) == "a <b>"


def test_folds_escape_their_title() -> None:
    shown = fold("<x>", "<b>", is_open=False, count=12345)
    assert shown == "<details><summary>&lt;x&gt; (12,345)</summary><b></details>"


def test_styles_have_no_outside_parts() -> None:
    assert "url(" not in style() and "@import" not in style()


def test_a_live_view_has_all_three_faces(tmp_path: object) -> None:
    pytest.importorskip("anywidget")
    from archwright.notebooks.live import view

    class Shown(view.View):
        script = "live/common.js"
        received: tuple[object, ...] = ()

        def receive(self, message: dict[str, object]) -> None:
            self.received += (message,)

        def face(self) -> Face:
            return Face(f"data {self.data}", "<b>data</b>")

    shown = Shown(data={"a": 1})
    data, _ = shown._repr_mimebundle_()
    assert data[view.VIEW]["model_id"] and data["text/plain"] == "data {'a': 1}"
    assert "<b>data</b>" in data["text/html"]
    assert asset("live/common.js") in shown._esm and "--aw-ink" in shown._css
    shown._received(shown, {"kind": "click"}, [])
    assert shown.received == ({"kind": "click"},)
