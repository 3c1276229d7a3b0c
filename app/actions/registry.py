"""The registry of actions. Menus, palette, cheat sheet, key editor and keyboard read it."""

from collections.abc import Mapping
from dataclasses import replace

from app.actions.action import Action, Menu
from app.actions.comment_actions import COMMENTS
from app.actions.edit_actions import EDIT, LABELS
from app.actions.file_actions import FILE, HELP, WORKLIST
from app.actions.frame_actions import FRAME, PROPAGATE
from app.actions.key_presets import PRESET_KEYS
from app.actions.object_actions import OBJECT
from app.actions.pane_actions import WINDOW
from app.actions.review_actions import REVIEW
from app.actions.scan_actions import SCAN
from app.actions.tier_actions import TIERS
from app.actions.tool_actions import MASK, TOOLS
from app.actions.view_actions import VIEW, VIEW3D

_MENUS = (
    FILE,
    WORKLIST,
    EDIT,
    TOOLS,
    MASK,
    OBJECT,
    COMMENTS,
    TIERS,
    LABELS,
    VIEW,
    VIEW3D,
    FRAME,
    PROPAGATE,
    SCAN,
    REVIEW,
    WINDOW,
    HELP,
)
MENUS = tuple(menu.title for menu in _MENUS)


def registry() -> Mapping[str, Action]:
    """Return all actions by id, in the order of the menus. Raises ValueError for an id that is there twice."""
    actions = [_placed(action, menu) for menu in _MENUS for action in menu.actions]
    found = {action.id: action for action in actions}
    if len(found) < len(actions):
        raise ValueError(f"{len(actions) - len(found)} ids of actions are there twice")
    return found


def chords_of(preset: str, changes: Mapping[str, str]) -> dict[str, str]:
    """Return the chords of every action: those of a preset, and over them what the operator changed."""
    chords = {action.id: action.keys.of(preset) for menu in _MENUS for action in menu.actions}
    return {**chords, **PRESET_KEYS.get(preset, {}), **changes}


def _placed(action: Action, menu: Menu) -> Action:
    return replace(action, menu=menu.title, beside_worklist=action.beside_worklist or menu.beside_worklist)
