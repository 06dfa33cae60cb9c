// A grid of images, answers, and runs without a result. A click opens; checkbox, Space, Shift and Ctrl select; arrow keys
// move. V opens the full-window viewer. The keys that mark an image work in both, and so do the controls behind "⋯".

// Key in sessionStorage of the tile opened last, by grid, to scroll back to it.
const OPENED = "image-workbench.opened."

// What a tile's menu offers, by the names of IMAGE_KEYS; those of MARKS are stored, see results/stage/marks.py.
const TOOLS = ["star", "rate", "reject", "compare", "edit", "branch"]
const MARKS = ["star", "rate", "reject", "compare"]
// What changes nothing, which is all that viewers have.
const LOOKS = ["compare", "open-comparison", "view", "select", "keys"]
const LOOKS_HINT = "Click to open. Select with the checkbox, Space or Shift+click. Arrow keys move, V views, C compares. "

class Gallery {
  constructor(root, { looks }) {
    this.root = root
    this.offers = name => !looks || LOOKS.includes(name)
    if (looks) root.parentNode.querySelector(".keys").firstChild.data = LOOKS_HINT
    this.tiles = new Map()
    this.items = []
    this.selected = new Set()
    this.last = undefined
    this.pending = new PendingActs(acts => this.keep("acts", acts))
    const acts = [...TOOLS, "select"].filter(this.offers).map(name => [name, (image, value) => this.act(name, image.id, value)])
    this.viewer = new Viewer(root.parentNode, { acts: Object.fromEntries(acts), state: (name, image) => this.value(name, image.id) })
    this.viewer.dialog.addEventListener("close", () => this.focus(this.viewer.images[this.viewer.position]?.id, "nearest"))
    root.onkeydown = event => this.key(event)
    root.addEventListener("focusin", () => { this.recent = this.active() || this.recent })
    const enter = () => this.focus(this.tiles.has(this.recent) ? this.recent : this.items[0]?.id, "nearest")
    this.ignorePage = onPageKeys(() => this.active(), { enter, keys: () => this.showKeys() })
  }

  update({ data, setTriggerValue, setStateValue }) {
    this.name = data.name
    this.tell = setTriggerValue
    this.keep = setStateValue
    const active = this.active(), place = this.items.findIndex(item => item.id === active)
    this.items = data.items
    const hint = this.root.parentNode.querySelector(".keys")
    hint.hidden = !data.keys
    hint.querySelector("button").onclick = () => this.showKeys()
    this.compared = data.compared || []
    this.pending.confirm(data.handled)
    // Python's selection replaces this one only when it is new; later clicks stay.
    if (data.selections !== this.selections) {
      this.selections = data.selections
      this.selected = new Set(data.selected)
    }
    const wanted = new Set(data.items.map(item => item.id))
    for (const [id, tile] of this.tiles) if (!wanted.has(id)) { tile.box.remove(); this.tiles.delete(id) }
    let before = null
    for (const item of data.items) {
      const key = JSON.stringify(item)
      let tile = this.tiles.get(item.id)
      if (!tile || tile.key !== key) {
        const fresh = this.tile(item, key)
        tile?.box.replaceWith(fresh.box)
        this.tiles.set(item.id, (tile = fresh))
      }
      const place = before ? before.nextSibling : this.root.firstChild
      if (place !== tile.box) this.root.insertBefore(tile.box, place)
      before = tile.box
    }
    // Keep the keyboard's position when its tile was redrawn or removed.
    const next = wanted.has(active) ? active : data.items[Math.min(place, data.items.length - 1)]?.id
    if (active && next && !this.active()) this.focus(next, "nearest")
    this.mark()
    this.restorePosition()
  }

  item(id) {
    return this.items.find(item => item.id === id)
  }

  // Scroll to the tile opened last and focus it.
  restorePosition() {
    const id = sessionStorage.getItem(OPENED + this.name)
    if (!id || this.isLeaving || !this.tiles.has(id)) return
    sessionStorage.removeItem(OPENED + this.name)
    requestAnimationFrame(() => this.focus(id, "center"))
  }

  focus(id, block) {
    const open = this.tiles.get(id)?.open
    open?.scrollIntoView({ block })
    open?.focus({ preventScroll: true })
    this.mark()
  }

  leave(id) {
    sessionStorage.setItem(OPENED + this.name, id)
    this.isLeaving = true
    this.tell("open", id)
  }

  look(id) {
    const images = this.items.filter(item => item.view).map(item => ({ ...item.view, id: item.id, alt: item.prompt }))
    const position = images.findIndex(image => image.id === id)
    if (position >= 0) this.viewer.open(images, position)
  }

  showKeys() {
    showKeys(this.root.parentNode, [...TOOLS, "view", "select", "delete", "open-comparison", "keys"].filter(this.offers))
  }

  // The value of a mark, and whether an item is selected.
  value(name, id) {
    if (name === "select") return this.selected.has(id)
    return this.pending.value(name, id, name === "compare" ? this.compared.includes(id) : this.item(id)?.marks?.[name])
  }

  act(name, id, value) {
    const item = this.item(id)
    if (!this.offers(name)) return
    if (name === "keys") return this.showKeys()
    if (name === "select") return this.toggle(id)
    if (name === "view") return this.look(id)
    if (name === "delete") return this.pending.add("trash", this.selected.size ? [...this.selected] : [id])
    if (name === "open-comparison") return this.tell("go", { name, output: "" })
    if (!item?.output || (!item.view && ["compare", "edit"].includes(name)) || (name === "edit" && !item.pixels)) return
    if (!MARKS.includes(name)) return this.tell("go", { name, output: id })
    this.pending.add(name, id, nextMark(name, this.value(name, id), value))
    this.mark()
  }

  tile(item, key) {
    const box = element("div", "tile")
    const open = box.appendChild(element("button", "open"))
    open.type = "button"
    open.title = item.prompt
    open.setAttribute("aria-label", item.label)
    const frame = open.appendChild(element("span", item.alpha ? "box clear" : "box"))
    if (item.thumb) {
      const img = frame.appendChild(document.createElement("img"))
      img.src = item.thumb
      img.alt = ""
      img.loading = "lazy"
      img.decoding = "async"
    }
    if (item.text !== undefined) {
      frame.classList.add("with-text")
      frame.append(element("span", "words", item.text || item.state))
    }
    if (item.badge) frame.append(element("span", "badge", item.badge))
    open.append(element("span", "prompt", item.prompt || item.label))
    open.appendChild(element("span", "facts", item.facts)).title = item.facts
    const check = box.appendChild(document.createElement("input"))
    check.type = "checkbox"
    check.tabIndex = -1
    check.setAttribute("aria-label", `Select ${item.label}`)
    check.onclick = event => this.toggle(item.id, event.shiftKey)
    open.onclick = event => {
      // On a touch screen, a tap extends a selection that has begun, as in photo apps.
      const extendsSelection = this.selected.size > 0 && matchMedia("(hover: none)").matches
      if (extendsSelection || event.shiftKey || event.ctrlKey || event.metaKey) this.toggle(item.id, event.shiftKey)
      else this.leave(item.id)
    }
    const corner = (name, label, act) => {
      const button = box.appendChild(element("button", `corner ${name}`, label))
      button.type = "button"
      button.tabIndex = -1
      button.onclick = act
      return button
    }
    const star = item.output && this.offers("star") ? corner("star", "", () => this.act("star", item.id)) : undefined
    if (item.view) {
      const look = corner("look", "⤢", () => this.look(item.id))
      look.title = "View in the full window (V)"
      look.setAttribute("aria-label", `View ${item.label}`)
    }
    const rated = frame.appendChild(element("span", "badge rated"))
    const tools = item.output ? this.menu(item, box, corner) : undefined
    return { box, open, check, star, rated, tools, key }
  }

  // The controls of the same names as the keys, which the tile has room for only when they are asked for.
  menu(item, box, corner) {
    const names = TOOLS.filter(this.offers).filter(name => item.view || !["compare", "edit"].includes(name)).filter(name => name !== "edit" || item.pixels)
    const tools = new ImageTools(names, {
      state: name => this.value(name, item.id), act: (name, value) => this.act(name, item.id, value), which: item.label,
    })
    const panel = element("div", "menu")
    panel.append(...tools.nodes)
    panel.hidden = true
    const more = corner("more", "⋯", () => {
      panel.hidden = !panel.hidden
      more.setAttribute("aria-expanded", String(!panel.hidden))
    })
    more.title = ["Star", "rate", "reject", "compare", "edit", "branch"].filter(name => this.offers(name.toLowerCase())).join(", ")
    more.setAttribute("aria-label", `More for ${item.label}`)
    more.setAttribute("aria-expanded", "false")
    box.append(panel)
    return tools
  }

  toggle(id, range) {
    const ids = this.items.map(item => item.id)
    const from = ids.indexOf(this.last), to = ids.indexOf(id)
    if (range && from >= 0) for (const one of ids.slice(Math.min(from, to), Math.max(from, to) + 1)) this.selected.add(one)
    else if (this.selected.has(id)) this.selected.delete(id)
    else this.selected.add(id)
    this.last = id
    this.changed()
  }

  changed() {
    this.mark()
    // Send several quick clicks at once.
    clearTimeout(this.soon)
    this.soon = setTimeout(() => this.keep("selected", { selections: this.selections, ids: [...this.selected] }), 120)
  }

  mark() {
    this.root.classList.toggle("selecting", this.selected.size > 0)
    this.stick()
    const active = this.active()
    let reachable = false
    for (const item of this.items) {
      const tile = this.tiles.get(item.id)
      const on = this.selected.has(item.id)
      tile.check.checked = on
      tile.box.classList.toggle("selected", on)
      tile.open.tabIndex = active === item.id ? 0 : -1
      if (tile.tools) {
        const rating = this.value("rate", item.id)
        const rejected = this.value("reject", item.id)
        tile.tools.refresh()
        tile.box.classList.toggle("rejected", Boolean(rejected))
        setText(tile.rated, [rating ? `${rating} of 5` : "", rejected ? "rejected" : "", this.value("compare", item.id) ? "in comparison" : ""].filter(Boolean).join(" · "))
      }
      if (tile.star) {
        const starred = this.value("star", item.id)
        setText(tile.star, starred ? "★" : "☆")
        tile.star.classList.toggle("on", starred)
        tile.star.title = starred ? "Unstar (S)" : "Star (S)"
        tile.star.setAttribute("aria-label", `${starred ? "Unstar" : "Star"} ${item.label}`)
      }
      reachable ||= active === item.id
    }
    const first = this.items.length && this.tiles.get(this.items[0].id)
    if (!reachable && first) first.open.tabIndex = 0
  }

  // Keep the actions on a selection in sight while scrolling.
  stick() {
    const row = document.querySelector(`.st-key-${this.name}-actions`)?.parentElement
    if (!row) return
    const on = this.selected.size > 0
    const page = on ? getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor : ""
    Object.assign(row.style, { position: on ? "sticky" : "", top: on ? "3.7rem" : "", zIndex: on ? "9" : "",
      background: page, padding: on ? "0.4rem 0" : "", margin: on ? "-0.4rem 0" : "" })
  }

  active() {
    const focused = this.root.getRootNode().activeElement
    return this.items.find(item => this.tiles.get(item.id)?.open === focused)?.id
  }

  key(event) {
    const id = this.active()
    if (!id) return
    const ids = this.items.map(item => item.id)
    const place = ids.indexOf(id)
    const boxes = [...this.root.children]
    const columns = Math.max(1, boxes.filter(box => box.offsetTop === boxes[0].offsetTop).length)
    const to = { ArrowRight: place + 1, ArrowLeft: place - 1, ArrowDown: place + columns, ArrowUp: place - columns,
      Home: 0, End: ids.length - 1 }[event.key]
    if (to !== undefined) {
      event.preventDefault()
      const next = ids[Math.max(0, Math.min(ids.length - 1, to))]
      if (event.shiftKey) { this.selected.add(id); this.selected.add(next); this.last = next; this.changed() }
      this.tiles.get(next).open.focus()
      return this.mark()
    }
    const all = (event.ctrlKey || event.metaKey) && event.key === "a"
    if (all || event.key === "Escape") {
      event.preventDefault()
      all ? ids.forEach(one => this.selected.add(one)) : this.selected.clear()
      return this.changed()
    }
    if (event.key === " ") {
      event.preventDefault()
      return this.toggle(id, event.shiftKey)
    }
    const pressed = imageAct(event)
    if (!pressed || ["previous", "next"].includes(pressed.act)) return
    event.preventDefault()
    event.stopPropagation()
    this.act(pressed.act, id, pressed.value)
  }

  remove() {
    this.ignorePage()
    this.pending.remove()
    this.viewer.remove()
  }
}

export default mounting(".gallery", Gallery)
