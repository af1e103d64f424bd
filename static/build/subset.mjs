// Cuts the typeface down to what a first page needs, and writes it to standard output: the characters of argument 2 on, at
// the weights that the stylesheet uses. Everything else comes from the whole files, when a page holds it.
import { readFileSync } from "node:fs";
import subsetFont from "subset-font";

const [, , file, ...ranges] = process.argv;
const text = ranges.flatMap((range) => {
  const [first, last = first] = range.split("-").map((hex) => parseInt(hex, 16));
  return Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i));
});
const font = await subsetFont(readFileSync(file), text.join(""), {
  targetFormat: "woff2",
  variationAxes: { wght: { min: 400, max: 700, default: 400 } },
});
process.stdout.write(font);
