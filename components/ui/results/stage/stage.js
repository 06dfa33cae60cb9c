// What a person does with the images of a run that is shown: mark them by keys or controls, look at the former image, and
// see them beside a pinned one. The run itself is drawn by run_viewer.js.

// Controls below every image, by their keys' names.
const TOOLS = ["star", "rate", "reject", "pin", "compare", "edit", "branch"]
// What Python stores and what the browser shows at once; all others reach Python as events.
const MARKS = ["star", "rate", "reject", "pin", "compare"]

class Stage extends RunPanel {
  prepareViewer() {
    this.marks = {}
    this.current = 0
    this.pending = new PendingActs(acts => this.keep("acts", acts))
    const viewed = TOOLS.filter(name => name !== "pin").map(name => [name, (image, value) => this.act(name, image, value)])
    this.viewer = new Viewer(this.root, { acts: Object.fromEntries(viewed), state: (name, image) => this.mark(name, image.id), locked: () => this.readOnly })
    this.viewer.dialog.addEventListener("close", () => this.choose(this.viewer.images[this.viewer.position]?.index))
  }

  prepareHead() {
    this.isRead = this.head.insertBefore(element("span", "read-only", "Read-only"), this.bar)
    this.continueButton = this.head.insertBefore(element("button", "plain", "Continue from here"), this.bar)
    this.continueButton.type = "button"
    this.continueButton.title = "Fill the form with these settings and input images"
    this.continueButton.onclick = () => this.tell("continue", this.run.id)
    this.compareButton = this.head.appendChild(element("button", "plain"))
    this.compareButton.type = "button"
    this.compareButton.title = "Open the comparison (Shift+C)"
    this.compareButton.onclick = () => this.tell("action", { name: "open-comparison" })
    this.peekButton = this.head.appendChild(element("button", "plain peek", "Former image (hold)"))
    this.peekButton.type = "button"
    this.peekButton.title = "The image before this one, while you hold the button or H"
    this.peekButton.onpointerdown = event => { this.peekButton.setPointerCapture(event.pointerId); this.peek(true) }
    this.peekButton.onpointerup = this.peekButton.onpointercancel = this.peekButton.onblur = () => this.peek(false)
    this.keys = this.head.appendChild(element("button", "plain", "Keys"))
    this.keys.type = "button"
    this.keys.title = "Show the keys (?)"
    this.keys.onclick = () => this.act("keys")
  }

  prepareBeside() {
    this.beside = this.root.appendChild(element("div", "beside"))
    this.panes = new Panes(this.beside, { share: 0.55 })
    this.panes.button("Unpin", () => { this.pending.add("pin", this.champion.id, false); this.markTiles() }, "Show new results alone again")
  }

  followKeys() {
    this.onKey = event => this.pressed(event)
    this.onKeyUp = event => event.key.toLowerCase() === "h" && this.peek(false)
    window.addEventListener("keydown", this.onKey, true)
    window.addEventListener("keyup", this.onKeyUp, true)
  }

  takeMarks({ data, setStateValue }) {
    this.keep = setStateValue
    this.pending.confirm(data.handled)
    this.marks = data.marks || {}
    this.readOnly = data.readOnly
    this.isRead.title = data.readOnly
    this.isRead.hidden = !data.readOnly || !data.run?.images.length
    this.continueButton.hidden = this.isRead.hidden || !data.continues
    this.compared = data.compared || []
    this.champion = data.champion || undefined
    this.former = data.former || undefined
    if (this.former) new Image().src = this.former.src // it is there when it is asked for
    this.labels = data.labels || []
  }

  // The image that keys act on: the first, or the one that was chosen last.
  get image() {
    const images = this.run?.images || []
    return images.find(image => image.index === this.current) || images[0]
  }

  choose(index) {
    if (index === undefined || !this.run?.images.some(image => image.index === index)) return
    this.current = index
    this.markTiles()
  }

  // The value of a mark of an output; with pins, whether it is the pinned one.
  mark(name, id) {
    const stored = { pin: this.champion?.id === id, compare: this.compared.includes(id) }[name] ?? this.marks[id]?.[name]
    if (name !== "pin") return this.pending.value(name, id, stored)
    const pinned = this.pending.acts.findLast(act => act.name === "pin")
    return pinned ? Boolean(pinned.value) && pinned.output === id : stored
  }

  act(name, image = this.image, value) {
    if (name === "keys") return showKeys(this.root, [...TOOLS, "previous", "next", "former", "view", "open-comparison", "leave", "keys"])
    if (name === "open-comparison") return this.compareButton.hidden || this.compareButton.click()
    if (!image || (name === "edit" && !image.pixels)) return
    if (name === "view") return this.view(image.index)
    if (!MARKS.includes(name)) return this.tell("action", { name, output: image.id })
    if (this.readOnly && STORED.includes(name)) return
    this.pending.add(name, image.id, nextMark(name, this.mark(name, image.id), value))
    this.markTiles()
  }

  step(by) {
    const images = this.run.images
    const place = images.indexOf(this.image)
    if (images.length < 2) return
    this.choose(images[(place + by + images.length) % images.length].index)
    this.tiles.get(this.current)?.box.scrollIntoView({ block: "nearest" })
  }

  pressed(event) {
    const field = event.composedPath()[0]
    if (event.key === "Escape" && !event.isComposing && field.matches?.("textarea")) return field.blur()
    if (!this.run?.images.length || this.root.classList.contains("status-only")) return
    const found = imageAct(event)
    const acts = { previous: () => this.step(-1), next: () => this.step(1), former: () => this.peek(true),
      ...Object.fromEntries([...TOOLS, "view", "open-comparison", "keys"].map(name => [name, () => this.act(name, undefined, found.value)])) }
    if (!found || !acts[found.act] || (event.repeat && !["previous", "next", "former"].includes(found.act))) return
    event.preventDefault()
    event.stopImmediatePropagation()
    acts[found.act]()
  }

  // While it is held: the image before this one, in its place.
  peek(on) {
    if (Boolean(this.peeking) === on || !this.former) return
    this.peeking?.remove()
    this.peeking = undefined
    if (!on) return this.panes.peek(1, undefined)
    const tile = this.image && this.tiles.get(this.image.index)
    if (!tile) return
    this.peeking = element("span", "former")
    if (this.isComparing) return this.panes.peek(1, { ...this.former, alt: "Former image" })
    const img = this.peeking.appendChild(document.createElement("img"))
    img.src = this.former.src
    img.alt = "Former image"
    this.peeking.append(element("span", "badge", "former image"))
    tile.open.append(this.peeking)
  }

  // Marks on the tiles, the ring around the current one, and the pinned image beside it.
  markTiles() {
    for (const [index, tile] of this.tiles) {
      const image = this.run.images.find(one => one.index === index)
      tile.tools?.refresh()
      tile.box.classList.toggle("rejected", Boolean(image && this.mark("reject", image.id)))
      tile.box.toggleAttribute("data-current", this.tiles.size > 1 && image !== undefined && image === this.image)
    }
    const asked = this.pending.acts.filter(act => act.name === "compare")
    const compared = new Set(this.compared)
    for (const { output, value } of asked) value ? compared.add(output) : compared.delete(output)
    this.compareButton.hidden = compared.size < 2
    setText(this.compareButton, `Compare ${compared.size} images`)
    this.peekButton.hidden = !this.former || !this.run.images.length
    this.drawBeside()
  }

  drawBeside() {
    const image = this.image
    const isOther = this.champion && this.champion.id !== image?.id && this.known === this.run.id
    this.isComparing = Boolean(isOther && this.mark("pin", this.champion.id) && (image || !this.run.ended))
    this.root.classList.toggle("comparing", this.isComparing)
    this.beside.hidden = !this.isComparing
    if (!this.isComparing) return
    const [before, after] = this.labels
    const [width, height] = /^\d+x\d+$/.test(this.run.size) ? this.run.size.split("x").map(Number) : [this.champion.width, this.champion.height]
    const preview = this.run.partials.find(partial => partial.index === (this.current ?? 0))?.src || ""
    this.panes.update([
      { ...this.champion, alt: "Pinned image", label: { ...before, name: "Pinned" } },
      { width, height, src: preview, ...image, alt: this.run.prompt, label: { ...after, name: image ? "New" : "In progress" } },
    ].map(({ src, width, height, alt, alpha, label }) => ({ src, width, height, alt, alpha, label })))
  }

  remove() {
    super.remove()
    window.removeEventListener("keydown", this.onKey, true)
    window.removeEventListener("keyup", this.onKeyUp, true)
    this.pending.remove()
    this.panes.remove()
    this.viewer.remove()
  }
}
