# Everything runs in .venv, which the first target that needs it makes. Needed beforehand: Python 3.11 or newer, and make.
#   make lab PYTHON=python3.12            another Python
#   make lab PIP_FLAGS="--index-url ..."  options for pip, such as an index of CPU builds of torch
PYTHON ?= python3
PIP_FLAGS ?=
NB ?=
WITH ?=

ifeq ($(OS),Windows_NT)
  BIN := .venv/Scripts
  PYTHON := python
else
  BIN := .venv/bin
endif
INSTALLED := .venv/installed
# One thread a process: the tests run two processes, and two threads in each would only get in each other's way.
TEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest

.PHONY: help lab test check notebooks pictures drift mutants accuracy bench clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

$(INSTALLED): requirements.txt pyproject.toml
	@echo "Making .venv and installing requirements.txt: some minutes, and up to a few GB with torch's default build."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --progress-bar on $(PIP_FLAGS) -r requirements.txt
	@touch $(INSTALLED)

lab: $(INSTALLED)  ## open the start notebook in JupyterLab
	$(BIN)/python -m jupyterlab notebooks/00_start_here.ipynb

test: $(INSTALLED)  ## run all tests, and every notebook against its saved outputs
	$(TEST) -n 2

check: $(INSTALLED)  ## check one notebook, such as: make check NB=03
	$(TEST) notebooks/$(NB)*.ipynb tests/test_notebooks.py -k "$(NB)" -q -p no:hypothesispytest

notebooks: $(INSTALLED)  ## re-execute the notebooks and save them and the teacher's pages, saying what changed (NB=03: one)
	$(BIN)/python tools/notebooks.py $(NB)
	$(BIN)/python tools/teaching.py

pictures: $(INSTALLED)  ## draw tests/pictures anew, for you to look at what changed before you commit it
	rm -f tests/pictures/*.png
	$(TEST) tests/test_pictures.py -q -k "test_figure or test_explorer" --mpl-generate-path=tests/pictures

drift: $(INSTALLED)  ## say what other versions would change (WITH="matplotlib==3.10.9"; default: the newest torch and matplotlib)
	$(BIN)/python tools/drift.py $(WITH) --names="$(NB)" --pip-flags="$(PIP_FLAGS)"

mutants: $(INSTALLED)  ## break the project on purpose in a hundred places, one at a time, and see that the tests notice
	$(BIN)/python tools/mutants.py

accuracy: $(INSTALLED)  ## measure every function's error in ulp and write the table of lesson 90 (about half an hour)
	$(BIN)/python -m bench.accuracy

bench: $(INSTALLED)  ## time the sliders in a real browser, beside the other ways
	$(BIN)/python bench/run.py

clean:  ## remove .venv and everything else that can be made again
	rm -rf .venv .bench .drift .pytest_cache .hypothesis build *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +
