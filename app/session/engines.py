"""Handlers of engines: which models are used for which kinds of sequences."""

from dataclasses import replace

from app.domain.engine_choice import EngineChoice, EngineLoad, ModelKind, model_kind, with_recent
from app.messages import events as ev
from app.messages.orders import CancelEngine, LoadEngine, Order
from app.session import propagation
from app.session.state import State


def on_remembered(state: State, event: ev.EnginesRemembered) -> list[Order]:
    """Restore the choices of earlier starts."""
    state.models = replace(state.models, choices=tuple(sorted(event.choices)), recent=event.recent)
    return []


def on_chosen(state: State, event: ev.EngineChosen) -> list[Order]:
    """Load another engine; the one in use stays in use until then."""
    _set_loading(state, EngineLoad(event.name))
    return [*propagation.cancel(state), LoadEngine(event.name, event.propagation, event.kind)]


def on_models_chosen(state: State, event: ev.ModelsChosen) -> list[Order]:
    """Choose models for a kind of sequences, to be loaded now or when one is opened."""
    if state.sequence.info is not None and model_kind(state.sequence.info.kind) != event.kind:
        _remember(state, event.choice, event.kind)
        return []
    return on_chosen(state, ev.EngineChosen(event.choice.click, event.choice.propagation, event.kind))


def on_advanced(state: State, event: ev.EngineAdvanced) -> list[Order]:
    """Show the progress of loading."""
    if state.models.loading is not None and state.models.loading.name == event.name:
        _set_loading(state, EngineLoad(event.name, event.words, event.share))
    return []


def on_ready(state: State, event: ev.EngineReady) -> list[Order]:
    """Use the engine, and remember what was chosen for which kind of sequence."""
    state.models = replace(
        state.models, engine=event.name, device=event.device, choice=event.choice, loading=None
    )
    if event.kind is not None:
        _remember(state, event.choice, event.kind)
    return []


def on_failed(state: State, event: ev.EngineFailed) -> list[Order]:
    """Show the error; the engine in use stays."""
    _set_loading(state, None)
    if event.what:
        state.add_toast("error", event.what)
        # Forgotten until the next start, or else every further sequence would try to load it again.
        kept = tuple(pair for pair in state.models.choices if pair[1].click != event.name)
        state.models = replace(state.models, choices=kept)
    return []


def on_cancelled(state: State, _event: ev.EngineCancelled) -> list[Order]:
    """Stop loading."""
    return [CancelEngine()] if state.models.loading is not None else []


def for_sequence(state: State) -> list[Order]:
    """Load the models chosen for this kind of sequence, unless they are in use."""
    kind = model_kind(state.sequence.info.kind) if state.sequence.info is not None else None
    choice = dict(state.models.choices).get(kind) if kind is not None else None
    if choice is None or choice == state.models.choice:
        return []
    _set_loading(state, EngineLoad(choice.click))
    return [LoadEngine(choice.click, choice.propagation)]


def _remember(state: State, choice: EngineChoice, kind: ModelKind) -> None:
    choices = {**dict(state.models.choices), kind: choice}
    recent = with_recent(state.models.recent, choice.click, choice.propagation)
    state.models = replace(state.models, choices=tuple(sorted(choices.items())), recent=recent)


def _set_loading(state: State, loading: EngineLoad | None) -> None:
    state.models = replace(state.models, loading=loading)
