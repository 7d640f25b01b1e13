# correct: yes
# speed: pass
# Checks all tuples, then starts each process as soon as it is made; ends all if a start fails.

import multiprocessing


def run_all(target, argument_tuples):
    context = multiprocessing.get_context()
    argument_tuples = list(argument_tuples)
    if not callable(target):
        raise ValueError(f"target: {target!r} cannot be called")
    wrong = [arguments for arguments in argument_tuples if not isinstance(arguments, tuple)]
    if wrong:
        raise ValueError(f"argument_tuples: not a tuple: {wrong[0]!r}")
    started = []
    try:
        for arguments in argument_tuples:
            process = context.Process(target=target, args=arguments, daemon=False)
            process.start()
            started.append(process)
    except BaseException:
        for process in started:
            process.kill()
        raise
    finally:
        for process in started:
            process.join()
    return [process.exitcode for process in started]
