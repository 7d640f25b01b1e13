// A pool's schedule: tasks, workers, chunksize, order -> who runs what, when, and what it wins.
"use strict";

play.views.pool = (place) => {
  const { h, s, field, button, choice, number, picture, text, table, short, count, redraw } = play.ui;
  const MOST = 60;
  const SETS = {
    long: { words: "twelve short ones, then a long one", tasks: [...Array(12).fill(1), 12] },
    equal: { words: "sixteen equal ones", tasks: Array(16).fill(2) },
    growing: { words: "growing, 1 to 16", tasks: Array.from({ length: 16 }, (_, place) => place + 1) },
    few: { words: "five for four workers", tasks: Array(5).fill(4) },
  };
  const ORDERS = { given: "as given", longest: "longest first", shortest: "shortest first", shuffled: "shuffled" };
  const state = { given: SETS.long.tasks, tasks: SETS.long.tasks, workers: 2, chunksize: 1, price: 0, order: "given" };

  const result = h("div");
  const problem = h("p", { class: "play-problem", role: "alert" });
  const list = h("input", { type: "text", spellcheck: "false", onchange: read, "data-name": "tasks" });
  const chunksize = number(1, { min: 1, max: MOST }, (value) => update({ chunksize: value }));

  function read() {
    const words = list.value.split(/[\s,;]+/).filter(Boolean);
    const tasks = words.map(Number);
    const bad = words.find((_, place) => !(tasks[place] >= 0 && tasks[place] <= 1000));
    if (bad !== undefined) problem.textContent = `${bad} is not a time from 0 to 1000 s. The last good list is drawn.`;
    else if (tasks.length > MOST) problem.textContent = `${tasks.length} tasks are too many to draw; the most is ${MOST}.`;
    else update({ given: tasks });
  }

  function update(change) {
    Object.assign(state, change);
    if ("given" in change || "order" in change) {
      state.tasks = play.ordered(state.given, state.order);
      list.value = state.given.join(" ");
    }
    problem.textContent = "";
    redraw(result, draw);
  }

  function draw() {
    const plan = play.schedule(state.tasks, state.workers, state.chunksize, state.price);
    const wide = 640, left = 74, row = 34, high = state.workers * row, end = Math.max(plan.makespan, 1e-9);
    const at = (seconds) => left + (seconds / end) * (wide - left - 12);
    const parts = [];
    for (let worker = 0; worker < state.workers; worker++) {
      parts.push(text(left - 8, worker * row + 22, `worker ${worker + 1}`, { "text-anchor": "end" }));
      parts.push(s("rect", { class: "idle", x: left, y: worker * row + 4, width: at(end) - left, height: row - 8 }));
    }
    const longest = Math.max(...state.tasks);
    for (const bar of plan.bars) {
      const width = at(bar.to) - at(bar.from);
      const kind = bar.to - bar.from === longest && state.tasks.some((task) => task !== longest) ? "task longest" : "task";
      parts.push(s("rect", { class: kind, x: at(bar.from), y: bar.worker * row + 4, width, height: row - 8 },
        s("title", {}, `task ${bar.task + 1}, chunk ${bar.chunk + 1}: ${short(bar.from)} to ${short(bar.to)} s`)));
      if (width > 16) parts.push(text(at(bar.from) + width / 2, bar.worker * row + 22, bar.task + 1, { class: "on-task", "text-anchor": "middle" }));
    }
    parts.push(s("line", { class: "ideal", x1: at(plan.bound), x2: at(plan.bound), y1: 0, y2: high }));
    parts.push(text(left, high + 18, "0 s"), text(wide - 12, high + 18, `${short(plan.makespan)} s`, { "text-anchor": "end" }));
    const busy = plan.idleFrom.map((seconds, worker) => `worker ${worker + 1} until ${short(seconds)} s`);
    const words = `${count(state.tasks.length, "task")} on ${count(state.workers, "worker")}, chunks of ${state.chunksize}. ` +
      `The last worker is done after ${short(plan.makespan)} s; no schedule can be done before ${short(plan.bound)} s. ` +
      `One worker alone needs ${short(plan.work)} s: speedup ${short(plan.speedup)}, efficiency ${short(plan.efficiency)}.`;
    return [
      h("p", { class: "play-says", "aria-live": "polite" }, words),
      picture(wide, high + 26, `Gantt chart. ${words} Busy: ${busy.join(", ")}.`, parts),
      h("p", { class: "play-key" }, "Blue: a task, with its number in the line. Orange: the longest. Dashed: idle. Green, dashed: no schedule ends sooner."),
      h("details", {}, h("summary", {}, "The same as a table"),
        table(["task", "chunk", "worker", "from, s", "to, s"],
          plan.bars.map((bar) => [bar.task + 1, bar.chunk + 1, bar.worker + 1, short(bar.from), short(bar.to)].map(String)),
          "Who runs what, when")),
    ];
  }

  place.append(
    h("div", { class: "play-controls" },
      field("tasks", choice(Object.fromEntries(Object.entries(SETS).map(([key, set]) => [key, set.words])), "long",
        (key) => update({ given: SETS[key].tasks }))),
      field("their times, in seconds", list),
      field("order", choice(ORDERS, "given", (order) => update({ order }))),
      field("workers", number(2, { min: 1, max: 12 }, (workers) => update({ workers }))),
      field("chunksize", chunksize),
      field("price of a chunk, s", number(0, { min: 0, max: 100, step: 0.1 }, (price) => update({ price }))),
      button("chunksize as Pool.map chooses", () => {
        chunksize.value = play.poolChunksize(state.tasks.length, state.workers);
        chunksize.dispatchEvent(new Event("change"));
      }),
      button("shuffle again", () => {
        place.querySelector("select option[value=shuffled]").selected = true;
        update({ order: "shuffled" });
      })),
    problem, result);
  update({ given: state.given });
};
