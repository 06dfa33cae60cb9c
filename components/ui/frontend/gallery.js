// A grid of pictures, and of runs without one. A click opens; the box, Space, Shift and Ctrl select; arrow keys move.

const galleries = new WeakMap()

class Gallery {
  constructor(root) {
    this.root = root
    this.tiles = new Map()
    this.items = []
    this.selected = new Set()
    this.last = undefined
    root.onkeydown = event => this.key(event)
  }

  update({ data, setTriggerValue, setStateValue }) {
    this.tell = setTriggerValue
    this.keep = setStateValue
    this.items = data.items
    // What Python says of the selection counts when it said something new; clicks since then stay.
    if (data.turn !== this.turn) {
      this.turn = data.turn
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
    this.mark()
  }

  tile(item, key) {
    const box = element("div", "tile")
    const open = box.appendChild(element("button", "open"))
    open.type = "button"
    open.title = item.prompt
    open.setAttribute("aria-label", item.label)
    const frame = open.appendChild(element("span", "box"))
    if (item.thumb) {
      const img = frame.appendChild(document.createElement("img"))
      img.src = item.thumb
      img.alt = ""
      img.loading = "lazy"
      img.decoding = "async"
    } else {
      frame.append(element("span", "words", item.text || item.state))
    }
    if (item.badge) frame.append(element("span", "badge", item.badge))
    open.append(element("span", "prompt", item.prompt || item.label), element("span", "facts", item.facts))
    const check = box.appendChild(document.createElement("input"))
    check.type = "checkbox"
    check.tabIndex = -1
    check.setAttribute("aria-label", `Select ${item.label}`)
    check.onclick = event => this.toggle(item.id, event.shiftKey)
    open.onclick = event => {
      if (event.shiftKey || event.ctrlKey || event.metaKey) this.toggle(item.id, event.shiftKey)
      else this.tell("open", item.id)
    }
    if (item.output) {
      const star = box.appendChild(element("button", "star", item.starred ? "★" : "☆"))
      star.type = "button"
      star.tabIndex = -1
      star.classList.toggle("on", item.starred)
      star.title = item.starred ? "Take the star away (S)" : "Star (S)"
      star.setAttribute("aria-label", `${item.starred ? "Unstar" : "Star"} ${item.label}`)
      star.onclick = () => this.tell("star", item.id)
    }
    return { box, open, check, key }
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
    // Several quick clicks are told at once.
    clearTimeout(this.soon)
    this.soon = setTimeout(() => this.keep("selected", [...this.selected]), 120)
  }

  mark() {
    this.root.classList.toggle("selecting", this.selected.size > 0)
    const active = this.active()
    let reachable = false
    for (const item of this.items) {
      const tile = this.tiles.get(item.id)
      const on = this.selected.has(item.id)
      tile.check.checked = on
      tile.box.classList.toggle("selected", on)
      tile.open.tabIndex = active === item.id ? 0 : -1
      reachable ||= active === item.id
    }
    const first = this.items.length && this.tiles.get(this.items[0].id)
    if (!reachable && first) first.open.tabIndex = 0
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
    const command = event.ctrlKey || event.metaKey
    const act = {
      " ": () => this.toggle(id, event.shiftKey),
      a: () => { if (command) { ids.forEach(one => this.selected.add(one)); this.changed() } },
      s: () => { if (!command) this.tell("star", id) },
      Delete: () => this.tell("bin", this.selected.size ? [...this.selected] : [id]),
      Escape: () => { this.selected.clear(); this.changed() },
    }[event.key]
    if (!act || (event.key === "a" && !command) || (event.key === "s" && command)) return
    event.preventDefault()
    act()
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".gallery")
  let gallery = galleries.get(root)
  if (!gallery) galleries.set(root, (gallery = new Gallery(root)))
  gallery.update(component)
}
