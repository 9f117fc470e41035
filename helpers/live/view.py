"""The widget that carries an explorer to the page, and goes when its cell runs again."""

import pathlib

import anywidget
import IPython
import traitlets

_shown = {}  # cell -> (its last execution, what that showed)


class View(anywidget.AnyWidget):
    """One place where an explorer is shown. All that the page does comes from `figure.js`."""

    # The text and not the path: anywidget watches a path, and holds on to every widget for which it does.
    _esm = pathlib.Path(__file__).with_name("figure.js").read_text(encoding="utf-8")

    # Serialised when a page asks for it, so that a page that opens late shows the explorer as it is by then.
    state = traitlets.Any().tag(sync=True, to_json=lambda _, view: view.explorer.state())

    def __init__(self, explorer):
        self.explorer = explorer
        super().__init__()

    @classmethod
    def shown_in_this_cell(cls, explorer, views):
        """Return a new view, listed in `views`, after closing those that an earlier run of the same cell left.

        ipywidgets keeps every widget until it is closed, so each run would otherwise leave one more.
        """
        shell = IPython.get_ipython()
        parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
        cell = parent.get("metadata", {}).get("cellId")
        run = parent.get("header", {}).get("msg_id")
        last, shown = _shown.get(cell, (None, []))
        if cell and run != last:
            for view, listed in shown:
                view.close()
                listed.remove(view)
                if not listed and view.explorer is not explorer:
                    forget(shell, view.explorer)
            shown = []
        view = cls(explorer)
        views.append(view)
        if cell:
            _shown[cell] = (run, [*shown, (view, views)])
        return view

    def close(self):
        self.layout.close()
        super().close()

    def _handle_custom_msg(self, content, buffers):
        # Not by `on_msg`, which would swallow what a move raises.
        self.explorer.receive(content)


def forget(shell, result):
    """Take `result` out of IPython's `Out`, which would keep what each run of a cell has shown until the kernel stops."""
    kept = shell.user_ns.get("Out", {})
    for number in [number for number, each in kept.items() if each is result]:
        del kept[number]
        shell.del_var(f"_{number}", by_name=True)
