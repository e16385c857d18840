document.documentElement.classList.add("js");

const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
const keyOf = (cell) => ("key" in cell.dataset ? cell.dataset.key : cell.textContent.trim());

function order(first, second, typed) {
  if (first === "" || second === "") return (first === "") - (second === "");
  const [a, b] = [Number(first), Number(second)];
  return typed && !Number.isNaN(a) && !Number.isNaN(b) ? a - b : compare(first, second);
}

for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th");
    const body = head.closest("table").tBodies[0];
    const column = head.cellIndex;
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...body.rows].map((row) => ({ row, cell: row.cells[column] }));
    rows.sort((x, y) => {
      const [a, b] = [keyOf(x.cell), keyOf(y.cell)];
      const way = down && a !== "" && b !== "" ? -1 : 1;
      return way * order(a, b, "key" in x.cell.dataset);
    });
    body.append(...rows.map((item) => item.row));
  });
}

for (const button of document.querySelectorAll(".all")) {
  button.addEventListener("click", () => {
    button.previousElementSibling.classList.add("open");
    button.previousElementSibling.focus({ preventScroll: true });
  });
}

// A table wider than its frame goes on by pages: whole columns, as wide together as the frame, the first always in view.
const STRETCH = 2; // a column grows at most to so many times its width; what is left stays empty after the last
const DESK = 600; // px; in a frame that wide small type is tried before a table is cut into pages

function pagesOf(widths, room) {
  const pages = [];
  let used = Infinity;
  widths.forEach((width, i) => {
    if (used + width > room + 0.5) { pages.push([]); used = 0; }
    pages.at(-1).push(i);
    used += width;
  });
  return pages;
}

function flat(frame) {
  const table = frame.querySelector("table");
  frame.classList.remove("paged");
  table.classList.remove("dense");
  table.removeAttribute("style");
  for (const row of table.rows) for (const cell of row.cells) {
    cell.classList.remove("wrap", "page-start");
    cell.style.width = cell.style.paddingRight = "";
  }
  if (frame.nextElementSibling?.className === "dots") frame.nextElementSibling.remove();
}

function overflows(frame) {
  return frame.clientWidth && frame.scrollWidth > frame.clientWidth + 1;
}

// Widths of the first column and the others, and the room for these; nothing where the table is shown as cards.
function measured(frame) {
  const table = frame.querySelector("table");
  if (getComputedStyle(table).display !== "table") return null;
  const [first, ...others] = [...table.tHead.rows[0].cells].map((head) => head.getBoundingClientRect().width);
  const room = frame.clientWidth - first;
  return first && room >= 96 && others.length ? { frame, table, first, others, room } : null;
}

function setPages({ frame, table, first, others, room }) {
  const widths = others.map((width) => Math.min(width, room));
  const pages = pagesOf(widths, room);
  const final = [first];
  let rest = 0;
  for (const page of pages) {
    const sum = page.reduce((total, i) => total + widths[i], 0);
    const factor = page === pages.at(-1) ? Math.min(room / sum, STRETCH) : room / sum;
    for (const i of page) final.push(widths[i] * factor);
    rest = room - sum * factor;
  }
  final[final.length - 1] += rest;
  frame.classList.add("paged");
  frame.style.scrollPaddingLeft = `${first}px`;
  table.style.tableLayout = "fixed";
  table.style.width = `${final.reduce((total, width) => total + width, 0)}px`;
  const heads = table.tHead.rows[0].cells;
  final.forEach((width, i) => { heads[i].style.width = `${width}px`; });
  for (const [start] of pages) heads[start + 1].classList.add("page-start");
  others.forEach((width, i) => {
    if (width > room + 0.5) for (const row of table.rows) row.cells[i + 1].classList.add("wrap");
  });
  if (rest > 1) for (const row of table.rows) row.lastElementChild.style.paddingRight = `${rest + 12}px`;
  if (pages.length > 1) dots(frame, pages.length, room);
}

// All are measured before any is changed: a layout or three, not one for each table.
function paginate(frames) {
  frames.forEach(flat);
  const tight = frames.filter(overflows);
  const dense = (frame, on) => frame.querySelector("table").classList.toggle("dense", on);
  for (const frame of tight) dense(frame, frame.clientWidth >= DESK);
  const wide = tight.filter(overflows);
  for (const frame of wide) dense(frame, false);
  for (const frame of wide) frame.querySelector("table").classList.add("sticky");
  wide.map(measured).filter(Boolean).forEach(setPages);
}

function dots(frame, count, room) {
  const line = document.createElement("p");
  line.className = "dots";
  line.setAttribute("aria-hidden", "true");
  line.append(...Array.from({ length: count }, () => document.createElement("i")));
  frame.after(line);
  const show = () => {
    const here = Math.min(count - 1, Math.round(frame.scrollLeft / room));
    [...line.children].forEach((dot, i) => dot.classList.toggle("here", i === here));
  };
  frame.onscroll = show;
  show();
}

// Pictures that are moved under the finger say so as tables do.
function panned() {
  for (const frame of document.querySelectorAll(".pan")) {
    if (frame.nextElementSibling?.className === "dots") frame.nextElementSibling.remove();
    if (!overflows(frame)) continue;
    const count = Math.ceil(frame.scrollWidth / frame.clientWidth);
    dots(frame, count, (frame.scrollWidth - frame.clientWidth) / (count - 1));
  }
}

const frames = [...document.querySelectorAll(".frame:has(> table)")];
paginate(frames);
panned();
let lastWidth = document.documentElement.clientWidth;
addEventListener("resize", () => {
  const width = document.documentElement.clientWidth;
  if (width !== lastWidth) { paginate(frames); panned(); }
  lastWidth = width;
});
for (const details of document.querySelectorAll("figure details")) {
  details.addEventListener("toggle", () => { if (details.open) paginate([...details.querySelectorAll(".frame")]); });
}

const contents = document.querySelector("details.contents");
if (contents) {
  const wide = matchMedia("(min-width: 70rem)");
  const fit = () => { contents.open = wide.matches; };
  fit();
  wide.addEventListener("change", fit);
  contents.addEventListener("click", (event) => {
    if (event.target.closest("a") && !wide.matches) contents.open = false;
  });
  const links = new Map([...contents.querySelectorAll("a")].map((a) => [a.hash.slice(1), a]));
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "0px 0px -75% 0px" });
  for (const id of links.keys()) {
    const heading = document.getElementById(id);
    if (heading) watcher.observe(heading);
  }
}

addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("figure details")) details.open = false;
});
