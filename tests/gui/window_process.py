"""A process of its own for each module of window tests: Dear PyGui cannot open a second window in one process.

The pytest that was called holds a WindowProcess for the module whose turn it is, sends it the tests one by one
and passes its reports on as its own. The process is a pytest that collects the module, has this file as a
plugin, and runs what it is sent.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from tests.gui.monitor import virtual_screen

_PIPES = "FRAMEWISE_WINDOW_PIPES"


class WindowProcess:
    """Runs tests of one module elsewhere; used by the hook pytest_runtest_protocol of conftest."""

    def __init__(self, item: pytest.Item, screen: str) -> None:
        """Start it with the environment variable DISPLAY, "" to have it find a screen."""
        self.path, self._config = item.path, item.config
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        orders, self._orders = os.pipe()
        reports, writing = os.pipe()
        command = (sys.executable, "-m", "pytest", "-p", __name__, "-p", "no:cacheprovider", item.path)
        self._process = subprocess.Popen(
            command,
            cwd=self._config.rootpath,
            env={**os.environ, "DISPLAY": screen, _PIPES: f"{orders} {writing}"},
            pass_fds=(orders, writing),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        os.close(orders)
        os.close(writing)
        self._reports = os.fdopen(reports)

    @property
    def is_alive(self) -> bool:
        """Whether it can run another test."""
        return self._process.poll() is None

    def run(self, item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[pytest.TestReport]:
        """Run a test; yield the reports of its setup, call and teardown, or one of the process's end."""
        following = nextitem.nodeid if nextitem is not None and nextitem.path == self.path else ""
        with suppress(BrokenPipeError):
            os.write(self._orders, json.dumps((item.nodeid, following)).encode() + b"\n")
        for line in self._reports:
            data = json.loads(line)
            report = self._config.hook.pytest_report_from_serializable(config=self._config, data=data)
            if isinstance(report.longrepr, list):  # where and why a test was skipped, as JSON has it
                report.longrepr = tuple(report.longrepr)
            yield report
            if report.when == "teardown":
                return
        yield self._report_exit(item)

    def close(self) -> None:
        """Let it end, which it does when no test can come any more."""
        os.close(self._orders)
        self._reports.close()
        try:
            self._process.wait(120)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()

    def _report_exit(self, item: pytest.Item) -> pytest.TestReport:
        status = self._process.wait()
        self._output.seek(0)
        text = self._output.read().decode(errors="replace")[-6000:]
        words = f"The process of the window ended with status {status}:\n{text}"
        return pytest.TestReport(item.nodeid, item.location, {}, "failed", words, "call")


class WindowProcesses:
    """The screen for all of them, and the one whose module's turn it is."""

    def __init__(self) -> None:
        self._stack, self._screen = ExitStack(), ""
        self._current: WindowProcess | None = None
        with suppress(RuntimeError):
            self._screen = self._stack.enter_context(virtual_screen())

    def serving(self, item: pytest.Item) -> WindowProcess:
        """Return a process that can run a test: that of its module, another one after a crash."""
        known = self._current
        if known is not None and known.is_alive and known.path == item.path:
            return known
        if known is not None:
            known.close()
        self._current = WindowProcess(item, self._screen)
        return self._current

    def close(self) -> None:
        """End the process and the screen."""
        if self._current is not None:
            self._current.close()
        self._stack.close()


class _Runner:
    """The other side: what the process does in place of going through its tests in order."""

    def __init__(self, orders: int, reports: int) -> None:
        for pipe in (orders, reports):
            os.set_inheritable(pipe, False)
        self._orders, self._reports = os.fdopen(orders), os.fdopen(reports, "w")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        for line in self._orders:
            name, following = json.loads(line)
            item = items[name]
            item.ihook.pytest_runtest_protocol(item=item, nextitem=items.get(following))
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        hook = self._config.hook
        data = hook.pytest_report_to_serializable(config=self._config, report=report)
        print(json.dumps(data), file=self._reports, flush=True)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self._config = session.config


def is_window_process() -> bool:
    """Whether this is such a process, and not the pytest that was called."""
    return _PIPES in os.environ


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Runner(*map(int, os.environ[_PIPES].split())))
