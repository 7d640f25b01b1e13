"""The list of attacks, item by item, and the test that stands for each: nothing on it is forgotten.

A value is either the name of a file under attacks/, which must name the item in its head, or MODULE::TEST.
"""

from __future__ import annotations

import re
from pathlib import Path

from autograder.bench.attacks import read_attacks

TESTS = Path(__file__).parent

NOTEBOOK = {
    "`skip-execution` tag": "notebook/skip_execution",
    "`raises-exception` tag": "notebook/skip_execution",
    "stripped nbgrader metadata": "notebook/metadata_stripped",
    "duplicated nbgrader metadata": "notebook/metadata_duplicated",
    "forged nbgrader metadata": "notebook/metadata_forged",
    "swapped nbgrader metadata": "notebook/metadata_swapped",
    "check cell edited": "notebook/check_edited",
    "check cell deleted": "notebook/check_deleted",
    "check cell moved": "notebook/check_moved",
    "check cell turned to markdown": "notebook/check_markdown",
    "forged outputs": "notebook/outputs_forged",
    "an early execute_result": "notebook/early_result",
    "`clear_output`": "notebook/outputs_cleared",
    "`update_display`": "notebook/outputs_cleared",
    "stderr noise": "notebook/stderr_noise",
    "IPython input transformers": "notebook/input_transformers",
    "pre-run hooks": "notebook/input_transformers",
    "`showtraceback` patched": "notebook/input_transformers",
    "invalid JSON": "notebook/not_json",
    "200 MB notebook": "notebook/two_hundred_megabytes",
    "10^5 cells": "notebook/hundred_thousand_cells",
    "deep nesting": "notebook/deep_nesting",
    "non-UTF-8": "notebook/not_utf8",
}
PYTHON = {
    "`time` patched": "python/time_patched",
    "`multiprocessing.Pool` patched": "python/pool_patched",
    "`os.cpu_count` patched": "python/cpu_count_patched",
    "`builtins` patched": "python/builtins_patched",
    "`numpy.testing` patched": "python/numpy_testing_patched",
    "frames searched": "python/frames_searched",
    "gc searched": "test_harness::test_expected_values_and_hints_are_nowhere_in_the_box",
    "`/proc/self/mem` searched": "test_harness::test_expected_values_and_hints_are_nowhere_in_the_box",
    "results whose `__eq__` lie": "python/lying_eq",
    "results whose `__len__` lie": "python/lying_len",
    "results whose `__iter__` lie": "python/lying_iter",
    "results whose `__reduce__` lie": "python/lying_reduce",
    "NaN as a wildcard": "python/nan_wildcard",
    "atexit handlers": "python/at_exit",
    "signal handlers": "python/signal_handlers",
    "`sys.exit`": "python/sys_exit",
    "`os._exit`": "python/os_exit",
    "`os.abort`": "python/os_abort",
    "SIGSEGV": "python/segmentation_fault",
    "shadow modules in the working folder (`numpy.py`)": "python/shadow_module",
    "shadow modules in the working folder (`sitecustomize.py`)": "python/site_customize",
    "a .pth": "python/site_customize",
    "import-time work": "python/import_time",
}
CHANNEL = {
    "other file descriptors found and written": "channel/descriptors_written",
    "dup2": "channel/dup2",
    "a background thread that rewrites the result": "channel/background_thread",
    "a pickle": "channel/pickle_sent",
    "oversized answers": "channel/oversized",
    "truncated answers": "channel/truncated",
    "malformed answers": "channel/malformed",
    "wrong-dtype answers": "channel/wrong_dtype",
    "wrong-shape answers": "channel/wrong_shape",
    "a forest whose node indices point out of bounds": "channel/forest_out_of_bounds",
    "a forest whose node indices form a cycle": "channel/forest_cycle",
    "output printed to look like a verdict": "channel/printed_verdict",
}
RESOURCES = {
    "fork bomb": "resources/fork_bomb",
    "memory": "resources/memory_of_many",
    "/dev/shm filled": "resources/shared_memory_filled",
    "disk filled": "resources/disk_filled",
    "inode flood": "resources/inode_flood",
    "1 GB of output": "resources/output_flood",
    "file descriptors used up": "resources/descriptors_used_up",
    "infinite loop": "resources/infinite_loop",
    "sleep for ever": "resources/sleep_for_ever",
    "SIGINT and SIGTERM ignored": "resources/signals_ignored",
    "setsid daemons that outlive the run": "resources/daemon",
    "zombies that outlive the run": "resources/zombies",
    "CPU burners left behind to slow the reference": "resources/burners",
}
FILES = {
    "symlink in a submission": "test_attacks_notebook::test_odd_files_beside_a_notebook_go_no_further",
    "hardlink in a submission": "test_attacks_notebook::test_odd_files_beside_a_notebook_go_no_further",
    "FIFO in a submission": "test_attacks_notebook::test_odd_files_beside_a_notebook_go_no_further",
    "device node in a submission": "test_collection::test_only_a_regular_file_with_one_name_is_read",
    "`..` in a name": "test_collection::test_a_hostile_zip_gives_only_what_is_plain_in_it",
    "absolute names": "test_collection::test_a_hostile_tape_gives_only_what_is_plain_in_it",
    "non-ASCII names": "test_collection::test_what_is_odd_is_moved_aside_unread_and_said",
    "zip slip": "test_collection::test_nbgrader_zip_collect_uses_it_by_configuration",
    "zip bomb": "test_collection::test_a_hostile_zip_gives_only_what_is_plain_in_it",
    "reading checks.py's secrets": "files/secrets_read",
    "reading the gradebook": "files/secrets_read",
    "reading the environment": "files/environment_read",
    "reading the home folder": "files/secrets_read",
    "reading other submissions": "files/secrets_read",
    "writing to any of them": "files/others_written",
    "any network connection": "files/network",
}
SPEED = {
    "results cached by input value": "speed/cached_by_value",
    "results cached by identity": "speed/cached_by_identity",
    "results cached on disk": "speed/cached_on_disk",
    "results cached across repetitions": "speed/cached_by_value",
    "work done at import": "speed/import_time",
    "work done in a warm-up": "speed/warm_up",
    "a cheap answer in the timed run and a right one in the checked run": "speed/cheap_when_timed",
    "lazy results that compute when compared": "speed/lazy",
    "vectorised or closed-form answers to an opaque task": "speed/closed_form",
    "`n_jobs=-1` in the forest lab": "forest/n_jobs",
    "more processes than allowed": "speed/more_processes",
    'the student\'s own slow "serial version"': "speed/own_slow_serial",
    "BLAS threads in the reference": "speed/blas_threads",
    "two answers of which one is late": "speed/late_answer",
}
LISTED = NOTEBOOK | PYTHON | CHANNEL | RESOURCES | FILES | SPEED

KINDS = ("notebook", "python", "channel", "resources", "files", "forest", "speed")


def test_every_item_has_a_test_that_exists() -> None:
    attacks = {attack.name: attack for kind in KINDS for attack in read_attacks(kind)}
    for item, test in LISTED.items():
        module, _, name = test.partition("::")
        if name:
            text = (TESTS / f"{module}.py").read_text()
            assert re.search(rf"^def {name}\(", text, re.MULTILINE), (item, test)
        else:
            assert item in attacks[test].items, (item, test)


def test_every_attack_stands_for_an_item() -> None:
    beyond_the_list = {"idlers beside serial work", "a herd of sleepers beside serial work"}
    for kind in KINDS:
        for attack in read_attacks(kind):
            assert set(attack.items) <= set(LISTED) | beyond_the_list, attack.name
