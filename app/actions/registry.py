"""The registry of everything an annotator can do.

Menus, command palette, cheat sheet, shortcut editor and keyboard all read it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.actions.handlers import ACTS, COMMANDS, HELD, REPEATING, Maker
from app.actions.keymaps import PRESETS
from app.messages.snapshot import Snapshot

_TABLE = {
    "File": (
        ("file.open", "Open file…", "Open a video, an image or a scan."),
        ("file.open_folder", "Open folder…", "Open a folder of images or slices."),
        ("file.demo", "Open the demo", "Open a clip that the program makes itself."),
        ("sequence.previous", "Previous sequence", "Open the one before this in the worklist or its folder."),
        ("sequence.next", "Next sequence", "Open the one after this in the worklist or its folder."),
        ("file.export", "Export…", "Write masks for others into a folder."),
        ("file.import_masks", "Import masks…", "Read masks that were made elsewhere."),
        ("file.autosave", "Export when leaving", "Turn the export on leaving a sequence on or off."),
        ("model.open", "Models…", "Use, download or import segmentation models."),
        ("model.import", "Import models…", "Copy models from a folder, a USB stick or a zip archive."),
        ("operator.choose", "Choose the operator…", "Say who works, for the record."),
        ("file.close", "Close", "Leave this sequence; everything is saved already."),
        ("effort.show", "Effort…", "Show clicks, time and frames of each object and operator."),
        ("activity.show", "Activity", "Show what goes on in the background, or hide it."),
        ("messages.show", "Messages…", "Show the warnings and errors since the start."),
        ("app.fullscreen", "Full screen", "Fill the screen, or go back to a window."),
        ("app.settings", "Settings…", "Change how the program works."),
        ("app.pin", "PIN for leaving…", "Set the PIN that leaves the kiosk; an empty one is none."),
        ("app.quit", "Quit", "End the program."),
        ("app.leave", "Leave the kiosk", "Held for two seconds, ends the program in kiosk mode."),
    ),
    "Worklist": (
        ("worklist.toggle", "Worklist", "Show what came through the drop folder, or go back to the frame."),
        ("worklist.find", "Find a sequence…", "Choose a sequence by typing a part of its name."),
        ("worklist.order", "Other order", "Order the worklist by arrival or by name."),
        ("worklist.again", "Look again", "Look at the drop folder now, and try again what failed."),
        ("worklist.folder", "Choose the drop folder…", "Watch another folder for new sequences."),
    ),
    "Edit": (
        ("mask.finish", "Finish", "Commit the pending mask, or turn polygon editing on and off."),
        ("edit.undo", "Undo", "Take back the last click or edit."),
        ("edit.redo", "Redo", "Bring back what was taken back."),
        ("clicks.clear", "Clear clicks", "Drop the pending clicks and their mask."),
        ("edit.cancel", "Cancel", "Leave what is under way: a drag, a dialog, an offer."),
        ("polygon.delete", "Delete polygon", "Delete the polygon under the mouse or the one chosen."),
        ("mask.delete", "Object is not here", "Delete the selected object's mask on this frame."),
        ("object.new", "New object", "Start another object of the current label."),
        ("object.next", "Next object", "Select the next object."),
        ("object.previous", "Previous object", "Select the object before."),
        ("object.relabel", "Give it this label", "Give the selected object the current label."),
        ("object.delete", "Delete object", "Delete the selected object on all frames."),
    ),
    "Labels": (
        ("label.find", "Find label…", "Choose a label by typing a part of its name."),
        ("label.add", "Add label…", "Add a label to the list."),
        ("label.rename", "Rename label…", "Rename the current label."),
        ("label.up", "Move label up", "Move the current label a row up, under the others."),
        ("label.down", "Move label down", "Move the current label a row down, over the others."),
        ("label.load", "Load labels…", "Read a label list from a text file."),
        ("label.save", "Save labels…", "Write the label list to a text file."),
        *((f"label.{n}", f"Label {n}", f"Choose the label of key {n}.") for n in range(1, 10)),
    ),
    "View": (
        ("view.fit", "Fit", "Show the whole frame."),
        ("view.zoom_object", "Zoom to object", "Show the selected object large."),
        ("view.zoom_in", "Zoom in", "Zoom in at the mouse."),
        ("view.zoom_out", "Zoom out", "Zoom out at the mouse."),
        ("view.pan_left", "Look left", "Move the view left."),
        ("view.pan_right", "Look right", "Move the view right."),
        ("view.pan_up", "Look up", "Move the view up."),
        ("view.pan_down", "Look down", "Move the view down."),
        ("solid.toggle", "3D view", "Show the masks in 3D beside the frame."),
        ("overlay.hide", "Hide masks while held", "Show the bare frame as long as the key is down."),
        ("overlay.toggle", "Masks", "Show or hide the masks."),
        ("opacity.more", "Stronger masks", "Make the masks less transparent."),
        ("opacity.less", "Fainter masks", "Make the masks more transparent."),
        ("threshold.more", "Smaller pending mask", "Raise the threshold."),
        ("threshold.less", "Larger pending mask", "Lower the threshold."),
        ("radius.more", "Larger click marks", "Draw the marks of clicks larger."),
        ("radius.less", "Smaller click marks", "Draw the marks of clicks smaller."),
        ("component.toggle", "Largest piece only", "Keep only the largest piece of the pending mask."),
    ),
    "3D": (
        ("solid.left", "Turn left", "Turn the volume to the left."),
        ("solid.right", "Turn right", "Turn the volume to the right."),
        ("solid.up", "Turn up", "Turn the volume up."),
        ("solid.down", "Turn down", "Turn the volume down."),
        ("solid.front", "From the front", "Look at the volume from the front."),
        ("solid.side", "From the left", "Look at the volume from the patient's left."),
        ("solid.above", "From above", "Look at the volume from the head down."),
        ("solid.nearer", "Nearer", "Show the volume larger."),
        ("solid.farther", "Farther", "Show the volume smaller."),
        ("solid.reset", "Reset", "Look at the volume as in the beginning."),
        ("solid.close", "Close-up", "Let the masks fill the 3D view, or the whole volume."),
        ("solid.slice", "Slice", "Show the frame as a plane in the volume."),
        ("solid.label", "Leave this label out", "Show or hide the current label in 3D."),
        ("solid.object", "Leave this object out", "Show or hide the selected object in 3D."),
        ("solid.labels", "Show everything", "Show all labels and objects in 3D."),
        ("solid.stronger", "More solid", "Make the surfaces less transparent."),
        ("solid.fainter", "More transparent", "Make the surfaces more transparent."),
    ),
    "Frame": (
        ("frame.next", "Next frame", "Go one frame on."),
        ("frame.previous", "Previous frame", "Go one frame back."),
        ("frame.forward", "10 frames on", "Go ten frames on."),
        ("frame.back", "10 frames back", "Go ten frames back."),
        ("frame.first", "First frame", "Go to the first frame."),
        ("frame.last", "Last frame", "Go to the last frame."),
        ("frame.goto", "Go to frame…", "Go to a frame by its number."),
        ("frame.next_reference", "Next reference", "Go to the next frame whose mask a person made."),
        ("frame.previous_reference", "Previous reference", "Go to the last frame that a person made."),
        ("play.toggle", "Play", "Play or pause."),
        ("play.faster", "Faster", "Play faster."),
        ("play.slower", "Slower", "Play slower."),
        ("play.loop", "Loop", "Begin again at the end, or stop there."),
    ),
    "Propagate": (
        ("propagate.both", "Propagate", "Carry the masks to all frames, or to the marked ones."),
        ("propagate.forward", "Propagate forward", "Carry the masks to later frames only."),
        ("propagate.backward", "Propagate backward", "Carry the masks to earlier frames only."),
        ("propagate.again", "Propagate again", "Compute again what was propagated already."),
        ("propagate.cancel", "Stop", "Stop what goes on, the first in Activity; what is done stays."),
        ("marks.start", "Range starts here", "Mark this frame as the first of the range."),
        ("marks.stop", "Range ends here", "Mark this frame as the last of the range."),
        ("marks.clear", "Forget the range", "Take the range marks away."),
        ("prefetch.toggle", "Propagate by itself", "Start propagation by itself after each commit."),
    ),
    "Scan": (
        ("scan.axial", "Axial", "Annotate from head to feet; masks come along."),
        ("scan.coronal", "Coronal", "Annotate from front to back; masks come along."),
        ("scan.sagittal", "Sagittal", "Annotate from side to side; masks come along."),
        ("scan.linked", "Linked views", "Show or hide the two other directions."),
        *(
            (f"window.{name}", title, f"Show {of}.")
            for name, title, of in (
                ("soft_tissue", "Soft tissue window", "soft tissue: width 400, centre 40"),
                ("liver", "Liver window", "the liver: width 150, centre 30"),
                ("lung", "Lung window", "the lungs: width 1500, centre −600"),
                ("bone", "Bone window", "bones: width 1800, centre 400"),
                ("brain", "Brain window", "the brain: width 80, centre 40"),
                ("eiseg", "EISeg's window", "what EISeg shows: width 400, centre 0"),
                ("fit", "Automatic window", "what is on this slice, as suits MR"),
                ("own", "The scan's own window", "the scan as it opened"),
            )
        ),
        ("window.wider", "Wider window", "Show more intensities with less contrast."),
        ("window.narrower", "Narrower window", "Show fewer intensities with more contrast."),
        ("window.brighter", "Brighter", "Lower the centre of the window."),
        ("window.darker", "Darker", "Raise the centre of the window."),
    ),
    "Review": (
        ("review.worst", "Next frame to fix", "Go to the frame that most needs a look."),
        ("review.accept", "Verify and go on", "Accept this frame's masks, go to the next one to fix."),
        ("review.object", "Verify the object", "Accept the selected object's mask on this frame."),
        ("review.range", "Verify the range", "Accept all masks in the marked range."),
        ("review.unlock", "Unlock", "Take the verification of this frame back."),
        ("review.unseen", "Next unseen frame", "Go to the next frame that nobody has looked at or accepted."),
        ("review.done", "Done", "Call the sequence done, once all frames were looked at or accepted."),
        ("review.reopen", "Not done after all", "Take back that the sequence is done."),
    ),
    "Help": (
        ("help.palette", "Find an action…", "Do anything by typing a part of its name."),
        ("help.cheatsheet", "Keys", "Show all keys."),
        ("help.shortcuts", "Change keys…", "Give actions other keys."),
    ),
}

GROUPS = tuple(_TABLE)


@dataclass(frozen=True, slots=True)
class Action:
    """Something an annotator can do.

    does: one sentence for the cheat sheet and the palette. events: what to post in the present state, nothing
    when it makes no sense now; None for a command, which the views carry out under the action's id.
    ready: whether it makes sense now. repeats: goes on while its key is held down.
    held: a command that is told of the release of its key as well.
    """

    id: str
    title: str
    group: str
    does: str
    events: Maker | None
    ready: Callable[[Snapshot], bool]
    repeats: bool
    held: bool


def registry() -> Mapping[str, Action]:
    """Return all actions by id, in the order of the menus."""
    rows = ((group, *row) for group, table in _TABLE.items() for row in table)
    return {identity: _action(group, identity, title, does) for group, identity, title, does in rows}


def chords_of(preset: str, changes: Mapping[str, str]) -> dict[str, str]:
    """Return the chords of every action: those of a preset, and over them what the operator changed."""
    return {**PRESETS["eiseg"], **PRESETS.get(preset, {}), **changes}


def _action(group: str, identity: str, title: str, does: str) -> Action:
    events = ACTS.get(identity)
    ready = COMMANDS[identity] if events is None else _makes(events)
    return Action(identity, title, group, does, events, ready, identity in REPEATING, identity in HELD)


def _makes(events: Maker) -> Callable[[Snapshot], bool]:
    return lambda snapshot: bool(events(snapshot))
