"""The actions of the menus File, Worklist and Help."""

from app.actions.action import ANYTIME, WHILE_OPEN, Action, Keys, Menu, ViewCommand, fixed_events
from app.messages import events as e
from app.messages.snapshot import Snapshot


def _has_sequences(snapshot: Snapshot) -> bool:
    return snapshot.sequence.info is not None or any(entry.can_open for entry in snapshot.worklist.entries)


FILE = Menu("File", (
    Action("file.open", "Open file…", "Open a video, an image or a scan.", Keys("Ctrl+A", labelme="Ctrl+O"), ANYTIME),
    Action("file.open_folder", "Open folder…", "Open a folder of images or slices.",
           Keys("Shift+A", labelme="Ctrl+U"), ANYTIME),
    Action("series.choose", "Choose a series…", "Open another series of this scan.",
           Keys("Ctrl+Shift+A", labelme="Ctrl+Alt+A"),
           lambda s: (e.SeriesRequested(),) if s.sequence.info and s.sequence.info.kind in ("volume", "video") else ()),
    Action("file.demo", "Open the demo", "Open a clip that the program makes itself.", Keys("F2"), ANYTIME),
    Action("sequence.previous", "Previous sequence", "Open the one before this in the worklist, or in its folder.",
           Keys("S", cvat="Ctrl+PageUp", labelme="Ctrl+Shift+A"), ViewCommand(_has_sequences)),
    Action("sequence.next", "Next sequence", "Open the one after this in the worklist, or in its folder.",
           Keys("F", cvat="Ctrl+PageDown", labelme="Ctrl+Shift+D"), ViewCommand(_has_sequences)),
    Action("file.export", "Export…", "Write masks for others into a folder.", Keys("Ctrl+S"), WHILE_OPEN),
    Action("file.archive", "Send to the archive", "Send the masks to the hospital's archive as DICOM SEG.",
           Keys("Ctrl+Alt+E"), fixed_events(e.ArchiveRequested())),
    Action("file.import_masks", "Import masks…", "Read masks that were made elsewhere.", Keys("Ctrl+I"), WHILE_OPEN),
    Action("file.autosave", "Export when leaving", "Turn the export on leaving a sequence on or off.",
           Keys("X"), ANYTIME, ticked=lambda s: None),
    Action("model.open", "Models…", "Use, download or import segmentation models.", Keys("Ctrl+M"), ANYTIME),
    Action("model.import", "Import models…", "Copy models from a folder, a USB stick or a zip archive.",
           Keys("Ctrl+Shift+M"), ANYTIME),
    Action("model.learn", "Learn from this site", "Tune the model that ships on the verified masks of all sequences.",
           Keys("Ctrl+Alt+Y"), ANYTIME),
    Action("model.shipped", "Use the model that ships", "Go back from any other model to the one that ships.",
           Keys("Ctrl+Alt+Z"), ANYTIME),
    Action("operator.choose", "Choose the operator…", "Say who works, for the record.",
           Keys("Ctrl+U", labelme="Ctrl+Shift+U"), ANYTIME),
    Action("file.close", "Close", "Leave this sequence; everything is saved already.",
           Keys("Ctrl+W"), fixed_events(e.SequenceClosed())),
    Action("effort.show", "Effort…", "Show clicks, time and frames of each object and operator.",
           Keys("Alt+U"), WHILE_OPEN),
    Action("areas.show", "Areas over time…", "Show how large each object is on each frame or slice.",
           Keys("Alt+Y"), WHILE_OPEN),
    Action("activity.show", "Activity", "Show what goes on in the background, or hide it.", Keys("Ctrl+B"), ANYTIME),
    Action("messages.show", "Messages…", "Show the warnings and errors since the start.",
           Keys("Ctrl+Shift+B"), ANYTIME),
    Action("app.fullscreen", "Full screen", "Fill the screen, or go back to a window.", Keys("F11"), ANYTIME),
    Action("app.settings", "Settings…", "Change how the program works.", Keys("F10"), ANYTIME),
    Action("app.pin", "PIN for leaving…", "Set the PIN that leaves the kiosk; an empty one is none.",
           Keys("Ctrl+Alt+P"), ANYTIME),
    Action("app.quit", "Quit", "End the program.", Keys("Ctrl+Q"), ANYTIME),
    Action("app.leave", "Leave the kiosk", "Held for two seconds, ends the program in kiosk mode.",
           Keys("Ctrl+Alt+Q"), ANYTIME, held=True),
), beside_worklist=True)  # fmt: skip

WORKLIST = Menu("Worklist", (
    Action("worklist.toggle", "Worklist", "Show what came through the drop folder, or go back to the frame.",
           Keys("F9"), ANYTIME),
    Action("worklist.find", "Find a sequence…", "Choose a sequence by typing a part of its name.",
           Keys("/"), ANYTIME),
    Action("worklist.order", "Other order", "Order the worklist by arrival or by name.", Keys("Shift+F9"), ANYTIME),
    Action("worklist.again", "Look again", "Look at the drop folder now, and try again what failed.",
           Keys("Ctrl+R"), ANYTIME),
    Action("worklist.export_set", "Export a data set…", "Write all annotated sequences as one data set for training.",
           Keys("Ctrl+Alt+S"), ANYTIME),
    Action("worklist.compare", "Compare with another work…",
           "Write a report on how the marked sequences, or the open one, agree with another workspace or with masks.",
           Keys("Ctrl+Alt+B"), ANYTIME),
    Action("worklist.report", "Report on readings and proposals…",
           "Write a report on repeat readings and on what became of models' proposals in marked sequences, or here.",
           Keys("Ctrl+Alt+U"), ANYTIME),
    Action("worklist.truth", "Known truth…",
           "Show the lead how well the work agrees with sequences whose truth is known; asks for the PIN.",
           Keys("Ctrl+Alt+K"), ANYTIME),
    Action("worklist.repeat", "Ask for a repeat reading, or withdraw it",
           "Have the chosen sequence, which is done, read again without its masks; of a repeat reading: withdraw it.",
           Keys("Ctrl+Alt+R"), ANYTIME),
    Action("night.queue", "Propagate when nobody works…", "Queue the marked sequences, or the open one, for the night.",
           Keys("Ctrl+Alt+N"), ViewCommand(_has_sequences)),
    Action("night.show", "Night queue…", "Show, order and remove what is queued, and what became of it.",
           Keys("Ctrl+Alt+M"), ANYTIME),
    Action("worklist.folder", "Choose the drop folder…", "Watch another folder for new sequences.",
           Keys("Ctrl+Shift+R"), ANYTIME),
), beside_worklist=True)  # fmt: skip

HELP = Menu("Help", (
    Action("help.palette", "Find an action…", "Do anything by typing a part of its name.",
           Keys("Ctrl+P Ctrl+K"), ANYTIME),
    Action("help.cheatsheet", "Keys", "Show all keys.", Keys("F1 Shift+/"), ANYTIME),
    Action("help.shortcuts", "Change keys…", "Give actions other keys.", Keys("E"), ANYTIME),
), beside_worklist=True)  # fmt: skip
