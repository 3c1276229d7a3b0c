"""Titles of settings in the window, in groups, in the order of their list."""

from types import MappingProxyType
from typing import Final

#: group by group: names of settings with their titles; what is missing here stands at the end under its own name
SETTING_TITLES: Final = MappingProxyType(
    {
        "Folders": {
            "drop_folder": "Drop folder",
            "workspace": "Folder of all work",
            "models_folder": "Folder of models",
            "labels_file": "Label list at the start",
        },
        "Window": {
            "ui_scale": "Size of texts and buttons",
            "fullscreen": "Full screen",
            "ask_operator": "Ask who works",
            "kiosk": "Kiosk",
        },
        "Masks": {
            "engine": "Model",
            "models_source": "Server of models",
            "orientation": "Direction of new scans",
        },
        "Export": {"identify": "Name the patient", "check_pictures": "Look for text and faces"},
        "DICOM network": {
            "receiver": "Receive studies at",
            "receiver_callers": "From",
            "receiver_gigabytes": "Largest study",
            "archive": "Archive",
        },
        "Night queue": {
            "night_hours": "Hours",
            "night_idle_minutes": "Minutes without anybody",
            "night_learns": "Learn from this site",
            "night_scheduler": "Scheduler",
            "night_insecure": "Without TLS",
            "night_share": "Sources on a share",
        },
        "Repeat readings": {
            "repeat_every": "Every how many sequences",
            "repeat_days": "After days",
            "repeat_reader": "Read by",
        },
        "Machine": {"cache_megabytes": "Memory for frames", "device": "Computing on", "threads": "Threads"},
    }
)


def title_of(name: str) -> tuple[str, str]:
    """Return group and title of a setting."""
    for group, titles in SETTING_TITLES.items():
        if name in titles:
            return group, titles[name]
    return "Other", name.replace("_", " ").capitalize()


def place_of_setting(name: str) -> int:
    """Return where a setting stands in the list."""
    names = [known for titles in SETTING_TITLES.values() for known in titles]
    return names.index(name) if name in names else len(names)
