// Two processes and one counter: step by step, in any order, with and without a lock.
"use strict";

play.views.counter = (place) => {
  const { h, field, button, choice, table, count, redraw } = play.ui;
  const settings = { tickets: 1, withLock: false };
  let state, story;

  const result = h("div");
  const SAYS = {
    acquire: () => "takes the lock", release: () => "gives the lock back",
    read: (number) => `reads ${number}`, write: (number) => `writes ${number}`,
  };

  function reset() {
    state = play.counter(settings.tickets, settings.withLock);
    story = [];
    redraw(result, draw);
  }

  function go(who) {
    if (!play.canMove(state, who)) return;
    const { state: next, what, number } = play.move(state, who);
    state = next;
    story.push({ who, what: SAYS[what](number), value: state.value });
    redraw(result, draw);
  }

  function shuffle() {
    for (;;) {
      const able = ["A", "B"].filter((who) => play.canMove(state, who));
      if (able.length === 0) return;
      go(able[Math.floor(Math.random() * able.length)]);
    }
  }

  function next(who) {
    if (play.finished(state, who)) return "done";
    const what = state.steps[state.offices[who].step];
    if (!play.canMove(state, who)) return "waits for the lock";
    return { acquire: "take the lock", read: "read", write: "write", release: "give the lock back" }[what];
  }

  function verdict() {
    const ended = ["A", "B"].every((who) => play.finished(state, who));
    const gone = play.lost(state);
    if (gone > 0) return `${count(play.sold(state), "ticket")} sold, but the counter went from ${state.start} to ${state.value}: ${gone} lost.`;
    if (ended) return `${count(play.sold(state), "ticket")} sold, and the counter says so: ${state.value}.`;
    return `The counter says ${state.value}. ${count(play.sold(state), "ticket")} sold so far.`;
  }

  function draw() {
    const office = (who) => h("div", { class: "play-office" },
      h("strong", {}, `office ${who}`),
      h("span", {}, state.offices[who].seen === null ? "has read nothing" : `has read ${state.offices[who].seen}`),
      button(`${who}: ${next(who)}`, () => go(who), { "data-key": who, "aria-disabled": String(!play.canMove(state, who)) }));
    const all = play.orders(settings.tickets, settings.withLock);
    return [
      h("div", { class: "play-row" }, office("A"),
        h("div", { class: "play-office shared" }, h("strong", {}, "counter"), h("output", { class: play.lost(state) ? "bad" : "" }, String(state.value)),
          h("span", {}, !settings.withLock ? "no lock" : state.owner ? `lock: held by ${state.owner}` : "lock: free")),
        office("B")),
      h("p", { class: `play-says ${play.lost(state) ? "bad" : ""}`, "aria-live": "polite" },
        (story.length ? `${story[story.length - 1].who} ${story[story.length - 1].what}. ` : "") + verdict()),
      h("p", { class: "play-key" }, `Of all ${all.all} orders of these steps, ${all.losing} lose a ticket` +
        (all.worst ? `; the worst loses ${all.worst} of ${2 * settings.tickets}.` : ".")),
      story.length === 0 ? null : table(["step", "office A", "counter", "office B"],
        story.map((entry, place) => [String(place + 1), entry.who === "A" ? entry.what : "", String(entry.value), entry.who === "B" ? entry.what : ""]),
        "What has happened, from top to bottom"),
    ];
  }

  place.append(
    h("div", { class: "play-controls" },
      field("tickets that each sells", choice({ 1: "1", 2: "2", 3: "3" }, "1", (value) => { settings.tickets = Number(value); reset(); })),
      h("label", { class: "play-check" }, h("input", {
        type: "checkbox", onchange: (event) => { settings.withLock = event.target.checked; reset(); },
      }), "with a lock"),
      button("shuffle the rest", shuffle),
      button("start again", reset)),
    h("p", { class: "play-key" }, "Press the two offices' buttons in any order, or the keys A and B."),
    result);
  place.addEventListener("keydown", (event) => {
    const who = event.key.toUpperCase();
    const types = event.target.matches("select, input:not([type=checkbox])");
    if ((who === "A" || who === "B") && !types && !event.ctrlKey && !event.metaKey && !event.altKey) go(who);
  });
  reset();
};
