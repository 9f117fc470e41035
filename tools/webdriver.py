"""Browsers that playwright cannot drive as the system has them: Firefox and WebKit, and Chromium to compare.

All do the same few things: `go` to an address, take a `size`, `run` an expression, `act` as a hand does, `print`.
"""

import base64
import contextlib
import glob
import json
import os
import re
import shutil
import subprocess
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service as ChromeService
from selenium.webdriver.remote.websocket_connection import WebSocketConnection
from selenium.webdriver.webkitgtk.options import Options as WebKitOptions
from selenium.webdriver.webkitgtk.service import Service as WebKitService

from tools.browser import QUIET, chromium

TIMEOUT = 60  # s
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "ArrowRight": "\ue014", "PageUp": "\ue00e"}


class Hand:
    """What a reader does in a browser, by WebDriver's input sources; `act` is what hands them over."""

    def press(self, *keys):
        """Press these keys, one after the other: names, or letters."""
        moves = [{"type": how, "value": KEYS.get(key, key)} for key in keys for how in ("keyDown", "keyUp")]
        self.act({"type": "key", "id": "keyboard", "actions": moves})

    def drag(self, start, end=None, by="mouse", steps=20):
        """Press at `start`, a pair of pixels, move to `end` in these steps of 16 ms, and let go; by mouse or touch."""
        (x, y), (u, v) = start, end or start
        path = [(x + (u - x) * k / steps, y + (v - y) * k / steps) for k in range(1, steps + 1)] if end else []
        moves = [{"type": "pointerMove", "x": round(a), "y": round(b), "duration": 16} for a, b in (start, *path)]
        pressed, released = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
        moves = [moves[0], pressed, *moves[1:], released]
        self.act({"type": "pointer", "id": by, "parameters": {"pointerType": by}, "actions": moves})

    click = drag


class Driven(Hand):
    """A browser with a driver of its own, to which selenium speaks."""

    def __init__(self, driver):
        self.driver = driver
        self.version = driver.capabilities["browserVersion"]
        driver.set_script_timeout(TIMEOUT)

    def go(self, url):
        self.driver.get(url)

    def size(self, width, height):
        for _ in range(2):  # a window's frame is known only once it has been shown
            frame = self.run("[outerWidth - innerWidth, outerHeight - innerHeight]")
            self.driver.set_window_size(width + frame[0], height + frame[1])

    def run(self, expression):
        """Return what the expression gives in the page, once it is there if it is a promise."""
        ends = "(made) => arguments[0]([made]), (error) => arguments[0](`${error}`)"
        made = self.driver.execute_async_script(f"Promise.resolve({expression}).then({ends})")
        if isinstance(made, str):
            raise RuntimeError(f"{made} in {expression}")
        return made[0]

    def act(self, source):
        self.driver.execute("actions", {"actions": [source]})

    def print(self):
        """Return the page as a PDF."""
        return base64.b64decode(self.driver.print_page())


class Firefox(Hand):
    """A Firefox that was started to be driven by WebDriver BiDi at this address, for which it needs no driver."""

    def __init__(self, address):
        self.socket = WebSocketConnection(f"{address}/session", TIMEOUT, 0.01)
        self.version = self.send("session.new", capabilities={})["capabilities"]["browserVersion"]
        # A page of its own, for that with which it opens has not the focus, which filling the screen asks for.
        self.page = {"context": self.send("browsingContext.create", type="tab")["context"]}

    def send(self, method, **parameters):
        answer = self.socket.send_cmd(method, parameters)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
        return answer["result"]

    def go(self, url):
        self.send("browsingContext.navigate", url=url, wait="complete", **self.page)

    def size(self, width, height):
        self.send("browsingContext.setViewport", viewport={"width": width, "height": height}, **self.page)

    def run(self, expression):
        written = f"Promise.resolve({expression}).then((made) => JSON.stringify(made ?? null))"
        made = self.send("script.evaluate", expression=written, target=self.page, awaitPromise=True)
        if made["type"] == "exception":
            raise RuntimeError(f"{made['exceptionDetails']['text']} in {expression}")
        return json.loads(made["result"]["value"])

    def act(self, source):
        self.send("input.performActions", actions=[source], **self.page)

    def print(self):
        return base64.b64decode(self.send("browsingContext.print", **self.page)["data"])


def programs():
    """Return {browser: the paths of the programs that it takes, None for what is not installed}."""
    mini = glob.glob("/usr/lib/*/webkit2gtk-4.*/MiniBrowser")
    return {
        "chromium": [chromium(), shutil.which("chromedriver")],
        "firefox": [shutil.which("firefox") or shutil.which("firefox-esr")],
        "webkit": [mini[-1] if mini else None, shutil.which("WebKitWebDriver"), shutil.which("Xvfb")],
    }


@contextlib.contextmanager
def opened(name):
    """Give the browser of this name, one of `programs`, with a profile of nobody."""
    with contextlib.ExitStack() as stack:
        path, *others = programs()[name]
        if name == "firefox":
            profile = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            options = ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port=0"]
            process = started(stack, [path, *options], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
            found = (re.search(r"BiDi listening on (\S+)", line) for line in process.stderr)
            browser = Firefox(next(filter(None, found))[1])
            stack.callback(browser.socket.close)
        elif name == "webkit":
            # It has no headless mode: a screen of its own is made, which nobody sees.
            screen = started(stack, [others[1], "-displayfd", "1", "-nolisten", "tcp"], stdout=subprocess.PIPE)
            env = {**os.environ, "DISPLAY": f":{screen.stdout.readline().strip()}"}
            options = WebKitOptions()
            options.binary_location = path
            options.add_argument("--automation")
            browser = Driven(webdriver.WebKitGTK(options, WebKitService(others[0], env=env)))
            stack.callback(browser.driver.quit)
        else:
            options = webdriver.ChromeOptions()
            options.binary_location = path
            for each in ("--headless", *QUIET):
                options.add_argument(each)
            browser = Driven(webdriver.Chrome(options, ChromeService(others[0])))
            stack.callback(browser.driver.quit)
        yield browser


def started(stack, command, **pipes):
    """Start a program, and end it with the stack."""
    process = subprocess.Popen(command, text=True, **pipes)
    for pipe in filter(None, (process.stdout, process.stderr)):
        stack.callback(pipe.close)
    stack.callback(process.wait, 30)
    stack.callback(process.terminate)
    return process
