"""The worker process: runs the outbox and its schedules until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from typing import Any

from app import wiring
from app.platform import outbox, telemetry

log = logging.getLogger("santex.worker")
RETRY_SECONDS = 5
RESCUE_SECONDS = 30


async def forever(url: str, concurrency: int = 4) -> None:
    """Work; when the database goes away, come back when it does. Cancel to stop: jobs under way finish first."""
    while True:
        try:
            app = outbox.queue_app(url)
            async with app.open_async():
                rescuing = asyncio.create_task(_rescuing(app))
                try:
                    await app.run_worker_async(
                        install_signal_handlers=False,
                        concurrency=concurrency,
                        delete_jobs="successful",
                        fetch_job_polling_interval=2,
                        shutdown_graceful_timeout=20,
                    )
                finally:
                    rescuing.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await rescuing
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("the worker stopped; starting it again in %s seconds", RETRY_SECONDS)
        await asyncio.sleep(RETRY_SECONDS)


async def _rescuing(app: Any) -> None:
    """Take up what workers that died have left, now and while this one lives."""
    while True:
        try:
            if count := await outbox.rescue(app):
                log.warning("%s jobs of workers that died wait again", count)
        except Exception:
            log.exception("could not look for jobs of workers that died")
        await asyncio.sleep(RESCUE_SECONDS)


async def _main() -> None:
    url = wiring.start()
    task = asyncio.create_task(forever(url))
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await wiring.stop()


def run() -> None:
    telemetry.configure_logging()
    asyncio.run(_main())


if __name__ == "__main__":
    run()
