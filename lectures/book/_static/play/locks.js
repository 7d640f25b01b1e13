// Two jobs, two locks: who holds what, who waits for what, and whether the arrows close to a ring.
"use strict";

play.views.locks = (place) => {
  const { h, s, field, button, choice, picture, text, table, redraw } = play.ui;
  const JOBS = ["copier", "fax"];
  const plans = { copier: ["scanner", "printer"], fax: ["printer", "scanner"] };
  const AT = { copier: [110, 110], fax: [530, 110], scanner: [320, 40], printer: [320, 180] };
  const result = h("div");
  let state, story;

  function reset() {
    state = play.office(structuredClone(plans));
    story = [];
    redraw(result, draw);
  }

  function go(who) {
    if (!play.canStep(state, who)) return;
    const lock = play.wants(state, who);
    state = play.step(state, who);
    story.push([who, lock === null ? "is done and releases both" : `takes the ${lock}`]);
    redraw(result, draw);
  }

  function next(who) {
    if (state.step[who] === 3) return "done";
    const lock = play.wants(state, who);
    if (lock === null) return "release both";
    return play.canStep(state, who) ? `take the ${lock}` : `waits for the ${lock}`;
  }

  function arrow(from, to, kind) {
    const [fromX, fromY] = AT[from], [toX, toY] = AT[to];
    const long = Math.hypot(toX - fromX, toY - fromY), away = 52;
    const along = ([startX, startY], far) => [startX + ((toX - fromX) / long) * far, startY + ((toY - fromY) / long) * far];
    const [x1, y1] = along([fromX, fromY], away), [x2, y2] = along([toX, toY], -away);
    const angle = Math.atan2(toY - fromY, toX - fromX), wing = 10;
    const tip = [0.45, -0.45].map((turn) => `${x2 - wing * Math.cos(angle + turn)},${y2 - wing * Math.sin(angle + turn)}`);
    return s("g", { class: `arrow ${kind}` }, s("line", { x1, y1, x2, y2 }), s("polygon", { points: `${x2},${y2} ${tip.join(" ")}` }));
  }

  function box(name, kind) {
    const [x, y] = AT[name];
    const shape = kind.includes("job") ? s("rect", { x: x - 46, y: y - 22, width: 92, height: 44, rx: 6 })
      : s("ellipse", { cx: x, cy: y, rx: 46, ry: 24 });
    return s("g", { class: kind }, shape, text(x, y + 5, name, { "text-anchor": "middle" }));
  }

  function draw() {
    const ring = play.ring(state);
    const facts = [], arrows = [];
    for (const who of JOBS) {
      for (const lock of play.holds(state, who)) {
        facts.push(`the ${who} holds the ${lock}`);
        arrows.push(arrow(lock, who, ring.length ? "holds ring" : "holds"));
      }
      const lock = play.wants(state, who);
      if (lock !== null && !play.canStep(state, who)) {
        facts.push(`the ${who} waits for the ${lock}`);
        arrows.push(arrow(who, lock, ring.length ? "waits ring" : "waits"));
      }
    }
    const ended = JOBS.every((who) => state.step[who] === 3);
    const words = ring.length
      ? `Deadlock: ${facts.join(", ")}. The arrows form a ring: nobody can move, for ever.`
      : ended ? "Both are done, and both locks are free." : `${facts.length ? facts.join(", ") : "Both locks are free"}.`;
    const all = play.endings(plans);
    return [
      picture(640, 220, `Two jobs and two locks. ${words}`, arrows,
        JOBS.map((who) => box(who, ring.length ? "node job ring" : "node job")),
        box("scanner", "node lock"), box("printer", "node lock")),
      h("div", { class: "play-row" }, JOBS.map((who) =>
        button(`${who}: ${next(who)}`, () => go(who), { "data-key": who, "aria-disabled": String(!play.canStep(state, who)) }))),
      h("p", { class: `play-says ${ring.length ? "bad" : ""}`, "aria-live": "polite" }, words[0].toUpperCase() + words.slice(1)),
      h("p", { class: "play-key" }, `From a lock to a job: is held by. From a job to a lock: waits for. Of all ${all.all} orders of these steps, ${all.deadlocked} end in a deadlock.`),
      story.length === 0 ? null : table(["step", "who", "what"], story.map(([who, what], place) => [String(place + 1), who, what]), "What has happened, from top to bottom"),
    ];
  }

  const ways = { "scanner printer": "scanner, then printer", "printer scanner": "printer, then scanner" };
  place.append(
    h("div", { class: "play-controls" },
      JOBS.map((who) => field(`the ${who} takes`, choice(ways, plans[who].join(" "), (way) => {
        plans[who] = way.split(" ");
        reset();
      }))),
      button("start again", reset)),
    h("p", { class: "play-key" }, "Press the two jobs' buttons in any order, or the keys C and F."),
    result);
  place.addEventListener("keydown", (event) => {
    const who = { c: "copier", f: "fax" }[event.key.toLowerCase()];
    if (who && !event.target.matches("select") && !event.ctrlKey && !event.metaKey && !event.altKey) go(who);
  });
  reset();
};
