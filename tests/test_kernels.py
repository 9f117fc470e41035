"""The forked kernels: each a process of its own in which no cell has run, and nothing of the reader's settings."""

import os
import pathlib
import queue
import subprocess
import sys

import pytest

from tools import kernels

ROOT = pathlib.Path(__file__).parents[1]

if kernels.CAN_FORK:

    @pytest.fixture(scope="module")
    def start():
        """Return a way to start kernels, which stop at the end."""
        started = []

        def start():
            started.append(kernels.ForkedKernel("any", cwd=str(os.path.dirname(__file__))))
            return started[-1]

        yield start
        for kernel in started:
            if kernel.is_alive():
                kernel.stop()

    @pytest.fixture(scope="module")
    def kernel(start):
        return start()

    def said(kernel, code):
        """Run code in the kernel and return what it prints and raises."""
        message = kernel.execute_cell_input(code)
        kernel.await_reply(message, timeout=60)
        return rest_of(kernel, message)

    def rest_of(kernel, message):
        found = []
        while True:
            each = kernel.get_message("iopub", timeout=60)
            if each["parent_header"].get("msg_id") == message:
                content = each["content"]
                if content.get("execution_state") == "idle":
                    return "".join(found)
                found.append(content.get("text", "") + content.get("ename", ""))

    def test_each_is_a_process_of_its_own_without_names_of_another(start, kernel):
        assert said(kernel, "x = 1; import os; print(os.getpid())").strip() == str(kernel.process.pid)
        other = start()
        assert other.process.pid not in (kernel.process.pid, os.getpid())
        assert (
            said(other, "print('x' in globals(), 'torch' in globals(), 'helpers' in globals())")
            == "False False False\n"
        )
        assert said(kernel, "print(x)") == "1\n"

    def test_stands_in_its_folder_with_the_imports_done(kernel):
        assert (
            said(kernel, "import os, sys; print(os.path.basename(os.getcwd()), 'torch' in sys.modules)")
            == "tests True\n"
        )

    def test_has_as_many_threads_as_are_wanted(start, monkeypatch):
        monkeypatch.setenv("OMP_NUM_THREADS", "2")
        kernel = start()
        assert (
            said(kernel, "import os, torch; print(torch.get_num_threads(), os.environ['OMP_NUM_THREADS'])") == "2 2\n"
        )
        assert said(kernel, "print(torch.full((1_000_000,), 2.0).square().sum().item())") == "4000000.0\n"

    def test_threads_of_the_process_that_forks_do_not_block_the_kernel():
        code = """
from tools.kernels import ForkedKernel

kernel = ForkedKernel("any")
kernel.await_reply(kernel.execute_cell_input("import torch; torch.full((1_000_000,), 2.0).square()"), timeout=20)
kernel.stop()
"""
        subprocess.run([sys.executable, "-c", code], env=os.environ | {"OMP_NUM_THREADS": "2"}, cwd=ROOT, check=True)

    def test_has_an_empty_profile(kernel):
        code = "import os, pathlib\nprint(sorted(path.name for path in pathlib.Path(os.environ['IPYTHONDIR']).rglob('*.py')))"
        assert said(kernel, code) == "[]\n"
        assert os.environ["IPYTHONDIR"] != os.path.expanduser("~/.ipython")

    def test_can_be_interrupted(kernel):
        message = kernel.execute_cell_input("import time\nprint('now', flush=True)\ntime.sleep(60)")
        while kernel.get_message("iopub", timeout=60)["content"].get("text") != "now\n":
            pass
        kernel.interrupt()
        kernel.await_reply(message, timeout=30)
        assert rest_of(kernel, message) == "KeyboardInterrupt"

    def test_stops(start):
        kernel = start()
        kernel.stop()
        assert not kernel.is_alive() and not os.path.exists(kernel.connection_file)

    def test_says_when_none_starts(monkeypatch):
        monkeypatch.setattr(kernels, "serve", os.getpid)  # returns at once
        with pytest.raises((RuntimeError, queue.Empty)):
            kernels.ForkedKernel("any", startup_timeout=1)
