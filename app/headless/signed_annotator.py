"""Part of an Annotator: signing sequences off and reopening them."""

import time

from app.domain.errors import UsageError
from app.domain.sign_off import SignOff
from app.headless.base import BaseAnnotator, serialized
from app.messages.events.sign_offs import SequenceSignedOff, SignOffWithdrawn


class SignedAnnotator(BaseAnnotator):
    """Part of an Annotator that locks approved sequences."""

    @property
    def sign_offs(self) -> tuple[SignOff, ...]:
        """Who signed the sequence off and who reopened it, oldest first."""
        return self.client.read_state(lambda state: state.sequence.sign_offs)

    @property
    def signed_off(self) -> SignOff | None:
        """The approval that locks the sequence, None where it can be changed."""
        return self.client.read_state(lambda state: state.sequence.signed_off)

    @serialized
    def sign_off(self, by: str) -> SignOff:
        """Approve the sequence: nothing in it can be changed until it is reopened.

        Raises UsageError without a name, for pending clicks, or where it is signed off already.
        """
        _ = self.sequence
        name = _as_words(by, "name")
        if (known := self.signed_off) is not None:
            raise UsageError(f"This sequence is signed off already, by {known.by}.")
        self.client.post(SequenceSignedOff(name, time.time()))
        made = self.signed_off
        if made is None:
            raise UsageError(
                "There is a mask that is not finished yet.", remedy="Call finish or cancel first."
            )
        return made

    @serialized
    def reopen(self, by: str, reason: str) -> None:
        """Let the sequence be changed again.

        Raises UsageError without a name or reason, or where it is not signed off.
        """
        _ = self.sequence
        name, why = _as_words(by, "name"), _as_words(reason, "reason")
        if self.signed_off is None:
            raise UsageError("This sequence is not signed off.")
        self.client.post(SignOffWithdrawn(name, time.time(), why))


def _as_words(text: str, what: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise UsageError(f"The {what} must be a text.", subject=repr(text))
    return text.strip()
