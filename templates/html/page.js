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
