// What the simulators' pages share: elements, fields, a picture with words, and who is drawn where.
"use strict";

play.views = {};

play.ui = (() => {
  const SVG = "http://www.w3.org/2000/svg";

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value !== null) node.setAttribute(name, value);
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null));
    return node;
  }

  const h = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
  const s = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

  // A control under its name. The name is a real label, so a click on it and a screen reader find the control.
  const field = (name, control, ...after) => h("label", { class: "play-field" }, h("span", {}, name), control, ...after);

  const button = (name, act, attributes = {}) => h("button", { type: "button", onclick: act, ...attributes }, name);

  const choice = (options, chosen, act) => h("select", { onchange: (event) => act(event.target.value) },
    Object.entries(options).map(([value, words]) => h("option", { value, selected: value === chosen }, words)));

  // A whole number or a decimal within bounds; what is no number leaves the last one in force.
  function number(value, { min, max, step = 1 }, act) {
    return h("input", {
      type: "number", min, max, step, value,
      onchange: (event) => {
        const given = Number(event.target.value);
        const usable = event.target.value.trim() !== "" && Number.isFinite(given);
        const kept = usable ? Math.min(max, Math.max(min, step === 1 ? Math.round(given) : given)) : value;
        event.target.value = value = kept;
        act(kept);
      },
    });
  }

  const slider = (value, { min, max, step }, act) =>
    h("input", { type: "range", min, max, step, value, oninput: (event) => act(Number(event.target.value)) });

  // A picture and the same in words: the words are its name for those who do not see it.
  function picture(width, height, words, ...parts) {
    return s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words, class: "play-picture" }, parts);
  }

  const text = (x, y, words, attributes = {}) => s("text", { x, y, ...attributes }, String(words));

  // It scrolls by itself where the window is narrow, and by the keyboard, too.
  function table(names, rows, caption) {
    return h("div", { class: "play-table", tabindex: 0, role: "region", "aria-label": caption },
      h("table", {}, h("caption", {}, caption),
        h("thead", {}, h("tr", {}, names.map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell)))))));
  }

  // Three digits, no noise of floating point: 8, 0.667, 12.5.
  const short = (value) => String(Number(value.toPrecision(3)));
  const count = (value, noun) => `${value} ${noun}${value === 1 ? "" : "s"}`;

  // Draw anew what `render` returns, and keep the focus where it was.
  function redraw(place, render) {
    const focused = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    place.replaceChildren(...render().filter((part) => part !== null));
    if (focused !== undefined) place.querySelector(`[data-key="${focused}"]`)?.focus();
  }

  return { h, s, field, button, choice, number, slider, picture, text, table, short, count, redraw };
})();

document.addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll("[data-play]")) {
    place.replaceChildren();
    play.views[place.dataset.play](place);
  }
});
