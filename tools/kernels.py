"""Kernels for nbval that start at once: forked from one process in which what the notebooks import is imported already."""

import multiprocessing
import multiprocessing.forkserver
import os
import signal
import sys
import time
from unittest import mock

from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file
from nbval.kernel import RunningKernel

# Forking is safe where nothing has run in threads yet: so what is imported runs in one, and the kernel in as many as are
# wanted. On macOS system libraries have run in threads, and Windows cannot fork.
CAN_FORK = sys.platform == "linux"
# What the notebooks import, and what torch.testing does at its first use. An import that a notebook forgot is found by
# `make notebooks` and by the browser tests, whose kernels start with nothing.
PRELOADED = [
    "ipykernel.kernelapp",
    "helpers.explorers",
    "helpers.exercises",
    "helpers.tables",
    "torch.distributed.tensor",
]


def serve(connection_file, folder, threads):
    """Be a kernel in which torch has that many threads."""
    import torch
    from ipykernel.kernelapp import IPKernelApp

    os.environ["OMP_NUM_THREADS"] = str(threads)
    torch.set_num_threads(threads)
    os.chdir(folder)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    IPKernelApp.launch_instance(argv=["-f", connection_file])


class ForkedKernel(RunningKernel):
    """As nbval's `RunningKernel`: a kernel of its own process, of this environment, in which no cell has run."""

    server = None

    def __init__(self, kernel_name, cwd=None, startup_timeout=60):
        if ForkedKernel.server is None:
            ForkedKernel.server = multiprocessing.get_context("forkserver")
            ForkedKernel.server.set_forkserver_preload(PRELOADED)
            with mock.patch.dict(os.environ, OMP_NUM_THREADS="1"):
                multiprocessing.forkserver.ensure_running()
        self.connection_file, _ = write_connection_file()
        threads = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count()))
        arguments = (self.connection_file, cwd or os.getcwd(), threads)
        self.process = self.server.Process(target=serve, args=arguments, daemon=True)
        self.process.start()
        self.kc = BlockingKernelClient(connection_file=self.connection_file)
        self.kc.load_connection_file()
        self.kc.start_channels()
        try:
            self.wait(startup_timeout)
            self._ensure_iopub_up()
        except RuntimeError:
            self.stop()
            raise

    def wait(self, seconds):
        """Wait until the kernel answers. A client alone takes a kernel for dead whose heart does not beat yet, so ask again."""
        end = time.monotonic() + seconds
        while True:
            try:
                return self.kc.wait_for_ready(timeout=max(1, end - time.monotonic()))
            except RuntimeError:
                if not self.is_alive() or time.monotonic() > end:
                    raise

    def is_alive(self):
        return self.process.is_alive()

    def interrupt(self):
        os.kill(self.process.pid, signal.SIGINT)

    def stop(self):
        self.kc.stop_channels()
        self.process.kill()
        self.process.join()
        os.unlink(self.connection_file)
