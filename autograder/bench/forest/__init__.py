"""``autograder bench forest``: the slides' experiment, one forest trained in every way that people use.

data     made data: a sparse matrix like texts, a dense one, labels
ways     how a forest is trained: serial, in processes, in threads, by libraries
run      one training in a process of its own, watched from outside
plan     which trainings, in which order
summary  the lines on file, put into words, a table and a plot
command  the command
"""
