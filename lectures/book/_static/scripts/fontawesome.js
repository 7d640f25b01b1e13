// The theme's own file of this name is 1.5 MB: every icon there is, drawn by script. The book's icons come
// from the theme's fonts, so nothing is left to do here.
