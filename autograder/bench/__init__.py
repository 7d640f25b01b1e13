"""The bench: how often the speed verdict is wrong, on real answers under real load; and what attacks earn.

    plan      which answer under which condition, in which order
    loads     the conditions: processes that keep the machine busy (burner is what they run)
    verdicts  one trial after the other: a load, a real verdict, one line on file; safe to interrupt
    rules     what three rules that others use say about the very same runs
    summary   from the lines to numbers and a table
    picture   the plot
    simulate  made verdicts by the hundred thousand, from recorded blocks; curve tells how often they err
    fingerprint   the code that a verdict on file hangs on
    attacks   the hostile answers and notebooks
    on_stock  what they get on stock nbgrader, in a box of its own (stock is what runs there)
    contained what they get here
    attack_runs   one attack after the other, there and here; one line on file each; safe to interrupt
    record    lines on file
    checks    right answers accepted and wrong ones caught, over the corpus
    mutants   small changes to the solutions, and which of them no check notices
    sandbox   what a box costs to start and to end

`autograder bench` runs it; results are kept in results/.
"""
