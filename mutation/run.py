"""Change each line of `helpers` in all ways that mutmut knows, one at a time, and demand that a test notices: `make mutmut`.

It goes on where it was stopped: tried are the mutants that never were, and once more those that survived. A survivor is
killed by a new test, or listed in mutation/equivalent.toml with the reason why nobody could tell it from the original. An
unlisted survivor makes the command fail; a listed one that is killed or gone is reported. A function that has none is noted
in mutation/tried.toml, and tried again when it changes, or with --again, as tests may have changed. All of `helpers` takes
many hours: `make mutmut ONLY="functions losses.cross_entropy"` tries one module and one function.

What mutmut leaves alone: functions under a decorator (the static figures, what is cached), and module level. The faults of
`make mutants` and the pictures are for these.
"""

import argparse
import contextlib
import fnmatch
import functools
import gc
import itertools
import operator
import os
import pathlib
import subprocess
import sys
import tomllib
import traceback
from collections import Counter

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from tools.mutants import preload

EXTRA = ROOT / ".mutmut"  # what only this command needs stays out of .venv
LISTED = ROOT / "mutation" / "equivalent.toml"
TRIED = ROOT / "mutation" / "tried.toml"
NOTICED = {"killed", "timeout", "caught by type check", "segfault"}  # the last: no memory was enough, too
DONE = {"noticed", "equivalent", "tried before"}


def prepare():
    os.chdir(ROOT)
    os.environ["OMP_NUM_THREADS"] = "1"  # a forked process must not wait for threads that it has not got
    sys.path.append(str(EXTRA))  # behind .venv, whose pytest it shall use
    if not EXTRA.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", EXTRA]
        subprocess.run([*pip, "-r", ROOT / "mutation" / "requirements.txt"], check=True)


def place(name):
    """Return the module and the function of a mutant.

    >>> place("helpers.live.explorer.xǁExplorerǁset__mutmut_1"), place("helpers.functions.x_softmax__mutmut_12")
    (('helpers.live.explorer', 'Explorer.set'), ('helpers.functions', 'softmax'))
    """
    module, _, function = name.partition("__mutmut_")[0].rpartition(".")
    return module, function.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")


def change(diff):
    """Return the changed lines of a unified diff, without their indentation."""
    lines = [line for line in diff.splitlines()[2:] if line.startswith(("-", "+"))]
    return tuple(f"{line[0]} {line[1:].strip()}" for line in lines)


def listed():
    """Return {(module, function, change): reason} of the mutants known to be equivalent."""
    entries = tomllib.loads(LISTED.read_text(encoding="utf-8"))["mutant"] if LISTED.exists() else []
    assert all(each["reason"].strip() for each in entries), f"a mutant without a reason in {LISTED.name}"
    return {(e["module"], e["function"], tuple(e["change"].strip().splitlines())): e["reason"] for e in entries}


def chosen(module, function, patterns):
    """Return whether the module, or the function in it, matches one of the patterns.

    >>> chosen("helpers.functions", "softmax", ["helpers.functions"]), chosen("helpers.functions", "logit", ["*.s*"])
    (True, False)
    """
    return any(fnmatch.fnmatch(each, pattern) for each in (module, f"{module}.{function}") for pattern in patterns)


def mutants():
    """Return [(mutant, its status, the hash of its function's syntax tree)] as mutmut has them."""
    from mutmut.__main__ import collect_source_file_mutation_data
    from mutmut.stats import status_by_exit_code

    found = collect_source_file_mutation_data(mutant_names=())[0]
    return [(name, status_by_exit_code[code], file.hash_by_function_name[mangled(name)]) for file, name, code in found]


def standing(patterns, again=False, module=None):
    """Return {mutant: how it stands} of those whose module or function matches, or of those among them in one module.

    It is noticed, equivalent, tried before, not tried, or what mutmut calls it: survived, as a rule. With `again` the notes
    of what was tried before are left out.
    """
    known, before = listed(), {} if again else noted()
    places = {each[:2] for each in known}  # to see what a mutant changes takes a while
    found = {}
    for name, status, hashed in mutants():
        if chosen(*place(name), patterns) and module in (None, place(name)[0]):
            if status in NOTICED:
                found[name] = "noticed"
            elif place(name) in places and key(name) in known:
                found[name] = "equivalent"
            elif status == "not checked":
                found[name] = "tried before" if before.get(place(name)) == hashed else "not tried"
            else:
                found[name] = status
    return found


def mangled(name):
    """Return mutmut's name for the function of a mutant.

    >>> mangled("helpers.functions.x_softmax__mutmut_12")
    'x_softmax'
    """
    return name.partition("__mutmut_")[0].rpartition(".")[2]


def noted():
    """Return {(module, function): hash} of the functions whose mutants were all tried, with success."""
    modules = tomllib.loads(TRIED.read_text(encoding="utf-8")) if TRIED.exists() else {}
    return {(module, function): found for module, functions in modules.items() for function, found in functions.items()}


def note():
    """Write down which functions have no mutant that is left, those tried before among them."""
    left = {place(name) for name, how in standing(["*"]).items() if how not in DONE}
    hashes = {place(name): hashed for name, _, hashed in mutants()}
    lines = ["# The functions of helpers of which `make mutmut` has tried every mutant, with no unlisted survivor."]
    for module, functions in itertools.groupby(sorted(hashes.keys() - left), operator.itemgetter(0)):
        lines += ["", f'["{module}"]', *(f'"{function}" = "{hashes[module, function]}"' for _, function in functions)]
    TRIED.write_text("\n".join(lines) + "\n", encoding="utf-8")


def tests_of(module):
    """Return the tests that must notice a change in a module, as arguments for pytest: its own file and its pictures."""
    first, _, last = module.partition(".")[2].partition(".")
    names = {
        "live": ["test_live"],
        "exercises": ["test_exercises"],
        "figures": [f"test_figures_{last}", "test_pictures", "test_colors"],
        "explorers": [f"test_{last}", "test_explorer_details", "test_pictures"],
    }.get(first, [f"test_{first}"])
    paths = [path for path in (pathlib.Path("tests") / f"{name}.py" for name in names) if path.exists()]
    own = ["-k", f"{last} or details"] if pathlib.Path("tests", f"test_{last}.py") in paths else []  # no other's pictures
    return [*map(str, paths), *own]


def cheapest_first(tests, seconds):
    """Return the tests, the quick ones first; the pictures, which notice most, before what takes half as long as the first.

    >>> seconds = {"test_sweep.py::made": 0.5, "test_pictures.py::a": 0.8, "test_sweep.py::facts": 0.01}
    >>> cheapest_first(seconds, seconds)
    ['test_sweep.py::facts', 'test_pictures.py::a', 'test_sweep.py::made']
    """
    tests = sorted(tests, key=lambda test: seconds.get(test, 0))
    pictures = [test for test in tests if "test_pictures.py" in test]
    limit = seconds.get(pictures[0], 0) / 2 if pictures else 0
    return sorted(tests, key=lambda test: test not in pictures and seconds.get(test, 0) >= limit)


class CallsOfImports:
    """A plugin for pytest: what importing calls comes to no test by itself, so any test may notice it."""

    def pytest_collection_finish(self, session):
        from mutmut.state import state

        for function in state()._stats:
            state().tests_by_mangled_function_name[function].update(item.nodeid for item in session.items)
        state()._stats.clear()


def try_module(module, patterns, children, again, anew):
    """Try the mutants of one module that are left and match, each in a fork with the tests that come to its function.

    The fork has all of the project imported, which is quick, but what importing computed and cached comes from the original.
    With `anew` it has only imported torch and the like.
    """
    from mutmut import __main__ as mutmut
    from mutmut.configuration import ForkServerWarmup, config
    from mutmut.runners.harness import PytestRunner
    from mutmut.state import state

    left = [name for name, how in standing(patterns, again, module).items() if how not in DONE]
    if not left:
        return
    for name in [name for name in sys.modules if name.partition(".")[0] == "tools"]:
        del sys.modules[name]  # the tests shall take the copy's
    run, execute = PytestRunner.run_tests, PytestRunner.execute_pytest
    arguments = PytestRunner._pytest_args_regular_run

    def in_order(self, tests):
        # A mutant that cannot be imported fails, and is not taken for a run that somebody stopped.
        return ["--continue-on-collection-errors", *arguments(self, cheapest_first(tests, state().duration_by_test))]

    def run_as_mutants_do(self, *, mutant_name, tests):
        if mutant_name is None:
            self.warm_up()  # or a failure that comes from it would pass for a mutant that is noticed
        gc.freeze()  # or pytest's collections at the end would go through all that was imported: most of a mutant's time
        return run(self, mutant_name=mutant_name, tests=tests)

    def execute_with_calls(self, parameters, plugins=()):
        return execute(self, parameters, plugins=[*plugins, CallsOfImports()])

    PytestRunner._pytest_args_regular_run, PytestRunner.run_tests = in_order, run_as_mutants_do
    PytestRunner.execute_pytest = execute_with_calls
    config().pytest_add_cli_args_test_selection = tests_of(module)
    config().forkserver_warmup = ForkServerWarmup.NONE if anew else ForkServerWarmup.COLLECT
    pathlib.Path("mutants/mutmut-stats.json").unlink(missing_ok=True)  # of the tests of another module
    mutmut._run(left, children)


def make_mutants(children):
    from mutmut import __main__ as mutmut

    mutmut.set_mutant_under_test("mutant_generation")
    os.makedirs("mutants", exist_ok=True)
    for file in pathlib.Path("mutants", "helpers").rglob("*.py"):
        if not file.stat().st_size:  # left by a run that was stopped while it wrote this file, and taken for unchanged
            file.unlink()
    mutmut.copy_src_dir()
    with contextlib.redirect_stdout(None):
        mutmut.create_mutants(children)


@functools.cache  # mutmut reads and parses both functions for each
def key(name):
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    return (*place(name), change(get_diff_for_mutant(name)))


def report(patterns):
    """Print the unlisted survivors and a table of the modules; return whether all is well."""
    found = standing(patterns)
    for name, how in found.items():
        if how not in DONE | {"not tried"}:
            module, function, lines = key(name)
            print(f"\n# {how}: {name}\n[[mutant]]\nmodule = {module!r}\nfunction = {function!r}")
            print("change = '''", *lines, "'''", "reason = ''", sep="\n")
    columns = ["noticed", "equivalent", "tried before", "not tried", "left"]
    print(f"\n| module | mutants | {' | '.join(columns)} |\n|---|{'---:|' * (1 + len(columns))}")
    for module in sorted({place(name)[0] for name in found}):
        here = Counter(how if how in columns else "left" for name, how in found.items() if place(name)[0] == module)
        print(f"| {module} | {here.total()} | {' | '.join(str(here[column]) for column in columns)} |")
    equivalent = {key(name) for name, how in found.items() if how == "equivalent"}
    gone = [each for each in listed() if chosen(*each[:2], patterns) and each not in equivalent]
    for module, function, lines in gone:
        print(f"\nlisted as equivalent, and killed or gone: {module}, {function}:", *lines, sep="\n  ")
    return DONE.issuperset(found.values()) and not gone


def in_fork(function, *arguments):
    """Call the function in a process of its own: mutmut runs once a process, and the next one shall not import torch again."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            function(*arguments)
            code = 0
        except Exception:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"{function.__name__} failed with {arguments}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", help="of helpers, such as functions or live.explorer.Explorer.set; default: all")
    parser.add_argument("--report", action="store_true", help="run nothing, say how things stand")
    parser.add_argument("--again", action="store_true", help="try, too, what mutation/tried.toml has")
    parser.add_argument("--children", type=int, default=os.cpu_count(), help="how many to try at a time")
    arguments = parser.parse_args()
    patterns = [f"helpers.{module}" for module in arguments.modules] or ["*"]
    prepare()
    if not arguments.report:
        preload()
        make_mutants(arguments.children)
        for module in dict.fromkeys(place(name)[0] for name, _, _ in mutants() if chosen(*place(name), patterns)):
            for anew in (False, True):
                in_fork(try_module, module, patterns, arguments.children, arguments.again, anew)
        note()
    sys.exit(not report(patterns))


if __name__ == "__main__":
    main()
