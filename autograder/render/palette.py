"""One palette for every picture: readable in grey and by the colour-blind (Okabe and Ito, 2008)."""

from __future__ import annotations

PALETTE = {
    "yours": "#0072B2",
    "ideal": "#009E73",
    "serial": "#999999",
    "bad": "#D55E00",
    "warn": "#E69F00",
    "ink": "#1b1b1b",
    "paper": "#ffffff",
}

# Light grounds that the ink is legible on, for marks, boxes and bands.
TINT = {
    "good": "#dff3ec",
    "bad": "#fbe5d8",
    "warn": "#fdf0d2",
    "note": "#e6f1f8",
    "quiet": "#f4f4f4",
    "line": "#c9c9c9",
}
