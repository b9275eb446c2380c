// Elements are built from text nodes and attributes only: nothing that the API
// says is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** An HTML element; `onclick` and the like take functions, null attributes are left out. */
export function html(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Sets text only where it differs, so that a quiet update disturbs no selection and no screen reader. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Replaces children only where they differ, so that focus and reading position stay on a quiet update. */
export function show(element, ...children) {
  const next = children.filter(Boolean);
  const same = next.length === element.childNodes.length && next.every((child, at) => child.isEqualNode?.(element.childNodes[at]));
  if (!same) element.replaceChildren(...next);
  return !same;
}

/** A list of terms and what stands beside them; pairs with a null value are left out. */
export function facts(entries) {
  const rows = entries
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([term, value]) => html("div", {}, html("dt", {}, term), html("dd", {}, value)));
  return html("dl", { class: "facts" }, ...rows);
}

/** A link for addresses that came from the API: only http and https become links. */
export function outsideLink(text, address) {
  const safe = typeof address === "string" && /^https?:\/\//i.test(address);
  return safe ? html("a", { href: address, rel: "noreferrer noopener" }, text) : text;
}
