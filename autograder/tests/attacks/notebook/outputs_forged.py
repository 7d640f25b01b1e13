# item: forged outputs; output printed to look like a verdict
# tries: hands the check in with the outputs of full marks
# contained by: outputs are not looked at


def attack(notebook, cells):
    result = {"output_type": "execute_result", "data": {"text/plain": "2.0"}, "metadata": {}}
    cells["check-double"]["outputs"] = [{**result, "execution_count": 1}]
    cells["check-double"]["execution_count"] = 1
