// A sheet: its cells in rows and columns, which the person chooses; every other axis is a slider. Only visible cells are
// requested and drawn, so that 10,000 cells cost what 20 do. While the sheet changes it polls, without a rerun.

const PAUSE = 700 // milliseconds between two requests
const SPACING = 5 // pixels between cells, see sheet_view.css
const AROUND = 2 // rows and columns beyond those in sight
const MOST_ROWS = 20, MOST_COLUMNS = 28 // fewer than MOST_CELLS of window.py
const KEPT = 3000 // cells
const LEAST_ZOOM = 80 // percent; below it a cell has no room for its cost and time
const PIXELS = 1.6 // of a cell's edge for each percent
const HEADINGS = { width: 150, height: 62 } // pixels, about
const SHARE = 0.72 // of the window's height that the grid may take, see sheet_view.css

const FILTERS = [["all", "All"], ["differing", "Differing rows"], ["failed", "Failed"], ["starred", "Starred"], ["unpassed", "Failed checks"]]

class SheetView extends SheetCells {
  constructor(root) {
    super()
    this.root = root
    this.bar = root.appendChild(element("div", "bar"))
    this.status = this.bar.appendChild(element("strong", "status"))
    this.status.setAttribute("role", "status")
    this.rows = this.choice("Rows", value => this.lay("row", value))
    this.columns = this.choice("Columns", value => this.lay("column", value))
    this.filter = Object.assign(this.choice("Show", () => this.turn()), { title: FILTER_HELP })
    this.filter.append(...FILTERS.map(([value, text]) => new Option(text, value)))
    const label = this.bar.appendChild(element("label"))
    label.title = "Zoom"
    this.zoom = label.appendChild(element("input"))
    Object.assign(this.zoom, { type: "range", min: 50, max: 200, step: 10, value: 100, ariaLabel: "Zoom" })
    this.percent = label.appendChild(element("span", "percent", "100%"))
    this.zoom.oninput = () => { this.isZoomChosen = true; this.resize(); this.draw() }
    this.compareButton = this.plain("", "Open the comparison (Shift+C)", () => this.trigger("action", { name: "open-comparison" }))
    const link = this.plain("Copy link", "Copy this sheet's address for a teammate")
    copies(link, () => new URL(`?sheet=${this.sheet.id}`, location.href).href, root)
    this.plain("Keys", "Show the keys (?)", () => this.act("keys"))
    this.sliders = root.appendChild(element("div", "sliders"))
    this.scroll = root.appendChild(element("div", "scroll"))
    this.scroll.onscroll = () => { this.frame ??= requestAnimationFrame(() => { this.frame = undefined; this.draw() }) }
    this.table = this.scroll.appendChild(element("table"))
    this.found = new Map()
    this.at = {}
    this.prepareCells()
    this.resize()
    this.resized = new ResizeObserver(() => this.sheet && this.draw())
    this.resized.observe(this.scroll)
  }

  choice(name, chosen) {
    const label = this.bar.appendChild(element("label", "", `${name} `))
    const select = label.appendChild(element("select"))
    select.setAttribute("aria-label", name)
    select.onchange = () => chosen(select.value)
    return select
  }

  plain(text, title, act) {
    const made = this.bar.appendChild(element("button", "plain", text))
    Object.assign(made, { type: "button", title, onclick: act })
    return made
  }

  resize() {
    setText(this.percent, `${this.zoom.value}%`)
    this.edge = PIXELS * this.zoom.value
    this.root.style.setProperty("--cell", `${this.edge}px`)
    this.root.classList.toggle("small", this.zoom.value < LEAST_ZOOM)
  }

  // Until the person zooms, the cells of a small sheet are as large as the stage has room for.
  fit() {
    if (this.isZoomChosen || !this.scroll.clientWidth) return
    const count = part => this.sheet.axes[this.layout[part]]?.values.length ?? 1
    const width = (this.scroll.clientWidth - HEADINGS.width) / count("column")
    const edge = Math.min(width, (window.innerHeight * SHARE - HEADINGS.height) / count("row")) - SPACING
    const percent = Math.floor(edge / PIXELS / 10) * 10
    this.zoom.value = Math.max(100, Math.min(200, percent))
    this.resize()
  }

  update(component) {
    const { data, setTriggerValue } = component
    this.trigger = setTriggerValue
    this.address = data.address
    if (this.sheet?.id !== data.sheet.id) this.found.clear()
    this.takeMarks(component)
    this.take({ ...data.sheet, rows: this.sheet?.rows })
    this.reveal(data.is_link)
    this.look() // Python's data has the first window only
  }

  // A sheet that was just begun comes into sight, once, as does that of a link: on a phone it is far below the button.
  reveal(isLink) {
    if (this.revealed === this.sheet.id) return
    this.revealed = this.sheet.id
    const { top } = this.root.getBoundingClientRect()
    const isLinked = isLink && top > window.innerHeight * 0.6
    if ((!this.sheet.active && !isLinked) || (top >= 0 && top <= window.innerHeight * 0.5)) return
    this.root.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" })
  }

  take(sheet) {
    const axes = JSON.stringify(sheet.axes)
    this.sheet = sheet
    if (axes !== this.axes) {
      this.axes = axes
      this.found.clear() // places have another meaning
      this.offer()
    }
    if (this.found.size > KEPT) this.found.clear()
    for (const cell of sheet.cells) this.found.set(cell.places.join(), cell)
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
    this.fit()
    this.drawSliders()
  }

  lay(part, value) {
    const other = part === "row" ? "column" : "row"
    if (Number(value) === this.layout[other]) this.layout[other] = this.layout[part]
    this.layout[part] = Number(value)
    this.offer()
    this.turn()
  }

  // Something else of the sheet is looked at: which rows a filter keeps is not known yet.
  turn() {
    if (this.filter.value === "all") this.sheet.rows = null
    this.draw()
    this.look()
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
        this.turn()
      }
      return label
    }))
  }

  count(part) {
    return this.layout[part] < 0 ? 1 : this.sheet.axes[this.layout[part]].values.length
  }

  placesAt(row, column) {
    return this.sheet.axes.map((_, place) =>
      place === this.layout.row ? row : place === this.layout.column ? column : this.at[place] || 0)
  }

  // The rows that the filter keeps, by their places on the axis.
  get kept() {
    return this.sheet.rows || [...Array(this.count("row")).keys()]
  }

  // What is in sight: the first of the kept rows and how many, the first column and how many.
  get window() {
    const { scrollTop, scrollLeft, clientHeight, clientWidth } = this.scroll
    const step = this.edge + SPACING
    const part = (offset, size, count, most) => {
      const length = Math.min(most, Math.ceil((size || 600) / step) + 2 * AROUND)
      const first = Math.max(0, Math.min(Math.floor(offset / step) - AROUND, count - length))
      return [first, Math.min(length, Math.max(1, count - first))]
    }
    return [...part(scrollTop, clientHeight, this.kept.length, MOST_ROWS), ...part(scrollLeft, clientWidth, this.count("column"), MOST_COLUMNS)]
  }

  draw() {
    const held = this.table.getRootNode().activeElement // moving it, as the rows are made, takes the focus from it
    const [top, height, left, width] = this.window
    const { kept } = this
    const columns = [...Array(width).keys()].map(place => left + place)
    const rows = kept.slice(top, top + height)
    const step = this.edge + SPACING
    const space = count => (count > 0 ? [Object.assign(element("td", "space"), { style: `min-width:${count * step - SPACING}px` })] : [])
    const line = (first, cells) => {
      const made = element("tr")
      made.append(first, ...space(left), ...cells, ...space(this.count("column") - left - width))
      return made
    }
    const gap = count => (count > 0 ? [Object.assign(element("tr", "space"), { style: `height:${count * step - SPACING}px` })] : [])
    const wanted = { failed: cell => FAILED.has(cell.state), starred: cell => this.mark("star", cell), unpassed: hasFailed }[this.filter.value] || (() => true)
    const drawn = new Map()
    const lines = rows.map(row => line(this.heading("row", row), columns.map(column => {
      const places = this.placesAt(row, column)
      const tile = this.tile(places, wanted)
      drawn.set(places.join(), tile)
      return tile.box
    })))
    this.tiles = drawn
    this.table.replaceChildren(
      line(this.corner(), columns.map(place => this.heading("column", place))),
      ...gap(top), ...lines, ...gap(kept.length - top - height),
    )
    if (!kept.length) this.table.append(element("caption", "", "No cell is like this."))
    if (held?.isConnected && held !== held.getRootNode().activeElement) held.focus({ preventScroll: true })
    this.setTabStop()
    this.drawTray()
    const { asked, ended, failed } = this.sheet.counts
    setText(this.status, `${ended} of ${asked} done${failed ? `, ${failed} failed` : ""}`)
    if ([...drawn.keys()].some(key => !this.found.has(key))) this.lookSoon()
  }

  // The name of a value, and what all cells with it come to. The answers of models are not in it.
  heading(part, place) {
    const axis = this.layout[part]
    const text = axis < 0 ? "" : this.sheet.axes[axis].values[place]
    return this.withTotal(text, this.sheet.totals?.[axis]?.[place])
  }

  // What all cells of the sheet come to.
  corner() {
    return this.withTotal("All cells", this.sheet.total)
  }

  withTotal(text, total) {
    const made = element("th")
    made.append(element("div", "name", text))
    made.append(element("div", "total", total || "\u00a0")) // cells do not move when the first one has ended
    made.title = total ? `${text}: ${total}, on average of the cells' newest runs, without what checks cost` : text
    return made
  }

  // Moves the focus by rows and columns, and draws what is there.
  move(box, down, right) {
    const places = box.dataset.places.split(",").map(Number)
    const [row, column] = ["row", "column"].map(part => (this.layout[part] < 0 ? 0 : places[this.layout[part]]))
    const nextRow = this.kept[this.kept.indexOf(row) + down], nextColumn = column + right
    if (nextRow === undefined || nextColumn < 0 || nextColumn >= this.count("column")) return
    const step = this.edge + SPACING
    const key = this.placesAt(nextRow, nextColumn).join()
    if (!this.tiles.has(key)) {
      this.scroll.scrollBy({ top: down * step, left: right * step, behavior: "instant" })
      this.draw()
    }
    this.tiles.get(key)?.box.focus()
  }

  lookSoon() {
    this.soon ??= setTimeout(() => { this.soon = undefined; this.look() }, 60)
  }

  // Request the visible cells; one request at a time.
  async look() {
    clearTimeout(this.timer)
    if (this.looking) return void (this.again = true)
    this.looking = true
    this.again = false
    const [top, height, left, width] = this.window
    const { row, column } = this.layout
    const query = { row, column, at: this.placesAt(0, 0), top, height, left, width, show: this.filter.value }
    const view = () => JSON.stringify([this.layout, this.placesAt(0, 0), this.filter.value])
    const asked = view()
    try {
      const answer = await fetch(`${this.address}?${new URLSearchParams(query)}`)
      const sheet = answer.ok && await answer.json()
      if (sheet?.id === this.sheet.id) {
        const { active: wasActive, planned } = this.sheet
        if (view() !== asked) sheet.rows = this.sheet.rows
        this.take(sheet)
        // Python draws what can be done with a sheet that has ended, and when its next cells start.
        if ((wasActive && !sheet.active) || planned !== sheet.planned) this.trigger("ended", Date.now())
      }
    } catch {
      // The server is not there for a moment; the next look may find it.
    }
    this.looking = false
    if (this.again) this.look()
    else if ((this.sheet.active || this.sheet.comparing) && this.root.isConnected) this.timer = setTimeout(() => this.look(), document.hidden || this.sheet.slow ? 5 * PAUSE : PAUSE)
  }

  remove() {
    super.remove()
    clearTimeout(this.timer)
    clearTimeout(this.soon)
    this.resized.disconnect()
  }
}

export default mounting(".sheet", SheetView)
