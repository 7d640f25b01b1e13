// What the simulators compute, without a page: numbers in, numbers out. autograder/tests/test_book_play.py
// compares it with the Python of the course. A classic script, because modules do not load from file://.
"use strict";

globalThis.play = (() => {
  // ---- a pool's schedule -------------------------------------------------------------------------------

  // Idle workers take the next chunk in order: the rule of makespan() in unit 00. `price` is paid for each
  // chunk before its first task. Times in seconds; a task is told by its place in `durations`.
  function schedule(durations, workers, chunksize = 1, price = 0) {
    const idleFrom = Array(workers).fill(0);
    const bars = [];
    for (let start = 0; start < durations.length; start += chunksize) {
      const worker = idleFrom.indexOf(Math.min(...idleFrom));
      const chunk = durations.slice(start, start + chunksize);
      let from = idleFrom[worker] + price;
      chunk.forEach((seconds, offset) => {
        bars.push({ worker, task: start + offset, chunk: start / chunksize, from, to: from + seconds });
        from += seconds;
      });
      idleFrom[worker] = from;
    }
    const work = durations.reduce((sum, seconds) => sum + seconds, 0);
    const makespan = Math.max(0, ...idleFrom);
    const speedup = makespan > 0 ? work / makespan : 1;
    return {
      bars, idleFrom, work, makespan, speedup,
      efficiency: speedup / workers,
      bound: Math.max(0, ...durations, work / workers),
    };
  }

  // What Pool.map takes when it is not told: four chunks for each worker.
  function poolChunksize(tasks, workers) {
    return Math.max(1, Math.ceil(tasks / (4 * workers)));
  }

  // The same tasks in another order; `random` gives numbers from 0 to 1, as Math.random does.
  function ordered(durations, order, random = Math.random) {
    const tasks = [...durations];
    if (order === "longest") tasks.sort((a, b) => b - a);
    if (order === "shortest") tasks.sort((a, b) => a - b);
    if (order === "shuffled") {
      for (let last = tasks.length - 1; last > 0; last--) {
        const other = Math.floor(random() * (last + 1));
        [tasks[last], tasks[other]] = [tasks[other], tasks[last]];
      }
    }
    return tasks;
  }

  // ---- laws --------------------------------------------------------------------------------------------

  const amdahl = (serial, workers) => 1 / (serial + (1 - serial) / workers);
  const gustafson = (serial, workers) => serial + (1 - serial) * workers;
  const karpFlatt = (speedup, workers) => (1 / speedup - 1 / workers) / (1 - 1 / workers);

  // What measured points say together: {workers, speedup} of at least two workers each.
  function reading(points) {
    const sorted = points.filter((point) => point.workers >= 2).sort((a, b) => a.workers - b.workers);
    const fractions = sorted.map((point) => karpFlatt(point.speedup, point.workers));
    if (fractions.length < 2) return { fractions, says: "one point" };
    const first = fractions[0];
    const last = fractions[fractions.length - 1];
    const apart = Math.max(0.02, 0.15 * Math.abs(first));
    const says = last > first + apart ? "overhead" : last < first - apart ? "falls" : "serial part";
    return { fractions, says };
  }

  // ---- two processes and one counter -------------------------------------------------------------------

  const BARE = ["read", "write"];
  const LOCKED = ["acquire", "read", "write", "release"];

  function counter(tickets = 1, withLock = false, start = 5) {
    const office = () => ({ step: 0, seen: null });
    return {
      steps: Array(tickets).fill(withLock ? LOCKED : BARE).flat(),
      start, value: start, owner: null, offices: { A: office(), B: office() },
    };
  }

  const finished = (state, who) => state.offices[who].step === state.steps.length;

  // Done, or before a lock that the other one holds.
  function canMove(state, who) {
    if (finished(state, who)) return false;
    return state.steps[state.offices[who].step] !== "acquire" || state.owner === null;
  }

  // The state after one step of `who`, and what happened; the old state is not changed.
  function move(state, who) {
    if (!canMove(state, who)) throw new Error(`${who} cannot move`);
    const next = structuredClone(state);
    const office = next.offices[who];
    const what = next.steps[office.step++];
    if (what === "acquire") next.owner = who;
    if (what === "release") next.owner = null;
    if (what === "read") office.seen = next.value;
    if (what === "write") next.value = office.seen + 1;
    const number = what === "read" ? office.seen : what === "write" ? next.value : null;
    return { state: next, what, number };
  }

  const sold = (state) => ["A", "B"].reduce(
    (sum, who) => sum + state.steps.slice(0, state.offices[who].step).filter((step) => step === "write").length, 0);
  const lost = (state) => state.start + sold(state) - state.value;

  // In how many of all orders of steps is a ticket lost? Orders in which somebody waits are one order.
  function orders(tickets, withLock) {
    const total = { all: 0, losing: 0, worst: 0 };
    (function follow(state) {
      const able = ["A", "B"].filter((who) => canMove(state, who));
      for (const who of able) follow(move(state, who).state);
      if (able.length === 0) {
        total.all += 1;
        total.losing += lost(state) > 0 ? 1 : 0;
        total.worst = Math.max(total.worst, lost(state));
      }
    })(counter(tickets, withLock));
    return total;
  }

  // ---- two jobs and two locks --------------------------------------------------------------------------

  // `plans` says in which order each job takes its locks: {copier: ["scanner", "printer"], fax: […]}.
  // A job takes its first lock, takes its second, and releases both.
  function office(plans) {
    return { plans, step: Object.fromEntries(Object.keys(plans).map((who) => [who, 0])) };
  }

  const holds = (state, who) => (state.step[who] === 3 ? [] : state.plans[who].slice(0, state.step[who]));
  const wants = (state, who) => (state.step[who] < 2 ? state.plans[who][state.step[who]] : null);

  function holder(state, lock) {
    return Object.keys(state.plans).find((who) => holds(state, who).includes(lock)) ?? null;
  }

  function canStep(state, who) {
    if (state.step[who] === 3) return false;
    const lock = wants(state, who);
    return lock === null || holder(state, lock) === null;
  }

  function step(state, who) {
    if (!canStep(state, who)) throw new Error(`${who} cannot move`);
    return { plans: state.plans, step: { ...state.step, [who]: state.step[who] + 1 } };
  }

  // Names of the jobs that wait for each other in a ring, from `who` it was asked of first; else empty.
  function ring(state) {
    for (const first of Object.keys(state.plans)) {
      const seen = [];
      let who = first;
      while (who !== null && !seen.includes(who)) {
        seen.push(who);
        const lock = wants(state, who);
        const next = lock === null ? null : holder(state, lock);
        who = next === who ? null : next;
      }
      if (who === first && seen.length > 1) return seen;
    }
    return [];
  }

  // In how many of all orders of steps do the two end in a ring?
  function endings(plans) {
    const total = { all: 0, deadlocked: 0 };
    (function follow(state) {
      const able = Object.keys(plans).filter((who) => canStep(state, who));
      for (const who of able) follow(step(state, who));
      if (able.length === 0) {
        total.all += 1;
        total.deadlocked += ring(state).length > 0 ? 1 : 0;
      }
    })(office(plans));
    return total;
  }

  // ---- start methods -----------------------------------------------------------------------------------

  const METHODS = ["fork", "spawn", "forkserver"];

  // What can be handed to a child by `args`, and whether its bytes can be made.
  const ARGUMENTS = {
    number: { words: "the number 7", pickles: true },
    function: { words: "a function of a module", pickles: true },
    lambda: { words: "a lambda", pickles: false, error: "AttributeError or PicklingError" },
    file: { words: "an open file", pickles: false, error: "TypeError" },
    lock: { words: "a multiprocessing.Lock", pickles: true },
  };

  // What happens when a script that sets factor = 1 at its top and factor = 10 behind its guard starts a
  // child with this argument. `guarded`: the start stands behind if __name__ == "__main__".
  function start(method, argument, guarded = true) {
    const forks = method === "fork";
    const sent = ARGUMENTS[argument];
    const steps = [];
    if (forks) {
      steps.push("The operating system copies the process: all variables, as they are now, open files too.");
      steps.push("The child calls the target. Nothing was pickled and nothing is imported.");
      return { steps, copied: "everything", imported: "nothing", pickled: "nothing", factor: 10, fails: "" };
    }
    steps.push(method === "spawn"
      ? "A new Python is started. It knows nothing."
      : "The server, a small clean Python that was started once, forks. The child is a copy of the server.");
    if (!sent.pickles) {
      steps.push(`The parent pickles the target and its arguments. ${sent.words} has no bytes: ${sent.error}, in the parent.`);
      return {
        steps, copied: method === "spawn" ? "nothing" : "the server", imported: "nothing",
        pickled: `fails at ${sent.words}`, factor: null, fails: "pickle",
      };
    }
    steps.push("The parent pickles the target, as a name, and its arguments, and sends the bytes.");
    steps.push("The child imports the script again, under the name __mp_main__.");
    if (!guarded) {
      steps.push("Without the guard the import comes to the line that starts a child, and refuses: RuntimeError.");
      return {
        steps, copied: method === "spawn" ? "nothing" : "the server", imported: "the script, all of it",
        pickled: `the target's name and ${sent.words}`, factor: null, fails: "guard",
      };
    }
    steps.push("What stands behind the guard is not run. The child unpickles the arguments and calls the target.");
    return {
      steps, copied: method === "spawn" ? "nothing" : "the server", imported: "the script, down to the guard",
      pickled: `the target's name and ${sent.words}`, factor: 1, fails: "",
    };
  }

  return {
    schedule, poolChunksize, ordered, amdahl, gustafson, karpFlatt, reading,
    counter, finished, canMove, move, sold, lost, orders,
    office, holds, wants, holder, canStep, step, ring, endings,
    METHODS, ARGUMENTS, start,
  };
})();
