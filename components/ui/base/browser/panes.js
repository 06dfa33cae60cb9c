// Images beside each other or over each other, with zoom and place the same in all of them. Each image has `src`, `width`,
// `height`, `alt`, `alpha`, and a `label` ({ name, words, facts }) that stands above it; without `src` it is still to come.

const PANE_MODES = [["beside", "Side by side"], ["flip", "Flip"], ["slider", "Slider"], ["difference", "Difference"]]
const PANE_GAP = 10 // pixels
const MOST_ZOOM = 64
const WORTH_A_ROW = 1.25

class Panes {
  // `wheel` zooms without Ctrl; not where the page is scrolled over the images. `share` is how much of the window's height
  // the images may take, from 0 to 1.
  constructor(root, { wheel = false, share = 0.68 } = {}) {
    Object.assign(this, { root, share })
    root.classList.add("panes-root")
    this.images = []
    this.pair = [0, 1]
    this.at = 0
    this.bar = root.appendChild(element("div", "panes-bar"))
    this.modes = Object.fromEntries(PANE_MODES.map(([mode, label]) => [mode, this.button(label, () => this.setMode(mode))]))
    this.choices = [0, 1].map(side => {
      const select = this.bar.appendChild(element("select", "panes-choice"))
      select.setAttribute("aria-label", side ? "Second image" : "First image")
      select.onchange = () => { this.pair[side] = Number(select.value); this.draw() }
      return select
    })
    this.bar.append(element("span", "gap"))
    this.button("−", () => this.zoom(1 / 1.25), "Zoom out (-)")
    this.button("+", () => this.zoom(1.25), wheel ? "Zoom in (+)" : "Zoom in (+, or Ctrl and the wheel)")
    this.button("Fit", () => this.fit(), "Fit (0)")
    this.button("100%", () => this.actual(), "One image pixel on one screen pixel (Z)")
    this.box = root.appendChild(element("div", "panes"))
    this.box.tabIndex = 0
    this.box.setAttribute("role", "group")
    this.box.setAttribute("aria-label", "The images; plus and minus zoom, arrow keys move, Space flips")
    this.slide = root.appendChild(document.createElement("input"))
    Object.assign(this.slide, { type: "range", min: 0, max: 100, value: 50 })
    this.slide.setAttribute("aria-label", "How much of the first image is shown")
    this.slide.oninput = () => this.place()
    Object.assign(this, { mode: "beside", scale: 1, x: 0.5, y: 0.5 })
    this.box.onwheel = event => {
      if (!wheel && !event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      this.zoom(Math.exp(-event.deltaY * 0.0015))
    }
    this.box.onkeydown = event => this.key(event)
    this.followPointer()
    this.resized = new ResizeObserver(() => this.root.clientWidth !== this.width && this.layout())
    this.resized.observe(root)
  }

  button(label, act, title) {
    const button = this.bar.appendChild(element("button", "plain", label))
    button.type = "button"
    if (title) button.title = title
    button.onclick = act
    return button
  }

  followPointer() {
    this.box.onpointerdown = event => {
      this.held = event
      this.dragged = false
      if (this.scale > 1) this.box.setPointerCapture(event.pointerId)
    }
    this.box.onpointermove = event => {
      if (!this.held || this.scale === 1) return
      this.dragged ||= Math.hypot(event.clientX - this.held.clientX, event.clientY - this.held.clientY) > 3
      this.move(event.clientX - this.held.clientX, event.clientY - this.held.clientY)
      this.held = event
    }
    this.box.onpointerup = () => {
      if (this.held && !this.dragged && this.mode === "flip") this.flip(1)
      this.held = undefined
    }
    this.box.onpointercancel = () => { this.held = undefined }
  }

  update(images) {
    const key = JSON.stringify(images)
    if (key === this.drawn) return
    // Another image of the same shape, such as the next result, keeps the zoom.
    const isOther = images.length !== this.images.length
    this.drawn = key
    this.images = images
    if (isOther) {
      Object.assign(this, { scale: 1, x: 0.5, y: 0.5, at: images.length - 1, pair: [0, 1] })
      for (const select of this.choices) {
        select.replaceChildren(...images.map((_, place) => Object.assign(element("option", "", `Image ${place + 1}`), { value: place })))
      }
    }
    this.draw()
  }

  setMode(mode) {
    this.mode = mode
    this.draw()
  }

  // The images that the mode shows, by their places.
  get shown() {
    if (this.mode === "beside") return this.images.map((_, place) => place)
    return this.mode === "flip" ? [Math.min(this.at, this.images.length - 1)] : this.pair
  }

  draw() {
    const over = this.mode === "slider" || this.mode === "difference"
    for (const [name, button] of Object.entries(this.modes)) button.setAttribute("aria-pressed", String(name === this.mode))
    this.choices.forEach((select, side) => {
      select.hidden = !over || this.images.length < 3
      select.value = String(this.pair[side])
    })
    this.root.dataset.mode = this.mode
    this.slide.hidden = this.mode !== "slider"
    this.panes = this.shown.map(place => this.pane(place))
    this.box.replaceChildren(...this.panes.map(pane => pane.figure))
    this.layout()
  }

  pane(place) {
    const image = this.images[place]
    const figure = element("figure", "pane-figure")
    const label = figure.appendChild(element("figcaption", "pane-label"))
    label.append(element("strong", "", image.label?.name || String(place + 1)))
    for (const piece of image.label?.words || []) {
      const tag = { removed: "del", added: "ins" }[piece.kind] || "span"
      label.append(" ", Object.assign(document.createElement(tag), { textContent: piece.text }))
    }
    for (const fact of image.label?.facts || []) label.append(" ", element("span", "chip", fact))
    label.title = label.textContent
    const view = figure.appendChild(element("div", `pane${image.alpha ? " clear" : ""}${image.src ? "" : " waiting"}`))
    const img = view.appendChild(document.createElement("img"))
    if (image.src) img.src = image.src
    img.alt = image.alt || ""
    img.hidden = !image.src
    img.draggable = false
    return { figure, view, img, image }
  }

  // Shows another image in the place of one, such as while a key is held; undefined brings the image back.
  peek(place, image) {
    const pane = this.panes?.[this.shown.indexOf(place)]
    if (!pane) return
    pane.image = image || this.images[place]
    pane.img.hidden = !pane.image.src
    if (pane.image.src) pane.img.src = pane.image.src
    pane.view.classList.toggle("peeking", Boolean(image))
    this.place()
  }

  flip(by) {
    this.at = (this.at + by + this.images.length) % this.images.length
    this.draw()
  }

  // Side by side, rows of the same height in which every pane has its image's shape: as many rows as show the most.
  layout() {
    this.width = this.root.clientWidth
    if (!this.panes?.length || !this.width) return
    const tall = window.innerHeight * (this.images.length > 4 && this.mode === "beside" ? 1.1 : this.share)
    const ratios = this.panes.map(pane => pane.image.width / pane.image.height)
    const over = this.mode !== "beside"
    const heights = over ? ratios.map(() => Math.min(tall, this.width / ratios[0])) : rowHeights(ratios, this.width, tall)
    this.panes.forEach((pane, place) => {
      const height = Math.floor(heights[place])
      const width = Math.floor(height * (over ? ratios[0] : ratios[place]))
      Object.assign(pane.view.style, { height: `${height}px`, width: `${Math.min(width, this.width)}px` })
      pane.figure.style.width = over ? "" : `${Math.min(width, this.width)}px`
    })
    this.place()
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const step = 60
    const act = {
      "+": () => this.zoom(1.25), "=": () => this.zoom(1.25), "-": () => this.zoom(1 / 1.25), 0: () => this.fit(), z: () => this.actual(),
      ArrowLeft: () => this.move(step, 0), ArrowRight: () => this.move(-step, 0),
      ArrowUp: () => this.move(0, step), ArrowDown: () => this.move(0, -step),
      ...(this.mode === "flip" ? { " ": () => this.flip(1) } : {}),
    }[event.key]
    // At the whole image there is nothing to move.
    if (!act || (event.key.startsWith("Arrow") && this.scale === 1)) return
    event.preventDefault()
    event.stopPropagation()
    act()
  }

  // `scale` is of an image that is fitted into its pane; `x` and `y` are the shown middle, as shares of the image.
  fit() {
    Object.assign(this, { scale: 1, x: 0.5, y: 0.5 })
    this.place()
  }

  fitted({ view, image }) {
    return Math.min(view.clientWidth / image.width, view.clientHeight / image.height) || 1
  }

  actual() {
    if (!this.panes?.length) return
    this.scale = Math.min(MOST_ZOOM, Math.max(1, 1 / devicePixelRatio / this.fitted(this.panes[0])))
    this.place()
  }

  zoom(factor) {
    this.scale = Math.min(MOST_ZOOM, Math.max(1, this.scale * factor))
    this.place()
  }

  move(dx, dy) {
    const pane = this.panes[0]
    const size = this.fitted(pane) * this.scale
    this.x -= dx / (pane.image.width * size)
    this.y -= dy / (pane.image.height * size)
    this.place()
  }

  place() {
    if (!this.panes) return
    const half = 0.5 / this.scale
    this.x = Math.min(1 - half, Math.max(half, this.x))
    this.y = Math.min(1 - half, Math.max(half, this.y))
    for (const [place, pane] of this.panes.entries()) {
      const size = this.fitted(pane) * this.scale
      const width = pane.image.width * size, height = pane.image.height * size
      Object.assign(pane.img.style, {
        width: `${width}px`, height: `${height}px`,
        left: `${pane.view.clientWidth / 2 - this.x * width}px`, top: `${pane.view.clientHeight / 2 - this.y * height}px`,
        imageRendering: size * devicePixelRatio >= 2 ? "pixelated" : "auto",
      })
      pane.view.style.clipPath = this.mode === "slider" && place === 1 ? `inset(0 0 0 ${this.slide.value}%)` : ""
    }
    this.root.dataset.scale = this.scale.toFixed(3)
    this.box.classList.toggle("zoomed", this.scale > 1)
  }

  remove() {
    this.resized.disconnect()
  }
}

// The height of all panes in pixels. The number of rows is the one that makes them highest within `tall`; another row must
// be worth it.
function rowHeights(ratios, width, tall) {
  const total = ratios.reduce((sum, ratio) => sum + ratio, 0)
  let best = 0
  for (let count = 1; count <= ratios.length; count++) {
    const rows = [[]]
    let filled = 0
    ratios.forEach((ratio, place) => {
      const left = ratios.length - place
      const row = rows.at(-1)
      const isFull = row.length && filled + ratio / 2 > (total / count) * rows.length
      if (rows.length < count && (isFull || left <= count - rows.length)) rows.push([])
      rows.at(-1).push(ratio)
      filled += ratio
    })
    const heights = rows.map(row => (width - PANE_GAP * (row.length - 1) - 2) / row.reduce((sum, one) => sum + one, 0))
    const lowest = Math.min(...heights)
    const scale = Math.min(1, tall / (lowest * rows.length))
    const height = lowest * scale
    if (height > best * WORTH_A_ROW) best = height
  }
  return ratios.map(() => best)
}
