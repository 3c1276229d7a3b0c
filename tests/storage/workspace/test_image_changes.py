"""Masks of an image folder that has changed go with the content of their images."""

from __future__ import annotations

from app.storage.workspace.image_changes import list_images, match_images, say_carried


def images(**contents: str) -> list[list[str | bytes]]:
    return list_images(list(contents), {name: content.encode() for name, content in contents.items()})


def test_added_removed_and_renamed_images_are_told_apart() -> None:
    match = match_images(images(b="1", c="2", d="3", e="4"), images(a="0", b="1", e="4", z="2"))
    assert match.places == {0: 1, 1: 3, 3: 2}
    assert (match.added, match.renamed, match.gone, match.changed) == (1, 1, ("d",), ())


def test_an_image_replaced_under_its_name_takes_no_mask() -> None:
    match = match_images(images(a="1", b="2"), images(a="1", b="other"))
    assert match.places == {0: 0} and match.changed == ("b",) and not match.gone and not match.added


def test_two_images_that_change_names_keep_their_masks() -> None:
    assert match_images(images(a="1", b="2"), images(a="2", b="1")).places == {0: 1, 1: 0}


def test_equal_images_are_matched_once_each_in_order() -> None:
    match = match_images(images(a="1", b="1", c="1"), images(b="1", x="1"))
    assert match.places == {1: 0, 0: 1} and match.gone == ("c",)


def test_what_was_left_behind_is_counted_and_its_place_named() -> None:
    match = match_images(images(a="1", b="2"), images(a="1", b="other"))
    said = say_carried(match, "images of this folder", 4, 1, "clip-0123")
    assert "1 replaced (b)" in said and "4 masks were carried over" in said and "1 mask was not" in said
    assert "clip-0123" in said
