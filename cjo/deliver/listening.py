"""Serving HTTP at a port of this machine."""

from __future__ import annotations

from aiohttp import web

from cjo.errors import StackError

_STOP_S = 2.0


async def listen(app: web.Application, host: str, port: int) -> web.AppRunner:
    """The application, listening; `cleanup()` ends it. StackError where the port can't be had."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_STOP_S, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        hint = "name another port in deliver.yaml, or stop what has it"
        raise StackError(f"can't listen at {host}:{port}: {error.strerror}", hint) from None
    return runner
