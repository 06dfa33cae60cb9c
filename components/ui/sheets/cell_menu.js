// What the keys do with a cell's image, for mouse and touch: one panel for all cells, over the page, as a cell has no room
// for it. Its host has `root`, `found`, `mark`, `act`, `button` and `nameOf`, see sheet_cells.js.

const MENU = { width: 304, height: 150, gap: 6 } // pixels; the width is that of sheet_view.css, the height about

class CellMenu {
  constructor(host) {
    this.host = host
    this.panel = host.root.appendChild(element("div", "menu"))
    this.panel.popover = "auto"
    this.panel.setAttribute("role", "group")
    this.follow = () => this.place()
    this.panel.addEventListener("beforetoggle", event => { this.hadFocus = this.panel.matches(":focus-within") && event.newState === "closed" })
    this.panel.addEventListener("toggle", event => this.toggled(event.newState === "open"))
  }

  get isOpen() {
    return this.panel.matches(":popover-open")
  }

  // The button of a cell. The browser opens and closes the panel by it.
  opener(cell) {
    const made = this.host.button("more", "⋯", "More", cell, event => this.fill(event, cell.places.join()))
    made.title = "Star, rate, reject, compare, edit, branch"
    made.popoverTargetElement = this.panel
    return made
  }

  fill(event, key) {
    if (this.isOpen && this.key === key) return // it closes
    if (this.isOpen) event.preventDefault() // it stays open, for another cell
    this.key = key
    const cell = this.host.found.get(key)
    this.tools = new ImageTools(CELL_ACTS.filter(name => name !== "edit" || cell.pixels), {
      state: name => this.host.mark(name, this.host.found.get(this.key) || cell),
      act: (name, value) => {
        this.host.act(name, this.host.found.get(this.key), value)
        if (!CELL_MARKS.includes(name)) this.panel.hidePopover()
      },
      which: this.host.nameOf(cell.places),
      locked: () => this.host.readOnly,
    })
    this.panel.setAttribute("aria-label", `More for ${this.host.nameOf(cell.places)}`)
    this.panel.replaceChildren(...this.tools.nodes)
    this.place()
  }

  // Beside the button of its cell, wherever that is scrolled to; closed once the button is out of sight.
  place() {
    const button = this.host.tiles.get(this.key)?.box.querySelector(".more")
    const { top, bottom, right } = button?.getBoundingClientRect() || { bottom: -1 }
    if (bottom < 0 || top > window.innerHeight) return this.isOpen && this.panel.hidePopover()
    const isAbove = top > MENU.height + MENU.gap
    this.panel.style.top = isAbove ? "auto" : `${bottom + MENU.gap}px`
    this.panel.style.bottom = isAbove ? `${window.innerHeight - top + MENU.gap}px` : "auto"
    this.panel.style.left = `${Math.max(MENU.gap, right - MENU.width)}px`
  }

  // Closed by a key, it gives the focus to its cell.
  toggled(isOpen) {
    if (isOpen) window.addEventListener("scroll", this.follow, true)
    else window.removeEventListener("scroll", this.follow, true)
    if (!isOpen && this.hadFocus) this.host.tiles.get(this.key)?.box.focus({ preventScroll: true })
  }

  refresh() {
    if (!this.isOpen) return
    this.tools.refresh()
    this.place()
  }

  remove() {
    window.removeEventListener("scroll", this.follow, true)
  }
}
