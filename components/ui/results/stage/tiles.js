// The tiles of a run: a placeholder, then previews, then the image with its facts and tools.

// From this index on come versions that the app itself made, after all returned images (see run_json.py).
const COMPOSITE_OFFSET = 1000
const CUT_OFFSET = 2000

class Tiles extends Stage {
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
    // The browser loads the thumbnail only where the tile is not larger.
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

  // Lay the image from before an edit over its result, as far as the handle is drawn.
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
    if (index >= CUT_OFFSET) return `image ${index - CUT_OFFSET + 1}, background cut out`
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

  // Returns the progress of an image that has not arrived: queued, or how many of its previews have come.
  progressOf(partial) {
    if (this.run.state === "queued") return "not started"
    if (!partial) return this.run.previews ? "in progress, no preview yet" : "in progress"
    return `preview ${partial.number} of ${Math.max(this.run.previews, partial.number)}`
  }

  captionTile(tile, image, partial) {
    const key = image ? `${image.id}|${image.note}|${this.actions.map(a => a.name)}|${this.readOnly}` : this.progressOf(partial)
    if (tile.captioned === key) return
    tile.captioned = key
    if (!image) return tile.caption.replaceChildren(element("span", "soft", key))
    const facts = element("span", "facts")
    facts.append(element("strong", "", `${image.width}x${image.height}`), ` ${image.format}`)
    facts.title = readableBytes(image.bytes)
    if (image.signed) facts.append(" · signed")
    if (image.note) facts.append(element("span", "note-below", image.note))
    const which = this.nameOf(tile.index)
    tile.tools = new ImageTools(TOOLS.filter(name => name !== "edit" || image.pixels), {
      state: name => this.mark(name, image.id), act: (name, value) => this.act(name, image, value), which, locked: () => this.readOnly,
    })
    // What marks the image, and what is done with it.
    const [marks, tools] = [element("span", "tools"), element("span", "tools")]
    for (const node of tile.tools.nodes) (node.matches(".tool-edit, .tool-branch") ? tools : marks).append(node)
    const save = element("a", "tool", "Download")
    save.dataset.icon = "download"
    save.setAttribute("aria-label", `Download ${which}`)
    save.href = image.save
    save.setAttribute("download", image.name)
    save.title = saveTitle(image)
    const link = element("button", "tool", "Link")
    link.type = "button"
    link.title = "Copy the address of this image"
    link.dataset.icon = "link"
    link.setAttribute("aria-label", `Copy the link to ${which}`)
    copies(link, () => this.address(image.id), this.root)
    if (tile.index >= CUT_OFFSET) tools.append(this.uncutButton(tile))
    for (const action of this.actions) {
      if ((action.pixels && !image.pixels) || (action.opaque && (image.alpha || tile.index >= COMPOSITE_OFFSET))) continue
      const button = element("button", "tool", action.label)
      button.type = "button"
      button.disabled = Boolean(action.changes && this.readOnly)
      button.title = (button.disabled && this.readOnly) || action.title || ""
      button.dataset.icon = action.icon
      button.setAttribute("aria-label", `${action.label} ${which}`)
      button.onclick = () => this.tell("action", { name: action.name, output: image.id })
      tools.append(button)
    }
    tools.append(link, save)
    if (image.signed) {
      const original = tools.appendChild(element("a", "tool", "Original file"))
      original.dataset.icon = "verified"
      original.setAttribute("aria-label", `Original file of ${which}`)
      original.href = originalAddress(image)
      original.setAttribute("download", image.name)
      original.title = "The exact bytes that the server sent, with their signature"
    }
    tile.caption.replaceChildren(facts, marks, tools)
  }

  // Shows the image as it came in place of the one whose background was cut out, and back.
  uncutButton(tile) {
    const button = element("button", "tool", "Show original")
    button.type = "button"
    button.title = "The image as it came, with its background"
    button.onclick = () => {
      const shows = button.getAttribute("aria-pressed") !== "true"
      const [cut, uncut] = [tile.index, tile.index - CUT_OFFSET].map(index => this.run.images.find(image => image.index === index))
      const img = tile.open.querySelector("img")
      if (!img || !cut || !uncut) return
      img.removeAttribute("srcset")
      img.src = shows ? uncut.src : cut.src
      button.setAttribute("aria-pressed", String(shows))
      setText(button, shows ? "Show cut out" : "Show original")
    }
    return button
  }

  // Outline the image that a link points to, among others of its run. Once: scroll to it, and let keys act on it.
  markLinked(tile, image) {
    const is = Boolean(image) && image.id === this.linked && this.run.images.length > 1
    tile.box.classList.toggle("linked", is)
    if (!is || this.sought === image.id) return
    this.sought = image.id
    this.current = image.index
    tile.box.scrollIntoView({ block: "nearest" })
  }
}
