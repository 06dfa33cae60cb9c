// A sheet: its cells in rows and columns, chosen while looking; an axis that is neither is a slider. While more is
// coming it asks for the cells again and again, without a rerun of the page.

const mounted = new WeakMap()
const PAUSE = 700 // milliseconds between two looks

const FILTERS = [["all", "All"], ["differing", "Differing rows"], ["failed", "Failed"], ["starred", "Starred"]]
const FAILED = new Set(["failed", "cancelled", "interrupted"])
const WORDS = { waiting: "waiting", skipped: "skipped", queued: "queued", running: "running…", failed: "failed",
  cancelled: "cancelled", interrupted: "interrupted", done: "no image" }

class SheetView {
  constructor(root) {
    this.root = root
    this.bar = root.appendChild(element("div", "bar"))
    this.status = this.bar.appendChild(element("strong", "status"))
    this.status.setAttribute("role", "status")
    this.rows = this.choice("Rows", value => this.lay("row", value))
    this.columns = this.choice("Columns", value => this.lay("column", value))
    this.filter = this.choice("Show", () => this.draw())
    this.filter.append(...FILTERS.map(([value, text]) => new Option(text, value)))
    const label = this.bar.appendChild(element("label", "", "Zoom "))
    this.zoom = label.appendChild(element("input"))
    Object.assign(this.zoom, { type: "range", min: 50, max: 200, step: 10, value: 100 })
    this.percent = label.appendChild(element("span", "percent", "100 %"))
    this.zoom.oninput = () => this.resize()
    this.sliders = root.appendChild(element("div", "sliders"))
    this.table = root.appendChild(element("div", "scroll")).appendChild(element("table"))
    this.tiles = new Map()
    this.at = {}
    this.resize()
  }

  choice(name, chosen) {
    const label = this.bar.appendChild(element("label", "", `${name} `))
    const select = label.appendChild(element("select"))
    select.setAttribute("aria-label", name)
    select.onchange = () => chosen(select.value)
    return select
  }

  resize() {
    setText(this.percent, `${this.zoom.value} %`)
    this.root.style.setProperty("--cell", `${1.6 * this.zoom.value}px`)
  }

  update({ data, setTriggerValue }) {
    this.trigger = setTriggerValue
    this.address = data.address
    this.show(data.sheet)
    this.reveal()
    this.watch()
  }

  // A sheet that was just begun comes into sight, once: on a phone it is far below the button.
  reveal() {
    if (this.revealed === this.sheet.id) return
    this.revealed = this.sheet.id
    const { top } = this.root.getBoundingClientRect()
    if (!this.sheet.active || (top >= 0 && top <= window.innerHeight * 0.5)) return
    this.root.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" })
  }

  show(sheet) {
    const axes = JSON.stringify(sheet.axes)
    this.sheet = sheet
    this.found = new Map(sheet.cells.map(cell => [cell.places.join(), cell]))
    if (axes !== this.axes) {
      this.axes = axes
      this.offer()
    }
    this.draw()
  }

  // The last axis goes across and the one before it down, as in the downloads; every other is a slider at first.
  offer() {
    const count = this.sheet.axes.length
    if (!this.layout || this.layout.count !== count) {
      this.layout = { count, column: count ? count - 1 : -1, row: count > 1 ? count - 2 : -1 }
    }
    for (const [select, part] of [[this.rows, "row"], [this.columns, "column"]]) {
      select.replaceChildren(new Option("—", -1), ...this.sheet.axes.map((axis, place) => new Option(axis.label, place)))
      select.value = this.layout[part]
    }
    this.drawSliders()
  }

  lay(part, value) {
    const other = part === "row" ? "column" : "row"
    if (Number(value) === this.layout[other]) this.layout[other] = this.layout[part]
    this.layout[part] = Number(value)
    this.offer()
    this.draw()
  }

  drawSliders() {
    const rest = this.sheet.axes.map((axis, place) => [axis, place])
      .filter(([, place]) => place !== this.layout.row && place !== this.layout.column)
    this.sliders.replaceChildren(...rest.map(([axis, place]) => {
      this.at[place] = Math.min(this.at[place] || 0, axis.values.length - 1)
      const label = element("label", "", `${axis.label} `)
      const range = label.appendChild(element("input"))
      Object.assign(range, { type: "range", min: 0, max: axis.values.length - 1, value: this.at[place] })
      const value = label.appendChild(element("b", "", axis.values[this.at[place]]))
      range.oninput = () => {
        this.at[place] = Number(range.value)
        setText(value, axis.values[this.at[place]])
        this.draw()
      }
      return label
    }))
  }

  cellAt(row, column) {
    const places = this.sheet.axes.map((_, place) =>
      place === this.layout.row ? row : place === this.layout.column ? column : this.at[place] || 0)
    return this.found.get(places.join())
  }

  draw() {
    const { axes, cells } = this.sheet
    const count = part => (this.layout[part] < 0 ? 1 : axes[this.layout[part]].values.length)
    const named = (part, place) => (this.layout[part] < 0 ? "" : axes[this.layout[part]].values[place])
    const columns = [...Array(count("column")).keys()]
    const rows = [...Array(count("row")).keys()].filter(row => this.keepsRow(columns.map(place => this.cellAt(row, place))))
    const head = element("tr")
    head.append(element("th"), ...columns.map(place => element("th", "", named("column", place))))
    this.table.replaceChildren(head, ...rows.map(row => {
      const line = element("tr")
      line.append(element("th", "", named("row", row)), ...columns.map(place => this.tile(this.cellAt(row, place))))
      return line
    }))
    if (!rows.length) this.table.append(element("caption", "", "No cell is like this."))
    const ended = cells.filter(cell => cell.state === "done" || FAILED.has(cell.state)).length
    const asked = cells.filter(cell => cell.state !== "skipped").length
    const failed = cells.filter(cell => FAILED.has(cell.state)).length
    setText(this.status, `${ended} of ${asked} done${failed ? `, ${failed} failed` : ""}`)
  }

  keepsRow(cells) {
    if (this.filter.value !== "differing") return cells.some(cell => this.isWanted(cell)) || this.filter.value === "all"
    return new Set(cells.map(cell => cell?.content || cell?.state)).size > 1
  }

  isWanted(cell) {
    if (this.filter.value === "failed") return Boolean(cell && FAILED.has(cell.state))
    if (this.filter.value === "starred") return Boolean(cell?.starred)
    return true
  }

  // A tile stays the same element while its cell does, so that no image flickers and a pressed button stays.
  tile(cell) {
    if (!cell) return element("td")
    const mark = JSON.stringify(cell)
    let kept = this.tiles.get(cell.position)
    if (!kept || kept.mark !== mark) {
      kept = { mark, box: this.makeTile(cell) }
      this.tiles.set(cell.position, kept)
    }
    kept.box.classList.toggle("faint", !this.isWanted(cell))
    return kept.box
  }

  makeTile(cell) {
    const box = element("td", `cell ${cell.state}`)
    const frame = box.appendChild(element("div", "frame"))
    if (cell.thumb) {
      const open = frame.appendChild(this.button("open", "", "Open this run", cell))
      const img = open.appendChild(element("img"))
      Object.assign(img, { src: cell.thumb, alt: this.nameOf(cell), loading: "lazy", decoding: "async" })
    } else {
      const text = frame.appendChild(element("p", "why", cell.reason || WORDS[cell.state] || cell.state))
      text.title = cell.reason || ""
    }
    const tools = frame.appendChild(element("div", "tools"))
    if (cell.thumb) {
      const star = tools.appendChild(this.button("star", cell.starred ? "★" : "☆", "Star this image", cell))
      star.setAttribute("aria-pressed", String(Boolean(cell.starred)))
    }
    if (cell.can_run) tools.append(this.button("retry", "Run", "Run this cell", cell))
    if (cell.run && (cell.state === "done" || FAILED.has(cell.state))) {
      if (!cell.thumb) tools.append(this.button("open", "Open", "Open this run", cell))
      tools.append(this.button("retry", "↻", "Run this cell again", cell))
    }
    return box
  }

  nameOf(cell) {
    return cell.places.map((value, place) => this.sheet.axes[place].values[value]).join(", ")
  }

  button(name, text, title, cell) {
    const made = element("button", name, text)
    made.type = "button"
    made.title = title
    made.setAttribute("aria-label", `${title}: ${this.nameOf(cell)}`)
    made.onclick = () => this.trigger("action", { name, position: cell.position })
    return made
  }

  watch() {
    if (!this.sheet.active || this.timer) return
    this.timer = setTimeout(async () => {
      this.timer = undefined
      if (!this.root.isConnected) return
      try {
        const answer = await fetch(this.address)
        if (answer.ok) this.take(await answer.json())
      } catch {
        // The server is not there for a moment; the next look may find it.
      }
      this.watch()
    }, document.hidden ? 5 * PAUSE : PAUSE)
  }

  take(sheet) {
    if (sheet.id !== this.sheet.id) return
    this.show(sheet)
    // Python draws what can be done with a sheet that has ended.
    if (!sheet.active) this.trigger("ended", Date.now())
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".sheet")
  if (!mounted.has(root)) mounted.set(root, new SheetView(root))
  mounted.get(root).update(component)
}
