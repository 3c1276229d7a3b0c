"""Which models are used for which sequences."""

from __future__ import annotations

from app.domain.engine_choice import EngineChoice, EngineLoad, ModelKind, model_kind, with_recent
from app.messages.events import (
    EngineAdvanced,
    EngineCancelled,
    EngineChosen,
    EngineFailed,
    EngineReady,
    EnginesRemembered,
    ModelsChosen,
)
from app.messages.orders import CancelEngine, LoadEngine, Order, ShowFrame
from app.session import propagation
from app.session.state import State


def on_remembered(state: State, event: EnginesRemembered) -> list[Order]:
    """Know what was chosen before."""
    state.choices, state.recent_models = dict(event.choices), event.recent
    return []


def on_chosen(state: State, event: EngineChosen) -> list[Order]:
    """Load another engine; the one in use stays in use until then."""
    state.engine_loading = EngineLoad(event.name)
    return [*propagation.cancel(state), LoadEngine(event.name, event.propagation, event.kind)]


def on_models_chosen(state: State, event: ModelsChosen) -> list[Order]:
    """Use models for a kind of sequences: now, or when one is opened."""
    if state.sequence is not None and model_kind(state.sequence.kind) != event.kind:
        _remember(state, event.choice, event.kind)
        return []
    return on_chosen(state, EngineChosen(event.choice.click, event.choice.propagation, event.kind))


def on_advanced(state: State, event: EngineAdvanced) -> list[Order]:
    """Show how far loading is."""
    if state.engine_loading is not None and state.engine_loading.name == event.name:
        state.engine_loading = EngineLoad(event.name, event.words, event.share)
    return []


def on_ready(state: State, event: EngineReady) -> list[Order]:
    """Use the engine, have it look at the frame on the screen, and remember what was chosen for which kind."""
    state.engine, state.device, state.choice = event.name, event.device, event.choice
    state.engine_loading = None
    if event.kind is not None:
        _remember(state, event.choice, event.kind)
    return [] if state.sequence is None else [ShowFrame(state.frame)]


def on_failed(state: State, event: EngineFailed) -> list[Order]:
    """Say why, and go on with the one in use."""
    state.engine_loading = None
    if event.what:
        state.toast("error", event.what)
        # Until the next start, or else every further sequence would ask for it again.
        state.choices = {kind: choice for kind, choice in state.choices.items() if choice.click != event.name}
    return []


def on_cancelled(state: State, _event: EngineCancelled) -> list[Order]:
    """Stop loading."""
    return [CancelEngine()] if state.engine_loading is not None else []


def for_sequence(state: State) -> list[Order]:
    """Load what was chosen for sequences of this kind, if something else is in use."""
    kind = model_kind(state.sequence.kind) if state.sequence is not None else None
    choice = state.choices.get(kind) if kind is not None else None
    if choice is None or choice == state.choice:
        return []
    state.engine_loading = EngineLoad(choice.click)
    return [LoadEngine(choice.click, choice.propagation)]


def _remember(state: State, choice: EngineChoice, kind: ModelKind) -> None:
    state.choices = {**state.choices, kind: choice}
    state.recent_models = with_recent(state.recent_models, choice.click, choice.propagation)
