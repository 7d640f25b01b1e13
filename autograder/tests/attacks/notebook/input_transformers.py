# item: IPython input transformers; pre-run hooks; `showtraceback` patched
# tries: rewrites the check before it is run, and hides that it failed
# contained by: no cell of a submission is run in a kernel; the check is judged outside

TRICK = """
shell = get_ipython()
shell.input_transformers_post.append(lambda lines: ["2.0\\\\n"])
shell.events.register("pre_run_cell", lambda info: None)
shell.showtraceback = lambda *arguments, **options: None


def double(items):
    return None
"""


def attack(notebook, cells):
    cells["double"]["source"] = "%%writefile double.py" + TRICK
    trick = {"cell_type": "code", "id": "trick", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"].insert(
        notebook["cells"].index(cells["check-double"]), {**trick, "source": TRICK.strip()}
    )
