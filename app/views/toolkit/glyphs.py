"""Adds the glyphs that a font lacks from another font. Main thread only, between two frames.

Dear ImGui can do that (ImFontConfig.MergeMode); Dear PyGui does not offer it, but its library exports Dear ImGui's
functions. Offsets are those of imgui.h of the one version named here on a 64-bit machine. With another version, or
where a check of the memory there fails, fonts stay as they are.
"""

import ctypes
import logging
import struct
from collections.abc import Sequence
from pathlib import Path

from dearpygui import _dearpygui

VERSION = b"1.92.5"
# Offsets and sizes in bytes of fields of ImGuiIO, ImFontAtlas, ImFont and ImFontConfig in that version.
_IO_ATLAS, _ATLAS_FONTS, _FONT_ATLAS, _FONT_SIZE = 56, 104, 8, 28
_FONT_SOURCES = 32
_CONFIG_SIZE, _CONFIG_OWNED, _CONFIG_MERGE, _CONFIG_EXCLUDED, _CONFIG_TARGET = 512, 52, 53, 80, 128
# Chinese, Japanese and Korean fonts draw the ellipsis at half height, where it looks wrong after Latin letters.
_ELLIPSIS = 0x2026
_POINTER = 8  # bytes, on the 64-bit systems that Dear PyGui is built for
_log = logging.getLogger(__name__)


def add_missing_glyphs(fonts: Sequence[tuple[Path, float]]) -> None:
    """Add glyphs to the newest fonts of Dear PyGui, which must be loaded.

    fonts: for each of them, in the order in which they were added, another font file and the size of its letters
    in proportion. The ellipsis is taken from it too.
    """
    try:
        library = _open_library()
    except (OSError, AttributeError) as error:
        _log.warning("letters that the font lacks cannot be shown: %s", error)
        return
    atlas, targets = _find_fonts(library, len(fonts))
    if not targets:
        _log.warning("letters that the font lacks cannot be shown: this is another version of Dear ImGui")
        return
    for target, (path, proportion) in zip(targets, fonts, strict=True):
        _exclude_glyph(library, target, _ELLIPSIS)
        size = ctypes.c_float.from_address(target + _FONT_SIZE).value
        config = ctypes.create_string_buffer(_CONFIG_SIZE)
        library._ZN12ImFontConfigC1Ev(config)
        struct.pack_into("<B", config, _CONFIG_MERGE, 1)
        struct.pack_into("<Q", config, _CONFIG_TARGET, target)
        words = (atlas, bytes(path), size * proportion, config, None)
        library._ZN11ImFontAtlas18AddFontFromFileTTFEPKcfPK12ImFontConfigPKj(*words)


def _exclude_glyph(library: ctypes.CDLL, font: int, letter: int) -> None:
    """Have a font not draw a letter itself (ImFontConfig.GlyphExcludeRanges of its first source)."""
    if ctypes.c_int.from_address(font + _FONT_SOURCES).value < 1:
        return
    source = _read_address(_read_address(font + _FONT_SOURCES + _POINTER))
    if _read_address(source + _CONFIG_TARGET) != font or _read_address(source + _CONFIG_EXCLUDED):
        return
    ranges = struct.pack("<III", letter, letter, 0)
    kept = library._ZN5ImGui8MemAllocEm(len(ranges))  # Dear ImGui frees it with the font.
    ctypes.memmove(kept, ranges, len(ranges))
    ctypes.c_uint64.from_address(source + _CONFIG_EXCLUDED).value = kept


def _find_fonts(library: ctypes.CDLL, count: int) -> tuple[int, Sequence[int]]:
    """Return the font atlas and as many of its newest fonts; no fonts where something is not as expected."""
    if library._ZN5ImGui10GetVersionEv() != VERSION or struct.calcsize("P") != _POINTER:
        return 0, ()
    config = ctypes.create_string_buffer(_CONFIG_SIZE)
    library._ZN12ImFontConfigC1Ev(config)
    if config.raw[_CONFIG_OWNED : _CONFIG_MERGE + 1] != b"\1\0":
        return 0, ()
    atlas = _read_address(library._ZN5ImGui5GetIOEv() + _IO_ATLAS)
    held = ctypes.c_int.from_address(atlas + _ATLAS_FONTS).value
    if held < count:
        return 0, ()
    fonts = (ctypes.c_uint64 * held).from_address(_read_address(atlas + _ATLAS_FONTS + _POINTER))
    newest = list(fonts)[held - count :]
    return (atlas, newest) if all(_read_address(font + _FONT_ATLAS) == atlas for font in newest) else (0, ())


def _read_address(place: int) -> int:
    return ctypes.c_uint64.from_address(place).value


def _open_library() -> ctypes.CDLL:
    """Return the library that Dear PyGui has loaded. Raises OSError or AttributeError for another version."""
    library = ctypes.CDLL(_dearpygui.__file__)
    pointer = ctypes.c_void_p
    library._ZN5ImGui10GetVersionEv.restype = ctypes.c_char_p
    library._ZN5ImGui5GetIOEv.restype = pointer
    library._ZN5ImGui8MemAllocEm.argtypes = (ctypes.c_size_t,)
    library._ZN5ImGui8MemAllocEm.restype = pointer
    library._ZN12ImFontConfigC1Ev.argtypes = (pointer,)
    library._ZN12ImFontConfigC1Ev.restype = None
    add = library._ZN11ImFontAtlas18AddFontFromFileTTFEPKcfPK12ImFontConfigPKj
    add.argtypes = (pointer, ctypes.c_char_p, ctypes.c_float, pointer, pointer)
    add.restype = pointer
    return library
