// The session's runs as a tree. A run's only child continues its line; where there are several, each begins a line of its own,
// one level deeper.

function grouped(runs) {
  const groups = new Map()
  for (const run of runs) groups.set(run.parent, [...(groups.get(run.parent) || []), run])
  return groups
}

// The line of runs that begins with one, and below it the lines that fork from its last.
function line(run, children, draw) {
  const item = element("li", "line")
  let next = [run]
  while (next.length === 1) {
    item.append(draw(next[0]))
    next = children.get(next[0].id) || []
  }
  if (next.length) item.appendChild(element("ol", "forks")).append(...next.map(one => line(one, children, draw)))
  return item
}

function runButton(run, current, open) {
  const button = element("button", "run")
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
  return button
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".branches")
  const key = JSON.stringify(data)
  if (root.dataset.key === key) return
  root.dataset.key = key
  const list = element("ol", "")
  const children = grouped(data.runs)
  const draw = run => runButton(run, data.current, id => setTriggerValue("open", id))
  list.append(...(children.get(null) || []).map(run => line(run, children, draw)))
  root.replaceChildren(list)
}
