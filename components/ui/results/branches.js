// The session's runs as a tree: a run's only child continues its line, several children fork, one level deeper each.

const DEEPEST = 8 // levels that are indented

function treeRows(runs) {
  const children = Map.groupBy ? Map.groupBy(runs, run => run.parent) : grouped(runs)
  const rows = []
  const walk = (run, level, kind) => {
    rows.push({ run, level, kind })
    const next = children.get(run.id) || []
    next.forEach(child => walk(child, next.length > 1 ? level + 1 : level, next.length > 1 ? "forks" : "continues"))
  }
  for (const root of children.get(null) || []) walk(root, 0, "begins")
  return rows
}

function grouped(runs) {
  const groups = new Map()
  for (const run of runs) groups.set(run.parent, [...(groups.get(run.parent) || []), run])
  return groups
}

function treeRow({ run, level, kind }, current, open) {
  const row = element("li", `branch ${kind}`)
  row.style.setProperty("--level", Math.min(level, DEEPEST))
  const button = row.appendChild(element("button", "run"))
  button.type = "button"
  button.title = run.prompt
  button.setAttribute("aria-label", `Show the run: ${run.prompt}, ${run.state}`)
  if (run.id === current) button.setAttribute("aria-current", "true")
  button.onclick = () => open(run.id)
  const cover = button.appendChild(element("span", "cover"))
  if (run.thumb) {
    const img = cover.appendChild(document.createElement("img"))
    Object.assign(img, { src: run.thumb, alt: "", loading: "lazy" })
  } else {
    cover.append(element("span", "state", run.state))
  }
  const text = button.appendChild(element("span", "text"))
  const words = text.appendChild(element("span", "words"))
  for (const piece of run.words) {
    const tag = { removed: "del", added: "ins" }[piece.kind] || "span"
    words.append(Object.assign(document.createElement(tag), { textContent: piece.text }), " ")
  }
  for (const value of run.values) words.append(element("span", "chip", value), " ")
  if (run.same) words.append(element("span", "chip", "the same request again"))
  text.append(element("span", "facts", run.state === "done" ? run.facts : `${run.state} · ${run.facts}`))
  return row
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".branches")
  const key = JSON.stringify(data)
  if (root.dataset.key === key) return
  root.dataset.key = key
  const list = element("ol", "")
  list.append(...treeRows(data.runs).map(row => treeRow(row, data.current, id => setTriggerValue("open", id))))
  root.replaceChildren(list)
}
