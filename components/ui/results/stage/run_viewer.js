// Shows a run while it goes on and after it has ended. It listens to the run's event stream, so that images appear
// the moment they are saved, without a rerun of the page. A pinned image stands beside the new one.

// Identifies an end of a run that Python draws. An ended run still changes when the library accepts what it had refused.
const endOf = run => run?.ended ? `${run.id} ${run.state} ${run.unsaved}` : undefined

class RunViewer extends Tiles {
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
    this.cancel = this.head.appendChild(element("button", "plain cancel", "Cancel"))
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
    // The request stands with its result, whatever the form holds by now.
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
    this.root.classList.toggle("status-only", Boolean(data.status_only))
    this.drawn = endOf(data.run)
    this.before = data.before || undefined
    this.changes = data.changes || undefined
    this.linked = data.linked
    this.isLink = data.is_link
    this.known = data.run?.id
    this.show(data.run && this.follower.newest(data.run))
    this.wasDrawn = true
    this.finish()
  }

  show(run) {
    this.showFrame(Boolean(run))
    if (run) this.root.dataset.run = run.id
    else delete this.root.dataset.run
    if (!run) return void (this.run = undefined)
    if (!this.run || this.run.id !== run.id) {
      for (const tile of this.tiles.values()) tile.box.remove()
      this.tiles.clear()
      this.offerCancel()
      this.unfold(false)
      this.current = undefined
    }
    this.draw(run)
    if (!this.root.classList.contains("status-only")) this.reveal(run)
  }

  // After a run has ended and its images show, request a rerun that draws its cost and details. Only for the run that
  // Python drew: while it draws the page for a new run the address is still the old one, and a rerun would restore that.
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

  // Draw the prompt with the words that changed since its parent run. Python sends them for the run that it drew.
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

  // Returns the address of the run, or of one of its images, on its operation's page.
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
    // A preview counts as a part of its image; without previews only whole images count.
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

export default mounting(".run-viewer", RunViewer)
