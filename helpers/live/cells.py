"""Which cell shows an explorer, so that one which is shown no more is closed.

ipywidgets keeps every widget until it is closed, and IPython every result, so each run of a cell would leave one more.
"""

from IPython.core.interactiveshell import InteractiveShell

_shown = {}  # cell -> {explorer: the run of the cell that showed it}
_runs = False  # whether a cell runs, as far as IPython's events tell


def current_run():
    """Return IPython's shell, and of the request that runs its metadata and its id; None, {} and None without one."""
    shell = InteractiveShell.instance() if InteractiveShell.initialized() else None
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    return shell, parent.get("metadata", {}), parent.get("header", {}).get("msg_id")


def is_running():
    """Return whether a cell runs, since the first that showed an explorer."""
    return _runs


def remember(explorer):
    """Note that the running cell shows the explorer."""
    global _runs
    shell, metadata, run = current_run()
    if cell := metadata.get("cellId"):
        if tidy not in shell.events.callbacks["post_run_cell"]:
            shell.events.register("pre_run_cell", begin)
            shell.events.register("post_run_cell", tidy)
            _runs = True
        _shown.setdefault(cell, {})[explorer] = run


def begin(info=None):
    """Note that a cell runs."""
    global _runs
    _runs = True


def tidy(result=None):
    """Close what deleted cells and the last run of the cell that has run showed, unless some cell still shows it."""
    global _runs
    _runs = False
    shell, metadata, run = current_run()
    here = _shown.get(metadata.get("cellId"), {})
    gone = [explorer for explorer, last in here.items() if last != run]
    for explorer in gone:
        del here[explorer]
    for cell in metadata.get("deletedCells", ()):  # JupyterLab names in each run what was deleted since the last
        gone += _shown.pop(cell, ())
    for explorer in gone:
        if not any(explorer in others for others in _shown.values()):
            explorer.close()
            forget_result(shell, explorer)


def forget_explorer(explorer):
    """Note that no cell shows the explorer any more."""
    for explorers in _shown.values():
        explorers.pop(explorer, None)


def forget_result(shell, result):
    """Take `result` out of IPython's `Out`, which would keep what each run has shown until the kernel stops."""
    kept = shell.user_ns.get("Out", {})
    for number in [number for number, each in kept.items() if each is result]:
        del kept[number]
        shell.del_var(f"_{number}", by_name=True)
