// Crops, rotates or pads an image: a box to drag, and its numbers. Nothing is asked of Python before it is applied.

const SIDES = ["Left", "Top", "Right", "Bottom"]

class FrameEditor {
  constructor(root) {
    this.root = root
    const bar = root.appendChild(element("div", "frame-bar"))
    this.modes = ["inside", "around"].map(confine => {
      const button = bar.appendChild(element("button", "plain", confine === "inside" ? "Crop" : "Pad"))
      button.onclick = () => this.choose({ confine, box: undefined })
      return [confine, button]
    })
    const turn = (text, label, by) => {
      const button = bar.appendChild(element("button", "plain", text))
      button.setAttribute("aria-label", label)
      button.title = label
      button.onclick = () => this.choose({ turns: (this.turns + by + 4) % 4, box: undefined })
    }
    turn("↺ 90°", "Rotate 90° to the left", -1)
    turn("↻ 90°", "Rotate 90° to the right", 1)
    this.angle = this.field(bar, "Angle", "range", { min: -45, max: 45, step: 0.1, value: 0 })
    this.shownAngle = bar.appendChild(element("output", ""))
    this.angle.oninput = () => this.choose({ degrees: Number(this.angle.value), box: undefined })
    this.area = root.appendChild(element("div", "frame-area"))
    this.frame = new FrameBox(this.area, { changed: box => this.read(box), done: () => {} })
    const row = root.appendChild(element("div", "frame-bar"))
    const select = row.appendChild(element("label", "", "Ratio"))
    this.ratios = select.appendChild(document.createElement("select"))
    this.ratios.onchange = () => this.choose({ ratio: Number(this.ratios.value), box: undefined })
    this.what = row.appendChild(element("span", "facts"))
    this.sides = SIDES.map((side, place) => {
      const input = this.field(row, side, "number", { min: 0, step: 1 })
      input.onchange = () => {
        const box = [...this.frame.box]
        const by = Math.max(0, Math.round(Number(input.value) || 0)) * (this.confine === "inside" ? 1 : -1)
        box[place] = place < 2 ? by : this.size[place - 2] - by
        this.choose({ ratio: 0, box })
      }
      return input
    })
    this.beyond = root.appendChild(element("div", "frame-bar"))
    const fill = this.beyond.appendChild(element("label", "", "New area"))
    this.fill = fill.appendChild(document.createElement("select"))
    for (const name of ["transparent", "in a color"]) this.fill.add(new Option(name))
    this.color = this.field(this.beyond, "Color", "color", { value: "#ffffff" })
    this.fill.onchange = this.color.oninput = () => this.draw()
    const end = root.appendChild(element("div", "frame-bar"))
    this.apply = end.appendChild(element("button", "plain primary", "Apply"))
    this.reset = end.appendChild(element("button", "plain", "Start over"))
    this.reset.onclick = () => this.start()
    this.facts = end.appendChild(element("span", "facts"))
    this.facts.setAttribute("role", "status")
    for (const button of root.querySelectorAll("button")) button.type = "button"
    this.apply.onclick = () => {
      const { turns, degrees, frame, filling } = this
      this.tell("apply", { image: this.id, turns, angle: degrees, box: frame.box, fill: filling })
    }
  }

  field(parent, name, type, values) {
    const label = parent.appendChild(element("label", "", name))
    return label.appendChild(Object.assign(document.createElement("input"), { type, ...values }))
  }

  update({ data, setTriggerValue }) {
    this.tell = setTriggerValue
    if (this.id === data.id) return
    Object.assign(this, { id: data.id, src: data.src, width: data.width, height: data.height })
    this.ratios.replaceChildren(...data.ratios.map(([name, ratio]) => new Option(name, ratio)))
    this.start()
  }

  get size() { return this.turns % 2 ? [this.height, this.width] : [this.width, this.height] }

  get filling() { return this.fill.selectedIndex ? this.color.value : null }

  start() {
    this.angle.value = 0
    this.choose({ confine: "inside", turns: 0, degrees: 0, ratio: 0, box: undefined })
  }

  choose(change) {
    Object.assign(this, change)
    this.frame.show({ ...this, angle: this.degrees, box: change.box || this.initial() })
    this.read(this.frame.box)
    this.draw()
  }

  // The largest box of the ratio that a rotation leaves without gaps; around the image, the smallest.
  initial() {
    const [w, h] = this.size
    if (this.confine === "around") return [0, 0, w, h] // it grows around the rotated image
    const rad = Math.abs(this.degrees) * Math.PI / 180
    const ratio = this.ratio || w / h
    const tall = Math.min(w / (ratio * Math.cos(rad) + Math.sin(rad)), h / (ratio * Math.sin(rad) + Math.cos(rad)))
    const [x, y] = [(w - tall * ratio) / 2, (h - tall) / 2]
    return rad ? [Math.ceil(x), Math.ceil(y), Math.floor(w - x), Math.floor(h - y)] : [x, y, w - x, h - y]
  }

  read(box) {
    const [w, h] = this.size
    const way = this.confine === "inside" ? 1 : -1
    const beyond = [box[0], box[1], w - box[2], h - box[3]]
    this.sides.forEach((input, place) => { input.value = Math.abs(beyond[place] * way) })
    setText(this.facts, `${this.width}x${this.height} becomes ${box[2] - box[0]}x${box[3] - box[1]}`)
    this.apply.disabled = !this.turns && !this.degrees && !beyond.some(Boolean)
  }

  draw() {
    setText(this.what, this.confine === "inside" ? "Pixels cut off:" : "Pixels added:")
    this.root.classList.toggle("around", this.confine === "around")
    for (const [confine, button] of this.modes) button.setAttribute("aria-pressed", String(confine === this.confine))
    this.ratios.value = String(this.ratio)
    this.angle.value = this.degrees
    setText(this.shownAngle, `${this.degrees.toFixed(1)}°`)
    this.beyond.hidden = this.confine === "inside" && !this.degrees
    this.color.parentElement.hidden = !this.fill.selectedIndex
    if (this.filling) this.frame.paper.style.setProperty("--paper", this.filling)
    else this.frame.paper.style.removeProperty("--paper")
  }

  remove() { this.frame.remove() }
}

export default mounting(".frame-editor", FrameEditor)
