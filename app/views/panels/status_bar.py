"""The status bar: saving, the next step, what is under the mouse, what is left to review, operator, engine."""

from collections.abc import Mapping

import dearpygui.dearpygui as dpg

from app.actions.action import Action
from app.domain.annotation import Color, Window
from app.domain.tool import Tool
from app.domain.worklist.entry import EntryState
from app.imaging.windowing import PRESETS
from app.messages.snapshot import Snapshot
from app.views.dialogs.model_texts import short_name
from app.views.toolkit import theme_colors as p
from app.views.toolkit.fonts import BODY
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.widgets import ChangeTracker, text_width

SPACING, MARGIN = 20, 12  # Pixels of the design.
_LEFT, _RIGHT = ("saved", "work", "hint"), ("pointer", "window", "unverified", "operator", "engine")
# Where the bar is too narrow these go, one after the other: each can be read elsewhere.
_HIDING_ORDER = ("engine", "operator", "unverified", "window", "pointer")


class StatusBar:
    """Texts in a row: what goes on and what to do next at the left, facts at the right."""

    def __init__(self, parent: int, sizes: Sizes) -> None:
        self._sizes, self._changes = sizes, ChangeTracker()
        self._busy = ""
        self._width = 0
        self._words: dict[str, str] = dict.fromkeys((*_LEFT, *_RIGHT), "")
        self._texts: dict[str, int] = {}
        for names in (_LEFT, _RIGHT):
            with dpg.group(parent=parent, horizontal=True, horizontal_spacing=sizes(SPACING)) as row:
                for name in names:
                    self._texts[name] = int(dpg.add_text("", color=p.MUTED, show=False))
            self._right = int(row)

    def refresh(self, snapshot: Snapshot, hint: str) -> None:
        """Show the Snapshot. hint: what the annotator can do next."""
        self._show("saved", *_saved(snapshot))
        self._busy = _work(snapshot)
        self._show("work", self._busy, p.ACCENT)
        self._show("window", describe_window(snapshot.view.window), p.TEXT)
        self._show("engine", *_engine(snapshot))
        if self._changes.is_new("tracks", (snapshot.tracks, snapshot.edits.unreviewed)):
            self._show("unverified", _unreviewed(snapshot), p.MUTED)
        self._show("operator", snapshot.operator, p.MUTED)
        self._show("hint", hint, p.TEXT)

    @property
    def texts(self) -> Mapping[str, str]:
        """What is there to show, by name: saved, work, hint, pointer, window, unverified, operator, engine."""
        return self._words

    def resize(self, width: int) -> None:
        """Set the width, in pixels."""
        self._width = width

    def point_at(self, words: str) -> None:
        """Show what is under the mouse."""
        self._show("pointer", words, p.TEXT)

    def tick(self, now: float) -> None:
        """Animate the text of work under way, and show what fits. now: seconds of a monotonic clock."""
        if self._busy:
            dpg.set_value(self._texts["work"], self._busy + "." * (1 + int(now * 2) % 3))
        if self._changes.is_new("fit", (tuple(self._words.values()), self._width)):
            self._fit()

    def _fit(self) -> None:
        body, spacing = self._sizes(BODY), self._sizes(SPACING)
        widths = {name: text_width(words, body, body) for name, words in self._words.items() if words}
        room = self._width - 2 * self._sizes(MARGIN)
        gone = hidden_texts(widths, room, spacing)
        for name, item in self._texts.items():
            dpg.configure_item(item, show=name in widths and name not in gone)
        across = sum(widths[name] + spacing for name in _RIGHT if name in widths and name not in gone)
        place = (self._width - self._sizes(MARGIN) - across + spacing, self._sizes(4))
        dpg.configure_item(self._right, pos=place)

    def _show(self, name: str, text: str, color: Color) -> None:
        if self._changes.is_new(name, (text, color)):
            self._words[name] = text
            dpg.set_value(self._texts[name], text)
            dpg.configure_item(self._texts[name], color=color)


def hidden_texts(widths: Mapping[str, int], room: int, spacing: int) -> frozenset[str]:
    """Return the texts to hide so that the others fit into a width, all in pixels. widths: of all texts."""
    gone: frozenset[str] = frozenset()
    for name in _HIDING_ORDER:
        if sum(width + spacing for known, width in widths.items() if known not in gone) <= room:
            break
        gone |= {name}
    return gone


def _saved(snapshot: Snapshot) -> tuple[str, Color]:
    if snapshot.sequence.info is None:
        return "", p.MUTED
    return ("Saved", p.GOOD) if snapshot.edits.saved else ("Not saved yet", p.WARNING)


def _unreviewed(snapshot: Snapshot) -> str:
    """Return how many masks are not verified and how many frames were not seen."""
    masks, frames = snapshot.unverified(), snapshot.edits.unreviewed
    words = (f"{masks} not verified" if masks else "", f"{frames} not seen" if frames else "")
    return " · ".join(word for word in words if word)


def _work(snapshot: Snapshot) -> str:
    if snapshot.tasks.opening:
        return f"Opening {snapshot.tasks.opening.rsplit('/', 1)[-1]}"
    if snapshot.pending is not None and snapshot.pending.awaiting:
        return "Segmenting"
    return ""


def _engine(snapshot: Snapshot) -> tuple[str, Color]:
    loading = snapshot.models.loading
    if loading is not None:
        name = short_name(loading.name)
        step = f" {loading.share:.0%} ({loading.words})" if loading.words else "…"
        return f"Loading {name}{step}", p.ACCENT
    return (
        f"{snapshot.models.engine} on {snapshot.models.device}" if snapshot.models.engine else "",
        p.MUTED,
    )


def describe_window(window: Window | None) -> str:
    """Return an intensity window as W and C (width, centre), with the name of its preset."""
    if window is None:
        return ""
    name = next((f"  {name}" for name, preset in PRESETS.items() if preset == window), "")
    digits = 0 if window.width >= 10 else 3
    return f"W {window.width:.{digits}f}  C {window.center:.{digits}f}{name}"


def suggest_next_step(snapshot: Snapshot, keys: dict[str, str], actions: Mapping[str, Action]) -> str:
    """Return a hint at the next useful step, with its key."""
    if snapshot.sequence.info is None:
        return ""
    signed = snapshot.sequence.signed_off
    if signed is not None:
        return f"Signed off by {signed.by} · {keys['sign_off.reopen']} reopens it with a reason"
    if snapshot.sheet.shown:
        marked = len(snapshot.sheet.marked)
        verify = f" · {keys['review.accept']} verifies the {marked} marked" if marked else ""
        other = "them in order of time" if snapshot.sheet.order else "doubtful ones first"
        order = f"{keys['sheet.order']} puts {other}"
        if snapshot.sheet.term is not None:
            order = f"only {snapshot.sheet.term[1]} without a mask, {keys['interval.sheet']} shows all"
        marks = f"A click goes to a frame · Ctrl+click marks it{verify}"
        return f"{marks} · {order} · {keys['sheet.toggle']} shows the frame"
    if snapshot.playback.playing and snapshot.playback.unseen:
        return f"{keys['review.play']} stops where you saw a mistake · {keys['play.slower']} plays slower"
    if snapshot.pending is not None and snapshot.pending.prompts:
        return f"{keys['mask.finish']} finishes the mask · right click takes away · {keys['clicks.clear']} drops clicks"
    tool = snapshot.tools.tool
    if tool is not Tool.CLICK:
        back = f"{keys['tool.click']} goes back to clicks"
        return f"{actions[f'tool.{tool}'].help} · {back}"
    if snapshot.sequence.mode == "edit":
        return f"Drag vertices · {keys['mask.finish']} ends editing · {keys['propagate.both']} propagates"
    if not snapshot.sequence.objects:
        begin = "Click an object to begin"
        return f"{begin} · Shift+drag changes the window" if snapshot.view.window else begin
    if snapshot.entry is not None and snapshot.entry.state is EntryState.DONE:
        return f"Done · {keys['sequence.next']} opens the next sequence · {keys['worklist.toggle']} shows the worklist"
    if not snapshot.unverified() and not snapshot.edits.unreviewed:
        return (
            f"Every frame is looked at · {keys['review.done']} calls it done · {keys['file.export']} exports"
        )
    best = f" · {keys['review.best']} to the one best to correct" if snapshot.unverified() else ""
    return f"{keys['review.worst']} goes to the next frame to fix{best} · {keys['help.cheatsheet']} shows all keys"
