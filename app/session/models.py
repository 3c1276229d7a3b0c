"""Handlers of the library of models: the list, downloads, imports and tuning."""

from collections.abc import Iterable
from dataclasses import replace

from app.domain.engine_choice import SITE_LEARNING, Transfer
from app.messages import events as ev
from app.messages.orders import CancelTransfer, DownloadModel, ImportModels, LearnSite, ListModels, Order
from app.session import engines
from app.session.state import State


def on_requested(state: State, _event: ev.ModelsRequested) -> list[Order]:
    """List the models."""
    return [ListModels(state.models.recent)]


def on_listed(state: State, event: ev.ModelsListed) -> list[Order]:
    """Show the models, and use one that was awaited."""
    state.models = replace(state.models, rows=event.rows, recent=event.recent)
    orders: list[Order] = []
    for row in event.rows:
        kind = state.awaited_models.get(row.name)
        if kind is not None and not row.packages:
            del state.awaited_models[row.name]
            choice = row.choice_beside(state.models.choice_for(kind))
            orders += engines.on_models_chosen(state, ev.ModelsChosen(choice, kind))
    return orders


def on_download(state: State, event: ev.ModelDownloadRequested) -> list[Order]:
    """Download a model, after those that were requested before."""
    if event.kind is not None:
        state.awaited_models = {event.name: event.kind}
    return _begin(state, event.name, DownloadModel(event.name))


def on_import(state: State, event: ev.ModelsImportRequested) -> list[Order]:
    """Copy models into the library."""
    return _begin(state, event.path, ImportModels(event.path))


def on_site_learning(state: State, event: ev.SiteLearningRequested) -> list[Order]:
    """Tune the model that ships and is in use, and use the newest tuned one for that kind once it is here."""
    state.awaited_models = {SITE_LEARNING: event.kind}
    return _begin(state, SITE_LEARNING, LearnSite(state.models.choice_for(event.kind).click))


def on_advanced(state: State, event: ev.TransferAdvanced) -> list[Order]:
    """Show the progress of a transfer."""
    newer = Transfer(event.name, event.words, event.done, event.total)
    _set_transfers(state, (newer if item.name == event.name else item for item in state.models.transfers))
    return []


def on_ended(state: State, event: ev.TransferEnded) -> list[Order]:
    """Show the outcome of a transfer, and list the models again."""
    _set_transfers(state, (item for item in state.models.transfers if item.name != event.name))
    kind = state.awaited_models.pop(SITE_LEARNING, None) if event.name == SITE_LEARNING else None
    if kind is not None and event.models:
        state.awaited_models[event.models[0]] = kind
    if event.models:
        state.add_toast("info", f"Now here: {', '.join(event.models)}.")
    else:
        state.awaited_models.pop(event.name, None)
    for problem in event.problems:
        state.add_toast("warning", problem)
    if event.error:
        state.add_toast("error", event.error)
    return [ListModels(state.models.recent)]


def on_cancelled(state: State, event: ev.TransferCancelled) -> list[Order]:
    """Stop a transfer."""
    return [CancelTransfer(event.name)] if _is_under_way(state, event.name) else []


def _begin(state: State, name: str, order: Order) -> list[Order]:
    if _is_under_way(state, name):
        return []
    _set_transfers(state, (*state.models.transfers, Transfer(name)))
    return [order]


def _is_under_way(state: State, name: str) -> bool:
    return any(item.name == name for item in state.models.transfers)


def _set_transfers(state: State, transfers: Iterable[Transfer]) -> None:
    state.models = replace(state.models, transfers=tuple(transfers))
