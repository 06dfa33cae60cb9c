// Tools that draw nothing on the canvas but point at the image: a click, a box, the lasso's line. The canvas receives none
// of their events. What is pointed at is shown above it, and reported in shares of the image's width and height.

const CLICK_DISTANCE = 6 // CSS pixels; a drag that stays within is a click
const LINE_STEP = 2 // CSS pixels between two points of a line
const SNAP = Math.PI / 4

const svg = name => document.createElementNS("http://www.w3.org/2000/svg", name)

class Picker {
  constructor(adapter) {
    this.adapter = adapter
    this.layer = svg("svg")
    this.layer.style.cssText = "position:absolute;inset:0;width:100%;height:100%;pointer-events:none;z-index:2"
    adapter.container.after(this.layer)
  }

  // `gesture` is what the tool takes: "click", "box" or "path"; nothing for a tool that draws.
  show({ gesture, removes, clicks }) {
    this.kind = gesture
    this.removes = removes
    this.clicks = clicks
    if (!gesture) this.points = undefined
    this.draw()
  }

  get isActive() {
    return Boolean(this.kind) && !this.adapter.isReshaping
  }

  get isBusy() {
    return Boolean(this.points)
  }

  get isDrag() {
    const [first, last] = [this.points[0], this.points.at(-1)]
    return this.points.length > 2 || Math.hypot(last.x - first.x, last.y - first.y) > CLICK_DISTANCE
  }

  // A point of the canvas, in CSS pixels of the image as it is shown, wherever it is scrolled to.
  place({ clientX, clientY }) {
    const box = this.adapter.surface.getBoundingClientRect()
    return { x: clientX - box.left, y: clientY - box.top }
  }

  down(event) {
    this.points = [this.place(event)]
    this.anchor = undefined
    this.inverts = event.ctrlKey || event.metaKey
    this.draw()
  }

  // Follow the pointer; return whether it draws, and is more than a click.
  move(event) {
    const now = this.place(event)
    this.inverts = event.ctrlKey || event.metaKey
    if (this.kind !== "path") this.points = [this.points[0], now]
    else if (event.shiftKey) {
      // From where Shift went down the line is straight, in steps of 45 degrees.
      this.anchor ??= this.points.length - 1
      const from = this.points[this.anchor]
      const [length, angle] = [Math.hypot(now.x - from.x, now.y - from.y), Math.atan2(now.y - from.y, now.x - from.x)]
      const snapped = Math.round(angle / SNAP) * SNAP
      const reach = length * Math.cos(angle - snapped)
      this.points.length = this.anchor + 1
      this.points.push({ x: from.x + reach * Math.cos(snapped), y: from.y + reach * Math.sin(snapped) })
    } else {
      this.anchor = undefined
      const last = this.points.at(-1)
      if (Math.hypot(now.x - last.x, now.y - last.y) >= LINE_STEP) this.points.push(now)
    }
    this.draw()
    return this.isDrag
  }

  cancel() {
    this.points = undefined
    this.draw()
  }

  // Return what was pointed at, or undefined for a line that encloses nothing.
  up() {
    const { points, kind, isDrag } = this
    this.points = undefined
    this.draw()
    const reach = side => Math.max(...points.map(one => one[side])) - Math.min(...points.map(one => one[side]))
    if (kind === "path" && (points.length < 3 || Math.min(reach("x"), reach("y")) < CLICK_DISTANCE)) return undefined
    const { width, height } = this.adapter.surface.getBoundingClientRect()
    const kept = kind === "path" || (kind === "box" && isDrag) ? points : points.slice(0, 1)
    return { points: kept.map(({ x, y }) => [x / width, y / height]), removes: this.removes !== this.inverts }
  }

  draw() {
    const marks = []
    const add = (name, values) => {
      // Dark under light, so that it is seen on any image.
      for (const [stroke, width] of [["#000", 3], ["#fff", 1.5]]) {
        const one = svg(name)
        const looks = { fill: "none", stroke, "stroke-width": width, ...values }
        for (const [key, value] of Object.entries(looks)) one.setAttribute(key, value)
        marks.push(one)
      }
    }
    const addBox = (left, top, right, bottom, unit) => add("rect", {
      x: left + unit, y: top + unit, width: `${parseFloat(right) - parseFloat(left)}${unit}`,
      height: `${parseFloat(bottom) - parseFloat(top)}${unit}`, "stroke-dasharray": "6 4",
    })
    if (this.clicks?.box) addBox(...this.clicks.box.map(share => share * 100), "%")
    for (const [places, fill] of [[this.clicks?.inside, "#12a150"], [this.clicks?.outside, "#d7263d"]]) {
      for (const [x, y] of places ?? []) add("circle", { cx: `${x * 100}%`, cy: `${y * 100}%`, r: 5, fill })
    }
    if (this.isBusy && this.kind === "path") {
      const dashes = this.removes !== this.inverts ? { "stroke-dasharray": "5 4" } : {}
      add("polyline", { points: this.points.map(({ x, y }) => `${x},${y}`).join(" "), ...dashes })
    } else if (this.isBusy && this.kind === "box" && this.isDrag) {
      const [one, other] = [this.points[0], this.points.at(-1)]
      addBox(Math.min(one.x, other.x), Math.min(one.y, other.y), Math.max(one.x, other.x), Math.max(one.y, other.y), "")
    }
    this.layer.replaceChildren(...marks)
  }
}
