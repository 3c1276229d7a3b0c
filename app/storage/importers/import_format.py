"""Description of one kind of import."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImportFormat:
    """One row of the registry: everything that dialogs, library and command line need of a format."""

    kind: str  #: its name in the library; that of the export in the same format
    title: str  #: its name in dialogs
    #: "module:function" of a function (ImportJob) -> ImportedMasks, or None for a file of another format; it finds
    #: that out by content, and raises ImportMasksError naming the file where one of its own does not fit
    reader: str
    suffixes: tuple[str, ...]  #: lower case with dot, of files that file dialogs offer; () for folders
