// Amdahl, Gustafson, Karp–Flatt: the two laws as curves, and measured points that can be moved.
"use strict";

play.views.speedup = (place) => {
  const { h, s, field, button, number, slider, picture, text, table, short, redraw } = play.ui;
  const state = { serial: 0.25, most: 8, points: [{ workers: 2, speedup: 1.9 }, { workers: 4, speedup: 3 }, { workers: 8, speedup: 4.2 }] };
  const WIDE = 640, HIGH = 320, LEFT = 44, BOTTOM = 284, TOP = 12, RIGHT = 628;
  const result = h("div");
  const rows = h("div");
  const shown = h("output", {}, "0.25");

  const x = (workers) => LEFT + ((workers - 1) / (state.most - 1)) * (RIGHT - LEFT);
  const y = (speedup) => BOTTOM - (speedup / state.most) * (BOTTOM - TOP);

  function update(change) {
    Object.assign(state, change);
    shown.textContent = short(state.serial);
    redraw(result, draw);
  }

  function changePoint(place, change) {
    const moved = { ...state.points[place], ...change };
    moved.workers = Math.min(state.most, Math.max(2, Math.round(moved.workers)));
    moved.speedup = Math.min(2 * state.most, Math.max(0.05, Number(moved.speedup.toFixed(2))));
    state.points[place] = moved;
    redraw(rows, drawRows);
    redraw(result, draw);
  }

  function byKey(place, event) {
    const by = { ArrowUp: { speedup: 0.05 }, ArrowDown: { speedup: -0.05 }, ArrowRight: { workers: 1 }, ArrowLeft: { workers: -1 } }[event.key];
    if (event.key === "Delete") return remove(place);
    if (!by) return;
    event.preventDefault();
    const point = state.points[place];
    changePoint(place, { workers: point.workers + (by.workers ?? 0), speedup: point.speedup + (by.speedup ?? 0) });
  }

  function remove(place) {
    state.points.splice(place, 1);
    redraw(rows, drawRows);
    redraw(result, draw);
  }

  function add(point) {
    if (state.points.length >= 8) return;
    state.points.push(point);
    changePoint(state.points.length - 1, {});
  }

  function atPointer(event) {
    const svg = event.currentTarget;
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    if (event.target.matches(".measured") || place.x < LEFT - 6) return;
    add({
      workers: 1 + ((place.x - LEFT) / (RIGHT - LEFT)) * (state.most - 1),
      speedup: ((BOTTOM - place.y) / (BOTTOM - TOP)) * state.most,
    });
  }

  function says() {
    const { fractions, says: what } = play.reading(state.points);
    if (fractions.length === 0) return "Place a measured point: its Karp–Flatt fraction e stands beside it.";
    const list = fractions.map(short).join(", ");
    return {
      "one point": `e = ${list}. One point cannot tell a serial part from a growing price; two can.`,
      overhead: `e = ${list}: it grows with the workers. The price of working together grows: messages, starting, waiting.`,
      falls: `e = ${list}: it falls. The first points lost time to something else, or their runs were disturbed. Measure again.`,
      "serial part": `e = ${list}: nearly the same. That looks like a serial part of about ${short(fractions[0])}.`,
    }[what];
  }

  function curve(kind, law) {
    const steps = Array.from({ length: 97 }, (_, place) => 1 + (place / 96) * (state.most - 1));
    const points = steps.map((workers) => `${x(workers).toFixed(1)},${y(law(workers)).toFixed(1)}`);
    return s("polyline", { class: kind, points: points.join(" ") });
  }

  function draw() {
    const serial = state.serial, most = state.most;
    const ticks = Array.from({ length: most }, (_, place) => place + 1).filter((tick) => most <= 8 || tick === 1 || tick % (most / 8) === 0);
    const limit = serial > 0 ? short(1 / serial) : "none";
    const words = `With ${most} workers Amdahl allows a speedup of ${short(play.amdahl(serial, most))}, ` +
      `and Gustafson says ${short(play.gustafson(serial, most))}. Amdahl's limit for any number of workers: ${limit}.`;
    const svg = picture(WIDE, HIGH, `Curves of speedup over workers. ${words} ${says()}`,
      s("line", { class: "axis", x1: LEFT, x2: RIGHT, y1: BOTTOM, y2: BOTTOM }),
      s("line", { class: "axis", x1: LEFT, x2: LEFT, y1: TOP, y2: BOTTOM }),
      ticks.map((tick) => [
        text(x(tick), BOTTOM + 18, tick, { "text-anchor": "middle" }),
        text(LEFT - 8, y(tick) + 4, tick, { "text-anchor": "end" }),
      ]).flat(),
      text(RIGHT, HIGH - 2, "workers", { "text-anchor": "end" }),
      text(LEFT + 8, TOP + 10, "speedup (times)"),
      curve("ideal", (workers) => workers), curve("amdahl", (workers) => play.amdahl(serial, workers)),
      curve("gustafson", (workers) => play.gustafson(serial, workers)));
    svg.setAttribute("role", "group");
    svg.addEventListener("click", atPointer);
    svg.append(...state.points.map((point, place) => s("circle", {
      class: "measured", cx: x(point.workers), cy: y(Math.min(point.speedup, most)), r: 7, tabindex: 0, role: "slider",
      "data-key": `point${place}`, "aria-label": `point ${place + 1}, ${point.workers} workers: speedup`,
      "aria-valuemin": 0.05, "aria-valuemax": 2 * most, "aria-valuenow": point.speedup,
      "aria-valuetext": `${point.speedup} with ${point.workers} workers, e ${short(play.karpFlatt(point.speedup, point.workers))}`,
      onkeydown: (event) => byKey(place, event),
    })));
    return [
      h("p", { class: "play-says", "aria-live": "polite" }, words),
      svg,
      h("p", { class: "play-key" }, "Green, dashed: ideal. Orange, dotted: Amdahl. Grey: Gustafson. Blue: your points. A click in the picture adds one; the arrow keys move the one in focus."),
      h("p", { class: "play-says", "aria-live": "polite" }, says()),
    ];
  }

  function drawRows() {
    const rows = state.points.map((point, place) => [
      named(`workers of point ${place + 1}`, `w${place}`,
        number(point.workers, { min: 2, max: state.most }, (workers) => changePoint(place, { workers }))),
      named(`speedup of point ${place + 1}`, `s${place}`,
        number(point.speedup, { min: 0.05, max: 2 * state.most, step: 0.01 }, (speedup) => changePoint(place, { speedup }))),
      short(point.speedup / point.workers), short(play.karpFlatt(point.speedup, point.workers)),
      button("✕", () => remove(place), { "aria-label": `remove point ${place + 1}` }),
    ]);
    return [table(["workers", "speedup", "efficiency", "e", ""], rows, "Your measured points")];
  }

  function named(name, key, control) {
    control.setAttribute("aria-label", name);
    control.dataset.key = key;
    return control;
  }

  place.append(
    h("div", { class: "play-controls" },
      field("serial fraction s", slider(0.25, { min: 0, max: 1, step: 0.01 }, (serial) => update({ serial })), shown),
      field("workers, at most", number(8, { min: 2, max: 64 }, (most) => {
        state.points = state.points.filter((point) => point.workers <= most);
        update({ most });
        redraw(rows, drawRows);
      })),
      button("add a point", () => add({ workers: Math.min(state.most, 2 + state.points.length), speedup: 1.5 }))),
    result, rows);
  redraw(rows, drawRows);
  update({});
};
