// A box with handles over an image, in pixels of the image after its quarter turns. It stays inside the image (to crop)
// or around it (to pad or extend). The view holds still while something is dragged.

const HANDLES = { nw: [-1, -1], n: [0, -1], ne: [1, -1], e: [1, 0], se: [1, 1], s: [0, 1], sw: [-1, 1], w: [-1, 0] }
const NAMES = {
  nw: "top left corner", n: "top side", ne: "top right corner", e: "right side",
  se: "bottom right corner", s: "bottom side", sw: "bottom left corner", w: "left side",
}
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
const BIG_STEP = 16 // pixels of the image
const LEAST = 16 // pixels of a side
const MARGIN = { inside: 0.03, around: 0.16 } // of the longer side, to drag into
const TALLEST = 460 // CSS pixels

class FrameBox {
  // `changed` is called with every change of the box, `done` after one was finished by a person.
  constructor(root, { changed, done }) {
    this.changed = changed
    this.done = done
    this.stage = root.appendChild(element("div", "frame-stage"))
    this.paper = this.stage.appendChild(element("div", "frame-paper"))
    this.img = this.stage.appendChild(element("img", ""))
    this.img.alt = "The image in its frame"
    this.img.draggable = false
    this.frame = this.stage.appendChild(element("div", "frame-box"))
    this.frame.append(element("i", ""), element("i", ""))
    this.handles = Object.keys(HANDLES).map(name => {
      const handle = this.frame.appendChild(element("button", `frame-handle at-${name}`))
      handle.type = "button"
      handle.setAttribute("aria-label", `Move the ${NAMES[name]}; arrow keys work too`)
      this.follow(handle, ...HANDLES[name])
      return handle
    })
    this.follow(this.frame, 0, 0)
    this.resized = new ResizeObserver(() => this.layout())
    this.resized.observe(root)
    this.root = root
  }

  // Shows an image; `keep` leaves the box as it is.
  show({ src, width, height, turns = 0, angle = 0, confine, ratio, box }) {
    if (this.img.getAttribute("src") !== src) this.img.src = src
    Object.assign(this, { width, height, turns, angle, confine, ratio })
    this.size = turns % 2 ? [height, width] : [width, height]
    this.box = this.confined(box)
    this.look()
  }

  // The smallest box around the rotated image.
  get imageBox() {
    const [w, h] = this.size
    const rad = Math.abs(this.angle) * Math.PI / 180
    const dx = Math.ceil((w * Math.cos(rad) + h * Math.sin(rad) - w) / 2)
    const dy = Math.ceil((h * Math.cos(rad) + w * Math.sin(rad) - h) / 2)
    return [-dx, -dy, w + dx, h + dy]
  }

  // The part of the plane that is shown: image and box, and room around them to drag into.
  look() {
    const all = wrapped(this.imageBox, this.box)
    const room = MARGIN[this.confine] * Math.max(all[2] - all[0], all[3] - all[1])
    this.view = [all[0] - room, all[1] - room, all[2] + room, all[3] + room]
    this.layout()
  }

  layout() {
    if (!this.view || !this.root.clientWidth) return
    const [left, top, right, bottom] = this.view
    this.scale = Math.min(this.root.clientWidth / (right - left), Math.min(TALLEST, innerHeight * 0.5) / (bottom - top))
    const put = (node, box) => Object.assign(node.style, {
      left: `${(box[0] - left) * this.scale}px`, top: `${(box[1] - top) * this.scale}px`,
      width: `${(box[2] - box[0]) * this.scale}px`, height: `${(box[3] - box[1]) * this.scale}px`,
    })
    Object.assign(this.stage.style, { width: `${(right - left) * this.scale}px`, height: `${(bottom - top) * this.scale}px` })
    const [w, h] = this.size
    put(this.img, [(w - this.width) / 2, (h - this.height) / 2, (w + this.width) / 2, (h + this.height) / 2])
    this.img.style.transform = `rotate(${90 * this.turns + this.angle}deg)`
    put(this.frame, this.box)
    put(this.paper, this.box)
  }

  follow(node, dx, dy) {
    node.onpointerdown = event => {
      if (event.button || event.target !== node) return
      event.preventDefault()
      node.focus?.({ preventScroll: true })
      node.setPointerCapture(event.pointerId)
      this.drag = { x: event.clientX, y: event.clientY, box: [...this.box] }
    }
    node.onpointermove = event => {
      if (!this.drag || !node.hasPointerCapture(event.pointerId)) return
      const rect = this.stage.getBoundingClientRect()
      const x = Math.min(rect.right, Math.max(rect.left, event.clientX)) - this.drag.x
      const y = Math.min(rect.bottom, Math.max(rect.top, event.clientY)) - this.drag.y
      this.move(this.drag.box, dx, dy, x / this.scale, y / this.scale)
    }
    node.onpointerup = node.onpointercancel = () => {
      if (!this.drag) return
      this.drag = undefined
      this.finish()
    }
    node.onkeydown = event => {
      const step = STEPS[event.key]
      if (!step || event.target !== node) return
      event.preventDefault()
      const by = event.shiftKey ? BIG_STEP : 1
      this.move([...this.box], dx, dy, step[0] * by, step[1] * by)
      this.finish()
    }
  }

  move(box, dx, dy, x, y) {
    if (!dx && !dy) { // all of it
      const [left, top, right, bottom] = this.confine === "inside" ? [0, 0, ...this.size] : this.imageBox
      const between = (by, one, other) => Math.max(Math.min(one, other), Math.min(Math.max(one, other), by))
      x = between(x, left - box[0], right - box[2])
      y = between(y, top - box[1], bottom - box[3])
      this.set([box[0] + x, box[1] + y, box[2] + x, box[3] + y])
      return
    }
    const moved = [...box]
    if (dx < 0) moved[0] = Math.min(box[0] + x, box[2] - LEAST)
    if (dx > 0) moved[2] = Math.max(box[2] + x, box[0] + LEAST)
    if (dy < 0) moved[1] = Math.min(box[1] + y, box[3] - LEAST)
    if (dy > 0) moved[3] = Math.max(box[3] + y, box[1] + LEAST)
    this.set(this.confined(this.ratio ? this.shaped(moved, dx, dy) : moved, dx, dy))
  }

  set(box) {
    this.box = box.map(Math.round)
    this.layout()
    this.changed?.(this.box)
  }

  finish() {
    this.look()
    this.done?.(this.box)
  }

  // The box with its ratio, held at the corner or side opposite to the one that is dragged.
  shaped(box, dx, dy) {
    let [w, h] = [box[2] - box[0], box[3] - box[1]]
    if (dx && (!dy || w / h > this.ratio)) h = w / this.ratio
    else w = h * this.ratio
    return held(box, w, h, dx, dy)
  }

  // The nearest box inside or around the image.
  confined(box, dx = 0, dy = 0) {
    const [width, height] = this.size
    if (this.confine === "inside") {
      const least = LEAST / Math.min(LEAST, width, height)
      const room = [dx < 0 ? box[2] : dx > 0 ? width - box[0] : width, dy < 0 ? box[3] : dy > 0 ? height - box[1] : height]
      let [w, h] = [box[2] - box[0], box[3] - box[1]]
      const fit = [Math.min(1, room[0] / w), Math.min(1, room[1] / h)]
      const both = Math.min(...fit)
      w *= this.ratio ? both : fit[0]
      h *= this.ratio ? both : fit[1]
      const found = held(box, Math.max(w, least), Math.max(h, least), dx, dy)
      const x = Math.max(-found[0], Math.min(0, width - found[2]))
      const y = Math.max(-found[1], Math.min(0, height - found[3]))
      return [found[0] + x, found[1] + y, found[2] + x, found[3] + y].map(Math.round)
    }
    const around = wrapped(this.imageBox, box)
    if (!this.ratio) return around.map(Math.round)
    const [w, h] = [around[2] - around[0], around[3] - around[1]]
    const grown = held(around, Math.max(w, h * this.ratio), Math.max(h, w / this.ratio), 0, 0)
    return grown.map(Math.round)
  }

  remove() { this.resized.disconnect() }
}

// The smallest box around two.
function wrapped(one, other) {
  return [0, 1, 2, 3].map(place => (place < 2 ? Math.min : Math.max)(one[place], other[place]))
}

// A box of a new size with the same middle, or the same edge opposite to the one that is dragged.
function held(box, w, h, dx, dy) {
  const place = (low, high, size, way) => (way < 0 ? high - size : way > 0 ? low : (low + high - size) / 2)
  const left = place(box[0], box[2], w, dx)
  const top = place(box[1], box[3], h, dy)
  return [left, top, left + w, top + h]
}
