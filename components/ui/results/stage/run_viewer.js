// The viewer: a run while it goes on and after it ended. It listens to the run's own event stream, so that
// images appear the moment they are saved, without a rerun of the page. With a pinned image, the new one stands beside it.

const mounted = new WeakMap()

// From this place on stand the versions that the app made itself, behind all images that came (see run_json.py).
const COMPOSITE_OFFSET = 1000

// An end that Python draws. A run that has ended changes still when the library takes what it had refused before.
const endOf = run => run?.ended ? `${run.id} ${run.state} ${run.unsaved}` : undefined

class RunViewer extends Stage {
  constructor(root) {
    super()
    this.root = root
    this.prepareViewer()
    this.head = root.appendChild(element("div", "head"))
    this.status = this.head.appendChild(element("strong", "status"))
    this.status.setAttribute("role", "status")
    this.clock = this.head.appendChild(element("span", "clock"))
    this.bar = this.head.appendChild(element("div", "bar"))
    this.fill = this.bar.appendChild(element("div", "fill"))
    this.cancel = this.head.appendChild(element("button", "plain", "Cancel"))
    this.cancel.type = "button"
    this.copy = this.head.appendChild(element("button", "plain", "Copy prompt"))
    this.copy.type = "button"
    copies(this.copy, () => this.run.prompt, root)
    this.link = this.head.appendChild(element("button", "plain", "Copy link"))
    this.link.type = "button"
    this.link.title = "The address of this run: whoever opens it sees the images, the prompt and the parameters"
    copies(this.link, () => this.address(), root)
    this.prepareHead()
    this.note = root.appendChild(element("p", "note"))
    // What was asked stands with what came, whatever is in the form by now.
    this.request = root.appendChild(element("div", "request"))
    this.prompt = this.request.appendChild(element("p", "prompt"))
    this.more = this.request.appendChild(element("button", "tool", "Show the whole prompt"))
    this.more.type = "button"
    this.more.onclick = () => this.unfold(!this.prompt.classList.contains("open"))
    this.values = this.request.appendChild(element("p", "values"))
    this.changed = this.request.appendChild(element("p", "values changed"))
    this.resized = new ResizeObserver(() => this.offerMore())
    this.resized.observe(this.prompt)
    this.prepareBeside()
    this.grid = root.appendChild(element("div", "grid"))
    this.tiles = new Map()
    this.followKeys()
    this.follow()
  }

  update(component) {
    const { data } = component
    this.listen(component)
    this.actions = data.actions || []
    this.takeMarks(component)
    this.root.classList.toggle("brief", Boolean(data.brief))
    this.drawn = endOf(data.run)
    this.before = data.before || undefined
    this.changes = data.changes || undefined
    this.linked = data.linked
    this.known = data.run?.id
    this.show(data.run && this.follower.newest(data.run))
    this.wasDrawn = true
    this.finish()
  }

  show(run) {
    this.root.hidden = !run
    if (!run) return void (this.run = undefined)
    if (!this.run || this.run.id !== run.id) {
      for (const tile of this.tiles.values()) tile.box.remove()
      this.tiles.clear()
      this.offerCancel()
      this.unfold(false)
      this.current = undefined
    }
    this.draw(run)
    this.reveal(run)
  }

  // A run that was just begun or chosen comes into sight, once: on a phone it is far below the button, on a scrolled
  // page above. What a page opens with stays where it is, and where the canvas is shown there is nothing to see.
  reveal(run) {
    if (this.root.classList.contains("brief") || this.revealed === run.id) return
    this.revealed = run.id
    const box = this.head.getBoundingClientRect()
    if ((run.ended && !this.wasDrawn) || (box.top >= 0 && box.bottom <= window.innerHeight * 0.5)) return
    this.root.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" })
  }

  // The page draws what the run cost when its images can be seen; not before, so as not to hold them up.
  // Once a run has ended, Python draws what belongs to its end. Only of the run that it drew before: while it still
  // draws the page for a new run, the address is that of the old one, and asking would bring that back.
  async finish() {
    const run = this.run
    const end = endOf(run)
    if (!end || this.known !== run.id || this.drawn === end) return this.asking.done()
    if (this.asking.what === end) return
    const images = [...this.grid.querySelectorAll("img")].map(img => img.decode().catch(() => {}))
    await Promise.race([Promise.all(images), new Promise(resolve => setTimeout(resolve, 3000))])
    if (endOf(this.run) !== end || this.known !== run.id || this.drawn === end) return
    this.asking.ask(end, () => this.tell("ended", run.id))
  }

  draw(run) {
    this.run = run
    this.skew = Date.now() / 1000 - run.now
    this.drawPrompt(run)
    setText(this.values, run.settings)
    const places = run.ended || run.operation === "analyze" ? run.images.length : Math.max(run.n, run.images.length)
    this.grid.dataset.count = places === 4 ? "4" : String(Math.min(places, 3))
    const images = new Map(run.images.map(image => [image.index, image]))
    const partials = new Map(run.partials.map(partial => [partial.index, partial]))
    const wanted = run.ended ? [...images.keys()].sort((a, b) => a - b) : [...Array(places).keys()]
    for (const [index, tile] of this.tiles) {
      if (!wanted.includes(index)) { tile.box.remove(); this.tiles.delete(index) }
    }
    for (const index of wanted) {
      const tile = this.tiles.get(index) || this.addTile(index)
      const image = images.get(index)
      if (image) {
        this.fillTile(tile, image)
        this.compareTile(tile, image)
      }
      else if (partials.has(index)) this.previewTile(tile, partials.get(index))
      this.captionTile(tile, image, partials.get(index))
      this.markLinked(tile, image)
    }
    this.markTiles()
    this.tick()
  }

  // The prompt with the words that changed since the run that it was made from. Python tells them of the run it drew.
  drawPrompt(run) {
    const changes = this.changes?.run === run.id ? this.changes : undefined
    const key = JSON.stringify([run.id, run.prompt, changes])
    if (this.prompted === key) return
    this.prompted = key
    const words = changes?.words || [{ kind: "same", text: run.prompt }]
    this.prompt.replaceChildren(...words.map(({ kind, text }) => element({ removed: "del", added: "ins" }[kind] || "span", "", text)))
    this.changed.replaceChildren(...(changes?.values || []).flatMap(({ label, before, after }, place) => [
      `${place ? " · " : "Changed: "}${label} `, element("del", "", before), " ", element("ins", "", after),
    ]))
    this.changed.hidden = !changes?.values.length
    this.offerMore()
  }

  // The address of the run, or of one of its images, on the page of its operation.
  address(output) {
    const named = new URLSearchParams(output ? { run: this.run.id, output } : { run: this.run.id })
    return `${location.origin}${location.pathname}?${named}`
  }

  unfold(open) {
    this.prompt.classList.toggle("open", open)
    setText(this.more, open ? "Show less" : "Show the whole prompt")
    this.more.setAttribute("aria-expanded", String(open))
    this.offerMore()
  }

  offerMore() {
    const isCut = this.prompt.scrollHeight > this.prompt.clientHeight + 1
    this.more.hidden = !isCut && !this.prompt.classList.contains("open")
  }

  addTile(index) {
    const box = this.grid.appendChild(element("figure", "tile"))
    const open = box.appendChild(element("button", "image waiting"))
    open.type = "button"
    open.setAttribute("aria-label", `Image ${index + 1}, not ready yet`)
    const [width, height] = /^\d+x\d+$/.test(this.run.size) ? this.run.size.split("x") : [1, 1]
    open.style.aspectRatio = `${width} / ${height}`
    const tile = { box, open, caption: box.appendChild(element("figcaption", "")), index }
    open.onclick = () => tile.split?.dragged || (this.isComparing ? this.choose(index) : this.view(index))
    box.onfocusin = box.onpointerdown = () => this.choose(index)
    this.tiles.set(index, tile)
    return tile
  }

  view(index) {
    const position = this.run.images.findIndex(image => image.index === index)
    if (position >= 0) this.viewer.open(this.run.images.map(image => ({ ...image, alt: this.run.prompt })), position)
  }

  fillTile(tile, image) {
    if (tile.shown === image.src) return
    tile.shown = image.src
    const img = document.createElement("img")
    img.alt = this.run.prompt || image.name
    img.width = image.width
    img.height = image.height
    // The browser takes the small image only where the tile is not larger than it.
    if (image.thumb !== image.src && Math.max(image.width, image.height) > 640) {
      const small = Math.round(Math.min(1, 512 / Math.max(image.width, image.height)) * image.width)
      img.sizes = `${Math.round(tile.open.clientWidth || 800)}px`
      img.srcset = `${image.thumb} ${small}w, ${image.src} ${image.width}w`
    }
    img.src = image.src
    img.onerror = () => { if (tile.shown === image.src) tile.shown = undefined } // the next drawing tries again
    tile.open.style.aspectRatio = `${image.width} / ${image.height}`
    tile.open.classList.remove("waiting")
    tile.open.classList.toggle("clear", image.alpha)
    tile.open.setAttribute("aria-label", `Open image ${tile.index + 1} at full size`)
    tile.open.title = "Open at full size"
    tile.open.replaceChildren(img)
    tile.compared = undefined
  }

  // On what came of an edit lies what it was before, as far as it is drawn over.
  compareTile(tile, image) {
    const before = this.known === this.run.id ? this.before : undefined
    const key = before && `${before.src} ${image.src}`
    if (tile.compared === key) return
    tile.compared = key
    tile.split?.frame.remove()
    tile.split?.row.remove()
    tile.split = before && new BeforeAfter(tile.open, this.nameOf(tile.index), this.shaped(before, image), image)
    if (tile.split) tile.open.after(tile.split.row)
  }

  shaped(before, image) {
    return { ...before, same: Math.abs((image.width * before.height) / (image.height * before.width) - 1) <= before.tolerance }
  }

  nameOf(index) {
    return index < COMPOSITE_OFFSET ? `image ${index + 1}` : `image ${index - COMPOSITE_OFFSET + 1}, kept outside the mask`
  }

  previewTile(tile, partial) {
    if (tile.shown === partial.src) return
    tile.shown = partial.src
    const img = document.createElement("img")
    img.alt = `Preview of image ${tile.index + 1}`
    img.src = partial.src
    tile.open.setAttribute("aria-label", `Preview of image ${tile.index + 1}, in progress`)
    img.onload = () => tile.shown === partial.src && tile.open.replaceChildren(img)
  }

  // What is known of an image that is not here yet: its run's turn, or how many of its previews have come.
  progressOf(partial) {
    if (this.run.state === "queued") return "not started"
    if (!partial) return this.run.previews ? "in progress, no preview yet" : "in progress"
    return `preview ${partial.number} of ${Math.max(this.run.previews, partial.number)}`
  }

  captionTile(tile, image, partial) {
    const key = image ? `${image.id}|${image.note}|${this.actions.map(a => a.name)}` : this.progressOf(partial)
    if (tile.captioned === key) return
    tile.captioned = key
    if (!image) return tile.caption.replaceChildren(element("span", "soft", key))
    const facts = element("span", "facts")
    facts.append(element("strong", "", `${image.width}x${image.height}`), ` ${image.format}`)
    facts.title = readableBytes(image.bytes)
    if (image.note) facts.append(element("span", "note-below", image.note))
    const which = this.nameOf(tile.index)
    tile.tools = new ImageTools(TOOLS.filter(name => name !== "edit" || image.pixels), {
      state: name => this.mark(name, image.id), act: (name, value) => this.act(name, image, value), which,
    })
    const tools = element("span", "tools")
    tools.append(...tile.tools.nodes)
    const save = element("a", "tool", "Download")
    save.setAttribute("aria-label", `Download ${which}`)
    save.href = image.save
    save.setAttribute("download", image.name)
    save.title = "The image with its recipe in it; drop it on any page to load its settings"
    const link = element("button", "tool", "Link")
    link.type = "button"
    link.title = "Copy the address of this image"
    link.setAttribute("aria-label", `Copy the link to ${which}`)
    copies(link, () => this.address(image.id), this.root)
    for (const action of this.actions) {
      if (action.pixels && !image.pixels) continue
      const button = element("button", "tool", action.label)
      button.type = "button"
      button.title = action.title || ""
      button.setAttribute("aria-label", `${action.label} ${which}`)
      button.onclick = () => this.tell("action", { name: action.name, output: image.id })
      tools.append(button)
    }
    tools.append(link, save)
    tile.caption.replaceChildren(facts, tools)
  }

  // The image that a link was about is outlined among the others of its run, and comes into sight once.
  markLinked(tile, image) {
    const is = Boolean(image) && image.id === this.linked && this.run.images.length > 1
    tile.box.classList.toggle("linked", is)
    if (!is || this.sought === image.id) return
    this.sought = image.id
    tile.box.scrollIntoView({ block: "nearest" })
  }

  tick() {
    const run = this.run
    if (!run) return
    const count = run.images.filter(image => image.index < COMPOSITE_OFFSET).length
    this.drawHead(run, {
      queued: "Waiting", running: run.n > 1 ? `${count} of ${run.n}` : "Working",
      done: count === 1 ? "1 image" : `${count} images`, failed: count ? `Failed after ${count}` : "Failed",
      cancelled: count ? `Cancelled after ${count}` : "Cancelled", interrupted: "Interrupted",
    })
    this.copy.hidden = !run.ended || !run.prompt
    this.link.hidden = !run.ended
    // A preview is a part of its image; without any, there is nothing to measure by.
    const parts = run.partials.map(({ number }) => number / (Math.max(run.previews, number) + 1))
    const share = parts.reduce((sum, part) => sum + part, count) / Math.max(1, run.n)
    this.fill.style.width = `${100 * Math.min(1, share)}%`
    this.bar.classList.toggle("busy", !run.ended && share === 0)
  }

  remove() {
    super.remove()
    this.resized.disconnect()
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".run-viewer")
  let viewer = mounted.get(root)
  if (!viewer) mounted.set(root, (viewer = new RunViewer(root)))
  viewer.update(component)
  return () => { viewer.remove(); mounted.delete(root) }
}
