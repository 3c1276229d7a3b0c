"""Binds the commands: those that open dialogs or change the window here, the others in modules beside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.actions.action import Action
from app.actions.registry import chords_of
from app.config.pin_misses import PinMisses
from app.messages import events as e
from app.messages.log_line import LogLine
from app.messages.snapshot import Snapshot
from app.views.dialogs.areas_dialog import AreasDialog
from app.views.dialogs.cheatsheet import CheatSheet
from app.views.dialogs.effort_dialog import EffortDialog
from app.views.dialogs.file_access import FileAccess
from app.views.dialogs.fuzzy import best_matches
from app.views.dialogs.import_dialog import ImportDialog
from app.views.dialogs.kiosk_lock import KioskLock
from app.views.dialogs.label_choice_dialog import LabelChoiceDialog
from app.views.dialogs.messages_dialog import MessagesDialog
from app.views.dialogs.picture_choice_dialog import PictureChoiceDialog
from app.views.dialogs.prompts import LinePrompt, Question
from app.views.dialogs.quick_pick import QuickPick
from app.views.dialogs.series_dialog import SeriesDialog
from app.views.dialogs.settings_editor import SettingRow, SettingsEditor, Value
from app.views.dialogs.shortcut_editor import ShortcutEditor
from app.views.dialogs.truth_dialog import NoTruth, TruthSource
from app.views.input.code_commands import CodeCommands
from app.views.input.comment_commands import CommentCommands
from app.views.input.comparison_commands import ComparisonCommands
from app.views.input.data_set_commands import DataSetCommands
from app.views.input.dispatcher import InputDispatcher
from app.views.input.file_commands import FileCommands
from app.views.input.finding_commands import FindingCommands
from app.views.input.model_commands import ModelCommands
from app.views.input.night_commands import NightCommands
from app.views.input.sign_off_commands import SignOffCommands
from app.views.input.tier_commands import TierCommands
from app.views.input.tool_commands import ToolCommands
from app.views.input.truth_commands import TruthCommands
from app.views.input.worklist_commands import WorklistCommands
from app.views.toolkit.background_threads import BackgroundThreads
from app.views.toolkit.display import Display
from app.views.toolkit.preferences import PreferenceStore
from app.views.toolkit.theme_colors import ACCENT
from app.views.toolkit.virtual_list import Row
from app.views.workbench import Workbench


@dataclass(frozen=True, slots=True)
class AppServices:
    """What the views need from the rest of the program."""

    demo: Callable[[], Path]  #: makes the demo sequence and returns its path; called in a thread
    media: frozenset[str] = frozenset()  #: suffixes of files that can be opened
    options: Callable[[], Sequence[SettingRow]] = lambda: ()  #: returns the settings to list
    #: saves a setting, returns what is wrong with it or ""
    change: Callable[[str, Value], str] = lambda name, value: "There are no settings here."
    messages: Callable[[], Sequence[LogLine]] = lambda: ()  #: returns warnings and errors since the start
    access: Callable[[], FileAccess] = FileAccess  #: returns the rules of file dialogs
    pin_misses: PinMisses = field(default_factory=PinMisses)
    truth: TruthSource = field(default_factory=NoTruth)


class Commands:
    """Opens dialogs and turns their answers into events."""

    def __init__(
        self,
        display: Display,
        bench: Workbench,
        dispatcher: InputDispatcher,
        preferences: PreferenceStore,
        services: AppServices,
        *,
        is_locked: bool,
    ) -> None:
        self._display, self._bench, self._post = display, bench, bench.post
        self._dispatcher, self.preferences = dispatcher, preferences
        self._needs_operator = False
        self._background = BackgroundThreads(lambda error: self._post(e.Noticed("error", str(error))))
        read = (bench.dialogs, bench.themes)
        parts = (*read, bench.fields)
        self._question = Question(*read)
        files = (services.demo, services.media, services.access)
        self.files = FileCommands(bench, preferences, self._background, self._question, *files)
        self.models = ModelCommands(bench, preferences, self.files)
        self._quick_pick, self._line = QuickPick(*parts), LinePrompt(*parts)
        self._series = SeriesDialog(self._quick_pick, self._post)
        self._label_choice = LabelChoiceDialog(self._quick_pick, self._post)
        self._picture_choice = PictureChoiceDialog(self._quick_pick, self._post, self.choose_operator)
        self._import = ImportDialog(bench.dialogs, bench.themes, self._post)
        self.editor = ShortcutEditor(*parts, bench.actions, self._change_keys)
        self._options = SettingsEditor(*parts, services.options, services.change, self.files.browse)
        pin = LinePrompt(*parts, secret=True)
        self.lock = KioskLock(
            preferences, pin, self._background, self.quit, self._post, services.pin_misses, is_on=is_locked
        )
        self.lock.keeps_secret = lambda: services.truth.folder is not None
        self._messages = MessagesDialog(*read, services.messages, self._post)
        self._areas = AreasDialog(*read, lambda: bench.snapshot, self._post, self.files.export)
        self._effort = EffortDialog(*read, lambda: bench.snapshot, self._post, self.files.export)
        self._sheet = CheatSheet(*read, bench.actions, bench.fonts.small, bench.fonts.strong)
        asks = (self.choose_operator, self.lock.require_pin)
        own_pin = self.lock.require_own_pin
        self.truth = TruthCommands(bench, self.files, self._background, services.truth, own_pin)
        work = WorklistCommands(bench, self.files, self._question, services.change, *asks)
        tools = ToolCommands(bench, self._quick_pick, self._line)
        for commands in (
            self.files.commands(),
            self.models.commands(),
            work.commands(),
            tools.commands(),
            NightCommands(bench, preferences, self.files, self._picture_choice).commands(),
            CommentCommands(bench, self._quick_pick, self._line).commands(),
            FindingCommands(bench, self._quick_pick, self.choose_operator).commands(),
            SignOffCommands(bench, (self._question, self._line, self._quick_pick), *asks).commands(),
            TierCommands(bench, self._quick_pick, self._line).commands(),
            ComparisonCommands(bench, self.files).commands(),
            self.truth.commands(),
            CodeCommands(bench, self._quick_pick, self._background).commands(),
            DataSetCommands(bench, self.files, self._quick_pick).commands(),
        ):
            dispatcher.bindings.bind(commands)
        dispatcher.bindings.bind(self._own_commands(), {"app.leave": self.lock.end_hold})
        dispatcher.bindings.check_complete()
        self._bind()
        bench.splitters.wanted = preferences.current.panes
        bench.splitters.on_change = lambda panes: preferences.update(panes=panes)
        bench.menus.tick("file.autosave", preferences.current.autosave)

    def tick(self) -> None:
        """Handle results of background work; called in every frame."""
        self._background.tick()
        self.models.tick()
        self.lock.tick()
        self._series.ask_if_new(self._snapshot)
        self._label_choice.ask_if_new(self._snapshot)
        self._picture_choice.ask_if_new(self._snapshot)
        self._import.ask_if_new(self._snapshot)
        if self._needs_operator and self._bench.dialogs.current is None:
            self.choose_operator()

    def close(self) -> None:
        """Handle a wish to close the window or quit the program."""
        self.lock.quit(self._chords()["app.leave"])

    def quit(self) -> None:
        """Quit the program, after a question where something would be lost."""
        pending = self._snapshot.pending
        if not self._snapshot.edits.saved:
            text = "An edit could not be written to the disk yet. If you quit now, it is lost."
            self._question.ask_question("Not saved yet", text, "Quit and lose it", self._display.close)
        elif pending is not None and pending.prompts:
            text = "There is a mask that is not finished yet. If you quit now, its clicks are lost."
            self._question.ask_question("Not finished yet", text, "Quit and lose them", self._display.close)
        else:
            self._display.close()

    def require_operator(self) -> None:
        """Ask who works, again and again until a name is given."""
        self._needs_operator = True

    def choose_operator(self) -> None:
        """Ask who works: a name of the list, or one that is typed."""
        known = [Row((name, ""), name) for name in self.preferences.current.operators]

        def search(text: str) -> list[Row[str]]:
            typed = text.strip()
            found = best_matches(typed, known, lambda row: row.texts[0])
            if all(row.texts[0] != typed for row in found):
                found.append(Row((typed or "Another name…", "new" if typed else ""), typed, color=ACCENT))
            return found

        self._quick_pick.ask_for_match("Who works?", "Name", search, self._take_operator)

    @property
    def _snapshot(self) -> Snapshot:
        return self._bench.snapshot

    def _own_commands(self) -> dict[str, Callable[[], object]]:
        return {
            "file.autosave": self._toggle_autosave,
            "operator.choose": self.choose_operator,
            "effort.show": self._effort.show_figures,
            "areas.show": self._areas.show_figures,
            "activity.show": self._bench.activity.toggle,
            "messages.show": self._messages.show,
            "app.fullscreen": self._toggle_fullscreen,
            "app.settings": lambda: self.lock.require_pin(self._options.show),
            "app.pin": self.lock.change_pin,
            "app.quit": self.close,
            "app.leave": self.lock.start_hold,
            "label.find": self._find_label,
            "object.relabel": self._relabel_object,
            "help.palette": self._find_action,
            "help.cheatsheet": lambda: self._sheet.show(self._chords()),
            "help.shortcuts": lambda: self.lock.require_pin(self._edit_keys),
        }

    def _chords(self) -> dict[str, str]:
        return chords_of(self.preferences.current.preset, self.preferences.current.chords)

    def _bind(self) -> None:
        for wrong in self._dispatcher.keyboard.bind(self._chords()):
            self._post(e.Noticed("warning", wrong))
        self._bench.show_keys(self._chords())

    def _edit_keys(self) -> None:
        self.editor.show(self.preferences.current.preset, self.preferences.current.chords)

    def _change_keys(self, preset: str, chords: dict[str, str]) -> None:
        self.preferences.update(preset=preset, chords=chords)
        self._bind()

    def _toggle_fullscreen(self) -> None:
        if not self.lock.is_on:
            self._display.toggle_fullscreen()

    def _toggle_autosave(self) -> None:
        is_on = not self.preferences.current.autosave
        self.preferences.update(autosave=is_on)
        self._bench.menus.tick("file.autosave", is_on)
        self._post(e.Noticed("info", f"Export when leaving a sequence: {'on' if is_on else 'off'}."))

    def _take_operator(self, name: str) -> None:
        if not name:
            self._line.ask_for_text("Who works?", self._snapshot.operator, self._take_operator)
            return
        self._needs_operator = False
        self._post(e.OperatorChosen(name))
        self.preferences.save(self.preferences.current.with_operator(name))

    def _find_label(self) -> None:
        self._ask_label("Label", lambda value: self._post(e.LabelChosen(value)))

    def _relabel_object(self) -> None:
        """Ask for the label of the selected object, which may be another one by the time of the answer."""
        object_id = self._snapshot.sequence.selected
        if object_id is not None:
            self._ask_label(
                f"Label of #{object_id}", lambda value: self._post(e.ObjectRelabelled(object_id, value))
            )

    def _ask_label(self, title: str, take: Callable[[int], None]) -> None:
        rows = [Row((label.name, str(label.value)), label.value) for label in self._snapshot.labels]
        self._quick_pick.ask_for_choice(title, "Part of its name", rows, take)

    def _find_action(self) -> None:
        chords, snapshot = self._chords(), self._snapshot
        ready = [action for action in self._bench.actions.values() if action.is_ready(snapshot)]
        rows = [_row(action, chords) for action in ready if action.id != "help.palette"]
        self._quick_pick.ask_for_choice("Do", "What do you want to do?", rows, self._bench.act)


def _row(action: Action, chords: Mapping[str, str]) -> Row[str]:
    return Row((action.title, action.menu, " ".join(chords[action.id].split()[:1])), action.id)
