# Everything runs in .venv, which the first target that needs it makes. Needed beforehand: Python 3.11 or newer, and make.
#   make lab PYTHON=python3.12    another Python
#   make lab TORCH=cpu            on Linux: torch without several GB of CUDA; later calls remember it
#   make lab PIP_FLAGS="..."      options for pip
PYTHON ?= python3
-include .venv/torch.mk
TORCH ?=
PIP_FLAGS ?=
NB ?=
WITH ?= torch matplotlib
PORT ?= 8000

ifeq ($(OS),Windows_NT)
  BIN := Scripts
  PYTHON := python
else
  BIN := bin
endif
RUN := .venv/$(BIN)/python
SCRIPTS := $(wildcard helpers/live/*.js pages/*.js)
PIP := -m pip install $(PIP_FLAGS)
LESSONS := .venv/for-lessons
TESTS := .venv/for-tests
SLIDES := .venv/for-slides
SITE := .venv/for-site
# One thread a process: the tests run a process a core, and more threads would only get in each other's way.
TEST := OMP_NUM_THREADS=1 $(RUN) -m pytest

.PHONY: help lab slides lint quick test check notebooks pictures drift mutants mutmut accuracy runtimes sources hosts clinic bench site serve print voila update clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

# Of torch's builds pip knows one only, on Linux that with CUDA; uv knows them by name.
define torch_into
$(if $(TORCH),$(1)/$(BIN)/python $(PIP) uv && $(1)/$(BIN)/uv pip install --python $(1) --torch-backend=$(TORCH) $(2),@:)
endef

$(LESSONS): pyproject.toml constraints.txt requirements.txt
	$(PYTHON) -m venv .venv
	$(call torch_into,.venv,--no-deps -c constraints.txt torch)
	$(RUN) $(PIP) -r requirements.txt
	@echo "TORCH ?= $(TORCH)" > .venv/torch.mk
	@touch $@

$(TESTS): $(LESSONS)
	$(RUN) $(PIP) -c constraints.txt -e ".[test]"
	@touch $@

$(SITE): $(LESSONS)
	$(RUN) $(PIP) -c constraints.txt -e ".[site]"
	@touch $@

lab: $(LESSONS)  ## open the start notebook in JupyterLab
	$(RUN) -m jupyterlab notebooks/00_start_here.ipynb

$(SLIDES): $(LESSONS) tools/slides.json
	$(RUN) $(PIP) -c constraints.txt -e ".[slides]"
	mkdir -p .venv/share/jupyter/lab/settings && cp tools/slides.json .venv/share/jupyter/lab/settings/overrides.json
	@touch $@

slides: $(SLIDES)  ## show a notebook as slides with live sliders (NB=01): there, Run All Cells, a click on the first, then Toggle Deck in the toolbar
	$(RUN) -m jupyterlab $(firstword $(sort $(wildcard notebooks/$(NB)*.ipynb)))

lint: $(TESTS)  ## see that the code is well formed, and that no module imports from a layer above its own
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	.venv/$(BIN)/deno fmt --check $(SCRIPTS) helpers/live/explorer.css
	.venv/$(BIN)/deno lint $(SCRIPTS)
	.venv/$(BIN)/deno check $(SCRIPTS)
	.venv/$(BIN)/lint-imports --no-logo

quick: lint  ## all tests but those that need a browser: what to run before each commit
	$(TEST) -n logical helpers tools pages notebooks tests/modules tests/explorers tests/notebooks

test: lint  ## run all tests, and every notebook against its saved outputs
	$(TEST) -n auto

check: $(TESTS)  ## check one notebook, such as: make check NB=03
	$(TEST) notebooks/$(NB)*.ipynb tests/notebooks/test_notebooks.py -k "$(NB)" -q

notebooks: $(TESTS)  ## re-execute the notebooks and save them and the teacher's pages, saying what changed (NB=03: one)
	$(RUN) tools/notebooks.py $(NB)
	$(RUN) tools/teaching.py

pictures: $(TESTS)  ## draw tests/pictures anew, for you to look at what changed before you commit it
	rm -f tests/pictures/*.png
	$(TEST) tests/modules/test_pictures.py -q -k "test_figure or test_explorer" --mpl-generate-path=tests/pictures

drift:  ## say what other versions would change (WITH="matplotlib==3.10.9"; default: the newest torch and matplotlib)
	$(PYTHON) -m venv .drift
	$(call torch_into,.drift,--no-deps -c constraints.txt torch)
	.drift/$(BIN)/python $(PIP) -r requirements.txt
	$(call torch_into,.drift,--upgrade $(WITH))
	.drift/$(BIN)/python $(PIP) --upgrade $(WITH)
	OMP_NUM_THREADS=1 .drift/$(BIN)/python tools/notebooks.py --compare $(NB)

mutants: $(TESTS)  ## break the project on purpose, one fault at a time, and see that the tests notice
	$(RUN) tools/faults.py

mutmut: $(TESTS)  ## break the exact functions in every way that mutmut knows (some minutes), and list what no test notices
	mkdir -p build && OMP_NUM_THREADS=1 .venv/$(BIN)/mutmut run > build/mutmut.log && .venv/$(BIN)/mutmut results

accuracy: $(TESTS)  ## measure every function's error in ulp and write the table of lesson 90 (about half an hour)
	$(RUN) -m bench.accuracy

runtimes: $(TESTS)  ## measure what other runtimes make of the same numbers, for notebook 90 (a gigabyte of packages in .runtimes)
	$(PYTHON) -m venv .runtimes
	.runtimes/$(BIN)/python $(PIP) -r bench/runtimes.txt
	$(RUN) -m bench.runtimes .runtimes/$(BIN)/python

sources: $(LESSONS)  ## run what other libraries put out, and the line that brings it here (five gigabytes of packages in .sources)
	$(PYTHON) -m venv .sources
	$(call torch_into,.sources,--no-deps -c constraints.txt torch)
	.sources/$(BIN)/python $(PIP) -r requirements.txt -r bench/sources.txt
	.sources/$(BIN)/python -m bench.sources

hosts: $(TESTS)  ## put an explorer into marimo, Panel, Shiny, Solara and others, and move it there (two gigabytes of packages in .hosts)
	$(PYTHON) -m venv .hosts
	$(call torch_into,.hosts,--no-deps -c constraints.txt torch)
	.hosts/$(BIN)/python $(PIP) -c constraints.txt -e ".[test]" -r bench/hosts.txt
	.hosts/$(BIN)/python -m bench.hosts

clinic: $(TESTS)  ## measure how often the clinic accuses a healthy run, and misses a mistake (some minutes)
	$(RUN) -m bench.clinic
	$(RUN) -m bench.trainings

bench: $(TESTS)  ## time the sliders in a real browser
	$(RUN) -m bench.sliders

site: $(SITE)  ## build site/, the lessons as live pages for any web server (some minutes; seconds when little changed)
	$(RUN) -m pages

serve: site  ## show the site at http://127.0.0.1:8000 (the first time it is built: about 6 minutes; PORT=8001: elsewhere)
	$(RUN) -m tools.serving site $(PORT)

print: site $(TESTS)  ## print a lesson as a handout, to build/print (NB=01; the site is built first)
	$(RUN) -m pages.handout $(or $(NB),01)

voila: $(TESTS)  ## show a lesson as an app (NB=01)
	$(RUN) -m voila notebooks/$(or $(NB),01)*.ipynb

update:  ## take the newer course; where you changed notebooks, all of yours are kept in notebooks/my first
	git fetch
	git diff --quiet HEAD -- 'notebooks/*.ipynb' || { yours=notebooks/my/$$(date +%F-%H%M%S) && mkdir -p $$yours \
	  && cp notebooks/*.ipynb $$yours && git checkout HEAD -- 'notebooks/*.ipynb' && echo "Yours are in $$yours"; }
	git merge --ff-only @{upstream}

clean:  ## remove .venv and everything else that can be made again
	rm -rf .venv .drift .runtimes .sources .hosts mutants .pytest_cache .ruff_cache .hypothesis build site *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +
