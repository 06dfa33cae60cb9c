// A row of small images, several rows of many; a click chooses one. A row with `steps` is stepped through by Alt+Left
// and Alt+Right, wherever the focus is.

const isMac = /Mac|iPhone|iPad/.test(navigator.platform)

function focused() {
  let field = document.activeElement
  while (field?.shadowRoot?.activeElement) field = field.shadowRoot.activeElement
  return field
}

class Row {
  constructor(root) {
    this.root = root
    this.onKey = event => this.key(event)
    window.addEventListener("keydown", this.onKey, true)
  }

  update({ data, setTriggerValue }) {
    this.data = data
    this.open = id => setTriggerValue("open", id)
    const key = JSON.stringify([data.runs, data.many, data.steps, data.numbered])
    if (this.drawn === key) return
    this.drawn = key
    const [former, kept] = [this.shown, this.anchor(data.runs)]
    this.place = data.runs.findIndex(run => run.current)
    this.shown = data.runs[this.place]?.id
    this.root.classList.toggle("many", Boolean(data.many))
    this.root.classList.toggle("low", Boolean(data.steps || data.numbered))
    this.root.classList.toggle("numbered", Boolean(data.numbered))
    this.root.replaceChildren(...data.runs.map(run => this.button(run)))
    if (kept && this.shown === former) this.root.scrollLeft = this.root.children[kept.place].offsetLeft - kept.left
    else if (data.steps || data.numbered) this.scroll()
  }

  // An item that stands in the row already, and how far from its edge; undefined unless others come before it.
  anchor(runs) {
    const place = runs.findIndex(run => run.id === this.second)
    const left = this.root.children[1]?.offsetLeft - this.root.scrollLeft
    this.second = runs[1]?.id
    return place > 1 ? { place, left } : undefined
  }

  button(run) {
    const button = document.createElement("button")
    button.type = "button"
    button.title = run.title
    button.setAttribute("aria-label", run.title)
    if (run.current) button.setAttribute("aria-current", "true")
    button.onclick = () => this.open(run.id)
    button.classList.toggle("stacked", run.stacked)
    if (run.thumb) {
      const img = document.createElement("img")
      img.src = run.thumb
      img.alt = ""
      img.loading = "lazy"
      button.append(img)
    } else {
      button.append(Object.assign(document.createElement("span"), { textContent: run.state }))
    }
    if (run.label) {
      button.classList.add("labeled")
      button.append(Object.assign(document.createElement("small"), { textContent: run.label }))
    }
    return button
  }

  // Only the row moves, not the page.
  scroll() {
    const shown = this.root.children[this.place] || this.root.lastElementChild
    if (shown) this.root.scrollLeft = shown.offsetLeft - this.root.offsetLeft - (this.root.clientWidth - shown.offsetWidth) / 2
  }

  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (!this.data?.steps || !step || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    const field = focused()
    const writes = field?.isContentEditable || ["INPUT", "TEXTAREA"].includes(field?.tagName)
    if (writes && isMac) return // there it moves by a word
    event.preventDefault() // the browser would go back a page
    const { runs } = this.data
    const target = this.place < 0 ? runs.length - 1 : this.place + step
    if (!runs[target] || target === this.place) return
    this.place = target
    // What stands in a field is handed in before the form is filled with something else.
    field?.blur?.()
    this.open(runs[target].id)
    if (field?.isConnected && field !== document.body) field.focus({ preventScroll: true })
  }

  remove() {
    window.removeEventListener("keydown", this.onKey, true)
  }
}

export default mounting(".strip", Row)
