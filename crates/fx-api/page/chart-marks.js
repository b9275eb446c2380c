import { svg } from "./dom.js";

/** The span of values that the chart shows: of the points and marks, and of levels that are not far off. */
export function valueSpan(points, marks, levels) {
  // A suspect figure may be ten times off: it is marked at the edge and does not set the scale.
  const counted = marks.filter(({ quality }) => quality !== "suspect").map(({ mid }) => mid);
  const values = [...points.flatMap(({ low, high }) => [low, high]), ...counted];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const reach = most - least;
  const near = levels.filter((level) => level >= least - reach && level <= most + reach);
  const [low, high] = [Math.min(least, ...near), Math.max(most, ...near)];
  const margin = (high - low || Math.abs(high) * 0.001 || 1) * 0.06;
  return [low - margin, high + margin];
}

/** A dashed line at each level that lies within the chart. */
export function levelLines(levels, { rates: { low, high, y }, left, right }) {
  return levels.filter((level) => level >= low && level <= high)
    .map((level) => svg("line", { class: "level", x1: left, x2: right, y1: y(level), y2: y(level) }));
}

/** A ground behind each span of time, with its beginning marked. A span without an end goes on to the edge. */
export function spanGrounds(spans, { x, left, right, top, bottom }) {
  const within = (at) => Math.min(Math.max(x(at), left), right);
  return spans.map(({ from, to }) => {
    const start = within(Date.parse(from));
    const end = to ? within(Date.parse(to)) : right;
    return svg("g", { class: "episode" },
      svg("rect", { x: start, y: top, width: Math.max(end - start, 1.5), height: bottom - top }),
      svg("path", { d: `M${start - 4} ${top}h8l-4 7z` }));
  });
}
