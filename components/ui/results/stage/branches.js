// The session's runs as a tree, in a panel that a button beside the strip opens. A run's only child continues its line;
// where there are several, each begins a line of its own, one level deeper.

// From here on the panel has a place of its own beside the result, and is open from the start; see page_layout.css.
const ROOMY = "(min-width: 1800px)"
const REMEMBERED = "image-workbench.branches"

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
    next = (children.get(next[0].id) || []).filter(one => !draw.seen.has(one.id))
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

function labeled(label, act) {
  const button = element("button", "act", label)
  button.type = "button"
  button.onclick = act
  return button
}

class Branches {
  constructor(root) {
    this.root = root
    this.toggle = element("button", "toggle")
    this.toggle.type = "button"
    this.toggle.title = "The runs of this session as a tree, and all that they came from or led to"
    this.toggle.onclick = () => this.show(!this.isOpen, true)
    this.panel = element("section", "panel")
    this.panel.setAttribute("aria-label", "Branches")
    this.panel.onkeydown = event => {
      if (event.key !== "Escape") return
      this.show(false, true)
      this.toggle.focus()
    }
    root.append(this.toggle, this.panel)
    const kept = sessionStorage.getItem(REMEMBERED)
    this.show(kept ? kept === "open" : matchMedia(ROOMY).matches)
  }

  // The page's layout makes room for an open panel: it looks at the element that Streamlit put around this one.
  show(isOpen, isChosen = false) {
    this.isOpen = isOpen
    this.toggle.setAttribute("aria-expanded", String(isOpen))
    this.panel.hidden = !isOpen
    this.frame().dataset.branches = isOpen ? "open" : "closed"
    if (isChosen) sessionStorage.setItem(REMEMBERED, this.frame().dataset.branches)
    if (isOpen) this.scroll()
  }

  frame() {
    const { host } = this.root.getRootNode()
    return host.closest('[class*="st-key-branches"]') || host
  }

  update({ data, setTriggerValue }) {
    const key = JSON.stringify(data)
    if (this.key === key) return
    this.key = key
    setText(this.toggle, `Branches ${data.total.toLocaleString("en")}`)
    const list = element("ol", "")
    const children = grouped(data.runs)
    const here = new Set(data.runs.map(run => run.id))
    const seen = new Set()
    const draw = run => {
      seen.add(run.id)
      const button = runButton(run, data.current, id => setTriggerValue("open", id))
      if (!run.parent || here.has(run.parent)) return button
      const both = element("div", "continued")
      both.append(labeled("Continues an older run: show it", () => setTriggerValue("turn", run.parentPage)), button)
      return both
    }
    draw.seen = seen
    // In a circle of parents, which an import may bring, none is the first.
    const begins = data.runs.filter(run => !here.has(run.parent))
    for (const run of [...begins, ...data.runs]) if (!seen.has(run.id)) list.append(line(run, children, draw))
    this.panel.replaceChildren(...this.pager(data, setTriggerValue), list)
    this.frame().dataset.branches = this.isOpen ? "open" : "closed"
    this.scroll()
  }

  pager({ page, pages }, setTriggerValue) {
    if (pages < 2) return []
    const bar = element("div", "pager")
    const older = labeled("Older", () => setTriggerValue("turn", page + 1))
    const newer = labeled("Newer", () => setTriggerValue("turn", page - 1))
    older.disabled = page + 1 >= pages
    newer.disabled = page === 0
    bar.append(older, element("span", "", `Part ${pages - page} of ${pages}`), newer)
    return [bar]
  }

  // Only the panel moves, not the page.
  scroll() {
    const shown = this.panel.querySelector("[aria-current]")
    if (shown) this.panel.scrollTop += shown.getBoundingClientRect().top - this.panel.getBoundingClientRect().top - this.panel.clientHeight / 2
    else this.panel.scrollTop = this.panel.scrollHeight
  }

  remove() {
    delete this.frame().dataset.branches
    this.root.replaceChildren()
  }
}

export default mounting(".branches", Branches)
