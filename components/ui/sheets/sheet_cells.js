// The cells of a sheet that are on the screen: how each is drawn, and what keys do with the one that has the focus. Where
// they stand is up to sheet_view.js.

const FAILED = new Set(["failed", "cancelled", "interrupted"])
const WORDS = { waiting: "waiting", skipped: "skipped", queued: "queued", running: "running…", failed: "failed",
  cancelled: "cancelled", interrupted: "interrupted", done: "no image" }
// What Python stores and the browser shows at once; all others reach Python as events.
const CELL_MARKS = ["star", "rate", "reject", "compare"]
const CELL_ACTS = [...CELL_MARKS, "edit", "branch"]
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }

// When a cell is sent, by this browser's clock.
function startOf(cell) {
  if (!cell.starts) return ""
  const moment = new Date(cell.starts * 1000)
  const isToday = moment.toDateString() === new Date().toDateString()
  return `starts ${moment.toLocaleString([], { ...(!isToday && { month: "short", day: "numeric" }), hour: "2-digit", minute: "2-digit" })}`
}

const FILTER_HELP = "Differing rows: cells that differ in their state, in the verdict of a check, or in what is seen at a glance. " +
  "Images that look alike count as the same, so other files, formats and compression do not differ."

class SheetCells {
  prepareCells() {
    this.tiles = new Map() // the drawn ones, by the places of their cells
    this.current = ""
    this.isRead = this.bar.insertBefore(element("span", "read-only", "Read-only"), this.status.nextSibling)
    this.pending = new PendingActs(acts => this.keep("acts", acts))
    this.menu = new CellMenu(this)
    this.onKey = event => this.pressed(event)
    window.addEventListener("keydown", this.onKey, true)
    this.ignorePage = onPageKeys(event => this.cellOf(event), { enter: () => this.focusCell(), keys: () => this.act("keys") })
  }

  takeMarks({ data, setStateValue }) {
    this.keep = setStateValue
    this.pending.confirm(data.handled)
    this.compared = data.compared || []
    this.readOnly = this.isRead.title = data.readOnly
    this.isRead.hidden = !data.readOnly
  }

  mark(name, cell) {
    const stored = name === "compare" ? this.compared.includes(cell.output) : cell.marks?.[name]
    return this.pending.value(name, cell.output, stored)
  }

  act(name, cell, value) {
    if (name === "keys") return showKeys(this.root, [...CELL_ACTS, "previous", "next", "view", "open-comparison", "leave", "keys"])
    if (name === "open-comparison") return this.compareButton.hidden || this.compareButton.click()
    if (name === "view") return cell?.run && this.trigger("action", { name: "open", position: cell.position })
    if (!cell?.output || (name === "edit" && !cell.pixels)) return
    if (!CELL_MARKS.includes(name)) return this.trigger("action", { name, output: cell.output })
    if (this.readOnly && STORED.includes(name)) return
    this.pending.add(name, cell.output, nextMark(name, this.mark(name, cell), value))
    this.draw()
  }

  // The cell that has the focus, or a part of it that has.
  cellOf(event) {
    return event.composedPath().find(one => one.matches?.("td.cell") && this.root.contains(one))
  }

  // Keys act on the cell that has the focus; Escape leads from the form's text to the cell that had it last.
  pressed(event) {
    const field = event.composedPath()[0]
    if (event.key === "Escape" && !event.isComposing && field.matches?.("textarea") && !field.closest(OVERLAYS)) return this.focusCell()
    const box = this.cellOf(event)
    if (!box) return
    const cell = this.found.get(box.dataset.places)
    if (event.key === "Enter" && field === box) return this.act("view", cell)
    const found = imageAct(event, this.table)
    if (found?.act === "leave" || event.ctrlKey || event.metaKey || event.altKey) return
    const move = MOVES[event.key]
    if (!move && (!found || event.repeat || ![...CELL_ACTS, "view", "open-comparison", "keys"].includes(found.act))) return
    event.preventDefault()
    event.stopImmediatePropagation()
    if (move) this.move(box, ...move)
    else this.act(found.act, cell, found.value)
  }

  focusCell() {
    const tile = this.tiles.get(this.current) || this.tiles.values().next().value
    tile?.box.focus()
  }

  // A tile stays the same element while its cell does, so that no image flickers and a pressed button stays.
  tile(places, isWanted) {
    const key = places.join()
    const cell = this.found.get(key)
    const marks = cell?.output ? CELL_MARKS.map(name => this.mark(name, cell)) : []
    const look = JSON.stringify([cell, marks, this.readOnly])
    let kept = this.tiles.get(key)
    if (!kept) {
      kept = { box: element("td") }
      kept.box.dataset.places = key
      kept.box.addEventListener("focusin", () => { this.current = key; this.setTabStop() })
      kept.box.onmousedown = event => event.target.closest("button") || kept.box.focus()
    }
    if (kept.look !== look) {
      const held = kept.box.getRootNode().activeElement
      const name = kept.box.contains(held) && held !== kept.box ? held.className : ""
      kept.look = look
      this.fill(kept.box, cell, places)
      if (name) kept.box.querySelector(`.${name}`)?.focus()
    }
    kept.box.classList.toggle("faint", Boolean(cell) && !isWanted(cell))
    return kept
  }

  // One cell can be reached by Tab, all others from there by arrow keys.
  setTabStop() {
    const stop = this.tiles.has(this.current) ? this.current : this.tiles.keys().next().value
    for (const [key, { box }] of this.tiles) box.tabIndex = key === stop ? 0 : -1
  }

  fill(box, cell, places) {
    box.className = `cell ${cell?.state || "unknown"}`
    box.setAttribute("aria-label", this.nameOf(places))
    const frame = element("div", "frame")
    box.replaceChildren(frame)
    if (!cell) return
    if (cell.thumb) {
      const open = frame.appendChild(this.button("open", "", "Open this run", cell))
      if (cell.spent) open.title += ` (${cell.spent})`
      const img = open.appendChild(element("img"))
      Object.assign(img, { src: cell.thumb, alt: this.nameOf(cell.places), loading: "lazy", decoding: "async" })
      open.tabIndex = -1
      this.drawMarks(box, frame, cell)
      drawVerdicts(frame, cell, this.nameOf(cell.places))
    } else {
      const text = frame.appendChild(element("p", "why", cell.reason || startOf(cell) || WORDS[cell.state] || cell.state))
      text.title = [cell.reason, cell.spent].filter(Boolean).join(" · ")
    }
    if (cell.spent) frame.append(element("span", "spent", cell.spent))
    const tools = frame.appendChild(element("div", "tools"))
    if (cell.thumb) {
      const isOn = Boolean(this.mark("star", cell))
      const star = tools.appendChild(this.button("star", isOn ? "★" : "☆", "Star this image", cell, () => this.act("star", cell)))
      star.setAttribute("aria-pressed", String(isOn))
      star.disabled = Boolean(this.readOnly)
      star.title = this.readOnly || star.title
      tools.append(this.menu.opener(cell))
      if (hasFailed(cell) && cell.pixels) tools.append(this.button("mend", "Mend", "Edit to mend this", cell, () => this.trigger("action", { name: "mend", output: cell.output })))
    }
    if (cell.can_run) tools.append(this.button("retry", "Run", "Run this cell", cell))
    if (cell.run && (cell.state === "done" || FAILED.has(cell.state))) {
      if (!cell.thumb) tools.append(this.button("open", "Open", "Open this run", cell))
      if (cell.former) tools.append(this.button("newest-run", "Open", ["Open the newest run", cell.reason].filter(Boolean).join(": "), cell, () => this.trigger("action", { name: "open", position: cell.position, newest: true })))
      tools.append(this.button("retry", "↻", "Run this cell again", cell))
    }
  }

  drawMarks(box, frame, cell) {
    const rating = this.mark("rate", cell)
    const words = [cell.former && `new run: ${WORDS[cell.state] || cell.state}`, rating && `${rating} of 5`, this.mark("compare", cell) && "in comparison", this.mark("reject", cell) && "rejected"]
    const shown = words.filter(Boolean).join(" · ")
    if (shown) frame.append(element("span", "marks", shown))
    box.classList.toggle("rejected", Boolean(this.mark("reject", cell)))
  }

  nameOf(places) {
    return places.map((value, place) => this.sheet.axes[place].values[value]).join(", ")
  }

  button(name, text, title, cell, act) {
    const made = element("button", name, text)
    made.type = "button"
    made.title = title
    made.setAttribute("aria-label", `${title}: ${this.nameOf(cell.places)}`)
    made.onclick = act || (() => this.trigger("action", { name, position: cell.position }))
    return made
  }

  // The open menu, and the images to compare, in this sheet or elsewhere.
  drawTray() {
    this.menu.refresh()
    const compared = new Set(this.compared)
    for (const { name, output, value } of this.pending.acts) {
      if (name === "compare") compared[value ? "add" : "delete"](output)
    }
    this.compareButton.hidden = compared.size < 2
    setText(this.compareButton, `Compare ${compared.size} images`)
  }

  remove() {
    window.removeEventListener("keydown", this.onKey, true)
    this.ignorePage()
    this.pending.remove()
    this.menu.remove()
  }
}
