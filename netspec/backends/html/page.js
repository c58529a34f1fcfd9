"use strict";
(() => {
  const pane = document.getElementById("picture");
  const svg = pane.querySelector("svg");
  const rows = [...document.querySelectorAll("tr[data-name]")];
  const rowOf = new Map(rows.map((row) => [row.dataset.name, row]));
  const boxes = svg ? [...svg.querySelectorAll(".box")] : [];
  const layersOf = new Map(boxes.map((box) => [box, box.dataset.layers.split(" ")]));

  // The table and the picture: what is pointed at in the one is marked in both.

  const boxesOf = (name) => {
    const within = `${name}.`;
    return boxes.filter((box) => layersOf.get(box).some((layer) => layer === name || layer.startsWith(within)));
  };
  let marked = [];
  const mark = (elements) => {
    for (const element of marked) element.classList.remove("hit");
    for (const element of elements) element.classList.add("hit");
    marked = elements;
  };
  for (const row of rows) {
    const show = () => mark([row, ...boxesOf(row.dataset.name)]);
    row.addEventListener("pointerenter", show);
    row.addEventListener("focus", show);
    row.addEventListener("pointerleave", () => mark([]));
    row.addEventListener("blur", () => mark([]));
    row.addEventListener("click", () => centre(boxesOf(row.dataset.name)));
    row.addEventListener("keydown", (event) => {
      if (event.key === "Enter") centre(boxesOf(row.dataset.name));
    });
  }
  for (const box of boxes) {
    box.addEventListener("pointerenter", () => {
      if (drag.size) return;
      const own = layersOf.get(box);
      const found = own.map((name) => rowOf.get(name)).filter(Boolean);
      mark([...found, ...boxes.filter((other) => layersOf.get(other).some((name) => own.includes(name)))]);
      if (found.length) found[0].scrollIntoView({ block: "nearest" });
    });
    box.addEventListener("pointerleave", () => mark([]));
  }
  if (!svg) return;

  // The view: the part of the picture that is seen.

  const whole = svg.viewBox.baseVal;
  const full = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
  let view = { ...full };
  const LARGEST = 40;
  const show = (next) => {
    view = next;
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
  };
  const scale = () => {
    const area = svg.getBoundingClientRect();
    return Math.max(view.width / area.width, view.height / area.height);
  };
  // Of a point on the screen, where it lies in the picture.
  const at = (x, y) => new DOMPoint(x, y).matrixTransform(svg.getScreenCTM().inverse());
  const zoom = (factor, point) => {
    const limited = Math.min(Math.max(factor, view.width / (full.width * 4)), (view.width * LARGEST) / full.width);
    show({
      x: point.x - (point.x - view.x) / limited,
      y: point.y - (point.y - view.y) / limited,
      width: view.width / limited,
      height: view.height / limited,
    });
  };
  const middle = () => ({ x: view.x + view.width / 2, y: view.y + view.height / 2 });
  const move = (dx, dy) => show({ ...view, x: view.x + dx, y: view.y + dy });
  const fit = () => show({ ...full });
  const centre = (targets) => {
    if (!targets.length) return;
    const areas = targets.map((target) => target.getBoundingClientRect());
    const start = at(Math.min(...areas.map((a) => a.left)), Math.min(...areas.map((a) => a.top)));
    const end = at(Math.max(...areas.map((a) => a.right)), Math.max(...areas.map((a) => a.bottom)));
    show({ ...view, x: (start.x + end.x - view.width) / 2, y: (start.y + end.y - view.height) / 2 });
  };

  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    zoom(Math.exp(-event.deltaY * lines * 0.0015), at(event.clientX, event.clientY));
  }, { passive: false });

  const drag = new Map();
  svg.addEventListener("pointerdown", (event) => {
    drag.set(event.pointerId, event);
    svg.setPointerCapture(event.pointerId);
    pane.classList.add("moving");
  });
  svg.addEventListener("pointermove", (event) => {
    const before = drag.get(event.pointerId);
    if (!before) return;
    const other = [...drag.values()].find((pointer) => pointer.pointerId !== event.pointerId);
    if (other) {
      const distance = (pointer) => Math.hypot(pointer.clientX - other.clientX, pointer.clientY - other.clientY);
      zoom(distance(event) / Math.max(distance(before), 1), at(other.clientX, other.clientY));
    } else {
      move((before.clientX - event.clientX) * scale(), (before.clientY - event.clientY) * scale());
    }
    drag.set(event.pointerId, event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    svg.addEventListener(end, (event) => {
      drag.delete(event.pointerId);
      if (!drag.size) pane.classList.remove("moving");
    });
  }

  const STEP = 60;
  const keys = {
    ArrowLeft: () => move(-STEP * scale(), 0),
    ArrowRight: () => move(STEP * scale(), 0),
    ArrowUp: () => move(0, -STEP * scale()),
    ArrowDown: () => move(0, STEP * scale()),
    "+": () => zoom(1.25, middle()),
    "=": () => zoom(1.25, middle()),
    "-": () => zoom(0.8, middle()),
    0: fit,
  };
  pane.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
  const tools = { in: keys["+"], out: keys["-"], fit };
  for (const button of pane.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", tools[button.dataset.zoom]);
  }
})();
