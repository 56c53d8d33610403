"use strict";
const content = JSON.parse(document.getElementById("content").textContent);
const picker = document.getElementById("area");
const views = {};

const formats = {
  text: (value) => String(value),
  whole: Intl.NumberFormat("en-GB", { maximumFractionDigits: 0, roundingMode: "halfEven" }).format,
  decimal: Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format,
  share: Intl.NumberFormat("en-GB", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }).format,
};

function format(value, kind) {
  if (value === null) return "–";
  const text = formats[kind](value);
  return kind === "text" ? text : text.replace("-", "−");
}

const tables = Object.fromEntries(
  Object.entries(content.tables).map(([name, table]) => [
    name,
    table.rows.map((row) => Object.fromEntries(row.map((value, i) => [table.names[i], value]))),
  ])
);

// One area's rows; all where the table knows no areas.
function rowsOf(name, area) {
  const isByArea = content.tables[name].names.includes("area_code");
  return isByArea ? tables[name].filter((row) => `${row.area_level} ${row.area_code}` === area) : tables[name];
}

function fillTable(name, rows) {
  const body = document.querySelector(`#table-${name} tbody`);
  const columns = Object.entries(content.tables[name].columns);
  body.replaceChildren(
    ...rows.map((row) => {
      const line = document.createElement("tr");
      line.append(
        ...columns.map(([column, [, kind]]) => {
          const cell = document.createElement("td");
          cell.className = `gt_row ${kind === "text" ? "gt_left" : "gt_right"}`;
          cell.textContent = format(row[column], kind);
          return cell;
        })
      );
      return line;
    })
  );
}

function fillCards(area) {
  const latest = content.latest[area];
  document.getElementById("latest-month").textContent = latest.month;
  for (const [column, [, kind]] of Object.entries(content.cards)) {
    document.querySelector(`[data-card="${column}"]`).textContent = format(latest[column], kind);
  }
}

async function show(area) {
  const name = picker.selectedOptions[0].textContent;
  for (const place of document.querySelectorAll(".area-name")) place.textContent = name;
  fillCards(area);
  for (const table of Object.keys(content.tables)) {
    const rows = rowsOf(table, area);
    fillTable(table, rows);
    const chart = document.getElementById(`chart-${table}`);
    chart.setAttribute("aria-label", `${chart.dataset.alt}: ${name}. The table below has the figures.`);
    const view = views[table].data("rows", rows);
    if (content.charts[table].params) view.signal("area", area);
    await view.runAsync();
  }
  document.body.dataset.area = area;
}

// A cell that begins like a formula would be run by a spreadsheet.
function csvCell(value) {
  if (value === null) return "";
  let text = String(value);
  if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function download(name) {
  const rows = rowsOf(name, picker.value).map((row) => Object.values(row));
  const lines = [content.tables[name].names, ...rows].map((row) => row.map(csvCell).join(","));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
  link.download = `${content.tables[name].mart}_${picker.value.split(" ").at(-1)}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

// The area is in the address, so that a page can be passed on as it is seen.
function areaOfAddress() {
  const asked = decodeURIComponent(location.hash.slice(1));
  return [...picker.options].some((option) => option.value === asked) ? asked : content.england;
}

async function start() {
  picker.value = areaOfAddress();
  for (const [name, spec] of Object.entries(content.charts)) {
    spec.datasets = { rows: rowsOf(name, picker.value), england: rowsOf(name, content.england) };
    const chart = document.getElementById(`chart-${name}`);
    const options = { ast: true, actions: false, renderer: "svg" };
    views[name] = (await vegaEmbed(chart, spec, options)).view;
  }
  for (const button of document.querySelectorAll("[data-download]")) {
    button.addEventListener("click", () => download(button.dataset.download));
  }
  picker.addEventListener("change", () => {
    history.replaceState(null, "", `#${encodeURIComponent(picker.value)}`);
    document.getElementById("said").textContent = `Figures for ${picker.selectedOptions[0].textContent}`;
    show(picker.value);
  });
  window.addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  await show(picker.value);
}

start();
