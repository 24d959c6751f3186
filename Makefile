# kicktimer. `make run` is all that a coach needs; `make help` lists the rest.
#
# Needs python3 (3.11 to 3.14) with venv, and make (3.81, as macOS has it, will do). Everything is installed into .venv, at
# the versions and with the hashes of the lock files; only `make install` writes elsewhere, one file in ~/.local/bin.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run install uninstall test faults lint check format lock bench-sound bench-review clean setup setup-dev simpleaudio moved

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input --quiet
ARGS ?=

# A set-up is good for one place and one Python. Where the checkout was moved or copied, the system's Python was replaced
# or a set-up was interrupted, kicktimer is not imported from here: then .venv is made anew.
FROM := $(shell $(PY) -c 'import kicktimer; print(kicktimer.__file__)' 2>/dev/null)
ifneq ($(FROM),$(CURDIR)/src/kicktimer/__init__.py)
STALE := moved
endif

help:
	@echo 'make run         set up on the first call, then open the app (ARGS="run 8x400-burner" for a command)'
	@echo 'make install     put the command kicktimer into ~/.local/bin (make uninstall removes it)'
	@echo 'make test        run all tests (ARGS="-k journal" for some, ARGS="-n0" in one process)'
	@echo 'make lint        look at it: ruff, types, import contracts'
	@echo 'make check       what a change has to pass: lint and test'
	@echo 'make faults      kills, power cuts, full disks, damaged logs by the thousand (up to an hour)'
	@echo 'make format      let ruff put the code in order'
	@echo 'make setup       set up .venv and do nothing else'
	@echo 'make simpleaudio try again to add the simpleaudio library, after installing what it needs'
	@echo 'make bench-sound measure every way to sound (ARGS="--minutes 1" for a short one)'
	@echo 'make lock        renew the lock files from pyproject.toml'
	@echo 'make clean       remove .venv and everything else that was made here'

run: $(VENV)/.ready
	@$(VENV)/bin/kicktimer $(ARGS)

# A shim in ~/.local/bin that calls this checkout; nothing else on the machine is touched.
install: $(VENV)/.ready
	@sh tools/command_shim.sh install

# Needs no set-up.
uninstall:
	@sh tools/command_shim.sh uninstall

# In several processes; tests/conftest.py says which tests run together. ARGS="-n0" is one process, as --pdb needs it.
test: $(VENV)/.ready-dev
	@$(PY) -m pytest --numprocesses auto --dist loadgroup --no-loadscope-reorder $(ARGS)

# Up to an hour: tests/faults with thousands of cases of each fault, instead of a few.
faults: $(VENV)/.ready-dev
	@KICKTIMER_FAULTS=long $(PY) -m pytest -n0 tests/faults $(ARGS)

lint: $(VENV)/.ready-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

check: lint test

format: $(VENV)/.ready-dev
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

setup: $(VENV)/.ready

setup-dev: $(VENV)/.ready-dev

simpleaudio: $(VENV)/.ready
	@$(ADD_SIMPLEAUDIO)

moved:

# --no-build-isolation: hatchling comes from the lock too, so nothing unlocked is ever fetched.
$(VENV)/.ready: pyproject.toml requirements.lock requirements-simpleaudio.lock $(STALE)
	@$(if $(STALE),$(FIND_PYTHON); $(MAKE_VENV);) \
	echo "Setting up kicktimer in $(VENV), once (a minute or two) ..."; \
	$(PIP) install --require-hashes -r requirements.lock && \
	$(PIP) install --no-deps --no-build-isolation --editable . || \
	{ echo "kicktimer: the set-up failed, see above. It needs the network, once; then call make again." >&2; \
	case $$(uname -m) in armv*) \
		echo "  A 32-bit Pi has to compile a part: sudo apt install gcc python3-dev libffi-dev" >&2;; \
	esac; exit 1; }
	@$(ADD_SIMPLEAUDIO)
	@touch $@
	@echo 'kicktimer is set up here. Open it with: make run'
	@echo '  make run ARGS="plan 8x400-burner"   runs any of its commands from this folder'
	@echo '  make install                        lets you type kicktimer in every folder'

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.lock
	@echo "Adding what the tests need ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

# Sets $$python. PYTHON=… chooses one.
define FIND_PYTHON
python=''; \
for each in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	if "$$each" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then \
		python=$$each; break; \
	fi; \
done; \
if [ -z "$$python" ]; then \
	echo "kicktimer needs Python 3.11, 3.12, 3.13 or 3.14; here is: $$(python3 --version 2>/dev/null || echo none)." >&2; \
	echo "  Debian, Pi OS: sudo apt install python3 python3-venv (from Debian 12, Pi OS Bookworm)" >&2; \
	echo "  macOS: brew install python, or the installer of python.org" >&2; \
	exit 1; \
fi
endef

# Debian keeps ensurepip in a package of its own. Without it another pip can furnish the new environment.
define MAKE_VENV
if "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
	"$$python" -m venv --clear $(VENV); \
elif "$$python" -m pip --version >/dev/null 2>&1; then \
	"$$python" -m venv --clear --without-pip $(VENV) && \
	"$$python" -m pip --disable-pip-version-check --quiet --python $(PY) install pip; \
elif "$$python" -m virtualenv --version >/dev/null 2>&1; then \
	"$$python" -m virtualenv --quiet --clear $(VENV); \
else \
	echo "kicktimer: this Python cannot make an environment: venv or ensurepip is missing." >&2; \
	echo "  Debian, Pi OS: sudo apt install python3-venv" >&2; \
	exit 1; \
fi || { rm -rf $(VENV); echo "kicktimer: no environment could be made in $(VENV)." >&2; exit 1; }
endef

# An extra: whatever goes wrong here, the program has other ways to sound.
define ADD_SIMPLEAUDIO
if $(PY) -c 'import simpleaudio' 2>/dev/null; then :; \
elif headers=$$($(PY) -c 'import sysconfig; print(sysconfig.get_path("include"))') && \
	{ echo '#include <Python.h>'; [ "$$(uname)" = Darwin ] || echo '#include <alsa/asoundlib.h>'; } | \
	$${CC:-cc} -fsyntax-only -I"$$headers" -x c - 2>/dev/null; then \
	$(PIP) install --require-hashes --no-deps --no-build-isolation --use-pep517 -r requirements-simpleaudio.lock \
		>$(VENV)/simpleaudio.log 2>&1 || \
	echo "simpleaudio could not be built (see $(VENV)/simpleaudio.log); kicktimer sounds without it."; \
else \
	echo "simpleaudio is left out, kicktimer sounds without it. It would need a C compiler and headers" \
		"(Debian: sudo apt install gcc python3-dev libasound2-dev; then: make simpleaudio)."; \
fi
endef

# uv resolves for every Python and system at once, which pip cannot. It is used here and never installed for anybody.
LOCK := uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'
lock:
	@$(FIND_PYTHON); \
	scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && \
	"$$python" -m venv "$$scratch" && "$$scratch/bin/python" -m pip install --quiet uv && \
	PATH="$$scratch/bin:$$PATH" && \
	$(LOCK) pyproject.toml --group build --output-file requirements.lock && \
	$(LOCK) pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock && \
	$(LOCK) --group simpleaudio --output-file requirements-simpleaudio.lock

bench-review: $(VENV)/.ready-dev
	@$(PY) tools/bench_review.py $(ARGS)

bench-sound: $(VENV)/.ready-dev
	@$(PY) tools/bench_sound.py $(ARGS)

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist build snapshot_report.html
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
