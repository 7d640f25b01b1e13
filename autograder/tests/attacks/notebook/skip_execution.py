# item: `skip-execution` tag; `raises-exception` tag
# tries: tags the check so that nobody runs it, or nobody minds that it fails
# contained by: tags are not looked at; the instructor's own cells are judged


def attack(notebook, cells):
    for cell in cells.values():
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception"]
