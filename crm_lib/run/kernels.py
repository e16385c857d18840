"""Kernels forked from the server that has done the imports, one a notebook, never shared."""

from __future__ import annotations

import asyncio
import atexit
import os
import random
import sys
import time
from collections.abc import Mapping, Set
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client import AsyncKernelManager
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from jupyter_core.utils import run_sync
from traitlets.config import Config

from crm_lib.run import forkserver
from crm_lib.run.private import private_folder

LAUNCHER = "ipykernel_launcher"
NAME = "python3"
POLL_SECONDS, POLLS = 0.003, 100
# A run's cells are no part of what its user typed, and writing them to IPython's history takes time.
NO_HISTORY = "--HistoryManager.enabled=False"
QUIET_SECONDS = 0.1  # after which a message on iopub was lost, since nobody had subscribed yet


class ForkProvisioner(LocalProvisioner):
    """Launches ipykernel by fork; any other kernel, and where there is no server, as jupyter_client does."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        server = forkserver.current()
        if server is None or LAUNCHER not in cmd:
            return await super().launch_kernel(cmd, **kwargs)
        arguments = cmd[cmd.index(LAUNCHER) + 1 :]
        process = server.fork_kernel(arguments, dict(kwargs["env"]), str(kwargs.get("cwd") or Path.cwd()))
        self.process: Any = process
        self.pid = self.pgid = process.pid
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        await super().kill(restart)
        for _ in range(POLLS):  # jupyter_client looks again only after 0.1 s
            if not isinstance(self.process, forkserver.Forked) or await self.poll() is not None:
                break
            await asyncio.sleep(POLL_SECONDS)

    async def send_signal(self, signum: int) -> None:
        if isinstance(self.process, forkserver.Forked):
            self.process.send_signal(signum)
        else:
            await super().send_signal(signum)


class PromptClient(AsyncKernelClient):
    """Ready as soon as the kernel has answered on both channels; jupyter_client then waits 0.2 s for silence."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        end = time.monotonic() + (timeout or 60)
        requests: set[str] = set()
        while time.monotonic() < end:
            requests.add(self.kernel_info())
            try:
                reply = await self.get_shell_msg(timeout=1)
                while not _is_idle(await self.get_iopub_msg(timeout=QUIET_SECONDS), requests):
                    pass
            except Empty:
                if not await self.is_alive():
                    raise RuntimeError("Kernel died before replying to kernel_info") from None
                continue
            self._handle_kernel_info_reply(reply)
            return
        raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")


def _is_idle(message: dict[str, Any], requests: Set[str]) -> bool:
    return message["parent_header"].get("msg_id") in requests and message["content"].get("execution_state") == "idle"


def fork_config(folder: str) -> Config:
    """Of nbclient: the fork provisioner for kernelspecs that name none; sockets and connection file in a private folder,
    so that no port can collide and nobody else on the machine can listen."""
    KernelProvisionerFactory.instance().default_provisioner_name = "crm-fork"
    manager = {
        "transport": "ipc",
        "ip": f"{folder}/socket",
        "connection_file": f"{folder}/connection.json",
        "client_class": f"{__name__}.{PromptClient.__name__}",
    }
    return Config({"AsyncKernelManager": manager})


class Kernel:
    """A kernel on its way up, for one notebook; `close` removes what it left."""

    def __init__(self, env: Mapping[str, str], folder: str) -> None:
        self._private = private_folder()
        self.manager = AsyncKernelManager(kernel_name=NAME, config=fork_config(self._private.name))
        run_sync(self._start)({**os.environ, **env}, folder)

    async def _start(self, env: dict[str, str], folder: str) -> None:
        await self.manager.start_kernel(env=env, cwd=folder, extra_arguments=[NO_HISTORY])

    def close(self) -> None:
        if self.manager.has_kernel:
            run_sync(self._shut_down)()
        self._private.cleanup()

    async def _shut_down(self) -> None:
        await self.manager.shutdown_kernel(now=True)


def without_debugger() -> None:
    """Import ipykernel's debugger as where there is none: nobody stops in a kernel that a run executes."""
    needed = "debugpy"
    sys.modules.setdefault(needed, None)  # type: ignore[arg-type]
    import ipykernel.debugger  # noqa: F401

    if sys.modules[needed] is None:
        del sys.modules[needed]


def run_kernel(arguments: list[str]) -> None:
    """Be an ipykernel until it is shut down."""
    from ipykernel.kernelapp import IPKernelApp

    _forget()
    sys.argv = [LAUNCHER, *arguments]
    try:
        IPKernelApp.launch_instance(argv=[*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"])
    finally:
        atexit._run_exitfuncs()


def _forget() -> None:
    """Undo what a fresh interpreter would not have: the random states that every fork shares, the drawing backend."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].rcParams["backend"] = "module://matplotlib_inline.backend_inline"
    if not sys.flags.safe_path:
        del sys.path[0]  # where the command was called; the shell adds its own working directory
