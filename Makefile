# All that is done to this repository. `make help` lists it, from the comments that follow ##.

.NOTPARALLEL:
.PHONY: help setup environment sandbox browser axe lab podman postgresql demo test test-all bench-verdicts bench-forest notebooks book lint clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: environment sandbox browser ## Set up everything; the targets below do it by themselves

lab: environment ## Open JupyterLab on the lectures (ARGS=--no-browser on a server)
	PATH="$(CURDIR)/.venv/bin:$$PATH" jupyter-lab --LabApp.default_url=/lab/tree/lectures $(as-root) $(ARGS)

demo: environment sandbox ## Grade a small made class and show its marks
	.venv/bin/autograder demo

# In one process: tests that measure time must have the machine to themselves.
test: setup podman postgresql axe ## Run the tests, without the slow ones (ARGS='-k sandbox' chooses)
	.venv/bin/python -m pytest -m 'not slow' $(ARGS)

# Beside the environment's own; the lectures run on these as well.
PYTHONS = 3.13

test-all: setup podman postgresql axe ## Run all tests, and the lectures on other Pythons (PYTHONS='3.12 3.13')
	.venv/bin/python -m pytest $(ARGS)
	for python in $(PYTHONS); do bash .ci/lectures $$python || exit 1; done

bench-verdicts: environment sandbox ## Measure how often the speed verdict is wrong (ARGS='--minutes 60')
	.venv/bin/autograder bench verdicts $(ARGS)

bench-forest: environment ## Train the slides' forest in every way (ARGS='--scale 0.1')
	.venv/bin/autograder bench forest $(ARGS)

notebooks: environment ## Write the notebooks anew from their texts
	.venv/bin/python -m autograder.notebooks build

book: environment ## Make the web book; lectures run once, then come from a cache (ARGS="--run '00-*'" runs some)
	.venv/bin/python -m autograder.book $(ARGS)

lint: environment ## Check style (ruff) and types (mypy)
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy

clean: ## Remove the environment and caches; grading/ and answers stay
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache lectures/book/_build
	find . -name __pycache__ -prune -exec rm -rf {} +

environment:
	@bash .ci/setup

sandbox podman postgresql browser axe:
	@bash .ci/system $@

# JupyterLab refuses to run as root unless told; then every notebook runs as root too.
as-root = $(if $(filter 0,$(shell id -u)),--allow-root)
