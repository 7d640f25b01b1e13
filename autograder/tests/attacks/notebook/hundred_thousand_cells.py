# item: 10^5 cells
# tries: keeps everybody busy who does something for each cell
# contained by: a limit of cells
# seen: it holds 100,0\d\d cells, more than 5,000


def attack(notebook, cells):
    empty = {"cell_type": "code", "metadata": {}, "outputs": [], "source": "", "execution_count": None}
    notebook["cells"] += [{**empty, "id": f"c{number}"} for number in range(100_000)]
