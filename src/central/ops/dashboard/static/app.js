/* Charts, drawn from the tables beside them, and the news that have a live page fetched anew. */
"use strict";
(() => {
  let drawn = [];
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const read = (table) => {
    const titles = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
    const rows = [...table.tBodies[0].rows];
    const labels = rows.map((row) => row.cells[0].textContent);
    const series = titles.slice(1).map((title, at) => ({
      title,
      values: rows.map((row) => {
        const value = row.cells[at + 1].dataset.value;
        return value === undefined ? null : Number(value);
      }),
    }));
    return { labels, series: series.filter((each) => each.values.some((value) => value !== null)) };
  };

  const draw = (box) => {
    const table = document.getElementById(box.dataset.table);
    const { labels, series } = read(table);
    if (!series.length) return;
    const bars = box.dataset.chart === "bars";
    const axis = { stroke: colour("--ink"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") } };
    const options = {
      width: box.clientWidth,
      height: 180,
      legend: { live: false },
      cursor: { show: false },
      scales: { x: { time: false, range: [-0.5, labels.length - 0.5] } },
      axes: [{ ...axis, values: (_, at) => at.map((n) => labels[n] ?? "") }, axis],
      series: [{}, ...series.map((each, at) => ({
        label: each.title,
        stroke: colour(`--series-${at + 1}`),
        fill: bars ? colour(`--series-${at + 1}`) : undefined,
        width: bars ? 0 : 2,
        dash: at % 2 ? [6, 4] : undefined,
        paths: bars ? uPlot.paths.bars({ size: [0.4, 40], align: at ? 1 : -1 }) : undefined,
        points: { show: false },
      }))],
    };
    drawn.push(new uPlot(options, [labels.map((_, at) => at), ...series.map((each) => each.values)], box));
  };

  const drawAll = () => {
    drawn.forEach((chart) => chart.destroy());
    drawn = [];
    document.querySelectorAll(".chart").forEach(draw);
  };

  const listen = () => {
    const main = document.querySelector("[data-live]");
    if (!main) return;
    const source = new EventSource(main.dataset.live);
    const say = (text) => {
      const pulse = document.getElementById("pulse");
      if (pulse && pulse.textContent !== text) pulse.textContent = text;
    };
    source.addEventListener("news", () => document.body.dispatchEvent(new Event("news")));
    source.addEventListener("ended", () => { source.close(); location.reload(); });
    source.addEventListener("open", () => say("live"));
    source.addEventListener("error", () => say("not connected"));
    addEventListener("pagehide", () => source.close());
  };

  /* what somebody opened, and where they are, stays when the page is fetched anew */
  let open = [];
  let focus = "";
  document.addEventListener("htmx:beforeSwap", () => {
    open = [...document.querySelectorAll("details[open] table")].map((table) => table.id);
    const at = document.activeElement;
    focus = at && at.href ? at.getAttribute("href") : "";
  });
  document.addEventListener("htmx:afterSettle", () => {
    open.forEach((id) => { document.getElementById(id)?.closest("details")?.setAttribute("open", ""); });
    if (focus) [...document.querySelectorAll("#main a")].find((a) => a.getAttribute("href") === focus)?.focus();
    drawAll();
  });
  document.addEventListener("themed", drawAll);
  let wide = 0;
  addEventListener("resize", () => {
    if (wide !== innerWidth) { wide = innerWidth; drawAll(); }
  });
  drawAll();
  listen();
})();
