"""Keys of 3D Slicer's segment editor and of ITK-SNAP, where they differ from EISeg's.

Slicer: digits are effects, Q and W step through segments, Z and Y undo and redo, G shows and hides; P, B, S and L are
nnInteractive's prompts in it. ITK-SNAP: digits are tools, A and D change the opacity, S shows and hides, comma and
point step through labels, PageUp and PageDown through slices. In both + and - size the brush; Ctrl and a digit is a
label.
"""

from collections.abc import Mapping

_BOTH = {
    "tool.larger": "= Shift+=",
    "tool.smaller": "- Shift+-",
    "view.zoom_in": "Ctrl+=",
    "view.zoom_out": "Ctrl+-",
    "sequence.next": "Ctrl+PageDown",
    "sequence.previous": "Ctrl+PageUp",
    **{f"label.{digit}": f"Ctrl+{digit}" for digit in range(1, 10)},
}
PRESET_KEYS: Mapping[str, Mapping[str, str]] = {
    "slicer": {
        **_BOTH,
        "tool.brush": "1",
        "tool.lasso": "2",
        "tool.eraser": "3",
        "tool.polygon": "4",
        "tool.cut": "5",
        "tool.click": "P 6",
        "tool.box": "B 7",
        "tool.scribble": "S 8",
        "tool.find_lasso": "L 9",
        "frame.next": "Right F",
        "edit.undo": "Ctrl+Z Z",
        "edit.redo": "Ctrl+Y Y",
        "object.previous": "Q Shift+Tab",
        "object.next": "W Tab",
        "object.relabel": "Shift+R",
        "overlay.toggle": "G Shift+H",
        "view.fit": "R 0",
        "view.zoom_object": "Shift+Z",
        "review.worst": "Ctrl+Alt+W",
        "propagate.both": "Ctrl+E",
        "play.toggle": "Alt+P",
        "label.find": "Ctrl+F",
    },
    "itksnap": {
        **_BOTH,
        "tool.click": "1",
        "tool.box": "2",
        "tool.polygon": "3",
        "tool.brush": "4",
        "tool.scribble": "5",
        "tool.cut": "6",
        "tool.lasso": "7",
        "tool.find_lasso": "8",
        "tool.eraser": "9",
        "frame.next": "Right PageUp",
        "frame.previous": "Left PageDown",
        "frame.next_reference": "Shift+PageUp",
        "frame.previous_reference": "Shift+PageDown",
        "edit.redo": "Ctrl+Shift+Z Ctrl+Y",
        "clicks.clear": "Ctrl+Backspace",
        "object.previous": ", Shift+Tab",
        "object.next": ". Tab",
        "opacity.less": "A",
        "opacity.more": "D",
        "overlay.toggle": "S Shift+H",
        "view.fit": "Ctrl+F 0",
    },
}
