"""The bench: how often the speed verdict is wrong, measured on real answers under real load.

    plan      which answer under which condition, in which order
    loads     the conditions: processes that keep the machine busy (burner is what they run)
    verdicts  one trial after the other: a load, a real verdict, one line on file; safe to interrupt
    rules     what three rules that others use say about the very same runs
    summary   from the lines to numbers and a table
    picture   the plot

`autograder bench verdicts` runs it; its results are kept in results/.
"""
