// Start methods: for a small script, what a child gets by copy, by import and by pickle.
"use strict";

play.views.start = (place) => {
  const { h, field, choice, table, redraw } = play.ui;
  const chosen = { method: "fork", argument: "number", guarded: true };
  const CODE = { number: "7", function: "math.sqrt", lambda: "lambda x: x", file: 'open("data.txt")', lock: "lock" };
  const result = h("div");
  const end = (one) => one.fails === "pickle" ? "An error in the parent: nothing was started."
    : one.fails === "guard" ? "RuntimeError in the child: it would start children without end."
      : `The child runs, and for it factor is ${one.factor}.`;

  function update(change) {
    Object.assign(chosen, change);
    redraw(result, draw);
  }

  function script() {
    // A lock that only the arguments hold is gone when start() returns, and a spawned child finds none.
    const inner = [
      "factor = 10", ...(chosen.argument === "lock" ? ["lock = Lock()"] : []), `p = Process(target=work, args=(${CODE[chosen.argument]},))`, "p.start()", "p.join()",
    ];
    const guard = chosen.guarded ? ['if __name__ == "__main__":', ...inner.map((line) => `    ${line}`)] : inner;
    return ["factor = 1", "", "def work(argument):", "    print(factor, argument)", "", ...guard].join("\n");
  }

  function draw() {
    const now = play.start(chosen.method, chosen.argument, chosen.guarded);
    return [
      h("pre", { tabindex: 0, "aria-label": "the script" }, script()),
      h("ol", {}, now.steps.map((step) => h("li", {}, step))),
      h("p", { class: `play-says ${now.fails ? "bad" : ""}`, "aria-live": "polite" }, `${chosen.method}: ${end(now)}`),
      table(["", ...play.METHODS], [
        ["copied", "copied"], ["imported", "imported"], ["pickled", "pickled"],
      ].map(([name, key]) => [name, ...play.METHODS.map((method) => play.start(method, chosen.argument, chosen.guarded)[key])])
        .concat([["then", ...play.METHODS.map((method) => end(play.start(method, chosen.argument, chosen.guarded)))]]),
      "The same script under each start method"),
    ];
  }

  place.append(
    h("div", { class: "play-controls" },
      field("start method", choice(Object.fromEntries(play.METHODS.map((method) => [method, method])), "fork", (method) => update({ method }))),
      field("the child is handed", choice(Object.fromEntries(Object.entries(play.ARGUMENTS).map(([key, one]) => [key, one.words])), "number",
        (argument) => update({ argument }))),
      h("label", { class: "play-check" }, h("input", {
        type: "checkbox", checked: true, onchange: (event) => update({ guarded: event.target.checked }),
      }), "the start stands behind the guard")),
    result);
  update({});
};
