"""What takes long is made once: kept in build/site, with digests of its sources, and made anew when these change."""

import concurrent.futures
import hashlib
import importlib.metadata
import json
import multiprocessing
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).parents[1]
FOLDER = ROOT / "build" / "site" / "made"
PACKAGES = ("torch", "numpy", "matplotlib")
# A process that is forked from one which has imported these starts in no time. Only Linux can do that with torch.
START = "forkserver" if sys.platform == "linux" else "spawn"
HEAVY = ["torch", "anywidget", "pandas", "scipy.stats", "matplotlib.figure", "matplotlib.backends.backend_svg"]


def made(jobs):
    """Return {name: bytes} for {name: (function, arguments)}, each from its own process, or from an earlier call."""
    result = {name: content for name, (_, arguments) in jobs.items() if (content := kept(name, arguments)) is not None}
    missing = [name for name in jobs if name not in result]
    context = multiprocessing.get_context(START)
    context.set_forkserver_preload(HEAVY)
    # In a process of its own a job has imported what it needs of this project and no more, which tells what it is made
    # of.
    if missing:
        print(f"{len(missing)} of {len(jobs)} are made now, and kept: all take 6 minutes on two cores", flush=True)
    pool = concurrent.futures.ProcessPoolExecutor(os.cpu_count(), context, max_tasks_per_child=1)
    try:
        running = {pool.submit(make, name, *jobs[name]): name for name in missing}
        for number, job in enumerate(concurrent.futures.as_completed(running), start=1):
            name = running[job]
            result[name] = job.result()
            print(f"[{number}/{len(missing)}] {name.splitlines()[-1]}: {len(result[name]) / 1e6:.2f} MB", flush=True)
    except BaseException:  # Ctrl + C, too: what runs is ended, what is done stands on the disk
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return result


def files(name, arguments):
    stem = FOLDER / digest(f"{name}{arguments}".encode())
    return stem.with_suffix(".bin"), stem.with_suffix(".json")


def kept(name, arguments):
    content, record = files(name, arguments)
    if content.exists() and record.exists():
        told = json.loads(record.read_text())
        if told == digests(told):
            return content.read_bytes()


def make(name, function, arguments):
    import torch

    torch.set_num_threads(1)
    result = function(*arguments)
    loaded = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    own = {pathlib.Path(each) for each in loaded if each and pathlib.Path(each).is_relative_to(ROOT)}
    content, record = files(name, arguments)
    FOLDER.mkdir(parents=True, exist_ok=True)
    content.write_bytes(result)
    used = sorted(each.relative_to(ROOT).as_posix() for each in own if ".venv" not in each.parts)
    record.write_text(json.dumps(digests([*used, *PACKAGES]), indent=1))
    return result


def digests(names):
    """Return {name: digest} of files of the project, and {name: version} of packages."""
    return {
        name: importlib.metadata.version(name)
        if name in PACKAGES
        else digest((ROOT / name).read_bytes())
        if (ROOT / name).exists()
        else None
        for name in names
    }


def digest(content):
    return hashlib.sha256(content).hexdigest()[:12]
