// The viewer: one image over the whole window, at true pixels or fitted, with zoom and pan.
// A <dialog> lives in the browser's top layer, so no surrounding layout can cut it off.

// What shows its result on the page, which lies below the viewer.
const LEAVING = ["edit", "branch"]

class Viewer {
  // `acts` are what the host does with the image on show, by the names of IMAGE_KEYS: (image, value) => {}. Its marks are
  // what `state(act, image)` returns; `locked` as of ImageTools.
  constructor(host, { acts = {}, state = () => undefined, locked = () => "" } = {}) {
    this.host = host
    this.acts = acts
    this.images = []
    this.position = 0
    this.dialog = document.createElement("dialog")
    this.dialog.className = "viewer"
    this.dialog.setAttribute("aria-label", "Image at full size")
    this.dialog.innerHTML = `
      <div class="viewer-bar">
        <span class="viewer-caption"></span>
        <span class="viewer-tools">
          <button type="button" data-do="previous" title="Previous image (left arrow)">‹</button>
          <button type="button" data-do="next" title="Next image (right arrow)">›</button>
          <button type="button" data-do="smaller" title="Zoom out (-)">−</button>
          <output class="viewer-zoom" aria-label="Zoom"></output>
          <button type="button" data-do="larger" title="Zoom in (+)">+</button>
          <button type="button" data-do="fit" title="Fit the window (0)">Fit</button>
          <button type="button" data-do="actual" title="One image pixel on one screen pixel (Z)">100%</button>
          <a class="viewer-download">Download</a>
          <a class="viewer-original" title="The exact bytes that the server sent, with their signature">Original file</a>
          <button type="button" data-do="keys" title="Show the keys (?)">Keys</button>
          <button type="button" data-do="close" title="Close (Esc)">Close</button>
        </span>
      </div>
      <div class="viewer-field"><img alt="" draggable="false"></div>`
    this.field = this.dialog.querySelector(".viewer-field")
    this.img = this.dialog.querySelector("img")
    this.caption = this.dialog.querySelector(".viewer-caption")
    this.readout = this.dialog.querySelector(".viewer-zoom")
    this.download = this.dialog.querySelector(".viewer-download")
    this.original = this.dialog.querySelector(".viewer-original")
    const own = {
      previous: () => this.step(-1), next: () => this.step(1), close: () => this.dialog.close(),
      smaller: () => this.zoomBy(1 / 1.25), larger: () => this.zoomBy(1.25),
      fit: () => this.fit(), actual: () => this.zoomTo(1 / devicePixelRatio),
      keys: () => showKeys(this.dialog, [...Object.keys(own), ...Object.keys(acts)]),
    }
    const act = (name, value) => {
      if (own[name]) return own[name]()
      acts[name](this.images[this.position], value)
      if (LEAVING.includes(name)) this.dialog.close()
      this.tools.refresh()
    }
    const names = IMAGE_KEYS.map(one => one.act).filter(name => acts[name])
    this.tools = new ImageTools(names, { state: name => this.images.length && state(name, this.images[this.position]), act, which: "this image", locked })
    this.dialog.querySelector("[data-do=smaller]").before(...this.tools.nodes)
    this.dialog.onclick = event => {
      own[event.target.dataset?.do]?.()
      if (event.detail && !event.target.closest(".key-list")) this.field.focus() // or Space would press the button clicked last
    }
    this.dialog.onkeydown = event => {
      const pressed = imageAct(event, this.dialog)
      if (!pressed || !(own[pressed.act] || acts[pressed.act])) return
      event.preventDefault()
      event.stopPropagation()
      act(pressed.act, pressed.value)
    }
    this.field.ondblclick = event => (this.fitted ? this.zoomTo(1 / devicePixelRatio, event) : this.fit())
    this.field.onwheel = event => {
      event.preventDefault()
      this.zoomBy(Math.exp(-event.deltaY * 0.0015), event)
    }
    this.field.tabIndex = -1
    this.pointers = new Map()
    this.field.onpointerdown = event => {
      this.field.setPointerCapture(event.pointerId)
      this.pointers.set(event.pointerId, event)
    }
    this.field.onpointermove = event => this.drag(event)
    this.field.onpointerup = this.field.onpointercancel = event => this.pointers.delete(event.pointerId)
    this.resized = new ResizeObserver(() => this.fitted && this.fit())
    this.resized.observe(this.field)
    host.append(this.dialog)
  }

  open(images, position) {
    this.images = images
    this.show(position)
    if (!this.dialog.open) this.dialog.showModal()
    this.field.focus()
    this.fit()
  }

  step(by) {
    if (this.images.length < 2) return
    this.show((this.position + by + this.images.length) % this.images.length)
    this.fit()
  }

  show(position) {
    this.position = position
    const image = this.images[position]
    this.width = image.width || 1024
    this.height = image.height || 1024
    this.img.src = image.src
    this.img.alt = image.alt || image.name
    this.img.style.width = `${this.width}px`
    this.img.style.height = `${this.height}px`
    const many = this.images.length > 1 ? `${position + 1} of ${this.images.length} · ` : ""
    this.caption.textContent = `${many}${this.width}x${this.height} · ${image.format} · ${readableBytes(image.bytes)}`
    this.download.href = image.save
    this.download.setAttribute("download", image.name)
    this.download.title = saveTitle(image)
    this.original.href = originalAddress(image)
    this.original.setAttribute("download", image.name)
    this.original.hidden = !image.signed
    for (const name of ["previous", "next"]) {
      this.dialog.querySelector(`[data-do=${name}]`).hidden = this.images.length < 2
    }
    this.tools.refresh()
    // The next one is there when it is asked for.
    if (this.images.length > 1) new Image().src = this.images[(position + 1) % this.images.length].src
  }

  fit() {
    const scale = Math.min(this.field.clientWidth / this.width, this.field.clientHeight / this.height)
    this.scale = Math.min(scale, 4) || 1
    this.x = (this.field.clientWidth - this.width * this.scale) / 2
    this.y = (this.field.clientHeight - this.height * this.scale) / 2
    this.fitted = true
    this.place()
  }

  zoomTo(scale, at) {
    const box = this.field.getBoundingClientRect()
    const center = at ? [at.clientX - box.left, at.clientY - box.top] : [box.width / 2, box.height / 2]
    const next = Math.min(Math.max(scale, 0.02), 32)
    this.x = center[0] - ((center[0] - this.x) * next) / this.scale
    this.y = center[1] - ((center[1] - this.y) * next) / this.scale
    this.scale = next
    this.fitted = false
    this.place()
  }

  zoomBy(factor, at) {
    this.zoomTo(this.scale * factor, at)
  }

  drag(event) {
    const before = this.pointers.get(event.pointerId)
    if (!before) return
    const others = [...this.pointers.values()].filter(pointer => pointer.pointerId !== event.pointerId)
    if (others.length) {
      const far = pointer => Math.hypot(pointer.clientX - others[0].clientX, pointer.clientY - others[0].clientY) || 1
      this.zoomBy(far(event) / far(before), others[0])
    } else {
      this.x += event.clientX - before.clientX
      this.y += event.clientY - before.clientY
      this.fitted = false
      this.place()
    }
    this.pointers.set(event.pointerId, event)
  }

  place() {
    this.img.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`
    // Past true pixels a person wants to see the pixels, not the browser's smoothing.
    this.img.style.imageRendering = this.scale * devicePixelRatio >= 2 ? "pixelated" : "auto"
    this.readout.textContent = `${Math.round(this.scale * devicePixelRatio * 100)}%`
  }

  remove() {
    this.resized.disconnect()
    this.dialog.remove()
  }
}
