"""A lesson's worth of moves, and of re-runs, in a real kernel: nothing that grows is left behind."""

import itertools
import json
import random

import psutil
import pytest
from jupyter_client.manager import start_new_kernel

# In the kernel: what could grow. The page is this test, so what the kernel sends arrives here.
SETUP = """
import gc, json, sys
import matplotlib.pyplot
from ipywidgets.widgets.widget import _instances as widgets
from helpers.explorers import {name}
from helpers.live import Explorer
from helpers.live.cells import _shown

def held():
    gc.collect()
    kinds = [type(each).__name__ for each in gc.get_objects()]  # ipywidgets makes a class for each widget
    pens = [pen for each in gc.get_objects() if issubclass(type(each), Explorer) for pen in each.picture._pens]
    return json.dumps(dict(
        # jupyter_client keeps a digest of each message, up to 65,536 of them
        blocks=sys.getallocatedblocks() - len(get_ipython().kernel.session.digest_history),
        widgets=len(widgets), figures=len(matplotlib.pyplot.get_fignums()),
        explorers=kinds.count("Explorer"), cells=len(_shown),
        definitions=sum(len(pen.definitions) for pen in pens),
    ))
"""


class Page:
    """A kernel, and the page's side of what is said to it."""

    def __init__(self, client, process):
        self.client, self.process = client, process

    def ask(self, kind, content, metadata=None):
        """Send a message; return what the kernel publishes until it is idle again."""
        message = self.client.session.msg(kind, content, metadata=metadata)
        self.client.shell_channel.send(message)
        published = []
        while True:
            said = self.client.get_iopub_msg(timeout=60)
            if said["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            if said["msg_type"] == "status" and said["content"]["execution_state"] == "idle":
                return published
            published.append(said)

    def run(self, code, **metadata):
        return self.ask("execute_request", {"code": code, "silent": False, "store_history": True}, metadata)

    def held(self):
        (line,) = [each["content"]["text"] for each in self.run("print(held())") if each["msg_type"] == "stream"]
        return json.loads(line)

    def memory(self):
        """Return the memory of the kernel's process, in MB."""
        return self.process.memory_info().rss / 2**20

    def comms(self):
        self.client.shell_channel.send(self.client.session.msg("comm_info_request", {"target_name": "jupyter.widget"}))
        while (reply := self.client.get_shell_msg(timeout=60))["msg_type"] != "comm_info_reply":
            pass
        return len(reply["content"]["comms"])


@pytest.fixture
def page():
    manager, client = start_new_kernel(kernel_name="python3", extra_arguments=["--HistoryManager.enabled=False"])
    yield Page(client, psutil.Process(manager.provisioner.pid))
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_random_moves(page):
    page.run(SETUP.format(name="logit_table"))
    opened = page.run("logit_table()", cellId="one")
    (view,) = [each["content"]["comm_id"] for each in opened if each["msg_type"] == "comm_open"][-1:]
    draw, values = random.Random(3), [3.49, 4.43, -2.25, 2.64, 1.0, False, -4.0]
    names, numbers = ("cat", "dog", "cow", "zebra", "temperature", "add_c", "c"), itertools.count()

    def move(several=False):
        # One control, as a reader does, so that the pictures next to it are made ahead; or several.
        values[0], by = round(draw.uniform(-10, 10), 2), names[:1]
        if several or draw.random() < 0.5:
            by = names[:5]
            values[1:5] = *(round(draw.uniform(-10, 10), 2) for _ in range(3)), round(draw.uniform(0.1, 10), 1)
        question = {"page": "this", "number": next(numbers), "by": by, "values": values}
        data = {"method": "update", "state": {**dict(zip(names, values)), "_asked": question}, "buffer_paths": []}
        sent = page.ask("comm_msg", {"comm_id": view, "data": data})
        states = [each["content"]["data"].get("state", {}) for each in sent if each["msg_type"] == "comm_msg"]
        (answer,) = [state["_page"] for state in states if "_page" in state]
        assert answer["values"] == values and answer["error"] == "" and answer["answer"][1] == question["number"]

    def moves():
        for _ in range(200):
            move()
        # How many pictures were made ahead depends on the machine, and what one holds on that, too. So those that are
        # kept in the end, 500 as in a page, are all of moves after which none is made ahead.
        for _ in range(500):
            move(several=True)

    moves()
    before, memory, comms = page.held(), page.memory(), page.comms()
    moves()
    after = page.held()
    blocks = after.pop("blocks") - before.pop("blocks")
    assert after == before and page.comms() == comms
    assert blocks < 200  # less than one small object in three moves
    assert page.memory() - memory < 10


def test_running_a_cell_again(page):
    page.run(SETUP.format(name="logit_table"))

    def rerun(times):
        for _ in range(times):
            page.run("logit_table()", cellId="one")

    rerun(12)
    before, memory, comms = page.held(), page.memory(), page.comms()
    rerun(10)
    after = page.held()
    blocks = after.pop("blocks") - before.pop("blocks")
    assert after == before and page.comms() == comms
    assert after["explorers"] <= 4  # the one that is shown, and those in IPython's _, __ and ___
    assert blocks < 10 * 100  # IPython's history of inputs; an explorer has six thousand
    assert page.memory() - memory < 20  # malloc's own ups and downs; ten explorers have seventy


def test_what_a_reader_has_named_stays(page):
    page.run(SETUP.format(name="logit_table"))
    page.run("mine = logit_table(c=3)\nmine", cellId="one")
    page.run("logit_table()", cellId="one")
    (said,) = page.run("print(mine.set(c=2), mine.values['c'], mine in Out.values())")[-1:]
    assert said["content"]["text"] == "None 2.0 False\n"
