// Two to four images beside each other, or the first two over each other. Zoom and place are the same in all of them.

const groups = new WeakMap()

class SideBySide {
  constructor(root) {
    this.root = root
    this.bar = root.appendChild(element("div", "bar"))
    this.modes = {}
    for (const [mode, label] of [["beside", "Side by side"], ["slider", "Slider"], ["difference", "Difference"]]) {
      const button = (this.modes[mode] = this.bar.appendChild(element("button", "plain", label)))
      button.type = "button"
      button.onclick = () => this.setMode(mode)
    }
    this.bar.append(element("span", "gap"))
    for (const [label, act, title] of [
      ["−", () => this.zoom(1 / 1.25), "Zoom out (-)"], ["+", () => this.zoom(1.25), "Zoom in (+)"],
      ["Fit", () => this.fit(), "Fit (0)"], ["100%", () => this.actual(), "One image pixel on one screen pixel (1)"],
    ]) {
      const button = this.bar.appendChild(element("button", "plain", label))
      button.type = "button"
      button.title = title
      button.onclick = act
    }
    this.panes = root.appendChild(element("div", "panes"))
    this.panes.tabIndex = 0
    this.panes.setAttribute("aria-label", "The images; plus and minus zoom, arrow keys move")
    this.slide = root.appendChild(document.createElement("input"))
    Object.assign(this.slide, { type: "range", min: 0, max: 100, value: 50 })
    this.slide.setAttribute("aria-label", "How much of the first image is shown")
    this.slide.oninput = () => this.place()
    this.mode = "beside"
    this.fit()
    this.panes.onwheel = event => { event.preventDefault(); this.zoom(Math.exp(-event.deltaY * 0.0015), event) }
    this.panes.onkeydown = event => this.key(event)
    this.panes.onpointerdown = event => { this.held = event; this.panes.setPointerCapture(event.pointerId) }
    this.panes.onpointerup = this.panes.onpointercancel = () => { this.held = undefined }
    this.panes.onpointermove = event => {
      if (!this.held) return
      this.move(event.clientX - this.held.clientX, event.clientY - this.held.clientY)
      this.held = event
    }
    this.resized = new ResizeObserver(() => this.place())
    this.resized.observe(this.panes)
  }

  update({ data }) {
    const key = JSON.stringify(data.images)
    if (key === this.drawn) return
    this.drawn = key
    this.images = data.images
    this.panes.replaceChildren(...data.images.map((image, place) => {
      const pane = element("div", image.alpha ? "pane clear" : "pane")
      const img = pane.appendChild(document.createElement("img"))
      img.src = image.src
      img.alt = image.alt
      img.draggable = false
      pane.append(element("span", "number", String(place + 1)))
      return pane
    }))
    this.fit()
    this.setMode(this.mode)
  }

  setMode(mode) {
    this.mode = mode
    for (const [name, button] of Object.entries(this.modes)) button.setAttribute("aria-pressed", String(name === mode))
    this.root.dataset.mode = mode
    this.slide.hidden = mode !== "slider"
    this.place()
  }

  key(event) {
    const step = 60
    const act = {
      "+": () => this.zoom(1.25), "=": () => this.zoom(1.25), "-": () => this.zoom(1 / 1.25), 0: () => this.fit(), 1: () => this.actual(),
      ArrowLeft: () => this.move(step, 0), ArrowRight: () => this.move(-step, 0),
      ArrowUp: () => this.move(0, step), ArrowDown: () => this.move(0, -step),
    }[event.key]
    if (!act || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    act()
  }

  // `scale` is of an image that is fitted into its pane; `x` and `y` are the shown middle, as shares of the image.
  fit() {
    Object.assign(this, { scale: 1, x: 0.5, y: 0.5 })
    this.place()
  }

  fitted(image) {
    const pane = this.panes.firstElementChild
    if (!pane) return 1
    return Math.min(pane.clientWidth / image.width, pane.clientHeight / image.height)
  }

  actual() {
    if (!this.images?.length) return
    this.scale = 1 / devicePixelRatio / this.fitted(this.images[0])
    this.place()
  }

  zoom(factor) {
    this.scale = Math.min(64, Math.max(1, this.scale * factor))
    this.place()
  }

  move(dx, dy) {
    const image = this.images[0]
    const size = this.fitted(image) * this.scale
    this.x -= dx / (image.width * size)
    this.y -= dy / (image.height * size)
    this.place()
  }

  place() {
    if (!this.images) return
    const half = Math.min(0.5, 0.5 / this.scale)
    this.x = Math.min(1 - half, Math.max(half, this.x))
    this.y = Math.min(1 - half, Math.max(half, this.y))
    for (const [place, pane] of [...this.panes.children].entries()) {
      const image = this.images[place]
      const img = pane.firstElementChild
      const size = this.fitted(image) * this.scale
      const width = image.width * size, height = image.height * size
      Object.assign(img.style, {
        width: `${width}px`, height: `${height}px`,
        left: `${pane.clientWidth / 2 - this.x * width}px`, top: `${pane.clientHeight / 2 - this.y * height}px`,
        imageRendering: size * devicePixelRatio >= 2 ? "pixelated" : "auto",
      })
      const cut = this.mode === "slider" && place === 1 ? `inset(0 0 0 ${this.slide.value}%)` : ""
      pane.style.clipPath = cut
    }
    this.root.dataset.scale = this.scale.toFixed(3)
  }

  remove() {
    this.resized.disconnect()
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".sidebyside")
  let group = groups.get(root)
  if (!group) groups.set(root, (group = new SideBySide(root)))
  group.update(component)
  return () => { group.remove(); groups.delete(root) }
}
